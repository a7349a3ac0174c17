// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/preprocess.h"

#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::data {
namespace {

Error imageError(const Item& item, std::string message)
{
    return {"data.image", item.name, std::move(message)};
}

/// The item as an image; its numbers have to be bytes.
Result<Image> imageOf(const Item& item)
{
    const ir::Tensor& array = item.array;
    if (array.dtype() != ir::DType::UInt8 || array.type().rank() != 3)
        return imageError(item, fmt::format("is {}, which is no 8-bit image; leave resize, crop, pad and color out of the preprocess", array.type().text()));
    const bool isHwc = item.form == ItemForm::Hwc;
    Image image{array.shape()[isHwc ? 0 : 1], array.shape()[isHwc ? 1 : 2], array.shape()[isHwc ? 2 : 0], {}};
    if ((image.channels != 1 && image.channels != 3) || image.height < 1 || image.width < 1)
        return imageError(item, fmt::format("is {}, which is no image of one or three channels; say another layout", array.type().text()));
    image.pixels.resize(array.bytes().size());
    const int64_t pixels = image.height * image.width;
    for (int64_t i = 0; i < pixels; ++i)
        for (int64_t c = 0; c < image.channels; ++c)
            image.pixels[static_cast<size_t>(i * image.channels + c)] = array.at<uint8_t>(isHwc ? i * image.channels + c : c * pixels + i);
    return image;
}

/// What the other side becomes; rounded down as torchvision does, never below 1.
int64_t inProportion(int64_t other, int64_t wanted, int64_t side)
{
    return std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(wanted) * static_cast<double>(other) / static_cast<double>(side)));
}

Size targetSize(const Image& image, const Preprocess& preprocess)
{
    if (preprocess.exactSize)
        return *preprocess.exactSize;
    const std::optional<int64_t> side = preprocess.shorterSide ? preprocess.shorterSide : preprocess.longerSide;
    if (!side)
        return {image.height, image.width};
    const bool heightIsShorter = image.height <= image.width;
    if (heightIsShorter == preprocess.shorterSide.has_value())
        return {*side, inProportion(image.width, *side, image.height)};
    return {inProportion(image.height, *side, image.width), *side};
}

/// Half of what is left over, a half rounded to even as in Python, whose center crop this is.
int64_t margin(int64_t whole, int64_t part)
{
    return static_cast<int64_t>(std::nearbyint(static_cast<double>(whole - part) / 2));
}

/// `to` gets the rows of `from`, moved; what falls outside is left out.
void paste(const Image& from, Image& to, int64_t top, int64_t left)
{
    for (int64_t y = std::max<int64_t>(0, top); y < std::min(to.height, from.height + top); ++y) {
        const int64_t begin = std::max<int64_t>(0, left);
        const int64_t end = std::min(to.width, from.width + left);
        const uint8_t* source = from.pixels.data() + ((y - top) * from.width + begin - left) * from.channels;
        std::copy_n(source, (end - begin) * from.channels, to.pixels.data() + (y * to.width + begin) * to.channels);
    }
}

Image blank(Size size, int64_t channels, uint8_t value)
{
    return {size.height, size.width, channels, std::vector<uint8_t>(static_cast<size_t>(size.height * size.width * channels), value)};
}

Result<Image> cropAndPad(Image image, const Preprocess& preprocess, const Item& item)
{
    if (preprocess.crop) {
        const Size size = *preprocess.crop;
        if (size.height > image.height || size.width > image.width)
            return imageError(item, fmt::format("is {}x{}, too small to crop {}x{} from it; resize it first", image.height, image.width, size.height, size.width));
        Image cropped = blank(size, image.channels, 0);
        paste(image, cropped, -margin(image.height, size.height), -margin(image.width, size.width));
        image = std::move(cropped);
    }
    if (preprocess.pad) {
        const Size size = *preprocess.pad;
        if (size.height < image.height || size.width < image.width)
            return imageError(item, fmt::format("is {}x{}, too large to pad it to {}x{}; resize it first", image.height, image.width, size.height, size.width));
        Image padded = blank(size, image.channels, preprocess.padValue);
        paste(image, padded, margin(size.height, image.height), margin(size.width, image.width));
        image = std::move(padded);
    }
    return image;
}

/// Where the axes of an image are in an input. Rank 2 and 3 without channels hold one channel, or all in one line.
struct Axes {
    bool isNhwc = false;
    ir::Dim channels = 1;
    Size size = {};
    bool isFlat = false; ///< only the number of elements counts
};

Axes axesOf(const WantedInput& input, const Preprocess& preprocess, bool isBatched)
{
    ir::Shape shape = input.type.shape();
    if (isBatched || shape.size() == 4)
        shape.erase(shape.begin());
    if (shape.size() == 2)
        return {false, 1, {shape[0], shape[1]}};
    if (shape.size() != 3)
        return {preprocess.layout == ImageLayout::Nhwc, 0, {}, true};
    const auto isChannels = [](ir::Dim dim) { return dim == 1 || dim == 3; };
    const bool looksNhwc = !isChannels(shape[0]) && isChannels(shape[2]);
    if (preprocess.layout == ImageLayout::Nhwc || (preprocess.layout == ImageLayout::FromInput && looksNhwc))
        return {true, shape[2], {shape[0], shape[1]}};
    return {false, shape[0], {shape[1], shape[2]}};
}

Result<Planes> inColor(const Image& image, const Preprocess& preprocess, const Axes& axes, const Item& item)
{
    if (preprocess.color == Color::Nv12 && (image.height % 2 != 0 || image.width % 2 != 0))
        return imageError(item, fmt::format("is {}x{}, NV12 needs even sides; resize or crop it", image.height, image.width));
    if (preprocess.color)
        return convertColor(image, *preprocess.color);
    return image.channels == 1 && axes.channels == 3 ? convertColor(image, Color::Rgb) : planesOf(image);
}

/// The list's number for channel c.
double numberFor(const std::vector<double>& list, int64_t c, double none)
{
    return list.empty() ? none : list.size() == 1 ? list[0] : list[static_cast<size_t>(c)];
}

Result<void> checkLists(const Preprocess& preprocess, int64_t channels, const Item& item)
{
    for (const auto* list : {&preprocess.mean, &preprocess.scale})
        if (list->size() > 1 && static_cast<int64_t>(list->size()) != channels)
            return imageError(item, fmt::format("has {}, the preprocess gives {} numbers for them; give one, or one for each",
                                                countText(static_cast<size_t>(channels), "channel"), list->size()));
    return {};
}

Error otherSize(const Item& item, const Planes& planes, const WantedInput& input)
{
    return imageError(item, fmt::format("is {}x{} with {}, input {} takes {}; add resize, crop or color to the preprocess", planes.height, planes.width,
                                        countText(static_cast<size_t>(planes.channels), "channel"), input.name, input.type.text()));
}

Result<ir::Tensor> numbersOf(const Planes& planes, const Preprocess& preprocess, const Axes& axes, const std::string& name)
{
    const int64_t channels = planes.channels;
    const int64_t pixels = planes.height * planes.width;
    const auto count = static_cast<size_t>(pixels * channels);
    BPU_TRY(data, allocate(count * sizeof(float), name));
    auto* out = reinterpret_cast<float*>(data.get());
    for (int64_t c = 0; c < channels; ++c) {
        const double mean = numberFor(preprocess.mean, c, 0);
        const double scale = numberFor(preprocess.scale, c, 1);
        for (int64_t i = 0; i < pixels; ++i)
            out[axes.isNhwc ? i * channels + c : c * pixels + i] =
                static_cast<float>((planes.numbers[static_cast<size_t>(i * channels + c)] / preprocess.divide - mean) * scale);
    }
    return ir::Tensor({ir::DType::Float32, {static_cast<ir::Dim>(count)}}, Bytes(std::move(data), count * sizeof(float)));
}

Result<ir::Tensor> prepareImage(const Item& item, const Preprocess& preprocess, const WantedInput& input, bool isBatched)
{
    BPU_TRY(image, imageOf(item));
    const Size size = targetSize(image, preprocess);
    BPU_TRY(cut, cropAndPad(resize(image, size.height, size.width, preprocess.filter), preprocess, item));
    const Axes axes = axesOf(input, preprocess, isBatched);
    BPU_TRY(planes, inColor(cut, preprocess, axes, item));
    BPU_CHECK(checkLists(preprocess, planes.channels, item));
    if (!axes.isFlat && (planes.channels != axes.channels || planes.height != axes.size.height || planes.width != axes.size.width))
        return otherSize(item, planes, input);
    BPU_TRY(numbers, numbersOf(planes, preprocess, axes, item.name));
    return convertItem({item.name, numbers, item.label}, input, isBatched);
}

/// Only numbers change; a list of them goes along the channels, axis 1 or the last.
Result<ir::Tensor> prepareArray(const Item& item, const Preprocess& preprocess, const WantedInput& input, bool isBatched)
{
    if (preprocess.hasImageSteps())
        return imageError(item, "is an array, not an image; leave resize, crop, pad and color out of the preprocess, or give the layout of the data (docs/data.md)");
    if (!preprocess.hasNumberSteps())
        return convertItem(item, input, isBatched);
    const ir::TensorType type(ir::DType::Float32, sampleShape(input, isBatched));
    BPU_TRY(numbers, convertItem(item, {input.name, type}, isBatched));
    const int axis = preprocess.layout == ImageLayout::Nhwc ? type.rank() - 1 : std::min(1, type.rank() - 1);
    const int64_t channels = axis < 0 ? 1 : type.dim(axis);
    BPU_CHECK(checkLists(preprocess, channels, item));
    const int64_t inner = axis < 0 ? 1 : ops::stridesOf(type.shape())[static_cast<size_t>(axis)];
    const auto scaled = ops::buildTensor(type, [&](int64_t i) {
        const int64_t c = i / inner % channels;
        return ops::MaybeScalar({.number = (numbers.number(i) / preprocess.divide - numberFor(preprocess.mean, c, 0)) * numberFor(preprocess.scale, c, 1), .integer = 0});
    });
    return convertItem({item.name, *scaled, item.label}, input, isBatched);
}

} // namespace

Result<ir::Tensor> prepareItem(const Item& item, const Preprocess& preprocess, const WantedInput& input, bool isBatched)
{
    return item.form == ItemForm::Array ? prepareArray(item, preprocess, input, isBatched) : prepareImage(item, preprocess, input, isBatched);
}

} // namespace bpu::data

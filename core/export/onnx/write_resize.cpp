// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Resampling and rearranging of images.
#include "core/export/onnx/writers.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::exporter {
namespace {

std::vector<double> factorsOf(const ir::Attributes& attributes)
{
    const ir::Attribute* found = attributes.find("scale_factor");
    if (const auto* list = found ? std::get_if<std::vector<double>>(found) : nullptr)
        return *list;
    if (const auto* one = found ? std::get_if<double>(found) : nullptr)
        return {*one};
    const std::vector<int64_t> whole = attributes.integers("scale_factor");
    return {whole.begin(), whole.end()};
}

/// ONNX's sizes name batch and channels, too: from the input's own shape where they are unknown.
std::string fullSizes(NodeWriter& writer, const std::vector<int64_t>& spatial)
{
    const ir::TensorType x = writer.type(0);
    if (x.dim(0) >= 0 && x.dim(1) >= 0) {
        std::vector<int64_t> sizes{x.dim(0), x.dim(1)};
        sizes.insert(sizes.end(), spatial.begin(), spatial.end());
        return writer.ints("sizes", sizes);
    }
    const std::string own = writer.emit("Slice", {writer.emit("Shape", {writer.input(0)}), writer.ints("first", {0}), writer.ints("second", {2})});
    return writer.emit("Concat", {own, writer.ints("sizes", spatial)}, {{"axis", int64_t{0}}});
}

std::string absentFloats(NodeWriter& writer, std::string_view suffix)
{
    return writer.opset() < 13 ? writer.tensor(suffix, ir::Tensor::floats({0}, {})) : std::string();
}

/// [first, second]: sizes of the input's dimension i, refused when it is unknown.
std::optional<int64_t> known(NodeWriter& writer, int axis)
{
    const ir::Dim size = writer.type(0).dim(axis);
    if (size == ir::kUnknownDim)
        writer.refuse("the size of its input is unknown", "give the input a shape with --input");
    return size == ir::kUnknownDim ? std::nullopt : std::optional<int64_t>(size);
}

} // namespace

void writeInterpolate(NodeWriter& writer)
{
    const ir::Attributes& a = writer.attributes();
    const std::string_view mode = a.text("mode", "nearest");
    if (mode == "area") {
        writer.refuse("ONNX's Resize has no mode area", "use adaptive average pooling in the model");
        return;
    }
    const bool isNearest = mode == "nearest";
    const char* coordinates = isNearest ? "asymmetric" : a.flag("align_corners") ? "align_corners" : "half_pixel";
    ir::Attributes attributes{{"mode", std::string(isNearest ? "nearest" : mode == "bicubic" ? "cubic" : "linear")},
                              {"coordinate_transformation_mode", std::string(a.text("coordinate_mode", coordinates))}};
    if (isNearest || a.has("nearest_mode"))
        attributes.set("nearest_mode", std::string(a.text("nearest_mode", "floor")));
    if (a.flag("antialias"))
        attributes.set("antialias", int64_t{1});
    const std::string roi = absentFloats(writer, "roi");
    const std::vector<int64_t> size = a.integers("size");
    if (writer.has(1) || !size.empty()) {
        const std::string sizes = writer.has(1) ? writer.operand(1, ir::DType::Int64) : fullSizes(writer, size);
        writer.finish("Resize", {writer.input(0), roi, absentFloats(writer, "scales"), sizes}, attributes);
        return;
    }
    std::vector<float> scales{1, 1};
    for (const double factor : factorsOf(a))
        scales.push_back(static_cast<float>(factor));
    if (scales.size() == 2)
        writer.refuse("the size it resizes to is unknown", "give the input a shape with --input");
    writer.finish("Resize", {writer.input(0), roi, writer.tensor("scales", ir::Tensor::floats({static_cast<int64_t>(scales.size())}, scales))}, attributes);
}

void writeGridSample(NodeWriter& writer)
{
    const ir::Attributes& a = writer.attributes();
    writer.finish("GridSample", writer.inputs(0, 2),
                  {{"mode", std::string(a.text("mode", "bilinear"))}, {"padding_mode", std::string(a.text("padding_mode", "zeros"))}, {"align_corners", int64_t{a.flag("align_corners")}}});
}

/// Up to opset 15 boxes are not shifted by half a pixel.
void writeRoiAlign(NodeWriter& writer)
{
    const ir::Attributes& a = writer.attributes();
    std::vector<int64_t> size = a.integers("output_size");
    if (size.size() == 1)
        size.push_back(size.front());
    if (size.size() != 2 || writer.inputCount() < 3) {
        writer.refuse("its output size or the batch index of its boxes is not given");
        return;
    }
    ir::Attributes attributes{{"output_height", size[0]}, {"output_width", size[1]}, {"spatial_scale", a.number("spatial_scale", 1)},
                              {"sampling_ratio", a.integer("sampling_ratio", 0)}, {"mode", std::string(a.text("mode", "avg"))}};
    const std::string_view coordinates = a.text("coordinate_mode", "output_half_pixel");
    if (writer.opset() >= 16 || coordinates != "output_half_pixel")
        attributes.set("coordinate_transformation_mode", std::string(coordinates));
    writer.finish("RoiAlign", {writer.input(0), writer.input(1), writer.operand(2, ir::DType::Int64)}, attributes);
}

void writeBlocks(NodeWriter& writer)
{
    const std::string& op = writer.node().op;
    const ir::Attributes& a = writer.attributes();
    if (op == "space_to_depth")
        writer.finish("SpaceToDepth", {writer.input(0)}, {{"blocksize", a.integer("block", 1)}});
    else if (op == "pixel_shuffle")
        writer.finish("DepthToSpace", {writer.input(0)}, {{"blocksize", a.integer("factor", 1)}, {"mode", std::string("CRD")}});
    else
        writer.finish("DepthToSpace", {writer.input(0)}, {{"blocksize", a.integer("block", 1)}, {"mode", std::string(a.text("mode", "DCR"))}});
}

/// [N, C, H / r, r, W / r, r] -> [N, C, r, r, H / r, W / r]; SpaceToDepth puts the channels last in the order.
void writePixelUnshuffle(NodeWriter& writer)
{
    const int64_t r = writer.attributes().integer("factor", 1);
    const auto channels = known(writer, 1), height = known(writer, 2), width = known(writer, 3);
    if (writer.refused())
        return;
    const std::string parts = writer.emit("Reshape", {writer.input(0), writer.ints("parts", {0, *channels, *height / r, r, *width / r, r})});
    writer.finish("Reshape", {writer.permuted(parts, {0, 1, 3, 5, 2, 4}), writer.ints("shape", {0, *channels * r * r, *height / r, *width / r})});
}

/// [N, g, C / g, ...] -> [N, C / g, g, ...]; where sizes are unknown all that follows is one dimension.
void writeChannelShuffle(NodeWriter& writer)
{
    const int64_t groups = writer.attributes().integer("groups", 1);
    const auto channels = known(writer, 1);
    if (writer.refused())
        return;
    const ir::TensorType x = writer.type(0);
    std::vector<int64_t> parts{0, groups, *channels / groups}, dims{0, 2, 1}, back{0, *channels};
    const bool isKnown = std::all_of(x.shape().begin() + 2, x.shape().end(), [](ir::Dim dim) { return dim != ir::kUnknownDim; });
    for (int i = 2; isKnown && i < x.rank(); ++i) {
        parts.push_back(x.dim(i));
        back.push_back(x.dim(i));
        dims.push_back(i + 1);
    }
    if (!isKnown) {
        parts.push_back(-1);
        dims.push_back(3);
    }
    const std::string turned = writer.permuted(writer.emit("Reshape", {writer.input(0), writer.ints("parts", parts)}), dims);
    writer.finish("Reshape", {turned, isKnown ? writer.ints("shape", back) : writer.emit("Shape", {writer.input(0)})});
}

} // namespace bpu::exporter

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pools each box of a feature map to one size from bilinear samples. Source: ONNX RoiAlign 16, He et al. 2017
// (arXiv:1703.06870), torchvision.ops.roi_align.
#include "core/runtime/plain.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace bpu::runtime {
namespace {

struct Rois {
    int64_t channels = 0, height = 0, width = 0;
    int64_t outHeight = 0, outWidth = 0;
    double scale = 1;
    int64_t sampling = 0; ///< samples a cell along each axis; 0: as many as elements fit
    bool isMax = false;
    bool isHalfPixel = false;
};

/// The four elements around a place and their weights; one more than an element outside gives 0.
struct Sample {
    int64_t at[4] = {0, 0, 0, 0};
    double weight[4] = {0, 0, 0, 0};

    Sample(const Rois& rois, double y, double x)
    {
        if (y < -1 || y > static_cast<double>(rois.height) || x < -1 || x > static_cast<double>(rois.width))
            return;
        const auto split = [](double place, int64_t size) {
            place = std::clamp(place, 0.0, static_cast<double>(size - 1));
            const auto low = static_cast<int64_t>(place);
            return std::tuple(low, std::min(low + 1, size - 1), place - static_cast<double>(low));
        };
        const auto [top, bottom, down] = split(y, rois.height);
        const auto [left, right, along] = split(x, rois.width);
        const int64_t places[] = {top * rois.width + left, top * rois.width + right, bottom * rois.width + left, bottom * rois.width + right};
        const double weights[] = {(1 - down) * (1 - along), (1 - down) * along, down * (1 - along), down * along};
        std::copy(std::begin(places), std::end(places), at);
        std::copy(std::begin(weights), std::end(weights), weight);
    }
};

/// Of a cell: a thousand along each axis; one that needs more is no box of an image.
constexpr int64_t kMostSamples = int64_t{1} << 20;

/// One for each element; none for a size that is not a number.
int64_t samplesFor(double size)
{
    return size > 0 ? static_cast<int64_t>(std::min(std::ceil(size), static_cast<double>(kMostSamples + 1))) : 0;
}

struct Box {
    double left = 0, top = 0, cellWidth = 0, cellHeight = 0;
    int64_t across = 1, down = 1;

    template <typename T>
    Box(const Rois& rois, const T* corners)
    {
        const double offset = rois.isHalfPixel ? 0.5 : 0;
        const auto edge = [&](int i) { return static_cast<double>(corners[i]) * rois.scale - offset; };
        left = edge(0);
        top = edge(1);
        const double least = rois.isHalfPixel ? 0 : 1; // the older form enlarges small boxes
        const double width = rois.isHalfPixel ? edge(2) - left : std::max(edge(2) - left, least);
        const double height = rois.isHalfPixel ? edge(3) - top : std::max(edge(3) - top, least);
        cellWidth = width / static_cast<double>(rois.outWidth);
        cellHeight = height / static_cast<double>(rois.outHeight);
        across = rois.sampling > 0 ? rois.sampling : samplesFor(cellWidth);
        down = rois.sampling > 0 ? rois.sampling : samplesFor(cellHeight);
    }
};

template <typename T>
double cellOf(const Rois& rois, const Box& box, const T* plane, int64_t row, int64_t column)
{
    double sum = 0;
    double largest = -std::numeric_limits<double>::infinity();
    for (int64_t i = 0; i < box.down; ++i)
        for (int64_t j = 0; j < box.across; ++j) {
            const double y = box.top + (static_cast<double>(row) + (static_cast<double>(i) + 0.5) / static_cast<double>(box.down)) * box.cellHeight;
            const double x = box.left + (static_cast<double>(column) + (static_cast<double>(j) + 0.5) / static_cast<double>(box.across)) * box.cellWidth;
            const Sample sample(rois, y, x);
            for (int corner = 0; corner < 4; ++corner) {
                const double part = sample.weight[corner] * static_cast<double>(plane[sample.at[corner]]);
                sum += part;
                largest = std::max(largest, part);
            }
        }
    const int64_t count = box.down * box.across;
    if (count == 0)
        return 0;
    return rois.isMax ? largest : sum / static_cast<double>(count);
}

} // namespace

Result<Kernel> makeRoiAlign(const Site& site)
{
    const ir::TensorType& x = site.input(0);
    const ir::TensorType& boxes = site.input(1);
    if (x.rank() != 4 || boxes.rank() != 2 || (boxes.dim(1) != 4 && boxes.dim(1) != 5) || (boxes.dim(1) == 4 && (!site.has(2) || site.input(2).elementCount() != boxes.dim(0))))
        return cannotRun(site.node, "it takes images of rank 4 and boxes of 4 numbers with the index of their image, or 5 with it in front");
    const auto& attributes = site.node.attributes;
    const Rois rois{x.dim(1), x.dim(2), x.dim(3), site.output().dim(2), site.output().dim(3), attributes.number("spatial_scale", 1),
                    attributes.integer("sampling_ratio", 0), attributes.text("mode", "avg") == "max", attributes.text("coordinate_mode", "half_pixel") == "half_pixel"};
    const int64_t columns = boxes.dim(1);
    if (site.output().rank() != 4 || (x.elementCount() == 0 && site.output().elementCount() > 0) || rois.sampling > kMostSamples || rois.sampling * rois.sampling > kMostSamples)
        return cannotRun(site.node, fmt::format("its images are empty, or it takes more than {} samples a cell", kMostSamples));
    return plainKernel(site, [rois, columns, batch = x.dim(0), count = boxes.dim(0), &node = site.node](const auto& numbers) -> Result<void> {
        using T = Element<decltype(numbers)>;
        for (int64_t k = 0; k < count; ++k)
            if (const Box box(rois, numbers.in[1] + k * columns + (columns - 4)); box.across * box.down > kMostSamples)
                return cannotRun(node, fmt::format("box {} has more than {} elements in each cell; correct the boxes or the scale", k, kMostSamples));
        parallelFor(count, 1, [&](int64_t begin, int64_t end) {
            for (int64_t k = begin; k < end; ++k) {
                const T* row = numbers.in[1] + k * columns;
                const auto image = std::clamp(static_cast<int64_t>(columns == 5 ? row[0] : numbers.in[2][k]), int64_t{0}, batch - 1);
                const Box box(rois, row + (columns - 4));
                for (int64_t c = 0; c < rois.channels; ++c)
                    for (int64_t i = 0; i < rois.outHeight * rois.outWidth; ++i)
                        numbers.out[0][(k * rois.channels + c) * rois.outHeight * rois.outWidth + i] = static_cast<T>(
                            cellOf(rois, box, numbers.in[0] + (image * rois.channels + c) * rois.height * rois.width, i / rois.outWidth, i % rois.outWidth));
            }
        });
        return {};
    });
}

} // namespace bpu::runtime

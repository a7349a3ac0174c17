// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that split dimensions, swap the parts and join them again; elements are copied whole, whatever their dtype.
// Source: ONNX DepthToSpace 13, SpaceToDepth 13, ReverseSequence 10; torch.nn.PixelShuffle, ChannelShuffle.
#include "core/ops/infer.h"
#include "core/runtime/plain.h"

#include <algorithm>
#include <cstring>

namespace bpu::runtime {
namespace {

/// Copies a tensor seen as `dims` with its axes in the order `order`.
Kernel reordered(const Site& site, const ir::Shape& dims, const std::vector<size_t>& order)
{
    std::vector<int64_t> steps(dims.size(), 1);
    for (size_t i = dims.size() - 1; i-- > 0;)
        steps[i] = steps[i + 1] * dims[i + 1];
    ir::Shape sizes;
    std::vector<int64_t> strides;
    for (const size_t axis : order) {
        sizes.push_back(dims[axis]);
        strides.push_back(steps[axis]);
    }
    const size_t width = ir::byteSize(site.input(0).dtype());
    const int64_t row = sizes.back();
    const int64_t rows = row > 0 ? site.input(0).elementCount() / row : 0;
    return Kernel{.run = [=](const Call& call) -> Result<void> {
        parallelFor(rows, std::max<int64_t>(kPlainGrain / std::max<int64_t>(row, 1), 1), [&](int64_t begin, int64_t end) {
            for (int64_t r = begin; r < end; ++r) {
                int64_t from = 0;
                for (size_t axis = sizes.size() - 1, rest = static_cast<size_t>(r); axis-- > 0; rest /= static_cast<size_t>(sizes[axis]))
                    from += static_cast<int64_t>(rest % static_cast<size_t>(sizes[axis])) * strides[axis];
                std::byte* to = call.outputs[0].data + static_cast<size_t>(r * row) * width;
                for (int64_t i = 0; i < row; ++i)
                    std::memcpy(to + static_cast<size_t>(i) * width, call.inputs[0].data + static_cast<size_t>(from + i * strides.back()) * width, width);
            }
        });
        return {};
    }};
}

/// Larger ones than any image has, whose square is still a number.
constexpr int64_t kMostBlock = int64_t{1} << 30;

} // namespace

/// The block of r x r pixels is the channel's inner part (pixel_*) or its outer one (depth_to_space, space_to_depth).
Result<Kernel> makeBlocks(const Site& site)
{
    const ir::TensorType& x = site.input(0);
    if (ir::byteSize(x.dtype()) == 0)
        return cannotRun(site.node, "its elements have no size");
    const std::string_view op = site.node.op;
    const int64_t r = site.node.attributes.integer(op.starts_with("pixel") ? "factor" : "block", 1);
    if (x.rank() < 3 || r < 1 || r > kMostBlock)
        return cannotRun(site.node, "its blocks do not fit its input");
    const int64_t c = x.dim(-3), h = x.dim(-2), w = x.dim(-1);
    const bool isIntoPixels = op == "pixel_shuffle" || op == "depth_to_space";
    if (isIntoPixels ? c % (r * r) != 0 : h % r != 0 || w % r != 0)
        return cannotRun(site.node, "its blocks do not fit its input");
    const int64_t outer = c * h * w > 0 ? x.elementCount() / (c * h * w) : 0;
    if (op == "pixel_shuffle")
        return reordered(site, {outer, c / (r * r), r, r, h, w}, {0, 1, 4, 2, 5, 3});
    if (op == "depth_to_space")
        return reordered(site, {outer, r, r, c / (r * r), h, w}, {0, 3, 4, 1, 5, 2});
    if (op == "pixel_unshuffle")
        return reordered(site, {outer, c, h / r, r, w / r, r}, {0, 1, 3, 5, 2, 4});
    return reordered(site, {outer, c, h / r, r, w / r, r}, {0, 3, 5, 1, 2, 4});
}

Result<Kernel> makeChannelShuffle(const Site& site)
{
    const AxisBlocks x = AxisBlocks::of(site.input(0), 1);
    const int64_t groups = site.node.attributes.integer("groups", 1);
    if (groups < 1 || x.size % groups != 0)
        return cannotRun(site.node, "its channels cannot be divided into its groups");
    return reordered(site, {x.outer, groups, x.size / groups, x.inner}, {0, 2, 1, 3});
}

/// The first lengths[b] steps of each sequence in reverse, the rest as they are.
Result<Kernel> makeReverseSequence(const Site& site)
{
    const ir::TensorType& x = site.input(0);
    const auto batch = ops::normalizedAxis(site.node.attributes.integer("batch_axis", 1), x.rank());
    const auto time = ops::normalizedAxis(site.node.attributes.integer("time_axis", 0), x.rank());
    if (!batch || !time || *batch == *time || site.input(1).elementCount() != x.shape()[*batch] || ir::byteSize(x.dtype()) == 0)
        return cannotRun(site.node, "its batch and time axes do not fit its input");
    const AxisBlocks steps = AxisBlocks::of(x, static_cast<int64_t>(*time));
    const AxisBlocks samples = AxisBlocks::of(x, static_cast<int64_t>(*batch));
    return Kernel{.run = [=, width = ir::byteSize(x.dtype()), count = x.elementCount()](const Call& call) -> Result<void> {
        const std::vector<int64_t> lengths = tensorOf(call.inputs[1]).toInts();
        for (int64_t i = 0; i < count; ++i) {
            const int64_t step = i / steps.inner % steps.size;
            const int64_t length = lengths[static_cast<size_t>(i / samples.inner % samples.size)];
            const int64_t from = step < length && length <= steps.size ? i + (length - 1 - 2 * step) * steps.inner : i;
            std::memcpy(call.outputs[0].data + static_cast<size_t>(i) * width, call.inputs[0].data + static_cast<size_t>(from) * width, width);
        }
        return {};
    }};
}

} // namespace bpu::runtime

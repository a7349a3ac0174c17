// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Blocks of pixels to channels and back, of any element type. Source: ONNX DepthToSpace 13, SpaceToDepth 13;
// torch.nn.PixelShuffle, PixelUnshuffle, ChannelShuffle.
#include "core/runtime/kernel.h"

#include <cstring>

namespace bpu::runtime {
namespace {

/// One image [C, H, W] of the smaller channels: element (c, y, x) of the large picture is channel `deep(c, dy, dx)` of
/// the small one at (y / r, x / r).
struct Blocks {
    int64_t images, channels, height, width, r;
    bool blockFirst; ///< DCR: the place in the block is the slower part of the deep channel

    int64_t deep(int64_t image, int64_t c, int64_t y, int64_t x) const
    {
        const int64_t place = y % r * r + x % r;
        const int64_t channel = blockFirst ? place * channels + c : c * r * r + place;
        return ((image * channels * r * r + channel) * (height / r) + y / r) * (width / r) + x / r;
    }
};

} // namespace

Result<Kernel> makeBlocks(const Site& site)
{
    const ir::Node& node = site.node;
    const bool isUp = node.op == "pixel_shuffle" || node.op == "depth_to_space";
    const ir::Shape& large = isUp ? site.output().shape() : site.input(0).shape();
    const size_t width = ir::byteSize(site.input(0).dtype());
    const size_t n = large.size();
    if (width == 0 || n < 3)
        return Kernel{};
    Blocks blocks{1, large[n - 3], large[n - 2], large[n - 1], node.attributes.integer(node.attributes.has("factor") ? "factor" : "block", 1), !node.op.starts_with("pixel")};
    if (node.attributes.text("mode") == "CRD")
        blocks.blockFirst = false;
    for (size_t i = 0; i + 3 < n; ++i)
        blocks.images *= large[i];
    return Kernel{.run = [blocks, isUp, width](const Call& call) -> Result<void> {
        const std::byte* x = call.inputs[0].data;
        std::byte* y = call.outputs[0].data;
        size_t flat = 0;
        for (int64_t image = 0; image < blocks.images; ++image)
            for (int64_t c = 0; c < blocks.channels; ++c)
                for (int64_t row = 0; row < blocks.height; ++row)
                    for (int64_t column = 0; column < blocks.width; ++column, ++flat) {
                        const auto deep = static_cast<size_t>(blocks.deep(image, c, row, column));
                        std::memcpy(y + (isUp ? flat : deep) * width, x + (isUp ? deep : flat) * width, width);
                    }
        return {};
    }};
}

/// [N, g, C / g, ...] -> [N, C / g, g, ...]
Result<Kernel> makeChannelShuffle(const Site& site)
{
    const ir::Shape& shape = site.input(0).shape();
    const int64_t groups = site.node.attributes.integer("groups", 1);
    if (shape.size() < 2 || groups < 1 || shape[1] % groups != 0 || ir::byteSize(site.input(0).dtype()) == 0)
        return Kernel{};
    size_t plane = ir::byteSize(site.input(0).dtype());
    for (size_t i = 2; i < shape.size(); ++i)
        plane *= static_cast<size_t>(shape[i]);
    return Kernel{.run = [images = shape[0], channels = shape[1], groups, plane](const Call& call) -> Result<void> {
        for (int64_t image = 0; image < images; ++image)
            for (int64_t c = 0; c < channels; ++c) {
                const int64_t from = image * channels + c % groups * (channels / groups) + c / groups;
                std::memcpy(call.outputs[0].data + static_cast<size_t>(image * channels + c) * plane, call.inputs[0].data + static_cast<size_t>(from) * plane, plane);
            }
        return {};
    }};
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/keeps_grid.h"

#include <algorithm>
#include <array>

namespace bpu::ops {

bool keepsGrid(const ir::Node& node)
{
    static constexpr auto kMoves = std::to_array<std::string_view>({
        "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "amax", "amin", "channel_shuffle", "chunk", "depth_to_space", "dropout",
        "dropout2d", "expand", "flatten", "gather", "identity", "index_select", "max", "max_pool1d", "max_pool2d", "max_pool3d", "min", "pad", "permute",
        "pixel_shuffle", "pixel_unshuffle", "relu", "reshape", "select", "slice", "space_to_depth", "split", "squeeze", "tile", "topk", "unsqueeze",
    });
    static_assert(std::ranges::is_sorted(kMoves));
    if (node.op == "interpolate")
        return node.attributes.text("mode", "nearest") == "nearest";
    return std::ranges::binary_search(kMoves, std::string_view(node.op));
}

} // namespace bpu::ops

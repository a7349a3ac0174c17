// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/keeps_grid.h"

#include "core/ops/infer.h"

#include <algorithm>
#include <array>

namespace bpu::ops {
namespace {

template <size_t N>
bool isOneOf(std::string_view op, const std::array<std::string_view, N>& names)
{
    return std::ranges::find(names, op) != names.end();
}

/// The elements stay in their order: the axis that has as many elements before it, and the same length.
std::optional<int> axisOfSameElements(const ir::TensorType& from, const ir::TensorType& to, int axis)
{
    int64_t before = 1;
    for (int i = 0; i < axis; ++i)
        before *= from.dim(i);
    int64_t passed = 1;
    for (int i = 0; i < to.rank(); passed *= to.dim(i++))
        if (passed == before && to.dim(i) == from.dim(axis))
            return i;
    return std::nullopt;
}

std::optional<int> axisOfPermuted(const ir::Node& node, int rank, int axis)
{
    const std::vector<int64_t> dims = node.attributes.integers("dims");
    for (size_t i = 0; i < dims.size(); ++i)
        if (normalizedAxis(dims[i], rank) == static_cast<size_t>(axis))
            return static_cast<int>(i);
    return dims.empty() ? std::optional(rank - 1 - axis) : std::nullopt;
}

} // namespace

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

std::optional<int> axisBehind(const ir::Graph& graph, const ir::Node& node, int axis)
{
    static constexpr auto kSameOrder = std::to_array<std::string_view>({"flatten", "reshape", "squeeze", "unsqueeze"});
    static constexpr auto kMixing = std::to_array<std::string_view>({"channel_shuffle", "gather", "index_select", "topk"});
    const ir::TensorType& from = inputType(graph, node, 0);
    const ir::Value* result = graph.outputOf(node);
    if (!result || !from.isStatic() || !result->type.isStatic() || axis < 0 || axis >= from.rank())
        return std::nullopt;
    if (isOneOf(node.op, kSameOrder))
        return axisOfSameElements(from, result->type, axis);
    if (node.op == "permute")
        return axisOfPermuted(node, from.rank(), axis);
    if (node.op == "select") {
        const auto dim = normalizedAxis(node.attributes.integer("dim", 0), from.rank());
        return !dim || std::cmp_equal(*dim, axis) ? std::nullopt : std::optional(axis - (std::cmp_less(*dim, axis) ? 1 : 0));
    }
    const bool isReversed = node.op == "slice" && std::ranges::any_of(node.attributes.integers("steps"), [](int64_t step) { return step < 0; });
    const bool keeps = result->type.rank() == from.rank() && result->type.dim(axis) == from.dim(axis) && !isReversed && !isOneOf(node.op, kMixing);
    return keeps ? std::optional(axis) : std::nullopt;
}

} // namespace bpu::ops

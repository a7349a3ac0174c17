// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pixel and channel shuffles written as reshape, permute, reshape.
#include "core/import/onnx/patterns/match.h"

namespace bpu::importer {
namespace {

/// The sizes of a reshape's result: what is inferred, else what its attribute says (0 copies, -1 is unknown).
ir::Shape sizesOf(const Match& match, const ir::Node& reshape)
{
    const std::vector<int64_t> wanted = reshape.attributes.integers("shape");
    const ir::TensorType& type = match.type(reshape.output());
    ir::Shape sizes = type.hasRank() ? type.shape() : ir::Shape(wanted.size(), ir::kUnknownDim);
    for (size_t i = 0; i < sizes.size() && i < wanted.size(); ++i)
        if (sizes[i] == ir::kUnknownDim && wanted[i] > 0)
            sizes[i] = wanted[i];
    return sizes;
}

/// a = b * c where that is known, and never known to be otherwise.
bool isProduct(ir::Dim a, ir::Dim b, ir::Dim c)
{
    return a == ir::kUnknownDim || b == ir::kUnknownDim || c == ir::kUnknownDim || a == b * c;
}

bool same(ir::Dim a, ir::Dim b)
{
    return a == ir::kUnknownDim || b == ir::kUnknownDim || a == b;
}

} // namespace

/// before: [N, C, r, r, H, W] -> permute 0 1 4 2 5 3 -> [N, C, H r, W r]
/// after:  pixel_shuffle {factor = r}
/// before: [N, C, H, r, W, r] -> permute 0 1 3 5 2 4 -> [N, C r r, H, W]
/// after:  pixel_unshuffle {factor = r}
/// before: [N, r, r, C, H, W] -> permute 0 3 4 1 5 2 -> [N, C, H r, W r]
/// after:  depth_to_space {block = r, mode = DCR}
/// before: [N, g, C/g, H, W] -> permute 0 2 1 3 4 -> [N, C, H, W]
/// after:  channel_shuffle {groups = g}
bool shuffle(Match& match, const ir::Node& node)
{
    const ir::Node* permute = match.maker(node.input(0), "permute");
    const ir::Node* split = permute ? match.maker(permute->input(0), "reshape") : nullptr;
    if (!split || split->inputs.size() != 1 || node.inputs.size() != 1)
        return false;
    const std::vector<int64_t> dims = permute->attributes.integers("dims");
    const ir::Shape parts = sizesOf(match, *split);
    const ir::Shape result = sizesOf(match, node);
    const ir::TensorType& input = match.type(split->input(0));
    if (parts.size() != dims.size() || (input.hasRank() && input.rank() != static_cast<int>(result.size())) || result.empty()
        || !same(parts[0], result[0]))
        return false;
    const std::vector<NodeId> group{permute->id, split->id};
    const ValueId x = split->input(0);
    const auto replace = [&](const char* op, ir::Attributes attributes) { return match.replace(group, node, op, {x}, std::move(attributes)); };
    if (dims.size() == 6 && result.size() == 4) {
        const bool shuffles = dims == std::vector<int64_t>{0, 1, 4, 2, 5, 3};
        const bool unshuffles = dims == std::vector<int64_t>{0, 1, 3, 5, 2, 4};
        const bool depthFirst = dims == std::vector<int64_t>{0, 3, 4, 1, 5, 2};
        const ir::Dim r = depthFirst ? parts[1] : unshuffles ? parts[3] : parts[2];
        const ir::Dim r2 = depthFirst ? parts[2] : unshuffles ? parts[5] : parts[3];
        if (r < 1 || r != r2)
            return false;
        if (shuffles && same(result[1], parts[1]) && isProduct(result[2], parts[4], r) && isProduct(result[3], parts[5], r))
            return replace("pixel_shuffle", {{"factor", r}});
        if (depthFirst && same(result[1], parts[3]) && isProduct(result[2], parts[4], r) && isProduct(result[3], parts[5], r))
            return replace("depth_to_space", {{"block", r}, {"mode", std::string("DCR")}});
        if (unshuffles && isProduct(result[1], parts[1], r * r) && same(result[2], parts[2]) && same(result[3], parts[4]))
            return replace("pixel_unshuffle", {{"factor", r}});
        return false;
    }
    const bool swaps = dims.size() == result.size() + 1 && dims.size() >= 4 && dims[1] == 2 && dims[2] == 1;
    if (!swaps || parts[1] < 1 || !isProduct(result[1], parts[1], parts[2]))
        return false;
    for (size_t i = 3; i < dims.size(); ++i)
        if (dims[i] != static_cast<int64_t>(i) || !same(parts[i], result[i - 1]))
            return false;
    return dims[0] == 0 && replace("channel_shuffle", {{"groups", parts[1]}});
}

} // namespace bpu::importer

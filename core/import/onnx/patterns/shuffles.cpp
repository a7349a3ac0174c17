// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pixel and channel shuffles written as reshape, permute, reshape.
#include "core/import/onnx/patterns/match.h"

namespace bpu::importer {
namespace {

/// Compares sizes. Where not even the rank of the input is known, what could fit is taken to fit.
struct Comparison {
    SizeAlgebra& algebra;
    bool strict;

    bool same(Size a, Size b) const { return a == b || (!strict && (!algebra.numberOf(a) || !algebra.numberOf(b))); }
    bool isProduct(Size a, Size b, Size c) const { return same(a, algebra.product(b, c)); }
};

struct Shuffle {
    std::string_view op;
    ir::Attributes attributes;
};

std::optional<Shuffle> pixelShuffle(const Comparison& compare, const std::vector<int64_t>& dims, const std::vector<Size>& before,
                                    const std::vector<Size>& parts, const std::vector<Size>& result)
{
    const bool shuffles = dims == std::vector<int64_t>{0, 1, 4, 2, 5, 3};
    const bool unshuffles = dims == std::vector<int64_t>{0, 1, 3, 5, 2, 4};
    const bool depthFirst = dims == std::vector<int64_t>{0, 3, 4, 1, 5, 2};
    const Size r = depthFirst ? parts[1] : unshuffles ? parts[3] : parts[2];
    const Size r2 = depthFirst ? parts[2] : unshuffles ? parts[5] : parts[3];
    const auto factor = compare.algebra.numberOf(r);
    if (!factor || *factor < 1 || r != r2)
        return std::nullopt;
    const auto grows = [&] {
        return compare.same(before[2], parts[4]) && compare.same(before[3], parts[5]) && compare.isProduct(result[2], parts[4], r)
               && compare.isProduct(result[3], parts[5], r);
    };
    const auto shrinks = [&] {
        return compare.isProduct(before[2], parts[2], r) && compare.isProduct(before[3], parts[4], r) && compare.same(result[2], parts[2])
               && compare.same(result[3], parts[4]);
    };
    if (shuffles && compare.same(result[1], parts[1]) && grows())
        return Shuffle{"pixel_shuffle", {{"factor", *factor}}};
    if (depthFirst && compare.same(result[1], parts[3]) && grows())
        return Shuffle{"depth_to_space", {{"block", *factor}, {"mode", std::string("DCR")}}};
    const Size square = compare.algebra.number(*factor * *factor);
    if (unshuffles && compare.isProduct(result[1], parts[1], square) && shrinks())
        return Shuffle{"pixel_unshuffle", {{"factor", *factor}}};
    return std::nullopt;
}

std::optional<Shuffle> channelShuffle(const Comparison& compare, const std::vector<int64_t>& dims, const std::vector<Size>& before,
                                      const std::vector<Size>& parts, const std::vector<Size>& result)
{
    const bool swaps = dims.size() == result.size() + 1 && dims.size() >= 4 && dims[0] == 0 && dims[1] == 2 && dims[2] == 1;
    const auto groups = swaps ? compare.algebra.numberOf(parts[1]) : std::nullopt;
    if (!groups || *groups < 1 || !compare.isProduct(result[1], parts[1], parts[2]))
        return std::nullopt;
    for (size_t i = 3; i < dims.size(); ++i)
        if (dims[i] != static_cast<int64_t>(i) || !compare.same(parts[i], result[i - 1]) || !compare.same(before[i - 1], result[i - 1]))
            return std::nullopt;
    return Shuffle{"channel_shuffle", {{"groups", *groups}}};
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
    if (!split || !match.type(split->output()).hasRank() || !match.type(node.output()).hasRank())
        return false;
    const std::vector<int64_t> dims = permute->attributes.integers("dims");
    const ir::TensorType& input = match.type(split->input(0));
    const std::vector<Size> parts = match.sizes().of(split->output());
    const std::vector<Size> result = match.sizes().of(node.output());
    const Comparison compare{match.sizes().algebra(), input.hasRank()};
    const bool sameRank = !compare.strict || input.rank() == static_cast<int>(result.size());
    if (parts.size() != dims.size() || !sameRank || parts.empty() || result.empty() || !compare.same(parts[0], result[0]))
        return false;
    const std::vector<Size> before = input.hasRank() ? match.sizes().of(split->input(0)) : std::vector<Size>(result.size(), match.sizes().algebra().unknown("before", true));
    if (!compare.same(before[0], parts[0]))
        return false;
    const std::optional<Shuffle> found = dims.size() == 6 && result.size() == 4 ? pixelShuffle(compare, dims, before, parts, result)
                                                                                 : channelShuffle(compare, dims, before, parts, result);
    return found && match.replace({permute->id, split->id}, node, std::string(found->op), {split->input(0)}, found->attributes);
}

} // namespace bpu::importer

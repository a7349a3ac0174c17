// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/patterns/moments.h"

namespace bpu::importer {
namespace {

/// mean over `dim`, keeping the dimensions: gives its input and the axes.
const ir::Node* meanOf(const Match& match, ValueId value)
{
    const ir::Node* mean = match.maker(value, "mean");
    return mean && mean->attributes.flag("keepdim") && !mean->attributes.integers("dim").empty() ? mean : nullptr;
}

} // namespace

std::optional<Centered> centered(const Match& match, ValueId value)
{
    const ir::Node* sub = match.maker(value, "sub");
    const ir::Node* mean = sub ? meanOf(match, sub->input(1)) : nullptr;
    if (!mean || mean->input(0) != sub->input(0))
        return std::nullopt;
    return Centered{sub, mean};
}

std::optional<Deviation> deviation(const Match& match, ValueId value)
{
    const ir::Node* sqrt = match.maker(value, "sqrt");
    const ir::Node* sum = sqrt ? match.maker(sqrt->input(0), "add") : nullptr;
    if (!sum)
        return std::nullopt;
    const size_t side = match.scalar(sum->input(1)) ? 1 : 0;
    const auto epsilon = match.scalar(sum->input(side));
    const ir::Node* mean = meanOf(match, sum->input(1 - side));
    const ir::Value* square = mean ? match.graph().find(mean->input(0)) : nullptr;
    const ir::Node* power = square ? match.graph().producerOf(*square) : nullptr;
    if (!epsilon || !power)
        return std::nullopt;
    const Product product = match.product(*power);
    if (product.factors.size() != 2 || product.factors[0] != product.factors[1] || product.scale != 1)
        return std::nullopt;
    const auto inner = centered(match, product.factors[0]);
    if (!inner || inner->mean->attributes.integers("dim") != mean->attributes.integers("dim"))
        return std::nullopt;
    Deviation found{{sqrt->id, sum->id, mean->id, inner->sub->id, inner->mean->id}, *epsilon, mean->attributes.integers("dim"), inner->sub->input(0), inner->mean->id};
    found.nodes.insert(found.nodes.end(), product.nodes.begin(), product.nodes.end());
    return found;
}

} // namespace bpu::importer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Sums of products by index letters, "bij,bjk->bik". Source: ONNX Einsum 12, numpy.einsum. An ellipsis stands for the
// dimensions that the letters of its operand leave; they broadcast, aligned at the last one.
#include "core/ops/einsum.h"
#include "core/ops/spec_macro.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

using Index = EinsumIndex;
using Indices = EinsumIndices;
constexpr Index kEllipsis = 128;
constexpr int kMostEllipsis = 64;

/// Letters of one operand; `ellipsis` dimensions stand for "...". Nothing for another character.
std::optional<Indices> indicesOf(std::string_view text, int ellipsis)
{
    Indices indices;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i).starts_with("...")) {
            for (int k = ellipsis; k-- > 0;)
                indices.push_back(static_cast<Index>(kEllipsis + k));
            i += 2;
        } else if (std::isalpha(static_cast<unsigned char>(text[i])) != 0) {
            indices.push_back(static_cast<Index>(text[i]));
        } else {
            return std::nullopt;
        }
    }
    return indices;
}

/// Dimensions that the ellipsis of an operand stands for; nothing when the rank is unknown or does not fit.
std::optional<int> ellipsisRank(std::string_view text, int rank)
{
    const bool has = text.find("...") != std::string_view::npos;
    const int rest = rank - static_cast<int>(text.size()) + (has ? 3 : 0);
    if (rank < 0 || rest < 0 || rest > kMostEllipsis || (!has && rest != 0))
        return std::nullopt;
    return rest;
}

/// Without an arrow the result has the ellipsis and then, in order, the letters that occur once.
std::string impliedResult(const std::string& operands)
{
    std::string letters;
    for (const char letter : operands)
        if (std::isalpha(static_cast<unsigned char>(letter)) != 0 && std::ranges::count(operands, letter) == 1)
            letters += letter;
    std::ranges::sort(letters);
    return (operands.find("...") == std::string::npos ? "" : "...") + letters;
}

Result<void> meet(const ir::Node& node, Equation& equation, Index index, ir::Dim dim)
{
    ir::Dim& known = equation.size[index];
    if (known == ir::kUnknownDim || known == 1)
        known = dim == ir::kUnknownDim && known == 1 ? known : dim;
    else if (dim != ir::kUnknownDim && dim != 1 && dim != known)
        return opError(node, "shape", fmt::format("an index of '{}' has sizes {} and {}; make them equal", node.attributes.text("equation"), known, dim));
    return {};
}

} // namespace

Result<std::optional<Equation>> equationOf(const ir::Graph& graph, const ir::Node& node)
{
    using Maybe = std::optional<Equation>;
    std::string text(node.attributes.text("equation"));
    std::erase(text, ' ');
    const size_t arrow = text.find("->");
    const std::string left = text.substr(0, arrow);
    const std::string right = arrow == std::string::npos ? impliedResult(left) : text.substr(arrow + 2);
    Equation equation;
    equation.size.fill(ir::kUnknownDim);
    int widest = 0;
    size_t begin = 0;
    for (size_t i = 0; i < node.inputs.size() && begin <= left.size(); ++i) {
        const size_t end = std::min(left.find(',', begin), left.size());
        const std::string_view operand = std::string_view(left).substr(begin, end - begin);
        const ir::TensorType& type = inputType(graph, node, i);
        begin = end + 1;
        const auto ellipsis = ellipsisRank(operand, type.rank());
        const auto indices = ellipsis ? indicesOf(operand, *ellipsis) : std::nullopt;
        if (!indices)
            return Maybe();
        widest = std::max(widest, *ellipsis);
        for (size_t d = 0; d < indices->size() && d < type.shape().size(); ++d)
            BPU_CHECK(meet(node, equation, (*indices)[d], type.shape()[d]));
        equation.operands.push_back(*indices);
    }
    const auto result = indicesOf(right, widest);
    if (!result || equation.operands.size() != node.inputs.size() || begin <= left.size())
        return Maybe();
    equation.result = *result;
    return Maybe(std::move(equation));
}

namespace {

Result<Types> inferEinsum(const ir::Graph& graph, const ir::Node& node)
{
    const ir::DType dtype = inputType(graph, node, 0).dtype();
    BPU_TRY(equation, equationOf(graph, node));
    if (!equation)
        return same(ir::TensorType::unranked(dtype));
    ir::Shape shape;
    for (const Index index : equation->result)
        shape.push_back(equation->size[index]);
    return same(ir::TensorType(dtype, std::move(shape)));
}

/// The operands are joined from left to right; each step multiplies once for every combination of the indices that
/// the joined ones still have. An index that nobody needs later is summed away in that step.
Cost einsumCost(const ir::Graph& graph, const ir::Node& node)
{
    Cost cost = memoryCost(graph, node);
    const auto equation = equationOf(graph, node);
    if (!equation || !*equation || (*equation)->operands.empty())
        return cost;
    std::array<bool, 256> joined{};
    for (size_t i = 0; i < (*equation)->operands.size(); ++i) {
        for (const Index index : (*equation)->operands[i])
            joined[index] = true;
        ir::Dim products = 1;
        std::array<bool, 256> needed{};
        for (const Index index : (*equation)->result)
            needed[index] = true;
        for (size_t later = i + 1; later < (*equation)->operands.size(); ++later)
            for (const Index index : (*equation)->operands[later])
                needed[index] = true;
        for (size_t index = 0; index < joined.size(); ++index) {
            products = joined[index] ? mulDims(products, (*equation)->size[index]) : products;
            joined[index] = joined[index] && (i == 0 || needed[index]);
        }
        if (i > 0)
            cost.macs = saturatingSum(cost.macs, std::max<int64_t>(products, 0));
    }
    return cost;
}

std::string einsumSummary(const ir::Graph&, const ir::Node& node)
{
    return std::string(node.attributes.text("equation"));
}

} // namespace

BPU_SPEC(einsum, .name = "einsum", .family = Family::Conv, .torch = {"torch.einsum"}, .onnx = {"Einsum"}, .inputs = {"operands"},
         .variadic = true, .inferTypes = inferEinsum, .cost = einsumCost, .summary = einsumSummary)

} // namespace bpu::ops

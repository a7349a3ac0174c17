// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The order of dimensions. Source: ONNX Transpose, torch.permute.
#include "core/ops/spec_macro.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

std::vector<int64_t> permutationOf(const ir::Node& node, int rank)
{
    std::vector<int64_t> dims = node.attributes.integers("dims");
    if (dims.empty())
        for (int i = rank; i-- > 0;)
            dims.push_back(i);
    return dims;
}

Result<Types> inferPermute(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    const std::vector<int64_t> dims = permutationOf(node, x.rank());
    std::vector<bool> seen(x.shape().size(), false);
    ir::Shape shape;
    for (const int64_t dim : dims) {
        const auto axis = normalizedAxis(dim, x.rank());
        if (!axis || seen[*axis] || dims.size() != seen.size())
            return opError(node, "axis", fmt::format("the permutation has {} entries for rank {}; name each axis once", dims.size(), x.rank()));
        seen[*axis] = true;
        shape.push_back(x.shape()[*axis]);
    }
    return same(x.withShape(std::move(shape)));
}

std::optional<Tensors> foldPermute(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = x ? inferPermute(graph, node) : Result<Types>(Types{});
    if (!x || !types || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const std::vector<int64_t> strides = stridesOf(x->shape());
    std::vector<int64_t> permuted;
    for (const int64_t dim : permutationOf(node, x->type().rank()))
        permuted.push_back(strides[*normalizedAxis(dim, x->type().rank())]);
    return single(copyElements(*x, (*types)[0], StridedIndex((*types)[0].shape(), std::move(permuted))));
}

std::string permuteSummary(const ir::Graph&, const ir::Node& node)
{
    return listText(node.attributes.integers("dims"));
}

} // namespace

BPU_SPEC(permute, .name = "permute", .family = Family::Shape, .torch = {"torch.permute", "torch.Tensor.permute"}, .onnx = {"Transpose"},
         .inputs = {"input"}, .inferTypes = inferPermute, .evaluate = foldPermute, .cost = memoryCost, .summary = permuteSummary)

} // namespace bpu::ops

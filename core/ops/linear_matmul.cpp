// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Matrix products. Sources: torch.nn.Linear (y = x w^T + b), ONNX MatMul (numpy.matmul).
#include "core/ops/infer.h"
#include "core/ops/spec_macro.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

Result<Types> inferLinear(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const ir::TensorType& w = inputType(graph, node, 1);
    if (w.hasRank() && w.rank() != 2)
        return opError(node, "rank", fmt::format("the weight of a linear layer has rank 2, got {}; reshape it", ir::shapeText(w)));
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    if (x.rank() == 0)
        return opError(node, "rank", "a linear layer needs an input of rank 1 or more; unsqueeze the input");
    if (x.dim(-1) != ir::kUnknownDim && w.dim(1) != ir::kUnknownDim && x.dim(-1) != w.dim(1))
        return opError(node, "features", fmt::format("the input has {} features, the weight needs {}; make them equal", x.dim(-1), w.dim(1)));
    ir::Shape shape = x.shape();
    shape.back() = w.dim(0);
    return same(x.withShape(std::move(shape)));
}

Cost linearCost(const ir::Graph& graph, const ir::Node& node)
{
    Cost cost = memoryCost(graph, node);
    cost.macs = std::max<int64_t>(mulDims(graph.outputOf(node)->type.elementCount(), inputType(graph, node, 1).dim(1)), 0);
    return cost;
}

std::string linearSummary(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& w = inputType(graph, node, 1);
    if (w.rank() != 2)
        return {};
    return fmt::format("{}→{}{}", w.dim(1), w.dim(0), node.input(2).isValid() ? " + bias" : "");
}

Result<Types> inferMatmul(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& a = inputType(graph, node, 0);
    const ir::TensorType& b = inputType(graph, node, 1);
    const ir::DType dtype = a.dtype() == ir::DType::Undefined ? b.dtype() : a.dtype();
    if (!a.hasRank() || !b.hasRank())
        return same(ir::TensorType::unranked(dtype));
    if (a.rank() == 0 || b.rank() == 0)
        return opError(node, "rank", "a matrix product needs operands of rank 1 or more; unsqueeze the scalar");
    ir::Shape left = a.shape();
    ir::Shape right = b.shape();
    if (left.size() == 1)
        left.insert(left.begin(), 1);
    if (right.size() == 1)
        right.push_back(1);
    const ir::Dim inner = left.back();
    const ir::Dim rows = right[right.size() - 2];
    if (inner != ir::kUnknownDim && rows != ir::kUnknownDim && inner != rows)
        return opError(node, "shape", fmt::format("{} times {} does not fit; make the inner dimensions equal", ir::shapeText(a), ir::shapeText(b)));
    const auto batch = broadcast(ir::Shape(left.begin(), left.end() - 2), ir::Shape(right.begin(), right.end() - 2));
    if (!batch)
        return opError(node, "shape", fmt::format("the batch dimensions of {} and {} do not fit; make them equal", ir::shapeText(a), ir::shapeText(b)));
    ir::Shape shape = *batch;
    if (a.rank() > 1)
        shape.push_back(left[left.size() - 2]);
    if (b.rank() > 1)
        shape.push_back(right.back());
    return same(ir::TensorType(dtype, std::move(shape)));
}

Cost matmulCost(const ir::Graph& graph, const ir::Node& node)
{
    Cost cost = memoryCost(graph, node);
    cost.macs = std::max<int64_t>(mulDims(graph.outputOf(node)->type.elementCount(), inputType(graph, node, 0).dim(-1)), 0);
    return cost;
}

} // namespace

BPU_SPEC(linear, .name = "linear", .family = Family::Conv, .torch = {"torch.nn.Linear", "torch.nn.functional.linear"}, .onnx = {"Gemm"},
         .inputs = {"input", "weight", "bias", "addend"}, .minInputs = 2, .inferTypes = inferLinear, .cost = linearCost,
         .summary = linearSummary)
BPU_SPEC(matmul, .name = "matmul", .family = Family::Conv, .torch = {"torch.matmul", "torch.Tensor.matmul"}, .onnx = {"MatMul"},
         .inputs = {"a", "b"}, .minInputs = 2, .inferTypes = inferMatmul, .cost = matmulCost)
BPU_SPEC(bmm, .name = "bmm", .family = Family::Conv, .torch = {"torch.bmm", "torch.Tensor.bmm"}, .inputs = {"a", "b"}, .minInputs = 2,
         .inferTypes = inferMatmul, .cost = matmulCost)

} // namespace bpu::ops

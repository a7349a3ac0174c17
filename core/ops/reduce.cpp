// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Reductions along dimensions. Source: torch.mean, torch.max, torch.topk; ONNX Reduce*, ArgMax, TopK.
#include "core/ops/reduce.h"
#include "core/ops/spec_macro.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

/// The reduced shape; axes outside of the rank are an error. No axes = all.
Result<ir::TensorType> reduced(const ir::Graph& graph, const ir::Node& node, ir::DType dtype)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const bool keep = node.attributes.flag("keepdim", true);
    if (node.input(1).isValid()) { // axes that are not constant
        if (keep && x.hasRank())
            return ir::TensorType(dtype, ir::Shape(x.shape().size(), ir::kUnknownDim));
        return ir::TensorType::unranked(dtype);
    }
    if (!x.hasRank())
        return ir::TensorType::unranked(dtype);
    std::vector<bool> drop(x.shape().size(), false);
    const std::vector<int64_t> dims = node.attributes.integers("dim");
    for (const int64_t dim : dims) {
        const auto axis = normalizedAxis(dim, x.rank());
        if (!axis)
            return axisError(node, dim, x.rank());
        drop[*axis] = true;
    }
    if (dims.empty())
        drop.assign(drop.size(), true);
    ir::Shape shape;
    for (size_t i = 0; i < drop.size(); ++i) {
        if (!drop[i])
            shape.push_back(x.shape()[i]);
        else if (keep)
            shape.push_back(1);
    }
    return ir::TensorType(dtype, std::move(shape));
}

} // namespace

Result<Types> inferReduce(const ir::Graph& graph, const ir::Node& node)
{
    BPU_TRY(type, reduced(graph, node, inputType(graph, node, 0).dtype()));
    return same(type);
}

namespace {

Result<Types> inferArg(const ir::Graph& graph, const ir::Node& node)
{
    BPU_TRY(type, reduced(graph, node, ir::DType::Int64));
    return same(type);
}

Result<Types> inferWithIndices(const ir::Graph& graph, const ir::Node& node)
{
    BPU_TRY(type, reduced(graph, node, inputType(graph, node, 0).dtype()));
    return Types{type, type.withDType(ir::DType::Int64)};
}

Result<Types> inferTopk(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return Types{ir::TensorType::unranked(x.dtype()), ir::TensorType::unranked(ir::DType::Int64)};
    BPU_TRY(axis, axisOf(node, "dim", -1, x.rank()));
    ir::Shape shape = x.shape();
    if (node.op == "topk") {
        const auto k = integersOf(graph, node, 1, "k");
        shape[axis] = k && k->size() == 1 && (*k)[0] >= 0 ? (*k)[0] : ir::kUnknownDim;
    }
    return Types{x.withShape(shape), ir::TensorType(ir::DType::Int64, shape)};
}

Cost reduceCost(const ir::Graph& graph, const ir::Node& node)
{
    Cost cost = memoryCost(graph, node);
    cost.ops = std::max<int64_t>(inputType(graph, node, 0).elementCount(), 0);
    return cost;
}

/// "axes H,W" with the letters of NCHW when the rank is 4, else numbers.
std::string axesText(const ir::Graph& graph, const ir::Node& node)
{
    const int rank = inputType(graph, node, 0).rank();
    std::string text;
    for (const int64_t dim : node.attributes.integers("dim")) {
        const auto axis = rank > 0 ? normalizedAxis(dim, rank) : std::nullopt;
        text += (text.empty() ? "" : ",") + (rank == 4 && axis ? std::string(1, "NCHW"[*axis]) : fmt::format("{}", dim));
    }
    return text.empty() ? "all axes" : (text.find(',') == std::string::npos ? "axis " : "axes ") + text;
}

Result<Types> inferCumsum(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0));
}

} // namespace

#define BPU_REDUCE(function, opName, torchName, method, onnxName, INFER, FOLD)                                                     \
    BPU_SPEC(function, .name = opName, .family = Family::Arith, .torch = {torchName, method}, .onnx = {onnxName},                  \
             .inputs = {"input", "dim"}, .inferTypes = INFER, .evaluate = FOLD, .cost = reduceCost, .summary = axesText)

BPU_REDUCE(meanOp, "mean", "torch.mean", "torch.Tensor.mean", "ReduceMean", inferReduce, foldReduce)
BPU_REDUCE(sumOp, "sum", "torch.sum", "torch.Tensor.sum", "ReduceSum", inferReduce, foldReduce)
BPU_REDUCE(amaxOp, "amax", "torch.amax", "torch.Tensor.amax", "ReduceMax", inferReduce, foldReduce)
BPU_REDUCE(aminOp, "amin", "torch.amin", "torch.Tensor.amin", "ReduceMin", inferReduce, foldReduce)
BPU_REDUCE(prodOp, "prod", "torch.prod", "torch.Tensor.prod", "ReduceProd", inferReduce, foldReduce)
BPU_REDUCE(reduceL1, "reduce_l1", "torch.norm", "torch.linalg.norm", "ReduceL1", inferReduce, foldReduce)
BPU_REDUCE(reduceL2, "reduce_l2", "torch.norm", "torch.linalg.norm", "ReduceL2", inferReduce, foldReduce)
BPU_REDUCE(logSumExp, "log_sum_exp", "torch.logsumexp", "torch.Tensor.logsumexp", "ReduceLogSumExp", inferReduce, foldReduce)
BPU_REDUCE(maxOp, "max", "torch.max", "torch.Tensor.max", "", inferWithIndices, nullptr)
BPU_REDUCE(minOp, "min", "torch.min", "torch.Tensor.min", "", inferWithIndices, nullptr)
BPU_REDUCE(argmaxOp, "argmax", "torch.argmax", "torch.Tensor.argmax", "ArgMax", inferArg, nullptr)
BPU_REDUCE(argminOp, "argmin", "torch.argmin", "torch.Tensor.argmin", "ArgMin", inferArg, nullptr)
BPU_REDUCE(topkOp, "topk", "torch.topk", "torch.Tensor.topk", "TopK", inferTopk, nullptr)
BPU_REDUCE(sortOp, "sort", "torch.sort", "torch.Tensor.sort", "", inferTopk, nullptr)
BPU_REDUCE(cumsumOp, "cumsum", "torch.cumsum", "torch.Tensor.cumsum", "CumSum", inferCumsum, foldCumsum)

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Shapes as values, and constants made from them: the scaffolding that exporters leave around reshapes.
#include "core/ops/elementwise.h"

#include <algorithm>
#include <cmath>

namespace bpu::ops {
namespace {

/// [start, end) of the dimensions, ONNX Shape 15.
std::pair<int64_t, int64_t> shapeRange(const ir::Node& node, int rank)
{
    const auto clampAxis = [rank](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
    const int64_t start = clampAxis(node.attributes.integer("start", 0));
    return {start, std::max(start, clampAxis(node.attributes.integer("end", rank)))};
}

Result<Types> inferShape(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return same(ir::TensorType(ir::DType::Int64, {ir::kUnknownDim}));
    const auto [start, end] = shapeRange(node, x.rank());
    return same(ir::TensorType(ir::DType::Int64, {end - start}));
}

std::optional<Tensors> foldShape(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return std::nullopt;
    const auto [start, end] = shapeRange(node, x.rank());
    const std::vector<int64_t> dims(x.shape().begin() + start, x.shape().begin() + end);
    if (std::ranges::find(dims, ir::kUnknownDim) != dims.end())
        return std::nullopt;
    return Tensors{ir::Tensor::ints({end - start}, dims)};
}

Result<Types> inferSize(const ir::Graph&, const ir::Node&)
{
    return same(ir::TensorType(ir::DType::Int64, {}));
}

std::optional<Tensors> foldSize(const ir::Graph& graph, const ir::Node& node)
{
    const int64_t count = inputType(graph, node, 0).elementCount();
    if (count == ir::kUnknownDim)
        return std::nullopt;
    return Tensors{ir::Tensor::ints({}, {count})};
}

Result<Types> inferConstantOfShape(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Attribute* attribute = node.attributes.find("value");
    const auto* value = attribute ? std::get_if<ir::Tensor>(attribute) : nullptr;
    const ir::DType dtype = value ? value->dtype() : ir::DType::Float32;
    const ir::Tensor* shape = constantInput(graph, node, 0);
    if (shape && shape->elementCount() <= 64) {
        const std::vector<int64_t> dims = shape->toInts();
        if (std::ranges::any_of(dims, [](int64_t dim) { return dim < 0; }))
            return opError(node, "shape", "a constant's shape has a negative size; sizes have to be 0 or more");
        return same(ir::TensorType(dtype, dims));
    }
    const ir::Dim rank = inputType(graph, node, 0).dim(0);
    if (rank < 0 || rank > 64)
        return same(ir::TensorType::unranked(dtype));
    return same(ir::TensorType(dtype, ir::Shape(static_cast<size_t>(rank), ir::kUnknownDim)));
}

std::optional<Tensors> foldConstantOfShape(const ir::Graph& graph, const ir::Node& node)
{
    const auto types = inferConstantOfShape(graph, node);
    if (!types || !constantInput(graph, node, 0) || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const ir::Attribute* attribute = node.attributes.find("value");
    const auto* value = attribute ? std::get_if<ir::Tensor>(attribute) : nullptr;
    Scalar fill;
    if (value && value->elementCount() == 1)
        fill = {value->number(0), value->integer(0)};
    auto result = buildTensor((*types)[0], [fill](int64_t) { return fill; });
    return result ? std::optional(Tensors{std::move(*result)}) : std::nullopt;
}

Result<Types> inferCast(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0).withDType(ir::dtypeFromName(node.attributes.text("to")).value_or(ir::DType::Undefined)));
}

std::optional<Tensors> foldCast(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = inferCast(graph, node);
    if (!x || !types || !mayFold(graph, node, (*types)[0]) || ir::byteSize(x->dtype()) == 0)
        return std::nullopt;
    if ((*types)[0].dtype() == x->dtype())
        return Tensors{*x};
    const bool toBool = (*types)[0].dtype() == ir::DType::Bool;
    auto result = buildTensor((*types)[0], [&](int64_t i) {
        return Scalar{x->number(i), toBool ? (x->number(i) != 0 ? 1 : 0) : x->integer(i)};
    });
    return result ? std::optional(Tensors{std::move(*result)}) : std::nullopt;
}

/// Element count of start, limit, delta; nothing when it cannot be told.
std::optional<int64_t> rangeCount(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* start = constantInput(graph, node, 0);
    const ir::Tensor* limit = constantInput(graph, node, 1);
    const ir::Tensor* delta = constantInput(graph, node, 2);
    if (!start || !limit || !delta || start->elementCount() != 1 || limit->elementCount() != 1 || delta->elementCount() != 1)
        return std::nullopt;
    const double count = std::ceil((limit->number(0) - start->number(0)) / delta->number(0));
    if (!(count < 0x1p40))
        return std::nullopt;
    return std::max<int64_t>(static_cast<int64_t>(std::max(count, 0.0)), 0);
}

Result<Types> inferRange(const ir::Graph& graph, const ir::Node& node)
{
    return same(ir::TensorType(inputType(graph, node, 0).dtype(), {rangeCount(graph, node).value_or(ir::kUnknownDim)}));
}

std::optional<Tensors> foldRange(const ir::Graph& graph, const ir::Node& node)
{
    const auto types = inferRange(graph, node);
    if (!types || !rangeCount(graph, node) || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const ir::Tensor& start = *constantInput(graph, node, 0);
    const ir::Tensor& delta = *constantInput(graph, node, 2);
    auto result = buildTensor((*types)[0], [&](int64_t i) {
        return Scalar{start.number(0) + static_cast<double>(i) * delta.number(0),
                      static_cast<int64_t>(static_cast<uint64_t>(start.integer(0)) +
                                           static_cast<uint64_t>(i) * static_cast<uint64_t>(delta.integer(0)))};
    });
    return result ? std::optional(Tensors{std::move(*result)}) : std::nullopt;
}

Result<Types> inferEye(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0));
}

Cost free(const ir::Graph&, const ir::Node&)
{
    return {};
}

std::string castSummary(const ir::Graph&, const ir::Node& node)
{
    return "to " + std::string(node.attributes.text("to"));
}

} // namespace

#define BPU_SHAPE_VALUE(function, opName, torchName, onnxName, least, INFER, FOLD, SUMMARY)                                        \
    const OpSpec& function()                                                                                                       \
    {                                                                                                                              \
        static const OpSpec s{.name = opName, .family = Family::Shape, .torch = {torchName}, .onnx = {onnxName},                   \
                              .inputs = {"input"}, .minInputs = least, .inferTypes = INFER, .evaluate = FOLD, .cost = free,        \
                              .summary = SUMMARY};                                                                                 \
        return s;                                                                                                                  \
    }

BPU_SHAPE_VALUE(shapeOp, "shape", "torch.Tensor.shape", "Shape", 1, inferShape, foldShape, nullptr)
BPU_SHAPE_VALUE(sizeOp, "size", "torch.numel", "Size", 1, inferSize, foldSize, nullptr)
BPU_SHAPE_VALUE(constantOfShape, "constant_of_shape", "torch.full", "ConstantOfShape", 1, inferConstantOfShape, foldConstantOfShape, nullptr)
BPU_SHAPE_VALUE(castOp, "cast", "torch.Tensor.to", "Cast", 1, inferCast, foldCast, castSummary)
BPU_SHAPE_VALUE(rangeOp, "range", "torch.arange", "Range", 3, inferRange, foldRange, nullptr)
BPU_SHAPE_VALUE(eyeLike, "eye_like", "torch.eye", "EyeLike", 1, inferEye, nullptr, nullptr)

} // namespace bpu::ops

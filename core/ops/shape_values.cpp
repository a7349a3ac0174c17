// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Shapes as values, and constants made from them: the scaffolding that exporters leave around reshapes.
#include "core/ops/spec_macro.h"
#include "core/ops/tensor_builder.h"

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
    const MaybeScalar fill = value ? (value->elementCount() == 1 && isComputable(value->dtype()) ? exactScalar(*value, 0) : std::nullopt) : Scalar{};
    return single(buildTensor((*types)[0], [fill](int64_t) { return fill; }));
}

Result<Types> inferCast(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0).withDType(ir::dtypeFromName(node.attributes.text("to")).value_or(ir::DType::Undefined)));
}

/// One element in another dtype: from integers to integers the low bits stay, from floats the fraction goes;
/// what a float has beyond the integer dtype has no defined result, so nothing.
MaybeScalar castElement(const ir::Tensor& x, int64_t i, ir::DType to)
{
    const double number = x.number(i);
    if (to == ir::DType::Bool)
        return Scalar{0, ir::isFloat(x.dtype()) ? (number != 0 ? 1 : 0) : (x.integer(i) != 0 ? 1 : 0)};
    if (x.dtype() == ir::DType::UInt64)
        return Scalar{to == ir::DType::Float32 ? static_cast<double>(static_cast<float>(x.at<uint64_t>(i))) : number,
                      static_cast<int64_t>(x.at<uint64_t>(i))};
    if (!ir::isFloat(x.dtype())) // rounded once, not to double first
        return Scalar{to == ir::DType::Float32 ? static_cast<double>(static_cast<float>(x.integer(i))) : number, x.integer(i)};
    if (ir::isFloat(to))
        return Scalar{number, 0};
    const double whole = std::trunc(number);
    if (!(whole >= -0x1p63 && whole < 0x1p63) || !holds(to, static_cast<int64_t>(whole)))
        return std::nullopt;
    return Scalar{whole, static_cast<int64_t>(whole)};
}

std::optional<Tensors> foldCast(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = inferCast(graph, node);
    if (!x || !types || !isComputable(x->dtype()) || !isComputable((*types)[0].dtype()) || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const ir::DType to = (*types)[0].dtype();
    if (to == x->dtype())
        return Tensors{*x};
    return single(buildTensor<true>((*types)[0], [&](int64_t i) { return castElement(*x, i, to); }));
}

/// start, limit and delta of a range when they are constant scalars of one computable dtype.
struct RangeBounds {
    const ir::Tensor* start = nullptr;
    const ir::Tensor* limit = nullptr;
    const ir::Tensor* delta = nullptr;

    static std::optional<RangeBounds> of(const ir::Graph& graph, const ir::Node& node)
    {
        const RangeBounds bounds{constantInput(graph, node, 0), constantInput(graph, node, 1), constantInput(graph, node, 2)};
        for (const ir::Tensor* bound : {bounds.start, bounds.limit, bounds.delta})
            if (!bound || bound->elementCount() != 1 || !isComputable(bound->dtype()) || bound->dtype() != bounds.start->dtype())
                return std::nullopt;
        return bounds;
    }

    /// max(ceil((limit - start) / delta), 0); nothing when it cannot be told exactly.
    std::optional<int64_t> count() const
    {
        if (ir::isFloat(start->dtype())) {
            const double exact = std::ceil((limit->number(0) - start->number(0)) / delta->number(0));
            return exact < 0x1p40 ? std::optional(static_cast<int64_t>(std::max(exact, 0.0))) : std::nullopt;
        }
        const MaybeInt from = exactInteger(*start, 0);
        const MaybeInt to = exactInteger(*limit, 0);
        const MaybeInt step = exactInteger(*delta, 0);
        int64_t room = 0;
        if (!from || !to || !step || *step == 0 || *step == INT64_MIN || __builtin_sub_overflow(*to, *from, &room) || room == INT64_MIN)
            return std::nullopt;
        const int64_t ahead = *step > 0 ? room : -room;
        const int64_t stride = std::abs(*step);
        return ahead <= 0 ? 0 : ahead / stride + (ahead % stride != 0 ? 1 : 0);
    }
};

Result<Types> inferRange(const ir::Graph& graph, const ir::Node& node)
{
    const auto bounds = RangeBounds::of(graph, node);
    const auto count = bounds ? bounds->count() : std::nullopt;
    return same(ir::TensorType(inputType(graph, node, 0).dtype(), {count.value_or(ir::kUnknownDim)}));
}

std::optional<Tensors> foldRange(const ir::Graph& graph, const ir::Node& node)
{
    const auto bounds = RangeBounds::of(graph, node);
    const auto types = inferRange(graph, node);
    if (!bounds || !types || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const Scalar start{bounds->start->number(0), bounds->start->integer(0)};
    const Scalar delta{bounds->delta->number(0), bounds->delta->integer(0)};
    // Integers lie between start and limit; what a float dtype has in `integer` is not read and may wrap around.
    return single(buildTensor((*types)[0], [&](int64_t i) -> MaybeScalar {
        return Scalar{start.number + static_cast<double>(i) * delta.number,
                      static_cast<int64_t>(static_cast<uint64_t>(start.integer) + static_cast<uint64_t>(i) * static_cast<uint64_t>(delta.integer))};
    }));
}

/// ONNX's `dtype` is the number of an element type; without it the input's.
Result<Types> inferEye(const ir::Graph& graph, const ir::Node& node)
{
    const auto dtype = onnxElementType(node.attributes.integer("dtype", 0));
    const ir::TensorType& x = inputType(graph, node, 0);
    return same(dtype ? x.withDType(*dtype) : x);
}

/// 1 where column - row is k.
std::optional<Tensors> foldEye(const ir::Graph& graph, const ir::Node& node)
{
    const auto types = inferEye(graph, node);
    const int64_t k = node.attributes.integer("k", 0);
    if (!types || (*types)[0].rank() != 2 || !isComputable((*types)[0].dtype()) || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const int64_t columns = (*types)[0].dim(1);
    return single(buildTensor((*types)[0], [&](int64_t i) -> MaybeScalar {
        const int64_t one = i % columns - i / columns == k ? 1 : 0;
        return Scalar{static_cast<double>(one), one};
    }));
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
    BPU_SPEC(function, .name = opName, .family = Family::Shape, .torch = {torchName}, .onnx = {onnxName}, .inputs = {"input"},     \
             .minInputs = least, .inferTypes = INFER, .evaluate = FOLD, .cost = free, .summary = SUMMARY)

BPU_SHAPE_VALUE(shapeOp, "shape", "torch.Tensor.shape", "Shape", 1, inferShape, foldShape, nullptr)
BPU_SHAPE_VALUE(sizeOp, "size", "torch.numel", "Size", 1, inferSize, foldSize, nullptr)
BPU_SHAPE_VALUE(constantOfShape, "constant_of_shape", "torch.full", "ConstantOfShape", 1, inferConstantOfShape, foldConstantOfShape, nullptr)
BPU_SHAPE_VALUE(castOp, "cast", "torch.Tensor.to", "Cast", 1, inferCast, foldCast, castSummary)
BPU_SHAPE_VALUE(rangeOp, "range", "torch.arange", "Range", 3, inferRange, foldRange, nullptr)
BPU_SHAPE_VALUE(eyeLike, "eye_like", "torch.eye", "EyeLike", 1, inferEye, foldEye, nullptr)

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that make a tensor larger: pad, expand, tile. Source: ONNX Pad 13, Expand, Tile; torch.nn.functional.pad.
#include "core/ops/spec_macro.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

Result<Types> inferPad(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const auto padding = integersOf(graph, node, 1, "padding");
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    const size_t rank = x.shape().size();
    if (!padding)
        return same(x.withShape(ir::Shape(rank, ir::kUnknownDim)));
    if (padding->size() != 2 * rank)
        return opError(node, "pad", fmt::format("{} padding numbers are given for rank {}; {} are needed", padding->size(), rank, 2 * rank));
    ir::Shape shape = x.shape();
    for (size_t i = 0; i < rank; ++i) {
        if (shape[i] == ir::kUnknownDim)
            continue;
        // Not addDims: a padding of -1 is a number here, not "unknown".
        if (__builtin_add_overflow(shape[i], (*padding)[i], &shape[i]) || __builtin_add_overflow(shape[i], (*padding)[i + rank], &shape[i]))
            return opError(node, "pad", fmt::format("padding makes dimension {} of {} too large; pad less", i, ir::shapeText(x)));
        if (shape[i] < 0)
            return opError(node, "pad", fmt::format("padding makes dimension {} of {} negative; pad less", i, ir::shapeText(x)));
    }
    return same(x.withShape(std::move(shape)));
}

enum class PadMode : uint8_t { Constant, Reflect, Replicate, Circular };

PadMode modeOf(const ir::Node& node)
{
    const std::string_view mode = node.attributes.text("mode", "constant");
    return mode == "reflect" ? PadMode::Reflect : mode == "replicate" ? PadMode::Replicate : mode == "circular" ? PadMode::Circular : PadMode::Constant;
}

/// Where an index beside [0, size) reads from; nothing for the padding value.
std::optional<int64_t> source(PadMode mode, int64_t at, int64_t size)
{
    if (at >= 0 && at < size)
        return at;
    const auto wrapped = [](int64_t index, int64_t period) { return (index % period + period) % period; };
    switch (mode) {
    case PadMode::Constant: return std::nullopt;
    case PadMode::Replicate: return std::clamp<int64_t>(at, 0, size - 1);
    case PadMode::Circular: return wrapped(at, size);
    case PadMode::Reflect: break;
    }
    const int64_t folded = size == 1 ? 0 : wrapped(at, 2 * (size - 1));
    return folded < size ? folded : 2 * (size - 1) - folded;
}

/// The padding value in the dtype; nothing for an integer dtype that cannot hold it.
MaybeScalar padValue(const ir::Node& node, ir::DType dtype)
{
    const double value = node.attributes.number("value", 0);
    if (ir::isFloat(dtype))
        return Scalar{value, 0};
    return value == std::floor(value) && std::fabs(value) <= 0x1p53 ? MaybeScalar(Scalar{value, static_cast<int64_t>(value)}) : std::nullopt;
}

std::optional<Tensors> foldPad(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = x ? inferPad(graph, node) : Result<Types>(Types{});
    if (!x || !types || !isComputable(x->dtype()) || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const PadMode mode = modeOf(node);
    const MaybeScalar value = padValue(node, x->dtype());
    const auto padding = integersOf(graph, node, 1, "padding");
    if (!padding)
        return std::nullopt;
    const std::vector<int64_t>& begins = *padding;
    const auto isFar = [](int64_t begin) { return std::max(begin, -(begin + 1)) > (int64_t{1} << 40); }; // indices must not overflow
    if ((mode != PadMode::Constant && x->elementCount() == 0) || std::ranges::any_of(begins, isFar))
        return std::nullopt;
    const std::vector<int64_t> strides = stridesOf((*types)[0].shape());
    const std::vector<int64_t> from = stridesOf(x->shape());
    return single(buildTensor((*types)[0], [&](int64_t flat) -> MaybeScalar {
        int64_t at = 0;
        for (size_t i = 0; i < strides.size(); ++i) {
            const auto index = source(mode, flat / strides[i] - begins[i], x->shape()[i]);
            if (!index)
                return value;
            at += *index * from[i];
            flat %= strides[i];
        }
        return exactScalar(*x, at);
    }));
}

Result<Types> inferExpand(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const auto shape = integersOf(graph, node, 1, "shape");
    if (!shape || !x.hasRank() || shape->size() > 64) {
        const ir::Dim rank = inputType(graph, node, 1).dim(0);
        if (!x.hasRank() || rank < 0 || rank > 64)
            return same(ir::TensorType::unranked(x.dtype()));
        return same(x.withShape(ir::Shape(std::max(static_cast<size_t>(rank), x.shape().size()), ir::kUnknownDim)));
    }
    ir::Shape wanted = *shape;
    for (ir::Dim& dim : wanted) {
        if (dim < -1)
            return opError(node, "shape", fmt::format("a size to expand to is {}; it has to be 0 or more, or -1 to keep", dim));
        dim = dim == -1 ? 1 : dim;
    }
    const auto result = broadcast(x.shape(), wanted);
    if (!result)
        return opError(node, "broadcast", fmt::format("{} cannot be expanded to {}; only dimensions of 1 grow", ir::shapeText(x),
                                                      ir::shapeText(x.withShape(wanted))));
    return same(x.withShape(*result));
}

std::optional<Tensors> foldExpand(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = x ? inferExpand(graph, node) : Result<Types>(Types{});
    if (!x || !types || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    return single(copyElements(*x, (*types)[0], broadcastIndex((*types)[0].shape(), x->shape())));
}

Result<Types> inferTile(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const auto repeats = integersOf(graph, node, 1, "repeats");
    if (!x.hasRank() || (repeats && repeats->size() > 64))
        return same(ir::TensorType::unranked(x.dtype()));
    if (!repeats)
        return same(x.withShape(ir::Shape(x.shape().size(), ir::kUnknownDim)));
    ir::Shape shape = x.shape();
    if (repeats->size() > shape.size())
        shape.insert(shape.begin(), repeats->size() - shape.size(), 1);
    for (size_t i = 0; i < repeats->size(); ++i) {
        if ((*repeats)[i] < 0)
            return opError(node, "shape", fmt::format("a repeat count is {}; it has to be 0 or more", (*repeats)[i]));
        ir::Dim& dim = shape[shape.size() - repeats->size() + i];
        dim = mulDims(dim, (*repeats)[i]);
    }
    return same(x.withShape(std::move(shape)));
}

std::optional<Tensors> foldTile(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = x ? inferTile(graph, node) : Result<Types>(Types{});
    if (!x || !types || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const ir::Shape& shape = (*types)[0].shape();
    ir::Shape repeated = x->shape();
    repeated.insert(repeated.begin(), shape.size() - repeated.size(), 1);
    const std::vector<int64_t> strides = stridesOf(shape);
    const std::vector<int64_t> from = stridesOf(repeated);
    return single(copyElements(*x, (*types)[0], [&](int64_t flat) {
        int64_t at = 0;
        for (size_t i = 0; i < strides.size(); ++i) {
            at += flat / strides[i] % repeated[i] * from[i];
            flat %= strides[i];
        }
        return at;
    }));
}

std::string padSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("{} {}", node.attributes.text("mode", "constant"), listText(node.attributes.integers("padding")));
}

} // namespace

#define BPU_ENLARGE(function, opName, first, second, onnxName, operand, INFER, FOLD, SUMMARY)                                      \
    BPU_SPEC(function, .name = opName, .family = Family::Shape, .torch = {first, second}, .onnx = {onnxName},                      \
             .inputs = {"input", operand}, .inferTypes = INFER, .evaluate = FOLD, .cost = memoryCost, .summary = SUMMARY)

BPU_ENLARGE(pad, "pad", "torch.nn.functional.pad", "torch.nn.ZeroPad2d", "Pad", "padding", inferPad, foldPad, padSummary)
BPU_ENLARGE(expand, "expand", "torch.Tensor.expand", "torch.Tensor.expand_as", "Expand", "shape", inferExpand, foldExpand, nullptr)
BPU_ENLARGE(tile, "tile", "torch.Tensor.repeat", "torch.Tensor.tile", "Tile", "repeats", inferTile, foldTile, nullptr)

} // namespace bpu::ops

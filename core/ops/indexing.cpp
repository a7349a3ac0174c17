// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Reading whole slices by index, and masks. Source: ONNX Gather 13, OneHot, NonZero, Trilu, NonMaxSuppression.
#include "core/ops/selection.h"
#include "core/ops/spec_macro.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

Result<Types> inferSelect(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    BPU_TRY(axis, axisOf(node, "dim", 0, x.rank()));
    const ir::Dim size = x.shape()[axis];
    const int64_t index = node.attributes.integer("index", 0);
    if (size != ir::kUnknownDim && (index < -size || index >= size))
        return opError(node, "index", fmt::format("index {} lies outside of dimension {} of {}; correct it", index, axis, ir::shapeText(x)));
    ir::Shape shape = x.shape();
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
    return same(x.withShape(std::move(shape)));
}

Result<Types> inferIndexSelect(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const ir::TensorType& indices = inputType(graph, node, 1);
    if (!x.hasRank() || !indices.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    BPU_TRY(axis, axisOf(node, "dim", 0, x.rank()));
    ir::Shape shape(x.shape().begin(), x.shape().begin() + static_cast<std::ptrdiff_t>(axis));
    shape.insert(shape.end(), indices.shape().begin(), indices.shape().end());
    shape.insert(shape.end(), x.shape().begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape().end());
    return same(x.withShape(std::move(shape)));
}

/// Copies `block` bytes for each index out of [outer, size, block].
std::optional<ir::Tensor> takeBlocks(const ir::Tensor& x, size_t axis, const std::vector<int64_t>& indices, ir::TensorType type)
{
    const size_t width = ir::byteSize(x.dtype());
    const int64_t size = x.shape()[axis];
    size_t block = width;
    for (size_t d = axis + 1; d < x.shape().size(); ++d)
        block *= static_cast<size_t>(x.shape()[d]);
    const auto total = static_cast<size_t>(type.elementCount()) * width;
    const size_t outer = indices.empty() || block == 0 ? 0 : total / (indices.size() * block);
    auto data = std::make_shared_for_overwrite<std::byte[]>(total);
    std::byte* at = data.get();
    for (size_t o = 0; o < outer; ++o)
        for (const int64_t index : indices) {
            const int64_t row = index < 0 ? index + size : index;
            if (row < 0 || row >= size)
                return std::nullopt;
            std::memcpy(at, x.bytes().data() + (o * static_cast<size_t>(size) + static_cast<size_t>(row)) * block, block);
            at += block;
        }
    return ir::Tensor(std::move(type), Bytes(std::move(data), total));
}

std::optional<Tensors> foldSelect(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = x ? inferSelect(graph, node) : Result<Types>(Types{});
    if (!x || !types || !mayFold(graph, node, (*types)[0]) || ir::byteSize(x->dtype()) == 0)
        return std::nullopt;
    const size_t axis = *normalizedAxis(node.attributes.integer("dim", 0), x->type().rank());
    auto result = takeBlocks(*x, axis, {node.attributes.integer("index", 0)}, (*types)[0]);
    return result ? std::optional(Tensors{std::move(*result)}) : std::nullopt;
}

std::optional<Tensors> foldIndexSelect(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const ir::Tensor* indices = constantInput(graph, node, 1);
    const auto types = x && indices ? inferIndexSelect(graph, node) : Result<Types>(Types{});
    if (!x || !indices || !types || !mayFold(graph, node, (*types)[0]) || ir::byteSize(x->dtype()) == 0)
        return std::nullopt;
    const size_t axis = *normalizedAxis(node.attributes.integer("dim", 0), x->type().rank());
    auto result = takeBlocks(*x, axis, indices->toInts(), (*types)[0]);
    return result ? std::optional(Tensors{std::move(*result)}) : std::nullopt;
}

Result<Types> inferFirst(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0), std::max<size_t>(node.outputs.size(), 1));
}

Result<Types> inferOneHot(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& indices = inputType(graph, node, 0);
    const ir::DType dtype = inputType(graph, node, 2).dtype();
    if (!indices.hasRank())
        return same(ir::TensorType::unranked(dtype));
    const ir::Tensor* depth = constantInput(graph, node, 1);
    const int rank = indices.rank() + 1;
    BPU_TRY(axis, axisOf(node, "dim", -1, rank));
    const ir::Dim size = depth && depth->elementCount() == 1 ? std::max<ir::Dim>(depth->integer(0), 0) : ir::kUnknownDim;
    ir::Shape shape = indices.shape();
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), size);
    return same(ir::TensorType(dtype, std::move(shape)));
}

Result<Types> inferNonzero(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    return same(ir::TensorType(ir::DType::Int64, {x.hasRank() ? x.rank() : ir::kUnknownDim, ir::kUnknownDim}));
}

Result<Types> inferNms(const ir::Graph&, const ir::Node&)
{
    return same(ir::TensorType(ir::DType::Int64, {ir::kUnknownDim, 3}));
}

/// Indices of the elements that are not 0, one column each, in row-major order.
std::optional<Tensors> foldNonzero(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    if (!x || !isComputable(x->dtype()))
        return std::nullopt;
    std::vector<int64_t> found;
    for (int64_t i = 0; i < x->elementCount(); ++i)
        if (ir::isFloat(x->dtype()) ? x->number(i) != 0 : x->integer(i) != 0)
            found.push_back(i);
    const ir::TensorType type(ir::DType::Int64, {x->type().rank(), static_cast<ir::Dim>(found.size())});
    if (!mayFold(graph, node, type))
        return std::nullopt;
    const std::vector<int64_t> strides = stridesOf(x->shape());
    const auto columns = static_cast<int64_t>(found.size());
    return single(buildTensor(type, [&](int64_t i) -> MaybeScalar {
        const auto axis = static_cast<size_t>(i / columns);
        return Scalar{0, found[static_cast<size_t>(i % columns)] / strides[axis] % x->shape()[axis]};
    }));
}

/// Keeps the upper (column - row >= diagonal) or lower triangle of each matrix; the rest is 0.
std::optional<Tensors> foldTrilu(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto given = integersOf(graph, node, 1, "diagonal");
    if (!x || x->type().rank() < 2 || !isComputable(x->dtype()) || (!given && node.input(1).isValid()) || (given && given->size() != 1) ||
        !mayFold(graph, node, x->type()))
        return std::nullopt;
    const int64_t columns = x->type().dim(-1);
    const int64_t rows = x->type().dim(-2);
    const int64_t diagonal = std::clamp(given ? given->front() : 0, -rows - 1, columns + 1);
    const bool upper = node.attributes.flag("upper", true);
    return single(buildTensor(x->type(), [&](int64_t i) -> MaybeScalar {
        const int64_t offset = i % columns - i / columns % rows;
        return (upper ? offset >= diagonal : offset <= diagonal) ? exactScalar(*x, i) : Scalar{};
    }));
}

std::string selectSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("axis {} index {}", node.attributes.integer("dim", 0), node.attributes.integer("index", 0));
}

} // namespace

#define BPU_INDEX(function, opName, torchName, method, onnxName, least, INFER, FOLD, SUMMARY)                                      \
    BPU_SPEC(function, .name = opName, .family = Family::Shape, .torch = {torchName, method}, .onnx = {onnxName},                  \
             .inputs = {"input", "index", "updates"}, .minInputs = least, .inferTypes = INFER, .evaluate = FOLD,                   \
             .cost = memoryCost, .summary = SUMMARY)

BPU_INDEX(selectOp, "select", "torch.Tensor.__getitem__", "torch.select", "Gather", 1, inferSelect, foldSelect, selectSummary)
BPU_INDEX(indexSelect, "index_select", "torch.index_select", "torch.Tensor.index_select", "Gather", 2, inferIndexSelect, foldIndexSelect, nullptr)
BPU_INDEX(oneHot, "one_hot", "torch.nn.functional.one_hot", "torch.nn.functional.one_hot", "OneHot", 3, inferOneHot, nullptr, nullptr)
BPU_INDEX(nonzero, "nonzero", "torch.nonzero", "torch.Tensor.nonzero", "NonZero", 1, inferNonzero, foldNonzero, nullptr)
BPU_INDEX(nonMaxSuppression, "non_max_suppression", "torchvision.ops.nms", "torchvision.ops.nms", "NonMaxSuppression", 2, inferNms, foldNonMaxSuppression, nullptr)
BPU_INDEX(trilu, "trilu", "torch.tril", "torch.triu", "Trilu", 1, inferFirst, foldTrilu, nullptr)
BPU_INDEX(reverseSequence, "reverse_sequence", "onnx.ReverseSequence", "onnx.ReverseSequence", "ReverseSequence", 2, inferFirst, nullptr, nullptr)

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Reading and writing by index. Source: ONNX Gather 13, GatherElements, GatherND, Scatter*, OneHot, NonZero.
#include "core/ops/elementwise.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

Result<size_t> axisOf(const ir::Node& node, int rank)
{
    const int64_t dim = node.attributes.integer("dim", 0);
    const auto axis = normalizedAxis(dim, rank);
    if (!axis)
        return opError(node, "axis", fmt::format("axis {} lies outside of rank {}; correct it", dim, rank));
    return *axis;
}

Result<Types> inferSelect(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    BPU_TRY(axis, axisOf(node, x.rank()));
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
    BPU_TRY(axis, axisOf(node, x.rank()));
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

/// The result has the indices' shape.
Result<Types> inferGather(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 1).withDType(inputType(graph, node, 0).dtype()));
}

Result<Types> inferGatherNd(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const ir::TensorType& indices = inputType(graph, node, 1);
    const int64_t batch = node.attributes.integer("batch_dims", 0);
    const ir::Dim depth = indices.dim(-1);
    if (!x.hasRank() || indices.rank() < 1 || depth < 0 || batch < 0 || batch > x.rank() || depth > x.rank() - batch)
        return same(ir::TensorType::unranked(x.dtype()));
    ir::Shape shape(indices.shape().begin(), indices.shape().end() - 1);
    shape.insert(shape.end(), x.shape().begin() + batch + depth, x.shape().end());
    return same(x.withShape(std::move(shape)));
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
    const auto axis = normalizedAxis(node.attributes.integer("dim", -1), rank);
    if (!axis)
        return opError(node, "axis", fmt::format("axis {} lies outside of rank {}; correct it", node.attributes.integer("dim", -1), rank));
    const ir::Dim size = depth && depth->elementCount() == 1 ? std::max<ir::Dim>(depth->integer(0), 0) : ir::kUnknownDim;
    ir::Shape shape = indices.shape();
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(*axis), size);
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

std::string selectSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("axis {} index {}", node.attributes.integer("dim", 0), node.attributes.integer("index", 0));
}

} // namespace

#define BPU_INDEX(function, opName, torchName, method, onnxName, least, INFER, FOLD, SUMMARY)                                      \
    const OpSpec& function()                                                                                                       \
    {                                                                                                                              \
        static const OpSpec s{.name = opName, .family = Family::Shape, .torch = {torchName, method}, .onnx = {onnxName},           \
                              .inputs = {"input", "index", "updates"}, .minInputs = least, .inferTypes = INFER, .evaluate = FOLD,  \
                              .cost = memoryCost, .summary = SUMMARY};                                                             \
        return s;                                                                                                                  \
    }

BPU_INDEX(selectOp, "select", "torch.Tensor.__getitem__", "torch.select", "Gather", 1, inferSelect, foldSelect, selectSummary)
BPU_INDEX(indexSelect, "index_select", "torch.index_select", "torch.Tensor.index_select", "Gather", 2, inferIndexSelect, foldIndexSelect, nullptr)
BPU_INDEX(gatherOp, "gather", "torch.gather", "torch.Tensor.gather", "GatherElements", 2, inferGather, nullptr, nullptr)
BPU_INDEX(gatherNd, "gather_nd", "onnx.GatherND", "onnx.GatherND", "GatherND", 2, inferGatherNd, nullptr, nullptr)
BPU_INDEX(scatterOp, "scatter", "torch.scatter", "torch.Tensor.scatter", "ScatterElements", 3, inferFirst, nullptr, nullptr)
BPU_INDEX(scatterNd, "scatter_nd", "onnx.ScatterND", "onnx.ScatterND", "ScatterND", 3, inferFirst, nullptr, nullptr)
BPU_INDEX(oneHot, "one_hot", "torch.nn.functional.one_hot", "torch.nn.functional.one_hot", "OneHot", 3, inferOneHot, nullptr, nullptr)
BPU_INDEX(nonzero, "nonzero", "torch.nonzero", "torch.Tensor.nonzero", "NonZero", 1, inferNonzero, nullptr, nullptr)
BPU_INDEX(nonMaxSuppression, "non_max_suppression", "torchvision.ops.nms", "torchvision.ops.nms", "NonMaxSuppression", 2, inferNms, nullptr, nullptr)
BPU_INDEX(trilu, "trilu", "torch.tril", "torch.triu", "Trilu", 1, inferFirst, nullptr, nullptr)
BPU_INDEX(reverseSequence, "reverse_sequence", "onnx.ReverseSequence", "onnx.ReverseSequence", "ReverseSequence", 2, inferFirst, nullptr, nullptr)

} // namespace bpu::ops

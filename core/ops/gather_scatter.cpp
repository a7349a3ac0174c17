// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Reading and writing of single elements and slices by index tensors. Source: ONNX GatherElements 13, GatherND 13,
// ScatterElements 18, ScatterND 18; torch.gather, torch.scatter.
#include "core/ops/spec_macro.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

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

/// The input's type: elements of it are replaced.
Result<Types> inferScatter(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0));
}

/// An index counted from the front; nothing outside of the size.
std::optional<int64_t> placed(int64_t index, int64_t size)
{
    const int64_t at = index < 0 ? index + size : index;
    return at >= 0 && at < size ? std::optional(at) : std::nullopt;
}

/// y[i][j][k] = x[index[i][j][k]][j][k] for axis 0: each index replaces one coordinate of its own place.
std::optional<Tensors> foldGather(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const ir::Tensor* indices = constantInput(graph, node, 1);
    if (!x || !indices || !ir::isInteger(indices->dtype()) || x->type().rank() != indices->type().rank())
        return std::nullopt;
    const auto axis = normalizedAxis(node.attributes.integer("dim", 0), x->type().rank());
    const ir::TensorType type(x->dtype(), indices->shape());
    if (!axis || !mayFold(graph, node, type))
        return std::nullopt;
    for (size_t i = 0; i < x->shape().size(); ++i)
        if (i != *axis && indices->shape()[i] > x->shape()[i])
            return std::nullopt;
    for (int64_t i = 0; i < indices->elementCount(); ++i)
        if (!placed(indices->integer(i), x->shape()[*axis]))
            return std::nullopt;
    const std::vector<int64_t> strides = stridesOf(x->shape());
    std::vector<int64_t> ownStrides = strides;
    ownStrides[*axis] = 0;
    const StridedIndex own(type.shape(), std::move(ownStrides));
    return single(copyElements(*x, type, [&](int64_t i) { return own(i) + *placed(indices->integer(i), x->shape()[*axis]) * strides[*axis]; }));
}

/// Where the slices that rows of an index tensor name start in `x`, in elements; nothing when one lies outside. The
/// rows of one batch read that batch.
std::optional<std::vector<int64_t>> sliceStarts(const ir::Tensor& x, const ir::Tensor& indices, int64_t batchDims)
{
    const int64_t depth = indices.type().dim(-1);
    const std::vector<int64_t> strides = stridesOf(x.shape());
    const int64_t rows = depth > 0 ? indices.elementCount() / depth : 0;
    int64_t batches = 1;
    for (size_t i = 0; i < static_cast<size_t>(batchDims); ++i)
        batches *= x.shape()[i];
    if (rows == 0 || batches == 0 || rows % batches != 0)
        return std::nullopt;
    const int64_t batchSize = x.elementCount() / batches;
    std::vector<int64_t> starts;
    for (int64_t row = 0; row < rows; ++row) {
        int64_t start = row / (rows / batches) * batchSize;
        for (int64_t i = 0; i < depth; ++i) {
            const auto axis = static_cast<size_t>(batchDims + i);
            const auto at = placed(indices.integer(row * depth + i), x.shape()[axis]);
            if (!at)
                return std::nullopt;
            start += *at * strides[axis];
        }
        starts.push_back(start);
    }
    return starts;
}

int64_t sliceSize(const ir::Tensor& x, int64_t firstAxis)
{
    int64_t size = 1;
    for (size_t i = static_cast<size_t>(firstAxis); i < x.shape().size(); ++i)
        size *= x.shape()[i];
    return size;
}

std::optional<Tensors> foldGatherNd(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const ir::Tensor* indices = constantInput(graph, node, 1);
    const auto types = x && indices ? inferGatherNd(graph, node) : Result<Types>(Types{});
    if (!x || !indices || !types || !ir::isInteger(indices->dtype()) || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const int64_t batchDims = node.attributes.integer("batch_dims", 0);
    if (!std::ranges::equal(x->shape().begin(), x->shape().begin() + batchDims, indices->shape().begin(), indices->shape().begin() + batchDims))
        return std::nullopt;
    const auto starts = sliceStarts(*x, *indices, batchDims);
    const int64_t size = sliceSize(*x, batchDims + indices->type().dim(-1));
    if (!starts || (*types)[0].elementCount() != static_cast<int64_t>(starts->size()) * size)
        return std::nullopt;
    return single(copyElements(*x, (*types)[0], [&](int64_t i) { return (*starts)[static_cast<size_t>(i / size)] + i % size; }));
}

/// Writes or joins one element; false for a reduction or dtype that is not known.
bool putElement(std::string_view reduction, const ir::Tensor& updates, int64_t from, ir::DType dtype, std::byte* at)
{
    const size_t width = ir::byteSize(dtype);
    if (reduction == "none" || reduction.empty()) {
        std::memcpy(at, updates.bytes().data() + static_cast<size_t>(from) * width, width);
        return true;
    }
    const ir::Tensor present(ir::TensorType(dtype, {}), Bytes::copyOf({at, width}));
    const auto join = [&](auto a, auto b) {
        return reduction == "add" ? a + b : reduction == "mul" ? a * b : reduction == "max" ? std::max(a, b) : std::min(a, b);
    };
    if (!isComputable(dtype) || (reduction != "add" && reduction != "mul" && reduction != "max" && reduction != "min"))
        return false;
    if (ir::isFloat(dtype))
        return storeScalar(dtype, at, {join(present.number(0), updates.number(from)), 0});
    const int64_t a = present.integer(0), b = updates.integer(from);
    if (reduction == "max" || reduction == "min")
        return storeScalar(dtype, at, {0, join(a, b)});
    return storeScalar(dtype, at, {0, static_cast<int64_t>(join(static_cast<uint64_t>(a), static_cast<uint64_t>(b)))}); // wraps around
}

/// y = x, then y[index[i][j]][j] = updates[i][j] for axis 0, in the order of the updates.
std::optional<Tensors> foldScatter(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const ir::Tensor* indices = constantInput(graph, node, 1);
    const ir::Tensor* updates = constantInput(graph, node, 2);
    if (!x || !indices || !updates || !ir::isInteger(indices->dtype()) || updates->dtype() != x->dtype() || updates->shape() != indices->shape() ||
        x->type().rank() != indices->type().rank() || ir::byteSize(x->dtype()) == 0 || !mayFold(graph, node, x->type()))
        return std::nullopt;
    const auto axis = normalizedAxis(node.attributes.integer("dim", 0), x->type().rank());
    for (size_t i = 0; axis && i < x->shape().size(); ++i)
        if (i != *axis && indices->shape()[i] > x->shape()[i])
            return std::nullopt;
    if (!axis)
        return std::nullopt;
    auto data = std::make_shared_for_overwrite<std::byte[]>(x->bytes().size());
    std::ranges::copy(x->bytes(), data.get());
    const std::vector<int64_t> strides = stridesOf(x->shape());
    std::vector<int64_t> others = strides;
    others[*axis] = 0;
    const StridedIndex placeOf(indices->shape(), others);
    for (int64_t i = 0; i < indices->elementCount(); ++i) {
        const auto index = placed(indices->integer(i), x->shape()[*axis]);
        const int64_t place = index ? placeOf(i) + *index * strides[*axis] : 0;
        if (!index || !putElement(node.attributes.text("reduction", "none"), *updates, i, x->dtype(), data.get() + static_cast<size_t>(place) * ir::byteSize(x->dtype())))
            return std::nullopt;
    }
    return Tensors{ir::Tensor(x->type(), Bytes(std::move(data), x->bytes().size()))};
}

/// The slices are written in the order of the rows, so that the last of two equal indices stays.
std::optional<Tensors> foldScatterNd(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const ir::Tensor* indices = constantInput(graph, node, 1);
    const ir::Tensor* updates = constantInput(graph, node, 2);
    if (!x || !indices || !updates || !ir::isInteger(indices->dtype()) || updates->dtype() != x->dtype() || ir::byteSize(x->dtype()) == 0 || !mayFold(graph, node, x->type()))
        return std::nullopt;
    const int64_t depth = indices->type().dim(-1);
    if (indices->type().rank() < 1 || depth < 1 || depth > x->type().rank())
        return std::nullopt;
    const auto starts = sliceStarts(*x, *indices, 0);
    const auto size = static_cast<size_t>(sliceSize(*x, depth));
    if (!starts || updates->elementCount() != static_cast<int64_t>(starts->size() * size))
        return std::nullopt;
    const size_t width = ir::byteSize(x->dtype());
    auto data = std::make_shared_for_overwrite<std::byte[]>(x->bytes().size());
    std::ranges::copy(x->bytes(), data.get());
    const std::string_view reduction = node.attributes.text("reduction", "none");
    for (size_t i = 0; i < starts->size() * size; ++i) {
        const size_t place = static_cast<size_t>((*starts)[i / size]) + i % size;
        if (!putElement(reduction, *updates, static_cast<int64_t>(i), x->dtype(), data.get() + place * width))
            return std::nullopt;
    }
    return Tensors{ir::Tensor(x->type(), Bytes(std::move(data), x->bytes().size()))};
}

} // namespace

#define BPU_GATHER(function, opName, first, second, onnxName, least, INFER, FOLD)                                                  \
    BPU_SPEC(function, .name = opName, .family = Family::Shape, .torch = {first, second}, .onnx = {onnxName},                      \
             .inputs = {"input", "index", "updates"}, .minInputs = least, .inferTypes = INFER, .evaluate = FOLD, .cost = memoryCost)

BPU_GATHER(gatherOp, "gather", "torch.gather", "torch.Tensor.gather", "GatherElements", 2, inferGather, foldGather)
BPU_GATHER(gatherNd, "gather_nd", "onnx.GatherND", "onnx.GatherND", "GatherND", 2, inferGatherNd, foldGatherNd)
BPU_GATHER(scatterOp, "scatter", "torch.scatter", "torch.Tensor.scatter", "ScatterElements", 3, inferScatter, foldScatter)
BPU_GATHER(scatterNd, "scatter_nd", "onnx.ScatterND", "onnx.ScatterND", "ScatterND", 3, inferScatter, foldScatterNd)

} // namespace bpu::ops

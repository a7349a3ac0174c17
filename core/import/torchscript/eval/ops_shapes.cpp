// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What gives elements another order: reshaping, permuting, repeating.
#include "core/import/torchscript/eval/host.h"
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <numeric>

namespace bpu::importer::torchscript {
namespace {

Result<Value> same(OperatorCall& c)
{
    return c["input"];
}

/// One size that depends on data is what -1 stands for.
Result<Value> reshape(OperatorCall& c)
{
    const Value& wanted = c["shape"];
    if (!wanted.isSequence() || !wanted.isKnown())
        return c.opaque();
    c.setKnown(ir::TensorType(c.type("input").dtype(), *c.sizes("shape")));
    std::vector<int64_t> shape;
    size_t unknown = 0;
    for (const Value& item : wanted.items()) {
        const Value size = scalarOf(item);
        const bool isKnown = size.isNumber() && size.isKnown();
        unknown += !isKnown || size.integer() == -1;
        shape.push_back(isKnown ? size.integer() : -1);
    }
    return unknown > 1 ? c.opaque() : c.emit("reshape", {c.use("input")}, {{"shape", shape}});
}

Result<Value> likeOther(OperatorCall& c)
{
    const ir::TensorType type = c.type("other");
    c.setKnown(type.withDType(c.type("input").dtype()));
    if (!type.isStatic())
        return c.opaque();
    return c.emit(c.name() == "expand_as" ? "expand" : "reshape", {c.use("input")}, {{"shape", type.shape()}});
}

Result<Value> flatten(OperatorCall& c)
{
    return c.emit("flatten", {c.use("input")}, {{"start_dim", c.axis("start_dim", c.rank("input"))}, {"end_dim", c.axis("end_dim", c.rank("input"))}});
}

Result<Value> ravel(OperatorCall& c)
{
    return c.emit("flatten", {c.use("input")}, {{"start_dim", int64_t{0}}, {"end_dim", int64_t{-1}}});
}

Result<Value> squeeze(OperatorCall& c)
{
    const int rank = c.rank("input");
    std::vector<int64_t> dims = c.axes("dim", rank);
    std::erase_if(dims, [&](int64_t dim) { return c.type("input").dim(static_cast<int>(dim)) > 1; });
    if (dims.empty())
        return c["input"]; // nothing to drop
    return c.emit("squeeze", {c.use("input")}, {{"dims", dims}});
}

Result<Value> squeezeAll(OperatorCall& c)
{
    return c.emit("squeeze", {c.use("input")});
}

Result<Value> unsqueeze(OperatorCall& c)
{
    const int rank = c.rank("input");
    return c.emit("unsqueeze", {c.use("input")}, {{"dims", std::vector<int64_t>{c.axis("dim", rank < 0 ? rank : rank + 1)}}});
}

Result<Value> permute(OperatorCall& c)
{
    return c.emit("permute", {c.use("input")}, {{"dims", c.axes("dims", c.rank("input"))}});
}

Result<Value> swapped(OperatorCall& c, int64_t a, int64_t b)
{
    const int rank = c.rank("input");
    if (rank < 0 || a < 0 || b < 0 || a >= rank || b >= rank)
        return c.opaque();
    std::vector<int64_t> dims(static_cast<size_t>(rank));
    std::iota(dims.begin(), dims.end(), 0);
    std::swap(dims[static_cast<size_t>(a)], dims[static_cast<size_t>(b)]);
    return c.emit("permute", {c.use("input")}, {{"dims", dims}});
}

Result<Value> transpose(OperatorCall& c)
{
    return swapped(c, c.axis("dim0", c.rank("input")), c.axis("dim1", c.rank("input")));
}

Result<Value> matrixTranspose(OperatorCall& c)
{
    const int rank = c.rank("input");
    return rank == 0 || rank == 1 ? Result<Value>(c["input"]) : swapped(c, rank - 2, rank - 1);
}

/// x.T of any rank.
Result<Value> allReversed(OperatorCall& c)
{
    const int rank = c.rank("input");
    if (rank < 0)
        return c.opaque();
    std::vector<int64_t> dims;
    for (int64_t i = rank; i-- > 0;)
        dims.push_back(i);
    return rank < 2 ? Result<Value>(c["input"]) : c.emit("permute", {c.use("input")}, {{"dims", dims}});
}

/// The axis `from` goes to `to`, the others keep their order.
Result<Value> moveAxis(OperatorCall& c)
{
    const int rank = c.rank("input");
    const std::vector<int64_t> from = c.axes("source", rank);
    const std::vector<int64_t> to = c.axes("destination", rank);
    const auto isPlace = [&](const std::vector<int64_t>& places) { return places.size() == 1 && places[0] >= 0 && places[0] < rank; };
    if (c.isUndecided() || !isPlace(from) || !isPlace(to))
        return c.opaque();
    std::vector<int64_t> dims;
    for (int64_t i = 0; i < rank; ++i)
        if (i != from[0])
            dims.push_back(i);
    dims.insert(dims.begin() + to[0], from[0]);
    return c.emit("permute", {c.use("input")}, {{"dims", dims}});
}

/// One axis as several.
Result<Value> unflatten(OperatorCall& c)
{
    const ir::TensorType type = c.type("input");
    const int64_t dim = c.axis("dim", type.rank());
    const std::vector<int64_t> sizes = c.integers("sizes");
    if (c.isUndecided() || !type.hasRank() || dim < 0 || dim >= type.rank() || std::ranges::count(type.shape(), ir::kUnknownDim) + std::ranges::count(sizes, -1) > 1)
        return c.opaque();
    std::vector<int64_t> shape = type.shape();
    shape.erase(shape.begin() + dim);
    shape.insert(shape.begin() + dim, sizes.begin(), sizes.end());
    return c.emit("reshape", {c.use("input")}, {{"shape", shape}});
}

Result<Value> expand(OperatorCall& c)
{
    std::vector<int64_t> shape = c.integers("size");
    const ir::TensorType type = c.type("input");
    if (const auto known = c.sizes("size"))
        c.setKnown(ir::TensorType(type.dtype(), *known));
    for (size_t i = 0; i < shape.size() && type.hasRank(); ++i) { // -1 keeps the size
        const int axis = static_cast<int>(i) - static_cast<int>(shape.size());
        if (shape[i] == -1 && -axis <= type.rank())
            shape[i] = type.dim(axis) == ir::kUnknownDim ? 1 : type.dim(axis); // 1 keeps any size in ONNX's expand
    }
    return c.emit("expand", {c.use("input")}, {{"shape", shape}});
}

Result<Value> repeat(OperatorCall& c)
{
    const ir::TensorType type = c.type("input");
    const auto repeats = c.sizes("repeats");
    if (repeats && type.rank() <= static_cast<int>(repeats->size()) && type.hasRank())
        c.setKnown(ir::TensorType(type.dtype(), ir::Shape(repeats->size(), ir::kUnknownDim)));
    return c.emit("tile", {c.use("input")}, {{"repeats", c.integers("repeats")}});
}

/// Of each row of numbers a tensor with an axis for every row.
Result<Value> meshgrid(OperatorCall& c)
{
    const auto rows = c.useList("tensors");
    if (!rows || c.text("indexing") != "ij")
        return c.opaque();
    ir::Shape shape;
    for (const ValueId row : *rows) {
        const ir::TensorType& type = c.evaluator().builder().graph().value(row).type;
        if (type.rank() > 1 || !type.isStatic())
            return c.opaque();
        shape.push_back(type.elementCount());
    }
    std::vector<Value> results;
    for (size_t i = 0; i < rows->size(); ++i) {
        ir::Shape own(shape.size(), 1);
        own[i] = shape[i];
        BPU_TRY(placed, c.evaluator().emitBeside("reshape", {(*rows)[i]}, {{"shape", own}}));
        BPU_TRY(result, c.emit("expand", {c.id(placed)}, {{"shape", shape}}));
        results.push_back(std::move(result));
    }
    return Value::list(std::move(results));
}

constexpr char kOne[] = "Tensor input";

} // namespace

std::span<const OperatorEntry> shapeOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"contiguous", "Tensor input, any memory_format=None", same}, {"clone", "Tensor input, any memory_format=None", same}, {"detach", kOne, same},
        {"alias", kOne, same}, {"cpu", kOne, same}, {"cuda", kOne, same}, {"resolve_conj", kOne, same}, {"resolve_neg", kOne, same},
        {"prim.data", kOne, same}, {"lift_fresh", kOne, same}, {"requires_grad_", "Tensor input, any requires=None", same},
        {"reshape", "Tensor input, int[] shape", reshape}, {"view", "Tensor input, int[] shape", reshape}, {"unsafe_view", "Tensor input, int[] shape", reshape},
        {"view_as", "Tensor input, Tensor other", likeOther}, {"reshape_as", "Tensor input, Tensor other", likeOther},
        {"expand_as", "Tensor input, Tensor other", likeOther}, {"flatten", "Tensor input, int start_dim=0, int end_dim=-1", flatten},
        {"squeeze", kOne, squeezeAll}, {"squeeze", "Tensor input, int[] dim", squeeze}, {"unsqueeze", "Tensor input, int dim", unsqueeze},
        {"permute", "Tensor input, int[] dims", permute}, {"transpose", "Tensor input, int dim0, int dim1", transpose},
        {"swapaxes", "Tensor input, int dim0, int dim1", transpose},
        {"swapdims", "Tensor input, int dim0, int dim1", transpose}, {"movedim", "Tensor input, int[] source, int[] destination", moveAxis},
        {"moveaxis", "Tensor input, int[] source, int[] destination", moveAxis}, {"unflatten", "Tensor input, int dim, int[] sizes", unflatten}, {"ravel", kOne, ravel}, {"t", kOne, matrixTranspose}, {"numpy_T", kOne, allReversed}, {"mT", kOne, matrixTranspose}, {"prim.mT", kOne, matrixTranspose}, {"prim.T", kOne, allReversed},
        {"expand", "Tensor input, int[] size, *, bool implicit=False", expand}, {"repeat", "Tensor input, int[] repeats", repeat},
        {"tile", "Tensor input, int[] repeats", repeat}, {"meshgrid", "Tensor[] tensors, *, str indexing=\"ij\"", meshgrid},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript

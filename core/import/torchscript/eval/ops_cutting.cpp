// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What cuts and joins: slices, indices, splits, padding.
#include "core/import/torchscript/eval/host.h"
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <limits>

namespace bpu::importer::torchscript {
namespace {

/// The type of a part whose length along `axis` is unknown.
ir::TensorType withoutSize(const ir::TensorType& type, int64_t axis)
{
    ir::Shape shape = type.shape();
    if (axis < 0 || axis >= type.rank())
        return ir::TensorType::unranked(type.dtype());
    shape[static_cast<size_t>(axis)] = ir::kUnknownDim;
    return type.withShape(std::move(shape));
}

Result<Value> cat(OperatorCall& c)
{
    const auto tensors = c.useList("tensors");
    if (!tensors || tensors->empty())
        return c.opaque();
    const int rank = c.evaluator().builder().graph().value(tensors->front()).type.rank();
    const bool isStack = c.name() == "stack";
    return c.emit(isStack ? "stack" : "cat", *tensors, {{"dim", c.axis("dim", isStack && rank >= 0 ? rank + 1 : rank)}});
}

Result<Value> splitInto(OperatorCall& c, int64_t dim, std::vector<int64_t> sizes)
{
    const size_t count = sizes.size();
    if (count == 0 || count > 10'000)
        return c.opaque();
    BPU_TRY(parts, c.emitSeveral("split", {c.use("input")}, {{"dim", dim}, {"sizes", std::move(sizes)}}, count));
    return Value::list(std::move(parts));
}

/// Equal parts of `size`, the last one smaller.
Result<Value> splitEvenly(OperatorCall& c, int64_t size)
{
    const int64_t dim = c.axis("dim", c.rank("input"));
    const ir::Dim whole = c.type("input").dim(static_cast<int>(dim));
    if (whole == ir::kUnknownDim || size < 1 || c.isUndecided())
        return c.opaque();
    if (whole / size > 10'000)
        return c.opaque();
    std::vector<int64_t> sizes;
    for (int64_t at = 0; at < whole; at += size)
        sizes.push_back(std::min(size, whole - at));
    return splitInto(c, dim, std::move(sizes));
}

Result<Value> split(OperatorCall& c)
{
    return splitEvenly(c, c.integer("split_size"));
}

Result<Value> splitWithSizes(OperatorCall& c)
{
    return splitInto(c, c.axis("dim", c.rank("input")), c.integers("sizes"));
}

Result<Value> chunk(OperatorCall& c)
{
    const int64_t chunks = c.integer("chunks");
    const ir::Dim whole = c.type("input").dim(static_cast<int>(c.axis("dim", c.rank("input"))));
    if (chunks < 1 || chunks > 10'000)
        return c.opaque();
    if (whole != ir::kUnknownDim)
        return splitEvenly(c, (whole + chunks - 1) / chunks);
    BPU_TRY(parts, c.emitSeveral("chunk", {c.use("input")}, {{"dim", c.axis("dim", c.rank("input"))}, {"chunks", chunks}}, static_cast<size_t>(chunks)));
    return Value::list(std::move(parts));
}

Result<Value> unbind(OperatorCall& c)
{
    const int64_t dim = c.axis("dim", c.rank("input"));
    const ir::Dim count = c.type("input").dim(static_cast<int>(dim));
    if (count == ir::kUnknownDim || count > 10'000 || dim < 0)
        return c.opaque();
    std::vector<Value> parts;
    for (int64_t i = 0; i < count; ++i) {
        BPU_TRY(part, c.emit("select", {c.use("input")}, {{"dim", dim}, {"index", i}}));
        parts.push_back(std::move(part));
    }
    return Value::list(std::move(parts));
}

/// A slice of everything is the tensor itself, seen through a window.
Result<Value> slice(OperatorCall& c)
{
    const int rank = c.rank("input");
    const int64_t dim = c.axis("dim", rank);
    const int64_t start = c.isNone("start") ? 0 : c.integer("start");
    const int64_t end = c.isNone("end") ? std::numeric_limits<int64_t>::max() : c.integer("end");
    const int64_t step = c.integer("step");
    c.setKnown(withoutSize(c.type("input"), dim));
    if (c.isUndecided() || step < 1)
        return c.opaque();
    const ir::Dim size = c.type("input").dim(static_cast<int>(dim));
    const bool isAll = start == 0 && step == 1 && (end == std::numeric_limits<int64_t>::max() || (size != ir::kUnknownDim && end >= size));
    Value result;
    if (isAll) {
        result = Value::cell(std::make_shared<Cell>(c["input"].cell()));
        result.cell().view.reset();
    } else {
        using List = std::vector<int64_t>;
        BPU_TRY(part, c.emit("slice", {c.use("input")}, {{"starts", List{start}}, {"ends", List{end}}, {"dims", List{dim}}, {"steps", List{step}}}));
        result = part;
    }
    c.trackView("input", result, dim, start < 0 && size != ir::kUnknownDim ? std::max<int64_t>(start + size, 0) : start, step, false);
    return result;
}

Result<Value> narrow(OperatorCall& c)
{
    const int64_t start = c.integer("start");
    using List = std::vector<int64_t>;
    c.setKnown(withoutSize(c.type("input"), c.axis("dim", c.rank("input"))));
    return c.emit("slice", {c.use("input")}, {{"starts", List{start}}, {"ends", List{start + c.integer("length")}},
                                              {"dims", List{c.axis("dim", c.rank("input"))}}, {"steps", List{1}}});
}

Result<Value> select(OperatorCall& c)
{
    const int64_t dim = c.axis("dim", c.rank("input"));
    const int64_t index = c.integer("index");
    const ir::Dim size = c.type("input").dim(static_cast<int>(dim));
    BPU_TRY(result, c.emit("select", {c.use("input")}, {{"dim", dim}, {"index", index < 0 && size != ir::kUnknownDim ? index + size : index}}));
    c.trackView("input", result, dim, index < 0 && size != ir::kUnknownDim ? index + size : index, 1, true);
    return result;
}

Result<Value> item(OperatorCall& c)
{
    return c.evaluator().select(c["input"], c.integer("index"));
}

/// x[:, i] with one tensor of indices; more are left as they are.
Result<Value> index(OperatorCall& c)
{
    const Value& list = c["indices"];
    if (!list.isSequence() || !list.isKnown())
        return c.opaque();
    const auto& items = list.items();
    const auto first = std::ranges::find_if(items, [](const Value& item) { return item.is(Kind::Tensor); });
    const bool isOne = first != items.end() && std::ranges::all_of(items, [&](const Value& item) { return &item == &*first || item.is(Kind::None); });
    if (!isOne)
        return c.opaque();
    const auto axis = first - items.begin();
    const ir::TensorType type = c.type("input");
    const ir::TensorType mask = c.evaluator().builder().typeOf(first->cell());
    if (mask.dtype() == ir::DType::Bool || mask.dtype() == ir::DType::UInt8) { // the count of what is true stands for the dimensions that the mask covers
        if (mask.hasRank() && axis + mask.rank() <= type.rank()) {
            ir::Shape shape = type.shape();
            shape.erase(shape.begin() + axis, shape.begin() + axis + mask.rank());
            shape.insert(shape.begin() + axis, ir::kUnknownDim);
            c.setKnown(type.withShape(std::move(shape)));
        }
        return c.opaque();
    }
    return c.emit("index_select", {c.use("input"), c.id(*first)}, {{"dim", int64_t{axis}}});
}

Result<Value> indexSelect(OperatorCall& c)
{
    return c.emit(c.name() == "gather" ? "gather" : "index_select", {c.use("input"), c.use("index")}, {{"dim", c.axis("dim", c.rank("input"))}});
}

/// PyTorch counts from the last dimension: begin, end, begin, end, ...
Result<Value> pad(OperatorCall& c)
{
    const int rank = c.rank("input");
    if (const auto listed = c.sizes("pad"); listed && static_cast<int>(listed->size()) <= 2 * rank) {
        ir::Shape known = c.type("input").shape();
        std::fill(known.end() - static_cast<std::ptrdiff_t>(listed->size() / 2), known.end(), ir::kUnknownDim);
        c.setKnown(c.type("input").withShape(std::move(known)));
    }
    const std::vector<int64_t> amounts = c.integers("pad");
    if (rank < 0 || amounts.size() % 2 != 0 || amounts.size() / 2 > static_cast<size_t>(rank))
        return c.opaque();
    if (!c.isUndecided() && std::ranges::all_of(amounts, [](int64_t amount) { return amount == 0; }))
        return c["input"];
    const auto n = static_cast<size_t>(rank);
    std::vector<int64_t> padding(2 * n);
    for (size_t i = 0; i < amounts.size() / 2; ++i) {
        padding[n - 1 - i] = amounts[2 * i];
        padding[2 * n - 1 - i] = amounts[2 * i + 1];
    }
    return c.emit("pad", {c.use("input")}, {{"padding", padding}, {"mode", c.text("mode")}, {"value", c.isNone("value") ? 0.0 : c.number("value")}});
}

/// Rolls by cutting and joining, which is what a board does, too.
Result<Value> roll(OperatorCall& c)
{
    const std::vector<int64_t> shifts = c.integers("shifts");
    const std::vector<int64_t> dims = c.axes("dims", c.rank("input"));
    if (c.isUndecided() || shifts.size() != dims.size())
        return c.opaque();
    ValueId value = c.use("input");
    Value result = c["input"];
    using List = std::vector<int64_t>;
    for (size_t i = 0; i < dims.size(); ++i) {
        const ir::Dim size = c.type("input").dim(static_cast<int>(dims[i]));
        if (size == ir::kUnknownDim || size < 1)
            return c.opaque();
        const int64_t cut = ((size - shifts[i]) % size + size) % size;
        if (cut == 0)
            continue;
        BPU_TRY(back, c.emit("slice", {value}, {{"starts", List{cut}}, {"ends", List{size}}, {"dims", List{dims[i]}}, {"steps", List{1}}}));
        BPU_TRY(front, c.emit("slice", {value}, {{"starts", List{0}}, {"ends", List{cut}}, {"dims", List{dims[i]}}, {"steps", List{1}}}));
        BPU_TRY(joined, c.emit("cat", {c.id(back), c.id(front)}, {{"dim", dims[i]}}));
        result = joined;
        value = c.id(joined);
    }
    return result;
}

} // namespace

std::span<const OperatorEntry> cuttingOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"cat", "Tensor[] tensors, int dim=0", cat}, {"concat", "Tensor[] tensors, int dim=0", cat},
        {"stack", "Tensor[] tensors, int dim=0", cat}, {"split", "Tensor input, int split_size, int dim=0", split},
        {"split", "Tensor input, int[] sizes, int dim=0", splitWithSizes}, {"split_with_sizes", "Tensor input, int[] sizes, int dim=0", splitWithSizes},
        {"chunk", "Tensor input, int chunks, int dim=0", chunk}, {"unsafe_chunk", "Tensor input, int chunks, int dim=0", chunk},
        {"unbind", "Tensor input, int dim=0", unbind}, {"pad", "Tensor input, int[] pad, str mode=\"constant\", float? value=None", pad},
        {"constant_pad_nd", "Tensor input, int[] pad, Scalar value=0, str mode=\"constant\"", pad}, {"roll", "Tensor input, int[] shifts, int[] dims=[]", roll},
    };
    return kRows;
}

std::span<const OperatorEntry> indexingOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"slice", "Tensor input, int dim=0, int? start=None, int? end=None, int step=1", slice},
        {"narrow", "Tensor input, int dim, int start, int length", narrow}, {"select", "Tensor input, int dim, int index", select},
        {"__getitem__", "Tensor input, int index", item}, {"index", "Tensor input, Tensor[] indices", index},
        {"index_select", "Tensor input, int dim, Tensor index", indexSelect}, {"gather", "Tensor input, int dim, Tensor index, bool sparse_grad=False", indexSelect},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript

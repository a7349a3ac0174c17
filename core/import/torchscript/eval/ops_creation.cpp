// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Tensors out of nothing: constants of the graph where their size is known. In-place fills.
#include "core/import/torchscript/eval/host.h"
#include "core/import/torchscript/eval/operators.h"

namespace bpu::importer::torchscript {
namespace {

/// Opaque where a size is unknown or the constant would be large, with the type as far as it is known.
Result<Value> constant(OperatorCall& c, const std::optional<ir::Shape>& shape, ir::DType dtype, double value)
{
    c.setKnown(shape ? ir::TensorType(dtype, *shape) : ir::TensorType::unranked(dtype));
    const auto tensor = shape && !c.isUndecided() ? filled(dtype, *shape, value) : std::nullopt;
    return tensor ? Value::tensor(*tensor, std::string(outOfPlace(c.name()))) : c.opaque();
}

double contentOf(OperatorCall& c)
{
    return c.name().find("ones") != std::string_view::npos ? 1 : c.name().find("full") != std::string_view::npos ? c.number("value") : 0;
}

Result<Value> create(OperatorCall& c)
{
    return constant(c, c.sizes("size"), c.dtype("dtype", ir::DType::Float32), contentOf(c));
}

/// Before version 5 of the file format torch.full gave floats; from then on an integer gives integers, a bool bools.
Result<Value> full(OperatorCall& c)
{
    constexpr int kKeepsTheKind = 5;
    const Value& value = c["value"];
    const bool keeps = c.evaluator().version() >= kKeepsTheKind && !value.is(Kind::Float);
    const ir::DType own = !keeps ? ir::DType::Float32 : value.is(Kind::Bool) ? ir::DType::Bool : ir::DType::Int64;
    return constant(c, c.sizes("size"), c.dtype("dtype", own), c.number("value"));
}

Result<Value> createNew(OperatorCall& c)
{
    return constant(c, c.sizes("size"), c.dtype("dtype", c.type("input").dtype()), contentOf(c));
}

Result<Value> createLike(OperatorCall& c)
{
    const ir::TensorType type = c.type("input");
    return constant(c, type.hasRank() ? std::optional(type.shape()) : std::nullopt, c.dtype("dtype", type.dtype()), contentOf(c));
}

/// torch.tensor(3), torch.tensor([1, 2]).
Result<Value> tensor(OperatorCall& c)
{
    const Value& data = c["data"];
    if (data.is(Kind::Tensor))
        return data;
    if (data.isNumber() && data.isKnown()) {
        const ir::DType own = data.is(Kind::Float) ? ir::DType::Float32 : data.is(Kind::Bool) ? ir::DType::Bool : ir::DType::Int64;
        return constant(c, ir::Shape{}, c.dtype("dtype", own), data.number());
    }
    if (const auto ints = data.toInts(); ints && c.dtype("dtype", ir::DType::Int64) == ir::DType::Int64)
        return Value::tensor(ir::Tensor::ints({static_cast<int64_t>(ints->size())}, *ints), "tensor");
    if (!data.isSequence() || !data.isKnown())
        return c.opaque();
    std::vector<float> values;
    for (const Value& item : data.items()) {
        if (!item.isNumber() || !item.isKnown())
            return c.opaque();
        values.push_back(static_cast<float>(item.number()));
    }
    return Value::tensor(ir::Tensor::floats({static_cast<int64_t>(values.size())}, values), "tensor");
}

Result<Value> fill(OperatorCall& c)
{
    const ir::TensorType type = c.type("input");
    const Value value = scalarOf(c["value"]);
    c.setKnown(type);
    if (!type.isStatic() || !value.isNumber() || !value.isKnown())
        return c.opaque();
    return constant(c, type.shape(), type.dtype(), value.number());
}

Result<Value> zero(OperatorCall& c)
{
    const ir::TensorType type = c.type("input");
    return constant(c, type.hasRank() ? std::optional(type.shape()) : std::nullopt, type.dtype(), 0);
}

/// The content of `source` in the shape of the target.
Result<Value> copy(OperatorCall& c)
{
    const ir::TensorType type = c.type("input");
    const ir::TensorType source = c.type("source");
    if (!type.hasRank() || type.shape() == source.shape())
        return c["source"];
    if (const Value value = scalarOf(c["source"]); value.isNumber() && value.isKnown() && type.isStatic())
        return constant(c, type.shape(), type.dtype(), value.number());
    return type.isStatic() ? c.emit("expand", {c.use("source")}, {{"shape", type.shape()}}) : Result<Value>(c["source"]);
}

constexpr char kSize[] = "int[] size, *, any dtype=None, any layout=None, any device=None, any pin_memory=None, any memory_format=None";
constexpr char kFull[] = "int[] size, Scalar value, *, any dtype=None, any layout=None, any device=None, any pin_memory=None";
constexpr char kNew[] = "Tensor input, int[] size, *, any dtype=None, any layout=None, any device=None, any pin_memory=None";
constexpr char kNewFull[] = "Tensor input, int[] size, Scalar value, *, any dtype=None, any layout=None, any device=None, any pin_memory=None";
constexpr char kLike[] = "Tensor input, *, any dtype=None, any layout=None, any device=None, any pin_memory=None, any memory_format=None";
constexpr char kFullLike[] = "Tensor input, Scalar value, *, any dtype=None, any layout=None, any device=None, any pin_memory=None, any memory_format=None";

} // namespace

std::span<const OperatorEntry> creationOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"zeros", kSize, create}, {"ones", kSize, create}, {"empty", kSize, create}, {"full", kFull, full}, {"new_zeros", kNew, createNew},
        {"new_ones", kNew, createNew}, {"new_empty", kNew, createNew}, {"new_full", kNewFull, createNew}, {"zeros_like", kLike, createLike},
        {"ones_like", kLike, createLike}, {"empty_like", kLike, createLike}, {"full_like", kFullLike, createLike},
        {"tensor", "any data, *, any dtype=None, any device=None, bool requires_grad=False", tensor},
        {"as_tensor", "any data, *, any dtype=None, any device=None", tensor},
        {"scalar_tensor", "any data, *, any dtype=None, any layout=None, any device=None, any pin_memory=None", tensor},
        {"fill", "Tensor input, any value", fill}, {"zero", "Tensor input", zero}, {"copy", "Tensor input, Tensor source, bool non_blocking=False", copy},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript

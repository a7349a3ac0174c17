// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Tensors out of nothing: constants of the graph where their size is known. In-place fills.
#include "core/import/torchscript/eval/host.h"
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <type_traits>

namespace bpu::importer::torchscript {
namespace {

/// Opaque where a size is unknown or the constant would be large, with the type as far as it is known.
Result<Value> constant(OperatorCall& c, const std::optional<ir::Shape>& shape, ir::DType dtype, double value)
{
    c.setKnown(shape ? ir::TensorType(dtype, *shape) : ir::TensorType::unranked(dtype));
    constexpr int64_t kElementsAStep = 20; // bounds what all constants of a file take to some hundred megabytes
    if (shape && ir::TensorType(dtype, *shape).elementCount() > 0)
        BPU_CHECK(c.evaluator().spend(static_cast<size_t>(std::min(ir::TensorType(dtype, *shape).elementCount(), int64_t{1} << 22) / kElementsAStep)));
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

/// The numbers of lists in lists, row by row; false when something is no number, or rows differ in length.
bool collect(const Value& value, size_t depth, ir::Shape& shape, std::vector<Value>& numbers)
{
    constexpr size_t kMost = 1 << 20;
    if (value.isNumber() && value.isKnown()) {
        numbers.push_back(value);
        return depth == shape.size() && numbers.size() < kMost;
    }
    if (!value.isSequence() || !value.isKnown() || depth > 8)
        return false;
    const auto size = static_cast<ir::Dim>(value.items().size());
    if (numbers.empty() && depth == shape.size())
        shape.push_back(size);
    return depth < shape.size() && shape[depth] == size &&
           std::ranges::all_of(value.items(), [&](const Value& item) { return collect(scalarOf(item), depth + 1, shape, numbers); });
}

template <typename T>
Value tensorOf(ir::DType dtype, ir::Shape shape, const std::vector<Value>& numbers)
{
    std::vector<T> elements;
    for (const Value& number : numbers)
        elements.push_back(number.is(Kind::Float) || std::is_floating_point_v<T> ? static_cast<T>(number.number()) : static_cast<T>(number.integer()));
    return Value::tensor(ir::Tensor::of(dtype, std::move(shape), elements), "tensor");
}

/// torch.tensor(3), torch.tensor([[1, 2], [3, 4]]).
Result<Value> tensor(OperatorCall& c)
{
    if (c["data"].is(Kind::Tensor))
        return c["data"];
    ir::Shape shape;
    std::vector<Value> numbers;
    const bool isRegular = collect(c["data"], 0, shape, numbers);
    BPU_CHECK(c.evaluator().spend(numbers.size()));
    if (!isRegular)
        return c.opaque();
    const bool hasFloat = std::ranges::any_of(numbers, [](const Value& number) { return number.is(Kind::Float); });
    const bool isBool = !numbers.empty() && std::ranges::all_of(numbers, [](const Value& number) { return number.is(Kind::Bool); });
    const ir::DType dtype = c.dtype("dtype", hasFloat || numbers.empty() ? ir::DType::Float32 : isBool ? ir::DType::Bool : ir::DType::Int64);
    c.setKnown(ir::TensorType(dtype, shape));
    switch (dtype) {
    case ir::DType::Float32: return tensorOf<float>(dtype, shape, numbers);
    case ir::DType::Float64: return tensorOf<double>(dtype, shape, numbers);
    case ir::DType::Int64: return tensorOf<int64_t>(dtype, shape, numbers);
    case ir::DType::Int32: return tensorOf<int32_t>(dtype, shape, numbers);
    case ir::DType::Bool:
        std::ranges::transform(numbers, numbers.begin(), [](const Value& number) { return Value::of(number.flag()); });
        return tensorOf<uint8_t>(dtype, shape, numbers);
    default: return c.opaque();
    }
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

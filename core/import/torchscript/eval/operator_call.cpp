// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The arguments of one call, read and turned into edges of the graph.
#include "core/import/torchscript/eval/host.h"
#include "core/import/torchscript/eval/operators.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

void collectTensors(Evaluator& evaluator, const Value& value, std::vector<ValueId>& ids)
{
    if (value.is(Kind::Tensor) || (!value.isKnown() && value.sharedCell()))
        ids.push_back(evaluator.builder().use(value.sharedCell()));
    if (value.isSequence() && value.isKnown())
        for (const Value& item : value.items())
            collectTensors(evaluator, item, ids);
}

/// A name with a namespace keeps it: "quantized.conv2d"; PyTorch's own get theirs.
std::string opaqueName(std::string_view name)
{
    return name.find('.') == std::string_view::npos ? fmt::format("torch.{}", outOfPlace(name)) : std::string(name);
}

std::optional<ir::Tensor> constantOf(const Value& value, ir::DType like)
{
    ir::DType dtype = value.is(Kind::Float) ? ir::DType::Float32 : value.is(Kind::Bool) ? ir::DType::Bool : ir::DType::Int64;
    if (ir::isFloat(like) || (ir::isInteger(like) && !value.is(Kind::Float)))
        dtype = like;
    return filled(dtype, {}, value.number());
}

} // namespace

Result<Value> emitOpaque(Evaluator& evaluator, std::string_view name, const std::vector<Value>& values)
{
    std::vector<ValueId> ids;
    for (const Value& value : values)
        collectTensors(evaluator, value, ids);
    BPU_TRY(results, evaluator.emit(opaqueName(name), name, std::move(ids), {}, 1));
    return results.front();
}

size_t OperatorCall::indexOf(std::string_view argument) const
{
    const auto slot = std::ranges::find(m_schema.slots(), argument, &Slot::name);
    BPU_ASSERT(slot != m_schema.slots().end());
    return static_cast<size_t>(slot - m_schema.slots().begin());
}

const Value& OperatorCall::operator[](std::string_view argument) const
{
    return m_values[indexOf(argument)];
}

ir::TensorType OperatorCall::type(std::string_view argument) const
{
    const Value& value = (*this)[argument];
    return value.is(Kind::Tensor) ? m_evaluator.builder().typeOf(value.cell()) : ir::TensorType();
}

const ir::Tensor* OperatorCall::constant(std::string_view argument) const
{
    const Value& value = (*this)[argument];
    return value.is(Kind::Tensor) && value.cell().constant ? &*value.cell().constant : nullptr;
}

ValueId OperatorCall::id(const Value& tensor)
{
    if (!tensor.is(Kind::Tensor) && (tensor.isKnown() || !tensor.sharedCell()))
        return {};
    return m_evaluator.builder().use(tensor.sharedCell());
}

ValueId OperatorCall::use(std::string_view argument, std::string_view like)
{
    Value& value = m_values[indexOf(argument)];
    if (value.is(Kind::None))
        return {};
    // PyTorch's promotion: of one kind, the dtype of what has dimensions wins. A trace keeps numbers as such constants.
    if (const Value scalar = scalarOf(value); value.is(Kind::Tensor) && scalar.isNumber() && !like.empty() && type(like).rank() > 0) {
        const ir::DType wanted = type(like).dtype();
        if (wanted != type(argument).dtype() && (ir::isFloat(wanted) || (ir::isInteger(wanted) && scalar.is(Kind::Int))))
            value = scalar.boxed(false);
    }
    if (value.isNumber() && value.isKnown()) {
        const auto tensor = constantOf(value, like.empty() ? ir::DType::Undefined : type(like).dtype());
        if (!tensor)
            return {};
        value = Value::tensor(*tensor, "scalar");
    }
    const ValueId found = id(value);
    if (!found.isValid())
        setUndecided();
    return found;
}

std::optional<std::vector<ValueId>> OperatorCall::useList(std::string_view argument)
{
    const Value& list = (*this)[argument];
    if (!list.isSequence() || !list.isKnown())
        return std::nullopt;
    std::vector<ValueId> ids;
    for (const Value& item : list.items()) {
        ids.push_back(id(item));
        if (!ids.back().isValid())
            return std::nullopt;
    }
    return ids;
}

int64_t OperatorCall::integer(std::string_view argument)
{
    const Value value = scalarOf((*this)[argument]);
    if (value.isNumber() && value.isKnown())
        return value.integer();
    setUndecided();
    return 0;
}

double OperatorCall::number(std::string_view argument)
{
    const Value value = scalarOf((*this)[argument]);
    if (value.isNumber() && value.isKnown())
        return value.number();
    setUndecided();
    return 0;
}

bool OperatorCall::flag(std::string_view argument)
{
    return integer(argument) != 0;
}

std::string OperatorCall::text(std::string_view argument)
{
    const Value& value = (*this)[argument];
    return value.is(Kind::String) && value.isKnown() ? value.text() : std::string();
}

ir::DType OperatorCall::dtype(std::string_view argument, ir::DType fallback)
{
    const Value& value = (*this)[argument];
    if (value.is(Kind::Unknown) || !value.isKnown()) {
        setUndecided();
        return ir::DType::Undefined;
    }
    const ir::DType given = dtypeOf(value);
    return given == ir::DType::Undefined ? fallback : given;
}

std::vector<int64_t> OperatorCall::integers(std::string_view argument, size_t n)
{
    const Value& value = (*this)[argument];
    std::vector<int64_t> result;
    if (value.isSequence() && value.isKnown()) {
        for (const Value& item : value.items()) {
            const Value scalar = scalarOf(item);
            if (!scalar.isNumber() || !scalar.isKnown())
                setUndecided();
            else
                result.push_back(scalar.integer());
        }
    } else {
        result.push_back(integer(argument));
    }
    if (n > 0 && result.size() == 1)
        result.assign(n, result.front());
    if (n > 0 && result.size() != n) {
        setUndecided();
        result.assign(n, 1);
    }
    return result;
}

int64_t OperatorCall::axis(std::string_view argument, int rank)
{
    const int64_t value = integer(argument);
    return value < 0 && rank >= 0 ? value + rank : value;
}

std::vector<int64_t> OperatorCall::axes(std::string_view argument, int rank)
{
    std::vector<int64_t> result = integers(argument);
    for (int64_t& value : result)
        value += value < 0 && rank >= 0 ? rank : 0;
    return result;
}

std::optional<ir::Shape> OperatorCall::sizes(std::string_view argument) const
{
    const auto sizeOf = [](const Value& given) {
        const Value size = scalarOf(given);
        return size.isNumber() && size.isKnown() && size.integer() >= 0 ? size.integer() : ir::kUnknownDim;
    };
    const Value& value = (*this)[argument];
    if (value.isNumber())
        return ir::Shape{sizeOf(value)};
    if (!value.isSequence() || !value.isKnown())
        return std::nullopt;
    ir::Shape shape;
    for (const Value& item : value.items())
        shape.push_back(sizeOf(item));
    return shape;
}

Result<Value> OperatorCall::emitUndecided()
{
    BPU_TRY(result, emitOpaque(m_evaluator, m_name, m_values));
    if (m_known)
        m_evaluator.builder().emitter().editor().setType(result.cell().value, *m_known);
    return result;
}

Result<Value> OperatorCall::opaque(size_t results)
{
    BPU_TRY(first, emitUndecided());
    return results == 1 ? first : Value::tuple(std::vector<Value>(results, Value::unknown(Kind::Unknown, first.sharedCell())));
}

Result<std::vector<Value>> OperatorCall::emitSeveral(std::string op, std::vector<ValueId> inputs, ir::Attributes attributes, size_t results)
{
    if (!m_undecided)
        return m_evaluator.emit(std::move(op), m_name, std::move(inputs), std::move(attributes), results);
    BPU_TRY(first, emitUndecided());
    return std::vector<Value>(results, first);
}

Result<Value> OperatorCall::emit(std::string op, std::vector<ValueId> inputs, ir::Attributes attributes)
{
    BPU_TRY(results, emitSeveral(std::move(op), std::move(inputs), std::move(attributes), 1));
    return results.front();
}

void OperatorCall::trackView(std::string_view argument, const Value& result, int64_t axis, int64_t start, int64_t step, bool dropsAxis)
{
    const std::shared_ptr<Cell> base = (*this)[argument].sharedCell();
    const ir::TensorType whole = type(argument);
    const ir::TensorType part = m_evaluator.builder().typeOf(result.cell());
    if (!whole.isStatic() || !part.isStatic() || axis < 0 || axis >= whole.rank() || start < 0)
        return;
    View view;
    if (base->view) {
        view = *base->view;
    } else {
        view.base = base;
        view.strides.assign(static_cast<size_t>(whole.rank()), 1);
        for (size_t i = view.strides.size(); i-- > 1;)
            view.strides[i - 1] = view.strides[i] * whole.shape()[i];
    }
    const auto at = static_cast<size_t>(axis);
    view.offset += start * view.strides[at];
    view.strides[at] *= step;
    if (dropsAxis)
        view.strides.erase(view.strides.begin() + axis);
    view.shape = part.shape();
    if (view.shape.size() == view.strides.size())
        result.cell().view = std::move(view);
}

std::optional<ir::Tensor> filled(ir::DType dtype, const ir::Shape& shape, double value)
{
    const ir::TensorType type(dtype, shape);
    const int64_t count = type.elementCount();
    if (count < 0 || count > (1 << 22))
        return std::nullopt;
    const auto make = [&]<typename T>(T element) { return ir::Tensor::of(dtype, shape, std::vector<T>(static_cast<size_t>(count), element)); };
    switch (dtype) {
    case ir::DType::Float32: return make(static_cast<float>(value));
    case ir::DType::Float64: return make(value);
    case ir::DType::Float16: return make(ops::halfFrom(value));
    case ir::DType::BFloat16: return make(ops::bfloat16From(value));
    case ir::DType::Int16: return make(static_cast<int16_t>(value));
    case ir::DType::Int64: return make(static_cast<int64_t>(value));
    case ir::DType::Int32: return make(static_cast<int32_t>(value));
    case ir::DType::Bool:
    case ir::DType::UInt8: return make(static_cast<uint8_t>(value));
    case ir::DType::Int8: return make(static_cast<int8_t>(value));
    default: return std::nullopt;
    }
}

ir::DType dtypeOf(const Value& value)
{
    using ir::DType;
    static constexpr std::array<DType, 16> kNumbers{DType::UInt8, DType::Int8, DType::Int16, DType::Int32, DType::Int64, DType::Float16, DType::Float32,
        DType::Float64, DType::Undefined, DType::Complex64, DType::Complex128, DType::Bool, DType::Int8, DType::UInt8, DType::Int32, DType::BFloat16};
    if (!value.isNumber() || !value.isKnown() || value.integer() < 0 || value.integer() >= 16)
        return DType::Undefined;
    return kNumbers[static_cast<size_t>(value.integer())];
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Division, whose meaning changed with the file format: before version 4 two integers gave an integer, cut towards
// zero; from 4 on torch.div gives floats unless rounding_mode asks for less. The graph's div is ONNX's: of two
// integers an integer, cut towards zero. Source: PyTorch's table of operator versions, aten::div at 4.
#include "core/import/torchscript/eval/operators.h"

namespace bpu::importer::torchscript {
namespace {

constexpr int kTrueDivision = 4; ///< the first version whose div of two integers gives a float

/// Two operands, each a tensor or a number.
class Division {
public:
    explicit Division(OperatorCall& c) : m_call(c), m_input(dtypeOf("input")), m_other(dtypeOf("other")) {}

    bool isOfIntegers() const { return isInteger(m_input) && isInteger(m_other); }

    /// As floats, whatever the operands are.
    Result<Value> exact()
    {
        BPU_TRY(a, asFloat("input", "other", m_other));
        BPU_TRY(b, asFloat("other", "input", m_input));
        return m_call.emit("div", {a, b});
    }

    Result<Value> truncated()
    {
        if (isOfIntegers())
            return m_call.emit("div", {m_call.use("input", "other"), m_call.use("other", "input")});
        BPU_TRY(quotient, exact());
        const ValueId q = m_call.id(quotient);
        BPU_TRY(size, beside("abs", {q}));
        BPU_TRY(whole, beside("floor", {size}));
        BPU_TRY(sign, beside("sign", {q}));
        return m_call.emit("mul", {sign, whole});
    }

    Result<Value> floored()
    {
        if (!isOfIntegers()) {
            BPU_TRY(quotient, exact());
            return m_call.emit("floor", {m_call.id(quotient)});
        }
        const ValueId a = m_call.use("input", "other");
        const ValueId b = m_call.use("other", "input");
        BPU_TRY(rest, beside("remainder", {a, b})); // has the sign of b, so that the division is without rest
        BPU_TRY(whole, beside("sub", {a, rest}));
        return m_call.emit("div", {whole, b});
    }

private:
    static bool isInteger(ir::DType dtype) { return ir::isInteger(dtype) || dtype == ir::DType::Bool; }

    ir::DType dtypeOf(std::string_view argument) const
    {
        const Value& value = m_call[argument];
        if (value.isNumber())
            return value.is(Kind::Float) ? ir::DType::Float32 : ir::DType::Int64;
        return m_call.type(argument).dtype();
    }

    Result<ValueId> beside(std::string_view op, std::vector<ValueId> inputs, ir::Attributes attributes = {})
    {
        BPU_TRY(result, m_call.evaluator().emitBeside(op, std::move(inputs), std::move(attributes)));
        return m_call.id(result);
    }

    /// An integer operand takes the float dtype of the one beside it, or float32.
    Result<ValueId> asFloat(std::string_view argument, std::string_view like, ir::DType other)
    {
        const ValueId id = m_call.use(argument, like); // a number becomes a constant
        if (!isInteger(m_call.type(argument).dtype()))
            return id;
        return beside("cast", {id}, {{"to", std::string(ir::name(ir::isFloat(other) ? other : ir::DType::Float32))}});
    }

    OperatorCall& m_call;
    ir::DType m_input;
    ir::DType m_other;
};

Result<Value> trueDivide(OperatorCall& c)
{
    return Division(c).exact();
}

Result<Value> floorDivide(OperatorCall& c)
{
    return Division(c).floored();
}

Result<Value> divide(OperatorCall& c)
{
    Division division(c);
    const std::string mode = c.text("rounding_mode");
    if (mode == "floor")
        return division.floored();
    const bool cuts = c.isNone("rounding_mode") && c.evaluator().version() < kTrueDivision && division.isOfIntegers();
    return mode == "trunc" || cuts ? division.truncated() : division.exact();
}

constexpr char kTwo[] = "any input, any other";
constexpr char kDivide[] = "any input, any other, *, str? rounding_mode=None";

} // namespace

std::span<const OperatorEntry> divisionOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"div", kDivide, divide}, {"divide", kDivide, divide}, {"true_divide", kTwo, trueDivide}, {"floor_divide", kTwo, floorDivide},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript

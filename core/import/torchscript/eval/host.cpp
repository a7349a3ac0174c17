// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/host.h"

#include <fmt/format.h>
#include <unordered_map>

namespace bpu::importer::torchscript {

HostFunction findHostFunction(std::string_view name)
{
    static const std::unordered_map<std::string_view, HostFunction> kTable = [] {
        std::unordered_map<std::string_view, HostFunction> functions;
        for (const auto family : {hostNumbers(), hostContainers(), hostChanges(), hostIteration(), hostTexts(), hostQueries(), hostPacking()})
            for (const HostEntry& entry : family)
                functions.emplace(entry.name, entry.function);
        return functions;
    }();
    const auto found = kTable.find(name);
    return found == kTable.end() ? nullptr : found->second;
}

std::optional<bool> truth(const Value& given)
{
    const Value value = scalarOf(given);
    if (!value.isKnown() || value.is(Kind::Unknown) || value.is(Kind::Tensor))
        return std::nullopt;
    switch (value.kind()) {
    case Kind::None: return false;
    case Kind::Bool:
    case Kind::Int:
    case Kind::Float: return value.flag();
    case Kind::String: return !value.text().empty();
    case Kind::List:
    case Kind::Tuple: return !value.items().empty();
    case Kind::Dict: return !value.dictData().entries.empty();
    default: return true;
    }
}

Result<std::optional<bool>> equal(Evaluator& evaluator, const Value& first, const Value& second)
{
    BPU_CHECK(evaluator.spend(1));
    const Value a = scalarOf(first);
    const Value b = scalarOf(second);
    if (!a.isKnown() || !b.isKnown() || a.is(Kind::Unknown) || b.is(Kind::Unknown) || a.is(Kind::Tensor) || b.is(Kind::Tensor))
        return std::optional<bool>();
    if (a.isNumber() && b.isNumber())
        return std::optional(a.is(Kind::Float) || b.is(Kind::Float) ? a.number() == b.number() : a.integer() == b.integer());
    if (a.kind() != b.kind())
        return std::optional(false);
    if (a.is(Kind::String) || a.is(Kind::Name))
        return std::optional(a.text() == b.text());
    if (a.is(Kind::Object) && a.object().isEnum && b.object().isEnum && a.object().className == b.object().className)
        return equal(evaluator, a.object().attributes.at("value"), b.object().attributes.at("value"));
    if (!a.isSequence())
        return std::optional(a.isSame(b));
    if (a.items().size() != b.items().size())
        return std::optional(false);
    std::optional<bool> all = true;
    for (size_t i = 0; i < a.items().size(); ++i) {
        BPU_TRY(same, equal(evaluator, a.items()[i], b.items()[i]));
        if (same && !*same)
            return std::optional(false);
        if (!same)
            all = std::nullopt;
    }
    return all;
}

std::string toText(const Value& value, int depth)
{
    if (!value.isKnown() || depth > 4)
        return "?";
    switch (value.kind()) {
    case Kind::None: return "None";
    case Kind::Bool: return value.flag() ? "True" : "False";
    case Kind::Int: return fmt::to_string(value.integer());
    case Kind::Float: return fmt::to_string(value.number());
    case Kind::String:
    case Kind::Name: return value.text();
    case Kind::List:
    case Kind::Tuple: {
        std::string out;
        for (const Value& item : value.items())
            out += (out.empty() ? "" : ", ") + toText(item, depth + 1);
        return value.is(Kind::List) ? "[" + out + "]" : "(" + out + ")";
    }
    default: return std::string(name(value.kind()));
    }
}

std::string_view operatorName(Op op)
{
    switch (op) {
    case Op::Add: return "add";
    case Op::Sub: return "sub";
    case Op::Mul: return "mul";
    case Op::Div: return "div";
    case Op::FloorDiv: return "floordiv";
    case Op::Mod: return "remainder";
    case Op::Pow: return "pow";
    case Op::MatMul: return "matmul";
    case Op::ShiftLeft: return "__lshift__";
    case Op::ShiftRight: return "__rshift__";
    case Op::BitAnd: return "__and__";
    case Op::BitOr: return "__or__";
    case Op::BitXor: return "__xor__";
    case Op::Eq: return "eq";
    case Op::Ne: return "ne";
    case Op::Lt: return "lt";
    case Op::Le: return "le";
    case Op::Gt: return "gt";
    case Op::Ge: return "ge";
    case Op::Is: return "__is__";
    case Op::IsNot: return "__isnot__";
    case Op::Not: return "__not__";
    case Op::Neg: return "neg";
    case Op::Invert: return "bitwise_not";
    default: return "";
    }
}

Value scalarOf(const Value& value)
{
    if (!value.is(Kind::Tensor) || !value.cell().constant || value.cell().constant->elementCount() != 1 || value.cell().constant->type().rank() != 0)
        return value;
    const ir::Tensor& tensor = *value.cell().constant;
    if (tensor.dtype() == ir::DType::Bool)
        return Value::of(tensor.number(0) != 0).boxed();
    if (ir::isInteger(tensor.dtype()))
        return Value::of(tensor.integer(0)).boxed();
    return ir::isFloat(tensor.dtype()) ? Value::of(tensor.number(0)).boxed() : value;
}

} // namespace bpu::importer::torchscript

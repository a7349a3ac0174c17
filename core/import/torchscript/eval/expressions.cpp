// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/evaluator.h"

#include "core/import/torchscript/eval/host.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
Result<Value> Evaluator::evaluate(ExprId id)
{
    BPU_CHECK(spend(1));
    const Level level(m_depth);
    BPU_CHECK(checkDepth());
    return evaluateAny(id);
}

Result<Value> Evaluator::evaluateAny(ExprId id)
{
    const Expr& e = tree()[id];
    switch (e.kind) {
    case ExprKind::None: return Value::none();
    case ExprKind::True: return Value::of(true);
    case ExprKind::False: return Value::of(false);
    case ExprKind::Integer: return Value::of(e.integer);
    case ExprKind::Float: return Value::of(e.number);
    case ExprKind::String: return Value::text(std::string(e.text));
    case ExprKind::Name: return name(e);
    case ExprKind::Attribute: return attribute(e);
    case ExprKind::Call: return call(e);
    case ExprKind::Subscript: return subscript(e);
    case ExprKind::Binary: return binary(e);
    case ExprKind::Unary: return unary(e);
    case ExprKind::Ternary: return ternary(e);
    case ExprKind::ListComp:
    case ExprKind::DictComp: return comprehension(e);
    case ExprKind::Tuple:
    case ExprKind::List: {
        BPU_TRY(items, evaluateAll(tree().items(e)));
        return e.kind == ExprKind::Tuple ? Value::tuple(std::move(items)) : Value::list(std::move(items));
    }
    case ExprKind::Dict: {
        BPU_TRY(items, evaluateAll(tree().items(e)));
        std::vector<std::pair<Value, Value>> entries;
        for (size_t i = 0; i + 1 < items.size(); i += 2)
            entries.emplace_back(std::move(items[i]), std::move(items[i + 1]));
        return Value::dict(std::move(entries));
    }
    default: return Value::unknown(); // complex numbers, `...`
    }
}

Result<std::vector<Value>> Evaluator::evaluateAll(std::span<const ExprId> ids)
{
    std::vector<Value> values;
    values.reserve(ids.size());
    for (const ExprId id : ids) {
        const Expr& e = tree()[id];
        BPU_TRY(value, evaluate(e.kind == ExprKind::Star ? tree().item(e, 0) : id));
        if (e.kind != ExprKind::Star) {
            values.push_back(std::move(value));
            continue;
        }
        BPU_TRY(items, iterate(value));
        if (!items)
            return error("a list of unknown length is unpacked");
        values.insert(values.end(), items->begin(), items->end());
    }
    return values;
}

Result<Value> Evaluator::name(const Expr& e)
{
    const Locals& locals = m_frames.back().locals;
    if (const auto local = locals.find(e.text); local != locals.end())
        return local->second;
    return Value::dotted(std::string(e.text)); // a type, a builtin function
}

std::string Evaluator::dottedName(ExprId id) const
{
    std::vector<std::string_view> parts;
    const Expr* e = &tree()[id];
    for (; e->kind == ExprKind::Attribute; e = &tree()[tree().item(*e, 0)])
        parts.push_back(e->text);
    const bool isRoot = e->kind == ExprKind::Name && (e->text == "torch" || e->text == "ops" || e->text == "__torch__" || e->text == "CONSTANTS");
    if (!isRoot || parts.empty() || m_frames.back().locals.contains(e->text))
        return {};
    std::string dotted(e->text);
    for (auto part = parts.rbegin(); part != parts.rend(); ++part)
        dotted.append(".").append(*part);
    return dotted;
}

Result<Value> Evaluator::attribute(const Expr& e)
{
    const ExprId owner = tree().item(e, 0);
    std::string dotted = dottedName(owner);
    if (dotted.empty() && tree()[owner].kind == ExprKind::Name && !m_frames.back().locals.contains(tree()[owner].text))
        dotted = tree()[owner].text;
    if (dotted.empty()) {
        BPU_TRY(object, evaluate(owner));
        return attributeOf(object, e.text);
    }
    BPU_TRY(member, enumMember(dotted, e.text));
    if (member)
        return *std::move(member);
    const size_t dot = std::min(dotted.rfind('.'), dotted.size());
    BPU_TRY(owning, enumMember(dotted.substr(0, dot), std::string_view(dotted).substr(std::min(dot + 1, dotted.size()))));
    if (owning) // the name or value of a member
        return attributeOf(*owning, e.text);
    dotted += "." + std::string(e.text);
    if (!dotted.starts_with("CONSTANTS.c"))
        return Value::dotted(std::move(dotted));
    size_t index = 0;
    std::from_chars(dotted.data() + 11, dotted.data() + dotted.size(), index);
    if (index >= m_program.constants.size())
        return error(fmt::format("the archive has {} constants and none of the name '{}'", m_program.constants.size(), dotted));
    return m_program.constants[index];
}

Result<Value> Evaluator::attributeOf(const Value& object, std::string_view attribute)
{
    if (object.is(Kind::Unknown))
        return Value::unknown();
    if (object.is(Kind::Name))
        return object.isKnown() ? Value::dotted(object.text() + "." + std::string(attribute)) : Value::unknown();
    if (object.is(Kind::Tensor) || !object.is(Kind::Object))
        return callOperator("prim." + std::string(attribute), {{object}, {}});
    Object& data = object.object();
    if (const auto found = data.attributes.find(std::string(attribute)); found != data.attributes.end())
        return found->second;
    BPU_TRY(type, m_library.findClass(data.className));
    if (type) {
        if (data.isEnum && attribute == "name")
            return enumName(*type, object);
        if (const auto constant = type->constants.find(attribute); constant != type->constants.end())
            return classConstant(*type, constant->second);
        if (attribute == "training")
            return Value::of(false);
    }
    return error(fmt::format("{} has no attribute '{}'", withoutMangling(data.className), attribute));
}

/// What stands in the body of the class.
Result<Value> Evaluator::classConstant(const Class& type, ExprId expression)
{
    Function place{type.name, type.tree, {}};
    m_frames.push_back({.function = &place, .locals = {}, .self = {}, .result = {}});
    Result<Value> value = evaluate(expression);
    m_frames.pop_back();
    return value;
}

/// `owner`.`member` where the owner is an Enum of the archive; else nothing.
Result<std::optional<Value>> Evaluator::enumMember(const std::string& owner, std::string_view member)
{
    if (!owner.starts_with("__torch__."))
        return std::optional<Value>();
    BPU_TRY(type, m_library.findClass(owner));
    if (!type || type->form != Class::Form::Enum || !type->constants.contains(member))
        return std::optional<Value>();
    auto object = std::make_shared<Object>();
    object->className = owner;
    object->isEnum = true;
    BPU_TRY(value, classConstant(*type, type->constants.at(member)));
    object->attributes.emplace("value", std::move(value));
    return std::optional(Value::object(std::move(object)));
}

/// The file keeps the value only.
Result<Value> Evaluator::enumName(const Class& type, const Value& member)
{
    for (const auto& [constant, expression] : type.constants) {
        BPU_TRY(value, classConstant(type, expression));
        BPU_TRY(same, equal(*this, value, member.object().attributes.at("value")));
        if (same.value_or(false))
            return Value::text(std::string(constant));
    }
    return Value::unknown(Kind::String);
}

Result<Value> Evaluator::subscript(const Expr& e)
{
    const auto items = tree().items(e);
    BPU_TRY(object, evaluate(items[0]));
    if (items.size() != 2)
        return error("several indices at once are not read");
    const Expr& index = tree()[items[1]];
    if (index.kind != ExprKind::Slice) {
        BPU_TRY(at, evaluate(items[1]));
        return callOperator("__getitem__", {{object, std::move(at)}, {}});
    }
    Arguments given{{object}, {}};
    if (object.is(Kind::Tensor))
        given.positional.push_back(Value::of(int64_t{0}));
    for (const ExprId bound : tree().items(index)) {
        Value value = Value::none();
        if (bound.isValid()) {
            BPU_TRY(evaluated, evaluate(bound));
            value = std::move(evaluated);
        }
        given.positional.push_back(std::move(value));
    }
    if (given.positional.back().is(Kind::None))
        given.positional.back() = Value::of(int64_t{1});
    return callOperator("slice", std::move(given));
}

Result<Value> Evaluator::comprehension(const Expr& e)
{
    const bool isDict = e.kind == ExprKind::DictComp;
    const auto parts = tree().items(e);
    const auto loop = parts.subspan(isDict ? 2 : 1);
    BPU_TRY(iterable, evaluate(loop[1]));
    BPU_TRY(items, iterate(iterable));
    if (!items)
        return Value::unknown(isDict ? Kind::Dict : Kind::List);
    std::vector<Value> list;
    std::vector<std::pair<Value, Value>> entries;
    for (const Value& item : *items) {
        BPU_CHECK(assign(loop[0], item));
        bool isWanted = true;
        for (const ExprId condition : loop.subspan(2)) {
            BPU_TRY(value, evaluate(condition));
            const std::optional<bool> holds = truth(value);
            if (!holds)
                return Value::unknown(isDict ? Kind::Dict : Kind::List);
            isWanted = isWanted && *holds;
        }
        if (!isWanted)
            continue;
        BPU_TRY(element, evaluate(parts[0]));
        if (!isDict) {
            list.push_back(std::move(element));
            continue;
        }
        BPU_TRY(value, evaluate(parts[1]));
        entries.emplace_back(std::move(element), std::move(value));
    }
    return isDict ? Value::dict(std::move(entries)) : Value::list(std::move(list));
}

Result<Value> Evaluator::binary(const Expr& e)
{
    BPU_TRY(left, evaluate(tree().item(e, 0)));
    if (e.op == Op::And || e.op == Op::Or) {
        const std::optional<bool> holds = truth(left);
        if (holds && *holds == (e.op == Op::Or))
            return left;
        BPU_TRY(right, evaluate(tree().item(e, 1)));
        return holds ? right : Value::unknown(Kind::Bool);
    }
    BPU_TRY(right, evaluate(tree().item(e, 1)));
    if (e.op == Op::In || e.op == Op::NotIn) {
        BPU_TRY(contains, callOperator("__contains__", {{right, left}, {}}));
        return e.op == Op::In ? contains : callOperator("__not__", {{contains}, {}});
    }
    return callOperator(operatorName(e.op), {{std::move(left), std::move(right)}, {}});
}

Result<Value> Evaluator::unary(const Expr& e)
{
    BPU_TRY(operand, evaluate(tree().item(e, 0)));
    return e.op == Op::Pos ? Result<Value>(operand) : callOperator(operatorName(e.op), {{std::move(operand)}, {}});
}

Result<Value> Evaluator::ternary(const Expr& e)
{
    BPU_TRY(condition, evaluate(tree().item(e, 0)));
    const std::optional<bool> holds = truth(condition);
    if (!holds)
        return Value::unknown();
    return evaluate(tree().item(e, *holds ? 1 : 2));
}

} // namespace bpu::importer::torchscript

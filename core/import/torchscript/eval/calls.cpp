// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Calls: methods of modules, free functions of the archive, operators, and the few functions the language has.
#include "core/import/torchscript/eval/evaluator.h"

#include "core/import/torchscript/eval/host.h"
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer::torchscript {

static bool isStub(std::string_view className)
{
    const std::string_view type = ir::lastPart(className);
    return type == "QuantStub" || type == "DeQuantStub";
}

Result<Arguments> Evaluator::arguments(const Expr& e)
{
    Arguments given;
    for (const ExprId id : tree().items(e).subspan(1)) {
        const Expr& argument = tree()[id];
        if (argument.kind != ExprKind::Keyword) {
            BPU_TRY(values, evaluateAll(std::span(&id, 1)));
            std::ranges::move(values, std::back_inserter(given.positional));
            continue;
        }
        BPU_TRY(value, evaluate(tree().item(argument, 0)));
        given.named.emplace_back(argument.text, std::move(value));
    }
    return given;
}

Result<Value> Evaluator::call(const Expr& e)
{
    const ExprId callee = tree().item(e, 0);
    const Expr& target = tree()[callee];
    if (std::string dotted = dottedName(callee); !dotted.empty()) {
        BPU_TRY(given, arguments(e));
        m_frames.back().offset = e.offset;
        return callDotted(dotted, std::move(given));
    }
    if (target.kind == ExprKind::Name && !m_frames.back().locals.contains(target.text)) {
        BPU_TRY(result, builtin(target.text, e));
        if (!result)
            return error(fmt::format("'{}' is no function that is known", target.text));
        return *std::move(result);
    }
    if (target.kind == ExprKind::Attribute) {
        BPU_TRY(object, evaluate(tree().item(target, 0)));
        BPU_TRY(given, arguments(e));
        m_frames.back().offset = e.offset;
        return callMethod(object, target.text, std::move(given));
    }
    BPU_TRY(function, evaluate(callee));
    if (!function.is(Kind::Name) || !function.isKnown())
        return error(fmt::format("{} is called like a function", torchscript::name(function.kind())));
    BPU_TRY(given, arguments(e));
    m_frames.back().offset = e.offset;
    return callDotted(function.text(), std::move(given));
}

/// int(x), bool(x), ...: a number, or an unknown one where a tensor decides.
Result<Value> Evaluator::convert(std::string_view type, const Value& given)
{
    Value value = scalarOf(given);
    // PyTorch takes any tensor of one element for a number here.
    if (value.is(Kind::Tensor) && value.cell().constant && value.cell().constant->elementCount() == 1)
        value = scalarOf(Value::tensor(value.cell().constant->reshaped({})));
    const Kind kind = type == "int" ? Kind::Int : type == "float" ? Kind::Float : Kind::Bool;
    if (value.is(Kind::String) && value.isKnown()) {
        if (kind == Kind::Bool)
            return Value::of(!value.text().empty());
        return Value::unknown(kind);
    }
    // The edge of the graph that an unknown number comes from.
    const std::shared_ptr<Cell> backing = value.is(Kind::Tensor) || !value.isKnown() ? value.sharedCell() : nullptr;
    if (kind == Kind::Bool) {
        const std::optional<bool> holds = truth(value);
        return holds ? Value::of(*holds) : Value::unknown(kind, backing);
    }
    if (!value.isNumber() || !value.isKnown())
        return Value::unknown(kind, backing);
    if (kind == Kind::Float)
        return Value::of(value.number());
    if (value.is(Kind::Float) && !(std::abs(value.number()) < 9e18))
        return Value::unknown(kind);
    return Value::of(value.integer());
}

Result<std::optional<Value>> Evaluator::builtin(std::string_view callee, const Expr& e)
{
    const auto given = tree().items(e).subspan(1);
    const auto some = [](Value value) { return std::optional<Value>(std::move(value)); };
    if (callee == "uninitialized")
        return some(Value::unknown());
    if (callee == "annotate" || callee == "unchecked_cast") {
        if (given.size() != 2)
            return error(fmt::format("{} takes a type and a value", callee));
        BPU_TRY(value, evaluate(given[1]));
        const Expr& type = tree()[given[0]];
        const bool isNumber = type.kind == ExprKind::Name && (type.text == "int" || type.text == "float" || type.text == "bool");
        if (!isNumber || !(value.is(Kind::Tensor) || value.isBoxed()))
            return some(std::move(value));
        BPU_TRY(number, convert(type.text, value));
        return some(std::move(number));
    }
    BPU_TRY(values, arguments(e));
    const auto& positional = values.positional;
    if ((callee == "int" || callee == "float" || callee == "bool") && positional.size() == 1) {
        BPU_TRY(number, convert(callee, positional[0]));
        return some(std::move(number));
    }
    if (callee == "getattr" && positional.size() >= 2 && positional[1].is(Kind::String) && positional[1].isKnown()) {
        BPU_TRY(value, attributeOf(positional[0], positional[1].text()));
        return some(std::move(value));
    }
    if (callee == "fork" && !positional.empty()) { // futures are computed at once
        const Value function = positional[0];
        values.positional.erase(values.positional.begin());
        BPU_TRY(value, function.is(Kind::Object) ? callMethod(function, "forward", std::move(values)) : callDotted(function.is(Kind::Name) ? function.text() : "", std::move(values)));
        return some(std::move(value));
    }
    if (callee == "wait" && positional.size() == 1)
        return some(positional[0]);
    m_frames.back().offset = e.offset;
    if (!findHostFunction("builtin." + std::string(callee)))
        return std::optional<Value>();
    BPU_TRY(value, callOperator("builtin." + std::string(callee), std::move(values)));
    return some(std::move(value));
}

Result<Value> Evaluator::callDotted(const std::string& dotted, Arguments given)
{
    if (dotted.starts_with("torch."))
        return callOperator(std::string_view(dotted).substr(6), std::move(given));
    if (dotted.starts_with("ops.aten."))
        return callOperator(std::string_view(dotted).substr(9), std::move(given));
    if (dotted.starts_with("ops."))
        return callOperator(std::string_view(dotted).substr(4), std::move(given));
    BPU_TRY(function, m_library.findFunction(dotted));
    if (function)
        return callFunction(*function, {}, std::move(given));
    BPU_TRY(type, m_library.findClass(dotted));
    if (type)
        return construct(*type, std::move(given));
    if (dotted.ends_with(".__new__")) {
        auto object = std::make_shared<Object>();
        object->className = dotted.substr(0, dotted.size() - 8);
        return Value::object(std::move(object));
    }
    if (const size_t dot = dotted.rfind('.'); dot != std::string::npos) { // Class.method(self, ...)
        BPU_TRY(owner, m_library.findClass(dotted.substr(0, dot)));
        if (owner) {
            const auto method = owner->methods.find(std::string_view(dotted).substr(dot + 1));
            if (method != owner->methods.end())
                return callFunction(method->second, {}, std::move(given));
        }
    }
    return error(fmt::format("the archive has no function '{}'", withoutMangling(dotted)));
}

Result<Value> Evaluator::construct(const Class& type, Arguments given)
{
    auto object = std::make_shared<Object>();
    object->className = type.name;
    Value result = Value::object(object);
    if (type.form != Class::Form::NamedTuple) {
        if (type.methods.contains("__init__"))
            BPU_CHECK(callMethod(result, "__init__", std::move(given)));
        return result;
    }
    for (size_t i = 0; i < given.positional.size() && i < type.fields.size(); ++i)
        object->attributes.insert_or_assign(std::string(type.fields[i]), std::move(given.positional[i]));
    for (auto& [field, value] : given.named)
        object->attributes.insert_or_assign(field, std::move(value));
    return result;
}

Result<Value> Evaluator::callMethod(const Value& object, std::string_view method, Arguments given)
{
    if (object.is(Kind::Unknown))
        return Value::unknown();
    if (object.is(Kind::Name) && object.isKnown())
        return callDotted(object.text() + "." + std::string(method), std::move(given));
    if (!object.is(Kind::Object)) {
        given.positional.insert(given.positional.begin(), object);
        return callOperator(method, std::move(given));
    }
    BPU_TRY(type, m_library.findClass(object.object().className));
    if (!type && (method == "__init__" || method == "__enter__" || method == "__exit__"))
        return Value::none();
    if (!type) { // a class written in C++: torch.classes
        given.positional.insert(given.positional.begin(), Value::none());
        return callOperator(withoutMangling(object.object().className) + "." + std::string(method), std::move(given));
    }
    const auto found = type->methods.find(method);
    if (found == type->methods.end())
        return error(fmt::format("{} has no method '{}'", withoutMangling(type->name), method));
    if (method != "forward" || !isStub(object.object().className) || given.positional.size() != 1)
        return callFunction(found->second, object.sharedObject(), std::move(given));
    const Value input = given.positional.front();
    BPU_TRY(result, callFunction(found->second, object.sharedObject(), std::move(given)));
    return result.is(Kind::Tensor) && result.isSame(input) ? markStub(object.object(), input) : result;
}

/// In the float model a stub returns its input. It is what tells where the quantized part begins and ends.
Value Evaluator::markStub(const Object& stub, const Value& input)
{
    const std::string type(ir::lastPart(stub.className));
    const std::string dotted = withoutMangling(stub.className);
    ir::NodeSpec spec{.op = type == "QuantStub" ? "quant_stub" : "dequant_stub", .name = stub.path, .inputs = {m_builder.use(input.sharedCell())}, .scope = stub.path};
    if (const auto scale = stub.attributes.find("scale"); scale != stub.attributes.end() && scale->second.isNumber() && scale->second.isKnown())
        spec.attributes.set("scale", scale->second.number());
    ir::Origin from = origin(spec.op);
    from.what = dotted.starts_with("torch.") ? "torch.quantization." + type : dotted;
    from.name = stub.path;
    spec.origins = {std::move(from)};
    return m_builder.emit(std::move(spec), 1).front();
}

Result<Value> Evaluator::callFunction(const Function& function, std::shared_ptr<Object> self, Arguments given)
{
    const Stmt& def = (*function.tree)[function.def];
    const auto parameters = function.tree->parameters(def);
    Frame frame{.function = &function, .locals = {}, .self = self, .result = Value::none()};
    if (self)
        given.positional.insert(given.positional.begin(), Value::object(self));
    if (given.positional.size() > parameters.size())
        return error(fmt::format("{} takes {} arguments and is given {}", withoutMangling(function.name), parameters.size(), given.positional.size()));
    for (size_t i = 0; i < given.positional.size(); ++i)
        frame.locals.insert_or_assign(parameters[i].name, std::move(given.positional[i]));
    for (auto& [argument, value] : given.named) {
        const auto parameter = std::ranges::find(parameters, std::string_view(argument), &Parameter::name);
        if (parameter == parameters.end())
            return error(fmt::format("{} has no argument '{}'", withoutMangling(function.name), argument));
        frame.locals.insert_or_assign(parameter->name, std::move(value));
    }
    m_frames.push_back(std::move(frame));
    for (const Parameter& p : parameters) {
        if (m_frames.back().locals.contains(p.name) || p.name.empty())
            continue;
        if (!p.fallback.isValid())
            return error(fmt::format("{} needs the argument '{}'", withoutMangling(function.name), p.name));
        BPU_TRY(value, evaluate(p.fallback));
        m_frames.back().locals.insert_or_assign(p.name, std::move(value));
    }
    BPU_TRY(flow, block(function.tree->statements(def.body)));
    if (flow == Flow::Raise)
        return error("torchscript.raises", m_raised);
    Value result = std::move(m_frames.back().result);
    m_frames.pop_back();
    return result;
}

Result<Value> Evaluator::callOperator(std::string_view operatorName, Arguments given)
{
    BPU_CHECK(spend(1));
    if (const HostFunction function = findHostFunction(operatorName)) {
        BPU_TRY(result, function(*this, given));
        if (result)
            return *std::move(result);
    }
    return runOperator(*this, operatorName, std::move(given));
}

} // namespace bpu::importer::torchscript

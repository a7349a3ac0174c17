// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/evaluator.h"

#include "core/import/input_shapes.h"
#include "core/import/torchscript/eval/host.h"
#include "core/import/torchscript/eval/merge_cells.h"
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

/// A scripted Swin-T runs 60,000 steps; two million take less than two seconds.
constexpr size_t kMaxSteps = 1'000'000;
constexpr size_t kMaxNodes = 200'000;
/// Calls in blocks in calls: bounds the machine's stack.
constexpr int kMaxRecursion = 400;

} // namespace

Evaluator::Evaluator(Program program, const EvalOptions& options, std::optional<Memory> memory)
    : m_program(std::move(program)), m_options(options), m_library(m_program.source), m_builder(m_program.name), m_memory(std::move(memory))
{
}

Error Evaluator::error(const char* code, std::string message) const
{
    std::string where;
    if (!m_frames.empty())
        where = fmt::format("{}:{}", tree().entryName(), m_frames.back().line);
    if (std::string_view(code) == "torchscript.raises")
        message = fmt::format("{} refuses these inputs: {}; give it other shapes with --input", m_options.method, message);
    return {code, std::move(where), std::move(message)};
}

Result<void> Evaluator::checkDepth() const
{
    if (m_depth > kMaxRecursion)
        return error("torchscript.limit", "the calls nest too deeply to be followed; export the model with torch.jit.trace");
    return {};
}

Result<void> Evaluator::spend(size_t steps)
{
    m_steps += steps;
    if (m_steps > kMaxSteps || m_builder.nodesEmitted() > kMaxNodes)
        return error("torchscript.limit", "the code runs too long to be followed; export the model with torch.jit.trace");
    if (m_steps % 1024 == 0 && m_options.control.stopRequested())
        return JobControl::cancelled();
    return {};
}

Result<Evaluated> Evaluator::run()
{
    if (!m_program.root.is(Kind::Object))
        return Error{"torchscript.code", m_program.name, "holds no module; save the model with torch.jit.save"};
    const std::shared_ptr<Object> self = m_program.root.sharedObject();
    BPU_TRY(type, m_library.findClass(self->className));
    const auto method = type ? type->methods.find(m_options.method) : decltype(type->methods.find(""))();
    if (!type || method == type->methods.end())
        return Error{"torchscript.code", m_program.name, fmt::format("has no method '{}'; export the module that has one", m_options.method)};
    BPU_CHECK(restoreObjects());
    if (m_memory)
        BPU_CHECK(prepareMemory());
    m_before = Snapshot(m_program.root);
    const Function& forward = method->second;
    m_frames.push_back({.function = &forward, .locals = {}, .self = self, .result = {}});
    Arguments given;
    const auto parameters = tree().parameters(tree()[forward.def]);
    for (const Parameter& p : parameters.subspan(std::min<size_t>(1, parameters.size()))) {
        BPU_TRY(value, inputFor(tree(), p));
        given.positional.push_back(std::move(value));
    }
    for (const auto& [inputName, shape] : m_options.inputShapes) {
        if (m_given.contains(inputName))
            continue;
        BPU_TRY(input, findInput(m_builder.graph(), inputName, shape));
        m_builder.emitter().editor().setType(input, m_builder.graph().value(input).type.withShape(shape));
    }
    BPU_TRY(result, callMethod(m_program.root, m_options.method, std::move(given)));
    BPU_CHECK(addOutputs(result));
    if (m_losesResult)
        BPU_CHECK(addLostOutput());
    m_aftermath = aftermathOf(m_before, m_builder);
    if (m_memory)
        BPU_CHECK(finishMemory());
    return finish();
}

/// Part of the result could not be followed: one opaque node takes all that leads nowhere, so that the network is still shown.
Result<void> Evaluator::addLostOutput()
{
    const ir::Graph& graph = m_builder.graph();
    std::vector<ValueId> ends;
    for (const NodeId id : graph.order())
        for (const ValueId output : graph.node(id).outputs)
            if (const ir::Value& value = graph.value(output); value.users.empty() && !value.isGraphOutput())
                ends.push_back(output);
    BPU_TRY(results, emit("prim.Result", "prim.Result", std::move(ends), {}, 1));
    noteRegion("a result");
    m_builder.emitter().editor().addOutput(m_builder.use(results.front().sharedCell()));
    return {};
}

/// An argument of forward: tensors are inputs of the graph, what has a default takes it.
Result<Value> Evaluator::inputFor(const Tree& tree, const Parameter& parameter)
{
    if (parameter.fallback.isValid())
        return evaluate(parameter.fallback);
    return inputOfType(tree, parameter.type, parameter.name);
}

Result<Value> Evaluator::inputOfType(const Tree& tree, ExprId type, std::string_view inputName)
{
    const std::string text = type.isValid() ? print(tree, type) : "Tensor";
    if (text == "Tensor")
        return m_builder.addInput(inputName, ir::TensorType::unranked(ir::DType::Float32));
    if (text == "int" || text == "float" || text == "bool") {
        if (const std::optional<Value> given = givenNumber(inputName, text))
            return *given;
        const ir::DType dtype = text == "int" ? ir::DType::Int64 : text == "float" ? ir::DType::Float64 : ir::DType::Bool;
        const Value input = m_builder.addInput(inputName, {dtype, {}});
        return Value::unknown(text == "int" ? Kind::Int : text == "float" ? Kind::Float : Kind::Bool, input.sharedCell());
    }
    if (text.starts_with("Optional["))
        return Value::none();
    if (text.starts_with("Tuple[") && tree[type].kind == ExprKind::Subscript) {
        std::vector<Value> items;
        for (const ExprId item : tree.items(tree[type]).subspan(1)) {
            BPU_TRY(value, inputOfType(tree, item, fmt::format("{}.{}", inputName, items.size())));
            items.push_back(std::move(value));
        }
        return Value::tuple(std::move(items));
    }
    if (const auto given = m_options.inputShapes.find(std::string(inputName)); text == "List[Tensor]" && given != m_options.inputShapes.end()) {
        m_given.insert(given->first);
        return Value::list({m_builder.addInput(fmt::format("{}.0", inputName), {ir::DType::Float32, given->second})});
    }
    // A list or dict of unknown length: one tensor stands for it.
    const Value input = m_builder.addInput(inputName, ir::TensorType::unranked(ir::DType::Undefined));
    return Value::unknown(text.starts_with("List[") ? Kind::List : text.starts_with("Dict[") ? Kind::Dict : Kind::Unknown, input.sharedCell());
}

/// A number has no dimensions, so that --input sr=16000 can only mean the number itself.
std::optional<Value> Evaluator::givenNumber(std::string_view inputName, std::string_view type)
{
    const auto given = m_options.inputShapes.find(std::string(inputName));
    if (given == m_options.inputShapes.end() || given->second.size() != 1 || given->second.front() == ir::kUnknownDim)
        return std::nullopt;
    m_given.insert(given->first);
    const int64_t number = given->second.front();
    return type == "int" ? Value::of(number) : type == "float" ? Value::of(static_cast<double>(number)) : Value::of(number != 0);
}

/// The tensors of the result in order, containers opened.
Result<void> Evaluator::addOutputs(const Value& value)
{
    if (value.is(Kind::Tensor) || (!value.isKnown() && value.sharedCell()))
        m_builder.emitter().editor().addOutput(m_builder.use(value.sharedCell()));
    m_losesResult = m_losesResult || (!value.isKnown() && !value.sharedCell() && !value.isNumber() && !value.is(Kind::String));
    if (!value.isKnown())
        return {};
    if (value.isBoxed()) { // a tensor of the code that is a number here
        if (const auto tensor = filled(value.is(Kind::Float) ? ir::DType::Float32 : value.is(Kind::Bool) ? ir::DType::Bool : ir::DType::Int64, {}, value.number()))
            m_builder.emitter().editor().addOutput(m_builder.use(Value::tensor(*tensor, "number").sharedCell()));
        return {};
    }
    if (value.is(Kind::Dict))
        for (const auto& [key, item] : value.dictData().entries)
            BPU_CHECK(addOutputs(item));
    if (!value.isSequence() && !value.is(Kind::Object))
        return {};
    BPU_TRY(items, iterate(value));
    for (const Value& item : items.value_or(std::vector<Value>()))
        BPU_CHECK(addOutputs(item));
    return {};
}

Result<std::optional<std::vector<Value>>> Evaluator::iterate(const Value& value)
{
    using Items = std::optional<std::vector<Value>>;
    if (!value.isKnown())
        return Items();
    if (value.isSequence())
        return Items(value.items());
    std::vector<Value> items;
    if (value.is(Kind::Dict)) {
        for (const auto& entry : value.dictData().entries)
            items.push_back(entry.first);
        return Items(std::move(items));
    }
    if (value.is(Kind::Object)) {
        BPU_TRY(type, m_library.findClass(value.object().className));
        if (!type || type->form != Class::Form::NamedTuple)
            return error(fmt::format("{} cannot be iterated over", withoutMangling(value.object().className)));
        for (const std::string_view field : type->fields) {
            const auto found = value.object().attributes.find(std::string(field));
            items.push_back(found == value.object().attributes.end() ? Value::unknown() : found->second);
        }
        return Items(std::move(items));
    }
    if (value.is(Kind::Tensor)) {
        const ir::Dim count = m_builder.typeOf(value.cell()).dim(0);
        if (count == ir::kUnknownDim)
            return Items();
        for (int64_t i = 0; i < count; ++i) {
            BPU_CHECK(spend(1));
            BPU_TRY(item, select(value, i));
            items.push_back(std::move(item));
        }
        return Items(std::move(items));
    }
    return error(fmt::format("{} cannot be iterated over", torchscript::name(value.kind())));
}

Result<Value> Evaluator::select(const Value& tensor, int64_t index)
{
    return runOperator(*this, "select", {{tensor, Value::of(int64_t{0}), Value::of(index)}, {}});
}

/// Module path -> type, for the modules on the way to any node.
void Evaluator::nameModules(ir::GraphEditor& editor) const
{
    std::map<std::string, std::string, std::less<>> types;
    std::set<const Object*> seen;
    const auto visit = [&](const Object& object, auto&& self) -> void {
        if (!object.isModule || !seen.insert(&object).second)
            return;
        if (!object.path.empty())
            types.emplace(object.path, std::string(ir::lastPart(object.className)));
        for (const auto& [attribute, value] : object.attributes)
            if (value.is(Kind::Object))
                self(value.object(), self);
    };
    visit(m_program.root.object(), visit);
    editor.setModuleTypes(std::move(types));
}

Result<Evaluated> Evaluator::finish()
{
    ir::GraphEditor& editor = m_builder.emitter().editor();
    for (const auto& [id, message] : m_builder.emitter().conflicts()) {
        const ir::Node& node = m_builder.graph().node(id);
        Finding finding;
        finding.code = "torchscript.shape";
        finding.severity = Severity::Error;
        finding.node = id;
        finding.where = node.name;
        finding.op = node.origins.empty() ? node.op : node.origins.front().what;
        finding.found = message;
        finding.message = fmt::format("Its operands do not fit together: {}", message);
        finding.advice = "Give the input shapes the model was made for";
        m_findings.push_back(std::move(finding));
    }
    editor.removeDead();
    mergeCells(editor);
    nameModules(editor);
    BPU_TRY(graph, editor.finish());
    std::erase_if(m_findings, [&](const Finding& f) { return f.node.isValid() && !graph.contains(f.node); });
    return Evaluated{std::move(graph), std::move(m_findings)};
}

} // namespace bpu::importer::torchscript

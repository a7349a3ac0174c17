// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/graph_reader.h"

#include "core/import/input_shapes.h"
#include "core/import/onnx/branches.h"
#include "core/import/onnx/contrib/expansion.h"
#include "core/import/onnx/node_order.h"
#include "core/import/onnx/scopes.h"
#include "core/import/onnx/skim.h"

#include <algorithm>
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace bpu::importer {

GraphReader::GraphReader(ModelContext& model, GraphReader* parent, int depth)
    : m_model(model), m_parent(parent), m_depth(depth), m_useDeclared(model.options.inputShapes.empty()), m_emitter(model.folding)
{
}

Result<ir::Graph> GraphReader::read(const onnx::GraphProto& proto)
{
    if (m_depth > kMaxSubgraphDepth)
        return m_model.error("onnx.nesting", fmt::format("nests subgraphs more than {} levels deep; export the model without such nesting",
                                                         kMaxSubgraphDepth));
    m_emitter.editor().setName(cleanText(proto.name()));
    countUses(proto, m_useCounts);
    BPU_CHECK(readDeclarations(proto));
    BPU_CHECK(readConstants(proto));
    BPU_CHECK(readInputs(proto));
    BPU_CHECK(readNodes(proto));
    BPU_CHECK(readOutputs(proto));
    reportConflicts();
    reportDisagreements();
    removeFolded();
    return m_emitter.editor().finish();
}

Result<void> GraphReader::readDeclarations(const onnx::GraphProto& proto)
{
    const auto declare = [&](const onnx::ValueInfoProto& info) -> Result<void> {
        BPU_TRY(type, typeOf(info.type(), info.name(), m_model.tensors.where()));
        if (type != ir::TensorType())
            m_emitter.declare(cleanText(info.name()), m_useDeclared ? std::move(type) : ir::TensorType::unranked(type.dtype()));
        return {};
    };
    for (const auto& info : proto.value_info())
        BPU_CHECK(declare(info));
    for (const auto& info : proto.output())
        BPU_CHECK(declare(info));
    return {};
}

Result<void> GraphReader::define(const std::string& name, ValueId value)
{
    if (!m_values.emplace(name, value).second)
        return m_model.error("onnx.duplicate", fmt::format("value '{}' is made twice; give the values unique names and export again",
                                                           cleanText(name)));
    return {};
}

Result<void> GraphReader::readConstants(const onnx::GraphProto& proto)
{
    for (const auto& initializer : proto.initializer()) {
        BPU_TRY(tensor, m_model.tensors.read(initializer));
        m_model.folding.admit(static_cast<int64_t>(tensor.storage().size()));
        BPU_CHECK(define(initializer.name(), m_emitter.editor().addConstant(cleanText(initializer.name()), std::move(tensor))));
    }
    for (const auto& initializer : proto.sparse_initializer()) {
        BPU_TRY(tensor, m_model.tensors.read(initializer));
        const std::string& name = initializer.values().name();
        BPU_CHECK(define(name, m_emitter.editor().addConstant(cleanText(name), std::move(tensor))));
    }
    return {};
}

/// Up to IR version 3 every initializer is also listed as an input; it stays a constant.
Result<void> GraphReader::readInputs(const onnx::GraphProto& proto)
{
    std::set<std::string_view> listed;
    for (const auto& info : proto.input()) {
        const bool isInitializer = m_values.contains(info.name());
        if (isInitializer && listed.insert(info.name()).second)
            continue;
        BPU_TRY(type, typeOf(info.type(), info.name(), m_model.tensors.where()));
        BPU_CHECK(define(info.name(), m_emitter.editor().addInput(cleanText(info.name()), std::move(type))));
        listed.insert(info.name());
    }
    if (m_depth > 0 || m_model.options.inputShapes.empty())
        return {};
    for (const auto& [name, shape] : m_model.options.inputShapes) {
        BPU_TRY(input, findInput(m_emitter.graph(), name, shape));
        m_emitter.editor().setType(input, m_emitter.graph().value(input).type.withShape(shape));
    }
    return {};
}

Result<void> GraphReader::readNodes(const onnx::GraphProto& proto)
{
    BPU_TRY(order, executionOrder(proto));
    for (size_t i = 0; i < order.size(); ++i) {
        if (i % 1024 == 0 && m_model.options.control.stopRequested())
            return JobControl::cancelled();
        BPU_CHECK(readNode(proto.node(order[i]), order[i]));
    }
    return {};
}

Result<std::vector<int>> GraphReader::executionOrder(const onnx::GraphProto& proto)
{
    NodeOrder order = orderNodes(proto);
    if (order.onCycle.empty())
        return std::move(order.nodes);
    const auto& node = proto.node(order.onCycle.front());
    const std::string name = node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name();
    return m_model.error("onnx.cycle", fmt::format("node '{}' ({}) waits for its own result: the graph has a cycle; export the model again",
                                                   cleanText(name), cleanText(node.op_type())));
}

ValueId GraphReader::resolve(const std::string& name)
{
    if (const auto found = m_values.find(name); found != m_values.end())
        return found->second;
    const ValueId outer = m_parent ? m_parent->resolve(name) : ValueId{};
    if (!outer.isValid())
        return {};
    const ir::Value& value = m_parent->m_emitter.graph().value(outer);
    ValueId inner;
    if (value.isConstant()) {
        inner = m_emitter.editor().addConstant(value.name, *value.constant);
    } else {
        inner = m_emitter.editor().addInput(value.name, value.type);
        m_captured.push_back(name);
    }
    m_values.emplace(name, inner);
    return inner;
}

Result<OnnxNode> GraphReader::describe(const onnx::NodeProto& proto, int index)
{
    OnnxNode node;
    node.type = cleanText(proto.op_type());
    node.domain = proto.domain() == "ai.onnx" ? std::string() : cleanText(proto.domain());
    node.origin = (node.domain.empty() ? "onnx" : node.domain) + "." + node.type;
    const auto opset = m_model.opsets.find(node.domain);
    node.opset = opset == m_model.opsets.end() ? 1 : opset->second;
    node.name = nodeName(cleanText(proto.name()), node.type, proto.output_size() > 0 ? cleanText(proto.output(0)) : std::string(), index);
    for (const std::string& name : proto.input()) {
        const ValueId value = name.empty() ? ValueId{} : resolve(name);
        if (!name.empty() && !value.isValid())
            return m_model.error("onnx.undefined", fmt::format("node '{}' ({}) reads '{}', which no input, initializer or node provides; "
                                                               "export the model again", node.name, node.type, cleanText(name)));
        node.inputs.push_back(value);
    }
    while (!node.inputs.empty() && !node.inputs.back().isValid())
        node.inputs.pop_back();
    for (const std::string& name : proto.output()) {
        node.outputs.push_back(cleanText(name));
        node.outputUsed.push_back(!name.empty() && m_useCounts.contains(name));
    }
    while (!node.outputs.empty() && node.outputs.back().empty()) {
        node.outputs.pop_back();
        node.outputUsed.pop_back();
    }
    node.scope = ownScope(proto).value_or(std::string());
    return node;
}

Result<void> GraphReader::readNode(const onnx::NodeProto& proto, int index)
{
    BPU_TRY(node, describe(proto, index));
    std::vector<std::string> captured;
    BPU_CHECK(readAttributes(proto, node, captured));
    if (node.type == "Constant" && node.domain.empty()) {
        BPU_TRY(done, readConstantNode(proto, node));
        if (done)
            return {};
    }
    for (const std::string& name : captured)
        node.inputs.push_back(resolve(name));
    if (!captured.empty())
        node.attributes.set("captured", std::vector<std::string>(captured));
    if (const auto results = takenBranch(node))
        return defineResults(proto, *results);
    NodeReader reader(node, m_emitter);
    const std::string key = node.domain + "." + node.type;
    const bool isFunction = m_model.functions.contains(key);
    if (isFunction) {
        BPU_TRY(body, functionBody(key));
        if (body)
            node.attributes.set("body", std::move(body));
    } else if (const Converter convert = node.domain.empty() ? findConverter(node.type) : nullptr) {
        convert(reader);
    }
    std::vector<ValueId> results = reader.results();
    if (const auto expanded = isFunction || reader.finished() ? std::nullopt : expandContrib(node, m_emitter)) {
        results = *expanded;
    } else if (!reader.finished()) {
        addOpaque(node, reader.problem());
        results = m_emitter.graph().node(m_emitter.graph().order().back()).outputs;
    }
    return defineResults(proto, results);
}

Result<void> GraphReader::defineResults(const onnx::NodeProto& proto, const std::vector<ValueId>& results)
{
    for (int i = 0; i < proto.output_size() && static_cast<size_t>(i) < results.size(); ++i)
        if (!proto.output(i).empty())
            BPU_CHECK(define(proto.output(i), results[static_cast<size_t>(i)]));
    return {};
}

/// An If whose condition is constant: the nodes of the branch it takes. The other branch was not read.
std::optional<std::vector<ValueId>> GraphReader::takenBranch(const OnnxNode& node)
{
    const auto decided = decisionOf(node);
    const ir::Attribute* attribute = decided ? node.attributes.find(*decided ? "then_branch" : "else_branch") : nullptr;
    const auto* branch = attribute ? std::get_if<ir::GraphPtr>(attribute) : nullptr;
    if (!branch)
        return std::nullopt;
    BranchPlace place{.captured = {node.inputs.begin() + 1, node.inputs.end()}, .outputs = node.outputs, .scope = node.scope, .addNode = {}, .addConstant = {}};
    place.addNode = [this](ir::NodeSpec spec, const ir::Node&, const std::vector<std::string>& names) { return m_emitter.add(std::move(spec), names); };
    place.addConstant = [this](const ir::Value& constant) {
        const auto known = m_values.find(constant.name);
        const bool isShared = known != m_values.end() && sharesBytes(m_emitter.graph().value(known->second), constant);
        return isShared ? known->second : m_emitter.editor().addConstant(constant.name, *constant.constant);
    };
    return inlineBranch(**branch, place);
}

std::optional<bool> GraphReader::decisionOf(const OnnxNode& node) const
{
    const bool isIf = node.type == "If" && node.domain.empty() && !node.inputs.empty();
    return isIf ? decision(m_emitter.graph().find(node.inputs.front())) : std::nullopt;
}

void GraphReader::addOpaque(const OnnxNode& node, const std::string& problem)
{
    ir::NodeSpec spec{.op = node.origin, .name = node.name, .inputs = node.inputs, .attributes = node.attributes, .scope = node.scope};
    spec.origins = {originOf(node)};
    m_emitter.add(std::move(spec), node.outputs);
    const NodeId id = m_emitter.graph().order().back();
    const bool isFunction = node.attributes.has("body");
    if (isFunction)
        return;
    Finding finding = findingAt(id);
    finding.code = problem.empty() ? "onnx.unknown-op" : "onnx.unexpected-form";
    finding.message = problem.empty() ? "This operator is not known; it is drawn but not understood"
                                      : fmt::format("This operator is not understood as written: {}", problem);
    finding.advice = "Replace it in the model by operators of the table, or leave it to the CPU";
    m_model.findings.push_back(std::move(finding));
}

Result<void> GraphReader::readOutputs(const onnx::GraphProto& proto)
{
    for (const auto& info : proto.output()) {
        const ValueId value = resolve(info.name());
        if (!value.isValid())
            return m_model.error("onnx.undefined", fmt::format("output '{}' is provided by no input, initializer or node; export the model again",
                                                               cleanText(info.name())));
        m_emitter.editor().addOutput(value);
    }
    return {};
}

/// Takes away what was computed and what only fed it. A node whose results the file itself never reads stays.
void GraphReader::removeFolded()
{
    const std::vector<NodeId> order = m_emitter.graph().order();
    std::vector<bool> fedFolded(m_emitter.graph().nodeIdBound());
    for (auto it = order.rbegin(); it != order.rend(); ++it) {
        const ir::Node& node = m_emitter.graph().node(*it);
        const bool used = std::ranges::any_of(node.outputs, [this](ValueId output) {
            const ir::Value& value = m_emitter.graph().value(output);
            return !value.users.empty() || value.isGraphOutput();
        });
        if (used || (!m_emitter.isFolded(*it) && !fedFolded[it->index]))
            continue;
        for (const ValueId input : node.inputs)
            if (const ir::Value* value = m_emitter.graph().find(input); value && value->producer.isValid())
                fedFolded[value->producer.index] = true;
        m_emitter.editor().removeNode(*it);
    }
    m_emitter.editor().removeUnusedConstants();
    m_emitter.editor().restoreOrder();
}

} // namespace bpu::importer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/graph_editor.h"

#include "core/base/assert.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ir {
namespace {

/// `wanted`, or with the first free suffix "_2", "_3", ...; the counter keeps long runs of equal names linear.
std::string makeUnique(std::string_view wanted, std::unordered_set<std::string>& taken, std::unordered_map<std::string, uint32_t>& next)
{
    std::string name(wanted);
    if (taken.insert(name).second)
        return name;
    uint32_t& suffix = next.try_emplace(name, 2).first->second;
    std::string candidate;
    do
        candidate = fmt::format("{}_{}", wanted, suffix++);
    while (!taken.insert(candidate).second);
    return candidate;
}

} // namespace

GraphEditor::GraphEditor(std::string graphName)
{
    m_graph.m_name = std::move(graphName);
}

GraphEditor::GraphEditor(Graph graph) : m_graph(std::move(graph)) {}

void GraphEditor::setModuleTypes(std::map<std::string, std::string, std::less<>> types)
{
    m_graph.m_moduleTypes = std::make_shared<const std::map<std::string, std::string, std::less<>>>(std::move(types));
}

void GraphEditor::indexNames()
{
    if (m_namesIndexed)
        return;
    m_namesIndexed = true;
    for (const auto& node : m_graph.m_nodes)
        if (node)
            m_nodeNames.insert(node->name);
    for (const auto& value : m_graph.m_values)
        if (value)
            m_valueNames.insert(value->name);
}

std::string GraphEditor::uniqueNodeName(std::string_view wanted)
{
    indexNames();
    return makeUnique(wanted, m_nodeNames, m_nextSuffix);
}

std::string GraphEditor::uniqueValueName(std::string_view wanted)
{
    indexNames();
    return makeUnique(wanted, m_valueNames, m_nextSuffix);
}

Node& GraphEditor::edit(NodeId id)
{
    BPU_ASSERT(m_graph.contains(id));
    auto& slot = m_graph.m_nodes[id.index];
    if (slot.use_count() > 1)
        slot = std::make_shared<Node>(*slot);
    return const_cast<Node&>(*slot); // ours alone now: made above or by newNode, never declared const
}

Value& GraphEditor::edit(ValueId id)
{
    BPU_ASSERT(m_graph.contains(id));
    auto& slot = m_graph.m_values[id.index];
    if (slot.use_count() > 1)
        slot = std::make_shared<Value>(*slot);
    return const_cast<Value&>(*slot);
}

ValueId GraphEditor::newValue(std::string_view wanted, TensorType type)
{
    auto value = std::make_shared<Value>();
    value->id = ValueId{m_graph.valueIdBound()};
    value->name = uniqueValueName(wanted);
    value->type = std::move(type);
    const ValueId id = value->id;
    m_graph.m_values.push_back(std::move(value));
    return id;
}

ValueId GraphEditor::addInput(std::string_view name, TensorType type)
{
    const ValueId id = newValue(name, std::move(type));
    edit(id).isGraphInput = true;
    m_graph.m_inputs.push_back(id);
    return id;
}

ValueId GraphEditor::addConstant(std::string_view name, Tensor tensor)
{
    const ValueId id = newValue(name, tensor.type());
    edit(id).constant = std::move(tensor);
    return id;
}

NodeId GraphEditor::addNode(NodeSpec spec, const std::vector<TensorType>& outputTypes)
{
    return addNode(std::move(spec), outputTypes, {});
}

NodeId GraphEditor::addNode(NodeSpec spec, const std::vector<TensorType>& outputTypes, const std::vector<std::string>& outputNames)
{
    auto node = std::make_shared<Node>();
    const NodeId id{m_graph.nodeIdBound()};
    node->id = id;
    node->name = uniqueNodeName(spec.name.empty() ? spec.op : spec.name);
    node->op = std::move(spec.op);
    node->inputs = std::move(spec.inputs);
    node->attributes = std::move(spec.attributes);
    node->scope = std::move(spec.scope);
    node->origins = std::move(spec.origins);
    for (uint32_t i = 0; i < outputTypes.size(); ++i) {
        const bool named = i < outputNames.size() && !outputNames[i].empty();
        const std::string wanted = named ? outputNames[i] : (i == 0 ? node->name : fmt::format("{}.{}", node->name, i));
        const ValueId output = newValue(wanted, outputTypes[i]);
        edit(output).producer = id;
        edit(output).producerIndex = i;
        node->outputs.push_back(output);
    }
    for (uint32_t i = 0; i < node->inputs.size(); ++i)
        if (node->inputs[i].isValid())
            edit(node->inputs[i]).users.push_back({id, i});
    m_graph.m_nodes.push_back(std::move(node));
    m_graph.m_order.push_back(id);
    return id;
}

NodeId GraphEditor::addNodeBefore(NodeId anchor, NodeSpec spec, const std::vector<TensorType>& outputTypes)
{
    const NodeId id = addNode(std::move(spec), outputTypes);
    m_graph.m_order.pop_back();
    m_insertedBefore[anchor].push_back(id);
    m_orderDirty = true;
    return id;
}

void GraphEditor::addOutput(ValueId value)
{
    ++edit(value).graphOutputs;
    m_graph.m_outputs.push_back(value);
}

void GraphEditor::setOutput(size_t position, ValueId value)
{
    --edit(m_graph.m_outputs[position]).graphOutputs;
    ++edit(value).graphOutputs;
    m_graph.m_outputs[position] = value;
}

void GraphEditor::dropUse(ValueId value, NodeId node, uint32_t index)
{
    if (value.isValid())
        std::erase(edit(value).users, Use{node, index});
}

void GraphEditor::setInputValue(NodeId node, size_t slot, ValueId value)
{
    Node& edited = edit(node);
    const auto index = static_cast<uint32_t>(slot);
    dropUse(edited.inputs[slot], node, index);
    edited.inputs[slot] = value;
    if (value.isValid())
        edit(value).users.push_back({node, index});
    m_orderDirty = true;
}

void GraphEditor::setInputs(NodeId node, std::vector<ValueId> inputs)
{
    Node& edited = edit(node);
    for (uint32_t i = 0; i < edited.inputs.size(); ++i)
        dropUse(edited.inputs[i], node, i);
    edited.inputs = std::move(inputs);
    for (uint32_t i = 0; i < edited.inputs.size(); ++i)
        if (edited.inputs[i].isValid())
            edit(edited.inputs[i]).users.push_back({node, i});
    m_orderDirty = true;
}

void GraphEditor::setOp(NodeId node, std::string op)
{
    edit(node).op = std::move(op);
}

void GraphEditor::setAttribute(NodeId node, std::string_view name, Attribute value)
{
    edit(node).attributes.set(name, std::move(value));
}

void GraphEditor::removeAttribute(NodeId node, std::string_view name)
{
    edit(node).attributes.remove(name);
}

void GraphEditor::setAttributes(NodeId node, Attributes attributes)
{
    edit(node).attributes = std::move(attributes);
}

void GraphEditor::setScope(NodeId node, std::string scope)
{
    edit(node).scope = std::move(scope);
}

void GraphEditor::setOrigins(NodeId node, std::vector<Origin> origins)
{
    edit(node).origins = std::move(origins);
}

void GraphEditor::setType(ValueId value, TensorType type)
{
    if (m_graph.value(value).type != type)
        edit(value).type = std::move(type);
}

void GraphEditor::setQuant(ValueId value, std::optional<QuantParams> quant)
{
    edit(value).quant = std::move(quant);
}

void GraphEditor::renameNode(NodeId node, std::string_view name)
{
    indexNames();
    m_nodeNames.erase(m_graph.node(node).name);
    edit(node).name = uniqueNodeName(name);
}

void GraphEditor::renameValue(ValueId value, std::string_view name)
{
    indexNames();
    m_valueNames.erase(m_graph.value(value).name);
    edit(value).name = uniqueValueName(name);
}

void GraphEditor::makeConstant(ValueId value, Tensor tensor)
{
    Value& edited = edit(value);
    if (edited.producer.isValid()) {
        // The producer keeps its result slots: it gets an unused value in this one's place.
        const NodeId producer = edited.producer;
        const uint32_t slot = edited.producerIndex;
        const ValueId unused = newValue(m_graph.value(value).name, m_graph.value(value).type);
        edit(unused).producer = producer;
        edit(unused).producerIndex = slot;
        edit(producer).outputs[slot] = unused;
    }
    Value& constant = edit(value);
    constant.producer = {};
    constant.producerIndex = 0;
    if (constant.isGraphInput)
        std::erase(m_graph.m_inputs, value);
    constant.isGraphInput = false;
    constant.type = tensor.type();
    constant.constant = std::move(tensor);
}

} // namespace bpu::ir

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/verifier.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

namespace bpu::ir {
namespace {

Error invalid(const std::string& where, std::string what)
{
    return {"graph.invalid", where, std::move(what)};
}

Result<void> verifyNode(const Graph& graph, const Node& node, NodeId id, const std::vector<bool>& made)
{
    if (node.id != id)
        return invalid(node.name, "the node's id differs from its place");
    for (uint32_t i = 0; i < node.inputs.size(); ++i) {
        if (!node.inputs[i].isValid())
            continue;
        const Value* value = graph.find(node.inputs[i]);
        if (!value)
            return invalid(node.name, fmt::format("input {} is a value that does not exist", i));
        if (!made[value->id.index])
            return invalid(node.name, fmt::format("input '{}' is used before it is made", value->name));
    }
    for (uint32_t i = 0; i < node.outputs.size(); ++i) {
        const Value* value = graph.find(node.outputs[i]);
        if (!value)
            return invalid(node.name, fmt::format("result {} is a value that does not exist", i));
        if (value->producer != id || value->producerIndex != i)
            return invalid(node.name, fmt::format("result '{}' names another producer", value->name));
    }
    return {};
}

Result<void> verifyValue(const Graph& graph, const Value& value, ValueId id)
{
    if (value.id != id)
        return invalid(value.name, "the value's id differs from its place");
    if (value.constant && value.constant->type() != value.type)
        return invalid(value.name, "the constant's type differs from its tensor's");
    if (value.constant && (value.producer.isValid() || value.isGraphInput))
        return invalid(value.name, "a constant has a producer or is a graph input");
    if (value.producer.isValid()) {
        const Node* producer = graph.find(value.producer);
        if (!producer || producer->output(value.producerIndex) != id)
            return invalid(value.name, "the producer does not make it");
    }
    return {};
}

/// Every input slot is in the users of its value exactly once, and nothing else is.
Result<void> verifyUsers(const Graph& graph)
{
    std::vector<uint32_t> slots(graph.valueIdBound());
    for (const NodeId id : graph.order())
        for (const ValueId input : graph.node(id).inputs)
            if (input.isValid())
                ++slots[input.index];
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i) {
        const Value* value = graph.find(ValueId{i});
        if (!value)
            continue;
        if (value->users.size() != slots[i])
            return invalid(value->name, fmt::format("{} users are listed, {} inputs read it", value->users.size(), slots[i]));
        for (const Use& use : value->users)
            if (const Node* node = graph.find(use.node); !node || node->input(use.index) != value->id)
                return invalid(value->name, "a listed user does not read it");
    }
    return {};
}

Result<void> verifyEnds(const Graph& graph)
{
    std::unordered_map<ValueId, uint32_t> returned;
    for (const ValueId output : graph.outputs()) {
        if (!graph.contains(output))
            return invalid(graph.name(), "a graph output is a value that does not exist");
        ++returned[output];
    }
    std::unordered_set<ValueId> inputs;
    for (const ValueId input : graph.inputs()) {
        if (!graph.contains(input) || !graph.value(input).isGraphInput)
            return invalid(graph.name(), "a graph input is not marked as one");
        inputs.insert(input);
    }
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i) {
        const Value* value = graph.find(ValueId{i});
        if (!value)
            continue;
        const auto found = returned.find(value->id);
        if (value->graphOutputs != (found == returned.end() ? 0 : found->second))
            return invalid(value->name, "the count of graph outputs is wrong");
        if (value->isGraphInput != inputs.contains(value->id))
            return invalid(value->name, "it is marked as a graph input but is not listed");
    }
    return {};
}

Result<void> verifyNames(const Graph& graph)
{
    std::unordered_set<std::string_view> nodes;
    std::unordered_set<std::string_view> values;
    for (const NodeId id : graph.order())
        if (!nodes.insert(graph.node(id).name).second)
            return invalid(graph.node(id).name, "two nodes have this name");
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i)
        if (const Value* value = graph.find(ValueId{i}); value && !values.insert(value->name).second)
            return invalid(value->name, "two values have this name");
    return {};
}

} // namespace

Result<void> verify(const Graph& graph)
{
    std::vector<bool> made(graph.valueIdBound());
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i)
        if (const Value* value = graph.find(ValueId{i})) {
            BPU_CHECK(verifyValue(graph, *value, ValueId{i}));
            made[i] = !value->producer.isValid();
        }
    size_t alive = 0;
    for (uint32_t i = 0; i < graph.nodeIdBound(); ++i)
        alive += graph.contains(NodeId{i}) ? 1 : 0;
    if (alive != graph.order().size())
        return invalid(graph.name(), "the execution order does not list every node once");
    for (const NodeId id : graph.order()) {
        if (!graph.contains(id))
            return invalid(graph.name(), "the execution order lists a node that does not exist");
        BPU_CHECK(verifyNode(graph, graph.node(id), id, made));
        for (const ValueId output : graph.node(id).outputs)
            made[output.index] = true;
    }
    BPU_CHECK(verifyUsers(graph));
    BPU_CHECK(verifyEnds(graph));
    return verifyNames(graph);
}

} // namespace bpu::ir

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The part of the editor that moves uses, removes nodes and finds an order in which the rest can run.
#include "core/base/assert.h"
#include "core/ir/graph_editor.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace bpu::ir {
namespace {

/// Kahn's algorithm, taking ready nodes by their place in `wanted`, so a valid order comes back unchanged.
/// Shorter than `wanted` when there is a cycle.
std::vector<NodeId> topologicalOrder(const Graph& graph, const std::vector<NodeId>& wanted)
{
    std::vector<uint32_t> place(graph.nodeIdBound());
    std::vector<uint32_t> missing(graph.nodeIdBound());
    for (uint32_t i = 0; i < wanted.size(); ++i)
        place[wanted[i].index] = i;
    std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
    for (const NodeId id : wanted) {
        for (const ValueId input : graph.node(id).inputs)
            if (const Value* value = graph.find(input); value && value->producer.isValid())
                ++missing[id.index];
        if (missing[id.index] == 0)
            ready.push(place[id.index]);
    }
    std::vector<NodeId> order;
    order.reserve(wanted.size());
    while (!ready.empty()) {
        const NodeId id = wanted[ready.top()];
        ready.pop();
        order.push_back(id);
        for (const ValueId output : graph.node(id).outputs)
            for (const Use& use : graph.value(output).users)
                if (--missing[use.node.index] == 0)
                    ready.push(place[use.node.index]);
    }
    return order;
}

} // namespace

void GraphEditor::replaceUses(ValueId from, ValueId to)
{
    if (from == to)
        return;
    const std::vector<Use> users = std::move(edit(from).users);
    edit(from).users.clear();
    for (const Use& use : users) {
        edit(use.node).inputs[use.index] = to;
        edit(to).users.push_back(use);
    }
    if (m_graph.value(from).graphOutputs > 0) {
        for (ValueId& output : m_graph.m_outputs)
            if (output == from)
                output = to;
        edit(to).graphOutputs += m_graph.value(from).graphOutputs;
        edit(from).graphOutputs = 0;
    }
    m_orderDirty = true;
}

void GraphEditor::swapOutputs(NodeId a, NodeId b)
{
    Node& first = edit(a);
    Node& second = edit(b);
    BPU_ASSERT(first.outputs.size() == second.outputs.size());
    std::swap(first.outputs, second.outputs);
    for (const NodeId id : {a, b})
        for (const ValueId output : m_graph.node(id).outputs)
            edit(output).producer = id;
    m_orderDirty = true;
}

void GraphEditor::removeNode(NodeId id)
{
    const Node node = m_graph.node(id);
    for (uint32_t i = 0; i < node.inputs.size(); ++i)
        dropUse(node.inputs[i], id, i);
    for (const ValueId output : node.outputs) {
        BPU_ASSERT(m_graph.value(output).users.empty() && !m_graph.value(output).isGraphOutput());
        if (m_namesIndexed)
            m_valueNames.erase(m_graph.value(output).name);
        m_graph.m_values[output.index] = nullptr;
    }
    if (m_namesIndexed)
        m_nodeNames.erase(node.name);
    m_graph.m_nodes[id.index] = nullptr;
    m_orderDirty = true;
}

void GraphEditor::removeDead()
{
    if (m_orderDirty)
        rebuildOrder();
    for (auto it = m_graph.m_order.rbegin(); it != m_graph.m_order.rend(); ++it) {
        const Node& node = m_graph.node(*it);
        const bool used = std::ranges::any_of(node.outputs, [this](ValueId output) {
            const Value& value = m_graph.value(output);
            return !value.users.empty() || value.isGraphOutput();
        });
        const bool hasEffect = node.op == "set_state"; // the next run reads what it leaves
        if (!used && !hasEffect && !node.outputs.empty())
            removeNode(*it);
    }
    removeUnusedConstants();
    rebuildOrder();
}

void GraphEditor::removeUnusedConstants()
{
    for (auto& value : m_graph.m_values)
        if (value && value->isConstant() && value->users.empty() && !value->isGraphOutput()) {
            if (m_namesIndexed)
                m_valueNames.erase(value->name);
            value = nullptr;
        }
}

void GraphEditor::rebuildOrder()
{
    std::vector<NodeId> order;
    order.reserve(m_graph.m_order.size());
    const auto append = [&](auto&& self, NodeId id) -> void {
        if (const auto inserted = m_insertedBefore.find(id); inserted != m_insertedBefore.end())
            for (const NodeId before : inserted->second)
                self(self, before);
        if (m_graph.contains(id))
            order.push_back(id);
    };
    for (const NodeId id : m_graph.m_order)
        append(append, id);
    m_insertedBefore.clear();
    m_graph.m_order = std::move(order);
}

Result<Graph> GraphEditor::finish()
{
    if (m_orderDirty || !m_insertedBefore.empty())
        rebuildOrder();
    std::vector<NodeId> order = topologicalOrder(m_graph, m_graph.m_order);
    if (order.size() != m_graph.m_order.size()) {
        std::vector<bool> placed(m_graph.nodeIdBound());
        for (const NodeId id : order)
            placed[id.index] = true;
        const auto onCycle = std::ranges::find_if(m_graph.m_order, [&](NodeId id) { return !placed[id.index]; });
        return Error{"graph.cycle", m_graph.node(*onCycle).name,
                     "the graph has a cycle through this node; export the model again without it"};
    }
    m_graph.m_order = std::move(order);
    m_orderDirty = false;
    return std::move(m_graph);
}

} // namespace bpu::ir

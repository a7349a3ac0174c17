// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/tails.h"

#include "core/runtime/post_ops.h"

#include <algorithm>

namespace bpu::runtime {
namespace {

class Finder {
public:
    Finder(const ir::Graph& graph, const std::function<bool(ValueId)>& mustExist) : m_graph(graph), m_mustExist(mustExist) {}

    Tails run()
    {
        for (const NodeId id : m_graph.order()) {
            const ir::Node& node = m_graph.node(id);
            const bool isConvolution = node.op.starts_with("conv") && !node.op.ends_with("integer");
            if ((isConvolution || node.op == "linear" || node.op == "matmul") && m_graph.value(node.output()).type.dtype() == ir::DType::Float32)
                follow(node, isConvolution);
        }
        return std::move(m_tails);
    }

private:
    void follow(const ir::Node& head, bool isConvolution)
    {
        Tail tail;
        NodeId last = head.id;
        const ir::Node* next = userOf(head);
        if (next && isConvolution && next->op.starts_with("batch_norm") && canAbsorb(head, *next) && !head.attributes.has("activation") && !m_graph.find(head.input(3))) {
            tail.batchNorm = next;
            last = next->id;
            next = userOf(*next);
        }
        const bool isPlain = !head.attributes.has("activation");
        if (next && isPlain && next->op == "add" && !m_graph.find(head.input(3)) && addendOf(*next, last, tail)) {
            tail.add = next;
            last = next->id;
            next = userOf(*next);
        }
        if (next && isPlain && next->inputs.size() == 1 && eltwiseOf(*next).algorithm != dnnl::algorithm::undef) {
            tail.activation = next;
            last = next->id;
        }
        if (last == head.id)
            return;
        for (const ir::Node* node : {&head, tail.batchNorm, tail.add, tail.activation})
            if (node)
                m_tails.inner.insert(node->id);
        m_tails.headAt.emplace(last, head.id);
        m_tails.of.emplace(head.id, tail);
    }

    /// The one node that takes the result; null when others do, or when another head has taken it.
    const ir::Node* userOf(const ir::Node& node) const
    {
        const ir::Value& result = m_graph.value(node.output());
        if (!result.hasOneUse() || result.isGraphOutput() || m_mustExist(result.id))
            return nullptr;
        const ir::Node& user = m_graph.node(result.users.front().node);
        return m_tails.inner.contains(user.id) || user.outputs.size() != 1 ? nullptr : &user;
    }

    bool canAbsorb(const ir::Node& head, const ir::Node& norm) const
    {
        const auto isConstant = [&](const ir::Node& node, size_t i) {
            const ir::Value* value = m_graph.find(node.input(i));
            return value && value->isConstant();
        };
        const auto feeds = norm.input(0) == head.output();
        return feeds && isConstant(head, 1) && (!m_graph.find(head.input(2)) || isConstant(head, 2)) && isConstant(norm, 1) && isConstant(norm, 2) && isConstant(norm, 3)
            && isConstant(norm, 4) && norm.inputs.size() == 5;
    }

    /// The other operand, of the result's own shape.
    bool addendOf(const ir::Node& add, NodeId last, Tail& tail) const
    {
        const ValueId mine = m_graph.node(last).output();
        const ValueId other = add.input(add.input(0) == mine ? 1 : 0);
        const ir::Value* value = m_graph.find(other);
        if (!value || value->type != m_graph.value(add.output()).type || value->type != m_graph.value(mine).type)
            return false;
        tail.addend = other;
        return true;
    }

    const ir::Graph& m_graph;
    const std::function<bool(ValueId)>& m_mustExist;
    Tails m_tails;
};

} // namespace

Tails findTails(const ir::Graph& graph, const std::function<bool(ValueId)>& mustExist)
{
    return Finder(graph, mustExist).run();
}

} // namespace bpu::runtime

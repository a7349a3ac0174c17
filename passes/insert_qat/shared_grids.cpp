// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/insert_qat/shared_grids.h"

#include "core/ops/keeps_grid.h"

#include <numeric>

namespace bpu::passes {
namespace {

bool makesGrid(const ir::Node& node)
{
    return node.op == "fake_quantize" || node.op == "quant_stub";
}

/// Groups of nodes as a forest whose roots are their first members.
class Groups {
public:
    explicit Groups(size_t count) : m_parent(count) { std::iota(m_parent.begin(), m_parent.end(), uint32_t{0}); }

    uint32_t rootOf(uint32_t i)
    {
        while (m_parent[i] != i)
            i = m_parent[i] = m_parent[m_parent[i]];
        return i;
    }
    void join(uint32_t a, uint32_t b)
    {
        a = rootOf(a);
        b = rootOf(b);
        m_parent[std::max(a, b)] = std::min(a, b);
    }

private:
    std::vector<uint32_t> m_parent;
};

/// The node that gives a value its grid; null when it has none.
const ir::Node* gridOf(const ir::Graph& graph, const ir::Value* value)
{
    const ir::Node* node = value ? graph.producerOf(*value) : nullptr;
    while (node && !makesGrid(*node)) {
        const ir::Value* input = ops::keepsGrid(*node) && node->attributes.text("device") != "cpu" ? graph.inputOf(*node, 0) : nullptr;
        node = input ? graph.producerOf(*input) : nullptr;
    }
    return node;
}

} // namespace

void shareGridsOfCats(ir::Rewriter& rewriter)
{
    rewriter.restoreOrder();
    const ir::Graph& graph = rewriter.graph();
    Groups groups(graph.nodeIdBound());
    const std::vector<NodeId> order = graph.order();
    for (const NodeId id : order) {
        const ir::Node& cat = graph.node(id);
        if (cat.op != "cat" || cat.attributes.text("device") == "cpu")
            continue;
        for (size_t i = 0; i < cat.inputs.size(); ++i)
            if (const ir::Node* grid = gridOf(graph, graph.inputOf(cat, i)))
                groups.join(id.index, grid->id.index);
        for (const ir::Use& use : graph.value(cat.output()).users)
            if (makesGrid(graph.node(use.node)))
                groups.join(id.index, use.node.index);
    }
    std::vector<std::string> names(graph.nodeIdBound()); // by root
    for (const NodeId id : order)
        if (const ir::Node& node = graph.node(id); node.op == "cat" && names[groups.rootOf(id.index)].empty())
            names[groups.rootOf(id.index)] = node.name;
    for (const NodeId id : order)
        if (makesGrid(graph.node(id)) && !names[groups.rootOf(id.index)].empty())
            rewriter.setAttribute(id, "group", names[groups.rootOf(id.index)]);
}

} // namespace bpu::passes

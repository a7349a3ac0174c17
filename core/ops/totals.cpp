// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/totals.h"

#include "core/ir/bodies.h"
#include "core/ops/op_spec.h"

#include <unordered_set>

namespace bpu::ops {
namespace {

bool isParameter(const ir::Graph& graph, const ir::Value& value)
{
    if (!value.isConstant() || (!ir::isFloat(value.type.dtype()) && !value.quant) || value.type.rank() < 1 || value.users.empty())
        return false;
    const ir::Use& use = value.users.front();
    return use.index < 3 || !graph.node(use.node).op.starts_with("batch_norm");
}

int64_t parametersOf(const ir::Graph& graph)
{
    int64_t count = 0;
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i) {
        if (const ir::Value* value = graph.find(ValueId{i}); value && isParameter(graph, *value))
            count += value->constant->elementCount();
    }
    return count;
}

class Bodies {
public:
    explicit Bodies(Totals& totals) : m_totals(totals) {}

    void addOf(const ir::Node& node)
    {
        for (const ir::Body& body : ir::bodiesOf(node)) {
            if (m_seen.insert(body.graph.get()).second)
                add(*body.graph);
        }
    }

private:
    void add(const ir::Graph& body)
    {
        m_totals.bodyNodes += body.nodeCount();
        m_totals.parameters += parametersOf(body);
        for (const NodeId id : body.order()) {
            ++m_totals.bodyOperators[title(body.node(id))];
            addOf(body.node(id));
        }
    }

    Totals& m_totals;
    std::unordered_set<const ir::Graph*> m_seen;
};

} // namespace

Totals totals(const ir::Graph& graph)
{
    Totals result;
    Bodies bodies(result);
    result.parameters = parametersOf(graph);
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        ++result.operators[title(node)];
        const std::optional<Cost> own = cost(graph, node);
        result.macs += own ? own->macs : 0;
        result.unknownCosts += own ? 0 : 1;
        bodies.addOf(node);
    }
    return result;
}

} // namespace bpu::ops

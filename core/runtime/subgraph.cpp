// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/subgraph.h"

#include "core/ir/graph_editor.h"
#include "core/ops/fold.h"

namespace bpu::runtime {
namespace {

class Extraction {
public:
    Extraction(const ir::Graph& graph, const TypesByValue& types) : m_graph(graph), m_types(types), m_editor(graph.name()) { m_editor.setStage(graph.stage()); }

    void add(const ir::Node& node)
    {
        ir::NodeSpec spec{.op = node.op, .name = node.name, .inputs = {}, .attributes = node.attributes, .scope = node.scope, .origins = node.origins};
        for (const ValueId input : node.inputs)
            spec.inputs.push_back(valueHere(input));
        std::vector<ir::TensorType> types;
        std::vector<std::string> names;
        for (const ValueId output : node.outputs) {
            types.push_back(m_graph.value(output).type);
            names.push_back(m_graph.value(output).name);
        }
        const NodeId made = m_editor.addNode(std::move(spec), types, names);
        for (size_t i = 0; i < node.outputs.size(); ++i)
            remember(node.outputs[i], m_editor.graph().node(made).outputs[i]);
    }

    Result<Subgraph> finish(const std::vector<ValueId>& outputs)
    {
        for (const ValueId output : outputs)
            m_editor.addOutput(valueHere(output));
        BPU_TRY(graph, m_editor.finish());
        m_result.graph = std::make_shared<const ir::Graph>(std::move(graph));
        return std::move(m_result);
    }

private:
    ValueId valueHere(ValueId around)
    {
        const ir::Value* value = m_graph.find(around);
        if (!value)
            return {};
        if (const auto known = m_here.find(around); known != m_here.end())
            return known->second;
        if (value->isConstant())
            return remember(around, m_editor.addConstant(value->name, *value->constant));
        const auto type = m_types.find(around);
        m_result.inputs.push_back(around);
        return remember(around, m_editor.addInput(value->name, type == m_types.end() ? value->type : type->second));
    }

    ValueId remember(ValueId around, ValueId here)
    {
        m_here.emplace(around, here);
        m_result.sources.emplace(here, around);
        if (const auto& quant = m_graph.value(around).quant)
            m_editor.setQuant(here, quant);
        return here;
    }

    const ir::Graph& m_graph;
    const TypesByValue& m_types;
    ir::GraphEditor m_editor;
    std::unordered_map<ValueId, ValueId> m_here;
    Subgraph m_result;
};

} // namespace

Result<Subgraph> extract(const ir::Graph& graph, const std::vector<NodeId>& nodes, const std::vector<ValueId>& outputs, const TypesByValue& types)
{
    Extraction extraction(graph, types);
    for (const NodeId id : nodes)
        extraction.add(graph.node(id));
    return extraction.finish(outputs);
}

Result<ir::GraphPtr> withInputTypes(const ir::Graph& graph, const std::vector<ir::TensorType>& types)
{
    ir::GraphEditor editor(graph);
    for (size_t i = 0; i < types.size(); ++i)
        editor.setType(graph.inputs()[i], types[i]);
    for (const NodeId id : graph.order())
        for (const ValueId output : graph.node(id).outputs)
            editor.setType(output, ir::TensorType::unranked(graph.value(output).type.dtype()));
    BPU_TRY(shaped, editor.finish());
    BPU_TRY(folded, ops::foldConstants(std::move(shaped)));
    return std::make_shared<const ir::Graph>(std::move(folded));
}

} // namespace bpu::runtime

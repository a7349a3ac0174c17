// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/late_node.h"

#include "core/ir/bodies.h"
#include "core/ir/graph_editor.h"
#include "core/ops/infer_types.h"
#include "core/ops/op_spec.h"
#include "core/runtime/kernel.h"
#include "core/runtime/subgraph.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::runtime {
namespace {

/// Operands that may say how large a result is: lists of sizes, axes, counts.
bool isSmallInteger(const ir::Tensor& tensor)
{
    return (ir::isInteger(tensor.dtype()) || tensor.elementCount() == 1) && tensor.elementCount() <= 4096 && tensor.type().rank() <= 1;
}

/// The node alone, with its operands as inputs of their own types.
class OrdinaryNode : public LateNode {
public:
    OrdinaryNode(ir::GraphPtr graph, const ir::Node& node) : m_graph(std::move(graph)), m_node(node) {}

    Result<std::vector<ir::Tensor>> run(const Operands& operands, const RunOptions& options) override
    {
        BPU_TRY(known, alone(operands, false));
        if (isStatic(*known.graph))
            return execute(known, operands, options);
        BPU_TRY(sized, alone(operands, true));
        if (isStatic(*sized.graph))
            return execute(sized, operands, options);
        return evaluate(operands);
    }

private:
    Result<Subgraph> alone(const Operands& operands, bool withNumbers) const
    {
        BPU_TRY(part, extract(*m_graph, {m_node.id}, m_node.outputs));
        ir::GraphEditor editor(*part.graph);
        for (size_t i = 0; i < part.inputs.size(); ++i) {
            const ir::Tensor& tensor = *operandOf(part.inputs[i], operands);
            const ValueId input = part.graph->inputs()[i];
            editor.setType(input, tensor.type());
            if (withNumbers && isSmallInteger(tensor))
                editor.makeConstant(input, tensor);
        }
        const NodeId id = editor.graph().order().front();
        const std::vector<ValueId> outputs = editor.graph().node(id).outputs;
        for (const ValueId output : outputs)
            editor.setType(output, ir::TensorType::unranked(editor.graph().value(output).type.dtype()));
        BPU_CHECK(ops::inferNode(editor, id));
        BPU_TRY(graph, editor.finish());
        part.graph = std::make_shared<const ir::Graph>(std::move(graph));
        return std::move(part);
    }

    const ir::Tensor* operandOf(ValueId value, const Operands& operands) const
    {
        const auto at = std::ranges::find(m_node.inputs, value) - m_node.inputs.begin();
        return &*operands[static_cast<size_t>(at)];
    }

    static bool isStatic(const ir::Graph& graph)
    {
        return std::ranges::all_of(graph.node(graph.order().front()).outputs, [&](ValueId id) { return graph.value(id).type.isStatic(); });
    }

    Result<std::vector<ir::Tensor>> execute(const Subgraph& part, const Operands& operands, const RunOptions& options) const
    {
        BPU_TRY(executor, FloatExecutor::make(part.graph));
        std::vector<ir::Tensor> inputs;
        for (const ValueId input : part.graph->inputs())
            inputs.push_back(*operandOf(part.sources.at(input), operands));
        return executor.run(inputs, {.control = {.onProgress = {}, .stop = options.control.stop}, .observe = {}, .timed = {}});
    }

    /// The numbers decide.
    Result<std::vector<ir::Tensor>> evaluate(const Operands& operands) const
    {
        const ops::OpSpec* spec = ops::find(m_node.op);
        if (!spec)
            return unknownOperator(m_node);
        if (!spec->evaluate)
            return cannotRun(m_node, fmt::format("{} cannot be computed yet", ops::title(m_node)));
        ir::GraphEditor editor;
        std::vector<ValueId> inputs;
        for (size_t i = 0; i < m_node.inputs.size(); ++i)
            inputs.push_back(operands[i] ? editor.addConstant(fmt::format("x{}", i), *operands[i]) : ValueId{});
        std::vector<ir::TensorType> types;
        for (const ValueId output : m_node.outputs)
            types.push_back(ir::TensorType::unranked(m_graph->value(output).type.dtype()));
        const NodeId id = editor.addNode({.op = m_node.op, .name = m_node.name, .inputs = inputs, .attributes = m_node.attributes}, types);
        auto results = spec->evaluate(editor.graph(), editor.graph().node(id));
        if (!results || results->size() < m_node.outputs.size())
            return cannotRun(m_node, fmt::format("{} cannot be computed for these operands", ops::title(m_node)));
        results->resize(m_node.outputs.size());
        return *std::move(results);
    }

    ir::GraphPtr m_graph;
    const ir::Node& m_node;
};

} // namespace

bool hasBody(const ir::Node& node)
{
    return !ir::bodiesOf(node).empty();
}

Result<std::unique_ptr<LateNode>> makeLateNode(const ir::GraphPtr& graph, const ir::Node& node)
{
    if (hasBody(node))
        return makeControlFlow(graph, node);
    return std::make_unique<OrdinaryNode>(graph, node);
}

} // namespace bpu::runtime

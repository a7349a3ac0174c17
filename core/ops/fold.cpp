// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/fold.h"

#include "core/ops/infer_types.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>

namespace bpu::ops {
namespace {

/// True when every given input is a constant, or the operator needs types only.
bool mayEvaluate(const ir::Graph& graph, const ir::Node& node, const OpSpec& spec)
{
    if (!spec.evaluate)
        return false;
    if (node.op == "shape" || node.op == "size")
        return true;
    return std::ranges::all_of(node.inputs, [&graph](ValueId input) {
        const ir::Value* value = graph.find(input);
        return !value || value->isConstant();
    });
}

/// What evaluating the node would take at most. Of an unknown size are the results of nonzero: an index for each axis.
int64_t workOf(const ir::Graph& graph, const ir::Node& node)
{
    int64_t work = 0;
    for (const ValueId output : node.outputs) {
        const ir::TensorType& type = graph.value(output).type;
        const ir::TensorType& input = inputType(graph, node, 0);
        const ir::Dim indices = mulDims(input.elementCount(), 8 * std::max(input.rank(), 1));
        work = saturatingSum(work, type.elementCount() != ir::kUnknownDim ? byteCount(type) : std::max<int64_t>(indices, 0));
    }
    return saturatingSum(work, cost(graph, node).value_or(Cost{}).ops);
}

} // namespace

FoldBudget::FoldBudget(int64_t sourceBytes) : m_left(2 * kFoldLimitBytes)
{
    admit(sourceBytes);
}

FoldBudget FoldBudget::of(const ir::Graph& graph)
{
    FoldBudget budget;
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i)
        if (const ir::Value* value = graph.find(ValueId{i}); value && value->constant)
            budget.admit(static_cast<int64_t>(value->constant->storage().size()));
    return budget;
}

void FoldBudget::admit(int64_t sourceBytes)
{
    m_left = saturatingSum(m_left, saturatingSum(sourceBytes, sourceBytes));
}

std::optional<Tensors> FoldBudget::evaluate(const ir::Graph& graph, const ir::Node& node)
{
    const OpSpec* spec = find(node.op);
    if (!spec || !spec->evaluate)
        return std::nullopt;
    const int64_t work = spec->isView ? 0 : workOf(graph, node);
    if (work > m_left)
        return std::nullopt;
    m_left -= work;
    return spec->evaluate(graph, node);
}

Result<ir::Graph> foldConstants(ir::Graph graph)
{
    const std::vector<NodeId> order = graph.order();
    FoldBudget budget = FoldBudget::of(graph);
    ir::GraphEditor editor(std::move(graph));
    bool folded = false;
    for (const NodeId id : order) {
        BPU_CHECK(inferNode(editor, id));
        const ir::Node& node = editor.graph().node(id);
        const OpSpec* spec = find(node.op);
        if (!spec || !mayEvaluate(editor.graph(), node, *spec))
            continue;
        auto results = budget.evaluate(editor.graph(), node);
        if (!results)
            continue;
        const std::vector<ValueId> outputs = node.outputs;
        for (size_t i = 0; i < outputs.size() && i < results->size(); ++i)
            editor.makeConstant(outputs[i], std::move((*results)[i]));
        folded = true;
    }
    if (folded)
        editor.removeDead();
    return editor.finish();
}

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/fold.h"

#include "core/ops/infer_types.h"

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

} // namespace

Result<ir::Graph> foldConstants(ir::Graph graph)
{
    const std::vector<NodeId> order = graph.order();
    ir::GraphEditor editor(std::move(graph));
    bool folded = false;
    for (const NodeId id : order) {
        BPU_CHECK(inferNode(editor, id));
        const ir::Node& node = editor.graph().node(id);
        const OpSpec* spec = find(node.op);
        if (!spec || !mayEvaluate(editor.graph(), node, *spec))
            continue;
        auto results = spec->evaluate(editor.graph(), node);
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

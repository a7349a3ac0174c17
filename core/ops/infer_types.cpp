// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/rewriter.h"
#include "core/ops/infer.h"

namespace bpu::ops {

Result<void> inferNode(ir::GraphEditor& editor, NodeId id)
{
    const ir::Node& node = editor.graph().node(id);
    const OpSpec* spec = find(node.op);
    if (!spec || !spec->inferTypes || node.inputs.size() < spec->minInputs)
        return {};
    BPU_TRY(types, spec->inferTypes(editor.graph(), node));
    for (size_t i = 0; i < node.outputs.size() && i < types.size(); ++i) {
        const ir::Value& result = editor.graph().value(node.outputs[i]);
        const ir::TensorType& declared = result.type;
        ir::TensorType type = merged(types[i], declared);
        if (result.quant && editor.graph().stage() == ir::Stage::Quantized)
            type = type.withDType(declared.dtype()); // the grid's, which is not the input's
        if (type != declared)
            editor.setType(node.outputs[i], std::move(type));
    }
    return {};
}

Result<ir::Graph> inferTypes(ir::Graph graph)
{
    const std::vector<NodeId> order = graph.order();
    ir::GraphEditor editor(std::move(graph));
    for (const NodeId id : order)
        BPU_CHECK(inferNode(editor, id));
    return editor.finish();
}

} // namespace bpu::ops

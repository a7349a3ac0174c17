// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Removes operators that do nothing at inference: Identity, and Dropout in its eval form.
#include "core/ir/rewriter.h"
#include "core/ops/op_spec.h"
#include "passes/pass_manager.h"

namespace bpu::passes {
namespace {

/// Between a graph input, a constant or another output and an output it stays: both keep their names.
bool isRemovable(const ir::Graph& graph, const ir::Node& node)
{
    const ops::OpSpec* spec = ops::find(node.op);
    const ir::Value* input = graph.inputOf(node, 0);
    if (!spec || !spec->transparent || !input || node.outputs.size() != 1)
        return false;
    return !graph.outputOf(node)->isGraphOutput() || (input->producer.isValid() && !input->isGraphOutput());
}

/// An output of the graph keeps its name: the value in front takes it over.
void remove(ir::Rewriter& rewriter, NodeId id)
{
    const ir::Node& node = rewriter.graph().node(id);
    const ir::Value result = *rewriter.graph().outputOf(node);
    const ValueId input = node.input(0);
    rewriter.bypass(id);
    if (result.isGraphOutput())
        rewriter.renameValue(input, result.name);
}

Result<ir::Graph> run(const ir::Graph& graph)
{
    ir::Rewriter rewriter(graph);
    for (const NodeId id : graph.order())
        if (isRemovable(rewriter.graph(), rewriter.graph().node(id)))
            remove(rewriter, id);
    return rewriter.finish();
}

} // namespace

const Pass& removeTransparentPass()
{
    static const Pass pass{.name = "remove_transparent", .purpose = "remove identities and dropouts", .takes = {ir::Stage::Float, ir::Stage::Fused, ir::Stage::Qat, ir::Stage::Quantized}, .run = run};
    return pass;
}

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/layout_job.h"

namespace bpu::gui {

Result<LaidOut> layOut(const ir::Graph& graph, const Scopes& collapsed, const layout::TextMeasure& measure, const JobControl& control)
{
    layout::DiagramOptions options;
    options.collapsed = collapsed;
    LaidOut laid;
    if (graph.stage() == ir::Stage::Float)
        for (passes::FusedGroup& group : passes::planFusion(graph)) {
            laid.merges += group.nodes.size() - 1;
            options.groups.push_back(std::move(group.nodes));
        }
    BPU_TRY(diagram, layout::layoutGraph(graph, options, measure, control));
    laid.diagram = std::make_shared<const layout::Diagram>(std::move(diagram));
    return laid;
}

} // namespace bpu::gui

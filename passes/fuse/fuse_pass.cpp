// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/fuse/fuse.h"
#include "passes/pass_manager.h"

namespace bpu::passes {

static Result<ir::Graph> run(const ir::Graph& graph)
{
    BPU_TRY(report, fuse(graph));
    return std::move(report.graph);
}

const Pass& fusePass()
{
    static const Pass pass{.name = "fuse", .purpose = "absorb batch norm, fuse add and ReLU", .takes = {ir::Stage::Float, ir::Stage::Fused}, .run = run};
    return pass;
}

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Computes what depends on constants only: the Shape/Gather/Concat scaffolding that exporters leave.
#include "core/ops/fold.h"
#include "passes/pass_manager.h"

namespace bpu::passes {

static Result<ir::Graph> run(const ir::Graph& graph)
{
    return ops::foldConstants(graph);
}

const Pass& foldConstantsPass()
{
    static const Pass pass{.name = "fold_constants", .purpose = "compute what depends on constants only", .takes = {ir::Stage::Float, ir::Stage::Fused, ir::Stage::Qat}, .run = run};
    return pass;
}

} // namespace bpu::passes

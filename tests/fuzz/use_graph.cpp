// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/use_graph.h"

#include "core/ir/text.h"
#include "core/ir/verifier.h"
#include "core/layout/diagram.h"
#include "core/march/march.h"
#include "core/ops/totals.h"
#include "passes/check_march/check_march.h"
#include "passes/fuse/fuse.h"

#include <cstdio>
#include <cstdlib>

namespace bpu::test {

void useGraph(const ir::Graph& graph)
{
    if (const auto valid = ir::verify(graph); !valid) {
        std::fprintf(stderr, "not valid: %s\n", valid.error().text().c_str());
        std::abort();
    }
    (void)ir::print(graph);
    (void)ops::totals(graph);
    for (const march::MarchPtr& march : march::all())
        (void)passes::checkMarch(graph, *march);
    if (const auto fused = passes::fuse(graph); fused && !ir::verify(fused->graph))
        std::abort();
}

} // namespace bpu::test

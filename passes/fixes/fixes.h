// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Fixes: rewrites that remove the reason of a finding without changing what the model computes.
#pragma once

#include "core/base/finding.h"
#include "core/ir/graph.h"
#include "core/march/march.h"

#include <string>
#include <vector>

namespace bpu::passes {

/// What a fix would do, for its preview and its button.
struct FixPlan {
    std::string id;      ///< "split-avg-pool"
    std::string button;  ///< one verb: "Split"
    std::string text;    ///< "Split it into AvgPool2d(4) and AvgPool2d(2): the mean stays the same"
};

/// Fixes that apply to this finding on this march, best first; empty when there is none.
std::vector<FixPlan> fixesFor(const ir::Graph& graph, const Finding& finding, const march::March& march);

struct FixResult {
    ir::Graph graph;
    std::vector<NodeId> added; ///< the new nodes, for the preview
};

/// Error "fix.stale" when the graph has changed so that it no longer applies.
Result<FixResult> applyFix(const ir::Graph& graph, const Finding& finding, std::string_view fixId, const march::March& march);

} // namespace bpu::passes

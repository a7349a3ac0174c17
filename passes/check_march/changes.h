// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What an edit may have changed of the verdicts on nodes: the nodes that are other objects now, and those whose rules
// can see one of these. A rule sees its node's operands and results, the layer that it will be fused into, and through
// operators that disappear (at most eight) the way to the outputs; a fix sees two operators in front of its node.
#pragma once

#include "passes/check_march/site.h"

#include <vector>

namespace bpu::passes {

/// By node of `now`. The fusions are those of the two graphs. Linear, with a small factor.
std::vector<bool> mayHaveChanged(const ir::Graph& before, const Fusion& fusionBefore, const ir::Graph& now, const Fusion& fusionNow);

/// Whether nothing that is no node, and that rules see, differs: the stage, the kind of file, the modules' types.
bool haveSameFrame(const ir::Graph& before, const ir::Graph& now);

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The check: every node against the operator tables of a march. It reports all it finds; a rule that
// needs an unknown dimension is "undecided", never kept.
#pragma once

#include "core/base/finding.h"
#include "core/ir/graph.h"
#include "core/march/march.h"

#include <string>
#include <string_view>
#include <vector>

namespace bpu::passes {

enum class InputSource : uint8_t { Ddr, Pyramid, Resizer };

struct CheckOptions {
    InputSource inputSource = InputSource::Ddr;
    /// Marches whose verdict on the same rule fills Finding::otherMarch.
    std::vector<march::MarchPtr> others = {};
};

/// One evaluated rule of one node, kept rules too: what the inspector's "Rules on Bayes" lists.
struct RuleResult {
    enum class State : uint8_t { Kept, Broken, Risk, Undecided, Info };
    State state = State::Kept;
    std::string label;   ///< "Kernel", "Input rank"
    std::string found;   ///< "8 x 8"
    std::string allowed; ///< "1 to 7"
    std::string text;    ///< the rule's sentence
};

/// Findings in execution order of their nodes, model-wide ones first; ignored ones are among them. Linear in the graph. Thread safe.
Findings checkMarch(const ir::Graph& graph, const march::March& march, const CheckOptions& options = {});

/// Every rule of the row that applies to one node.
std::vector<RuleResult> explainRules(const ir::Graph& graph, NodeId node, const march::March& march, const CheckOptions& options = {});

/// Re-checks after an edit: findings of nodes that are the same objects in both graphs, and whose rules see nothing that
/// has changed, are taken over from `previous`, which is a check of `before` for the same march with the same options.
/// Equals checkMarch(now, ...) exactly.
Findings recheckMarch(const ir::Graph& before, const Findings& previous, const ir::Graph& now, const march::March& march,
                      const CheckOptions& options = {});

} // namespace bpu::passes

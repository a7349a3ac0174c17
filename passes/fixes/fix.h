// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One kind of fix: how it recognizes a node it can rewrite, and the rewrite. A line in registry.def lists it.
#pragma once

#include "core/ir/rewriter.h"
#include "core/march/march.h"
#include "passes/fixes/fixes.h"

#include <optional>

namespace bpu::passes {

struct FixKind {
    std::string_view id;     ///< "split-avg-pool"
    std::string_view button; ///< "Split"
    /// What it would do in one sentence; nothing when it does not apply to this node.
    std::optional<std::string> (*plan)(const ir::Graph&, const ir::Node&, const march::March&);
    /// Does it; the node is one that `plan` accepted. Returns the new nodes.
    std::vector<NodeId> (*apply)(ir::Rewriter&, NodeId, const march::March&);
};

/// The largest value a range constraint of the row allows for `subject`; nothing when there is no such limit.
std::optional<int64_t> largestAllowed(const march::March& march, std::string_view row, std::string_view subject);
/// The node is another torch operator now than the author wrote; the check has to judge it as that one. The place
/// in the source stays. Origins of other frameworks are left alone: there the operator itself is looked up.
void becomes(ir::Rewriter& rewriter, NodeId node, std::string_view torchName);
/// The march lists the operator and does not refuse it.
bool isSupported(const march::March& march, std::string_view row);

} // namespace bpu::passes

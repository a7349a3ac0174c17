// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// An `if` whose condition is known is no choice: the branch it takes stands in its place.
#pragma once

#include "core/ir/rewriter.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bpu::importer {

/// What a constant condition says; nothing for one that the network computes.
std::optional<bool> decision(const ir::Value* condition);

/// Where the nodes of a branch go.
struct BranchPlace {
    std::vector<ValueId> captured;    ///< the values around that the branch's inputs stand for
    std::vector<std::string> outputs; ///< names for the branch's results
    std::string scope;                ///< of nodes that have none
    /// Adds a node and returns its results, which get these names (made unique).
    std::function<std::vector<ValueId>(ir::NodeSpec spec, const ir::Node& original, const std::vector<std::string>& names)> addNode;
    /// The value around that holds this constant, a new one where there is none.
    std::function<ValueId(const ir::Value& constant)> addConstant;
};

/// Copies the nodes of `branch` in execution order. Returns the branch's results; nothing, and nothing done, when
/// captured values are missing.
std::optional<std::vector<ValueId>> inlineBranch(const ir::Graph& branch, const BranchPlace& place);

/// Whether both are the same bytes, not only equal ones.
bool sharesBytes(const ir::Value& a, const ir::Value& b);

/// Replaces an `if` with a constant condition; the nodes that came instead, in execution order.
std::optional<std::vector<NodeId>> replaceDecidedIf(ir::GraphEditor& editor, NodeId node);

} // namespace bpu::importer

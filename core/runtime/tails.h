// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which operators a convolution or matrix product computes along with itself.
#pragma once

#include "core/runtime/kernel.h"

#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace bpu::runtime {

struct Tails {
    std::unordered_map<NodeId, Tail> of;            ///< by the convolution
    std::unordered_map<NodeId, NodeId> headAt;      ///< last node of a tail -> the convolution: where it is computed
    std::unordered_set<NodeId> inner;               ///< nodes that are not computed at their own place
};

/// Never across a value that `mustExist`.
Tails findTails(const ir::Graph& graph, const std::function<bool(ValueId)>& mustExist);

} // namespace bpu::runtime

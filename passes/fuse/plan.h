// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which nodes fuse, and why others do not. Reads only; fuse.cpp carries it out.
#pragma once

#include "core/ir/graph.h"
#include "passes/fuse/fuse.h"

#include <vector>

namespace bpu::passes {

/// One run: a convolution or linear layer and what it takes in. Ids that are invalid are not part of it.
struct FusionChain {
    NodeId base;
    NodeId batchNorm;
    NodeId add;
    NodeId activation;
    ValueId addend; ///< the other operand of `add`

    /// In execution order.
    std::vector<NodeId> nodes() const;
    bool fuses() const { return batchNorm.isValid() || add.isValid() || activation.isValid(); }
};

struct FusionPlan {
    std::vector<FusionChain> chains; ///< in execution order of their base; only those that fuse
    std::vector<MissedFusion> missed; ///< in execution order of their node
};

FusionPlan planChains(const ir::Graph& graph);

bool isFusionBase(const ir::Node& node);
bool isConvTranspose(const ir::Node& node);

} // namespace bpu::passes

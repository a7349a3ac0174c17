// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Fusion: convolution or linear with batch norm, add, ReLU and ReLU6 become one node.
#pragma once

#include "core/ir/graph.h"

#include <string>
#include <vector>

namespace bpu::passes {

/// A run of nodes that fuses (or has been fused), in execution order.
struct FusedGroup {
    std::vector<NodeId> nodes; ///< ids in the graph before
    NodeId result;             ///< id in the graph after; invalid in a plan
    std::string text;          ///< "conv1 + bn1 + relu -> Conv2d + ReLU"
};

/// Something that a fusion pattern names but that does not fuse, and why.
struct MissedFusion {
    NodeId node;
    std::string reason; ///< "the conv2d result has 2 users", "batch norm comes before the convolution", ...
};

struct FuseReport {
    ir::Graph graph;    ///< stage "fused"
    std::vector<FusedGroup> fused;
    std::vector<MissedFusion> missed;
};

/// What fuse would merge, without doing it: the drawing shows these runs as one card.
std::vector<FusedGroup> planFusion(const ir::Graph& graph);

/// Takes stage float (or fused, which changes nothing). Errors: "fuse.stage". Double precision throughout.
Result<FuseReport> fuse(const ir::Graph& graph);

} // namespace bpu::passes

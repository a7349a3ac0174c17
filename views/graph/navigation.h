// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Walks over the drawing and the graph: neighbours for the arrow keys, paths for Shift+click.
#pragma once

#include "core/layout/diagram.h"
#include "views/graph/graph_scene.h"

namespace bpu::views {

enum class Direction : uint8_t { Input, Output, Left, Right };

/// The item an arrow key goes to from `item`, or -1: the producer or user that is nearest in x, or the
/// item beside it that overlaps in y.
int neighbour(const GraphScene& scene, int item, Direction direction);

/// Nodes on any path from one to the other, in whichever direction there is one; empty when there is none. Linear.
std::vector<NodeId> nodesBetween(const ir::Graph& graph, NodeId a, NodeId b);

} // namespace bpu::views

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which operators move or choose numbers and compute none: on the BPU they take the integers as they are.
// Where quantization goes in and where it becomes fixed point both ask here.
#pragma once

#include "core/ir/graph.h"

#include <optional>

namespace bpu::ops {

/// Every number of the result is one of input 0, or a constant that fits its grid (padding, the 0 of relu): the result is
/// on the grid of input 0. Of several results those with numbers are (max and topk also give indices).
/// A relu counts that stands on its own: one that a convolution takes in is an attribute of it.
bool keepsGrid(const ir::Node& node);

/// For a node that keeps the grid: the axis of its first result along which `axis` of input 0 runs, with all its indices
/// in their order, so that numbers with a scale per index of it keep their scales. Nothing where the axis is torn apart,
/// cut, joined with another or permuted, or sizes are unknown.
std::optional<int> axisBehind(const ir::Graph& graph, const ir::Node& node, int axis);

} // namespace bpu::ops

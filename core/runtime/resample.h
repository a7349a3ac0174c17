// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Where the elements of a resized dimension come from.
#pragma once

#include "core/ir/graph.h"

#include <vector>

namespace bpu::runtime {

/// One dimension of an interpolate node: for each element of the result the place in the source, before borders are
/// repeated. `axis` counts spatial dimensions from 0.
std::vector<double> resizedPlaces(const ir::Node& node, size_t axis, int64_t in, int64_t out);

} // namespace bpu::runtime

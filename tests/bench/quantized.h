// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A fixed-point form of a float model for benchmarks: weights on their own grids, every activation on one of a made-up scale.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

namespace bpu::bench {

/// Fused, quantized with placeholder scales and converted.
Result<ir::Graph> quantizedForm(const ir::Graph& model);

} // namespace bpu::bench

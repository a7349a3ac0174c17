// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Cross-layer equalization: what one layer gives small in one channel and large in another, its successor takes back.
// ReLU commutes with positive factors, so the float network stays the same, and one scale fits all channels better.
// Source: Nagel et al. 2019 (arXiv:1906.04721), section 4.1.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

namespace bpu::passes {

struct Equalized {
    ir::Graph graph;
    size_t pairs = 0; ///< of layers that were equalized
};

/// Takes a prepared graph, before calibration; grids that it had no longer fit. Error "equalize.stage".
Result<Equalized> equalize(const ir::Graph& qat);

} // namespace bpu::passes

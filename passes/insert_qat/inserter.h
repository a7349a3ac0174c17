// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Puts stubs and fake-quantize nodes in, as the placement says.
#pragma once

#include "passes/insert_qat/placement.h"
#include "passes/insert_qat/prepare_graph.h"

namespace bpu::passes {

/// The graph of stage qat. `findings` takes the flags of single grids: fixed scales, 16-bit weights, changes of type.
Result<ir::Graph> insertGrids(const PreparedGraph& prepared, const march::March& march, const Placement& placement, const quant::QConfigs& qconfigs,
                              InputSource inputSource, Findings& findings);

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Fake-quantize in the float executor: what a qat graph computes. Source: docs/arithmetic.md, docs/quantized-graph.md.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

namespace bpu::runtime {

/// The graph with the fake-quantized numbers in the place of constants behind a fake-quantize node, so that a run does not
/// compute them again; ids stay. The same pointer when there are none. Errors of quant::fakeQuantize with the node's name.
Result<ir::GraphPtr> withQuantizedConstants(const ir::GraphPtr& graph);

} // namespace bpu::runtime

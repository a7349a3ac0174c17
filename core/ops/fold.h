// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Constant folding: the Shape, Gather, Concat, Reshape scaffolding that exporters leave becomes constants.
#pragma once

#include "core/ir/graph.h"
#include "core/base/error.h"

namespace bpu::ops {

/// One sweep in execution order: infers types, evaluates nodes whose inputs are constants (shape and size
/// need only a static type), removes what nobody uses any more. A result that becomes constant keeps its
/// name and id. Results above 64 MiB are not folded unless an input is as large. The Error is that of inferTypes.
Result<ir::Graph> foldConstants(ir::Graph graph);

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From graphs and a data set to what compareGraphs takes.
#pragma once

#include "core/data/batches.h"
#include "passes/compare/compare.h"

namespace bpu::passes {

/// The graph with all input shapes known: the first dimension of every batched input (data::isBatched) becomes `batch`, or 1
/// where it is open and `batch` is 0; one that was exported for a single sample is enlarged by setBatch. The same pointer when
/// nothing changes. Errors: those of setBatch, "compare.batch" (the inputs are not batched), "compare.shape" (another dimension is open), those of
/// withInputShapes and of checkMemory.
Result<ir::GraphPtr> withBatch(const ir::GraphPtr& graph, int64_t batch);

/// B with the shapes of A's inputs where its own are open, by position. Errors of withInputShapes.
Result<ir::GraphPtr> withShapesOf(const ir::Graph& a, const ir::GraphPtr& b);

/// Reads as it is asked; `batches` has to outlive it and knows afterwards what could not be read.
BatchSource sourceOf(data::Batches& batches);

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A graph exported for one sample, made ready for several at once.
#pragma once

#include "core/ir/bodies.h"

#include <span>

namespace bpu::passes {

/// The graph with `batch` as the first dimension of every input, which has to be 1 in all of them.
/// The dimension is followed through the network: constant shapes of reshape and expand are rewritten, and what is joined with
/// the samples (a class token, the first state of an LSTM) is repeated. Names, origins and stage stay.
/// Error "batch.fixed" names the node that cannot take several samples, or the input.
Result<ir::Graph> setBatch(const ir::Graph& graph, int64_t batch);

/// Whether the samples of a batch do not influence each other: sample by sample, `one` has to give what `many` gives for
/// `inputs`, up to rounding. Error "batch.mixed".
Result<void> checkBatch(const ir::GraphPtr& one, const ir::GraphPtr& many, std::span<const ir::Tensor> inputs);

} // namespace bpu::passes

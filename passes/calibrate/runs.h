// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Runs of a prepared network that calibration and what refines it compare: with grids and without.
#pragma once

#include "core/base/job_control.h"
#include "core/data/batches.h"
#include "core/ir/graph.h"

#include <memory>
#include <span>
#include <vector>

namespace bpu::passes {

using SharedGraph = std::shared_ptr<const ir::Graph>;

/// What calibration and its refinements are run with.
struct RunSettings {
    int threads = 0; ///< inside one operator; 0: as many as the machine has cores
    JobControl control = {};
};

bool makesGrid(const ir::Node& node);
/// The float network: without stubs and fake-quantize nodes. Values of other nodes keep their ids.
Result<SharedGraph> withoutGrids(const ir::Graph& graph);
/// Only what is needed for `value`, which is the one output. Ids stay.
Result<SharedGraph> upTo(const ir::Graph& graph, ValueId value);
/// What a value is once stubs and fake-quantize nodes are gone.
ValueId sourceOf(const ir::Graph& graph, ValueId value);

/// All outputs of every batch. Errors of the executor; "job.cancelled".
Result<std::vector<std::vector<ir::Tensor>>> outputsOver(const SharedGraph& graph, std::span<const data::Batch> batches, const RunSettings& settings);
/// At most `most` batches (0: all), kept for several runs.
Result<std::vector<data::Batch>> readAll(data::Batches& batches, size_t most);

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The options of every command that runs a model on data.
#pragma once

#include "app/cli/command.h"
#include "core/data/batches.h"

namespace bpu::cli {

/// --data, --preprocess, --labels, --split, --limit, --shuffle, --batch, --threads.
std::vector<Option> dataOptions();

/// The whole number of an option, nothing when it is not given. Error "usage" when it is none or below `least`.
Result<std::optional<uint64_t>> wholeNumber(const Arguments& arguments, std::string_view option, uint64_t least);

/// The graph with the batch of --batch (passes::withBatch).
Result<ir::GraphPtr> withBatch(const ir::Graph& graph, const Arguments& arguments);

/// What --data names, for this graph; what it assumes is told on `streams.err`.
Result<data::DatasetPtr> openData(const Arguments& arguments, const ir::Graph& graph, Streams streams, std::string_view split = "test");
/// --limit and --shuffle.
Result<data::BatchOptions> batchOptions(const Arguments& arguments);

/// For long work: one line every two seconds, so that a run that is faster says nothing.
std::function<void(double, std::string_view)> progressTo(std::ostream& err);

} // namespace bpu::cli

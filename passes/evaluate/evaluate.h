// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A graph over a data set: how often it is right, how fast it is, and what its outputs look like.
#pragma once

#include "core/base/finding.h"
#include "core/base/job_control.h"
#include "core/data/batches.h"
#include "core/ir/bodies.h"
#include "passes/evaluate/accuracy.h"

#include <functional>

namespace bpu::passes {

struct OutputStatistics {
    std::string name;
    ir::TensorType type;
    size_t numbers = 0;   ///< of all samples; those of padding in the last batch are left out
    size_t notFinite = 0; ///< of them, NaN or infinite; the measures below are of the others
    double least = 0;
    double most = 0;
    double mean = 0;
    double deviation = 0; ///< of the population
};

struct Evaluation {
    std::optional<Accuracy> accuracy;  ///< of the first output; nothing without labels, or when it does not score classes
    std::string whyNoAccuracy;         ///< said when there is none
    std::vector<OutputStatistics> outputs;
    size_t samples = 0;
    std::vector<data::Skipped> skipped;
    size_t batch = 1;
    double prepareSeconds = 0;         ///< planning and the first batch, in which memory is taken
    double runSeconds = 0;             ///< in the executor, the first batch left out when there are more
    size_t timedSamples = 0;           ///< computed in runSeconds
    double dataSeconds = 0;            ///< reading and preprocessing
    double samplesPerSecond() const { return runSeconds > 0 ? static_cast<double>(timedSamples) / runSeconds : 0; }
};

struct EvaluateOptions {
    int threads = 0; ///< inside one operator; 0: as many as the machine has cores
    JobControl control = {};
    /// Values that are shown to `observe` during the first batch.
    std::vector<ValueId> observed = {};
    std::function<Result<void>(ValueId, const ir::Tensor&)> observe = {};
};

/// `batches` has to be of the graph's inputs. Errors: those of the executor, of the data and of `observe`, "data.label",
/// "job.cancelled".
Result<Evaluation> evaluate(const ir::GraphPtr& graph, data::Batches& batches, bool hasLabels, const EvaluateOptions& options = {});

/// A warning for each constant of floats that holds NaN or infinity: nothing behind it can be trusted.
Findings notFiniteConstants(const ir::Graph& graph);

} // namespace bpu::passes

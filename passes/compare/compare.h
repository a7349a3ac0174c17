// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Layer-by-layer comparison: both graphs run on the same inputs, and each result that both compute is compared.
// Accumulated: every graph computes from its own results before, so an error shows in all layers after it.
#pragma once

#include "core/base/job_control.h"
#include "core/ir/bodies.h"
#include "passes/compare/match.h"
#include "passes/compare/metrics.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bpu::passes {

/// One batch: tensors in the order of the graphs' inputs, of their types.
using Batch = std::vector<ir::Tensor>;
/// The next batch, or nothing after the last.
using BatchSource = std::function<Result<std::optional<Batch>>()>;

struct CompareOptions {
    /// Results of A that are kept at one time while B runs. A graph whose compared results of one batch are
    /// larger is run several times per batch, some layers at a time; a single larger result is kept all the same.
    size_t keepBytes = size_t{512} << 20;
    /// How many batches the source will give, for the progress; 0: unknown.
    size_t batches = 0;
    int threads = 0; ///< inside one operator; 0: as many as the machine has cores
    JobControl control = {};
};

struct LayerComparison {
    LayerMatch match;
    std::string name;      ///< of the node in A
    std::string nameB;
    std::string title;     ///< operator in the author's words, of B: it says what fused
    ir::TensorType type;   ///< of the result in A
    LayerMetrics metrics;
    std::optional<double> step = {};            ///< of the result's grid in B, else in A: its scale, per channel the largest
    std::optional<double> sameInputSteps = {};  ///< the largest difference in steps when the layer of B is given A's inputs: same_input.h

    /// The accumulated maxError in steps of the result.
    std::optional<double> maxErrorSteps() const { return step ? std::optional(metrics.maxError / *step) : std::nullopt; }
};

struct Comparison {
    std::vector<LayerComparison> layers; ///< in the execution order of A
    std::vector<Unmatched> unmatched;
    size_t batches = 0;
    size_t peakBytes = 0;                ///< the most that was kept of A at one time
    ir::GraphPtr a, b;                   ///< what was compared: an answer for other snapshots is stale
};

/// Memory: the activations of one run of A or B, and what keepBytes says, and 8 KiB per layer; the number of
/// batches does not matter.
/// Integers are compared as the numbers that they stand for.
/// Errors: "compare.inputs" (the graphs take different inputs), "compare.match" (no layer is in both),
/// "compare.data" (the source gave no batch), those of the executor and of the source, "job.cancelled".
Result<Comparison> compareGraphs(ir::GraphPtr a, ir::GraphPtr b, const BatchSource& source, const CompareOptions& options = {});

enum class LayerOrder : uint8_t { Execution, Similarity, MaxError, Sqnr };
/// Layers in that order, the worst first but for Execution; NaN is the worst, ties stay in execution order.
std::vector<size_t> sortedLayers(const Comparison& comparison, LayerOrder order);

/// Layers whose similarity is below the limit or NaN, in execution order.
std::vector<size_t> layersBelow(const Comparison& comparison, double limit);

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What can be won beyond observing: thresholds by the error at the output, biases that take up the mean error of a layer,
// and weights that are not rounded to the nearest step. All take few batches and read them several times.
#pragma once

#include "passes/calibrate/calibrate.h"
#include "passes/calibrate/runs.h"

#include <span>

namespace bpu::passes {

/// Goes through the grids of activations in execution order; each gets the scale, of those that percentile (99.995), mse,
/// kl and min_max choose, with which the outputs are nearest to those of the float network (sum of the L2 norms over batches
/// and outputs) while the grids behind it are not there yet. Weights are as their qconfig says. Greedy: earlier choices
/// are not taken back. `running` is `qat` with the batch size of the batches.
/// Errors: those of Calibration; "job.cancelled".
Result<CalibrateReport> autoCalibrate(const SharedGraph& qat, const SharedGraph& running, std::span<const data::Batch> batches, const RunSettings& settings = {});

/// The calibrated graph with biases that make the mean of every channel of every layer (convolution, linear; before its
/// activation) that of the float network, layer by layer. `running` as above, calibrated.
/// Source: Nagel et al. 2019 (arXiv:1906.04721), section 4.2, with data.
struct BiasCorrection {
    ir::Graph graph;
    size_t layers = 0;
};
Result<BiasCorrection> correctBiases(const ir::Graph& qat, const SharedGraph& running, std::span<const data::Batch> batches, const RunSettings& settings = {});

struct RoundingOptions {
    int steps = 400;
    double rate = 0.02;        ///< of Adam
    double warmUp = 0.2;       ///< share of the steps without pressure to round
    double weight = 0.01;      ///< of that pressure
    double firstPower = 20;    ///< of |2h - 1|, falling to lastPower
    double lastPower = 2;
    int patches = 1024;        ///< places of a layer's input that are learned from
    uint64_t seed = 0;
};

/// AdaRound: per layer of a calibrated graph, up or down for every weight so that the result is nearest to that of the float
/// network, given what the quantized layers before it deliver. A channel for which that is no better than rounding to
/// the nearest stays as it is. Source: Nagel et al. 2020 (arXiv:2004.10568), equations 21 to 24.
struct Rounding {
    ir::Graph graph;
    size_t layers = 0;
    size_t changed = 0; ///< weights that are not rounded to the nearest
};
Result<Rounding> roundWeights(const ir::Graph& qat, const SharedGraph& running, std::span<const data::Batch> batches, const RoundingOptions& options = {}, const RunSettings& settings = {});

} // namespace bpu::passes

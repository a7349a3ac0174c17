// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Calibration: the network runs in float over data, observers look at what goes into every grid, and choose how wide its
// steps are. Weights are observed once, from their constants.
#pragma once

#include "core/base/finding.h"
#include "core/base/job_control.h"
#include "core/data/batches.h"
#include "core/quant/qconfig.h"

#include <functional>
#include <memory>

namespace bpu::passes {

struct CalibrateOptions {
    /// In place of what the nodes say, for activations; fixed scales stay fixed.
    std::string observer = {};
    std::optional<double> averaging = {}; ///< 0 to 1
    int threads = 0;                      ///< inside one operator; 0: as many as the machine has cores
};

/// One grid and what was chosen for it.
struct CalibratedGrid {
    std::string node;
    std::string observer;
    ir::QuantParams params;
    bool isWeight = false;
    bool isFixed = false;
};

struct CalibrateReport {
    ir::Graph graph;                   ///< with grids, in the state validation
    std::vector<CalibratedGrid> grids; ///< in execution order
    Findings findings;                 ///< code "calibrate....": grids without data, of zeros only
    size_t samples = 0;
    double runSeconds = 0;             ///< in the executor, observing included
    double observeSeconds = 0;         ///< of them, in observers
};

/// A calibration in progress. It keeps what it has seen: after an error or a cancel it can go on with further batches, and
/// `finish` may be asked more than once. Thread: one at a time.
class Calibration {
public:
    /// `qat` is the graph that gets its grids, `running` the one that runs: the same, or with another batch size (its
    /// nodes have the same names). Errors: "calibrate.stage", "calibrate.weight" (NaN or infinity in a constant, with its
    /// name), those of the observers with the node, those of the executor.
    static Result<Calibration> make(ir::GraphPtr qat, ir::GraphPtr running, const CalibrateOptions& options = {});
    Calibration(Calibration&&) noexcept;
    Calibration& operator=(Calibration&&) noexcept;
    ~Calibration();

    /// Errors: "calibrate.not-finite" names the layer and the sample; those of the executor; "job.cancelled".
    Result<void> observe(const data::Batch& batch, const JobControl& control = {});
    /// All that `batches` still has, at most `most` of them (0: no limit).
    Result<void> observe(data::Batches& batches, size_t most = 0, const JobControl& control = {});

    size_t samples() const;
    /// Error "calibrate.no-data" when nothing was observed.
    Result<CalibrateReport> finish() const;

private:
    struct State;
    explicit Calibration(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// The scales of a constant: every observer works channel by channel. Error "calibrate.weight" without the name.
Result<ir::QuantParams> observeConstant(const ir::Tensor& numbers, const quant::FakeQuantConfig& config);

} // namespace bpu::passes

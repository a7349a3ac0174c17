// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Runs a graph: in float32, the reference for calibration and comparison, and in integers where its stage is quantized
// (docs/runtime.md). Weights are laid out for the kernels once.
#pragma once

#include "core/base/job_control.h"
#include "core/ir/bodies.h"
#include "core/runtime/isa.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace bpu::runtime {

struct PlanOptions {
    /// Values that a run will show to its observer. Operators are not merged across them.
    std::vector<ValueId> observed = {};
    /// They are shown as they lie in memory, without padding but maybe in another order than row-major, which saves the
    /// change of order; the first dimension stays the outermost.
    bool observedInAnyOrder = false;
    /// Every value of the graph is observed.
    bool observeAll = false;
    /// Inside one operator; 0: as many as the machine has cores, or as the executor inside of which this one is made.
    int threads = 0;
    /// Of the integer kernels; none: what BPU_ISA says, else the processor's best. The results are the same.
    std::optional<Isa> isa = {};
    /// A quantized product whose sum leaves the 32 bits of its accumulator is an error of the run. Slow: plain kernels sum in
    /// 64 bits. Also BPU_CHECK_ACCUMULATORS=1.
    bool checkAccumulators = false;
};

/// `numbers` are valid during the call only, unless they are copied.
using Observer = std::function<void(ValueId value, const ir::Tensor& numbers)>;

/// One executed step.
struct StepTime {
    /// What it computed, in order: a convolution and what is merged with it. For a change of order between two
    /// memory layouts, which is nobody's work, the node that wants it.
    std::span<const NodeId> nodes;
    bool isReorder = false;
    double us = 0;
};

struct RunOptions {
    JobControl control = {};
    Observer observe = {};
    /// Called after each step on the thread that runs. Views of a value (reshape) take no step.
    std::function<void(const StepTime& step)> timed = {};
};

/// A graph made ready to run. Where sizes depend on numbers, and behind branches and loops, the rest is made ready when
/// the sizes are known, and kept for runs with the same ones. Results do not depend on the number of threads beyond the
/// rounding of sums, and are the same in every run. Half precision is computed in float32 and rounded where a value is stored.
/// Thread: any; several may run one executor at the same time, each in memory of its own. Where sizes depend on numbers
/// they wait for each other.
class FloatExecutor {
public:
    /// Errors: "runtime.shape" when an input has no shape yet (importer::withInputShapes gives one),
    /// "runtime.operator" names a node that cannot be computed, "runtime.memory".
    static Result<FloatExecutor> make(ir::GraphPtr graph, const PlanOptions& options = {});
    FloatExecutor(FloatExecutor&&) noexcept;
    FloatExecutor& operator=(FloatExecutor&&) noexcept;
    ~FloatExecutor();

    /// In the order of graph.inputs(), of their types; results in the order of graph.outputs().
    /// Errors: "runtime.input" (count, dtype or shape), "runtime.memory", "job.cancelled" between two nodes.
    Result<std::vector<ir::Tensor>> run(std::span<const ir::Tensor> inputs, const RunOptions& options = {}) const;

    /// What the graph remembers from run to run (its `state` nodes) is as before the first run again. Runs of such a graph
    /// wait for each other.
    void forget();

    /// The most bytes that the results of one run held at one time in the runs so far; weights are not counted.
    size_t peakBytes() const;

private:
    struct State;
    explicit FloatExecutor(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From a calibrated qat graph to the fixed-point network: weights and biases become integers, every value on the BPU gets
// the dtype of its grid, functions become tables, and where two grids meet a requantize node stands between them.
// The form of both graphs is in docs/quantized-graph.md, what is computed in docs/arithmetic.md.
#pragma once

#include "core/base/finding.h"
#include "core/base/job_control.h"
#include "core/ir/graph.h"

#include <string>
#include <vector>

namespace bpu::passes {

struct ConvertReport {
    ir::Graph graph;                  ///< stage "quantized"
    std::vector<std::string> notes;   ///< "requantize before cat1: 0.0213 to 0.0305 per step", "table of exp1 is off by up to 1.4 steps"
    size_t rescales = 0;              ///< requantize nodes that were inserted
    size_t tables = 0;
};

/// Everything that stands in the way of conversion, one finding of level error per node: codes "convert.uncalibrated" (a value
/// without a grid), "convert.operator" (no integer form), "convert.type" (an operand or result type the integer form does
/// not have), "convert.overflow" (an accumulator that could leave int32), "convert.weight" (weights that are no constant
/// on a grid), "convert.scale" (factors out of range).
Findings checkConvert(const ir::Graph& qat);

/// Takes stage qat. Errors: "convert.stage"; the first finding of checkConvert with the count of the others; "job.cancelled".
Result<ConvertReport> convert(const ir::Graph& qat, const JobControl& control = {});

} // namespace bpu::passes

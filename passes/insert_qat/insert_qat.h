// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Where the grids of a network are: stubs at its ends and fake-quantize nodes behind what computes (docs/quantized-graph.md,
// "Stage qat").
#pragma once

#include "core/base/finding.h"
#include "core/march/march.h"
#include "core/quant/qconfig.h"
#include "passes/check_march/check_march.h"

namespace bpu::passes {

struct InsertQatOptions {
    quant::QConfigSet qconfigs = {};
    /// Operators that the march cannot run, and those whose qconfig is null, stay in float on the CPU. Without it they are an error.
    bool hybrid = false;
    /// Pyramid and resizer deliver -128 to 127: inputs of rank 4 then have the fixed scale 1/128.
    InputSource inputSource = InputSource::Ddr;
};

/// Nodes that run on one device without the other in between; results cross over between segments only.
struct Segment {
    bool isOnBpu = true;
    std::vector<NodeId> nodes; ///< in execution order
};

struct InsertQatReport {
    ir::Graph graph;   ///< stage qat, fake_quant_state calibration
    /// What deserves a look, in execution order: code "qat...."; the flags of the vendor's qconfig check are among them.
    Findings findings;
    std::vector<Segment> segments;
};

/// `fused` is of stage fused. Errors: "qat.stage"; "qat.unsupported" names all operators that the march cannot run (without
/// hybrid); "qat.dtype" all that do not take the type that the qconfig gives them; "qat.no-grid" a result that the qconfig
/// leaves in 32 bits though an operator of the BPU reads it; "qat.type" a value of another float type than float32.
Result<InsertQatReport> insertQat(const ir::Graph& fused, const march::March& march, const InsertQatOptions& options = {});

/// The segments of a qat graph, by the attribute `device` of its nodes.
std::vector<Segment> segmentsOf(const ir::Graph& graph);

} // namespace bpu::passes

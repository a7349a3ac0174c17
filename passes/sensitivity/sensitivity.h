// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which layers cost accuracy: each layer of a calibrated qat graph is quantized alone, all others stay float, and the model's
// outputs are compared with those of the float network. And what a wider grid would win: everything is quantized, one
// layer's result on qint16.
#pragma once

#include "passes/compare/compare.h"

#include <optional>
#include <string>
#include <vector>

namespace bpu::passes {

struct SensitivityOptions {
    int threads = 0; ///< inside one operator; 0: as many as the machine has cores
    JobControl control = {};
};

struct LayerSensitivity {
    NodeId node;         ///< in the qat graph
    std::string name;
    std::string title;   ///< the operator in the author's words
    ir::QType type = ir::QType::QInt8; ///< of its result
    double cosine = 0;   ///< of the outputs, with this layer alone quantized
    double sqnrDb = 0;
};

struct Sensitivity {
    std::vector<LayerSensitivity> layers; ///< the most harmful first: lowest SQNR; ties in execution order
    double cosineOfAll = 0;               ///< with every layer quantized
    double sqnrOfAllDb = 0;
    size_t batches = 0;
};

/// A layer is a node with fake-quantize nodes on its results or constants; an input's stub is a layer too.
/// Runs the graph once per layer and batch, and plans it once per layer. Errors: "sensitivity.stage" (a graph that is not qat),
/// "sensitivity.uncalibrated", "sensitivity.data" (no batch), those of the executor, "job.cancelled".
Result<Sensitivity> rankSensitivity(const ir::Graph& qat, const std::vector<Batch>& batches, const SensitivityOptions& options = {});

/// The graph with the results of these layers on qint16, at the same largest number.
ir::Graph withQInt16(const ir::Graph& qat, const std::vector<NodeId>& layers);

struct WiderGrid {
    NodeId node;
    std::string name;
    double sqnrDb = 0; ///< of the outputs with everything quantized and this layer's result on qint16
};

/// What qint16 would win at each of `candidates` (nodes of the qat graph), the best first. Errors as for rankSensitivity, and
/// "sensitivity.march": the march that the graph was prepared for has no qint16 activations.
Result<std::vector<WiderGrid>> tryQInt16(const ir::Graph& qat, const std::vector<NodeId>& candidates, const std::vector<Batch>& batches,
                                         const SensitivityOptions& options = {});

} // namespace bpu::passes

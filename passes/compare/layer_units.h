// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a result is known by when its counterpart is looked for; match.cpp looks.
#pragma once

#include "core/ir/graph.h"

#include <string>
#include <utility>
#include <vector>

namespace bpu::passes {

struct LayerUnit {
    NodeId node;
    ValueId value;               ///< that the node computes: its name is the layer's
    ValueId shown = {};          ///< that is compared: the same, in a qat graph the one behind its fake-quantize
    std::string op = {};         ///< of a fused run: its first operator
    std::string origin = {};     ///< key of the last origin; empty when it has no name
    std::string place = {};      ///< module path and operator; empty at the top without one
    std::string loosePlace = {}; ///< the same without a number at the end of the path
    bool isInner = false;   ///< within a run that the other graph has fused
    bool isFolded = false;
    std::pair<size_t, size_t> rivals{0, 0}; ///< how many alike in A and B when that kept it alone
};

/// "onnx.Conv\n/conv1/Conv\n0"; empty for an origin without a name.
std::string originKey(const ir::Origin& origin, uint32_t output);

/// The results that are numbers, float or on a grid, in execution order; stubs and fake-quantize are none. When the graph is float and `other` is a later stage, the
/// last node of a run that fuses has the place of the run's first.
std::vector<LayerUnit> layerUnits(const ir::Graph& graph, ir::Stage other);

} // namespace bpu::passes

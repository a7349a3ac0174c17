// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a whole model amounts to: operators counted, parameters, multiply-accumulates.
#pragma once

#include "core/ir/graph.h"

#include <cstdint>
#include <map>
#include <string>

namespace bpu::ops {

struct Totals {
    std::map<std::string, size_t> operators;       ///< title -> how many, of the graph itself
    size_t bodyNodes = 0;                          ///< nodes in branches of If, bodies of Loop and Scan, functions
    std::map<std::string, size_t> bodyOperators;   ///< title -> how many of them
    int64_t parameters = 0;                        ///< elements of float constants as PyTorch counts them: no batch norm statistics, no scalars; bodies included
    int64_t macs = 0;                              ///< of the graph itself: how often a body runs is decided by data
    size_t unknownCosts = 0;                       ///< nodes whose cost needs a size that is not known
};

/// Linear. A body that several nodes share counts once.
Totals totals(const ir::Graph& graph);

} // namespace bpu::ops

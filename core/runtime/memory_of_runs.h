// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A graph that remembers as one that does not: its states are inputs behind its own, what they become are results.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <vector>

namespace bpu::runtime {

struct Unrolled {
    ir::GraphPtr graph;
    std::vector<ir::Tensor> initial; ///< of the states, which are the last inputs and the last outputs
};

/// The graph itself when it has no `set_state`. Ids stay. Error "runtime.operator" when a state changes its type.
Result<Unrolled> unrolled(const ir::GraphPtr& graph);

} // namespace bpu::runtime

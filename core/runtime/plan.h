// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A graph as a list of steps over slots of memory.
#pragma once

#include "core/ir/bodies.h"
#include "core/runtime/arena.h"
#include "core/runtime/float_executor.h"
#include "core/runtime/kernel.h"

#include <vector>

namespace bpu::runtime {

/// One value in one order of its elements. A view shares the memory of another slot, its root.
struct Slot {
    ir::TensorType type;
    LayoutPtr layout;                         ///< null: row-major
    size_t bytes = 0;
    int sharedWith = -1;                      ///< a slot whose memory this one is
    size_t offset = 0;                        ///< where in it this one starts, in bytes
    ir::Tensor constant = {};                 ///< of a constant in row-major order
    std::byte* packed = nullptr;              ///< of a constant in another, in the plan's memory
    int graphInput = -1;

    bool isGiven() const { return graphInput >= 0 || packed || constant.storage().size() > 0 || bytes == 0; }
};

struct Step {
    const ir::Node* node = nullptr; ///< null: a change of order
    Run run;
    std::vector<int> inputs;  ///< slots, -1 for an absent one
    std::vector<int> outputs;
    int accumulatesOnto = -1; ///< a slot whose numbers go into outputs[0] first
    std::vector<int> frees = {}; ///< roots that nobody needs after this step
    std::vector<std::pair<ValueId, int>> shows = {}; ///< observed values, row-major
    std::vector<NodeId> covers = {}; ///< the nodes it computes; of a change of order, the one that wants it
};

struct Plan {
    ir::GraphPtr graph;
    int threads = 1;
    Arena weights = {}; ///< that were packed
    std::vector<Slot> slots;
    std::vector<Step> steps;
    std::vector<int> outputs;
    std::vector<std::pair<ValueId, int>> shownFirst; ///< observed inputs and constants

    int rootOf(int slot) const;
    /// From the start of its root, in bytes.
    size_t offsetOf(int slot) const;
};

Result<Plan> makePlan(ir::GraphPtr graph, const PlanOptions& options);

} // namespace bpu::runtime

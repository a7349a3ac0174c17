// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Graphs that nobody would write: one with an attribute, a shape, an operand or an operator changed.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"
#include "tests/support/dice.h"

namespace bpu::test {

/// The graph with one thing changed; bodies are changed too. Types of results are left as they were, as a file may claim
/// them, unless they are what changes. Error "graph.cycle" as GraphEditor::finish.
Result<ir::Graph> mutated(const ir::Graph& graph, Dice& dice);

/// Numbers for a value of this type: small, and now and then none that a float can hold.
ir::Tensor tensorOf(const ir::TensorType& type, Dice& dice);

} // namespace bpu::test

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a user does with a graph right after opening it, without looking at the answers.
#pragma once

#include "core/ir/graph.h"

namespace bpu::test {

/// Aborts when the graph is not valid: an importer must not hand out such a graph.
void useGraph(const ir::Graph& graph);

} // namespace bpu::test

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Checks what every pass may rely on. The pass manager runs it after each pass; importers before they hand over.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

namespace bpu::ir {

/// Errors "graph.invalid" with the node's or value's name: ids that disagree with their place, producers and
/// users that do not agree, a value used before it is made, names that are not unique, a constant whose
/// type differs from its tensor's, input and output lists that disagree with the values' marks. Linear.
Result<void> verify(const Graph& graph);

} // namespace bpu::ir

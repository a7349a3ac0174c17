// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Kernels trust the types of a graph. A pass makes them by the operators' rules; a file may claim any.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

namespace bpu::runtime {

/// Error "runtime.operator" names a node that lacks an operand that it needs, that has results which its operator has not, or
/// whose results are declared otherwise than the operator's rule makes them. "runtime.memory": a value that no memory holds.
Result<void> checkTypes(const ir::Graph& graph);

} // namespace bpu::runtime

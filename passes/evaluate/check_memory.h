// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

namespace bpu::passes {

/// Refuses a graph with a value larger than this machine's memory before anything of that size is asked for: systems that
/// promise more memory than they have would kill the program. Error "memory.value" names the value.
Result<void> checkMemory(const ir::Graph& graph);

} // namespace bpu::passes

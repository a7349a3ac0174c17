// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What eager mode asks of the author's modules: it sees modules only, and fuses only what it is told. Source: the
// vendor's eager-mode flow (stubs at inputs and outputs, fuse_modules by hand, every call its own module). Functions
// that need a module are rows of the operator tables, and of check_march.
#pragma once

#include "core/base/finding.h"
#include "core/ir/graph.h"

namespace bpu::passes {

/// Findings of a float model that came from TorchScript, model-wide ones first, then in execution order of their nodes;
/// none for any other: only TorchScript knows the author's modules. Linear. `fromCamera`: the input source is pyramid or
/// resizer. Codes: "eager.fuse", "eager.fuse-sequence", "eager.shared-module", "eager.quant-stub", "eager.dequant-stub",
/// "eager.quant-stub-scale".
Findings checkEager(const ir::Graph& graph, bool fromCamera);

} // namespace bpu::passes

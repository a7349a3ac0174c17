// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What to write in eager mode in place of a function, for one node.
#pragma once

#include "core/base/finding.h"
#include "passes/check_march/choose_row.h"

namespace bpu::passes {

/// Fills message, found, allowed and advice; false when eager mode takes the node as it is. TorchScript tells what the
/// author wrote and where. ONNX cannot tell a function from a module: there only operators that are no module in plain
/// torch get the advice, with its doubt.
bool adviseEager(const Site& site, const Candidate& candidate, Finding& finding);

} // namespace bpu::passes

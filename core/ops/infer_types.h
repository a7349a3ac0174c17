// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ir/rewriter.h"
#include "core/ops/op_spec.h"

namespace bpu::ops {

/// Infers the result types of one node in place; declared types stay where the rule knows less.
Result<void> inferNode(ir::GraphEditor& editor, NodeId id);

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Bernoulli2 joins integers as they are: what goes into a cat and what comes out has one scale.
#pragma once

#include "core/ir/rewriter.h"

namespace bpu::passes {

/// Gives the grids in front of and behind every cat of the BPU the same attribute `group`, named after the first cat of
/// those that share an input. Moves in between pass the grid on.
void shareGridsOfCats(ir::Rewriter& rewriter);

} // namespace bpu::passes

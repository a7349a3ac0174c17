// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The equation of an einsum, read once for the shape rule, the cost and the executor.
#pragma once

#include "core/ops/infer.h"

#include <array>

namespace bpu::ops {

/// An index: a letter, or 128 + the position from the last dimension of an ellipsis.
using EinsumIndex = unsigned char;
using EinsumIndices = std::vector<EinsumIndex>;

struct Equation {
    std::vector<EinsumIndices> operands;
    EinsumIndices result;
    std::array<ir::Dim, 256> size; ///< by index; unknown where no operand tells
};

/// Nothing while a rank is unknown or the equation cannot be read. Error "op.shape": sizes of an index that differ.
Result<std::optional<Equation>> equationOf(const ir::Graph& graph, const ir::Node& node);

} // namespace bpu::ops

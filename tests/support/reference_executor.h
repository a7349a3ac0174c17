// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A plain executor of the operators that fusion touches, straight from their formulas in double: what a
// rewritten graph computes is compared with what the original computes.
#pragma once

#include "core/ir/graph.h"

#include <vector>

namespace bpu::test {

struct Array {
    ir::Shape shape;
    std::vector<double> data;
};

/// conv, conv_transpose, linear (with addend and activation), batch_norm, add, relu, relu6 in graphs
/// of static shapes. Results in the order of graph.outputs(). Aborts on another operator.
std::vector<Array> execute(const ir::Graph& graph, const std::vector<Array>& inputs);

} // namespace bpu::test

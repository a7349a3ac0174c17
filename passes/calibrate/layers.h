// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The layers of a qat graph whose weights can be changed: what equalization, bias correction and rounding work on.
#pragma once

#include "core/ir/graph_editor.h"

#include <span>
#include <vector>

namespace bpu::passes {

/// A convolution (not transposed) or linear layer of the BPU with constant weights of its own behind a fake-quantize node.
struct QatLayer {
    NodeId node;
    NodeId grid;    ///< the fake-quantize node of the weight
    ValueId weight; ///< the constant, [output channels, ...], float32
    ValueId bias;   ///< the constant; invalid: none
};

/// In execution order.
std::vector<QatLayer> layersOf(const ir::Graph& graph);

std::vector<float> numbersOf(const ir::Graph& graph, ValueId constant);
/// The same shape.
void setNumbers(ir::GraphEditor& editor, ValueId constant, const std::vector<float>& numbers);
/// Adds to the bias, which is made when there is none.
void addToBias(ir::GraphEditor& editor, const QatLayer& layer, std::span<const double> difference);

} // namespace bpu::passes

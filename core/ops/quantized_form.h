// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// ONNX's quantized convolutions and products, seen as the plain operator between the scales.
#pragma once

#include "core/ir/graph.h"

#include <optional>

namespace bpu::ops {

/// Places of the operands among a node's inputs.
struct QuantizedForm {
    size_t a = 0;
    size_t b = 1;
    std::optional<size_t> aScale = {}, aZero = {}, bScale = {}, bZero = {}, yScale = {};
    std::optional<size_t> yZero = {}; ///< without one the result is int32
    std::optional<size_t> bias = {};
    bool isConvolution = false;
};

/// Nothing for another operator.
std::optional<QuantizedForm> quantizedForm(const ir::Node& node);

/// The plain operator of the same operands, with ONNX's attribute names brought to ours: conv1d, conv2d, conv3d, matmul.
ir::Node plainNode(const ir::Graph& graph, const ir::Node& node, const QuantizedForm& form);

} // namespace bpu::ops

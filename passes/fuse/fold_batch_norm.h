// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Batch norm with fixed statistics is a multiplication and an addition per channel; a convolution or linear
// layer before it takes them into weight and bias.
#pragma once

#include "core/ir/graph.h"

namespace bpu::passes {

struct FoldedLayer {
    ir::Tensor weight; ///< type of the layer's weight
    ir::Tensor bias;   ///< [channels], dtype of the weight
};

/// s = gamma / sqrt(variance + epsilon), w' = w * s[o], b' = (b - mean) * s + beta (toolchain of the vendor,
/// fuse_fx), in double and rounded once. The plan has checked that all parameters are constants that fit.
FoldedLayer foldBatchNorm(const ir::Graph& graph, const ir::Node& layer, const ir::Node& norm);

} // namespace bpu::passes

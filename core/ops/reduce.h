// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Reductions: the shape rule, and the folding kernels in a file of their own.
#pragma once

#include "core/ops/tensor_builder.h"

namespace bpu::ops {

/// The input's dtype, without the dimensions that `dim` names (1 each with keepdim).
Result<Types> inferReduce(const ir::Graph& graph, const ir::Node& node);

/// mean, sum, amax, amin, prod, reduce_l1, reduce_l2, log_sum_exp.
std::optional<Tensors> foldReduce(const ir::Graph& graph, const ir::Node& node);
std::optional<Tensors> foldCumsum(const ir::Graph& graph, const ir::Node& node);

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a tensor's numbers select: the size of the result is known only when they are.
#pragma once

#include "core/ops/tensor_builder.h"

namespace bpu::ops {

std::optional<Tensors> foldNonMaxSuppression(const ir::Graph& graph, const ir::Node& node);
std::optional<Tensors> foldUnique(const ir::Graph& graph, const ir::Node& node);
std::optional<Tensors> foldCompress(const ir::Graph& graph, const ir::Node& node);

} // namespace bpu::ops

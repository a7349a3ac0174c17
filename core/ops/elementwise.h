// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What all elementwise operators share: a shape rule and a folding kernel around one scalar function.
#pragma once

#include "core/ops/tensor_builder.h"

namespace bpu::ops {

/// The function of one element; null where the operator has none for floats or for integers. An integer
/// function gives nothing for what cannot be told exactly (an overflow, a division by zero).
struct UnaryKernel {
    double (*floats)(double) = nullptr;
    MaybeInt (*integers)(int64_t) = nullptr;
};
struct BinaryKernel {
    double (*floats)(double, double) = nullptr;
    MaybeInt (*integers)(int64_t, int64_t) = nullptr;
};

Result<Types> inferUnary(const ir::Graph& graph, const ir::Node& node);
/// As inferUnary with a bool result.
Result<Types> inferUnaryBool(const ir::Graph& graph, const ir::Node& node);
/// Broadcasts; the dtype is that of the first operand with a known one.
Result<Types> inferBinary(const ir::Graph& graph, const ir::Node& node);
/// As inferBinary with a bool result.
Result<Types> inferComparison(const ir::Graph& graph, const ir::Node& node);

std::optional<Tensors> foldUnary(const ir::Graph& graph, const ir::Node& node, UnaryKernel kernel, bool boolResult);
/// Operands of one dtype.
std::optional<Tensors> foldBinary(const ir::Graph& graph, const ir::Node& node, BinaryKernel kernel, bool boolResult);

template <const UnaryKernel& Kernel, bool BoolResult = false>
std::optional<Tensors> evaluateUnary(const ir::Graph& graph, const ir::Node& node)
{
    return foldUnary(graph, node, Kernel, BoolResult);
}
template <const BinaryKernel& Kernel, bool BoolResult = false>
std::optional<Tensors> evaluateBinary(const ir::Graph& graph, const ir::Node& node)
{
    return foldBinary(graph, node, Kernel, BoolResult);
}

} // namespace bpu::ops

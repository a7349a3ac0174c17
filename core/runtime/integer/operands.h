// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the kernels of a quantized graph know about their operands: integers and the grids they are on.
// docs/arithmetic.md says what is computed, docs/quantized-graph.md for which operands.
#pragma once

#include "core/quant/grid.h"
#include "core/quant/requantize.h"
#include "core/runtime/kernel.h"

#include <cmath>

namespace bpu::runtime::integer {

/// A node that computes on a grid: it has an operand or a result with one and does not stay on the CPU.
bool isQuantized(const Site& site);

/// A kernel for a node that isQuantized; Error "runtime.operator" names it when there is none, or when its operands do not
/// fit: shapes, dtypes and grids are looked at here, so that makers may rely on them.
Result<Kernel> makeInteger(const Site& site);

/// One scale for a tensor.
struct TensorGrid {
    double scale = 1;
    quant::Grid grid;
    ir::QType type = ir::QType::QInt8;

    friend bool operator==(const TensorGrid&, const TensorGrid&) = default;
};

/// Error unless the value is there, of 8 or 16 bits (of 32 where `isWide`), with one scale.
Result<TensorGrid> inputGrid(const Site& site, size_t i, bool isWide = false);
Result<TensorGrid> resultGrid(const Site& site, size_t i = 0, bool isWide = false);

/// Error unless all operands and results that have a grid have the same one: integers that are moved keep their meaning.
Result<void> checkOneGrid(const Site& site);

/// `count` scales along `axis` of a value; where it has one, that one as many times.
Result<std::vector<double>> channelScales(const Site& site, const ir::Value& value, int axis, int64_t count);

/// quant::chooseRequantizer with the node named in its error.
Result<quant::Requantizer> requantizerOf(const Site& site, double factor);

/// Error unless input i is a constant.
Result<const ir::Tensor*> constantOf(const Site& site, size_t i, std::string_view what);

/// Calls f with a value of the C++ type of a grid's integers.
template <typename F>
void withStored(ir::DType dtype, F&& f)
{
    switch (dtype) {
    case ir::DType::Int8: f(int8_t{}); break;
    case ir::DType::Int16: f(int16_t{}); break;
    default: f(int32_t{}); break;
    }
}

inline int32_t clampTo(const quant::Grid& grid, int64_t value)
{
    return static_cast<int32_t>(value < grid.min ? grid.min : value > grid.max ? grid.max : value);
}

/// round_half_even(factor * 2^shift), for factors that share the shift of the largest.
inline int64_t stepsOf(double factor, int shift)
{
    return static_cast<int64_t>(std::nearbyint(std::ldexp(factor, shift)));
}

} // namespace bpu::runtime::integer

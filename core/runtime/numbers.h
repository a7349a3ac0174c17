// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operands of any element type as double, for kernels whose time does not matter.
#pragma once

#include "core/runtime/kernel.h"

#include <vector>

namespace bpu::runtime {

std::vector<double> numbersOf(const Buffer& buffer);
/// Rounds to the result's type; integers have to be whole.
void store(const Buffer& result, const std::vector<double>& numbers);

/// A kernel that computes all of result 0 from the numbers of the inputs; nothing for types that are no real numbers.
using Computation = std::function<std::vector<double>(const std::vector<std::vector<double>>& inputs)>;
Kernel computed(const Site& site, Computation computation);

/// Elements as [outer, size, inner] around an axis.
struct AroundAxis {
    int64_t outer = 1, size = 1, inner = 1;
    AroundAxis(const ir::Shape& shape, size_t axis);
    int64_t at(int64_t row, int64_t i) const { return (row / inner * size + i) * inner + row % inner; }
    int64_t rows() const { return outer * inner; }
};

} // namespace bpu::runtime

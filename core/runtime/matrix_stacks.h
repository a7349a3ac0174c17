// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which matrices of two operands meet in a matrix product.
#pragma once

#include "core/ir/tensor_type.h"

#include <vector>

namespace bpu::runtime {

/// Two stacks of matrices whose batches broadcast; a vector is a matrix of one row or column.
struct MatrixStacks {
    int64_t rows = 1, inner = 1, columns = 1;
    ir::Shape batch;
    ir::Shape a, b; ///< the operands' own batches, as long as `batch`

    /// Of shapes that numpy.matmul takes.
    static MatrixStacks of(ir::Shape a, ir::Shape b);

    /// How many products there are.
    int64_t count() const;
    /// Which matrix of an operand meets batch i; `operand` is a or b.
    int64_t matrixOf(const ir::Shape& operand, int64_t i) const;

    /// b [matrices, inner, columns] -> [matrices, columns, inner], from element(i).
    template <typename T>
    std::vector<int16_t> transposed(const T* from, int64_t count) const
    {
        std::vector<int16_t> result(static_cast<size_t>(count));
        const int64_t each = inner * columns;
        for (int64_t i = 0; i < count; ++i) {
            const int64_t in = i % each;
            result[static_cast<size_t>(i - in + in % columns * inner + in / columns)] = from[i];
        }
        return result;
    }
};

} // namespace bpu::runtime

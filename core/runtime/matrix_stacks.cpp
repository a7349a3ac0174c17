// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/matrix_stacks.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace bpu::runtime {

MatrixStacks MatrixStacks::of(ir::Shape a, ir::Shape b)
{
    MatrixStacks p;
    p.rows = a.size() == 1 ? 1 : a[a.size() - 2];
    p.inner = a.back();
    p.columns = b.size() == 1 ? 1 : b.back();
    a.resize(a.size() - std::min<size_t>(a.size(), 2));
    b.resize(b.size() - std::min<size_t>(b.size(), 2));
    const size_t rank = std::max(a.size(), b.size());
    a.insert(a.begin(), rank - a.size(), 1);
    b.insert(b.begin(), rank - b.size(), 1);
    for (size_t i = 0; i < rank; ++i)
        p.batch.push_back(a[i] == 1 ? b[i] : a[i]);
    p.a = std::move(a);
    p.b = std::move(b);
    return p;
}

int64_t MatrixStacks::count() const
{
    return std::accumulate(batch.begin(), batch.end(), int64_t{1}, std::multiplies<>());
}

int64_t MatrixStacks::matrixOf(const ir::Shape& operand, int64_t i) const
{
    int64_t at = 0;
    int64_t stride = 1;
    for (size_t d = batch.size(); d-- > 0; i /= batch[d]) {
        at += operand[d] == 1 ? 0 : i % batch[d] * stride;
        stride *= operand[d];
    }
    return at;
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/products.h"

#include "core/base/assert.h"

#include <oneapi/dnnl/dnnl.hpp>

namespace bpu::runtime {

void multiply(const FloatProduct& p, const float* a, const float* b, float* c)
{
    if (p.m == 0 || p.n == 0)
        return;
    if (p.k == 0) { // an empty sum, which dnnl refuses
        for (int64_t row = 0; row < p.m; ++row)
            for (int64_t i = 0; i < p.n; ++i)
                c[row * p.ldc + i] = p.keep == 0 ? 0 : c[row * p.ldc + i] * p.keep;
        return;
    }
    const dnnl::status done = dnnl::sgemm('N', 'T', p.m, p.n, p.k, 1.0F, a, p.lda, b, p.k, p.keep, c, p.ldc);
    BPU_ASSERT(done == dnnl::status::success); // fails for sizes that contradict each other only
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/integer_product.h"

#include <algorithm>

namespace bpu::runtime {
namespace {

/// Sums of this many products of two factors within [-256, 255] stay inside int32.
constexpr int64_t kBlock = 16384;

int32_t dotOfBlock(const int16_t* a, const int16_t* b, int64_t k)
{
    int32_t sum = 0;
    for (int64_t i = 0; i < k; ++i)
        sum += static_cast<int32_t>(a[i]) * static_cast<int32_t>(b[i]);
    return sum;
}

} // namespace

void integerDots(const int16_t* a, const int16_t* b, int64_t n, int64_t k, int32_t* c)
{
    for (int64_t j = 0; j < n; ++j) {
        int64_t sum = 0;
        for (int64_t i = 0; i < k; i += kBlock)
            sum += dotOfBlock(a + i, b + j * k + i, std::min(kBlock, k - i));
        c[j] = static_cast<int32_t>(sum);
    }
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Matrix products whose sizes are known only while a kernel runs.
#pragma once

#include <cstdint>

namespace bpu::runtime {

/// c = a * b^T + keep * c. a [m, k] with rows `lda` apart, b [n, k] without gaps, c [m, n] with rows `ldc` apart.
struct FloatProduct {
    int64_t m, n, k;
    int64_t lda, ldc;
    float keep = 0; ///< 0 or 1
};
void multiply(const FloatProduct& product, const float* a, const float* b, float* c);

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Products of small integers, exact on every machine: int16 factors, int32 sums (which wrap around as ONNX's do).
#pragma once

#include <cstdint>

namespace bpu::runtime {

/// c[j] = sum over i of a[i] * b[j * k + i] for n rows of b. Factors are within [-256, 255].
void integerDots(const int16_t* a, const int16_t* b, int64_t n, int64_t k, int32_t* c);

} // namespace bpu::runtime

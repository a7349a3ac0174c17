// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// ONNX's affine numbers: real = scale * (q - zero point). Source: ONNX QuantizeLinear 13, QLinearConv 10,
// QLinearMatMul 10; rounding half to even, then saturation.
#pragma once

#include "core/runtime/kernel.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace bpu::runtime {

/// Scale and zero point on neighboring operands: one for all, or one per index of an axis.
struct Affine {
    std::vector<float> scales;
    std::vector<int32_t> zeros;

    float scale(int64_t i) const { return scales[scales.size() == 1 ? 0 : static_cast<size_t>(i)]; }
    int32_t zero(int64_t i) const { return zeros[zeros.size() == 1 ? 0 : static_cast<size_t>(i)]; }
};

/// A zero point that is absent is 0; a scale that is absent is 1.
Affine affineOf(const Buffer& scale, const Buffer& zero);
std::vector<int32_t> integersOf(const Buffer& buffer);

/// round_half_even(x) + zero, saturated. NaN gives the zero point.
template <typename T>
T quantized(float x, int32_t zero)
{
    constexpr float kFar = 1e9F;
    const float whole = std::isnan(x) ? 0.0F : std::nearbyint(x < -kFar ? -kFar : x > kFar ? kFar : x);
    const int64_t q = static_cast<int64_t>(whole) + zero;
    constexpr int64_t kLeast = std::numeric_limits<T>::min();
    constexpr int64_t kMost = std::numeric_limits<T>::max();
    return static_cast<T>(q < kLeast ? kLeast : q > kMost ? kMost : q);
}

/// Calls f with a value of the C++ type of an integer of 8, 16 or 32 bits; false for another.
template <typename F>
bool withIntegerType(ir::DType dtype, F&& f)
{
    switch (dtype) {
    case ir::DType::UInt8: f(uint8_t{}); return true;
    case ir::DType::Int8: f(int8_t{}); return true;
    case ir::DType::UInt16: f(uint16_t{}); return true;
    case ir::DType::Int16: f(int16_t{}); return true;
    case ir::DType::Int32: f(int32_t{}); return true;
    default: return false;
    }
}

/// The quantized numbers without their zero point; `index(i)` is the zero's for element i. 8 bits only.
template <typename Index>
std::vector<int16_t> centered(const Buffer& q, const Affine& affine, Index&& index)
{
    std::vector<int16_t> result(static_cast<size_t>(q.count()));
    const bool isSigned = q.type->dtype() == ir::DType::Int8;
    for (int64_t i = 0; i < q.count(); ++i) {
        const int32_t value = isSigned ? q.in<int8_t>()[i] : q.in<uint8_t>()[i];
        result[static_cast<size_t>(i)] = static_cast<int16_t>(value - affine.zero(index(i)));
    }
    return result;
}

bool isByte(ir::DType dtype);

} // namespace bpu::runtime

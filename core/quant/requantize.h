// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From an accumulator to the grid of the result with integers only: the one definition that executors, compiler and
// simulator share, so that they agree to the bit.
#pragma once

#include "core/base/error.h"
#include "core/quant/grid.h"

#include <algorithm>
#include <cstdint>

namespace bpu::quant {

/// The factor multiplier * 2^-shift. multiplier in [2^30, 2^31), shift in [1, 62]: a factor in [2^-32, 2^30).
struct Requantizer {
    int32_t multiplier = 1 << 30;
    int shift = 30;

    /// What the integers stand for.
    double factor() const;
    friend bool operator==(const Requantizer&, const Requantizer&) = default;
};

/// The requantizer closest to `factor`, scale(x) * scale(w[c]) / scale(y) of a convolution; its relative error is at
/// most 2^-31. Error "quant.factor" outside [2^-32, 2^30) (rounded): every result would be 0, or none would fit.
Result<Requantizer> chooseRequantizer(double factor);

/// round(value * 2^-shift), half away from zero, shift in [1, 62]: the magnitude is rounded and the sign restored, so
/// that f(-value) = -f(value). |value| + 2^(shift - 1) fits in int64.
inline int64_t roundedShift(int64_t value, int shift)
{
    const int64_t half = int64_t{1} << (shift - 1);
    return value >= 0 ? (value + half) >> shift : -((half - value) >> shift);
}

/// round(numerator / denominator), half away from zero; the denominator is not 0.
inline int64_t roundedQuotient(int64_t numerator, int64_t denominator)
{
    const auto magnitude = [](int64_t x) { return x < 0 ? uint64_t{0} - static_cast<uint64_t>(x) : static_cast<uint64_t>(x); };
    const uint64_t a = magnitude(numerator), b = magnitude(denominator);
    const auto quotient = static_cast<int64_t>(a / b + (a % b >= b - a % b ? 1 : 0));
    return (numerator < 0) == (denominator < 0) ? quotient : -quotient;
}

/// round(acc * multiplier * 2^-shift), half away from zero. The product of an int32 and a multiplier is below 2^62 in
/// magnitude and half a unit of the last place at most 2^61, so their sum fits in int64: exact, cannot overflow.
/// Source: Jacob et al. 2018 (arXiv:1712.05877), equations 5 and 6, with zero point 0.
inline int64_t scaled(int32_t acc, const Requantizer& r)
{
    return roundedShift(int64_t{acc} * r.multiplier, r.shift);
}

/// scaled(), clamped to [low, high]: the grid of the result, or what an activation leaves of it (ReLU: low = 0).
inline int32_t requantize(int32_t acc, const Requantizer& r, int32_t low, int32_t high)
{
    return static_cast<int32_t>(std::clamp<int64_t>(scaled(acc, r), low, high));
}

} // namespace bpu::quant

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/requantize.h"

#include <fmt/format.h>

#include <cmath>

namespace bpu::quant {

double Requantizer::factor() const
{
    return std::ldexp(static_cast<double>(multiplier), -shift);
}

Result<Requantizer> chooseRequantizer(double factor)
{
    int exponent = 0;
    const double fraction = std::frexp(factor, &exponent); // in [0.5, 1)
    int64_t multiplier = std::isfinite(factor) && factor > 0 ? std::llround(std::ldexp(fraction, 31)) : 0;
    if (multiplier == int64_t{1} << 31) { // rounded up to 1
        multiplier /= 2;
        ++exponent;
    }
    const int shift = 31 - exponent;
    if (multiplier == 0 || shift < 1 || shift > 62)
        return Error{"quant.factor", {}, fmt::format("the scales of input, weight and output multiply to {:.4g}, outside 2^-32 to 2^30; "
                                                     "one of them is far off: calibrate again with typical data", factor)};
    return Requantizer{static_cast<int32_t>(multiplier), shift};
}

} // namespace bpu::quant

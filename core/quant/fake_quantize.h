// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From numbers to the grid and back. Rounding is half to even, as torch.fake_quantize and the vendor's plugin round;
// the integer arithmetic of a converted graph rounds half away from zero (requantize.h).
#pragma once

#include "core/base/error.h"
#include "core/ir/tensor.h"
#include "core/quant/grid.h"

#include <cmath>
#include <span>

namespace bpu::quant {

/// clamp(round_half_even(x / scale), grid.min, grid.max); NaN gives 0. scale > 0.
inline int64_t quantize(double x, double scale, Grid grid)
{
    const double q = std::nearbyint(x / scale); // the default rounding mode is half to even
    if (!(q > static_cast<double>(grid.min)))
        return std::isnan(q) ? 0 : grid.min;
    return q < static_cast<double>(grid.max) ? static_cast<int64_t>(q) : grid.max;
}

/// quantize(x) * scale; NaN stays NaN, so that a broken network is seen and not repaired.
inline double fakeQuantize(double x, double scale, Grid grid)
{
    return std::isnan(x) ? x : static_cast<double>(quantize(x, scale, grid)) * scale;
}

/// `numbers` on the grid of `params`, as float32. `numbers` is float32 of any shape; with a channel axis, one scale per
/// index of it. Error "quant.axis": the axis does not exist or has another length than there are scales;
/// "quant.scale": a scale that is not a finite number above 0.
Result<ir::Tensor> fakeQuantize(const ir::Tensor& numbers, const ir::QuantParams& params);

/// The integers themselves: int8, int16 or int32 as the type says. Errors as above.
Result<ir::Tensor> quantize(const ir::Tensor& numbers, const ir::QuantParams& params);

/// scale * q as float32, of int8, int16 or int32. Errors as above.
Result<ir::Tensor> dequantize(const ir::Tensor& integers, const ir::QuantParams& params);

/// round_half_even(bias[c] / scales[c]) as int32: a bias at the scale of the accumulator it is added to, scale(x) *
/// scale(w[c]). Error "quant.bias": a bias that leaves int32 at its scale, with channel and what to do.
Result<std::vector<int32_t>> quantizeBias(std::span<const float> bias, std::span<const double> scales);

} // namespace bpu::quant

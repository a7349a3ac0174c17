// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/grid.h"

#include "core/base/assert.h"

#include <cmath>
#include <limits>

namespace bpu::quant {

namespace {

template <typename T>
constexpr Grid gridOfInteger()
{
    return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

double steps(ir::QType type)
{
    const Grid grid = gridOf(type);
    return static_cast<double>(grid.max - grid.min);
}

} // namespace

Grid gridOf(ir::QType type)
{
    switch (type) {
    case ir::QType::QInt8: return gridOfInteger<int8_t>();
    case ir::QType::QInt16: return gridOfInteger<int16_t>();
    case ir::QType::QInt32: break;
    }
    return gridOfInteger<int32_t>();
}

double scaleOf(double threshold, ir::QType type)
{
    BPU_ASSERT(std::isfinite(threshold) && threshold >= 0);
    const double scale = 2 * threshold / steps(type);
    return scale > 0 ? scale : 1; // a threshold next to the smallest double divides to 0
}

double thresholdOf(double scale, ir::QType type)
{
    return scale * steps(type) / 2;
}

} // namespace bpu::quant

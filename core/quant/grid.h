// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The grids of the BPU's fixed-point types: which integers a type has, and which scale covers a range of numbers.
#pragma once

#include "core/ir/tensor_type.h"

#include <cstdint>

namespace bpu::quant {

/// The integers of a type, both ends included.
struct Grid {
    int64_t min = 0;
    int64_t max = 0;

    friend bool operator==(const Grid&, const Grid&) = default;
};

/// qint8 [-128, 127], qint16 [-32768, 32767], qint32 [-2^31, 2^31 - 1].
Grid gridOf(ir::QType type);

/// The scale with which `type` covers [-threshold, threshold]: 2 * threshold / (max - min), so threshold / 127.5 for
/// qint8 and threshold / 32767.5 for qint16. 1 for a threshold of 0, as the vendor's plugin has it for a layer that saw
/// no data: any scale represents zero exactly. `threshold` is finite and not negative.
/// Source: the vendor's calibration guide; its listings confirm it (2.9943717 gives 0.0234853).
double scaleOf(double threshold, ir::QType type);

/// The inverse of scaleOf for a scale above 0.
double thresholdOf(double scale, ir::QType type);

} // namespace bpu::quant

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The quantized products of a graph: what their operands are, whichever kernel computes them.
#pragma once

#include "core/runtime/convolution_sweep.h"
#include "core/runtime/integer/finish.h"

namespace bpu::runtime::integer {

/// A convolution, transposed or not; a linear layer is one of one pixel with its rows as the batch.
/// The input is [batch, inputs, pixels], result and addend are [batch, outputs, pixels].
struct Convolving {
    ConvolutionSweep sweep;
    Finish finish;
    std::vector<int8_t> weights; ///< [outputs, channels of the group, taps]
    int64_t row() const { return sweep.perGroup() * sweep.taps(); }

    static Result<Convolving> of(const Site& site);
};

/// Error of a sum that leaves int32.
Error overflows(const ir::Node& node);

} // namespace bpu::runtime::integer

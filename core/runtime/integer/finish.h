// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From the sum of a product to its result: bias, addend, activation and requantization, channel by channel.
#pragma once

#include "core/runtime/integer/operands.h"

namespace bpu::runtime::integer {

/// What belongs to each channel of a convolution, linear layer or matrix product. docs/arithmetic.md, "Products".
struct Finish {
    ir::DType result = ir::DType::Int8;
    std::vector<int32_t> bias;                ///< of every channel
    std::vector<quant::Requantizer> to = {};  ///< of every channel; none where the result is the accumulator
    std::vector<quant::Requantizer> addend = {}; ///< brings the addend to the accumulator's scale; none without one
    ir::DType addendType = ir::DType::Int8;
    std::vector<quant::Grid> limits = {};     ///< of every channel: grid and activation

    /// Scales are those of the sums, one per channel along dimension `axis` of the result. The bias is input 2, the addend
    /// input 3; both are optional. Errors "runtime.operator".
    static Result<Finish> of(const Site& site, const std::vector<double>& scales, int axis);

    size_t channels() const { return bias.size(); }

    /// `sum` without bias; `added` is an integer of the addend. The sum with bias wraps around beyond int32.
    int32_t operator()(int64_t sum, size_t channel, int32_t added) const
    {
        const auto acc = static_cast<int32_t>(sum + bias[channel]);
        constexpr quant::Grid kAccumulator{INT32_MIN, INT32_MAX};
        const int32_t all = addend.empty() ? acc : clampTo(kAccumulator, int64_t{acc} + quant::scaled(added, addend[channel]));
        return clampTo(limits[channel], to.empty() ? all : quant::scaled(all, to[channel]));
    }
};

} // namespace bpu::runtime::integer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Weights and finishing numbers as the tiles read them.
#pragma once

#include "core/runtime/integer/finish.h"
#include "core/runtime/integer/tiles.h"

namespace bpu::runtime::integer {

/// Input elements of 8 or 16 bits as a kernel takes them.
struct InputForm {
    bool isBytes = true; ///< fours of 8 bits that count 128 more; else pairs of 16 bits
    bool isWidened = false; ///< the input has 8 bits and is brought to 16 before

    static InputForm of(const Kernels& kernels, ir::DType dtype) { return {dtype == ir::DType::Int8 && kernels.takesBytes, dtype == ir::DType::Int8 && !kernels.takesBytes}; }
    int64_t perDword() const { return isBytes ? 4 : 2; }
    int64_t width() const { return isBytes ? 1 : 2; }
    int64_t steps(int64_t elements) const { return (elements + perDword() - 1) / perDword(); }
};

/// [blocks][taps][steps][lanes] dwords; channels and elements that are missing have weight 0. `weightAt(channel, tap, element)`.
template <typename WeightAt>
void packBlocks(const InputForm& form, int64_t lanes, int64_t channels, int64_t taps, int64_t elements, WeightAt&& weightAt, std::byte* to)
{
    const int64_t blocks = (channels + lanes - 1) / lanes;
    for (int64_t block = 0; block < blocks; ++block)
        for (int64_t tap = 0; tap < taps; ++tap)
            for (int64_t step = 0; step < form.steps(elements); ++step)
                for (int64_t lane = 0; lane < lanes; ++lane)
                    for (int64_t i = 0; i < form.perDword(); ++i) {
                        const int64_t channel = block * lanes + lane, element = step * form.perDword() + i;
                        const int32_t weight = channel < channels && element < elements ? weightAt(channel, tap, element) : 0;
                        if (form.isBytes)
                            *reinterpret_cast<int8_t*>(to) = static_cast<int8_t>(weight);
                        else
                            *reinterpret_cast<int16_t*>(to) = static_cast<int16_t>(weight);
                        to += form.width();
                    }
}

/// Finish as arrays. Channels come in groups of which each starts a block.
struct PackedFinish {
    std::vector<int32_t> bias, multiplier, shift, addMultiplier, addShift, low, high;
    int addendBytes = 1, resultBytes = 1;

    /// `corrections` are added to the biases, wrapping around as the sums do.
    PackedFinish(const Finish& finish, int64_t groups, int64_t lanes, const std::vector<int64_t>& corrections);
    FinishArrays arrays() const;
};

} // namespace bpu::runtime::integer

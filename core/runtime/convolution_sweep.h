// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Where the windows of a convolution lie, for those that sum up integers pixel by pixel.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace bpu::runtime {

/// One convolution of 1 to 3 dimensions: sizes along three axes, those that are missing are 1.
/// A transposed one is seen from its result: the inputs that reach an element through the kernel.
struct ConvolutionSweep {
    int64_t batch = 1, inputs = 1, outputs = 1, groups = 1;
    std::array<int64_t, 3> in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, begin{0, 0, 0};
    bool isTransposed = false;

    /// `node` has the attributes of conv or conv_transpose; the types are those of its operands. Errors "op.window", "runtime.operator".
    static Result<ConvolutionSweep> of(const ir::Node& node, const ir::Shape& x, const ir::Shape& w, const ir::Shape& y);

    int64_t inputPixels() const { return in[0] * in[1] * in[2]; }
    int64_t pixels() const { return out[0] * out[1] * out[2]; }
    int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
    int64_t perGroup() const { return inputs / groups; }

    /// The place along an axis that tap k of result o sees; nothing outside.
    std::optional<int64_t> place(size_t axis, int64_t o, int64_t k) const
    {
        const int64_t step = isTransposed ? o + begin[axis] - k * dilation[axis] : o * stride[axis] + k * dilation[axis] - begin[axis];
        if (isTransposed && step % stride[axis] != 0)
            return std::nullopt;
        const int64_t at = isTransposed ? step / stride[axis] : step;
        return step >= 0 && at < in[axis] ? std::optional(at) : std::nullopt;
    }

    /// Calls seen(tap, place) for every tap of a result pixel that lies on the input, with the input pixel it sees.
    template <typename Seen>
    void forTaps(int64_t pixel, Seen&& seen) const
    {
        const std::array<int64_t, 3> at{pixel / (out[1] * out[2]), pixel / out[2] % out[1], pixel % out[2]};
        for (int64_t k0 = 0; k0 < kernel[0]; ++k0)
            for (int64_t k1 = 0; k1 < kernel[1]; ++k1) {
                const auto p0 = place(0, at[0], k0), p1 = place(1, at[1], k1);
                for (int64_t k2 = 0; p0 && p1 && k2 < kernel[2]; ++k2)
                    if (const auto p2 = place(2, at[2], k2))
                        seen((k0 * kernel[1] + k1) * kernel[2] + k2, (*p0 * in[1] + *p1) * in[2] + *p2);
            }
    }

    /// The numbers that one result pixel sees in the planes of its group, [channels of the group, taps]; 0 outside.
    template <typename T>
    void gather(const T* x, int64_t pixel, int16_t* row) const
    {
        std::fill_n(row, perGroup() * taps(), int16_t{0});
        forTaps(pixel, [&](int64_t tap, int64_t at) {
            for (int64_t channel = 0; channel < perGroup(); ++channel)
                row[channel * taps() + tap] = static_cast<int16_t>(x[channel * inputPixels() + at]);
        });
    }
};

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The order of integers between convolutions: the channels of a pixel lie together.
#pragma once

#include "core/ir/tensor_type.h"

#include <cstddef>

namespace bpu::runtime::integer {

/// A tensor [batch, channels, spatial...] as [batch, pixels, stride], stride the channels rounded up to fours. What lies in
/// the gaps, and in kSlack bytes behind the end, may be read and means nothing.
struct ChannelsLast {
    int64_t batch = 0, channels = 0, pixels = 0;
    size_t width = 1; ///< bytes of an element

    static constexpr size_t kSlack = 128; ///< 64 channels of 16 bits: what a kernel reads at once

    static ChannelsLast of(const ir::TensorType& type);
    int64_t stride() const { return (channels + 3) / 4 * 4; }
    size_t bytes() const { return static_cast<size_t>(batch * pixels * stride()) * width + kSlack; }
    friend bool operator==(const ChannelsLast&, const ChannelsLast&) = default;

    /// From and to row-major.
    void gather(const std::byte* from, std::byte* to) const;
    void scatter(const std::byte* from, std::byte* to) const;
};

} // namespace bpu::runtime::integer

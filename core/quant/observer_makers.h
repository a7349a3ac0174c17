// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the observers share, and the function that makes each of them.
#pragma once

#include "core/quant/grid.h"
#include "core/quant/observer.h"

#include <algorithm>

namespace bpu::quant {

using ObserverMaker = std::unique_ptr<Observer> (*)(const ObserverOptions& options);

#define BPU_OBSERVER(name, maker, perChannel) std::unique_ptr<Observer> maker(const ObserverOptions& options);
#include "core/quant/observers.def"
#undef BPU_OBSERVER

/// What a batch says of one channel.
struct ChannelStats {
    double min = 0;
    double max = 0;
    double sum = 0;
    double squares = 0;
    int64_t count = 0;

    double magnitude() const { return std::max(-min, max); }
};

/// One for the tensor (axis -1) or one per index of `axis`; sum and squares only with `moments`. Errors "quant.not_finite", "quant.axis" (no such axis).
Result<std::vector<ChannelStats>> statsOf(const ir::Tensor& numbers, int axis, bool moments = false);

/// v += averaging * (batch - v); the first batch sets v. Error "quant.axis" when the number of channels changes.
Result<void> average(std::vector<double>& v, const std::vector<double>& batch, double averaging);

/// The float32 numbers of a tensor where they lie, or a copy where that is not aligned. The tensor outlives it.
class Floats {
public:
    explicit Floats(const ir::Tensor& numbers);
    std::span<const float> span() const { return m_numbers; }

private:
    std::vector<float> m_copy;
    std::span<const float> m_numbers;
};

} // namespace bpu::quant

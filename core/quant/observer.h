// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Observers look at the numbers of one value, batch by batch, and choose the threshold up to which the grid covers
// them. Names, parameters and defaults are those of the vendor's plugin.
#pragma once

#include "core/base/error.h"
#include "core/ir/tensor.h"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bpu::quant {

/// Parameters of all observers; each reads its own.
struct ObserverOptions {
    ir::QType type = ir::QType::QInt8;
    int channelAxis = -1;            ///< a threshold per index of this axis; -1: one for the tensor
    double averaging = 0.01;         ///< v += averaging * (batch - v); the first batch sets v
    double percent = 99.99;          ///< percentile
    int bins = 2048;                 ///< percentile, and kl, whose default is 512
    int stride = 1;                  ///< mse: every stride-th candidate
    int updateInterval = 1;          ///< kl: batches between two choices
    double low = -1;                 ///< clip
    double high = 1;                 ///< clip
    double stdScale = 3;             ///< clip_std
    double scale = 1;                ///< fixed_scale
};

class Observer {
public:
    explicit Observer(const ObserverOptions& options) : m_options(options) {}
    virtual ~Observer() = default;

    /// Float32 numbers, the batch of one run. Error "quant.not_finite": some are NaN or infinite (how many); nothing is
    /// learned from that batch. Error "quant.axis": the channel axis does not exist or its length has changed.
    virtual Result<void> observe(const ir::Tensor& numbers) = 0;
    /// Per channel, or one; empty before the first batch (fixed_scale needs none).
    virtual std::vector<double> thresholds() const = 0;
    /// The scales of the thresholds; scale 1 before the first batch, as the vendor's plugin has it.
    ir::QuantParams params() const;

protected:
    const ObserverOptions& options() const { return m_options; }

private:
    ObserverOptions m_options;
};

/// min_max, percentile, mse, kl, mix, clip, clip_std, fixed_scale.
std::span<const std::string_view> observerNames();

/// The observer's own defaults where they differ from ObserverOptions{}: kl has 512 bins, clip does not average.
ObserverOptions defaultsOf(std::string_view observer);

/// Errors "quant.observer" (unknown name, those that exist; an observer that cannot work per channel) and
/// "quant.option" (a parameter out of its range, which and the range).
Result<std::unique_ptr<Observer>> makeObserver(std::string_view name, const ObserverOptions& options);

} // namespace bpu::quant

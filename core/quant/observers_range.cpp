// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Observers whose threshold follows from minimum, maximum, mean and deviation; all of them work per channel.
#include "core/quant/observer_makers.h"

#include <algorithm>
#include <cmath>

namespace bpu::quant {

namespace {

/// Moving averages of a lower and an upper end; the threshold is the larger magnitude of the two.
class RangeObserver : public Observer {
public:
    using Ends = std::pair<double, double> (*)(const ChannelStats& stats, const ObserverOptions& options);
    RangeObserver(const ObserverOptions& options, Ends ends, bool moments = false) : Observer(options), m_ends(ends), m_moments(moments) {}

    Result<void> observe(const ir::Tensor& numbers) override
    {
        BPU_TRY(stats, statsOf(numbers, options().channelAxis, m_moments));
        std::vector<double> low;
        std::vector<double> high;
        for (const ChannelStats& channel : stats) {
            const auto [lowEnd, highEnd] = m_ends(channel, options());
            low.push_back(lowEnd);
            high.push_back(highEnd);
        }
        BPU_CHECK(average(m_low, low, options().averaging));
        return average(m_high, high, options().averaging);
    }

    std::vector<double> thresholds() const override
    {
        std::vector<double> thresholds(m_low.size());
        for (size_t i = 0; i < m_low.size(); ++i)
            thresholds[i] = std::max(std::fabs(m_low[i]), std::fabs(m_high[i]));
        return thresholds;
    }

private:
    Ends m_ends;
    bool m_moments; ///< it looks at mean and deviation
    std::vector<double> m_low;
    std::vector<double> m_high;
};

class FixedScale : public Observer {
public:
    using Observer::Observer;
    Result<void> observe(const ir::Tensor&) override { return {}; }
    std::vector<double> thresholds() const override { return {thresholdOf(options().scale, options().type)}; }
};

} // namespace

std::unique_ptr<Observer> makeMinMax(const ObserverOptions& options)
{
    return std::make_unique<RangeObserver>(options, [](const ChannelStats& stats, const ObserverOptions&) { return std::pair(stats.min, stats.max); });
}

std::unique_ptr<Observer> makeClip(const ObserverOptions& options)
{
    return std::make_unique<RangeObserver>(options, [](const ChannelStats& stats, const ObserverOptions& o) {
        return std::pair(std::clamp(stats.min, o.low, o.high), std::clamp(stats.max, o.low, o.high));
    });
}

std::unique_ptr<Observer> makeClipStd(const ObserverOptions& options)
{
    return std::make_unique<RangeObserver>(options, [](const ChannelStats& stats, const ObserverOptions& o) {
        const double count = static_cast<double>(std::max<int64_t>(stats.count, 1));
        const double mean = stats.sum / count;
        const double width = o.stdScale * std::sqrt(std::max(0.0, stats.squares / count - mean * mean));
        return std::pair(std::max(stats.min, mean - width), std::min(stats.max, mean + width));
    }, true);
}

std::unique_ptr<Observer> makeFixedScale(const ObserverOptions& options)
{
    return std::make_unique<FixedScale>(options);
}

} // namespace bpu::quant

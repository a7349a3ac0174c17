// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// kl: the threshold whose clipped and coarsened distribution diverges least from the clipped one. Every number above a
// candidate is counted at its last bin, the bins below it are joined into as many groups as the grid has levels on one
// side, and each group spreads its count over those of its bins that had any. Numbers of all batches are collected.
#include "core/base/assert.h"
#include "core/quant/histogram.h"
#include "core/quant/observer_makers.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace bpu::quant {

namespace {

constexpr size_t kFirstCandidate = 128;
constexpr size_t kSmoothed = 9; // neighboring divergences that are averaged: single candidates are noisy

/// sum(p * log(p / q)) with p the clipped histogram of `bins` bins and q its form on `levels` levels.
double divergence(std::span<const uint64_t> counts, size_t bins, size_t levels)
{
    const auto tail = static_cast<double>(std::accumulate(counts.begin() + static_cast<ptrdiff_t>(bins), counts.end(), uint64_t{0}));
    const auto inside = static_cast<double>(std::accumulate(counts.begin(), counts.begin() + static_cast<ptrdiff_t>(bins), uint64_t{0}));
    if (inside == 0)
        return std::numeric_limits<double>::infinity();
    double sum = 0;
    for (size_t level = 0; level < levels; ++level) {
        const size_t from = level * bins / levels;
        const size_t to = (level + 1) * bins / levels;
        double group = 0;
        double filled = 0;
        for (size_t i = from; i < to; ++i) {
            group += static_cast<double>(counts[i]);
            filled += counts[i] > 0 ? 1 : 0;
        }
        for (size_t i = from; i < to; ++i) {
            const double p = (static_cast<double>(counts[i]) + (i + 1 == bins ? tail : 0)) / (inside + tail);
            const double q = counts[i] > 0 ? group / filled / inside : 0;
            if (p > 0)
                sum += p * std::log(p / std::max(q, 1e-12)); // a clipped tail in a bin that was empty
        }
    }
    return sum;
}

size_t bestCandidate(const Histogram& histogram, size_t levels)
{
    const size_t bins = histogram.counts.size();
    std::vector<double> divergences;
    for (size_t candidate = kFirstCandidate; candidate <= bins; ++candidate)
        divergences.push_back(divergence(histogram.counts, candidate, std::min(levels, candidate)));
    size_t chosen = divergences.size() - 1;
    double least = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < divergences.size(); ++i) {
        const size_t from = i < kSmoothed / 2 ? 0 : i - kSmoothed / 2;
        const size_t to = std::min(divergences.size(), i + kSmoothed / 2 + 1);
        const double mean = std::accumulate(divergences.begin() + static_cast<ptrdiff_t>(from), divergences.begin() + static_cast<ptrdiff_t>(to), 0.0)
            / static_cast<double>(to - from);
        if (mean < least) {
            least = mean;
            chosen = i;
        }
    }
    return kFirstCandidate + chosen;
}

class Kl : public Observer {
public:
    using Observer::Observer;

    Result<void> observe(const ir::Tensor& numbers) override
    {
        BPU_TRY(stats, statsOf(numbers, -1));
        m_collector.add(floatsOf(numbers), stats.front().magnitude());
        if (++m_batches % options().updateInterval != 0)
            return {};
        return average(m_thresholds, {choose()}, options().averaging);
    }

    /// A choice that the interval has not come to yet is made now, so that short data is never ignored.
    std::vector<double> thresholds() const override
    {
        return m_thresholds.empty() && m_batches > 0 ? std::vector<double>{choose()} : m_thresholds;
    }

private:
    double choose() const
    {
        if (m_collector.limit() == 0)
            return 0;
        const Histogram histogram = m_collector.histogram(options().bins);
        const auto levels = static_cast<size_t>(gridOf(options().type).max) + 1;
        return static_cast<double>(bestCandidate(histogram, levels)) * histogram.binWidth();
    }

    HistogramCollector m_collector;
    int64_t m_batches = 0;
    std::vector<double> m_thresholds;
};

} // namespace

std::unique_ptr<Observer> makeKl(const ObserverOptions& options)
{
    return std::make_unique<Kl>(options);
}

} // namespace bpu::quant

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

/// Sums over the first bins, so that a candidate costs one logarithm for each level and not for each bin.
class Divergences {
public:
    explicit Divergences(std::span<const uint64_t> counts) : m_counts(counts), m_sum(counts.size() + 1), m_filled(counts.size() + 1), m_entropy(counts.size() + 1)
    {
        for (size_t i = 0; i < counts.size(); ++i) {
            const auto count = static_cast<double>(counts[i]);
            m_sum[i + 1] = m_sum[i] + count;
            m_filled[i + 1] = m_filled[i] + (counts[i] > 0 ? 1 : 0);
            m_entropy[i + 1] = m_entropy[i] + timesLog(count);
        }
    }

    /// sum(p * log(p / q)) with p the clipped histogram of `bins` bins and q its form on `levels` levels.
    double of(size_t bins, size_t levels) const
    {
        const double inside = m_sum[bins], all = m_sum.back();
        if (inside == 0)
            return std::numeric_limits<double>::infinity();
        // The last bin holds the clipped tail as well.
        const auto last = static_cast<double>(m_counts[bins - 1]);
        const double clipped = last + all - inside;
        double sum = m_entropy[bins - 1] + timesLog(clipped) - all * std::log(all); // all * sum(p * log p)
        for (size_t level = 0; level < levels; ++level) {
            const size_t from = level * bins / levels, to = (level + 1) * bins / levels;
            const double group = m_sum[to] - m_sum[from];
            if (group == 0)
                continue;
            const double q = group / (m_filled[to] - m_filled[from]) / inside;
            const bool holdsTail = to == bins && last > 0;
            sum -= (group + (holdsTail ? clipped - last : 0)) * std::log(q);
        }
        if (last == 0 && clipped > 0)
            sum -= clipped * std::log(kNothing); // a clipped tail in a bin that was empty
        return sum / all;
    }

private:
    static constexpr double kNothing = 1e-12;
    static double timesLog(double x) { return x > 0 ? x * std::log(x) : 0; }

    std::span<const uint64_t> m_counts;
    std::vector<double> m_sum, m_filled, m_entropy; ///< of the bins before
};

size_t bestCandidate(const Histogram& histogram, size_t levels)
{
    const size_t bins = histogram.counts.size();
    const Divergences divergence(histogram.counts);
    std::vector<double> divergences;
    for (size_t candidate = kFirstCandidate; candidate <= bins; ++candidate)
        divergences.push_back(divergence.of(candidate, std::min(levels, candidate)));
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
        m_collector.add(Floats(numbers).span(), stats.front().magnitude());
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

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/histogram.h"

#include "core/base/assert.h"
#include "core/quant/fake_quantize.h"

#include <cmath>
#include <numeric>

namespace bpu::quant {

namespace {

constexpr double kBinsPerStep = 4; // below it, rounding is estimated

void countInto(std::vector<uint64_t>& counts, std::span<const float> numbers, double limit)
{
    const size_t last = counts.size() - 1;
    const double binsPerUnit = limit > 0 ? static_cast<double>(counts.size()) / limit : 0;
    for (float x : numbers)
        ++counts[std::min(static_cast<size_t>(std::fabs(static_cast<double>(x)) * binsPerUnit), last)];
}

} // namespace

Histogram Histogram::of(std::span<const float> numbers, double limit, int bins)
{
    Histogram result{limit, std::vector<uint64_t>(static_cast<size_t>(bins))};
    countInto(result.counts, numbers, limit);
    return result;
}

uint64_t Histogram::total() const
{
    return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

double percentile(const Histogram& histogram, double percent)
{
    const double wanted = percent / 100 * static_cast<double>(histogram.total());
    double sum = 0;
    for (size_t bin = 0; bin < histogram.counts.size(); ++bin) {
        sum += static_cast<double>(histogram.counts[bin]);
        if (sum >= wanted)
            return histogram.center(bin);
    }
    return histogram.limit;
}

double squaredError(const Histogram& histogram, double threshold, ir::QType type)
{
    const double scale = scaleOf(threshold, type);
    const Grid grid = gridOf(type);
    const double largest = static_cast<double>(grid.max) * scale;
    const bool seesRounding = scale >= kBinsPerStep * histogram.binWidth();
    double sum = 0;
    for (size_t bin = 0; bin < histogram.counts.size(); ++bin) {
        if (histogram.counts[bin] == 0)
            continue;
        const double x = histogram.center(bin);
        const double difference = x - (x > largest ? largest : fakeQuantize(x, scale, grid));
        const double squared = x > largest || seesRounding ? difference * difference : scale * scale / 12;
        sum += squared * static_cast<double>(histogram.counts[bin]);
    }
    return sum;
}

void HistogramCollector::add(std::span<const float> numbers, double limit)
{
    BPU_ASSERT(std::isfinite(limit) && limit >= 0);
    m_largest = std::max(m_largest, limit);
    if (m_limit == 0)
        m_limit = std::exp2(std::ceil(std::log2(std::max(limit, 0x1p-60))));
    for (; m_limit < limit; m_limit *= 2)
        for (size_t bin = 0; bin < kBins; ++bin)
            m_counts[bin] = bin < kBins / 2 ? m_counts[2 * bin] + m_counts[2 * bin + 1] : 0;
    countInto(m_counts, numbers, m_limit);
}

Histogram HistogramCollector::histogram(int bins) const
{
    Histogram result{m_largest, std::vector<uint64_t>(static_cast<size_t>(bins))};
    const double width = m_limit / kBins;
    for (size_t bin = 0; bin < kBins && m_largest > 0; ++bin) {
        const auto to = static_cast<size_t>((static_cast<double>(bin) + 0.5) * width / result.binWidth());
        result.counts[std::min(to, result.counts.size() - 1)] += m_counts[bin];
    }
    return result;
}

} // namespace bpu::quant

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/histogram.h"

#include "core/base/assert.h"
#include "core/base/vectorized.h"
#include "core/quant/grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace bpu::quant {

namespace {

constexpr double kBinsPerStep = 4; // below it, rounding is estimated

constexpr size_t kPart = 1024;  // numbers whose bins are found before they are counted
constexpr size_t kTables = 4;   // neighbors that fall into one bin would wait for each other in a single table

BPU_VECTORIZED void binsOf(const float* x, int32_t* bins, size_t count, double binsPerUnit, int32_t last)
{
    for (size_t i = 0; i < count; ++i) {
        const auto bin = static_cast<int32_t>(std::fabs(static_cast<double>(x[i])) * binsPerUnit);
        bins[i] = bin < last ? bin : last;
    }
}

void countInto(std::vector<uint64_t>& counts, std::span<const float> numbers, double limit)
{
    const size_t size = counts.size();
    const double binsPerUnit = limit > 0 ? static_cast<double>(size) / limit : 0;
    std::array<int32_t, kPart> bins{};
    std::vector<uint32_t> tables(kTables * size);
    for (size_t at = 0; at < numbers.size(); at += kPart) {
        const size_t count = std::min(kPart, numbers.size() - at);
        binsOf(numbers.data() + at, bins.data(), count, binsPerUnit, static_cast<int32_t>(size - 1));
        for (size_t i = 0; i < count; ++i)
            ++tables[i % kTables * size + static_cast<size_t>(bins[i])];
    }
    for (size_t i = 0; i < tables.size(); ++i)
        counts[i % size] += tables[i];
}

constexpr size_t kLanes = 8;

/// Of bins on the grid: sum(count * (center - rounded and clipped)^2); without `seesRounding` that of the clipped ones, and
/// for the others the count alone in `inside`. The sums of kLanes bins side by side.
BPU_VECTORIZED void addErrors(const double* centers, const double* counts, size_t bins, double scale, double most, bool seesRounding, double* clipped, double* inside)
{
    const double largest = most * scale;
    std::array<double, kLanes> clippedHere{}, insideHere{}; // of its own: the sums given could be the counts, for all a compiler knows
    for (size_t i = 0; i + kLanes <= bins; i += kLanes)
        for (size_t k = 0; k < kLanes; ++k) {
            const double x = centers[i + k];
            const bool isOut = x > largest;
            const double rounded = std::nearbyint(x / scale) * scale;
            const double difference = x - (isOut || rounded > largest ? largest : rounded);
            clippedHere[k] += isOut || seesRounding ? difference * difference * counts[i + k] : 0.0;
            insideHere[k] += isOut || seesRounding ? 0.0 : counts[i + k];
        }
    std::ranges::copy(clippedHere, clipped);
    std::ranges::copy(insideHere, inside);
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

ThresholdError::ThresholdError(const Histogram& histogram, ir::QType type) : m_type(type), m_binWidth(histogram.binWidth())
{
    for (size_t bin = 0; bin < histogram.counts.size(); ++bin)
        if (histogram.counts[bin] > 0) {
            m_centers.push_back(histogram.center(bin));
            m_counts.push_back(static_cast<double>(histogram.counts[bin]));
        }
    m_centers.resize((m_centers.size() + kLanes - 1) / kLanes * kLanes); // zeros with a count of 0 have no error
    m_counts.resize(m_centers.size());
}

double ThresholdError::operator()(double threshold) const
{
    const double scale = scaleOf(threshold, m_type);
    const bool seesRounding = scale >= kBinsPerStep * m_binWidth;
    std::array<double, kLanes> clipped{}, inside{};
    addErrors(m_centers.data(), m_counts.data(), m_centers.size(), scale, static_cast<double>(gridOf(m_type).max), seesRounding, clipped.data(), inside.data());
    return std::accumulate(clipped.begin(), clipped.end(), 0.0) + std::accumulate(inside.begin(), inside.end(), 0.0) * scale * scale / 12;
}

double squaredError(const Histogram& histogram, double threshold, ir::QType type)
{
    return ThresholdError(histogram, type)(threshold);
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

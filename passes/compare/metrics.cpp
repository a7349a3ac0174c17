// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/compare/metrics.h"

#include "core/base/assert.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bpu::passes {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int64_t kPart = 4096; ///< numbers converted at a time

/// Both NaN, or the same number.
bool isSame(float a, float b)
{
    return a == b || (std::isnan(a) && std::isnan(b));
}

} // namespace

void readNumbers(const ir::Tensor& tensor, int64_t begin, std::span<float> buffer)
{
    if (tensor.dtype() == ir::DType::Float32) {
        std::memcpy(buffer.data(), tensor.bytes().data() + static_cast<size_t>(begin) * sizeof(float), buffer.size_bytes());
        return;
    }
    for (size_t i = 0; i < buffer.size(); ++i)
        buffer[i] = static_cast<float>(tensor.number(begin + static_cast<int64_t>(i)));
}

double largestMagnitude(std::span<const float> numbers)
{
    float largest = 0;
    for (const float x : numbers)
        if (std::isfinite(x))
            largest = std::max(largest, std::fabs(x));
    return static_cast<double>(largest);
}

void GrowingHistogram::cover(double magnitude)
{
    if (magnitude <= m_limit || magnitude == 0)
        return;
    int exponent = 0;
    const double fraction = std::frexp(magnitude, &exponent); // magnitude = fraction * 2^exponent, fraction in [0.5, 1)
    const double limit = std::ldexp(1.0, fraction == 0.5 ? exponent - 1 : exponent);
    if (m_limit == 0) // all zeros so far: they were counted in the first bin
        std::swap(m_counts[0], m_counts[kBins / 2]);
    for (double old = m_limit; old > 0 && old < limit; old *= 2) {
        std::vector<uint64_t> joined(kBins);
        for (size_t i = 0; i < kBins; ++i)
            joined[kBins / 4 + i / 2] += m_counts[i];
        m_counts = std::move(joined);
    }
    m_limit = limit;
    m_binsPerUnit = kBins / (2 * limit);
}

Histogram GrowingHistogram::over(double low, double high, int bins) const
{
    BPU_ASSERT(bins > 0);
    if (m_limit == 0)
        return {low, high, {m_counts[0]}};
    const auto binOf = [&](double x) { return std::clamp(static_cast<int>((x + m_limit) * m_binsPerUnit), 0, kBins - 1); };
    const int first = binOf(low);
    const int count = binOf(high) - first + 1;
    const int joined = (count + bins - 1) / bins;
    Histogram shown;
    shown.counts.resize(static_cast<size_t>((count + joined - 1) / joined));
    for (int i = 0; i < count; ++i)
        shown.counts[static_cast<size_t>(i / joined)] += m_counts[static_cast<size_t>(first + i)];
    shown.low = first / m_binsPerUnit - m_limit;
    shown.high = shown.low + static_cast<double>(shown.counts.size()) * joined / m_binsPerUnit;
    return shown;
}

void NumberStats::add(std::span<const float> numbers, double magnitude)
{
    m_histogram.cover(magnitude);
    for (const float number : numbers) {
        if (!std::isfinite(number)) {
            ++m_nonFinite;
            continue;
        }
        const auto x = static_cast<double>(number);
        m_min = m_count == 0 ? x : std::min(m_min, x);
        m_max = m_count == 0 ? x : std::max(m_max, x);
        ++m_count;
        m_sum += x;
        m_squares += x * x;
        m_histogram.add(x);
    }
}

ValueStats NumberStats::stats() const
{
    if (m_count == 0)
        return {kNaN, kNaN, kNaN, kNaN, m_nonFinite};
    const auto n = static_cast<double>(m_count);
    const double mean = m_sum / n;
    return {m_min, m_max, mean, std::sqrt(std::max(0.0, m_squares / n - mean * mean)), m_nonFinite};
}

void PairStats::addPart(std::span<const float> a, std::span<const float> b)
{
    // One range for both, so that their bins are the same.
    const double magnitude = std::max(largestMagnitude(a), largestMagnitude(b));
    m_a.add(a, magnitude);
    m_b.add(b, magnitude);
    for (size_t i = 0; i < a.size(); ++i) {
        if (!std::isfinite(a[i]) || !std::isfinite(b[i])) {
            m_differ += !isSame(a[i], b[i]);
            continue;
        }
        const auto x = static_cast<double>(a[i]);
        const auto y = static_cast<double>(b[i]);
        const double error = std::fabs(x - y);
        m_products += x * y;
        m_squaresA += x * x;
        m_squaresB += y * y;
        m_absolute += error;
        m_squares += error * error;
        m_maxError = std::max(m_maxError, error);
        ++m_pairs;
    }
}

void PairStats::add(const ir::Tensor& a, const ir::Tensor& b)
{
    BPU_ASSERT(a.elementCount() == b.elementCount());
    std::vector<float> left(kPart);
    std::vector<float> right(kPart);
    for (int64_t begin = 0; begin < a.elementCount(); begin += kPart) {
        const auto count = static_cast<size_t>(std::min(kPart, a.elementCount() - begin));
        const std::span<float> x = std::span(left).first(count);
        const std::span<float> y = std::span(right).first(count);
        readNumbers(a, begin, x);
        readNumbers(b, begin, y);
        addPart(x, y);
    }
}

LayerMetrics PairStats::metrics() const
{
    LayerMetrics m{.elements = m_pairs, .nonFiniteDiffer = m_differ, .a = m_a.stats(), .b = m_b.stats(), .histogramA = {}, .histogramB = {}};
    if (m_a.count() + m_b.count() > 0) {
        const double low = m_a.count() == 0 ? m.b.min : m_b.count() == 0 ? m.a.min : std::min(m.a.min, m.b.min);
        const double high = m_a.count() == 0 ? m.b.max : m_b.count() == 0 ? m.a.max : std::max(m.a.max, m.b.max);
        m.histogramA = m_a.histogram().over(low, high, kShownBins);
        m.histogramB = m_b.histogram().over(low, high, kShownBins);
    }
    if (m_differ > 0) {
        m.cosine = m.l1 = m.l2 = m.maxError = m.sqnrDb = kNaN;
        return m;
    }
    const auto n = static_cast<double>(std::max<uint64_t>(m_pairs, 1));
    const double norms = std::sqrt(m_squaresA) * std::sqrt(m_squaresB);
    m.cosine = m_maxError == 0 ? 1 : norms == 0 ? 0 : std::clamp(m_products / norms, -1.0, 1.0);
    m.l1 = m_absolute / n;
    m.l2 = std::sqrt(m_squares / n);
    m.maxError = m_maxError;
    m.sqnrDb = m_maxError == 0 ? kInfinity : 10 * std::log10(m_squaresA / m_squares);
    return m;
}

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// How alike two tensors are, summed up over any number of batches in memory that does not grow.
#pragma once

#include "core/ir/tensor.h"

#include <cstdint>
#include <span>
#include <vector>

namespace bpu::passes {

/// Counts in bins of equal width over [low, high); the last bin includes `high`.
struct Histogram {
    double low = 0;
    double high = 0;
    std::vector<uint64_t> counts;
};

/// Counts numbers whose range is not known beforehand: bins over [-limit, limit) with a power of two as limit,
/// which doubles (two bins become one) when a number does not fit. So the order of batches does not matter.
class GrowingHistogram {
public:
    static constexpr int kBins = 512;

    /// Makes room for |x| <= magnitude; finite.
    void cover(double magnitude);
    /// Finite, and covered.
    void add(double x)
    {
        const auto bin = static_cast<int>((x + m_limit) * m_binsPerUnit);
        ++m_counts[static_cast<size_t>(bin < kBins ? bin : kBins - 1)];
    }
    /// The bins that [low, high] touches, at most `bins` of them after neighbors are joined.
    Histogram over(double low, double high, int bins) const;

private:
    double m_limit = 0;
    double m_binsPerUnit = 0;
    std::vector<uint64_t> m_counts = std::vector<uint64_t>(kBins);
};

/// Of the finite numbers; all NaN when there are none.
struct ValueStats {
    double min = 0;
    double max = 0;
    double mean = 0;
    double stddev = 0;      ///< population: sqrt(mean(x^2) - mean(x)^2)
    uint64_t nonFinite = 0; ///< NaN and infinities
};

/// Numbers of one tensor, summed up part by part.
class NumberStats {
public:
    /// magnitude: at least the largest finite |x| of `numbers`; histograms that shall have the same bins are given the same.
    void add(std::span<const float> numbers, double magnitude);
    uint64_t count() const { return m_count; } ///< finite ones
    ValueStats stats() const;
    const GrowingHistogram& histogram() const { return m_histogram; }

private:
    double m_sum = 0;
    double m_squares = 0;
    double m_min = 0;
    double m_max = 0;
    uint64_t m_count = 0;
    uint64_t m_nonFinite = 0;
    GrowingHistogram m_histogram;
};

/// Elements [begin, begin + buffer.size()) of any dtype that counts as float32.
void readNumbers(const ir::Tensor& tensor, int64_t begin, std::span<float> buffer);
/// The largest finite |x|; 0 without one.
double largestMagnitude(std::span<const float> numbers);

/// a is the reference. Sums run over all elements of all batches, in double, over the pairs whose both
/// numbers are finite. A pair of equal infinities or of two NaN is left out; any other pair that is not
/// finite counts in `nonFiniteDiffer`, and then every measure below is NaN, so it is below any limit.
/// cosine   sum(a*b) / sqrt(sum(a^2) * sum(b^2)), clamped to [-1, 1]. Exactly 1 when all pairs are equal, all
///          zero included (where the vendor's featuremap_similarity gives 0); 0 when one side alone is all zero
/// l1       mean(|a - b|)
/// l2       sqrt(mean((a - b)^2)), the root of the vendor's MSE
/// maxError max(|a - b|), the vendor's atol
/// sqnrDb   10 * log10(sum(a^2) / sum((a - b)^2)); +infinity when all pairs are equal, as the vendor's;
///          -infinity when a is all zero and b is not
struct LayerMetrics {
    double cosine = 0;
    double l1 = 0;
    double l2 = 0;
    double maxError = 0;
    double sqnrDb = 0;
    uint64_t elements = 0;        ///< pairs in the sums
    uint64_t nonFiniteDiffer = 0;
    ValueStats a;
    ValueStats b;
    Histogram histogramA;         ///< same bins as histogramB
    Histogram histogramB;
};

class PairStats {
public:
    static constexpr int kShownBins = 64;

    /// Equal element counts, floating-point dtypes.
    void add(const ir::Tensor& a, const ir::Tensor& b);
    LayerMetrics metrics() const;

private:
    void addPart(std::span<const float> a, std::span<const float> b);

    NumberStats m_a;
    NumberStats m_b;
    double m_products = 0;
    double m_squaresA = 0;   ///< of the pairs in the sums
    double m_squaresB = 0;
    double m_absolute = 0;
    double m_squares = 0;
    double m_maxError = 0;
    uint64_t m_pairs = 0;
    uint64_t m_differ = 0;
};

} // namespace bpu::passes

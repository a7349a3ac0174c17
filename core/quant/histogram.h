// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Counts of magnitudes, from which thresholds are chosen: the grids are symmetric, so a number and its negative are
// clipped and rounded alike.
#pragma once

#include "core/ir/tensor_type.h"

#include <cstdint>
#include <span>
#include <vector>

namespace bpu::quant {

/// |x| in bins of equal width over [0, limit]; the last bin includes `limit`.
struct Histogram {
    double limit = 0;
    std::vector<uint64_t> counts;

    /// Of finite numbers whose magnitudes do not exceed `limit`.
    static Histogram of(std::span<const float> numbers, double limit, int bins);

    double binWidth() const { return limit / static_cast<double>(counts.size()); }
    double center(size_t bin) const { return (static_cast<double>(bin) + 0.5) * binWidth(); }
    uint64_t total() const;
};

/// The center of the first bin up to which at least `percent` of all numbers lie. 0 without numbers.
double percentile(const Histogram& histogram, double percent);

/// The sum of squared differences between the numbers and their fake-quantized forms, each number taken at the center
/// of its bin. Where the steps of the grid are narrower than a few bins the rounding is not seen: there its expected
/// value stands, step^2 / 12 a number, as for any noise that is uniform within a step.
double squaredError(const Histogram& histogram, double threshold, ir::QType type);

/// The same for many thresholds of one histogram.
class ThresholdError {
public:
    ThresholdError(const Histogram& histogram, ir::QType type);
    double operator()(double threshold) const;

private:
    ir::QType m_type;
    double m_binWidth;
    std::vector<double> m_centers; ///< of the bins that are not empty
    std::vector<double> m_counts;
};

/// Collects batches whose range is not known beforehand. The limit is a power of two that doubles (two bins become
/// one) when a number does not fit; so the order of batches does not matter and nothing is kept but the counts.
class HistogramCollector {
public:
    static constexpr int kBins = 8192;

    /// Finite numbers whose magnitudes do not exceed `limit`.
    void add(std::span<const float> numbers, double limit);
    bool isEmpty() const { return m_limit == 0; }
    /// `bins` bins over [0, limit()].
    Histogram histogram(int bins) const;
    /// The largest magnitude so far.
    double limit() const { return m_largest; }

private:
    double m_limit = 0;
    double m_largest = 0;
    std::vector<uint64_t> m_counts = std::vector<uint64_t>(kBins);
};

} // namespace bpu::quant

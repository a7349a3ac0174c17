// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Observers that choose a threshold per batch from the histogram of its magnitudes and average those thresholds:
// percentile takes one quantile, mix the best of nine, mse the best fraction of the maximum. Best is the least
// squared error between the numbers and their fake-quantized forms.
#include "core/quant/histogram.h"
#include "core/quant/observer_makers.h"

#include <array>
#include <limits>

namespace bpu::quant {

namespace {

class ThresholdObserver : public Observer {
public:
    using Choose = double (*)(const Histogram& histogram, const ObserverOptions& options);
    ThresholdObserver(const ObserverOptions& options, Choose choose) : Observer(options), m_choose(choose) {}

    Result<void> observe(const ir::Tensor& numbers) override
    {
        BPU_TRY(stats, statsOf(numbers, -1));
        const double largest = stats.front().magnitude();
        const double chosen = largest > 0 ? m_choose(Histogram::of(Floats(numbers).span(), largest, options().bins), options()) : 0;
        return average(m_thresholds, {chosen}, options().averaging);
    }

    std::vector<double> thresholds() const override { return m_thresholds; }

private:
    Choose m_choose;
    std::vector<double> m_thresholds;
};

/// The threshold among candidates(0), candidates(1), ... with the least squared error; the first of equals.
template <typename Candidate>
double best(const Histogram& histogram, ir::QType type, size_t count, Candidate candidate)
{
    const ThresholdError errorOf(histogram, type);
    double chosen = histogram.limit;
    double least = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < count; ++i) {
        const double threshold = candidate(i);
        const double error = errorOf(threshold);
        if (error < least) {
            least = error;
            chosen = threshold;
        }
    }
    return chosen;
}

double chooseMse(const Histogram& histogram, const ObserverOptions& options)
{
    const auto stride = static_cast<size_t>(options.stride);
    constexpr size_t kCandidates = 95; // 1.00, 0.99, ... 0.06 of the maximum
    return best(histogram, options.type, (kCandidates + stride - 1) / stride,
                [&](size_t i) { return histogram.limit * (1 - 0.01 * static_cast<double>(i * stride)); });
}

double chooseMix(const Histogram& histogram, const ObserverOptions& options)
{
    static constexpr std::array kPercents{99.9, 99.95, 99.99, 99.993, 99.995, 99.997, 99.999, 99.9995, 99.9999};
    return best(histogram, options.type, kPercents.size(), [&](size_t i) { return percentile(histogram, kPercents[i]); });
}

} // namespace

std::unique_ptr<Observer> makePercentile(const ObserverOptions& options)
{
    return std::make_unique<ThresholdObserver>(
        options, [](const Histogram& histogram, const ObserverOptions& o) { return percentile(histogram, o.percent); });
}

std::unique_ptr<Observer> makeMse(const ObserverOptions& options)
{
    return std::make_unique<ThresholdObserver>(options, chooseMse);
}

std::unique_ptr<Observer> makeMix(const ObserverOptions& options)
{
    return std::make_unique<ThresholdObserver>(options, chooseMix);
}

} // namespace bpu::quant

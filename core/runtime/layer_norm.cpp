// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Layer norm: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta over the last dimensions. Source: ONNX
// LayerNormalization 17, Ba et al. 2016 (arXiv:1607.06450), equations 3 and 4.
#include "core/base/vectorized.h"
#include "core/runtime/kernel.h"
#include "core/runtime/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace bpu::runtime {
namespace {

constexpr int64_t kGrain = 16384;
constexpr int64_t kLanes = 16; ///< sums of their own, so that the loop is a vector's and does not wait for itself

struct Norm {
    int64_t width = 0;
    double epsilon = 0;
    bool hasGamma = false;
    bool hasBeta = false;
};

/// The sum of (x - center)^power, power 1 or 2, in double.
template <bool Squared>
[[gnu::always_inline]] inline double sumOf(const float* x, int64_t count, double center)
{
    std::array<double, kLanes> sums{};
    const auto term = [center](float value) {
        const double d = static_cast<double>(value) - center;
        return Squared ? d * d : d;
    };
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
        for (int64_t lane = 0; lane < kLanes; ++lane)
            sums[static_cast<size_t>(lane)] += term(x[i + lane]);
    for (; i < count; ++i)
        sums[0] += term(x[i]);
    return std::accumulate(sums.begin(), sums.end(), 0.0);
}

BPU_VECTORIZED void normalizeRow(const Norm& norm, const float* x, const float* gamma, const float* beta, float* y)
{
    const auto count = static_cast<double>(norm.width);
    const double mean = sumOf<false>(x, norm.width, 0) / count;
    const double variance = sumOf<true>(x, norm.width, mean) / count;
    const auto scale = static_cast<float>(1 / std::sqrt(variance + norm.epsilon));
    const auto center = static_cast<float>(mean);
    for (int64_t i = 0; i < norm.width; ++i)
        y[i] = (x[i] - center) * scale;
    if (norm.hasGamma)
        for (int64_t i = 0; i < norm.width; ++i)
            y[i] *= gamma[i];
    if (norm.hasBeta)
        for (int64_t i = 0; i < norm.width; ++i)
            y[i] += beta[i];
}

} // namespace

Result<Kernel> makeLayerNorm(const Site& site)
{
    const ir::TensorType& x = site.input(0);
    const std::vector<int64_t> sizes = site.node.attributes.integers("normalized_shape");
    const bool isLast = sizes.size() <= x.shape().size() && std::equal(sizes.rbegin(), sizes.rend(), x.shape().rbegin());
    if (!isLast || sizes.empty() || site.node.outputs.size() != 1 || x.elementCount() == 0)
        return Kernel{};
    const Norm norm{.width = std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<>()),
                    .epsilon = site.node.attributes.number("epsilon", 1e-5),
                    .hasGamma = site.has(1),
                    .hasBeta = site.has(2)};
    const bool isFloat = std::ranges::all_of(std::array{0, 1, 2}, [&](size_t i) { return !site.has(i) || site.input(i).dtype() == ir::DType::Float32; });
    const bool fits = std::ranges::all_of(std::array{1, 2}, [&](size_t i) { return !site.has(i) || site.input(i).elementCount() == norm.width; });
    if (!isFloat || !fits)
        return Kernel{};
    const int64_t rows = x.elementCount() / norm.width;
    return Kernel{.run = [norm, rows](const Call& call) -> Result<void> {
        parallelFor(rows, std::max<int64_t>(kGrain / norm.width, 1), [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; ++row)
                normalizeRow(norm, call.inputs[0].in<float>() + row * norm.width, norm.hasGamma ? call.inputs[1].in<float>() : nullptr,
                             norm.hasBeta ? call.inputs[2].in<float>() : nullptr, call.outputs[0].out<float>() + row * norm.width);
        });
        return {};
    }};
}

} // namespace bpu::runtime

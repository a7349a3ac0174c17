// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Normalization: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta over the elements that each operator names;
// sums run in double. Source: ONNX BatchNormalization 15, InstanceNormalization 6, GroupNormalization 18,
// LayerNormalization 17, LRN 13, LpNormalization 1, MeanVarianceNormalization 13; torch.nn of the same names.
#include "core/ops/infer.h"
#include "core/runtime/plain.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace bpu::runtime {
namespace {

struct Moments {
    double mean = 0;
    double factor = 1; ///< 1 / sqrt(variance + epsilon)
};

/// y[i] = (x[i] - mean) / sqrt(variance + epsilon) of `size` elements; with `isCentered` false the mean counts as 0.
template <typename T>
Moments normalize(const T* x, T* y, int64_t size, double epsilon, bool isCentered)
{
    double sum = 0;
    for (int64_t i = 0; isCentered && i < size; ++i)
        sum += static_cast<double>(x[i]);
    const double mean = sum / static_cast<double>(size);
    double squares = 0;
    for (int64_t i = 0; i < size; ++i)
        squares += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean);
    const double factor = 1 / std::sqrt(squares / static_cast<double>(size) + epsilon);
    for (int64_t i = 0; i < size; ++i)
        y[i] = static_cast<T>((static_cast<double>(x[i]) - mean) * factor);
    return {mean, factor};
}

/// Whether inputs 1 and on, where they are given, have a number for each channel.
bool fitsChannels(const Site& site, int64_t channels)
{
    for (size_t i = 1; i < site.node.inputs.size(); ++i)
        if (site.has(i) && site.input(i).elementCount() != channels)
            return false;
    return true;
}

/// Groups of whole channels, or instances: each of `groups` parts of a sample is normalized, then each channel scaled.
Result<Kernel> overGroups(const Site& site, int64_t groups)
{
    const ir::TensorType& x = site.input(0);
    const int64_t channels = x.dim(1);
    if (groups < 1 || channels % groups != 0)
        return cannotRun(site.node, "its channels cannot be divided into its groups");
    if (!fitsChannels(site, channels))
        return cannotRun(site.node, "it has not as many parameters as its input has channels");
    const int64_t parts = x.dim(0) * groups;
    const int64_t size = parts > 0 ? x.elementCount() / parts : 0;
    const int64_t plane = channels > 0 && x.dim(0) > 0 ? x.elementCount() / channels / x.dim(0) : 0;
    const double epsilon = site.node.attributes.number("epsilon", 1e-5);
    return plainKernel(site, [=, hasGamma = site.has(1), hasBeta = site.has(2)](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        parallelFor(parts, 1, [&](int64_t begin, int64_t end) {
            for (int64_t part = begin; part < end; ++part) {
                T* y = numbers.out[0] + part * size;
                normalize(numbers.in[0] + part * size, y, size, epsilon, true);
                for (int64_t i = 0; i < size && (hasGamma || hasBeta); ++i) {
                    const int64_t channel = part % groups * (channels / groups) + i / plane;
                    y[i] = y[i] * (hasGamma ? numbers.in[1][channel] : T{1}) + (hasBeta ? numbers.in[2][channel] : T{0});
                }
            }
        });
    });
}

/// Rows of the last `dims` dimensions, scaled element by element. gamma and beta may be repeated within a row.
Result<Kernel> overRows(const Site& site, size_t dims, bool isCentered)
{
    const ir::Shape& shape = site.input(0).shape();
    if (dims < 1 || dims > shape.size())
        return cannotRun(site.node, "its input has fewer dimensions than it normalizes");
    const int64_t size = std::accumulate(shape.end() - static_cast<std::ptrdiff_t>(dims), shape.end(), int64_t{1}, std::multiplies<>());
    const int64_t rows = size > 0 ? site.input(0).elementCount() / size : 0;
    const double epsilon = site.node.attributes.number("epsilon", 1e-5);
    const int64_t repeat = site.has(1) ? site.input(1).elementCount() : size;
    if (!hasCount(site, 2, repeat) || (repeat < 1 && size > 0))
        return cannotRun(site.node, "its parameters do not fit its input");
    for (size_t i = 1; i < site.node.outputs.size(); ++i)
        if (site.output(i).elementCount() != rows && size > 0)
            return cannotRun(site.node, "its further results have not a number for each row");
    return plainKernel(site, [=, hasGamma = site.has(1), hasBeta = site.has(2)](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        parallelFor(rows, std::max<int64_t>(kPlainGrain / std::max<int64_t>(size, 1), 1), [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; ++row) {
                T* y = numbers.out[0] + row * size;
                const Moments moments = normalize(numbers.in[0] + row * size, y, size, epsilon, isCentered);
                for (size_t i = 1; i < numbers.out.size(); ++i)
                    if (numbers.out[i])
                        numbers.out[i][row] = static_cast<T>(i == 1 ? moments.mean : moments.factor);
                for (int64_t i = 0; i < size && (hasGamma || hasBeta); ++i)
                    y[i] = y[i] * (hasGamma ? numbers.in[1][i % repeat] : T{1}) + (hasBeta ? numbers.in[2][i % repeat] : T{0});
            }
        });
    });
}

} // namespace

Result<Kernel> makePlainBatchNorm(const Site& site)
{
    const AxisBlocks x = AxisBlocks::of(site.input(0), 1);
    const double epsilon = site.node.attributes.number("epsilon", 1e-5);
    if (!site.has(3) || !site.has(4))
        return cannotRun(site.node, "it has no mean or no variance");
    if (!fitsChannels(site, x.size))
        return cannotRun(site.node, "it has not as many parameters as its input has channels");
    return plainKernel(site, [x, epsilon, hasGamma = site.has(1), hasBeta = site.has(2)](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        const auto& in = numbers.in;
        parallelFor(x.outer * x.size, std::max<int64_t>(kPlainGrain / std::max<int64_t>(x.inner, 1), 1), [&](int64_t begin, int64_t end) {
            for (int64_t block = begin; block < end; ++block) {
                const int64_t c = block % x.size;
                const double factor = (hasGamma ? static_cast<double>(in[1][c]) : 1) / std::sqrt(static_cast<double>(in[4][c]) + epsilon);
                const double offset = (hasBeta ? static_cast<double>(in[2][c]) : 0) - static_cast<double>(in[3][c]) * factor;
                for (int64_t i = block * x.inner; i < (block + 1) * x.inner; ++i)
                    numbers.out[0][i] = static_cast<T>(static_cast<double>(in[0][i]) * factor + offset);
            }
        });
    });
}

Result<Kernel> makePlainInstanceNorm(const Site& site)
{
    return overGroups(site, site.input(0).dim(1));
}

Result<Kernel> makePlainGroupNorm(const Site& site)
{
    return overGroups(site, site.node.attributes.integer("groups", 1));
}

Result<Kernel> makePlainLayerNorm(const Site& site)
{
    const std::vector<int64_t> sizes = site.node.attributes.integers("normalized_shape");
    const ir::Shape& shape = site.input(0).shape();
    if (sizes.size() > shape.size() || !std::equal(sizes.rbegin(), sizes.rend(), shape.rbegin()))
        return cannotRun(site.node, "it normalizes other dimensions than its input has");
    return overRows(site, sizes.size(), true);
}

Result<Kernel> makePlainRmsNorm(const Site& site)
{
    return overRows(site, site.has(1) ? static_cast<size_t>(std::max(site.input(1).rank(), 1)) : 1, false);
}

/// x / |x|_p along `dim`; as torch, a norm below `epsilon` counts as that.
Result<Kernel> makePlainLpNorm(const Site& site)
{
    const AxisBlocks x = AxisBlocks::of(site.input(0), site.node.attributes.integer("dim", -1));
    const auto p = static_cast<double>(site.node.attributes.integer("p", 2));
    const double epsilon = site.node.attributes.number("epsilon", 0);
    return plainKernel(site, [x, p, epsilon](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        for (int64_t line = 0; line < x.lines(); ++line) {
            double sum = 0;
            for (int64_t i = 0; i < x.size; ++i)
                sum += std::pow(std::fabs(static_cast<double>(numbers.in[0][x.at(line, i)])), p);
            const double norm = std::max(std::pow(sum, 1 / p), epsilon);
            for (int64_t i = 0; i < x.size; ++i)
                numbers.out[0][x.at(line, i)] = static_cast<T>(static_cast<double>(numbers.in[0][x.at(line, i)]) / norm);
        }
    });
}

/// More channels than any input has.
constexpr int64_t kMostChannels = int64_t{1} << 31;

/// y = x / (bias + alpha / size * sum of x^2 over `size` channels around)^beta.
Result<Kernel> makePlainLocalResponseNorm(const Site& site)
{
    const AxisBlocks x = AxisBlocks::of(site.input(0), 1);
    const int64_t size = site.node.attributes.integer("size", 5);
    if (size < 1 || size > kMostChannels)
        return cannotRun(site.node, "the number of channels that it sums up is out of range");
    const double alpha = site.node.attributes.number("alpha", 1e-4);
    const double beta = site.node.attributes.number("beta", 0.75);
    const double bias = site.node.attributes.number("bias", 1);
    return plainKernel(site, [=](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        parallelFor(x.lines(), std::max<int64_t>(kPlainGrain / std::max<int64_t>(x.size * size, 1), 1), [&](int64_t begin, int64_t end) {
            for (int64_t line = begin; line < end; ++line)
                for (int64_t c = 0; c < x.size; ++c) {
                    double sum = 0;
                    for (int64_t k = std::max<int64_t>(c - (size - 1) / 2, 0); k <= std::min(c + size / 2, x.size - 1); ++k) {
                        const auto value = static_cast<double>(numbers.in[0][x.at(line, k)]);
                        sum += value * value;
                    }
                    const int64_t at = x.at(line, c);
                    numbers.out[0][at] = static_cast<T>(static_cast<double>(numbers.in[0][at]) / std::pow(bias + alpha / static_cast<double>(size) * sum, beta));
                }
        });
    });
}

/// (x - mean) / (deviation + 1e-9) over the dimensions `dim`.
Result<Kernel> makePlainMeanVarianceNorm(const Site& site)
{
    std::vector<bool> isReduced(site.input(0).shape().size());
    for (const int64_t dim : site.node.attributes.integers("dim")) {
        const auto axis = ops::normalizedAxis(dim, site.input(0).rank());
        if (!axis)
            return ops::axisError(site.node, dim, site.input(0).rank());
        isReduced[*axis] = true;
    }
    return plainKernel(site, [isReduced, shape = site.input(0).shape(), count = site.input(0).elementCount()](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        const auto slotOf = [&](int64_t i) {
            int64_t slot = 0, stride = 1;
            for (size_t axis = shape.size(); axis-- > 0; i /= shape[axis])
                if (!isReduced[axis]) {
                    slot += i % shape[axis] * stride;
                    stride *= shape[axis];
                }
            return static_cast<size_t>(slot);
        };
        std::vector<double> sums(static_cast<size_t>(count)), squares(sums.size()), counts(sums.size());
        for (int64_t i = 0; i < count; ++i) {
            sums[slotOf(i)] += static_cast<double>(numbers.in[0][i]);
            squares[slotOf(i)] += static_cast<double>(numbers.in[0][i]) * static_cast<double>(numbers.in[0][i]);
            ++counts[slotOf(i)];
        }
        for (int64_t i = 0; i < count; ++i) {
            const size_t slot = slotOf(i);
            const double mean = sums[slot] / counts[slot];
            const double deviation = std::sqrt(std::max(0.0, squares[slot] / counts[slot] - mean * mean));
            numbers.out[0][i] = static_cast<T>((static_cast<double>(numbers.in[0][i]) - mean) / (deviation + 1e-9));
        }
    });
}

} // namespace bpu::runtime

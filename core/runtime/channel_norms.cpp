// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Normalizations by channels and groups, in double. Source: ONNX BatchNormalization 15, InstanceNormalization 6,
// GroupNormalization 21, RMSNormalization 23, LpNormalization 1, LRN 13, MeanVarianceNormalization 13.
#include "core/ops/infer.h"
#include "core/runtime/numbers.h"

#include <algorithm>
#include <cmath>

namespace bpu::runtime {
namespace {

using Numbers = std::vector<double>;

double at(const std::vector<Numbers>& inputs, size_t slot, int64_t i, double fallback)
{
    if (slot >= inputs.size() || inputs[slot].empty())
        return fallback;
    return inputs[slot][static_cast<size_t>(i)];
}

/// y = (x - mean) / sqrt(variance + epsilon) of `count` elements.
void standardize(double* x, int64_t count, double epsilon)
{
    double mean = 0;
    double variance = 0;
    for (int64_t i = 0; i < count; ++i)
        mean += x[i] / static_cast<double>(count);
    for (int64_t i = 0; i < count; ++i)
        variance += (x[i] - mean) * (x[i] - mean) / static_cast<double>(count);
    for (int64_t i = 0; i < count; ++i)
        x[i] = (x[i] - mean) / std::sqrt(variance + epsilon);
}

} // namespace

Result<Kernel> makeBatchNorm(const Site& site)
{
    const AroundAxis around(site.input(0).shape(), 1);
    return computed(site, [around, epsilon = site.node.attributes.number("epsilon", 1e-5)](const auto& inputs) {
        Numbers y = inputs[0];
        for (size_t i = 0; i < y.size(); ++i) {
            const int64_t c = static_cast<int64_t>(i) / around.inner % around.size;
            y[i] = (y[i] - at(inputs, 3, c, 0)) / std::sqrt(at(inputs, 4, c, 1) + epsilon) * at(inputs, 1, c, 1) + at(inputs, 2, c, 0);
        }
        return y;
    });
}

/// Of every channel alone, or of groups of them.
Result<Kernel> makeGroupNorm(const Site& site)
{
    const AroundAxis around(site.input(0).shape(), 1);
    const int64_t groups = site.node.op == "instance_norm" ? around.size : site.node.attributes.integer("groups", 1);
    if (groups < 1 || around.size % groups != 0)
        return cannotRun(site.node, "its groups do not divide its channels; correct them");
    return computed(site, [around, groups, epsilon = site.node.attributes.number("epsilon", 1e-5)](const auto& inputs) {
        Numbers y = inputs[0];
        const int64_t each = around.size / groups * around.inner;
        for (int64_t g = 0; g < around.outer * groups; ++g)
            standardize(y.data() + g * each, each, epsilon);
        for (size_t i = 0; i < y.size(); ++i) {
            const int64_t c = static_cast<int64_t>(i) / around.inner % around.size;
            y[i] = y[i] * at(inputs, 1, c, 1) + at(inputs, 2, c, 0);
        }
        return y;
    });
}

Result<Kernel> makeRmsNorm(const Site& site)
{
    const int64_t width = std::max<int64_t>(site.input(0).dim(-1), 1);
    return computed(site, [width, epsilon = site.node.attributes.number("epsilon", 1e-5)](const auto& inputs) {
        Numbers y = inputs[0];
        for (int64_t row = 0; row < std::ssize(y); row += width) {
            double squares = 0;
            for (int64_t i = 0; i < width; ++i)
                squares += y[static_cast<size_t>(row + i)] * y[static_cast<size_t>(row + i)] / static_cast<double>(width);
            for (int64_t i = 0; i < width; ++i)
                y[static_cast<size_t>(row + i)] *= at(inputs, 1, i, 1) / std::sqrt(squares + epsilon);
        }
        return y;
    });
}

Result<Kernel> makeLpNorm(const Site& site)
{
    BPU_TRY(axis, ops::axisOf(site.node, "dim", -1, site.input(0).rank()));
    const AroundAxis around(site.input(0).shape(), axis);
    return computed(site, [around, p = site.node.attributes.integer("p", 2)](const auto& inputs) {
        Numbers y = inputs[0];
        for (int64_t row = 0; row < around.rows(); ++row) {
            double sum = 0;
            for (int64_t i = 0; i < around.size; ++i) {
                const double x = std::fabs(y[static_cast<size_t>(around.at(row, i))]);
                sum += p == 1 ? x : x * x;
            }
            const double norm = p == 1 ? sum : std::sqrt(sum);
            for (int64_t i = 0; i < around.size && norm != 0; ++i)
                y[static_cast<size_t>(around.at(row, i))] /= norm;
        }
        return y;
    });
}

/// y = x / (bias + alpha / size * sum of x^2 over `size` channels around)^beta.
Result<Kernel> makeLocalResponseNorm(const Site& site)
{
    const AroundAxis around(site.input(0).shape(), 1);
    const ir::Attributes& a = site.node.attributes;
    return computed(site, [around, size = a.integer("size", 1), alpha = a.number("alpha", 1e-4), beta = a.number("beta", 0.75), bias = a.number("bias", 1)](const auto& inputs) {
        Numbers y(inputs[0].size());
        for (int64_t row = 0; row < around.rows(); ++row)
            for (int64_t c = 0; c < around.size; ++c) {
                double squares = 0;
                for (int64_t k = std::max<int64_t>(c - (size - 1) / 2, 0); k <= std::min(c + size / 2, around.size - 1); ++k)
                    squares += inputs[0][static_cast<size_t>(around.at(row, k))] * inputs[0][static_cast<size_t>(around.at(row, k))];
                const auto i = static_cast<size_t>(around.at(row, c));
                y[i] = inputs[0][i] / std::pow(bias + alpha / static_cast<double>(size) * squares, beta);
            }
        return y;
    });
}

} // namespace bpu::runtime

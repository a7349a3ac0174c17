// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Activations that have no fast kernel. Source: ONNX Selu 6, HardSigmoid 6, Softplus 1, ThresholdedRelu 10, Shrink 9,
// Celu 12, PRelu 16; torch.nn of the same names.
#include "core/ops/infer.h"
#include "core/ops/tensor_builder.h"
#include "core/runtime/numbers.h"

#include <algorithm>
#include <cmath>

namespace bpu::runtime {
namespace {

using Function = std::function<double(double)>;

Function functionOf(const ir::Node& node)
{
    const auto number = [&](std::string_view name, double fallback) { return node.attributes.number(name, fallback); };
    if (node.op == "selu")
        return [alpha = number("alpha", 1.67326319217681884765625), gamma = number("gamma", 1.05070102214813232421875)](double x) { return gamma * (x > 0 ? x : alpha * std::expm1(x)); };
    if (node.op == "hard_sigmoid")
        return [alpha = number("alpha", 1.0 / 6), beta = number("beta", 0.5)](double x) { return std::clamp(alpha * x + beta, 0.0, 1.0); };
    if (node.op == "softplus")
        return [beta = number("beta", 1)](double x) { return x * beta > 20 ? x : std::log1p(std::exp(beta * x)) / beta; };
    if (node.op == "threshold")
        return [alpha = number("alpha", 1), value = number("value", 0)](double x) { return x > alpha ? x : value; };
    if (node.op == "hard_shrink")
        return [lambd = number("lambd", 0.5)](double x) { return std::fabs(x) > lambd ? x : 0.0; };
    if (node.op == "soft_shrink")
        return [lambd = number("lambd", 0.5), bias = number("bias", number("lambd", 0.5))](double x) { return x > lambd ? x - bias : x < -lambd ? x + bias : 0.0; };
    return [alpha = number("alpha", 1)](double x) { return std::max(0.0, x) + std::min(0.0, alpha * std::expm1(x / alpha)); }; // celu
}

} // namespace

Result<Kernel> makeRareActivation(const Site& site)
{
    return computed(site, [function = functionOf(site.node)](const auto& inputs) {
        std::vector<double> y(inputs[0].size());
        std::ranges::transform(inputs[0], y.begin(), function);
        return y;
    });
}

/// A slope for all, for each channel (one dimension, torch's form), or one that broadcasts (ONNX's).
Result<Kernel> makePrelu(const Site& site)
{
    ir::Shape slope = site.input(1).shape();
    const ir::Shape& x = site.input(0).shape();
    if (slope.size() == 1 && x.size() > 1 && slope[0] == x[1] && slope[0] != 1 && slope[0] != x.back())
        slope.insert(slope.end(), x.size() - 2, 1);
    const auto index = std::make_shared<ops::StridedIndex>(ops::broadcastIndex(x, slope));
    return computed(site, [index](const auto& inputs) {
        std::vector<double> y(inputs[0].size());
        for (size_t i = 0; i < y.size(); ++i)
            y[i] = inputs[0][i] >= 0 ? inputs[0][i] : inputs[0][i] * inputs[1][static_cast<size_t>((*index)(static_cast<int64_t>(i)))];
        return y;
    });
}

/// The first half times the sigmoid of the second.
Result<Kernel> makeGlu(const Site& site)
{
    BPU_TRY(axis, ops::axisOf(site.node, "dim", -1, site.input(0).rank()));
    const AroundAxis around(site.input(0).shape(), axis);
    return computed(site, [around](const auto& inputs) {
        std::vector<double> y(inputs[0].size() / 2);
        const int64_t half = around.size / 2 * around.inner;
        for (size_t i = 0; i < y.size(); ++i) {
            const auto at = static_cast<int64_t>(i);
            const int64_t from = at / std::max<int64_t>(half, 1) * 2 * half + at % std::max<int64_t>(half, 1);
            y[i] = inputs[0][static_cast<size_t>(from)] / (1 + std::exp(-inputs[0][static_cast<size_t>(from + half)]));
        }
        return y;
    });
}

} // namespace bpu::runtime

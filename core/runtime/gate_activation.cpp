// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/gate_activation.h"

#include <algorithm>
#include <cmath>

namespace bpu::runtime {
namespace {

bool isSameName(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

float taken(std::optional<float> fallback, std::span<const double>& numbers)
{
    if (!fallback || numbers.empty())
        return fallback.value_or(0.0F);
    const auto number = static_cast<float>(numbers.front());
    numbers = numbers.subspan(1);
    return number;
}

} // namespace

std::optional<GateActivation> GateActivation::of(std::string_view name, std::span<const double>& alphas, std::span<const double>& betas)
{
    struct Row {
        std::string_view name;
        std::optional<float> alpha; ///< the default; nothing for a function without
        std::optional<float> beta;
        Function function;
    };
    static constexpr Row kRows[] = {
        {"Sigmoid", {}, {}, [](float x, float, float) { return 1.0F / (1.0F + std::exp(-x)); }},
        {"Tanh", {}, {}, [](float x, float, float) { return std::tanh(x); }},
        {"Relu", {}, {}, [](float x, float, float) { return x > 0 ? x : 0; }},
        {"Affine", 1.0F, 0.0F, [](float x, float a, float b) { return a * x + b; }},
        {"LeakyRelu", 0.01F, {}, [](float x, float a, float) { return x >= 0 ? x : a * x; }},
        {"ThresholdedRelu", 1.0F, {}, [](float x, float a, float) { return x > a ? x : 0; }},
        {"ScaledTanh", 1.0F, 1.0F, [](float x, float a, float b) { return a * std::tanh(b * x); }},
        {"HardSigmoid", 0.2F, 0.5F, [](float x, float a, float b) { return std::clamp(a * x + b, 0.0F, 1.0F); }},
        {"Elu", 1.0F, {}, [](float x, float a, float) { return x >= 0 ? x : a * std::expm1(x); }},
        {"Softsign", {}, {}, [](float x, float, float) { return x / (1.0F + std::fabs(x)); }},
        {"Softplus", {}, {}, [](float x, float, float) { return x > 20 ? x : std::log1p(std::exp(x)); }},
    };
    for (const Row& row : kRows) {
        if (!isSameName(row.name, name))
            continue;
        GateActivation activation;
        activation.m_function = row.function;
        activation.m_alpha = taken(row.alpha, alphas);
        activation.m_beta = taken(row.beta, betas);
        return activation;
    }
    return std::nullopt;
}

void GateActivation::apply(std::span<float> numbers, float clip) const
{
    if (clip > 0)
        for (float& x : numbers)
            x = std::clamp(x, -clip, clip);
    for (float& x : numbers)
        x = m_function(x, m_alpha, m_beta);
}

} // namespace bpu::runtime

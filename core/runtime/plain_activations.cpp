// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Activations with parameters. Source: ONNX Selu 6, HardSigmoid 6, Softplus 1, ThresholdedRelu 10, Shrink 9, Celu 12,
// PRelu 16, Gelu 20; torch.nn of the same names.
#include "core/runtime/plain.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

namespace bpu::runtime {
namespace {

struct Parameters {
    double alpha = 0;
    double beta = 0;
    double gamma = 0;
};

/// As docs/operators.md names them, with the defaults of torch.
Parameters parametersOf(const ir::Node& node)
{
    const auto number = [&](std::string_view name, double fallback) { return node.attributes.number(name, fallback); };
    if (node.op == "selu")
        return {number("alpha", 1.6732632423543772), 0, number("gamma", 1.0507009873554805)};
    if (node.op == "hard_sigmoid")
        return {number("alpha", 1.0 / 6), number("beta", 0.5), 0};
    if (node.op == "leaky_relu")
        return {number("negative_slope", 0.01), 0, 0};
    if (node.op == "hard_shrink" || node.op == "soft_shrink")
        return {number("lambd", 0.5), 0, 0};
    if (node.op == "softplus") // without a threshold, as ONNX has it: never linear
        return {number("threshold", HUGE_VAL), number("beta", 1), 0};
    return {number("alpha", 1), number("beta", 1), 0};
}

template <typename T>
using Function = T (*)(T x, T alpha, T beta, T gamma);

template <typename T>
struct Entry {
    std::string_view op;
    Function<T> function;
};

/// Written so that NaN stays NaN.
template <typename T>
constexpr Entry<T> kFunctions[] = {
    {"elu", [](T x, T alpha, T, T) { return x < 0 ? alpha * std::expm1(x) : x; }},
    {"celu", [](T x, T alpha, T, T) { return x < 0 ? alpha * std::expm1(x / alpha) : x; }},
    {"selu", [](T x, T alpha, T, T gamma) { return gamma * (x < 0 ? alpha * std::expm1(x) : x); }},
    {"leaky_relu", [](T x, T alpha, T, T) { return x < 0 ? alpha * x : x; }},
    {"hard_sigmoid", [](T x, T alpha, T beta, T) {
         const T y = alpha * x + beta;
         return y < 0 ? T{0} : y > 1 ? T{1} : y;
     }},
    {"softplus", [](T x, T alpha, T beta, T) { return beta * x > alpha ? x : (x < 0 ? T{0} : x) + std::log1p(std::exp(-std::fabs(beta * x))) / beta; }},
    {"threshold", [](T x, T alpha, T, T) { return x <= alpha ? T{0} : x; }},
    {"hard_shrink", [](T x, T alpha, T, T) { return std::fabs(x) <= alpha ? T{0} : x; }},
    {"soft_shrink", [](T x, T alpha, T, T) { return x > alpha ? x - alpha : x < -alpha ? x + alpha : std::isnan(x) ? x : T{0}; }},
};

template <typename T>
T geluTanh(T x, T, T, T)
{
    constexpr T kFactor = std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>;
    return x * (1 + std::tanh(kFactor * (x + static_cast<T>(0.044715) * x * x * x))) / 2;
}

template <typename T>
T geluErf(T x, T, T, T)
{
    return x * (1 + std::erf(x / std::numbers::sqrt2_v<T>)) / 2;
}

template <typename T>
Function<T> functionOf(const ir::Node& node)
{
    if (node.op == "gelu")
        return node.attributes.text("approximate", "none") == "tanh" ? geluTanh<T> : geluErf<T>;
    for (const Entry<T>& entry : kFunctions<T>)
        if (entry.op == node.op)
            return entry.function;
    return nullptr;
}

} // namespace

Result<Kernel> makePlainActivation(const Site& site)
{
    const Function<float> single = functionOf<float>(site.node);
    const Function<double> wide = functionOf<double>(site.node);
    if (!single || !wide)
        return Kernel{};
    return plainKernel(site, [single, wide, p = parametersOf(site.node), count = site.output().elementCount()](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        const auto function = [&] {
            if constexpr (std::is_same_v<T, float>)
                return single;
            else
                return wide;
        }();
        parallelFor(count, kPlainGrain, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i)
                numbers.out[0][i] = function(numbers.in[0][i], static_cast<T>(p.alpha), static_cast<T>(p.beta), static_cast<T>(p.gamma));
        });
    });
}

/// A slope of rank 1 is one per channel, as torch has it, unless it fits the last dimension only, as ONNX broadcasts.
Result<Kernel> makePlainPrelu(const Site& site)
{
    const ir::TensorType& x = site.input(0);
    const ir::TensorType& slope = site.input(1);
    ir::Shape aligned = slope.shape();
    if (slope.rank() == 1 && x.rank() > 1 && slope.dim(0) == x.dim(1))
        aligned.resize(static_cast<size_t>(x.rank() - 1), 1);
    if (aligned.size() > x.shape().size())
        return cannotRun(site.node, "its slope has more dimensions than its input");
    aligned.insert(aligned.begin(), x.shape().size() - aligned.size(), 1);
    if (!std::ranges::equal(aligned, x.shape(), [](int64_t own, int64_t whole) { return own == 1 || own == whole; }))
        return cannotRun(site.node, fmt::format("its slope {} does not broadcast to its input {}", ir::shapeText(slope), ir::shapeText(x)));
    std::vector<int64_t> strides(aligned.size(), 0);
    int64_t stride = 1;
    for (size_t i = aligned.size(); i-- > 0; stride *= aligned[i])
        strides[i] = aligned[i] == 1 ? 0 : stride;
    return plainKernel(site, [strides, shape = x.shape(), count = x.elementCount()](const auto& numbers) {
        parallelFor(count, kPlainGrain, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) {
                int64_t at = 0;
                for (size_t axis = shape.size(), rest = static_cast<size_t>(i); axis-- > 0; rest /= static_cast<size_t>(shape[axis]))
                    at += static_cast<int64_t>(rest % static_cast<size_t>(shape[axis])) * strides[axis];
                const auto number = numbers.in[0][i];
                numbers.out[0][i] = number < 0 ? number * numbers.in[1][at] : number;
            }
        });
    });
}

/// a * sigmoid(b) of the two halves along `dim`.
Result<Kernel> makePlainGlu(const Site& site)
{
    const AxisBlocks x = AxisBlocks::of(site.input(0), site.node.attributes.integer("dim", -1));
    const int64_t half = x.size / 2 * x.inner;
    return plainKernel(site, [half, outer = x.outer](const auto& numbers) {
        parallelFor(outer * half, kPlainGrain, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) {
                const auto* at = numbers.in[0] + i / half * 2 * half + i % half;
                numbers.out[0][i] = at[0] / (1 + std::exp(-at[half]));
            }
        });
    });
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Elementwise operators on float32. They run over a value in whatever order it lies, so that no copy is needed
// between two convolutions. Other types are computed by the folding kernels.
#include "core/ops/infer.h"
#include "core/runtime/onednn.h"
#include "core/runtime/parallel.h"
#include "core/runtime/post_ops.h"
#include "core/runtime/widened.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace bpu::runtime {
namespace {

constexpr int64_t kGrain = 16384;

using Function = float (*)(float);

/// Those that oneDNN lacks or computes less exactly.
Function functionOf(std::string_view op)
{
    static constexpr std::pair<std::string_view, Function> kFunctions[] = {
        {"exp", [](float x) { return std::exp(x); }},       {"log", [](float x) { return std::log(x); }},
        {"sqrt", [](float x) { return std::sqrt(x); }},     {"rsqrt", [](float x) { return 1.0F / std::sqrt(x); }},
        {"reciprocal", [](float x) { return 1.0F / x; }},   {"neg", [](float x) { return -x; }},
        {"abs", [](float x) { return std::fabs(x); }},      {"floor", [](float x) { return std::floor(x); }},
        {"ceil", [](float x) { return std::ceil(x); }},     {"round", [](float x) { return std::nearbyint(x); }},
        {"erf", [](float x) { return std::erf(x); }},       {"sin", [](float x) { return std::sin(x); }},
        {"cos", [](float x) { return std::cos(x); }},       {"square", [](float x) { return x * x; }},
        {"softsign", [](float x) { return x / (1.0F + std::fabs(x)); }},
        {"mish", [](float x) { return x * std::tanh(x > 20 ? x : std::log1p(std::exp(x))); }},
    };
    const auto found = std::ranges::find(kFunctions, op, &std::pair<std::string_view, Function>::first);
    return found == std::end(kFunctions) ? nullptr : found->second;
}

using BinaryFunction = float (*)(float, float);

BinaryFunction binaryOf(std::string_view op)
{
    static constexpr std::pair<std::string_view, BinaryFunction> kFunctions[] = {
        {"add", [](float a, float b) { return a + b; }}, {"sub", [](float a, float b) { return a - b; }},
        {"mul", [](float a, float b) { return a * b; }}, {"div", [](float a, float b) { return a / b; }},
        {"pow", [](float a, float b) { return b == 2 ? a * a : b == 0.5F ? std::sqrt(a) : std::pow(a, b); }},
        {"maximum", [](float a, float b) { return std::isnan(a) || a > b ? a : b; }}, {"minimum", [](float a, float b) { return std::isnan(a) || a < b ? a : b; }},
    };
    const auto found = std::ranges::find(kFunctions, op, &std::pair<std::string_view, BinaryFunction>::first);
    return found == std::end(kFunctions) ? nullptr : found->second;
}

template <typename F>
void zip(const float* a, int64_t stepA, const float* b, int64_t stepB, float* y, int64_t count, F f)
{
    for (int64_t i = 0; i < count; ++i)
        y[i] = f(a[i * stepA], b[i * stepB]);
}

/// Inlined loops for the four that matter; the others through the pointer.
void applyRow(std::string_view op, BinaryFunction function, const float* a, int64_t stepA, const float* b, int64_t stepB, float* y, int64_t count)
{
    const auto run = [&](auto f) {
        if (stepA == 1 && stepB == 1)
            zip(a, 1, b, 1, y, count, f);
        else if (stepA == 1 && stepB == 0)
            zip(a, 1, b, 0, y, count, f);
        else
            zip(a, stepA, b, stepB, y, count, f);
    };
    if (op == "add")
        run([](float x, float z) { return x + z; });
    else if (op == "mul")
        run([](float x, float z) { return x * z; });
    else if (op == "sub")
        run([](float x, float z) { return x - z; });
    else if (op == "div")
        run([](float x, float z) { return x / z; });
    else
        run(function);
}

/// Strides of an operand along the result's dimensions: 0 where it is repeated.
std::vector<int64_t> broadcastStrides(const ir::Shape& shape, const ir::Shape& result)
{
    std::vector<int64_t> strides(result.size(), 0);
    int64_t stride = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
        const size_t at = shape.size() - 1 - i;
        strides[result.size() - 1 - i] = shape[at] == 1 ? 0 : stride;
        stride *= shape[at];
    }
    return strides;
}

/// Dimensions that both operands walk alike become one: most broadcasts end with one or two.
struct Walk {
    std::vector<int64_t> sizes, a, b;

    Walk(const ir::Shape& result, const std::vector<int64_t>& stepsA, const std::vector<int64_t>& stepsB)
    {
        for (size_t i = 0; i < result.size(); ++i) {
            if (result[i] == 1 && i + 1 < result.size())
                continue;
            if (!sizes.empty() && a.back() == stepsA[i] * result[i] && b.back() == stepsB[i] * result[i]) {
                sizes.back() *= result[i];
                a.back() = stepsA[i];
                b.back() = stepsB[i];
            } else {
                sizes.push_back(result[i]);
                a.push_back(stepsA[i]);
                b.push_back(stepsB[i]);
            }
        }
        if (sizes.empty()) {
            sizes = {1};
            a = b = {0};
        }
    }
};

struct Limits {
    float low, high;
};

/// Of the operators that cut numbers off. oneDNN's give a limit where a number is NaN, which these keep.
std::optional<Limits> limitsOf(const ir::Node& node)
{
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    if (node.op == "relu")
        return Limits{0, kInfinity};
    if (node.op == "relu6")
        return Limits{0, 6};
    if (node.op != "clamp" || node.inputs.size() != 1)
        return std::nullopt;
    return Limits{static_cast<float>(node.attributes.number("min", -kInfinity)), static_cast<float>(node.attributes.number("max", kInfinity))};
}

/// The upper limit wins where the two cross, as in PyTorch.
Run cutOff(Limits limits, int64_t count)
{
    return [limits, count](const Call& call) -> Result<void> {
        const float* x = call.inputs[0].in<float>();
        float* y = call.outputs[0].out<float>();
        parallelFor(count, kGrain, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) {
                const float raised = x[i] < limits.low ? limits.low : x[i];
                y[i] = raised > limits.high ? limits.high : raised;
            }
        });
        return {};
    };
}

} // namespace

Result<Kernel> makeUnary(const Site& site)
{
    if (!isFloat32Only(site))
        return Kernel{};
    const int64_t count = site.output().elementCount();
    const LayoutPtr layout = denseLayout(site, 0, count);
    Kernel kernel{.run = {}, .wants = {layout}, .gives = {layout}};
    if (const auto limits = limitsOf(site.node)) {
        kernel.run = cutOff(*limits, count);
        return kernel;
    }
    if (const Function function = functionOf(site.node.op)) {
        kernel.run = [function, count](const Call& call) -> Result<void> {
            const float* x = call.inputs[0].in<float>();
            float* y = call.outputs[0].out<float>();
            parallelFor(count, kGrain, [&](int64_t begin, int64_t end) { std::transform(x + begin, x + end, y + begin, function); });
            return {};
        };
        return kernel;
    }
    const Eltwise eltwise = eltwiseOf(site.node);
    if (eltwise.algorithm == dnnl::algorithm::undef || count == 0)
        return Kernel{};
    return guarded(site.node, [&]() -> Result<Kernel> {
        const dnnl::memory::desc order = layout ? layout->desc : plain({count});
        const dnnl::eltwise_forward::desc desc(dnnl::prop_kind::forward_inference, eltwise.algorithm, order, eltwise.alpha, eltwise.beta);
        kernel.run = runOf(site.node, dnnl::eltwise_forward({desc, attributes(), engine()}), {{DNNL_ARG_SRC, 0, order}, {DNNL_ARG_DST, -1, order}});
        return kernel;
    });
}

namespace {

/// torch lets numbers of another type meet a float32 tensor (an int64 or float64 constant in a trace): as float32.
/// Nothing when an operand that is no constant has another type.
std::optional<std::vector<ir::Tensor>> asFloats(const Site& site)
{
    std::vector<ir::Tensor> replaced(site.node.inputs.size());
    for (size_t i = 0; i < replaced.size(); ++i) {
        const ir::Tensor* constant = site.constant(i);
        if (!site.has(i) || site.input(i).dtype() == ir::DType::Float32)
            continue;
        if (!constant || (!ir::isFloat(constant->dtype()) && !ir::isInteger(constant->dtype())))
            return std::nullopt;
        std::vector<float> numbers;
        for (const double number : constant->toDoubles())
            numbers.push_back(static_cast<float>(number));
        replaced[i] = ir::Tensor::floats(constant->shape(), numbers);
    }
    return site.output().dtype() == ir::DType::Float32 ? std::optional(std::move(replaced)) : std::nullopt;
}

} // namespace

/// Both operands in the first one's order where their shapes agree, else by rows.
Result<Kernel> makeBinary(const Site& site)
{
    const BinaryFunction function = binaryOf(site.node.op);
    auto replaced = asFloats(site);
    if (!function || !replaced || site.node.inputs.size() != 2)
        return Kernel{};
    const int64_t count = site.output().elementCount();
    const bool isSame = site.input(0).shape() == site.input(1).shape();
    LayoutPtr layout = isSame ? denseLayout(site, 0, count) : nullptr;
    if (isSame && !layout)
        layout = denseLayout(site, 1, count);
    Walk walk(site.output().shape(), broadcastStrides(site.input(0).shape(), site.output().shape()), broadcastStrides(site.input(1).shape(), site.output().shape()));
    Kernel kernel{.run = {}, .wants = {layout, layout}, .gives = {layout}};
    kernel.constants = std::move(*replaced);
    kernel.run = [op = std::string_view(site.node.op), function, walk, count](const Call& call) -> Result<void> {
        const float* a = call.inputs[0].in<float>();
        const float* b = call.inputs[1].in<float>();
        float* y = call.outputs[0].out<float>();
        const size_t last = walk.sizes.size() - 1;
        const int64_t row = walk.sizes[last];
        if (last == 0) {
            parallelFor(count, kGrain, [&](int64_t begin, int64_t end) {
                applyRow(op, function, a + begin * walk.a[0], walk.a[0], b + begin * walk.b[0], walk.b[0], y + begin, end - begin);
            });
            return {};
        }
        parallelFor(count / std::max<int64_t>(row, 1), std::max<int64_t>(kGrain / std::max<int64_t>(row, 1), 1), [&](int64_t begin, int64_t end) {
            for (int64_t r = begin; r < end; ++r) {
                int64_t rest = r, atA = 0, atB = 0;
                for (size_t i = last; i-- > 0;) {
                    atA += rest % walk.sizes[i] * walk.a[i];
                    atB += rest % walk.sizes[i] * walk.b[i];
                    rest /= walk.sizes[i];
                }
                applyRow(op, function, a + atA, walk.a[last], b + atB, walk.b[last], y + r * row, row);
            }
        });
        return {};
    };
    return kernel;
}

} // namespace bpu::runtime

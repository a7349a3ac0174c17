// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Softmax and layer norm on integers. docs/arithmetic.md has the formulas and why they fit in 64 bits.
#include "core/ops/infer.h"
#include "core/runtime/integer/operands.h"
#include "core/runtime/parallel.h"
#include "core/runtime/plain.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace bpu::runtime::integer {
namespace {

constexpr int64_t kMostNormed = 32768; ///< numbers of a layer norm: c^2 summed stays inside int64
constexpr int kDeviationBits = 14;     ///< of z: steps to one deviation

/// floor(sqrt(v)) for v below 2^62.
int64_t rootOf(int64_t v)
{
    auto root = static_cast<int64_t>(std::sqrt(static_cast<double>(v)));
    while (root * root > v)
        --root;
    while ((root + 1) * (root + 1) <= v)
        ++root;
    return root;
}

/// The numbers that a layer norm gives each element: m * z + b, all by 2^-shift.
struct Affine {
    std::vector<int64_t> m, b;
    int shift = 1;
};

/// A float parameter of `size` numbers; `fallback` where it is absent.
Result<std::vector<double>> parameterOf(const Site& site, size_t i, int64_t size, double fallback)
{
    if (!site.has(i))
        return std::vector<double>(static_cast<size_t>(size), fallback);
    BPU_TRY(constant, constantOf(site, i, i == 1 ? "gamma" : "beta"));
    if (constant->dtype() != ir::DType::Float32 || constant->elementCount() != size)
        return cannotRun(site.node, fmt::format("its {} is {}; it has to be {} numbers of f32", i == 1 ? "gamma" : "beta", constant->type().text(), size));
    return constant->toDoubles();
}

Result<Affine> affineOf(const Site& site, int64_t size, double scale)
{
    BPU_TRY(gamma, parameterOf(site, 1, size, 1));
    BPU_TRY(beta, parameterOf(site, 2, size, 0));
    double most = 0;
    for (const double g : gamma)
        most = std::max(most, std::fabs(std::ldexp(g / scale, -kDeviationBits)));
    Affine affine;
    if (most > 0) {
        BPU_TRY(r, requantizerOf(site, most));
        affine.shift = r.shift;
    } else {
        affine.shift = 30;
    }
    for (size_t i = 0; i < gamma.size(); ++i) {
        if (!(std::fabs(std::ldexp(beta[i] / scale, affine.shift)) < 0x1p61))
            return cannotRun(site.node, fmt::format("its beta of {:.4g} is out of range for a scale of {:.4g}; calibrate again", beta[i], scale));
        affine.m.push_back(stepsOf(std::ldexp(gamma[i] / scale, -kDeviationBits), affine.shift));
        affine.b.push_back(stepsOf(beta[i] / scale, affine.shift));
    }
    return affine;
}

/// z of one row: (N x - sum) * 2^22 / D.
void deviations(const int8_t* x, int64_t count, int64_t epsilon, std::vector<int64_t>& z)
{
    int64_t sum = 0, squares = 0;
    for (int64_t i = 0; i < count; ++i)
        sum += x[i];
    for (int64_t i = 0; i < count; ++i) {
        z[static_cast<size_t>(i)] = count * x[i] - sum;
        squares += z[static_cast<size_t>(i)] * z[static_cast<size_t>(i)];
    }
    const int64_t deviation = rootOf((squares / count + epsilon) << 16);
    for (int64_t& c : z)
        c = deviation == 0 ? 0 : quant::roundedQuotient(c << (kDeviationBits + 8), deviation);
}

} // namespace

Result<Kernel> makeIntegerSoftmax(const Site& site)
{
    BPU_TRY(x, inputGrid(site, 0));
    BPU_TRY(y, resultGrid(site));
    if (x.type != ir::QType::QInt8)
        return cannotRun(site.node, "softmax takes qint8");
    BPU_TRY(table, constantOf(site, 1, "table"));
    if (table->type() != ir::TensorType(ir::DType::Int32, {256}))
        return cannotRun(site.node, fmt::format("its table is {}; it has to be i32[256]", table->type().text()));
    std::vector<int32_t> steps(256);
    for (size_t i = 0; i < steps.size(); ++i)
        steps[i] = table->at<int32_t>(static_cast<int64_t>(i));
    if (std::ranges::any_of(steps, [](int32_t e) { return e < 0 || e > 1 << 15; }) || steps[0] == 0)
        return cannotRun(site.node, "its table does not hold numbers from 0 to 2^15 that start above 0");
    BPU_TRY(axis, ops::axisOf(site.node, "dim", -1, site.input(0).rank()));
    BPU_TRY(r, requantizerOf(site, 1 / y.scale));
    const AxisBlocks blocks = AxisBlocks::of(site.input(0), static_cast<int64_t>(axis));
    if (blocks.size > std::numeric_limits<int32_t>::max())
        return cannotRun(site.node, "its dimension is too long");
    return Kernel{.run = [blocks, steps, r = r, grid = y.grid](const Call& call) -> Result<void> {
        const int8_t* from = call.inputs[0].in<int8_t>();
        withStored(call.outputs[0].type->dtype(), [&](auto type) {
            auto* to = call.outputs[0].out<decltype(type)>();
            parallelFor(blocks.lines(), std::max<int64_t>(4096 / std::max<int64_t>(blocks.size, 1), 1), [&](int64_t begin, int64_t end) {
                for (int64_t line = begin; line < end; ++line) {
                    int32_t most = -128;
                    for (int64_t i = 0; i < blocks.size; ++i)
                        most = std::max<int32_t>(most, from[blocks.at(line, i)]);
                    int64_t sum = 0;
                    for (int64_t i = 0; i < blocks.size; ++i)
                        sum += steps[static_cast<size_t>(most - from[blocks.at(line, i)])];
                    // e * m is below 2^47: where the divisor leaves 62 bits, every quotient is below a half.
                    const bool isTiny = sum > std::numeric_limits<int64_t>::max() >> (r.shift + 1);
                    for (int64_t i = 0; i < blocks.size; ++i) {
                        const int64_t e = steps[static_cast<size_t>(most - from[blocks.at(line, i)])];
                        to[blocks.at(line, i)] = static_cast<decltype(type)>(isTiny ? 0 : clampTo(grid, quant::roundedQuotient(e * r.multiplier, sum << r.shift)));
                    }
                }
            });
        });
        return {};
    }};
}

Result<Kernel> makeIntegerLayerNorm(const Site& site)
{
    BPU_TRY(x, inputGrid(site, 0));
    BPU_TRY(y, resultGrid(site));
    if (x.type != ir::QType::QInt8)
        return cannotRun(site.node, "layer_norm takes qint8");
    int64_t count = 1;
    for (const int64_t size : site.node.attributes.integers("normalized_shape"))
        count = count > kMostNormed || size < 1 || size > kMostNormed ? kMostNormed + 1 : count * size;
    const int64_t elements = site.input(0).elementCount();
    if (count < 1 || count > kMostNormed || elements % count != 0)
        return cannotRun(site.node, fmt::format("it normalizes {} numbers of {}; the integer form takes up to {}", count, site.input(0).text(), kMostNormed));
    const double epsilon = site.node.attributes.number("epsilon", 1e-5) * static_cast<double>(count * count) / (x.scale * x.scale);
    if (!(epsilon >= 0 && epsilon < 0x1p44))
        return cannotRun(site.node, fmt::format("its epsilon is out of range for a scale of {:.4g}; calibrate again", x.scale));
    BPU_TRY(affine, affineOf(site, count, y.scale));
    return Kernel{.run = [affine = affine, count, rows = elements / count, epsilon = std::llround(epsilon), grid = y.grid](const Call& call) -> Result<void> {
        withStored(call.outputs[0].type->dtype(), [&](auto type) {
            parallelFor(rows, std::max<int64_t>(4096 / count, 1), [&](int64_t begin, int64_t end) {
                std::vector<int64_t> z(static_cast<size_t>(count));
                for (int64_t row = begin; row < end; ++row) {
                    deviations(call.inputs[0].in<int8_t>() + row * count, count, epsilon, z);
                    auto* to = call.outputs[0].out<decltype(type)>() + row * count;
                    for (size_t i = 0; i < z.size(); ++i)
                        to[i] = static_cast<decltype(type)>(clampTo(grid, quant::roundedShift(affine.m[i] * z[i] + affine.b[i], affine.shift)));
                }
            });
        });
        return {};
    }};
}

} // namespace bpu::runtime::integer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators of two tensors, each on a grid of its own. docs/arithmetic.md, "Operators on integers".
#include "core/ops/tensor_builder.h"
#include "core/runtime/integer/layouts.h"
#include "core/runtime/integer/operands.h"
#include "core/runtime/parallel.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

namespace bpu::runtime::integer {
namespace {

/// The result in runs of `inner` elements along which each operand stands still (step 0) or goes along (step 1).
struct Runs {
    int64_t inner = 1;
    int64_t count = 0;
    std::array<int64_t, 2> step{1, 1};
    std::array<ops::StridedIndex, 2> index; ///< where the operands start, by the first element of a run
    bool isChannelsLast = false;

    static Result<Runs> of(const Site& site)
    {
        if (auto pixels = ofPixels(site))
            return *pixels;
        const ir::Shape& y = site.output().shape();
        std::array<ir::Shape, 2> shapes{site.input(0).shape(), site.input(1).shape()};
        for (ir::Shape& shape : shapes) {
            shape.insert(shape.begin(), y.size() - std::min(y.size(), shape.size()), 1);
            if (shape.size() != y.size())
                return cannotRun(site.node, "its operands have more dimensions than its result");
        }
        Runs runs{.index = {ops::broadcastIndex(y, site.input(0).shape()), ops::broadcastIndex(y, site.input(1).shape())}};
        size_t axis = y.size();
        const auto fits = [&](size_t k, size_t at) { return shapes[k][at] == (runs.step[k] == 1 ? y[at] : 1); };
        for (size_t k = 0; k < 2 && axis > 0; ++k)
            runs.step[k] = shapes[k][axis - 1] == y[axis - 1] ? 1 : 0;
        while (axis > 0 && fits(0, axis - 1) && fits(1, axis - 1))
            runs.inner *= y[--axis];
        runs.count = site.output().elementCount() / std::max<int64_t>(runs.inner, 1);
        return runs;
    }

    /// Where one operand arrives with its channels last: a run is a pixel. Each operand is of the result's shape, or has one
    /// pixel for an image. Nothing for others.
    static std::optional<Runs> ofPixels(const Site& site)
    {
        const ir::TensorType& y = site.output();
        if (!arrivesChannelsLast(site, 0) && !arrivesChannelsLast(site, 1))
            return std::nullopt;
        const ChannelsLast order = ChannelsLast::of(y);
        std::array<std::vector<int64_t>, 2> strides;
        for (size_t k = 0; k < 2; ++k) {
            const ir::TensorType& x = site.input(k);
            const ChannelsLast own = x.rank() == y.rank() ? ChannelsLast::of(x) : ChannelsLast{};
            if (own.batch != order.batch || own.channels != order.channels || (x.shape() != y.shape() && own.pixels != 1))
                return std::nullopt;
            strides[k] = {own.pixels * order.stride(), own.pixels == 1 ? 0 : order.stride(), 1};
        }
        const ir::Shape pixels{order.batch, order.pixels, order.stride()};
        return Runs{.inner = order.stride(), .count = order.batch * order.pixels, .index = {ops::StridedIndex(pixels, strides[0]), ops::StridedIndex(pixels, strides[1])}, .isChannelsLast = true};
    }
};

/// y[i] = f(a[i], b[i]), operands and result in the types they are stored as.
template <typename F>
Result<Kernel> broadcasting(const Site& site, F f)
{
    BPU_TRY(runs, Runs::of(site));
    Kernel kernel{.run = [runs, f](const Call& call) -> Result<void> {
        const auto over = [&](auto* a, auto* b, auto* y) {
            parallelFor(runs.count, std::max<int64_t>(16384 / std::max<int64_t>(runs.inner, 1), 1), [&](int64_t begin, int64_t end) {
                for (int64_t run = begin; run < end; ++run) {
                    const auto* left = a + runs.index[0](run * runs.inner);
                    const auto* right = b + runs.index[1](run * runs.inner);
                    auto* to = y + run * runs.inner;
                    for (int64_t i = 0; i < runs.inner; ++i)
                        to[i] = static_cast<std::remove_pointer_t<decltype(to)>>(f(left[i * runs.step[0]], right[i * runs.step[1]]));
                }
            });
        };
        const auto operandsOf = [&](auto* y) {
            withStored(call.inputs[0].type->dtype(), [&](auto a) {
                withStored(call.inputs[1].type->dtype(), [&](auto b) { over(call.inputs[0].in<decltype(a)>(), call.inputs[1].in<decltype(b)>(), y); });
            });
        };
        if (call.outputs[0].type->dtype() == ir::DType::Bool)
            operandsOf(call.outputs[0].out<uint8_t>());
        else
            withStored(call.outputs[0].type->dtype(), [&](auto y) { operandsOf(call.outputs[0].out<decltype(y)>()); });
        return {};
    }};
    if (runs.isChannelsLast) {
        kernel.wants = {channelsLastOf(site.input(0)), channelsLastOf(site.input(1))};
        kernel.gives = {channelsLastOf(site.output())};
    }
    return kernel;
}

/// Two factors as integers of one unit: a factor is m * 2^-shift, the larger m is in [2^30, 2^31).
struct CommonUnit {
    int64_t a = 1, b = 1;
    int shift = 1;

    static Result<CommonUnit> of(const Site& site, double a, double b)
    {
        BPU_TRY(larger, requantizerOf(site, std::max(a, b)));
        return CommonUnit{stepsOf(a, larger.shift), stepsOf(b, larger.shift), larger.shift};
    }
};

struct Grids {
    TensorGrid a, b;

    static Result<Grids> of(const Site& site)
    {
        BPU_TRY(a, inputGrid(site, 0));
        BPU_TRY(b, inputGrid(site, 1));
        return Grids{a, b};
    }
};

} // namespace

Result<Kernel> makeIntegerAdd(const Site& site)
{
    BPU_TRY(grids, Grids::of(site));
    BPU_TRY(y, resultGrid(site));
    BPU_TRY(unit, CommonUnit::of(site, grids.a.scale / y.scale, grids.b.scale / y.scale));
    const int64_t m = site.node.op == "sub" ? -unit.b : unit.b;
    return broadcasting(site, [a = unit.a, m, shift = unit.shift, grid = y.grid](int32_t p, int32_t q) { return clampTo(grid, quant::roundedShift(a * p + m * q, shift)); });
}

Result<Kernel> makeIntegerMul(const Site& site)
{
    BPU_TRY(grids, Grids::of(site));
    BPU_TRY(y, resultGrid(site));
    BPU_TRY(r, requantizerOf(site, grids.a.scale * grids.b.scale / y.scale));
    return broadcasting(site, [r = r, grid = y.grid](int32_t p, int32_t q) { return clampTo(grid, quant::scaled(p * q, r)); });
}

/// a * m / (b * 2^n) by exact division. |a * m| is below 2^46, so with n above 47 every quotient is below a half.
Result<Kernel> makeIntegerDiv(const Site& site)
{
    BPU_TRY(grids, Grids::of(site));
    BPU_TRY(y, resultGrid(site));
    BPU_TRY(r, requantizerOf(site, grids.a.scale / (grids.b.scale * y.scale)));
    return broadcasting(site, [r = r, grid = y.grid](int32_t p, int32_t q) {
        if (q == 0)
            return static_cast<int32_t>(p > 0 ? grid.max : p < 0 ? grid.min : 0);
        return r.shift > 47 ? 0 : clampTo(grid, quant::roundedQuotient(int64_t{p} * r.multiplier, int64_t{q} << r.shift));
    });
}

/// On one grid the integers themselves are compared, else both in their common unit.
Result<Kernel> makeIntegerExtreme(const Site& site)
{
    BPU_TRY(grids, Grids::of(site));
    BPU_TRY(y, resultGrid(site));
    const bool isMax = site.node.op == "maximum";
    if (grids.a == grids.b && grids.a == y)
        return broadcasting(site, [isMax](int32_t p, int32_t q) { return isMax ? std::max(p, q) : std::min(p, q); });
    if (grids.a.scale == grids.b.scale) {
        BPU_TRY(r, requantizerOf(site, grids.a.scale / y.scale));
        return broadcasting(site, [isMax, r = r, grid = y.grid](int32_t p, int32_t q) { return clampTo(grid, quant::scaled(isMax ? std::max(p, q) : std::min(p, q), r)); });
    }
    BPU_TRY(unit, CommonUnit::of(site, grids.a.scale / y.scale, grids.b.scale / y.scale));
    return broadcasting(site, [isMax, unit = unit, grid = y.grid](int32_t p, int32_t q) {
        const int64_t left = unit.a * p, right = unit.b * q;
        return clampTo(grid, quant::roundedShift(isMax ? std::max(left, right) : std::min(left, right), unit.shift));
    });
}

Result<Kernel> makeIntegerComparison(const Site& site)
{
    BPU_TRY(grids, Grids::of(site));
    if (site.output().dtype() != ir::DType::Bool)
        return cannotRun(site.node, fmt::format("it gives {}; a comparison gives bool", site.output().text()));
    CommonUnit unit;
    if (grids.a.scale != grids.b.scale) {
        const double larger = std::max(grids.a.scale, grids.b.scale);
        BPU_TRY(common, CommonUnit::of(site, grids.a.scale / larger, grids.b.scale / larger));
        unit = common;
    }
    const auto with = [&](auto compare) {
        return broadcasting(site, [unit, compare](int32_t p, int32_t q) { return compare(unit.a * p, unit.b * q) ? 1 : 0; });
    };
    const std::string_view op = site.node.op;
    if (op == "eq")
        return with(std::equal_to<>());
    if (op == "ne")
        return with(std::not_equal_to<>());
    if (op == "lt")
        return with(std::less<>());
    if (op == "le")
        return with(std::less_equal<>());
    return op == "gt" ? with(std::greater<>()) : with(std::greater_equal<>());
}

} // namespace bpu::runtime::integer

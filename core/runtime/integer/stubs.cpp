// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Into the grids, out of them, and from one to another.
#include "core/ops/infer.h"
#include "core/quant/fake_quantize.h"
#include "core/runtime/integer/layouts.h"
#include "core/runtime/integer/operands.h"
#include "core/runtime/parallel.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>

namespace bpu::runtime::integer {
namespace {

constexpr int64_t kGrain = 16384;

/// y[i] = f(x[i]) for the stored types of both, in the order in which x arrives.
template <typename F>
Kernel elementwise(const Site& site, F f)
{
    const ChannelsLast* order = arrivesChannelsLast(site, 0);
    const int64_t count = order ? order->batch * order->pixels * order->stride() : site.output().elementCount();
    Kernel kernel{.run = [f, count](const Call& call) -> Result<void> {
        withStored(call.inputs[0].type->dtype(), [&](auto from) {
            withStored(call.outputs[0].type->dtype(), [&](auto to) {
                const auto* x = call.inputs[0].in<decltype(from)>();
                auto* y = call.outputs[0].out<decltype(to)>();
                parallelFor(count, kGrain, [&](int64_t begin, int64_t end) {
                    for (int64_t i = begin; i < end; ++i)
                        y[i] = static_cast<decltype(to)>(f(x[i]));
                });
            });
        });
        return {};
    }};
    if (order) {
        kernel.wants = {site.layouts[0]};
        kernel.gives = {channelsLastOf(site.output())};
    }
    return kernel;
}

/// A table of `size` integers of one of two types.
Result<std::vector<int32_t>> tableOf(const Site& site, int64_t size, ir::DType dtype)
{
    BPU_TRY(constant, constantOf(site, 1, "table"));
    if (constant->type() != ir::TensorType(dtype, {size}))
        return cannotRun(site.node, fmt::format("its table is {}; it has to be {}[{}]", constant->type().text(), ir::name(dtype), size));
    std::vector<int32_t> table;
    for (int64_t i = 0; i < size; ++i)
        table.push_back(static_cast<int32_t>(constant->integer(i)));
    return table;
}

} // namespace

Result<Kernel> makeQuantStub(const Site& site)
{
    BPU_TRY(grid, resultGrid(site));
    if (site.input(0).dtype() != ir::DType::Float32)
        return cannotRun(site.node, fmt::format("it quantizes {}; it takes f32", site.input(0).text()));
    return Kernel{.run = [grid](const Call& call) -> Result<void> {
        withStored(call.outputs[0].type->dtype(), [&](auto to) {
            const auto* x = call.inputs[0].in<float>();
            auto* y = call.outputs[0].out<decltype(to)>();
            parallelFor(call.outputs[0].count(), kGrain, [&](int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; ++i)
                    y[i] = static_cast<decltype(to)>(quant::quantize(static_cast<double>(x[i]), grid.scale, grid.grid));
            });
        });
        return {};
    }};
}

/// scale * q in double, stored as float32; one scale, or one for each index of a dimension.
Result<Kernel> makeDequantStub(const Site& site)
{
    const ir::Value* value = site.graph.find(site.node.input(0));
    if (!value || !value->quant)
        return cannotRun(site.node, "its input has no grid; convert the model again");
    if (site.output().dtype() != ir::DType::Float32)
        return cannotRun(site.node, fmt::format("it gives {}; it has to give f32", site.output().text()));
    return Kernel{.run = [quant = *value->quant](const Call& call) -> Result<void> {
        int64_t inner = 1;
        for (int i = quant.channelAxis + 1; quant.channelAxis >= 0 && i < call.inputs[0].type->rank(); ++i)
            inner *= call.inputs[0].type->dim(i);
        const auto scales = std::ssize(quant.scales);
        withStored(call.inputs[0].type->dtype(), [&](auto from) {
            const auto* x = call.inputs[0].in<decltype(from)>();
            float* y = call.outputs[0].out<float>();
            parallelFor(call.outputs[0].count(), kGrain, [&](int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; ++i) {
                    const double scale = scales == 1 ? quant.scales[0] : quant.scales[static_cast<size_t>(i / inner % scales)];
                    y[i] = static_cast<float>(scale * static_cast<double>(x[i]));
                }
            });
        });
        return {};
    }};
}

Result<Kernel> makeRequantize(const Site& site)
{
    BPU_TRY(x, inputGrid(site, 0, true));
    BPU_TRY(y, resultGrid(site));
    BPU_TRY(r, requantizerOf(site, x.scale / y.scale));
    return elementwise(site, [r = r, grid = y.grid](int32_t q) { return clampTo(grid, quant::scaled(q, r)); });
}

/// relu, relu6, clamp: limited on the input's grid, then brought to the result's. abs likewise.
Result<Kernel> makeClamp(const Site& site)
{
    BPU_TRY(x, inputGrid(site, 0));
    BPU_TRY(y, resultGrid(site));
    const auto& attributes = site.node.attributes;
    if (site.has(1) || site.has(2))
        return cannotRun(site.node, "its bounds are tensors; the integer form takes numbers");
    quant::Grid limits = x.grid;
    if (site.node.op != "clamp")
        limits.min = 0;
    if (attributes.has("min"))
        limits.min = quant::quantize(attributes.number("min"), x.scale, x.grid);
    if (site.node.op == "relu6" || attributes.has("max"))
        limits.max = quant::quantize(attributes.number("max", 6), x.scale, x.grid);
    limits.min = std::min(limits.min, limits.max); // as torch has it: the upper bound wins
    BPU_TRY(r, requantizerOf(site, x.scale / y.scale));
    const bool isAbs = site.node.op == "abs";
    if (x == y)
        return elementwise(site, [limits, isAbs](int32_t q) { return clampTo(limits, isAbs && q < 0 ? -q : q); });
    return elementwise(site, [limits, isAbs, r = r, grid = y.grid](int32_t q) {
        return clampTo(grid, quant::scaled(isAbs ? (q < 0 ? -q : q) : clampTo(limits, q), r));
    });
}

/// An entry for every number of 8 bits; of 16 bits 257 knots, linear between two (docs/arithmetic.md).
Result<Kernel> makeTable(const Site& site)
{
    BPU_TRY(x, inputGrid(site, 0));
    BPU_TRY(y, resultGrid(site));
    if (x.type == ir::QType::QInt8) {
        BPU_TRY(table, tableOf(site, 256, site.output().dtype()));
        return elementwise(site, [table = std::move(table)](int32_t q) { return table[static_cast<size_t>(q + 128)]; });
    }
    BPU_TRY(knots, tableOf(site, 257, ir::DType::Int32));
    return elementwise(site, [knots = std::move(knots), grid = y.grid](int32_t q) {
        const int32_t u = q + 32768;
        const auto i = static_cast<size_t>(u >> 8);
        const int64_t t = u & 255;
        return clampTo(grid, quant::roundedShift(knots[i] * (256 - t) + knots[i + 1] * t, 16));
    });
}

/// The attribute is a real number; what fills is its place on the grid.
Result<Kernel> makeIntegerPad(const Site& site)
{
    BPU_TRY(x, inputGrid(site, 0));
    BPU_TRY(y, resultGrid(site));
    if (x != y)
        return cannotRun(site.node, "its result is on another grid than its input; requantize it");
    ir::Node onGrid = site.node;
    onGrid.attributes.set("value", static_cast<double>(quant::quantize(onGrid.attributes.number("value"), x.scale, x.grid)));
    const auto node = std::make_shared<const ir::Node>(std::move(onGrid)); // the kernel refers to it
    BPU_TRY(kernel, makeUnscaledKernel({site.graph, *node}));
    return Kernel{.run = [node, run = kernel.run](const Call& call) { return run(call); }};
}

} // namespace bpu::runtime::integer

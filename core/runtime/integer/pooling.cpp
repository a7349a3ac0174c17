// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pooling and sums of integers. The maximum takes the integers as they are; a mean is R(sum, s_x / (s_y * count)).
#include "core/ops/tensor_builder.h"
#include "core/runtime/integer/layouts.h"
#include "core/runtime/integer/pooling.h"
#include "core/runtime/parallel.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace bpu::runtime::integer {
namespace {

/// Error when a sum over so many numbers may leave int32.
Result<void> checkSum(const Site& site, const TensorGrid& x, int64_t count)
{
    if (count > std::numeric_limits<int32_t>::max() / -x.grid.min)
        return cannotRun(site.node, fmt::format("a sum over {} numbers of {} may leave 32 bits; pool in two steps", count, ir::name(x.type)));
    return {};
}

/// With a batch, and as many dimensions behind the channels as are pooled.
bool canPoolChannelsLast(const Site& site)
{
    return arrivesChannelsLast(site, 0) && site.input(0).rank() == 2 + site.node.op[site.node.op.size() - 2] - '0';
}

} // namespace

Result<Kernel> makeIntegerMaxPool(const Site& site)
{
    BPU_TRY(x, inputGrid(site, 0));
    BPU_TRY(y, resultGrid(site));
    const ir::Value* places = site.graph.outputOf(site.node, 1);
    if (places && (!places->users.empty() || places->isGraphOutput()))
        return Kernel{}; // by the kernel that knows no grids
    if (x != y)
        return cannotRun(site.node, "its result is on another grid than its input; requantize it");
    BPU_TRY(windows, windowsOf(site));
    if (canPoolChannelsLast(site))
        return channelsLastMaxPool(site, windows);
    return Kernel{.run = [windows](const Call& call) -> Result<void> {
        withStored(call.inputs[0].type->dtype(), [&](auto type) {
            using T = decltype(type);
            parallelFor(windows.planes, 1, [&](int64_t begin, int64_t end) {
                for (int64_t plane = begin; plane < end; ++plane)
                    windows.forWindows([&, from = call.inputs[0].in<T>() + plane * windows.inSize(), to = call.outputs[0].out<T>() + plane * windows.outSize()](int64_t i, const auto& window) {
                        T most = std::numeric_limits<T>::min();
                        windows.forElements(window, [&](int64_t at) { most = std::max(most, from[at]); });
                        to[i] = most;
                    });
            });
        });
        return {};
    }};
}

Result<Kernel> makeIntegerAveragePool(const Site& site)
{
    BPU_TRY(x, inputGrid(site, 0));
    BPU_TRY(y, resultGrid(site));
    BPU_TRY(windows, windowsOf(site));
    const std::set<int64_t> counts = windows.counts();
    BPU_CHECK(checkSum(site, x, counts.empty() ? 0 : *counts.rbegin()));
    std::map<int64_t, quant::Requantizer> byCount;
    for (const int64_t count : counts) {
        BPU_TRY(r, requantizerOf(site, x.scale / (y.scale * static_cast<double>(count))));
        byCount.emplace(count, r);
    }
    if (canPoolChannelsLast(site))
        return channelsLastAveragePool(site, windows, byCount, y.grid);
    return Kernel{.run = [windows, byCount, grid = y.grid](const Call& call) -> Result<void> {
        withStored(call.inputs[0].type->dtype(), [&](auto from) {
            withStored(call.outputs[0].type->dtype(), [&](auto to) {
                parallelFor(windows.planes, 1, [&](int64_t begin, int64_t end) {
                    for (int64_t plane = begin; plane < end; ++plane)
                        windows.forWindows([&](int64_t i, const auto& window) {
                            const auto* source = call.inputs[0].in<decltype(from)>() + plane * windows.inSize();
                            int32_t sum = 0;
                            windows.forElements(window, [&](int64_t at) { sum += source[at]; });
                            call.outputs[0].out<decltype(to)>()[plane * windows.outSize() + i] =
                                static_cast<decltype(to)>(clampTo(grid, quant::scaled(sum, byCount.at(countOf(window)))));
                        });
                });
            });
        });
        return {};
    }};
}

/// mean and sum over any dimensions; a sum of int32 is the sum itself.
Result<Kernel> makeIntegerSum(const Site& site)
{
    BPU_TRY(x, inputGrid(site, 0));
    BPU_TRY(y, resultGrid(site, 0, true));
    const int64_t results = site.output().elementCount();
    const int64_t count = results > 0 ? site.input(0).elementCount() / results : 0;
    BPU_CHECK(checkSum(site, x, count));
    const bool isMean = site.node.op == "mean";
    if (count == 0 && isMean && results > 0)
        return cannotRun(site.node, "it has nothing to average");
    const double factor = x.scale / (y.scale * (isMean ? static_cast<double>(count) : 1));
    const bool isPlain = y.type == ir::QType::QInt32;
    if (isPlain && (isMean || std::fabs(factor - 1) > 1e-6))
        return cannotRun(site.node, "an int32 result is the sum itself and has the scale of the input");
    BPU_TRY(r, requantizerOf(site, factor));
    ir::Shape kept = site.input(0).shape();
    const std::vector<int64_t> dims = site.node.attributes.integers("dim");
    for (size_t i = 0; i < kept.size(); ++i)
        if (dims.empty() || std::ranges::any_of(dims, [&](int64_t d) { return ops::normalizedAxis(d, site.input(0).rank()) == i; }))
            kept[i] = 1;
    const ops::StridedIndex target = ops::broadcastIndex(site.input(0).shape(), kept);
    return Kernel{.run = [target, isPlain, r = r, grid = y.grid](const Call& call) -> Result<void> {
        std::vector<int32_t> sums(static_cast<size_t>(call.outputs[0].count()), 0);
        withStored(call.inputs[0].type->dtype(), [&](auto from) {
            const auto* source = call.inputs[0].in<decltype(from)>();
            for (int64_t i = 0; i < call.inputs[0].count(); ++i)
                sums[static_cast<size_t>(target(i))] += source[i];
        });
        withStored(call.outputs[0].type->dtype(), [&](auto to) {
            std::ranges::transform(sums, call.outputs[0].out<decltype(to)>(), [&](int32_t sum) {
                return static_cast<decltype(to)>(isPlain ? sum : clampTo(grid, quant::scaled(sum, r)));
            });
        });
        return {};
    }};
}

} // namespace bpu::runtime::integer

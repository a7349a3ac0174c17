// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pooling and sums of integers. The maximum takes the integers as they are; a mean is R(sum, s_x / (s_y * count)).
#include "core/ops/tensor_builder.h"
#include "core/runtime/integer/operands.h"
#include "core/runtime/parallel.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <set>

namespace bpu::runtime::integer {
namespace {

/// The elements along one axis that one result sees, and for how many it counts in a mean.
struct Range {
    int64_t first = 0, last = 1, step = 1; ///< `last` is behind
    int64_t counted = 1;
};

/// A window that lies in padding alone counts as one.
int64_t countOf(const std::array<Range, 3>& window)
{
    return std::max<int64_t>(window[0].counted * window[1].counted * window[2].counted, 1);
}

/// Windows along three axes; those that are missing have one element.
struct Windows {
    std::array<std::vector<Range>, 3> axes{{{Range{}}, {Range{}}, {Range{}}}};
    std::array<int64_t, 3> in{1, 1, 1};
    int64_t planes = 1;

    int64_t inSize() const { return in[0] * in[1] * in[2]; }
    int64_t outSize() const { return std::ssize(axes[0]) * std::ssize(axes[1]) * std::ssize(axes[2]); }
    /// For how many elements the windows count.
    std::set<int64_t> counts() const
    {
        std::set<int64_t> counts;
        forWindows([&](int64_t, const auto& window) { counts.insert(countOf(window)); });
        return counts;
    }

    template <typename F>
    void forWindows(F&& f) const
    {
        int64_t i = 0;
        for (const Range& a : axes[0])
            for (const Range& b : axes[1])
                for (const Range& c : axes[2])
                    f(i++, std::array{a, b, c});
    }
    template <typename F>
    void forElements(const std::array<Range, 3>& window, F&& f) const
    {
        for (int64_t a = window[0].first; a < window[0].last; a += window[0].step)
            for (int64_t b = window[1].first; b < window[1].last; b += window[1].step)
                for (int64_t c = window[2].first; c < window[2].last; c += window[2].step)
                    f((a * in[1] + b) * in[2] + c);
    }
};

/// A window of the operator cut to the input; a mean counts what count_include_pad says.
Range cut(const ops::Window& window, size_t axis, int64_t o, int64_t size, bool countsPadding)
{
    const int64_t step = window.dilation[axis];
    const int64_t start = o * window.stride[axis] - window.padding[axis];
    const int64_t inPadding = size + window.padding[axis + window.kernel.size()];
    Range range{.first = start, .last = std::min(start + window.effectiveKernel(axis), size), .step = step, .counted = 0};
    if (start < 0)
        range.first += (-start + step - 1) / step * step;
    for (int64_t k = 0; k < window.kernel[axis]; ++k) {
        const int64_t at = start + k * step;
        range.counted += countsPadding ? at < inPadding : at >= 0 && at < size;
    }
    return range;
}

Result<Windows> windowsOf(const Site& site)
{
    const std::string& op = site.node.op;
    const auto spatial = static_cast<size_t>(op[op.size() - 2] - '0');
    const ir::Shape& x = site.input(0).shape();
    const ir::Shape& y = site.output().shape();
    if (x.size() < spatial || y.size() != x.size())
        return cannotRun(site.node, "its input has too few dimensions");
    const bool isAdaptive = op.starts_with("adaptive");
    const auto window = isAdaptive ? Result<ops::Window>(ops::Window{}) : ops::Window::of(site.node, spatial, {});
    if (!window)
        return window.error();
    Windows windows;
    for (size_t i = 0; i + spatial < x.size(); ++i)
        windows.planes *= x[i];
    for (size_t i = 0; i < spatial; ++i) {
        const int64_t in = x[x.size() - spatial + i], out = y[x.size() - spatial + i];
        windows.in[3 - spatial + i] = in;
        auto& ranges = windows.axes[3 - spatial + i];
        ranges.clear();
        for (int64_t o = 0; o < out; ++o) {
            const int64_t low = o * in / out, high = ((o + 1) * in + out - 1) / out;
            ranges.push_back(isAdaptive ? Range{low, high, 1, high - low} : cut(*window, i, o, in, site.node.attributes.flag("count_include_pad", false)));
        }
    }
    return windows;
}

/// Error when a sum over so many numbers may leave int32.
Result<void> checkSum(const Site& site, const TensorGrid& x, int64_t count)
{
    if (count > std::numeric_limits<int32_t>::max() / -x.grid.min)
        return cannotRun(site.node, fmt::format("a sum over {} numbers of {} may leave 32 bits; pool in two steps", count, ir::name(x.type)));
    return {};
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

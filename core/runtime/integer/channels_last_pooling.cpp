// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pooling with the channels last: the elements of a window are rows of channels.
#include "core/base/vectorized.h"
#include "core/ops/infer.h"
#include "core/runtime/integer/layouts.h"
#include "core/runtime/integer/pooling.h"
#include "core/runtime/parallel.h"

#include <limits>

namespace bpu::runtime::integer {
namespace {

/// A window of the operator cut to the input; a mean counts what count_include_pad says.
Range cut(const ops::Window& window, size_t axis, int64_t o, int64_t size, bool countsPadding)
{
    const int64_t step = window.dilation[axis];
    const int64_t start = o * window.stride[axis] - window.padding[axis];
    const int64_t inPadding = size + window.padding[axis + window.kernel.size()];
    Range range{.first = start, .last = std::min(start + window.effectiveKernel(axis), size), .step = step, .counted = 0};
    if (start < 0)
        range.first += (-start + step - 1) / step * step;
    // Taps from `first` on lie on the input or behind, those before `last` in front of the end.
    const auto tapsBefore = [&](int64_t end) { return std::clamp<int64_t>((end - start + step - 1) / step, 0, window.kernel[axis]); };
    range.counted = countsPadding ? tapsBefore(inPadding) : tapsBefore(size) - (start < 0 ? tapsBefore(0) : 0);
    return range;
}

} // namespace

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

namespace {

BPU_VECTORIZED void takeLarger(int8_t* to, const int8_t* from, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        to[i] = from[i] > to[i] ? from[i] : to[i];
}

BPU_VECTORIZED void takeLarger(int16_t* to, const int16_t* from, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        to[i] = from[i] > to[i] ? from[i] : to[i];
}

BPU_VECTORIZED void addTo(int32_t* to, const int8_t* from, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        to[i] += from[i];
}

BPU_VECTORIZED void addTo(int32_t* to, const int16_t* from, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        to[i] += from[i];
}

/// Calls f with an integer of the type of 8 or 16 bits.
template <typename F>
void withNarrow(ir::DType dtype, F&& f)
{
    if (dtype == ir::DType::Int8)
        f(int8_t{});
    else
        f(int16_t{});
}

/// Calls pool(image's pixels, window, result pixel) for every window of every image, from several threads.
template <typename Pool>
void forPixels(const Windows& windows, const ChannelsLast& x, Pool&& pool)
{
    std::vector<std::array<Range, 3>> list;
    windows.forWindows([&](int64_t, const auto& window) { list.push_back(window); });
    parallelFor(x.batch * std::ssize(list), std::max<int64_t>(4096 / std::max<int64_t>(x.channels, 1), 1), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
            pool(i / std::ssize(list) * x.pixels, list[static_cast<size_t>(i % std::ssize(list))], i);
    });
}

Kernel channelsLastKernel(const Site& site, Run run)
{
    return Kernel{.run = std::move(run), .wants = {site.layouts[0]}, .gives = {channelsLastOf(site.output())}};
}

} // namespace

Kernel channelsLastMaxPool(const Site& site, const Windows& windows)
{
    return channelsLastKernel(site, [windows, x = *arrivesChannelsLast(site, 0)](const Call& call) -> Result<void> {
        withNarrow(call.inputs[0].type->dtype(), [&](auto type) {
            using T = decltype(type);
            forPixels(windows, x, [&](int64_t image, const auto& window, int64_t pixel) {
                T* to = call.outputs[0].out<T>() + pixel * x.stride();
                std::fill_n(to, x.stride(), std::numeric_limits<T>::min());
                windows.forElements(window, [&](int64_t at) { takeLarger(to, call.inputs[0].in<T>() + (image + at) * x.stride(), x.stride()); });
            });
        });
        return {};
    });
}

Kernel channelsLastAveragePool(const Site& site, const Windows& windows, const std::map<int64_t, quant::Requantizer>& byCount, const quant::Grid& grid)
{
    return channelsLastKernel(site, [windows, byCount, grid, x = *arrivesChannelsLast(site, 0)](const Call& call) -> Result<void> {
        withNarrow(call.inputs[0].type->dtype(), [&](auto from) {
            withNarrow(call.outputs[0].type->dtype(), [&](auto type) {
                using T = decltype(type);
                forPixels(windows, x, [&](int64_t image, const auto& window, int64_t pixel) {
                    thread_local std::vector<int32_t> sums;
                    sums.assign(static_cast<size_t>(x.channels), 0);
                    windows.forElements(window, [&](int64_t at) { addTo(sums.data(), call.inputs[0].in<decltype(from)>() + (image + at) * x.stride(), x.channels); });
                    const quant::Requantizer& r = byCount.at(countOf(window));
                    std::ranges::transform(sums, call.outputs[0].out<T>() + pixel * x.stride(), [&](int32_t sum) { return static_cast<T>(clampTo(grid, quant::scaled(sum, r))); });
                });
            });
        });
        return {};
    });
}

} // namespace bpu::runtime::integer

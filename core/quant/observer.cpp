// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/observer.h"

#include "core/quant/observer_makers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace bpu::quant {

namespace {

struct Entry {
    std::string_view name;
    ObserverMaker make;
    bool perChannel;
};

constexpr std::array kEntries{
#define BPU_OBSERVER(name, maker, perChannel) Entry{#name, maker, perChannel},
#include "core/quant/observers.def"
#undef BPU_OBSERVER
};

constexpr auto kNames = [] {
    std::array<std::string_view, kEntries.size()> names;
    std::ranges::transform(kEntries, names.begin(), &Entry::name);
    return names;
}();

Result<void> inRange(std::string_view option, double value, double low, double high)
{
    if (value >= low && value <= high)
        return {};
    return Error{"quant.option", {}, fmt::format("{} is {}; allowed is {} to {}", option, value, low, high)};
}

Result<void> checkOptions(const ObserverOptions& options)
{
    BPU_CHECK(inRange("averaging_constant", options.averaging, 0, 1));
    BPU_CHECK(inRange("percentile", options.percent, 50, 100));
    BPU_CHECK(inRange("bins", options.bins, 256, 1 << 20));
    BPU_CHECK(inRange("stride", options.stride, 1, 20));
    BPU_CHECK(inRange("update_interval", options.updateInterval, 1, 1e9));
    BPU_CHECK(inRange("std_scale", options.stdScale, 1e-3, 1e3));
    BPU_CHECK(inRange("scale", options.scale, 1e-30, 1e30));
    if (!(options.low < options.high))
        return Error{"quant.option", {}, fmt::format("xmin {} is not below xmax {}", options.low, options.high)};
    return {};
}

} // namespace

ir::QuantParams Observer::params() const
{
    ir::QuantParams params{m_options.type, {}, m_options.channelAxis};
    for (double threshold : thresholds())
        params.scales.push_back(scaleOf(threshold, m_options.type));
    if (params.scales.empty())
        return {m_options.type, {1.0}, -1};
    return params;
}

std::span<const std::string_view> observerNames()
{
    return kNames;
}

ObserverOptions defaultsOf(std::string_view observer)
{
    ObserverOptions options;
    if (observer == "kl")
        options.bins = 512;
    if (observer == "clip")
        options.averaging = 1;
    return options;
}

Result<std::unique_ptr<Observer>> makeObserver(std::string_view name, const ObserverOptions& options)
{
    const auto* entry = std::ranges::find(kEntries, name, &Entry::name);
    if (entry == kEntries.end())
        return Error{"quant.observer", {}, fmt::format("no observer is called '{}'; there are {}", name, fmt::join(kNames, ", "))};
    if (options.channelAxis >= 0 && !entry->perChannel)
        return Error{"quant.observer", {}, fmt::format("the observer {} takes whole tensors only; use min_max per channel", name)};
    BPU_CHECK(checkOptions(options));
    return entry->make(options);
}

} // namespace bpu::quant

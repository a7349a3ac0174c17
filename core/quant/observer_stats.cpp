// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/observer_makers.h"

#include "core/base/assert.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace bpu::quant {

namespace {

void add(ChannelStats& stats, std::span<const float> numbers)
{
    for (float number : numbers) {
        const auto x = static_cast<double>(number);
        stats.min = std::min(stats.min, x);
        stats.max = std::max(stats.max, x);
        stats.sum += x;
        stats.squares += x * x;
    }
    stats.count += static_cast<int64_t>(numbers.size());
}

Error notFinite(std::span<const float> numbers)
{
    const auto bad = std::ranges::count_if(numbers, [](float x) { return !std::isfinite(x); });
    return {"quant.not_finite", {}, fmt::format("{} of {} numbers are NaN or infinite; look for the first layer that makes them", bad, numbers.size())};
}

} // namespace

std::vector<float> floatsOf(const ir::Tensor& numbers)
{
    BPU_ASSERT(numbers.dtype() == ir::DType::Float32);
    std::vector<float> floats(static_cast<size_t>(numbers.elementCount()));
    if (!floats.empty())
        std::memcpy(floats.data(), numbers.bytes().data(), floats.size() * sizeof(float));
    return floats;
}

Result<std::vector<ChannelStats>> statsOf(const ir::Tensor& numbers, int axis)
{
    if (axis >= numbers.type().rank())
        return Error{"quant.axis", {}, fmt::format("there is no axis {} in the shape {}", axis, ir::shapeText(numbers.type()))};
    const std::vector<float> floats = floatsOf(numbers);
    const size_t channels = axis < 0 ? 1 : static_cast<size_t>(numbers.type().dim(axis));
    size_t inner = 1;
    for (int i = axis + 1; i < numbers.type().rank(); ++i)
        inner *= static_cast<size_t>(numbers.type().dim(i));
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    std::vector<ChannelStats> stats(channels, {.min = kInfinity, .max = -kInfinity});
    for (size_t at = 0, block = 0; at < floats.size(); at += inner, ++block)
        add(stats[block % channels], std::span(floats).subspan(at, inner));
    for (ChannelStats& each : stats) {
        if (each.count == 0)
            each = {};
        if (!std::isfinite(each.squares)) // the square of a float fits in a double: only NaN and infinity reach this
            return notFinite(floats);
    }
    return stats;
}

Result<void> average(std::vector<double>& v, const std::vector<double>& batch, double averaging)
{
    if (v.empty()) {
        v = batch;
        return {};
    }
    if (v.size() != batch.size())
        return Error{"quant.axis", {}, fmt::format("a batch has {} channels, those before it had {}", batch.size(), v.size())};
    for (size_t i = 0; i < v.size(); ++i)
        v[i] += averaging * (batch[i] - v[i]);
    return {};
}

} // namespace bpu::quant

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/observer_makers.h"

#include "core/base/assert.h"
#include "core/base/vectorized.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace bpu::quant {

namespace {

constexpr size_t kLanes = 16; // side by side, so that vector units compare as many at once
constexpr int32_t kMagnitude = 0x7fffffff;
constexpr int32_t kInfinityBits = 0x7f800000; // larger ones are NaN

using Numbers = float __attribute__((vector_size(kLanes * sizeof(float))));
using Bits = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));

/// Smallest and largest of the numbers and of what lo and hi had; the largest magnitude as an integer, which is ordered
/// as the numbers are.
BPU_VECTORIZED void widenRange(const float* x, size_t count, float* lo, float* hi, int32_t* bits)
{
    Numbers least, most;
    Bits largest;
    std::memcpy(&least, lo, sizeof(least));
    std::memcpy(&most, hi, sizeof(most));
    std::memcpy(&largest, bits, sizeof(largest));
    for (size_t i = 0; i + kLanes <= count; i += kLanes) {
        Numbers v;
        Bits magnitude;
        std::memcpy(&v, x + i, sizeof(v));
        std::memcpy(&magnitude, x + i, sizeof(magnitude));
        magnitude &= kMagnitude;
        least = v < least ? v : least;
        most = v > most ? v : most;
        largest = magnitude > largest ? magnitude : largest;
    }
    std::memcpy(lo, &least, sizeof(least));
    std::memcpy(hi, &most, sizeof(most));
    std::memcpy(bits, &largest, sizeof(largest));
}

/// False when one of them is NaN or infinite.
bool addRange(ChannelStats& stats, std::span<const float> numbers)
{
    std::array<float, kLanes> lo, hi;
    std::array<int32_t, kLanes> bits{};
    lo.fill(std::numeric_limits<float>::infinity());
    hi.fill(-std::numeric_limits<float>::infinity());
    widenRange(numbers.data(), numbers.size(), lo.data(), hi.data(), bits.data());
    int32_t largest = *std::ranges::max_element(bits);
    float least = *std::ranges::min_element(lo), most = *std::ranges::max_element(hi);
    for (const float v : numbers.subspan(numbers.size() / kLanes * kLanes)) {
        largest = std::max(largest, std::bit_cast<int32_t>(v) & kMagnitude);
        least = std::min(least, v);
        most = std::max(most, v);
    }
    stats.min = std::min(stats.min, static_cast<double>(least));
    stats.max = std::max(stats.max, static_cast<double>(most));
    stats.count += static_cast<int64_t>(numbers.size());
    return largest < kInfinityBits;
}

void addMoments(ChannelStats& stats, std::span<const float> numbers)
{
    for (const float number : numbers) {
        const auto x = static_cast<double>(number);
        stats.sum += x;
        stats.squares += x * x;
    }
}

Error notFinite(std::span<const float> numbers)
{
    const auto bad = std::ranges::count_if(numbers, [](float x) { return !std::isfinite(x); });
    return {"quant.not_finite", {}, fmt::format("{} of {} numbers are NaN or infinite; look for the first layer that makes them", bad, numbers.size())};
}

} // namespace

Floats::Floats(const ir::Tensor& numbers)
{
    BPU_ASSERT(numbers.dtype() == ir::DType::Float32);
    const auto count = static_cast<size_t>(numbers.elementCount());
    const std::byte* bytes = numbers.bytes().data();
    if (reinterpret_cast<uintptr_t>(bytes) % alignof(float) == 0) {
        m_numbers = {reinterpret_cast<const float*>(bytes), count};
        return;
    }
    m_copy.resize(count);
    std::memcpy(m_copy.data(), bytes, count * sizeof(float));
    m_numbers = m_copy;
}

Result<std::vector<ChannelStats>> statsOf(const ir::Tensor& numbers, int axis, bool moments)
{
    if (axis >= numbers.type().rank())
        return Error{"quant.axis", {}, fmt::format("there is no axis {} in the shape {}", axis, ir::shapeText(numbers.type()))};
    const Floats floats(numbers);
    const std::span<const float> all = floats.span();
    const size_t channels = axis < 0 ? 1 : static_cast<size_t>(numbers.type().dim(axis));
    size_t inner = 1;
    for (int i = axis + 1; i < numbers.type().rank(); ++i)
        inner *= static_cast<size_t>(numbers.type().dim(i));
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    std::vector<ChannelStats> stats(channels, {.min = kInfinity, .max = -kInfinity});
    bool isFinite = true;
    for (size_t at = 0, block = 0; at < all.size(); at += inner, ++block) {
        isFinite = addRange(stats[block % channels], all.subspan(at, inner)) && isFinite;
        if (moments)
            addMoments(stats[block % channels], all.subspan(at, inner));
    }
    if (!isFinite)
        return notFinite(all);
    for (ChannelStats& each : stats)
        if (each.count == 0)
            each = {};
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

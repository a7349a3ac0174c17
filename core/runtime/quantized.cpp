// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/quantized.h"

#include "core/ops/infer.h"
#include "core/runtime/parallel.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::runtime {

bool isByte(ir::DType dtype)
{
    return dtype == ir::DType::UInt8 || dtype == ir::DType::Int8;
}

std::vector<int32_t> integersOf(const Buffer& buffer)
{
    std::vector<int32_t> numbers(static_cast<size_t>(buffer.count()));
    withIntegerType(buffer.type->dtype(), [&](auto type) {
        for (size_t i = 0; i < numbers.size(); ++i)
            numbers[i] = static_cast<int32_t>(buffer.in<decltype(type)>()[i]);
    });
    return numbers;
}

Affine affineOf(const Buffer& scale, const Buffer& zero)
{
    Affine affine;
    if (scale.data)
        affine.scales.assign(scale.in<float>(), scale.in<float>() + scale.count());
    if (zero.data)
        affine.zeros = integersOf(zero);
    if (affine.scales.empty())
        affine.scales = {1.0F};
    if (affine.zeros.empty())
        affine.zeros = {0};
    return affine;
}

namespace {

/// Elements as [outer, channels, inner] around the axis of the scales; one channel when there is one scale.
struct Channels {
    int64_t outer = 1, count = 1, inner = 1;

    int64_t rows() const { return outer * count; }
};

Result<Channels> channelsOf(const Site& site)
{
    const ir::Shape& shape = site.input(0).shape();
    const int64_t scales = site.input(1).elementCount();
    Channels channels;
    if (scales == 1) {
        channels.inner = site.input(0).elementCount();
        return channels;
    }
    BPU_TRY(axis, ops::axisOf(site.node, "dim", 1, site.input(0).rank()));
    for (size_t i = 0; i < shape.size(); ++i)
        (i < axis ? channels.outer : i == axis ? channels.count : channels.inner) *= shape[i];
    if (channels.count != scales || (site.has(2) && site.input(2).elementCount() != scales))
        return cannotRun(site.node, fmt::format("it has {} scales for {} channels; correct them", scales, channels.count));
    return channels;
}

/// Calls part(row, channel) for every run of elements with one scale.
void forRows(const Channels& channels, const std::function<void(int64_t row, int64_t channel)>& part)
{
    parallelFor(channels.rows(), std::max<int64_t>(16384 / std::max<int64_t>(channels.inner, 1), 1), [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row)
            part(row, row % channels.count);
    });
}

Buffer operand(const Call& call, size_t i)
{
    return i < call.inputs.size() ? call.inputs[i] : Buffer{};
}

} // namespace

/// y = saturate(round(x / scale) + zero point).
Result<Kernel> makeQuantize(const Site& site)
{
    const bool isKnown = site.input(0).dtype() == ir::DType::Float32 && site.input(1).dtype() == ir::DType::Float32 && withIntegerType(site.output().dtype(), [](auto) {});
    if (!isKnown)
        return Kernel{};
    BPU_TRY(channels, channelsOf(site));
    return Kernel{.run = [channels](const Call& call) -> Result<void> {
        const Affine affine = affineOf(call.inputs[1], operand(call, 2));
        const float* x = call.inputs[0].in<float>();
        withIntegerType(call.outputs[0].type->dtype(), [&](auto type) {
            auto* y = call.outputs[0].out<decltype(type)>();
            forRows(channels, [&](int64_t row, int64_t channel) {
                const float scale = affine.scale(channel);
                const int32_t zero = affine.zero(channel);
                for (int64_t i = row * channels.inner; i < (row + 1) * channels.inner; ++i)
                    y[i] = quantized<decltype(type)>(x[i] / scale, zero);
            });
        });
        return {};
    }};
}

/// y = (x - zero point) * scale.
Result<Kernel> makeDequantize(const Site& site)
{
    const bool isKnown = site.input(1).dtype() == ir::DType::Float32 && site.output().dtype() == ir::DType::Float32 && withIntegerType(site.input(0).dtype(), [](auto) {});
    if (!isKnown)
        return Kernel{};
    BPU_TRY(channels, channelsOf(site));
    return Kernel{.run = [channels](const Call& call) -> Result<void> {
        const Affine affine = affineOf(call.inputs[1], operand(call, 2));
        float* y = call.outputs[0].out<float>();
        withIntegerType(call.inputs[0].type->dtype(), [&](auto type) {
            const auto* x = call.inputs[0].in<decltype(type)>();
            forRows(channels, [&](int64_t row, int64_t channel) {
                const float scale = affine.scale(channel);
                const int64_t zero = affine.zero(channel);
                for (int64_t i = row * channels.inner; i < (row + 1) * channels.inner; ++i)
                    y[i] = static_cast<float>(static_cast<int64_t>(x[i]) - zero) * scale;
            });
        });
        return {};
    }};
}

/// The range of x, widened to hold 0, in 255 steps: y, scale, zero point. Source: ONNX DynamicQuantizeLinear 11.
Result<Kernel> makeDynamicQuantize(const Site& site)
{
    if (site.input(0).dtype() != ir::DType::Float32)
        return Kernel{};
    return Kernel{.run = [](const Call& call) -> Result<void> {
        const std::span<const float> x(call.inputs[0].in<float>(), static_cast<size_t>(call.inputs[0].count()));
        float least = 0;
        float most = 0;
        for (const float number : x) {
            least = std::min(least, number);
            most = std::max(most, number);
        }
        const float scale = most > least ? (most - least) / 255.0F : 1.0F;
        const uint8_t zero = quantized<uint8_t>(-least / scale, 0);
        std::ranges::transform(x, call.outputs[0].out<uint8_t>(), [&](float number) { return quantized<uint8_t>(number / scale, zero); });
        if (call.outputs.size() > 1 && call.outputs[1].data)
            *call.outputs[1].out<float>() = scale;
        if (call.outputs.size() > 2 && call.outputs[2].data)
            *call.outputs[2].out<uint8_t>() = zero;
        return {};
    }};
}

} // namespace bpu::runtime

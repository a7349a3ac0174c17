// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/fake_quantize.h"

#include "core/base/assert.h"

#include <fmt/format.h>

#include <algorithm>

namespace bpu::quant {

namespace {

/// A tensor as [outer, scales.size(), inner] elements; per tensor that is [1, 1, all].
struct Blocks {
    int64_t outer = 1;
    int64_t channels = 1;
    int64_t inner = 1;
};

Result<Blocks> blocksOf(const ir::TensorType& type, const ir::QuantParams& params)
{
    for (double scale : params.scales)
        if (!std::isfinite(scale) || !(scale > 0))
            return Error{"quant.scale", {}, fmt::format("the scale {} is not a number above 0; calibrate again", scale)};
    if (params.channelAxis < 0 && params.scales.size() == 1)
        return Blocks{1, 1, type.elementCount()};
    const int64_t length = params.channelAxis < type.rank() && params.channelAxis >= 0 ? type.dim(params.channelAxis) : 0;
    if (params.scales.empty() || length != static_cast<int64_t>(params.scales.size()))
        return Error{"quant.axis", {}, fmt::format("{} scales along axis {} do not fit the shape {}", params.scales.size(),
                                                   params.channelAxis, ir::shapeText(type))};
    Blocks blocks{1, length, 1};
    for (int axis = 0; axis < type.rank(); ++axis)
        if (axis != params.channelAxis)
            (axis < params.channelAxis ? blocks.outer : blocks.inner) *= type.dim(axis);
    return blocks;
}

/// Calls apply(element, scale) for every element in order.
template <typename Apply>
void forEach(const Blocks& blocks, std::span<const double> scales, Apply apply)
{
    int64_t element = 0;
    for (int64_t outer = 0; outer < blocks.outer; ++outer)
        for (int64_t channel = 0; channel < blocks.channels; ++channel)
            for (int64_t end = element + blocks.inner; element < end; ++element)
                apply(element, scales[static_cast<size_t>(channel)]);
}

template <typename T>
ir::Tensor quantizeTo(ir::DType dtype, const ir::Tensor& numbers, const Blocks& blocks, const ir::QuantParams& params)
{
    std::vector<T> result(static_cast<size_t>(numbers.elementCount()));
    const Grid grid = gridOf(params.type);
    forEach(blocks, params.scales, [&](int64_t i, double scale) {
        result[static_cast<size_t>(i)] = static_cast<T>(quantize(static_cast<double>(numbers.at<float>(i)), scale, grid));
    });
    return ir::Tensor::of(dtype, numbers.shape(), result);
}

} // namespace

Result<ir::Tensor> fakeQuantize(const ir::Tensor& numbers, const ir::QuantParams& params)
{
    BPU_ASSERT(numbers.dtype() == ir::DType::Float32);
    BPU_TRY(blocks, blocksOf(numbers.type(), params));
    std::vector<float> result(static_cast<size_t>(numbers.elementCount()));
    const Grid grid = gridOf(params.type);
    forEach(blocks, params.scales, [&](int64_t i, double scale) {
        result[static_cast<size_t>(i)] = static_cast<float>(fakeQuantize(static_cast<double>(numbers.at<float>(i)), scale, grid));
    });
    return ir::Tensor::floats(numbers.shape(), result);
}

Result<ir::Tensor> quantize(const ir::Tensor& numbers, const ir::QuantParams& params)
{
    BPU_ASSERT(numbers.dtype() == ir::DType::Float32);
    BPU_TRY(blocks, blocksOf(numbers.type(), params));
    switch (params.type) {
    case ir::QType::QInt8: return quantizeTo<int8_t>(ir::DType::Int8, numbers, blocks, params);
    case ir::QType::QInt16: return quantizeTo<int16_t>(ir::DType::Int16, numbers, blocks, params);
    case ir::QType::QInt32: break;
    }
    return quantizeTo<int32_t>(ir::DType::Int32, numbers, blocks, params);
}

Result<ir::Tensor> dequantize(const ir::Tensor& integers, const ir::QuantParams& params)
{
    BPU_ASSERT(ir::isInteger(integers.dtype()));
    BPU_TRY(blocks, blocksOf(integers.type(), params));
    std::vector<float> result(static_cast<size_t>(integers.elementCount()));
    forEach(blocks, params.scales, [&](int64_t i, double scale) {
        result[static_cast<size_t>(i)] = static_cast<float>(static_cast<double>(integers.integer(i)) * scale);
    });
    return ir::Tensor::floats(integers.shape(), result);
}

Result<std::vector<int32_t>> quantizeBias(std::span<const float> bias, std::span<const double> scales)
{
    BPU_ASSERT(scales.size() == bias.size());
    const Grid grid = gridOf(ir::QType::QInt32);
    std::vector<int32_t> result(bias.size());
    for (size_t c = 0; c < bias.size(); ++c) {
        const double q = std::nearbyint(static_cast<double>(bias[c]) / scales[c]);
        if (!(q >= static_cast<double>(grid.min) && q <= static_cast<double>(grid.max)))
            return Error{"quant.bias", {}, fmt::format("the bias {} of channel {} needs more than 32 bits at the accumulator's scale {:.4g}; "
                                                       "the channel's weights are too small for it: raise their scale", bias[c], c, scales[c])};
        result[c] = static_cast<int32_t>(q);
    }
    return result;
}

} // namespace bpu::quant

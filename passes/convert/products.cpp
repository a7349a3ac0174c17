// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Sums of products: convolution, linear, matmul, and batch norm as a convolution of one tap per channel.
#include "core/ops/infer.h"
#include "core/quant/fake_quantize.h"
#include "core/quant/requantize.h"
#include "passes/convert/converter.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace bpu::passes {
namespace {

bool isTransposed(const ir::Node& node)
{
    return node.op.starts_with("conv_transpose");
}

/// Which axes of the weight tell the channel of the result: [O, ...], transposed [I, O / groups, ...].
int64_t channelsOf(const ir::Node& node, const ir::Tensor& weight)
{
    return isTransposed(node) ? weight.shape()[1] * std::max<int64_t>(node.attributes.integer("groups", 1), 1) : weight.shape()[0];
}

/// For each channel of the result the sum of its weights' magnitudes. `perChannel` integers of the weight.
std::vector<int64_t> magnitudes(const ir::Node& node, const ir::Tensor& weight)
{
    const ir::Shape& shape = weight.shape();
    const int64_t inner = weight.elementCount() / std::max<int64_t>(shape[0] * (isTransposed(node) ? shape[1] : 1), 1);
    const int64_t inputsPerGroup = isTransposed(node) ? shape[0] / std::max<int64_t>(node.attributes.integer("groups", 1), 1) : 1;
    std::vector<int64_t> sums(static_cast<size_t>(channelsOf(node, weight)));
    for (int64_t i = 0; i < weight.elementCount(); ++i) {
        const int64_t outer = i / inner;
        const int64_t channel = isTransposed(node) ? outer / shape[1] / inputsPerGroup * shape[1] + outer % shape[1] : outer;
        sums[static_cast<size_t>(channel)] += std::abs(weight.integer(i));
    }
    return sums;
}

/// One scale per channel of the result; the weight's own may be one for all.
Result<std::vector<double>> accumulatorScales(const Converter& converter, NodeId id, double inputScale)
{
    const ir::Node& node = converter.node(id);
    const ir::Value* weight = converter.graph().inputOf(node, 1);
    if (!weight || !weight->constant || !weight->quant)
        return cannotConvert("weight", fmt::format("its weight '{}' is no constant on a grid; give the layer a qconfig with weights, or keep it on the CPU", weight ? weight->name : ""));
    if (weight->quant->type != ir::QType::QInt8)
        return cannotConvert("type", "its weights are qint16; the BPU multiplies by qint8 weights only: set the weight's qtype to qint8");
    std::vector<double> scales = weight->quant->scales;
    const auto channels = static_cast<size_t>(channelsOf(node, *weight->constant));
    if (scales.size() == 1)
        scales.resize(channels, scales[0]);
    if (scales.size() != channels)
        return cannotConvert("weight", fmt::format("its weight '{}' has {} scales for {} channels; calibrate again", weight->name, scales.size(), channels));
    for (double& scale : scales)
        scale *= inputScale;
    return scales;
}

Result<void> convertBias(Converter& converter, NodeId id, const std::vector<double>& scales)
{
    const ir::Value* bias = converter.graph().inputOf(converter.node(id), 2);
    if (!bias)
        return {};
    if (!bias->constant || bias->constant->dtype() != ir::DType::Float32 || bias->constant->elementCount() != static_cast<int64_t>(scales.size()))
        return cannotConvert("weight", fmt::format("its bias '{}' is not a constant of {} floats; mend the float model", bias->name, scales.size()));
    std::vector<float> numbers;
    for (int64_t c = 0; c < bias->constant->elementCount(); ++c)
        numbers.push_back(bias->constant->at<float>(c));
    BPU_TRY(integers, quant::quantizeBias(numbers, scales));
    const ir::Shape shape = bias->constant->shape();
    converter.replaceConstant(id, 2, ir::Tensor::of(ir::DType::Int32, shape, integers), ir::QuantParams{ir::QType::QInt32, scales, 0});
    return {};
}

/// sum(|w|) * max|x| + |b| of every channel stays in int32.
Result<void> checkAccumulator(const Converter& converter, NodeId id, const ir::QuantParams& input)
{
    const ir::Node& node = converter.node(id);
    const ir::Tensor& weight = *converter.graph().inputOf(node, 1)->constant;
    const ir::Value* bias = converter.graph().inputOf(node, 2);
    const std::vector<int64_t> sums = magnitudes(node, weight);
    for (size_t c = 0; c < sums.size(); ++c) {
        const int64_t worst = sums[c] * -quant::gridOf(input.type).min + (bias ? std::abs(int64_t{bias->constant->at<int32_t>(static_cast<int64_t>(c))}) : 0);
        if (worst > std::numeric_limits<int32_t>::max())
            return cannotConvert("overflow", fmt::format("the sum of channel {} could reach {}, more than int32 holds; give the layer qint8 inputs, or fewer input channels", c, worst));
    }
    return {};
}

/// The factors from accumulator to result, and from addend to accumulator, are representable.
Result<void> checkFactors(const Converter& converter, NodeId id, const std::vector<double>& scales, const std::optional<ir::QuantParams>& result)
{
    const ir::Value* addend = converter.graph().inputOf(converter.node(id), 3);
    for (const double scale : scales) {
        if (result)
            BPU_CHECK(quant::chooseRequantizer(scale / Converter::scaleOf(*result)));
        if (addend)
            BPU_CHECK(quant::chooseRequantizer(Converter::scaleOf(*addend->quant) / scale));
    }
    return {};
}

ir::QuantParams accumulatorGrid(const ir::Node& node, const ir::TensorType& result, const std::vector<double>& scales)
{
    const bool isUniform = std::ranges::all_of(scales, [&](double scale) { return scale == scales.front(); });
    if (isUniform)
        return {ir::QType::QInt32, {scales.front()}, -1};
    return {ir::QType::QInt32, scales, node.op == "linear" ? std::max(result.rank() - 1, 0) : 1};
}

} // namespace

Result<void> convertProduct(Converter& converter, NodeId id)
{
    BPU_TRY(input, converter.inputGrid(id, 0));
    BPU_TRY(scales, accumulatorScales(converter, id, Converter::scaleOf(input)));
    if (converter.node(id).input(3).isValid())
        BPU_CHECK(converter.inputGrid(id, 3));
    const std::optional<ir::QuantParams> wanted = converter.wantedGrid(id);
    BPU_CHECK(convertBias(converter, id, scales));
    BPU_CHECK(checkAccumulator(converter, id, input));
    BPU_CHECK(checkFactors(converter, id, scales, wanted));
    converter.putOnGrid(id, 0, wanted ? *wanted : accumulatorGrid(converter.node(id), converter.graph().outputOf(converter.node(id))->type, scales));
    return {};
}

Result<void> convertMatmul(Converter& converter, NodeId id)
{
    for (size_t i = 0; i < 2; ++i)
        BPU_CHECK(converter.quantizeConstantOperand(id, i, ir::QType::QInt8));
    BPU_TRY(a, converter.inputGrid(id, 0));
    BPU_TRY(b, converter.inputGrid(id, 1));
    const ir::TensorType& left = converter.graph().inputOf(converter.node(id), 0)->type;
    const ir::Dim depth = left.dim(-1);
    const int64_t most = std::numeric_limits<int32_t>::max() / (quant::gridOf(a.type).min * quant::gridOf(b.type).min);
    if (depth == ir::kUnknownDim || depth > most)
        return cannotConvert("overflow", fmt::format("sums of {} products of {} and {} could leave int32, {} cannot; use qint8 operands, or split the sum",
                                                     depth == ir::kUnknownDim ? "unknown many" : std::to_string(depth), name(a.type), name(b.type), most));
    const double scale = Converter::scaleOf(a) * Converter::scaleOf(b);
    const std::optional<ir::QuantParams> wanted = converter.wantedGrid(id);
    if (wanted)
        BPU_CHECK(quant::chooseRequantizer(scale / Converter::scaleOf(*wanted)));
    converter.putOnGrid(id, 0, wanted ? *wanted : ir::QuantParams{ir::QType::QInt32, {scale}, -1});
    return {};
}

/// y = x * a + b with a = gamma / sqrt(variance + epsilon), b = beta - mean * a: a depthwise convolution of 1x1 whose weight is
/// the largest step of its grid, so that a is exact.
Result<void> convertBatchNorm(Converter& converter, NodeId id)
{
    const ir::Node node = converter.node(id);
    const ir::TensorType& x = converter.graph().inputOf(node, 0)->type;
    std::vector<std::vector<double>> parameters;
    for (size_t i = 1; i < 5; ++i) {
        const ir::Tensor* constant = ops::constantInput(converter.graph(), node, i);
        if (!constant)
            return cannotConvert("weight", "its parameters are no constants; keep it on the CPU");
        parameters.push_back(constant->toDoubles());
    }
    const auto channels = static_cast<int64_t>(parameters[0].size());
    if (x.rank() < 3 || std::ranges::any_of(parameters, [&](const auto& p) { return static_cast<int64_t>(p.size()) != channels; }))
        return cannotConvert("operator", "a batch norm on rank 2 has no fixed-point form; fuse it with the linear layer before it");
    std::vector<float> bias;
    std::vector<int8_t> weight;
    std::vector<double> scales;
    for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
        const double factor = parameters[0][c] / std::sqrt(parameters[3][c] + node.attributes.number("epsilon", 1e-5));
        const double step = std::max(std::fabs(factor), 1e-12) / 127;
        if (!std::isfinite(factor))
            return cannotConvert("weight", fmt::format("channel {} has a factor that is not finite; mend the float model", c));
        scales.push_back(step);
        weight.push_back(static_cast<int8_t>(std::lround(factor / step)));
        bias.push_back(static_cast<float>(parameters[1][c] - parameters[2][c] * factor));
    }
    const auto spatial = static_cast<size_t>(x.rank() - 2);
    ir::Shape shape(spatial + 2, 1);
    shape[0] = channels;
    ir::GraphEditor& editor = converter.editor();
    editor.setOp(id, fmt::format("conv{}d", spatial));
    editor.setAttributes(id, {{"groups", channels}, {"kernel_size", std::vector<int64_t>(spatial, 1)}});
    editor.setInputs(id, {node.input(0)});
    converter.replaceConstant(id, 1, ir::Tensor::of(ir::DType::Int8, std::move(shape), weight), ir::QuantParams{ir::QType::QInt8, scales, 0});
    converter.replaceConstant(id, 2, ir::Tensor::floats({channels}, bias), std::nullopt);
    return convertProduct(converter, id);
}

} // namespace bpu::passes

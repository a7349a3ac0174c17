// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Layers with parameters: convolutions, linear, normalizations.
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

/// What the weight says of an input whose shape nobody gave.
void refineInput(OperatorCall& c, size_t n, ir::Dim channels)
{
    if (!c["input"].is(Kind::Tensor) || c.type("input").hasRank())
        return;
    ir::Shape shape(n + 2, ir::kUnknownDim);
    shape[1] = channels;
    c.evaluator().builder().refine(c["input"].cell(), {c.type("weight").dtype(), shape});
}

std::vector<int64_t> twice(std::vector<int64_t> padding)
{
    const size_t n = padding.size();
    for (size_t i = 0; i < n; ++i)
        padding.push_back(padding[i]);
    return padding;
}

Result<Value> convolution(OperatorCall& c, bool isTransposed, std::vector<int64_t> padding, const std::vector<int64_t>& outputPadding, std::string_view autoPad)
{
    const ir::TensorType weight = c.type("weight");
    const size_t n = weight.rank() > 2 ? static_cast<size_t>(weight.rank() - 2) : 0;
    if (n < 1 || n > 3)
        return c.opaque();
    const int64_t groups = c.integer("groups");
    refineInput(c, n, isTransposed ? weight.dim(0) : weight.dim(1) == ir::kUnknownDim ? ir::kUnknownDim : weight.dim(1) * groups);
    if (padding.size() == 1)
        padding.assign(n, padding.front());
    const std::vector<int64_t> kernel(weight.shape().begin() + 2, weight.shape().end());
    const std::vector<int64_t> dilation = c.integers("dilation", n);
    padding = twice(padding);
    if (autoPad == "same") {
        padding.assign(2 * n, 0);
        for (size_t i = 0; i < n; ++i) {
            const int64_t total = dilation[i] * (kernel[i] - 1);
            padding[i] = total / 2;
            padding[i + n] = total - total / 2;
        }
    } else if (autoPad == "valid") {
        padding.assign(2 * n, 0);
    }
    ir::Attributes attributes{{"kernel_size", kernel}, {"stride", c.integers("stride", n)}, {"padding", padding}, {"dilation", dilation}, {"groups", groups}};
    if (isTransposed)
        attributes.set("output_padding", outputPadding.size() == 1 ? std::vector<int64_t>(n, outputPadding.front()) : outputPadding);
    return c.emit(fmt::format("conv{}{}d", isTransposed ? "_transpose" : "", n), {c.use("input"), c.use("weight"), c.use("bias")}, std::move(attributes));
}

Result<Value> conv(OperatorCall& c)
{
    return convolution(c, false, c.integers("padding"), {}, {});
}

Result<Value> convWithWord(OperatorCall& c)
{
    return convolution(c, false, {0}, {}, c.text("padding"));
}

Result<Value> convTranspose(OperatorCall& c)
{
    return convolution(c, true, c.integers("padding"), c.integers("output_padding"), {});
}

Result<Value> convGeneral(OperatorCall& c)
{
    return convolution(c, c.flag("transposed"), c.integers("padding"), c.integers("output_padding"), {});
}

Result<Value> linear(OperatorCall& c)
{
    return c.emit("linear", {c.use("input"), c.use("weight"), c.use("bias")});
}

/// beta * input + alpha * (a @ b): a linear layer when b is a transposed weight.
Result<Value> addmm(OperatorCall& c)
{
    if (c.number("beta") != 1 || c.number("alpha") != 1)
        return c.opaque();
    BPU_TRY(product, c.emit("matmul", {c.use("mat1"), c.use("mat2")}));
    return c.emit("add", {c.id(product), c.use("input")});
}

/// One where the module has no affine parameters.
ValueId perChannel(OperatorCall& c, std::string_view argument, ir::Dim channels, double value)
{
    if (!c.isNone(argument))
        return c.use(argument);
    const auto tensor = filled(ir::DType::Float32, {channels}, value);
    return tensor ? c.id(Value::tensor(*tensor, std::string(argument))) : ValueId{};
}

Result<Value> batchNorm(OperatorCall& c)
{
    if (c.isNone("running_mean") || c.flag("training"))
        return c.opaque();
    const int rank = c.rank("input");
    const ir::Dim channels = c.type("running_mean").dim(0);
    std::string_view op = rank == 5 ? "batch_norm3d" : rank == 2 || rank == 3 ? "batch_norm1d" : "batch_norm2d";
    return c.emit(std::string(op), {c.use("input"), perChannel(c, "weight", channels, 1), perChannel(c, "bias", channels, 0), c.use("running_mean"), c.use("running_var")},
                  {{"epsilon", c.number("eps")}});
}

Result<Value> instanceNorm(OperatorCall& c)
{
    if (!c.isNone("running_mean") && !c.flag("use_input_stats"))
        return c.opaque();
    return c.emit("instance_norm", {c.use("input"), c.use("weight"), c.use("bias")}, {{"epsilon", c.number("eps")}});
}

Result<Value> layerNorm(OperatorCall& c)
{
    return c.emit("layer_norm", {c.use("input"), c.use("weight"), c.use("bias")},
                  {{"normalized_shape", c.integers("normalized_shape")}, {"epsilon", c.number("eps")}});
}

Result<Value> groupNorm(OperatorCall& c)
{
    return c.emit("group_norm", {c.use("input"), c.use("weight"), c.use("bias")}, {{"groups", c.integer("num_groups")}, {"epsilon", c.number("eps")}});
}

Result<Value> embedding(OperatorCall& c)
{
    if (c["indices"].is(Kind::Tensor))
        c.evaluator().builder().takeAsIndices(c["indices"].cell());
    return c.emit("index_select", {c.use("weight"), c.use("indices")}, {{"dim", int64_t{0}}});
}

constexpr char kConv[] = "Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, int[] padding=0, int[] dilation=1, int groups=1";
constexpr char kConvWord[] = "Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, str padding=\"valid\", int[] dilation=1, int groups=1";
constexpr char kConvTranspose[] =
    "Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, int[] padding=0, int[] output_padding=0, int groups=1, int[] dilation=1";
constexpr char kConvolution[] = "Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, bool transposed, int[] output_padding, "
                                "int groups, bool benchmark=False, bool deterministic=False, bool cudnn_enabled=False, bool allow_tf32=False";

} // namespace

std::span<const OperatorEntry> convolutionOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"conv1d", kConv, conv}, {"conv2d", kConv, conv}, {"conv3d", kConv, conv},
        {"conv1d", kConvWord, convWithWord}, {"conv2d", kConvWord, convWithWord}, {"conv3d", kConvWord, convWithWord},
        {"conv_transpose1d", kConvTranspose, convTranspose}, {"conv_transpose2d", kConvTranspose, convTranspose}, {"conv_transpose3d", kConvTranspose, convTranspose},
        {"_convolution_mode", kConvWord, convWithWord}, {"_convolution", kConvolution, convGeneral}, {"convolution", kConvolution, convGeneral},
        {"linear", "Tensor input, Tensor weight, Tensor? bias=None", linear},
        {"addmm", "Tensor input, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1", addmm},
        {"embedding", "Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False", embedding},
    };
    return kRows;
}

std::span<const OperatorEntry> normalizationOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"batch_norm", "Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled=False", batchNorm},
        {"instance_norm", "Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats, float momentum, float eps, bool cudnn_enabled=False", instanceNorm},
        {"layer_norm", "Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-5, bool cudnn_enable=True", layerNorm},
        {"group_norm", "Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-5, bool cudnn_enabled=True", groupNorm},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Convolutions. y[n,o,p] = b[o] + sum over c, k of x[n, c, p*s - pad + k*d] * w[o,c,k].
// Source: ONNX Conv and ConvTranspose, opset 11; torch.nn.Conv2d, torch.nn.ConvTranspose2d.
#include "core/ops/infer.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

ir::Shape spatialOf(const ir::TensorType& type)
{
    return type.rank() > 2 ? ir::Shape(type.shape().begin() + 2, type.shape().end()) : ir::Shape{};
}

/// Rank, channels and groups of input and weight; n is the number of spatial dimensions.
Result<void> checkOperands(const ir::Graph& graph, const ir::Node& node, int n, bool transposed)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const ir::TensorType& w = inputType(graph, node, 1);
    for (const ir::TensorType* type : {&x, &w})
        if (type->hasRank() && type->rank() != n + 2)
            return opError(node, "rank", fmt::format("{} needs rank {}, got {}; reshape the {}", node.op, n + 2, ir::shapeText(*type),
                                                     type == &x ? "input" : "weight"));
    const int64_t groups = node.attributes.integer("groups", 1);
    if (groups < 1)
        return opError(node, "groups", fmt::format("groups is {}; it has to be 1 or more", groups));
    const ir::Dim channels = x.dim(1);
    const ir::Dim wanted = transposed ? w.dim(0) : mulDims(w.dim(1), groups);
    if (channels != ir::kUnknownDim && wanted != ir::kUnknownDim && channels != wanted)
        return opError(node, "channels", fmt::format("the input has {} channels, the weight needs {}; make them equal", channels, wanted));
    const ir::Dim split = w.dim(0);
    if (split != ir::kUnknownDim && split % groups != 0)
        return opError(node, "groups", fmt::format("{} channels cannot be split into {} groups; make them divisible", split, groups));
    return {};
}

template <int N, bool Transposed>
Result<Types> infer(const ir::Graph& graph, const ir::Node& node)
{
    BPU_CHECK(checkOperands(graph, node, N, Transposed));
    const ir::TensorType& x = inputType(graph, node, 0);
    const ir::TensorType& w = inputType(graph, node, 1);
    ir::Shape shape(N + 2, ir::kUnknownDim);
    shape[0] = x.dim(0);
    shape[1] = Transposed ? mulDims(w.dim(1), node.attributes.integer("groups", 1)) : w.dim(0);
    const ir::Shape kernel = w.hasRank() ? spatialOf(w) : ir::Shape{};
    BPU_TRY(window, Window::of(node, N, kernel));
    std::vector<int64_t> extra = node.attributes.integers("output_padding");
    extra.resize(N, 0);
    for (size_t i = 0; i < N; ++i) {
        const ir::Dim size = x.dim(static_cast<int>(i) + 2);
        const auto output = Transposed ? window.transposedOutput(i, size, extra[i]) : window.output(i, size);
        if (!output)
            return opError(node, "window", fmt::format("the kernel {} is larger than the padded input {}; pad more or give a larger input",
                                                       window.effectiveKernel(i), size));
        shape[i + 2] = *output;
    }
    return Types{ir::TensorType(x.dtype(), std::move(shape))};
}

/// Every output element (every input element when transposed) meets channels/groups * kernel weights.
template <bool Transposed>
Cost cost(const ir::Graph& graph, const ir::Node& node)
{
    Cost cost = memoryCost(graph, node);
    const ir::TensorType& w = inputType(graph, node, 1);
    const ir::TensorType& swept = Transposed ? inputType(graph, node, 0) : graph.outputOf(node)->type;
    ir::Dim macs = swept.elementCount();
    for (int i = 1; i < w.rank(); ++i)
        macs = mulDims(macs, w.dim(i));
    cost.macs = std::max<int64_t>(macs, 0);
    return cost;
}

std::string times(std::vector<int64_t> values)
{
    std::string text;
    for (const int64_t value : values)
        text += (text.empty() ? "" : "×") + fmt::format("{}", value);
    return text;
}

/// "1" when all are equal, else "1,2".
std::string brief(const std::vector<int64_t>& values)
{
    if (std::ranges::adjacent_find(values, std::not_equal_to<>{}) == values.end())
        return values.empty() ? std::string("0") : fmt::format("{}", values[0]);
    std::string text;
    for (const int64_t value : values)
        text += (text.empty() ? "" : ",") + fmt::format("{}", value);
    return text;
}

template <int N, bool Transposed>
std::string summary(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& w = inputType(graph, node, 1);
    const int64_t groups = node.attributes.integer("groups", 1);
    const auto window = Window::of(node, N, w.hasRank() ? spatialOf(w) : ir::Shape{});
    if (!window || w.rank() != N + 2)
        return {};
    const ir::Dim in = Transposed ? w.dim(0) : mulDims(w.dim(1), groups);
    const ir::Dim out = Transposed ? mulDims(w.dim(1), groups) : w.dim(0);
    std::string text = fmt::format("{} s{} p{} {}→{}", times(window->kernel), brief(window->stride), brief(window->padding), in, out);
    if (brief(window->dilation) != "1")
        text += " d" + brief(window->dilation);
    if (groups != 1)
        text += fmt::format(" g{}", groups);
    return text;
}

template <int N, bool Transposed>
OpSpec spec(std::string_view name, std::string_view module, std::string_view function)
{
    return {.name = name, .family = Family::Conv, .torch = {module, function}, .onnx = {Transposed ? "ConvTranspose" : "Conv"},
            .inputs = {"input", "weight", "bias", "addend"}, .minInputs = 2, .inferTypes = infer<N, Transposed>,
            .cost = cost<Transposed>, .summary = summary<N, Transposed>};
}

} // namespace

const OpSpec& conv1d()
{
    static const OpSpec s = spec<1, false>("conv1d", "torch.nn.Conv1d", "torch.nn.functional.conv1d");
    return s;
}
const OpSpec& conv2d()
{
    static const OpSpec s = spec<2, false>("conv2d", "torch.nn.Conv2d", "torch.nn.functional.conv2d");
    return s;
}
const OpSpec& conv3d()
{
    static const OpSpec s = spec<3, false>("conv3d", "torch.nn.Conv3d", "torch.nn.functional.conv3d");
    return s;
}
const OpSpec& convTranspose1d()
{
    static const OpSpec s = spec<1, true>("conv_transpose1d", "torch.nn.ConvTranspose1d", "torch.nn.functional.conv_transpose1d");
    return s;
}
const OpSpec& convTranspose2d()
{
    static const OpSpec s = spec<2, true>("conv_transpose2d", "torch.nn.ConvTranspose2d", "torch.nn.functional.conv_transpose2d");
    return s;
}
const OpSpec& convTranspose3d()
{
    static const OpSpec s = spec<3, true>("conv_transpose3d", "torch.nn.ConvTranspose3d", "torch.nn.functional.conv_transpose3d");
    return s;
}

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pooling. Source: ONNX MaxPool, AveragePool (opset 11); torch.nn.MaxPool2d, AdaptiveAvgPool2d.
#include "core/ops/infer.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

template <int N>
Result<Types> infer(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    BPU_TRY(window, Window::of(node, N, {}));
    if (x.hasRank() && x.rank() != N + 2 && x.rank() != N + 1) // torch allows the batch dimension to be left out
        return opError(node, "rank", fmt::format("{} needs rank {}, got {}; reshape the input", node.op, N + 2, ir::shapeText(x)));
    const int rank = x.hasRank() ? x.rank() : N + 2;
    ir::Shape shape(static_cast<size_t>(rank), ir::kUnknownDim);
    for (int i = 0; i < rank - N; ++i)
        shape[static_cast<size_t>(i)] = x.dim(i);
    for (int i = 0; i < N; ++i) {
        const ir::Dim size = x.dim(rank - N + i);
        const auto output = window.output(static_cast<size_t>(i), size);
        if (!output)
            return opError(node, "window", fmt::format("the kernel {} is larger than the padded input {}; use a smaller kernel",
                                                       window.effectiveKernel(static_cast<size_t>(i)), size));
        shape[static_cast<size_t>(rank - N + i)] = *output;
    }
    return Types{ir::TensorType(x.dtype(), shape), ir::TensorType(ir::DType::Int64, shape)};
}

template <int N>
Result<Types> inferAdaptive(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    std::vector<int64_t> size = node.attributes.integers("output_size");
    if (size.size() == 1)
        size.assign(N, size[0]);
    if (!x.hasRank())
        return Types{ir::TensorType::unranked(x.dtype()), ir::TensorType::unranked(ir::DType::Int64)};
    if (size.empty()) // the global form, of any rank
        size.assign(static_cast<size_t>(std::max(x.rank() - 2, 0)), 1);
    if (x.rank() <= static_cast<int>(size.size()))
        return opError(node, "rank", fmt::format("{} needs rank {}, got {}; reshape the input", node.op, size.size() + 2, ir::shapeText(x)));
    ir::Shape shape = x.shape();
    for (size_t i = 0; i < size.size(); ++i)
        if (size[i] > 0)
            shape[shape.size() - size.size() + i] = size[i];
    return Types{x.withShape(shape), ir::TensorType(ir::DType::Int64, shape)};
}

/// One operation per element of every window.
template <int N>
Cost cost(const ir::Graph& graph, const ir::Node& node)
{
    int64_t perElement = 1;
    for (const int64_t side : node.attributes.integers("kernel_size"))
        perElement = std::max<int64_t>(mulDims(perElement, side), 1);
    return elementCost(graph, node, perElement);
}

Cost sweepCost(const ir::Graph& graph, const ir::Node& node)
{
    Cost cost = memoryCost(graph, node);
    cost.ops = std::max<int64_t>(inputType(graph, node, 0).elementCount(), 0);
    return cost;
}

std::string joined(const std::vector<int64_t>& values, std::string_view separator, bool squash)
{
    const bool equal = std::ranges::adjacent_find(values, std::not_equal_to<>{}) == values.end();
    if (squash && equal)
        return values.empty() ? std::string("0") : fmt::format("{}", values[0]);
    std::string text;
    for (const int64_t value : values)
        text += (text.empty() ? std::string() : std::string(separator)) + fmt::format("{}", value);
    return text;
}

template <int N>
std::string summary(const ir::Graph&, const ir::Node& node)
{
    const auto window = Window::of(node, N, {});
    if (!window)
        return {};
    return fmt::format("{} s{} p{}{}", joined(window->kernel, "×", false), joined(window->stride, ",", true), joined(window->padding, ",", true),
                       window->ceilMode ? " ceil" : "");
}

std::string adaptiveSummary(const ir::Graph&, const ir::Node& node)
{
    const std::vector<int64_t> size = node.attributes.integers("output_size");
    return size.empty() ? std::string("global") : "to " + joined(size, "×", false);
}

} // namespace

#define BPU_POOL(function, opName, module, functional, onnxName, N)                                                               \
    const OpSpec& function()                                                                                                       \
    {                                                                                                                              \
        static const OpSpec s{.name = opName, .family = Family::Pool, .torch = {module, functional}, .onnx = {onnxName},           \
                              .inputs = {"input"}, .inferTypes = infer<N>, .cost = cost<N>, .summary = summary<N>};                \
        return s;                                                                                                                  \
    }
#define BPU_ADAPTIVE(function, opName, module, functional, onnxName, N)                                                            \
    const OpSpec& function()                                                                                                       \
    {                                                                                                                              \
        static const OpSpec s{.name = opName, .family = Family::Pool, .torch = {module, functional}, .onnx = {onnxName},           \
                              .inputs = {"input"}, .inferTypes = inferAdaptive<N>, .cost = sweepCost, .summary = adaptiveSummary}; \
        return s;                                                                                                                  \
    }

BPU_POOL(maxPool1d, "max_pool1d", "torch.nn.MaxPool1d", "torch.nn.functional.max_pool1d", "MaxPool", 1)
BPU_POOL(maxPool2d, "max_pool2d", "torch.nn.MaxPool2d", "torch.nn.functional.max_pool2d", "MaxPool", 2)
BPU_POOL(maxPool3d, "max_pool3d", "torch.nn.MaxPool3d", "torch.nn.functional.max_pool3d", "MaxPool", 3)
BPU_POOL(avgPool1d, "avg_pool1d", "torch.nn.AvgPool1d", "torch.nn.functional.avg_pool1d", "AveragePool", 1)
BPU_POOL(avgPool2d, "avg_pool2d", "torch.nn.AvgPool2d", "torch.nn.functional.avg_pool2d", "AveragePool", 2)
BPU_POOL(avgPool3d, "avg_pool3d", "torch.nn.AvgPool3d", "torch.nn.functional.avg_pool3d", "AveragePool", 3)
BPU_POOL(lpPool2d, "lp_pool2d", "torch.nn.LPPool2d", "torch.nn.functional.lp_pool2d", "LpPool", 2)
BPU_ADAPTIVE(adaptiveAvgPool1d, "adaptive_avg_pool1d", "torch.nn.AdaptiveAvgPool1d", "torch.nn.functional.adaptive_avg_pool1d", "", 1)
BPU_ADAPTIVE(adaptiveAvgPool2d, "adaptive_avg_pool2d", "torch.nn.AdaptiveAvgPool2d", "torch.nn.functional.adaptive_avg_pool2d", "GlobalAveragePool", 2)
BPU_ADAPTIVE(adaptiveAvgPool3d, "adaptive_avg_pool3d", "torch.nn.AdaptiveAvgPool3d", "torch.nn.functional.adaptive_avg_pool3d", "", 3)
BPU_ADAPTIVE(adaptiveMaxPool1d, "adaptive_max_pool1d", "torch.nn.AdaptiveMaxPool1d", "torch.nn.functional.adaptive_max_pool1d", "", 1)
BPU_ADAPTIVE(adaptiveMaxPool2d, "adaptive_max_pool2d", "torch.nn.AdaptiveMaxPool2d", "torch.nn.functional.adaptive_max_pool2d", "GlobalMaxPool", 2)
BPU_ADAPTIVE(adaptiveMaxPool3d, "adaptive_max_pool3d", "torch.nn.AdaptiveMaxPool3d", "torch.nn.functional.adaptive_max_pool3d", "", 3)

} // namespace bpu::ops

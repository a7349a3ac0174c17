// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Normalization: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta. Shapes stay; parameters have to fit.
#include "core/ops/infer.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

Result<Types> inferPerChannel(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (x.hasRank() && x.rank() < 2)
        return opError(node, "rank", fmt::format("{} needs a channel dimension, got {}; reshape the input", node.op, ir::shapeText(x)));
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        const ir::TensorType& parameter = inputType(graph, node, i);
        const ir::Dim count = parameter.dim(0);
        if (parameter.rank() == 1 && count != ir::kUnknownDim && x.dim(1) != ir::kUnknownDim && count != x.dim(1) && node.op != "group_norm")
            return opError(node, "channels", fmt::format("the input has {} channels, parameter {} has {}; make them equal", x.dim(1), i, count));
    }
    return same(x, node.outputs.size());
}

Result<Types> inferSame(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0), node.outputs.size());
}

/// Mean and reciprocal deviation of each row, where they are asked for, keep the normalized dimensions as 1.
Result<Types> inferLayerNorm(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    Types types = same(x, node.outputs.size());
    ir::Shape shape = x.shape();
    const size_t dims = std::min(node.attributes.integers("normalized_shape").size(), shape.size());
    std::fill(shape.end() - static_cast<std::ptrdiff_t>(dims), shape.end(), 1);
    for (size_t i = 1; i < types.size(); ++i)
        types[i] = x.hasRank() ? ir::TensorType(ir::DType::Float32, shape) : ir::TensorType::unranked(ir::DType::Float32);
    return types;
}

Cost fourPerElement(const ir::Graph& graph, const ir::Node& node)
{
    return elementCost(graph, node, 4);
}

std::string layerSummary(const ir::Graph&, const ir::Node& node)
{
    std::string text;
    for (const int64_t size : node.attributes.integers("normalized_shape"))
        text += (text.empty() ? "" : "×") + fmt::format("{}", size);
    return text.empty() ? text : "over " + text;
}

std::string groupSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("{} groups", node.attributes.integer("groups", 1));
}

} // namespace

#define BPU_NORM(function, opName, module, functional, onnxName, INFER, SUMMARY)                                                   \
    const OpSpec& function()                                                                                                       \
    {                                                                                                                              \
        static const OpSpec s{.name = opName, .family = Family::Norm, .torch = {module, functional}, .onnx = {onnxName},           \
                              .inputs = {"input", "gamma", "beta", "mean", "variance"}, .inferTypes = INFER,                       \
                              .cost = fourPerElement, .summary = SUMMARY};                                                         \
        return s;                                                                                                                  \
    }

BPU_NORM(batchNorm1d, "batch_norm1d", "torch.nn.BatchNorm1d", "torch.nn.functional.batch_norm", "BatchNormalization", inferPerChannel, nullptr)
BPU_NORM(batchNorm2d, "batch_norm2d", "torch.nn.BatchNorm2d", "torch.nn.functional.batch_norm", "BatchNormalization", inferPerChannel, nullptr)
BPU_NORM(batchNorm3d, "batch_norm3d", "torch.nn.BatchNorm3d", "torch.nn.functional.batch_norm", "BatchNormalization", inferPerChannel, nullptr)
BPU_NORM(instanceNorm, "instance_norm", "torch.nn.InstanceNorm2d", "torch.nn.functional.instance_norm", "InstanceNormalization", inferPerChannel, nullptr)
BPU_NORM(groupNorm, "group_norm", "torch.nn.GroupNorm", "torch.nn.functional.group_norm", "GroupNormalization", inferPerChannel, groupSummary)
BPU_NORM(layerNorm, "layer_norm", "torch.nn.LayerNorm", "torch.nn.functional.layer_norm", "LayerNormalization", inferLayerNorm, layerSummary)
BPU_NORM(rmsNorm, "rms_norm", "torch.nn.RMSNorm", "torch.nn.functional.rms_norm", "RMSNormalization", inferSame, nullptr)
BPU_NORM(lpNorm, "lp_norm", "torch.nn.functional.normalize", "torch.nn.functional.normalize", "LpNormalization", inferSame, nullptr)
BPU_NORM(localResponseNorm, "local_response_norm", "torch.nn.LocalResponseNorm", "torch.nn.functional.local_response_norm", "LRN", inferSame, nullptr)
BPU_NORM(meanVarianceNorm, "mean_variance_norm", "onnx.MeanVarianceNormalization", "onnx.MeanVarianceNormalization", "MeanVarianceNormalization", inferSame, nullptr)

} // namespace bpu::ops

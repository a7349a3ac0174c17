// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer {
namespace {

/// GroupNormalization before opset 21 has one scale per group; ours is per channel.
std::optional<ir::Tensor> perChannel(const ir::Tensor& perGroup, int64_t channels)
{
    const int64_t groups = perGroup.elementCount();
    if (perGroup.dtype() != ir::DType::Float32 || groups < 1 || channels % groups != 0)
        return std::nullopt;
    std::vector<float> values;
    for (int64_t i = 0; i < channels; ++i)
        values.push_back(perGroup.at<float>(i / (channels / groups)));
    return ir::Tensor::floats({channels}, values);
}

} // namespace

void convertBatchNorm(NodeReader& reader)
{
    if (!reader.needs(5))
        return;
    const double epsilon = reader.number("epsilon", 1e-5);
    if (reader.flag("training_mode", false))
        reader.refuse("it is in training mode; export the model after model.eval()");
    if (!reader.flag("spatial", true))
        reader.refuse("it normalizes every element on its own (spatial = 0)");
    for (size_t i = 1; i < reader.outputCount(); ++i)
        if (reader.usesOutput(i))
            reader.refuse("its training results are used; export the model after model.eval()");
    const int rank = reader.rank(0);
    const size_t n = rank == 5 ? 3 : rank == 2 || rank == 3 ? 1 : 2;
    if (rank == 1 || rank > 5)
        reader.refuse(fmt::format("its input has rank {}", rank));
    reader.finish(dimensional("batch_norm", n), reader.inputs(0, 5), {{"epsilon", epsilon}}, 1);
}

void convertInstanceNorm(NodeReader& reader)
{
    if (reader.needs(3))
        reader.finish("instance_norm", reader.inputs(0, 3), {{"epsilon", reader.number("epsilon", 1e-5)}});
}

void convertLayerNorm(NodeReader& reader)
{
    if (!reader.needs(2))
        return;
    const int64_t axis = reader.axis(reader.integer("axis", -1), reader.rank(0));
    const double epsilon = reader.number("epsilon", 1e-5);
    const ir::TensorType& scale = reader.type(1);
    std::vector<int64_t> normalized;
    if (reader.type(0).hasRank() && !reader.refused())
        normalized.assign(reader.type(0).shape().begin() + axis, reader.type(0).shape().end());
    else if (axis < 0 && scale.rank() == -axis)
        normalized = scale.shape();
    if (scale.rank() == static_cast<int>(normalized.size()))
        for (size_t i = 0; i < normalized.size(); ++i)
            normalized[i] = normalized[i] == ir::kUnknownDim ? scale.shape()[i] : normalized[i];
    if (normalized.empty() || std::ranges::find(normalized, ir::kUnknownDim) != normalized.end())
        reader.refuse("the size it normalizes over is unknown; give the input a shape");
    const size_t results = reader.usesOutput(2) ? 3 : reader.usesOutput(1) ? 2 : 1;
    reader.finish("layer_norm", reader.inputs(0, 3), {{"normalized_shape", normalized}, {"epsilon", epsilon}}, results);
}

void convertGroupNorm(NodeReader& reader)
{
    if (!reader.needs(3))
        return;
    const int64_t groups = reader.integer("num_groups", 0);
    const double epsilon = reader.number("epsilon", 1e-5);
    std::vector<ValueId> inputs = reader.inputs(0, 3);
    const ir::Dim channels = reader.type(0).dim(1);
    for (size_t i = 1; i < 3 && reader.opset() < 21; ++i) {
        const ir::Tensor* tensor = reader.constant(i);
        const auto wide = tensor && channels != ir::kUnknownDim ? perChannel(*tensor, channels) : std::nullopt;
        if (!wide) {
            reader.refuse("its scale per group cannot be written per channel");
            return;
        }
        inputs[i] = reader.constant(i == 1 ? "gamma" : "beta", *wide);
    }
    if (groups < 1)
        reader.refuse("it has no num_groups");
    reader.finish("group_norm", std::move(inputs), {{"groups", groups}, {"epsilon", epsilon}});
}

void convertRmsNorm(NodeReader& reader)
{
    const int rank = reader.rank(0);
    const int64_t axis = reader.axis(reader.integer("axis", -1), rank);
    if (reader.needs(1) && axis != -1 && axis != rank - 1)
        reader.refuse("it normalizes over more than the last dimension");
    reader.finish("rms_norm", reader.inputs(0, 2), {{"epsilon", reader.number("epsilon", 1e-5)}});
}

void convertLocalResponseNorm(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const int64_t size = reader.integer("size", 0);
    if (size < 1)
        reader.refuse("it has no size");
    reader.finish("local_response_norm", reader.inputs(0, 1), {{"size", size}, {"alpha", reader.number("alpha", 1e-4)},
                                                               {"beta", reader.number("beta", 0.75)}, {"bias", reader.number("bias", 1)}});
}

void convertMeanVarianceNorm(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    std::vector<int64_t> dims = reader.hasAttribute("axes") ? reader.integers("axes") : std::vector<int64_t>{0, 2, 3};
    reader.finish("mean_variance_norm", reader.inputs(0, 1), {{"dim", reader.axes(std::move(dims), reader.rank(0))}});
}

void convertLpNorm(NodeReader& reader)
{
    if (reader.needs(1))
        reader.finish("lp_norm", reader.inputs(0, 1), {{"p", reader.integer("p", 2)}, {"dim", reader.axis(reader.integer("axis", -1), reader.rank(0))}});
}

} // namespace bpu::importer

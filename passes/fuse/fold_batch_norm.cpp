// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/fuse/fold_batch_norm.h"

#include "passes/fuse/plan.h"

#include <cmath>

namespace bpu::passes {
namespace {

/// Reads elements as they come; no copy of a large weight in double.
double element(const ir::Tensor& tensor, int64_t i)
{
    return tensor.dtype() == ir::DType::Float32 ? static_cast<double>(tensor.at<float>(i)) : tensor.at<double>(i);
}

template <typename T, typename F>
ir::Tensor makeTensor(const ir::TensorType& type, F valueAt)
{
    std::vector<T> values(static_cast<size_t>(type.elementCount()));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<T>(valueAt(static_cast<int64_t>(i)));
    return ir::Tensor::of(type.dtype(), type.shape(), values);
}

template <typename F>
ir::Tensor makeTensor(const ir::TensorType& type, F valueAt)
{
    return type.dtype() == ir::DType::Float32 ? makeTensor<float>(type, valueAt) : makeTensor<double>(type, valueAt);
}

/// Output channel of element i of the weight: axis 0, but [I, O/groups, k...] for a transposed convolution.
class ChannelOf {
public:
    ChannelOf(const ir::Node& layer, const ir::TensorType& weight) : m_transposed(isConvTranspose(layer))
    {
        m_perOutput = 1;
        for (int axis = m_transposed ? 2 : 1; axis < weight.rank(); ++axis)
            m_perOutput *= weight.dim(axis);
        m_outputsPerGroup = weight.dim(1);
        m_inputsPerGroup = weight.dim(0) / layer.attributes.integer("groups", 1);
    }

    int64_t operator()(int64_t i) const
    {
        const int64_t index = i / m_perOutput;
        if (!m_transposed)
            return index;
        const int64_t group = index / m_outputsPerGroup / m_inputsPerGroup;
        return group * m_outputsPerGroup + index % m_outputsPerGroup;
    }

private:
    bool m_transposed;
    int64_t m_perOutput;
    int64_t m_outputsPerGroup;
    int64_t m_inputsPerGroup;
};

} // namespace

FoldedLayer foldBatchNorm(const ir::Graph& graph, const ir::Node& layer, const ir::Node& norm)
{
    const auto parameter = [&](const ir::Node& node, size_t slot) -> const ir::Tensor& { return *graph.inputOf(node, slot)->constant; };
    const double epsilon = norm.attributes.number("epsilon", 1e-5);
    std::vector<double> scale(static_cast<size_t>(parameter(norm, 1).elementCount()));
    for (size_t c = 0; c < scale.size(); ++c) {
        const auto i = static_cast<int64_t>(c);
        scale[c] = element(parameter(norm, 1), i) / std::sqrt(element(parameter(norm, 4), i) + epsilon);
    }
    const ir::Tensor& weight = parameter(layer, 1);
    const ir::Value* bias = graph.inputOf(layer, 2);
    const ChannelOf channelOf(layer, weight.type());
    FoldedLayer folded;
    folded.weight = makeTensor(weight.type(), [&](int64_t i) { return element(weight, i) * scale[static_cast<size_t>(channelOf(i))]; });
    folded.bias = makeTensor(ir::TensorType(weight.dtype(), {static_cast<ir::Dim>(scale.size())}), [&](int64_t c) {
        const double before = bias ? element(*bias->constant, c) : 0.0;
        return (before - element(parameter(norm, 3), c)) * scale[static_cast<size_t>(c)] + element(parameter(norm, 2), c);
    });
    return folded;
}

} // namespace bpu::passes

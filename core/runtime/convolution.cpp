// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Convolutions with what follows them: batch norm is absorbed into the weights, an addition starts the accumulator,
// the activation is applied as results are written.
#include "core/ops/infer.h"
#include "core/runtime/onednn.h"
#include "core/runtime/post_ops.h"
#include "core/runtime/widened.h"

#include <algorithm>
#include <cmath>

namespace bpu::runtime {
namespace {

/// weight' = weight * gamma / sqrt(variance + epsilon) per result channel, bias' = (bias - mean) * the same + beta. In double.
struct Absorbed {
    std::vector<float> scales; ///< of the weights; oneDNN has the result channels first, by groups: gamma's own order
    ir::Tensor bias;
};

Absorbed absorb(const Site& site, const ir::Node& norm)
{
    const auto parameter = [&](size_t i) { return site.graph.value(norm.inputs[i]).constant->toDoubles(); };
    const std::vector<double> gamma = parameter(1);
    const std::vector<double> beta = parameter(2);
    const std::vector<double> mean = parameter(3);
    const std::vector<double> variance = parameter(4);
    const double epsilon = norm.attributes.number("epsilon", 1e-5);
    const ir::Tensor* given = site.constant(2);
    std::vector<float> scales(gamma.size());
    std::vector<float> bias(gamma.size());
    for (size_t c = 0; c < gamma.size(); ++c) {
        const double scale = gamma[c] / std::sqrt(variance[c] + epsilon);
        scales[c] = static_cast<float>(scale);
        bias[c] = static_cast<float>(((given ? given->number(static_cast<int64_t>(c)) : 0) - mean[c]) * scale + beta[c]);
    }
    return {std::move(scales), ir::Tensor::floats({static_cast<int64_t>(bias.size())}, bias)};
}

struct Geometry {
    Dims strides, dilation, before, after;
    Dims weight; ///< with the groups as a dimension of their own where there are several
};

Result<Geometry> geometry(const Site& site, bool transposed)
{
    const ir::Shape& weight = site.input(1).shape();
    const size_t n = weight.size() - 2;
    BPU_TRY(window, ops::Window::of(site.node, n, ir::Shape(weight.begin() + 2, weight.end())));
    Geometry g{.strides = window.stride, .dilation = window.dilation, .before = {}, .after = {}, .weight = {}};
    for (int64_t& d : g.dilation)
        --d; // oneDNN counts the gaps
    g.before.assign(window.padding.begin(), window.padding.begin() + static_cast<std::ptrdiff_t>(n));
    // What the results need behind the input: padding that no window reaches is left out, output_padding is negative.
    for (size_t i = 0; i < n; ++i) {
        const ir::Dim in = site.input(0).shape()[i + 2];
        const ir::Dim out = site.output().shape()[i + 2];
        const ir::Dim swept = transposed ? (in - 1) * window.stride[i] + window.effectiveKernel(i) - out : (out - 1) * window.stride[i] + window.effectiveKernel(i) - in;
        g.after.push_back(swept - g.before[i]);
    }
    const int64_t groups = site.node.attributes.integer("groups", 1);
    g.weight.assign(weight.begin(), weight.end());
    if (transposed) // oneDNN has the results first for both
        std::swap(g.weight[0], g.weight[1]);
    if (groups > 1) {
        g.weight.insert(g.weight.begin(), groups);
        g.weight[transposed ? 2 : 1] /= groups;
    }
    return g;
}

/// The order in which the file has the weights, in oneDNN's dimensions.
dnnl::memory::desc weightOrder(const Site& site, const Geometry& g, bool transposed)
{
    if (!transposed)
        return plain(g.weight);
    const ir::Shape& shape = site.input(1).shape(); // [I, O/g, k...]
    const size_t n = shape.size() - 2;
    Dims strides(shape.size(), 1);
    for (size_t i = shape.size() - 1; i > 0; --i)
        strides[i - 1] = strides[i] * shape[i];
    Dims mine{strides[1], strides[0]};
    for (size_t i = 0; i < n; ++i)
        mine.push_back(strides[i + 2]);
    if (g.weight.size() > n + 2)
        mine.insert(mine.begin(), strides[0] * (shape[0] / g.weight[0]));
    return {g.weight, dnnl::memory::data_type::f32, mine};
}

/// Without the batch dimension, as torch allows: one is put before.
Dims batched(const ir::Shape& shape, size_t rank)
{
    Dims dims(shape.begin(), shape.end());
    while (dims.size() < rank)
        dims.insert(dims.begin(), 1);
    return dims;
}

template <typename Desc, typename PrimitiveDesc, typename Primitive>
Result<Kernel> make(const Site& site, bool transposed, dnnl::algorithm algorithm)
{
    BPU_TRY(g, geometry(site, transposed));
    const size_t rank = site.input(1).shape().size();
    const Dims in = batched(site.input(0).shape(), rank);
    const Dims out = batched(site.output().shape(), rank);
    Kernel kernel;
    kernel.constants.resize(3);
    ir::Tensor bias;
    if (site.tail.batchNorm) {
        Absorbed absorbed = absorb(site, *site.tail.batchNorm);
        kernel.weightScales = std::move(absorbed.scales);
        bias = absorbed.bias;
    }
    const bool hasBias = site.has(2) || bias.elementCount() > 0;
    const auto inferring = dnnl::prop_kind::forward_inference;
    const auto desc = hasBias ? Desc(inferring, algorithm, anyOrder(in), anyOrder(g.weight), plain({out[1]}), anyOrder(out), g.strides, g.dilation, g.before, g.after)
                              : Desc(inferring, algorithm, anyOrder(in), anyOrder(g.weight), anyOrder(out), g.strides, g.dilation, g.before, g.after);
    BPU_TRY(after, postOps(site));
    const PrimitiveDesc primitive(desc, after, engine());
    std::vector<Argument> arguments{{DNNL_ARG_SRC, 0, primitive.src_desc()}, {DNNL_ARG_WEIGHTS, 1, primitive.weights_desc()}, {DNNL_ARG_DST, -1, primitive.dst_desc()}};
    if (hasBias)
        arguments.push_back({DNNL_ARG_BIAS, 2, primitive.bias_desc()});
    kernel.constants[2] = bias;
    kernel.wants = {layoutOf(primitive.src_desc()), std::make_shared<const Layout>(primitive.weights_desc())};
    kernel.sourceOrders = {nullptr, std::make_shared<const Layout>(weightOrder(site, g, transposed))};
    kernel.gives = {layoutOf(primitive.dst_desc())};
    if (site.tail.add || site.has(3)) {
        kernel.wants.resize(4);
        kernel.wants[3] = kernel.gives[0];
        kernel.accumulatesOnto = 3;
    }
    kernel.run = runOf(site.node, Primitive(primitive), std::move(arguments));
    return kernel;
}

/// oneDNN trusts the sizes; the rule of the operator has seen those of input and weight.
Result<void> checkOperands(const Site& site)
{
    const int64_t channels = site.output().dim(1);
    const auto isNumberPerChannel = [&](const ir::Node& norm, size_t i) { return site.graph.value(norm.inputs[i]).type.elementCount() == channels; };
    if (!hasCount(site, 2, channels))
        return cannotRun(site.node, "its bias has not as many numbers as the result has channels");
    if (site.has(3) && site.input(3) != site.output())
        return cannotRun(site.node, "what is added to its result has another type");
    for (size_t i = 1; site.tail.batchNorm && i < 5; ++i)
        if (!isNumberPerChannel(*site.tail.batchNorm, i))
            return cannotRun(*site.tail.batchNorm, "it has not as many parameters as its input has channels");
    return {};
}

template <typename Forward>
Result<Kernel> convolution(const Site& site, bool transposed, dnnl::algorithm algorithm)
{
    if (!isFloat32Only(site))
        return makeWidened(site);
    BPU_CHECK(checkOperands(site));
    return guarded(site.node, [&] { return make<typename Forward::desc, typename Forward::primitive_desc, Forward>(site, transposed, algorithm); });
}

} // namespace

Result<Kernel> makeConvolution(const Site& site)
{
    return convolution<dnnl::convolution_forward>(site, false, dnnl::algorithm::convolution_auto);
}

Result<Kernel> makeConvTranspose(const Site& site)
{
    return convolution<dnnl::deconvolution_forward>(site, true, dnnl::algorithm::deconvolution_direct);
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/integer/products.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::runtime::integer {
namespace {

/// [I, O / groups, taps] -> [O, I / groups, taps]
std::vector<int8_t> turned(const ConvolutionSweep& c, std::span<const std::byte> weights)
{
    std::vector<int8_t> result(weights.size());
    const int64_t each = c.outputs / c.groups;
    size_t to = 0;
    for (int64_t o = 0; o < c.outputs; ++o)
        for (int64_t i = 0; i < c.perGroup(); ++i)
            for (int64_t tap = 0; tap < c.taps(); ++tap)
                result[to++] = static_cast<int8_t>(weights[static_cast<size_t>(((o / each * c.perGroup() + i) * each + o % each) * c.taps() + tap)]);
    return result;
}

Result<ConvolutionSweep> sweepOf(const Site& site)
{
    const ir::Shape& x = site.input(0).shape();
    const ir::Shape& w = site.input(1).shape();
    if (site.node.op != "linear")
        return ConvolutionSweep::of(site.node, x, w, site.output().shape());
    if (x.empty() || w.size() != 2 || x.back() != w[1])
        return cannotRun(site.node, fmt::format("it multiplies {} with {}", ir::shapeText(site.input(0)), ir::shapeText(site.input(1))));
    ConvolutionSweep rows{.inputs = w[1], .outputs = w[0]};
    for (size_t i = 0; i + 1 < x.size(); ++i)
        rows.batch *= x[i];
    return rows;
}

/// The scale of the weights for each channel of the result.
Result<std::vector<double>> weightScales(const Site& site, const ConvolutionSweep& c)
{
    const ir::Value& w = *site.graph.find(site.node.input(1));
    const bool isGroupAxis = c.isTransposed && c.outputs == c.groups && c.inputs == c.groups;
    if (c.isTransposed && c.groups > 1 && !isGroupAxis && w.quant && w.quant->scales.size() > 1)
        return cannotRun(site.node, "its groups have several channels; its weights take one scale for the tensor");
    return channelScales(site, w, c.isTransposed && !isGroupAxis ? 1 : 0, c.outputs);
}

} // namespace

Result<Convolving> Convolving::of(const Site& site)
{
    BPU_TRY(x, inputGrid(site, 0));
    BPU_TRY(weights, constantOf(site, 1, "weight"));
    if (weights->dtype() != ir::DType::Int8)
        return cannotRun(site.node, fmt::format("its weights are {}; they have to be i8", ir::name(weights->dtype())));
    BPU_TRY(sweep, sweepOf(site));
    BPU_TRY(scales, weightScales(site, sweep));
    for (double& scale : scales)
        scale *= x.scale;
    BPU_TRY(finish, Finish::of(site, scales, site.node.op == "linear" ? site.output().rank() - 1 : 1));
    Convolving made{sweep, std::move(finish), {}};
    const auto bytes = weights->bytes();
    if (sweep.isTransposed)
        made.weights = turned(sweep, bytes);
    else
        std::ranges::transform(bytes, std::back_inserter(made.weights), [](std::byte b) { return static_cast<int8_t>(b); });
    return made;
}

Error overflows(const ir::Node& node)
{
    return cannotRun(node, "a sum leaves the 32 bits of the accumulator; give its input 8 bits, or a larger scale");
}

} // namespace bpu::runtime::integer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/integer/finish.h"

#include "core/quant/fake_quantize.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::runtime::integer {
namespace {

/// The scales that a graph states for an accumulator are those that follow from its operands.
Result<void> checkScales(const Site& site, const ir::Value& value, const std::vector<double>& wanted, int axis)
{
    BPU_TRY(given, channelScales(site, value, axis, std::ssize(wanted)));
    for (size_t i = 0; i < wanted.size(); ++i)
        if (std::fabs(given[i] - wanted[i]) > 1e-6 * wanted[i])
            return cannotRun(site.node, fmt::format("{} has scale {:.9g} for channel {}, its operands multiply to {:.9g}; convert the model again", value.name, given[i], i, wanted[i]));
    return {};
}

Result<std::vector<int32_t>> biasOf(const Site& site, const std::vector<double>& scales)
{
    std::vector<int32_t> bias(scales.size(), 0);
    if (!site.has(2))
        return bias;
    BPU_TRY(constant, constantOf(site, 2, "bias"));
    if (constant->dtype() != ir::DType::Int32 || constant->shape() != ir::Shape{std::ssize(scales)})
        return cannotRun(site.node, fmt::format("its bias is {}; it has to be i32[{}]", constant->type().text(), scales.size()));
    BPU_CHECK(checkScales(site, *site.graph.find(site.node.input(2)), scales, 0));
    for (size_t i = 0; i < bias.size(); ++i)
        bias[i] = constant->at<int32_t>(static_cast<int64_t>(i));
    return bias;
}

/// The activation's part of the grid, for a result of this scale.
Result<quant::Grid> limitsOf(const Site& site, quant::Grid grid, double scale)
{
    const std::string_view activation = site.node.attributes.text("activation");
    if (activation.empty())
        return grid;
    if (activation != "relu" && activation != "relu6")
        return cannotRun(site.node, fmt::format("its activation {} has no integer form; relu and relu6 have", activation));
    return quant::Grid{0, activation == "relu6" ? quant::quantize(6, scale, grid) : grid.max};
}

} // namespace

Result<Finish> Finish::of(const Site& site, const std::vector<double>& scales, int axis)
{
    const ir::Value& y = *site.graph.outputOf(site.node);
    Finish finish{.result = y.type.dtype(), .bias = {}};
    BPU_TRY(bias, biasOf(site, scales));
    finish.bias = std::move(bias);
    if (site.has(3)) {
        BPU_TRY(added, inputGrid(site, 3));
        if (site.input(3).shape() != y.type.shape())
            return cannotRun(site.node, fmt::format("its addend is {}, its result {}; their shapes have to be equal", site.input(3).text(), y.type.text()));
        finish.addendType = site.input(3).dtype();
        for (const double scale : scales) {
            BPU_TRY(requantizer, requantizerOf(site, added.scale / scale));
            finish.addend.push_back(requantizer);
        }
    }
    if (y.quant && y.quant->type == ir::QType::QInt32) {
        BPU_CHECK(checkScales(site, y, scales, axis));
        for (const double scale : scales) {
            BPU_TRY(limits, limitsOf(site, quant::gridOf(ir::QType::QInt32), scale));
            finish.limits.push_back(limits);
        }
        return finish;
    }
    BPU_TRY(grid, resultGrid(site));
    BPU_TRY(limits, limitsOf(site, grid.grid, grid.scale));
    finish.limits.assign(scales.size(), limits);
    for (const double scale : scales) {
        BPU_TRY(requantizer, requantizerOf(site, scale / grid.scale));
        finish.to.push_back(requantizer);
    }
    return finish;
}

} // namespace bpu::runtime::integer

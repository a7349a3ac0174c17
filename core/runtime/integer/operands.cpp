// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/integer/operands.h"

#include "core/ops/keeps_grid.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <unordered_map>

namespace bpu::runtime::integer {

#define BPU_INTEGER_KERNEL(op, maker) Result<Kernel> maker(const Site&);
#include "core/runtime/integer/makers.def"
#undef BPU_INTEGER_KERNEL

namespace {

std::span<const Maker> integerMakersOf(std::string_view op)
{
    static const std::unordered_map<std::string_view, std::vector<Maker>> table = [] {
        std::unordered_map<std::string_view, std::vector<Maker>> made;
#define BPU_INTEGER_KERNEL(name, maker) made[#name].push_back(maker);
#include "core/runtime/integer/makers.def"
#undef BPU_INTEGER_KERNEL
        return made;
    }();
    const auto found = table.find(op);
    return found == table.end() ? std::span<const Maker>() : found->second;
}

/// Operators beside those of ops::keepsGrid that give integers on as they are, or places among them.
bool isChoice(std::string_view op)
{
    static constexpr auto kChoices = std::to_array<std::string_view>({"argmax", "argmin", "cat", "stack", "where"});
    return std::ranges::binary_search(kChoices, op);
}

ir::DType storedAs(ir::QType type)
{
    return type == ir::QType::QInt8 ? ir::DType::Int8 : type == ir::QType::QInt16 ? ir::DType::Int16 : ir::DType::Int32;
}

Result<void> checkGrid(const Site& site, const ir::Value& value)
{
    const ir::QuantParams& quant = *value.quant;
    const auto isScale = [](double scale) { return std::isfinite(scale) && scale > 0; };
    if (value.type.dtype() != storedAs(quant.type))
        return cannotRun(site.node, fmt::format("{} has the grid {} and holds {}; give it {}", value.name, ir::name(quant.type), ir::name(value.type.dtype()), ir::name(storedAs(quant.type))));
    if (quant.scales.empty() || !std::ranges::all_of(quant.scales, isScale))
        return cannotRun(site.node, fmt::format("the scales of {} are not all finite numbers above 0; calibrate again", value.name));
    const bool isPerTensor = quant.channelAxis < 0;
    if (isPerTensor ? quant.scales.size() != 1 : quant.channelAxis >= value.type.rank() || std::ssize(quant.scales) != value.type.dim(quant.channelAxis))
        return cannotRun(site.node, fmt::format("{} has {} scales along dimension {} of {}; give it one for each index", value.name, quant.scales.size(), quant.channelAxis, value.type.text()));
    return {};
}

/// Operands and results of a node; absent ones are left out.
std::vector<const ir::Value*> valuesOf(const Site& site)
{
    std::vector<const ir::Value*> values;
    for (const auto* list : {&site.node.inputs, &site.node.outputs})
        for (const ValueId id : *list)
            if (const ir::Value* value = site.graph.find(id))
                values.push_back(value);
    return values;
}

Result<TensorGrid> gridOfValue(const Site& site, const ir::Value* value, std::string_view what, bool isWide)
{
    if (!value || !value->quant)
        return cannotRun(site.node, fmt::format("its {} has no grid; convert the model again", what));
    const ir::QuantParams& quant = *value->quant;
    if (quant.scales.size() != 1)
        return cannotRun(site.node, fmt::format("{} has a scale per channel; {} takes one for the tensor", value->name, site.node.op));
    if (quant.type == ir::QType::QInt32 && !isWide)
        return cannotRun(site.node, fmt::format("{} is {}; {} takes qint8 and qint16 there", value->name, ir::name(quant.type), site.node.op));
    return TensorGrid{quant.scales[0], quant::gridOf(quant.type), quant.type};
}

} // namespace

bool isQuantized(const Site& site)
{
    return site.graph.stage() == ir::Stage::Quantized && site.node.attributes.text("device") != "cpu"
        && std::ranges::any_of(valuesOf(site), [](const ir::Value* value) { return value->quant.has_value(); });
}

Result<Kernel> makeInteger(const Site& site)
{
    for (const ir::Value* value : valuesOf(site))
        if (value->quant)
            BPU_CHECK(checkGrid(site, *value));
    BPU_TRY(kernel, firstKernel(integerMakersOf(site.node.op), site));
    if (kernel.run || kernel.isView)
        return std::move(kernel);
    if (ops::keepsGrid(site.node) || isChoice(site.node.op)) {
        BPU_CHECK(checkOneGrid(site));
        return makeUnscaledKernel(site);
    }
    if (!ops::find(site.node.op))
        return unknownOperator(site.node);
    return cannotRun(site.node, fmt::format("{} has no integer form; let it stay on the CPU (attribute device = cpu)", ops::title(site.node)));
}

Result<void> checkOneGrid(const Site& site)
{
    const ir::QuantParams* grid = nullptr;
    for (const ir::Value* value : valuesOf(site)) {
        if (!value->quant)
            continue;
        if (grid && (grid->type != value->quant->type || grid->scales != value->quant->scales))
            return cannotRun(site.node, fmt::format("it moves integers, but {} is on another grid than its other operands; requantize it", value->name));
        grid = &*value->quant;
    }
    return {};
}

Result<TensorGrid> inputGrid(const Site& site, size_t i, bool isWide)
{
    return gridOfValue(site, site.graph.find(site.node.input(i)), fmt::format("input {}", i), isWide);
}

Result<TensorGrid> resultGrid(const Site& site, size_t i, bool isWide)
{
    return gridOfValue(site, site.graph.find(site.node.output(i)), "result", isWide);
}

Result<std::vector<double>> channelScales(const Site& site, const ir::Value& value, int axis, int64_t count)
{
    if (!value.quant)
        return cannotRun(site.node, fmt::format("{} has no grid; convert the model again", value.name));
    const ir::QuantParams& quant = *value.quant;
    if (quant.scales.size() == 1)
        return std::vector<double>(static_cast<size_t>(count), quant.scales[0]);
    if (quant.channelAxis != axis || std::ssize(quant.scales) != count)
        return cannotRun(site.node, fmt::format("{} has {} scales along dimension {}; its {} channels lie along dimension {}", value.name, quant.scales.size(), quant.channelAxis, count, axis));
    return quant.scales;
}

Result<quant::Requantizer> requantizerOf(const Site& site, double factor)
{
    auto chosen = quant::chooseRequantizer(factor);
    if (!chosen)
        return cannotRun(site.node, chosen.error().message);
    return *chosen;
}

Result<const ir::Tensor*> constantOf(const Site& site, size_t i, std::string_view what)
{
    const ir::Tensor* constant = site.constant(i);
    if (!constant)
        return cannotRun(site.node, fmt::format("its {} is no constant", what));
    return constant;
}

} // namespace bpu::runtime::integer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/convert/converter.h"

#include "core/quant/fake_quantize.h"
#include "core/quant/requantize.h"

#include <cmath>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

ir::DType dtypeOf(ir::QType type)
{
    return type == ir::QType::QInt8 ? ir::DType::Int8 : type == ir::QType::QInt16 ? ir::DType::Int16 : ir::DType::Int32;
}

bool isFakeQuantize(const ir::Node& node)
{
    return node.op == "fake_quantize";
}

} // namespace

bool Converter::isOnGrid(NodeId id, size_t i) const
{
    const ir::Value* value = graph().inputOf(node(id), i);
    return value && value->quant && ir::isInteger(value->type.dtype());
}

Result<ir::QuantParams> Converter::inputGrid(NodeId id, size_t i) const
{
    const ir::Value* value = graph().inputOf(node(id), i);
    if (!isOnGrid(id, i))
        return cannotConvert("uncalibrated", fmt::format("its input '{}' has no scale; calibrate the model first, with data that reaches this node", value ? value->name : ""));
    if (value->quant->scales.size() != 1 || value->quant->type == ir::QType::QInt32)
        return cannotConvert("type", fmt::format("its input '{}' is an int32 accumulator; give the layer before it a qconfig with an output type", value->name));
    return *value->quant;
}

std::optional<ir::QuantParams> Converter::wantedGrid(NodeId id, size_t i) const
{
    const ir::Value* result = graph().outputOf(node(id), i);
    if (!result)
        return std::nullopt;
    for (const ir::Use& use : result->users)
        if (const ir::Node& user = node(use.node); isFakeQuantize(user) && graph().outputOf(user)->quant)
            return graph().outputOf(user)->quant;
    return std::nullopt;
}

void Converter::putOnGrid(NodeId id, size_t i, const ir::QuantParams& grid)
{
    const ValueId result = node(id).output(i);
    m_editor.setType(result, graph().value(result).type.withDType(dtypeOf(grid.type)));
    m_editor.setQuant(result, grid);
}

Result<void> Converter::bringInputTo(NodeId id, size_t i, const ir::QuantParams& grid)
{
    const ir::Value input = *graph().inputOf(node(id), i);
    if (input.quant == grid)
        return {};
    BPU_TRY(from, inputGrid(id, i));
    BPU_CHECK(quant::chooseRequantizer(scaleOf(from) / scaleOf(grid)));
    const ir::Node& reader = node(id);
    const NodeId made = m_editor.addNodeBefore(id, {.op = "requantize", .name = reader.name + ".requantize", .inputs = {input.id}, .scope = reader.scope}, {input.type});
    putOnGrid(made, 0, grid);
    m_editor.setInputValue(id, i, node(made).output());
    ++m_report.rescales;
    m_report.notes.push_back(fmt::format("requantize before {}: from {:.6g} to {:.6g} per step", node(id).name, scaleOf(from), scaleOf(grid)));
    return {};
}

void Converter::replaceConstant(NodeId id, size_t i, ir::Tensor tensor, std::optional<ir::QuantParams> quant)
{
    const ir::Value* before = graph().inputOf(node(id), i);
    const std::string name = before ? before->name : fmt::format("{}.constant{}", node(id).name, i);
    const ValueId made = m_editor.addConstant(name, std::move(tensor));
    m_editor.setQuant(made, std::move(quant));
    if (before)
        m_renames.emplace_back(made, name);
    if (i < node(id).inputs.size()) {
        m_editor.setInputValue(id, i, made);
        return;
    }
    std::vector<ValueId> inputs = node(id).inputs;
    inputs.resize(i);
    inputs.push_back(made);
    m_editor.setInputs(id, std::move(inputs));
}

Result<void> Converter::quantizeConstantOperand(NodeId id, size_t i, ir::QType type)
{
    const ir::Value* value = graph().inputOf(node(id), i);
    if (!value || !value->constant || value->constant->dtype() != ir::DType::Float32)
        return {};
    double threshold = 0;
    for (const double number : value->constant->toDoubles())
        threshold = std::max(threshold, std::fabs(number));
    if (!std::isfinite(threshold))
        return cannotConvert("weight", fmt::format("its operand '{}' holds NaN or infinity; mend the float model", value->name));
    // Not 2 * threshold / (max - min): a lone constant then is exactly max steps.
    const double scale = threshold > 0 ? threshold / static_cast<double>(quant::gridOf(type).max) : 1;
    const ir::QuantParams grid{type, {scale}, -1};
    BPU_TRY(integers, quant::quantize(*value->constant, grid));
    replaceConstant(id, i, std::move(integers), grid);
    return {};
}

/// Of a constant: its integers. Behind a node: that node's grid, or another grid for it.
Result<void> Converter::convertFakeQuantize(NodeId id)
{
    const ValueId result = node(id).output();
    const ir::Value input = *graph().inputOf(node(id), 0);
    const std::optional<ir::QuantParams> grid = graph().value(result).quant;
    if (!grid)
        return cannotConvert("uncalibrated", "it has no scale yet; run bpu calibrate first, with data that reaches it");
    if (input.constant) {
        BPU_TRY(integers, quant::quantize(*input.constant, *grid));
        m_editor.makeConstant(result, std::move(integers));
        m_editor.setQuant(result, grid);
        m_renames.emplace_back(result, input.name);
        return {};
    }
    if (input.quant == grid) {
        removeThrough(id);
        return {};
    }
    if (ir::isInteger(input.type.dtype()) && node(id).op == "fake_quantize") {
        BPU_CHECK(inputGrid(id, 0));
        BPU_CHECK(quant::chooseRequantizer(scaleOf(*input.quant) / scaleOf(*grid)));
        m_editor.setOp(id, "requantize");
        ++m_report.rescales;
    } else {
        m_editor.setOp(id, "quant_stub");
    }
    m_editor.setAttributes(id, {});
    putOnGrid(id, 0, *grid);
    return {};
}

/// Users read what it passes on.
void Converter::removeThrough(NodeId id)
{
    m_editor.replaceUses(node(id).output(), node(id).input(0));
    m_editor.removeNode(id);
}

Result<void> convertDequantStub(Converter& converter, NodeId id)
{
    const ir::Node& stub = converter.node(id);
    if (converter.isOnGrid(id, 0))
        return {};
    converter.editor().replaceUses(stub.output(), stub.input(0)); // floats already: a result that a layer before it gave back
    converter.editor().removeNode(id);
    return {};
}

Result<ir::Graph> Converter::finish()
{
    m_editor.setStage(ir::Stage::Quantized);
    m_editor.removeDead();
    for (const auto& [value, name] : m_renames)
        if (graph().contains(value))
            m_editor.renameValue(value, name);
    return m_editor.finish();
}

} // namespace bpu::passes

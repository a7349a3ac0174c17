// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/emitter.h"

#include "core/import/onnx/tensors.h"

#include <algorithm>
#include <array>

namespace bpu::importer {
namespace {

enum class Form : uint8_t { Integers, Integer, Number };

/// Operand `slot` of `op` is written as `attribute` when it is constant.
struct Operand {
    std::string_view op;
    size_t slot;
    std::string_view attribute;
    Form form = Form::Integers;
};

constexpr std::array kOperands = {
    Operand{"reshape", 1, "shape"},           Operand{"expand", 1, "shape"},
    Operand{"tile", 1, "repeats"},            Operand{"squeeze", 1, "dims"},
    Operand{"unsqueeze", 1, "dims"},          Operand{"split", 1, "sizes"},
    Operand{"slice", 1, "starts"},            Operand{"slice", 2, "ends"},
    Operand{"slice", 3, "dims"},              Operand{"slice", 4, "steps"},
    Operand{"pad", 1, "padding"},             Operand{"topk", 1, "k", Form::Integer},
    Operand{"trilu", 1, "diagonal", Form::Integer}, Operand{"clamp", 1, "min", Form::Number},
    Operand{"clamp", 2, "max", Form::Number},
};

/// The operand in its attribute form; nothing when it does not have the right kind.
std::optional<ir::Attribute> attributeOf(const ir::Tensor& tensor, Form form)
{
    if (tensor.dtype() == ir::DType::String)
        return std::nullopt;
    if (form == Form::Number)
        return tensor.elementCount() == 1 ? std::optional<ir::Attribute>(tensor.dtype() == ir::DType::Float32 ? decimal(tensor.at<float>(0)) : tensor.number(0)) : std::nullopt;
    if (!ir::isInteger(tensor.dtype()))
        return std::nullopt;
    if (form == Form::Integer)
        return tensor.elementCount() == 1 ? std::optional<ir::Attribute>(tensor.integer(0)) : std::nullopt;
    return tensor.shape().size() <= 1 ? std::optional<ir::Attribute>(tensor.toInts()) : std::nullopt;
}

/// interpolate's operand has the full rank; its attribute only the spatial part.
std::optional<ir::Attribute> spatialSizes(const ir::Tensor& tensor)
{
    if (!ir::isInteger(tensor.dtype()) || tensor.elementCount() < 3)
        return std::nullopt;
    const std::vector<int64_t> sizes = tensor.toInts();
    return std::vector<int64_t>(sizes.begin() + 2, sizes.end());
}

} // namespace

bool absorbConstants(ir::GraphEditor& editor, NodeId id)
{
    const ir::Node& node = editor.graph().node(id);
    std::vector<ValueId> inputs = node.inputs;
    ir::Attributes attributes = node.attributes;
    bool changed = false;
    const auto absorb = [&](size_t slot, std::string_view name, auto&& convert) {
        const ir::Value* value = editor.graph().inputOf(node, slot);
        if (!value || !value->isConstant())
            return;
        if (std::optional<ir::Attribute> attribute = convert(*value->constant)) {
            attributes.set(name, *std::move(attribute));
            inputs[slot] = {};
            changed = true;
        }
    };
    for (const Operand& operand : kOperands)
        if (operand.op == node.op)
            absorb(operand.slot, operand.attribute, [&](const ir::Tensor& tensor) { return attributeOf(tensor, operand.form); });
    if (node.op == "interpolate")
        absorb(1, "size", spatialSizes);
    if (!changed)
        return false;
    while (!inputs.empty() && !inputs.back().isValid())
        inputs.pop_back();
    editor.setInputs(id, std::move(inputs));
    editor.setAttributes(id, std::move(attributes));
    return true;
}

} // namespace bpu::importer

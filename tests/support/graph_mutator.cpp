// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/graph_mutator.h"

#include "core/ir/graph_editor.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <cmath>

namespace bpu::test {
namespace {

using ir::DType;

DType anyDType(Dice& dice)
{
    static constexpr std::array kDTypes{DType::Float32, DType::Float32, DType::Float16, DType::BFloat16, DType::Float64, DType::Int64, DType::Int32,
                                        DType::Int8,    DType::UInt8,   DType::Bool,    DType::Int16,    DType::UInt64};
    return dice.pick(kDTypes);
}

ir::TensorType changed(const ir::TensorType& type, Dice& dice)
{
    if (dice.oneIn(4))
        return type.withDType(anyDType(dice));
    ir::Shape shape = type.hasRank() ? type.shape() : ir::Shape();
    dice.change(shape, [&] { return dice.size(); });
    return type.withShape(shape);
}

/// The same bytes as far as they reach, then zeros.
ir::Tensor as(const ir::TensorType& type, const ir::Tensor& tensor)
{
    std::vector<std::byte> bytes(static_cast<size_t>(type.elementCount()) * ir::byteSize(type.dtype()));
    std::copy_n(tensor.bytes().begin(), std::min(bytes.size(), tensor.bytes().size()), bytes.begin());
    return {type, Bytes::copyOf(bytes)};
}

/// Another shape or dtype over the same bytes, or, of integers, another number.
ir::Tensor changed(const ir::Tensor& tensor, Dice& dice)
{
    if (tensor.dtype() == DType::Int64 && tensor.elementCount() > 0 && dice.below(3) > 0) {
        std::vector<int64_t> numbers = tensor.toInts();
        numbers[dice.below(numbers.size())] = dice.integer();
        return ir::Tensor::ints(tensor.shape(), numbers);
    }
    const ir::TensorType type = changed(tensor.type(), dice);
    return type.elementCount() > 1 << 20 ? tensor : as(type, tensor);
}

std::string anyText(Dice& dice)
{
    static constexpr std::array kTexts{"", "nearest", "linear", "bilinear", "bicubic", "area", "align_corners", "half_pixel", "asymmetric", "reflect", "replicate", "circular",
                                       "bidirectional", "reverse", "max", "SAME_UPPER", "SAME_LOWER", "border", "reflection", "ij,jk->ik", "i...->", "ii->i", "add", "mul",
                                       "f32", "i64", "relu", "relu6", "tanh", "floor", "CRD"};
    return dice.pick(kTexts);
}

ir::Attribute changed(const ir::Attribute& attribute, Dice& dice)
{
    if (const auto* list = std::get_if<std::vector<int64_t>>(&attribute)) {
        std::vector<int64_t> copy = *list;
        dice.change(copy, [&] { return dice.integer(); });
        return copy;
    }
    if (const auto* list = std::get_if<std::vector<double>>(&attribute)) {
        std::vector<double> copy = *list;
        copy.resize(dice.below(copy.size() + 2));
        if (!copy.empty())
            copy[dice.below(copy.size())] = dice.number();
        return copy;
    }
    if (const auto* list = std::get_if<std::vector<std::string>>(&attribute)) {
        std::vector<std::string> copy = *list;
        copy.resize(dice.below(copy.size() + 2), anyText(dice));
        return copy;
    }
    if (const auto* tensor = std::get_if<ir::Tensor>(&attribute))
        return changed(*tensor, dice);
    if (const auto* body = std::get_if<ir::GraphPtr>(&attribute)) {
        auto other = mutated(**body, dice);
        return other ? std::make_shared<const ir::Graph>(*std::move(other)) : *body;
    }
    if (const auto* flag = std::get_if<bool>(&attribute))
        return !*flag;
    if (std::holds_alternative<double>(attribute))
        return dice.number();
    return std::holds_alternative<std::string>(attribute) ? ir::Attribute(anyText(dice)) : ir::Attribute(dice.integer());
}

void changeAttribute(ir::GraphEditor& editor, const ir::Node& node, Dice& dice)
{
    if (node.attributes.empty())
        return;
    const auto [name, value] = *(node.attributes.begin() + static_cast<std::ptrdiff_t>(dice.below(node.attributes.size())));
    if (dice.oneIn(5))
        editor.removeAttribute(node.id, name);
    else
        editor.setAttribute(node.id, name, changed(value, dice));
}

/// One operand more, less, or another.
void changeOperands(ir::GraphEditor& editor, const ir::Node& node, Dice& dice)
{
    std::vector<ValueId> inputs = node.inputs;
    std::vector<ValueId> all = editor.graph().inputs();
    for (uint32_t i = 0; i < editor.graph().valueIdBound(); ++i)
        if (editor.graph().find(ValueId{i}))
            all.push_back(ValueId{i});
    const size_t what = dice.below(4);
    if (what == 0 || inputs.empty())
        inputs.push_back(all.empty() || dice.oneIn(4) ? ValueId{} : dice.pick(all));
    else if (what == 1)
        inputs.pop_back();
    else
        inputs[dice.below(inputs.size())] = what == 2 ? ValueId{} : dice.pick(all);
    editor.setInputs(node.id, inputs);
}

void changeValue(ir::GraphEditor& editor, ValueId id, Dice& dice)
{
    const ir::Value* value = editor.graph().find(id);
    if (!value)
        return;
    if (value->isConstant())
        editor.replaceUses(id, editor.addConstant("c", changed(*value->constant, dice)));
    else
        editor.setType(id, changed(value->type, dice));
}

} // namespace

Result<ir::Graph> mutated(const ir::Graph& graph, Dice& dice)
{
    ir::GraphEditor editor(graph);
    if (graph.order().empty())
        return graph;
    const ir::Node& node = graph.node(dice.pick(graph.order()));
    switch (dice.below(8)) {
    case 0:
    case 1:
    case 2: changeAttribute(editor, node, dice); break;
    case 3: changeOperands(editor, node, dice); break;
    case 4:
        if (!graph.inputs().empty())
            changeValue(editor, dice.pick(graph.inputs()), dice);
        break;
    case 5: editor.setOp(node.id, std::string(dice.pick(ops::all())->name)); break;
    case 6:
        if (!node.outputs.empty())
            changeValue(editor, dice.pick(node.outputs), dice);
        break;
    default:
        if (!node.inputs.empty())
            changeValue(editor, dice.pick(node.inputs), dice);
        break;
    }
    return editor.finish();
}

ir::Tensor tensorOf(const ir::TensorType& type, Dice& dice)
{
    std::vector<std::byte> bytes(static_cast<size_t>(type.elementCount()) * ir::byteSize(type.dtype()));
    const bool isOdd = dice.oneIn(8);
    const auto fill = [&]<typename T>(T) {
        for (size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
            const T value = static_cast<T>(std::is_floating_point_v<T> ? (isOdd && dice.oneIn(4) ? dice.number() : static_cast<double>(dice.below(64)) / 16 - 2)
                                                                       : static_cast<double>(dice.below(isOdd ? 100 : 4)) - (isOdd ? 50 : 0));
            std::memcpy(bytes.data() + i, &value, sizeof value);
        }
    };
    if (type.dtype() == DType::Float32)
        fill(0.0F);
    else if (type.dtype() == DType::Float64)
        fill(0.0);
    else if (type.dtype() == DType::Int64)
        fill(int64_t{0});
    else if (type.dtype() == DType::Int32)
        fill(int32_t{0});
    else
        std::ranges::generate(bytes, [&] { return static_cast<std::byte>(type.dtype() == DType::Bool ? dice.below(2) : dice.below(256)); });
    return {type, Bytes::copyOf(bytes)};
}

} // namespace bpu::test

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/onnx_mutator.h"

#include <algorithm>
#include <onnx/onnx_pb.h>

namespace bpu::test {
namespace {

constexpr std::array kElementTypes{onnx::TensorProto::FLOAT, onnx::TensorProto::FLOAT, onnx::TensorProto::FLOAT16, onnx::TensorProto::DOUBLE, onnx::TensorProto::INT64,
                                   onnx::TensorProto::INT32, onnx::TensorProto::INT8,  onnx::TensorProto::UINT8,   onnx::TensorProto::BOOL,   onnx::TensorProto::STRING};

void change(google::protobuf::RepeatedField<int64_t>* field, Dice& dice, auto&& value)
{
    std::vector<int64_t> list(field->begin(), field->end());
    dice.change(list, value);
    field->Clear();
    field->Add(list.begin(), list.end());
}

void change(onnx::AttributeProto& attribute, Dice& dice)
{
    static constexpr std::array kTexts{"", "NOTSET", "SAME_UPPER", "VALID", "linear", "cubic", "nearest", "reflect", "edge", "max", "bidirectional", "reverse", "ij,jk->ik", "CRD"};
    if (attribute.ints_size() > 0)
        change(attribute.mutable_ints(), dice, [&] { return dice.integer(); });
    else if (attribute.floats_size() > 0)
        attribute.set_floats(static_cast<int>(dice.below(static_cast<size_t>(attribute.floats_size()))), static_cast<float>(dice.number()));
    else if (attribute.type() == onnx::AttributeProto::INT)
        attribute.set_i(dice.integer());
    else if (attribute.type() == onnx::AttributeProto::FLOAT)
        attribute.set_f(static_cast<float>(dice.number()));
    else if (attribute.type() == onnx::AttributeProto::STRING)
        attribute.set_s(dice.pick(kTexts));
}

void change(onnx::TypeProto::Tensor& type, Dice& dice)
{
    if (dice.oneIn(4)) {
        type.set_elem_type(dice.pick(kElementTypes));
        return;
    }
    std::vector<int64_t> dims;
    for (const auto& dim : type.shape().dim())
        dims.push_back(dim.has_dim_value() ? dim.dim_value() : 1);
    dice.change(dims, [&] { return dice.size(); });
    type.mutable_shape()->clear_dim();
    for (const int64_t dim : dims)
        type.mutable_shape()->add_dim()->set_dim_value(dim);
}

void changeOperands(onnx::NodeProto& node, const onnx::GraphProto& graph, Dice& dice)
{
    const auto size = static_cast<size_t>(node.input_size());
    const size_t what = dice.below(4);
    if (what == 0 || size == 0)
        node.add_input(graph.input_size() > 0 ? graph.input(static_cast<int>(dice.below(static_cast<size_t>(graph.input_size())))).name() : std::string());
    else if (what == 1)
        node.mutable_input()->RemoveLast();
    else if (what == 2)
        node.set_input(static_cast<int>(dice.below(size)), "");
    else
        node.mutable_input()->SwapElements(static_cast<int>(dice.below(size)), static_cast<int>(dice.below(size)));
}

/// Other sizes, with bytes that fit, or another number.
void change(onnx::TensorProto& tensor, Dice& dice)
{
    if (tensor.int64_data_size() > 0 && dice.below(3) > 0) {
        tensor.set_int64_data(static_cast<int>(dice.below(static_cast<size_t>(tensor.int64_data_size()))), dice.integer());
        return;
    }
    if (tensor.has_raw_data() && tensor.data_type() == onnx::TensorProto::INT64 && tensor.raw_data().size() >= 8 && dice.below(3) > 0) {
        const int64_t number = dice.integer();
        tensor.mutable_raw_data()->replace(dice.below(tensor.raw_data().size() / 8) * 8, 8, reinterpret_cast<const char*>(&number), 8);
        return;
    }
    change(tensor.mutable_dims(), dice, [&] { return dice.size(); });
    int64_t count = 1;
    for (const int64_t dim : tensor.dims())
        count *= dim;
    if (!tensor.has_raw_data() || tensor.data_type() == onnx::TensorProto::STRING)
        return;
    const size_t width = tensor.data_type() == onnx::TensorProto::INT64 || tensor.data_type() == onnx::TensorProto::DOUBLE ? 8
                         : tensor.data_type() == onnx::TensorProto::FLOAT || tensor.data_type() == onnx::TensorProto::INT32 ? 4 : 1;
    tensor.mutable_raw_data()->resize(static_cast<size_t>(std::min<int64_t>(count, 1 << 20)) * width);
}

} // namespace

std::string mutatedOnnx(const std::string& bytes, Dice& dice)
{
    onnx::ModelProto model;
    if (!model.ParseFromString(bytes))
        return bytes;
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.clear_value_info();
    for (auto& output : *graph.mutable_output())
        output.clear_type();
    const auto any = [&](auto* list) { return list->Mutable(static_cast<int>(dice.below(static_cast<size_t>(list->size())))); };
    const size_t what = dice.below(6);
    if (what == 0 && graph.input_size() > 0)
        change(*any(graph.mutable_input())->mutable_type()->mutable_tensor_type(), dice);
    else if (what == 1 && graph.initializer_size() > 0)
        change(*any(graph.mutable_initializer()), dice);
    else if (graph.node_size() > 0) {
        onnx::NodeProto& node = *any(graph.mutable_node());
        if (what > 2 && node.attribute_size() > 0)
            change(*any(node.mutable_attribute()), dice);
        else
            changeOperands(node, graph, dice);
    }
    return model.SerializeAsString();
}

} // namespace bpu::test

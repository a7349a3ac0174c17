// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/onnx_builder.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <onnx/defs/parser.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

namespace bpu::test {
namespace {

onnx::ModelProto parsed(std::string_view body, int64_t opset, std::string_view otherDomain)
{
    std::string text = "<ir_version: 8, opset_import: [\"\" : " + std::to_string(opset);
    if (!otherDomain.empty())
        text += ", \"" + std::string(otherDomain) + "\" : 1";
    text += "]>\nnet " + std::string(body);
    onnx::ModelProto model;
    const auto status = onnx::OnnxParser::Parse(model, text.c_str());
    if (!status.IsOK()) {
        std::fprintf(stderr, "%s\nin %s\n", status.ErrorMessage().c_str(), text.c_str());
        std::abort();
    }
    return model;
}

/// y = x + w, both of `count` floats.
onnx::ModelProto sumModel(int64_t count, onnx::TensorProto*& weight)
{
    onnx::ModelProto model = parsed("(float[" + std::to_string(count) + "] x) => (float[" + std::to_string(count) + "] y) { y = Add(x, w) }", 13, {});
    weight = model.mutable_graph()->add_initializer();
    weight->set_name("w");
    weight->set_data_type(onnx::TensorProto::FLOAT);
    weight->add_dims(count);
    return model;
}

/// Adds the tensor of an input_0.pb or output_0.pb under a name; false when the file holds no tensor of a plain type.
bool addInitializer(onnx::GraphProto& graph, const std::filesystem::path& path, const std::string& name)
{
    onnx::TensorProto tensor;
    std::ifstream file(path, std::ios::binary);
    if (!file || !tensor.ParseFromIstream(&file) || tensor.data_type() == 0)
        return false;
    tensor.set_name(name);
    *graph.add_initializer() = std::move(tensor);
    return true;
}

} // namespace

std::string onnxModel(std::string_view body, int64_t opset, std::string_view otherDomain)
{
    return parsed(body, opset, otherDomain).SerializeAsString();
}

std::string onnxModelNamed(std::string_view body, const std::map<std::string, std::string>& names, int64_t opset)
{
    onnx::ModelProto model = parsed(body, opset, {});
    for (auto& node : *model.mutable_graph()->mutable_node())
        if (const auto name = names.find(node.output(0)); name != names.end())
            node.set_name(name->second);
    for (auto& initializer : *model.mutable_graph()->mutable_initializer()) {
        const auto name = names.find(initializer.name());
        if (name == names.end())
            continue;
        for (auto& node : *model.mutable_graph()->mutable_node())
            for (std::string& input : *node.mutable_input())
                if (input == name->first)
                    input = name->second;
        initializer.set_name(name->second);
    }
    return model.SerializeAsString();
}

std::string nestedOnnxModel(int levels)
{
    onnx::ModelProto model = parsed("(bool[1] c, float[1] x) => (float[1] y) { z = Relu(x) }", 13, {});
    onnx::GraphProto* graph = model.mutable_graph();
    for (int i = 0; i < levels; ++i) {
        onnx::NodeProto* node = graph->add_node();
        node->set_op_type("If");
        node->add_input("c");
        node->add_output(i == 0 ? "y" : "y" + std::to_string(i));
        for (const char* branch : {"then_branch", "else_branch"}) {
            onnx::AttributeProto* attribute = node->add_attribute();
            attribute->set_name(branch);
            attribute->set_type(onnx::AttributeProto::GRAPH);
            attribute->mutable_g()->add_output()->set_name(i + 1 == levels || branch[0] == 'e' ? "x" : "y" + std::to_string(i + 1));
        }
        graph = node->mutable_attribute(0)->mutable_g();
    }
    return model.SerializeAsString();
}

std::string externalOnnxModel(const std::string& location, int64_t count, int64_t offset, const std::string& length)
{
    onnx::TensorProto* weight = nullptr;
    onnx::ModelProto model = sumModel(count, weight);
    weight->set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const char* key, const std::string& value) {
        auto* entry = weight->add_external_data();
        entry->set_key(key);
        entry->set_value(value);
    };
    add("location", location);
    add("offset", std::to_string(offset));
    if (!length.empty())
        add("length", length);
    return model.SerializeAsString();
}

std::string largeOnnxModel(int64_t count, bool raw)
{
    onnx::TensorProto* weight = nullptr;
    onnx::ModelProto model = sumModel(count, weight);
    std::vector<float> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(i);
    if (raw)
        weight->set_raw_data(values.data(), values.size() * sizeof(float));
    else
        weight->mutable_float_data()->Add(values.begin(), values.end());
    return model.SerializeAsString();
}

namespace {

onnx::ModelProto deserialized(const std::string& model)
{
    onnx::ModelProto proto;
    if (!proto.ParseFromString(model)) {
        std::fprintf(stderr, "the model does not parse\n");
        std::abort();
    }
    return proto;
}

} // namespace

std::string withListedInitializers(const std::string& model, const std::vector<std::string>& names)
{
    onnx::ModelProto proto = deserialized(model);
    proto.set_ir_version(3);
    for (size_t i = 0; i < names.size(); ++i)
        proto.mutable_graph()->mutable_initializer(static_cast<int>(i))->set_name(names[i]);
    return proto.SerializeAsString();
}

std::string withFirstDimension(const std::string& model, int64_t size)
{
    onnx::ModelProto proto = deserialized(model);
    for (auto* info : {proto.mutable_graph()->mutable_input(0), proto.mutable_graph()->mutable_output(0)})
        info->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_value(size);
    return proto.SerializeAsString();
}

std::string withInputKind(const std::string& model, int index, std::string_view kind)
{
    onnx::ModelProto proto = deserialized(model);
    onnx::TypeProto* type = proto.mutable_graph()->mutable_input(index)->mutable_type();
    type->Clear();
    if (kind == "sequence")
        type->mutable_sequence_type()->mutable_elem_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    else if (kind == "optional")
        type->mutable_optional_type()->mutable_elem_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    else if (kind == "sparse")
        type->mutable_sparse_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    else if (kind == "map")
        type->mutable_map_type()->set_key_type(onnx::TensorProto::INT64);
    return proto.SerializeAsString();
}

std::string closedOnnxModel(const std::filesystem::path& folder)
{
    onnx::ModelProto model;
    std::ifstream file(folder / "model.onnx", std::ios::binary);
    if (!model.ParseFromIstream(&file))
        return {};
    onnx::GraphProto& graph = *model.mutable_graph();
    const std::filesystem::path data = folder / "test_data_set_0";
    for (int i = 0; i < graph.input_size(); ++i)
        if (!graph.input(i).type().has_tensor_type() ||
            !addInitializer(graph, data / ("input_" + std::to_string(i) + ".pb"), graph.input(i).name()))
            return {};
    graph.clear_input();
    const int results = graph.output_size();
    for (int i = 0; i < results; ++i) {
        const std::string name = "expected_" + std::to_string(i);
        if (!graph.output(i).type().has_tensor_type() || !addInitializer(graph, data / ("output_" + std::to_string(i) + ".pb"), name))
            return {};
        *graph.add_output() = graph.output(i);
        graph.mutable_output(results + i)->set_name(name);
    }
    return model.SerializeAsString();
}

std::string parameterizedOnnxModel(const std::filesystem::path& folder)
{
    onnx::ModelProto model;
    std::ifstream file(folder / "model.onnx", std::ios::binary);
    if (!model.ParseFromIstream(&file))
        return {};
    onnx::GraphProto& graph = *model.mutable_graph();
    for (int i = 1; i < graph.input_size(); ++i)
        if (!addInitializer(graph, folder / "test_data_set_0" / ("input_" + std::to_string(i) + ".pb"), graph.input(i).name()))
            return {};
    if (graph.input_size() > 1)
        graph.mutable_input()->DeleteSubrange(1, graph.input_size() - 1);
    return model.SerializeAsString();
}

namespace {

void addOperators(const onnx::GraphProto& graph, std::set<std::string>& names)
{
    for (const onnx::NodeProto& node : graph.node()) {
        names.insert(node.op_type());
        for (const onnx::AttributeProto& attribute : node.attribute())
            if (attribute.has_g())
                addOperators(attribute.g(), names);
    }
}

} // namespace

std::set<std::string> onnxOperators(const std::filesystem::path& path)
{
    onnx::ModelProto model;
    std::ifstream file(path, std::ios::binary);
    std::set<std::string> names;
    if (model.ParseFromIstream(&file))
        addOperators(model.graph(), names);
    return names;
}

OnnxData onnxData(const std::filesystem::path& folder)
{
    onnx::ModelProto model;
    std::ifstream file(folder / "model.onnx", std::ios::binary);
    if (!model.ParseFromIstream(&file))
        return {};
    onnx::GraphProto& graph = *model.mutable_graph();
    const std::filesystem::path data = folder / "test_data_set_0";
    onnx::GraphProto numbers;
    numbers.set_name("data");
    OnnxData result;
    const auto add = [&](const onnx::ValueInfoProto& info, const std::string& name) {
        if (!info.type().has_tensor_type() || !addInitializer(numbers, data / (name + ".pb"), name))
            return false;
        *numbers.add_output() = info;
        numbers.mutable_output(numbers.output_size() - 1)->set_name(name);
        return true;
    };
    for (const onnx::ValueInfoProto& input : graph.input()) {
        const auto isInitializer = [&](const onnx::TensorProto& tensor) { return tensor.name() == input.name(); };
        if (std::any_of(graph.initializer().begin(), graph.initializer().end(), isInitializer))
            continue;
        if (!add(input, "input_" + std::to_string(result.inputs)))
            return {};
        ++result.inputs;
    }
    for (int i = 0; i < graph.output_size(); ++i)
        if (!add(graph.output(i), "output_" + std::to_string(i)))
            return {};
    *model.mutable_graph() = numbers;
    result.model = model.SerializeAsString();
    return result;
}

std::map<std::string, std::vector<int64_t>> inferredByOnnx(const std::string& bytes)
{
    onnx::ModelProto model;
    if (!model.ParseFromString(bytes))
        return {};
    try {
        onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), onnx::ShapeInferenceOptions(false, 1, true));
    } catch (const std::exception&) {
        return {};
    }
    std::map<std::string, std::vector<int64_t>> shapes;
    const auto add = [&](const onnx::ValueInfoProto& info) {
        if (!info.type().has_tensor_type() || !info.type().tensor_type().has_shape())
            return;
        std::vector<int64_t>& shape = shapes[info.name()];
        shape.clear();
        for (const auto& dim : info.type().tensor_type().shape().dim())
            shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
    };
    for (const auto& info : model.graph().value_info())
        add(info);
    for (const auto& info : model.graph().output())
        add(info);
    return shapes;
}

} // namespace bpu::test

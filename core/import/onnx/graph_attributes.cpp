// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The attributes of a node, its subgraphs, and the functions that a model brings along.
#include "core/import/onnx/graph_reader.h"

#include <algorithm>
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace bpu::importer {

Result<void> GraphReader::readAttributes(const onnx::NodeProto& proto, OnnxNode& node, std::vector<std::string>& captured)
{
    const auto decided = decisionOf(node);
    for (const auto& attribute : proto.attribute())
        if (!decided || attribute.name() != (*decided ? "else_branch" : "then_branch"))
            BPU_CHECK(readAttribute(attribute, node, captured));
    return {};
}

Result<void> GraphReader::readAttribute(const onnx::AttributeProto& proto, OnnxNode& node, std::vector<std::string>& captured)
{
    const std::string name = cleanText(proto.name());
    if (!proto.ref_attr_name().empty()) { // inside a function: the caller's attribute of that name
        node.attributes.set(name, fmt::format("@{}", cleanText(proto.ref_attr_name())));
        return {};
    }
    const auto addTensor = [&](const std::string& key, const onnx::TensorProto& tensor) -> Result<void> {
        BPU_TRY(read, m_model.tensors.read(tensor));
        node.attributes.set(key, std::move(read));
        return {};
    };
    const auto addGraph = [&](const std::string& key, const onnx::GraphProto& graph) -> Result<void> {
        GraphReader reader(m_model, this, m_depth + 1);
        BPU_TRY(read, reader.read(graph));
        for (const std::string& outer : reader.captured())
            if (std::ranges::find(captured, outer) == captured.end())
                captured.push_back(outer);
        node.attributes.set(key, std::make_shared<const ir::Graph>(std::move(read)));
        return {};
    };
    // Files before IR version 2 leave the type out.
    switch (proto.type()) {
    case onnx::AttributeProto::INT: node.attributes.set(name, proto.i()); break;
    case onnx::AttributeProto::FLOAT: node.attributes.set(name, decimal(proto.f())); break;
    case onnx::AttributeProto::STRING: node.attributes.set(name, cleanText(proto.s())); break;
    case onnx::AttributeProto::INTS: node.attributes.set(name, std::vector<int64_t>(proto.ints().begin(), proto.ints().end())); break;
    case onnx::AttributeProto::FLOATS: {
        std::vector<double> numbers;
        std::ranges::transform(proto.floats(), std::back_inserter(numbers), decimal);
        node.attributes.set(name, std::move(numbers));
        break;
    }
    case onnx::AttributeProto::STRINGS: {
        std::vector<std::string> texts;
        std::ranges::transform(proto.strings(), std::back_inserter(texts), cleanText);
        node.attributes.set(name, std::move(texts));
        break;
    }
    case onnx::AttributeProto::TENSOR: return addTensor(name, proto.t());
    case onnx::AttributeProto::GRAPH: return addGraph(name, proto.g());
    case onnx::AttributeProto::TENSORS:
        for (int i = 0; i < proto.tensors_size(); ++i)
            BPU_CHECK(addTensor(fmt::format("{}.{}", name, i), proto.tensors(i)));
        break;
    case onnx::AttributeProto::GRAPHS:
        for (int i = 0; i < proto.graphs_size(); ++i)
            BPU_CHECK(addGraph(fmt::format("{}.{}", name, i), proto.graphs(i)));
        break;
    case onnx::AttributeProto::SPARSE_TENSOR: {
        BPU_TRY(dense, m_model.tensors.read(proto.sparse_tensor()));
        node.attributes.set(name, std::move(dense));
        break;
    }
    case onnx::AttributeProto::UNDEFINED:
        if (proto.ints_size() > 0)
            node.attributes.set(name, std::vector<int64_t>(proto.ints().begin(), proto.ints().end()));
        else if (proto.has_f())
            node.attributes.set(name, decimal(proto.f()));
        else if (proto.has_s())
            node.attributes.set(name, cleanText(proto.s()));
        else if (proto.has_t())
            return addTensor(name, proto.t());
        else if (proto.has_i())
            node.attributes.set(name, proto.i());
        break;
    default: break; // types of sequences and optionals: nothing that we show
    }
    return {};
}

/// Constant: its attribute is the value, and no node is left. False when it holds none that we read.
Result<bool> GraphReader::readConstantNode(const onnx::NodeProto& proto, const OnnxNode& node)
{
    if (node.attributes.size() != 1 || proto.output_size() != 1)
        return false;
    const ir::Attribute& attribute = node.attributes.begin()->second;
    std::optional<ir::Tensor> tensor;
    if (const auto* value = std::get_if<ir::Tensor>(&attribute))
        tensor = *value;
    else if (const auto* number = std::get_if<double>(&attribute))
        tensor = ir::Tensor::floats({}, {static_cast<float>(*number)});
    else if (const auto* integer = std::get_if<int64_t>(&attribute))
        tensor = ir::Tensor::ints({}, {*integer});
    else if (const auto* integers = std::get_if<std::vector<int64_t>>(&attribute))
        tensor = ir::Tensor::ints({static_cast<int64_t>(integers->size())}, *integers);
    else if (const auto* numbers = std::get_if<std::vector<double>>(&attribute))
        tensor = ir::Tensor::floats({static_cast<int64_t>(numbers->size())}, std::vector<float>(numbers->begin(), numbers->end()));
    if (!tensor)
        return false;
    BPU_CHECK(define(proto.output(0), m_emitter.editor().addConstant(cleanText(proto.output(0)), *std::move(tensor))));
    return true;
}

/// Each function is read once; a call shows it as its body. Null for one that calls itself.
Result<ir::GraphPtr> GraphReader::functionBody(const std::string& key)
{
    if (const auto known = m_model.bodies.find(key); known != m_model.bodies.end())
        return known->second;
    if (!m_model.bodiesBeingRead.insert(key).second)
        return m_model.error("onnx.recursion", fmt::format("function '{}' calls itself; export the model again", key));
    const onnx::FunctionProto& function = *m_model.functions.at(key);
    onnx::GraphProto graph;
    graph.set_name(function.name());
    *graph.mutable_node() = function.node();
    for (const std::string& input : function.input())
        graph.add_input()->set_name(input);
    for (const std::string& output : function.output())
        graph.add_output()->set_name(output);
    auto opsets = m_model.opsets;
    for (const auto& import : function.opset_import())
        m_model.opsets.insert_or_assign(import.domain() == "ai.onnx" ? std::string() : import.domain(), import.version());
    Findings outside = std::move(m_model.findings); // a body's attributes are not bound yet: nothing to report
    auto body = GraphReader(m_model, nullptr, m_depth + 1).read(graph);
    m_model.findings = std::move(outside);
    m_model.opsets = std::move(opsets);
    m_model.bodiesBeingRead.erase(key);
    if (!body)
        return body.error();
    return m_model.bodies.emplace(key, std::make_shared<const ir::Graph>(*std::move(body))).first->second;
}

} // namespace bpu::importer

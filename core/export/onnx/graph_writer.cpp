// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/export/onnx/graph_writer.h"

#include "core/export/onnx/node_writer.h"
#include "core/ir/scope_path.h"
#include "core/quant/fake_quantize.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace bpu::exporter {
namespace {

std::string unique(std::set<std::string, std::less<>>& taken, std::string_view wanted)
{
    std::string name(wanted);
    for (int i = 2; !taken.insert(name).second; ++i)
        name = fmt::format("{}_{}", wanted, i);
    return name;
}

} // namespace

std::string nodePath(const ir::Node& node)
{
    if (ir::scopeOfName(node.name).value_or(std::string()) == node.scope)
        return node.name;
    const std::string leaf = node.name.substr(node.name.rfind('/') + 1);
    return node.scope.empty() ? leaf : fmt::format("/{}/{}", node.scope, leaf);
}

GraphWriter::GraphWriter(ModelState& state, const ir::Graph& graph, onnx::GraphProto& proto, int depth)
    : m_state(state), m_graph(graph), m_proto(proto), m_depth(depth), m_names(graph.valueIdBound()), m_dequantized(graph.valueIdBound()), m_isWritten(graph.valueIdBound())
{
}

void GraphWriter::bind(ValueId value, std::string name)
{
    m_names[value.index] = std::move(name);
    m_isWritten[value.index] = true;
}

void GraphWriter::fail(Error error)
{
    if (!m_problem)
        m_problem = std::move(error);
}

/// The names of the graph come before those made on the way.
void GraphWriter::reserveNames()
{
    for (uint32_t i = 0; i < m_graph.valueIdBound(); ++i)
        if (const ir::Value* value = m_graph.find(ValueId{i}); value && m_names[i].empty())
            m_names[i] = unique(m_state.valueNames, value->name);
}

Result<void> GraphWriter::write()
{
    m_proto.set_name(m_graph.name().empty() ? "model" : m_graph.name());
    reserveNames();
    writeInputs();
    for (const NodeId id : m_graph.order()) {
        NodeWriter writer(*this, m_graph.node(id));
        BPU_CHECK(writer.write());
        if (m_problem)
            return *m_problem;
    }
    writeOutputs();
    writeValueInfo();
    return m_problem ? Result<void>(*m_problem) : Result<void>();
}

void GraphWriter::writeInputs()
{
    for (const ValueId id : m_graph.inputs())
        if (!m_isWritten[id.index])
            fillValueInfo(*m_proto.add_input(), m_names[id.index], m_graph.value(id).type);
}

/// A branch has to make its results itself: what it only hands through gets a node.
void GraphWriter::writeOutputs()
{
    for (const ValueId id : m_graph.outputs()) {
        const ir::Value& value = m_graph.value(id);
        if (value.isConstant())
            constantName(value);
        std::string name = m_names[id.index];
        if (m_depth > 0 && m_isWritten[id.index]) {
            name = newName(value.name + "_result");
            addNode(name, "Identity", {m_names[id.index]}, {name});
        }
        fillValueInfo(*m_proto.add_output(), name, storedType(value));
    }
}

void GraphWriter::writeValueInfo()
{
    for (const NodeId id : m_graph.order())
        for (const ValueId output : m_graph.node(id).outputs)
            if (const ir::Value* value = m_graph.find(output); value && !value->isGraphOutput() && value->type.dtype() != ir::DType::Undefined && !m_isWritten[output.index])
                fillValueInfo(*m_proto.add_value_info(), m_names[output.index], storedType(*value));
}

bool GraphWriter::isStoredQuantized(const ir::Value& value) const
{
    const bool isOnGrid = m_graph.stage() == ir::Stage::Quantized && value.quant.has_value();
    return isOnGrid && m_state.grids == GridForm::Qdq && (value.isConstant() || value.quant->type != ir::QType::QInt32);
}

ir::TensorType GraphWriter::storedType(const ir::Value& value) const
{
    const bool isOnGrid = m_graph.stage() == ir::Stage::Quantized && value.quant.has_value();
    return isOnGrid && !isStoredQuantized(value) ? value.type.withDType(ir::DType::Float32) : value.type;
}

std::string GraphWriter::constantName(const ir::Value& value)
{
    const std::string& name = m_names[value.id.index];
    if (m_isWritten[value.id.index])
        return name;
    m_isWritten[value.id.index] = true;
    ir::Tensor tensor = *value.constant;
    if (m_graph.stage() == ir::Stage::Quantized && value.quant && m_state.grids == GridForm::Scales) {
        auto numbers = quant::dequantize(tensor, *value.quant);
        if (!numbers)
            fail(numbers.error());
        else
            tensor = *std::move(numbers);
        m_state.scales.insert_or_assign(name, *value.quant);
    }
    if (auto filled = fillTensor(*m_proto.add_initializer(), name, tensor); !filled)
        fail(filled.error());
    return name;
}

std::string GraphWriter::floatName(ValueId id)
{
    const ir::Value* value = m_graph.find(id);
    if (!value)
        return {};
    const std::string stored = value->isConstant() ? constantName(*value) : m_names[id.index];
    if (!isStoredQuantized(*value))
        return stored;
    std::string& name = m_dequantized[id.index];
    if (name.empty()) {
        name = newName(stored + "_dequantized");
        dequantize(stored, *value->quant, name);
    }
    return name;
}

std::string GraphWriter::newName(std::string_view wanted)
{
    return unique(m_state.valueNames, wanted);
}

std::string GraphWriter::addInitializer(std::string_view wanted, const ir::Tensor& tensor)
{
    const std::string name = newName(wanted);
    if (auto filled = fillTensor(*m_proto.add_initializer(), name, tensor); !filled)
        fail(filled.error());
    return name;
}

onnx::NodeProto& GraphWriter::addNode(const std::string& name, std::string_view type, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs)
{
    onnx::NodeProto& node = *m_proto.add_node();
    const size_t dot = type.rfind('.');
    const std::string domain(dot == std::string_view::npos ? std::string_view() : type.substr(0, dot));
    node.set_name(unique(m_state.nodeNames, name));
    node.set_op_type(std::string(dot == std::string_view::npos ? type : type.substr(dot + 1)));
    if (!domain.empty()) {
        node.set_domain(domain);
        const auto version = m_state.fileOpsets.find(domain);
        m_state.domains.emplace(domain, version == m_state.fileOpsets.end() ? 1 : version->second);
    }
    size_t used = inputs.size();
    while (used > 0 && inputs[used - 1].empty())
        --used;
    for (size_t i = 0; i < used; ++i)
        node.add_input(inputs[i]);
    used = outputs.size();
    while (used > 1 && outputs[used - 1].empty())
        --used;
    for (size_t i = 0; i < used; ++i)
        node.add_output(outputs[i]);
    return node;
}

/// Up to opset 20 QuantizeLinear has no int16; onnxruntime's own domain has.
void GraphWriter::addGridNode(std::string_view type, const std::string& from, const ir::QuantParams& grid, const std::string& to)
{
    const bool isWide = grid.type == ir::QType::QInt16;
    const std::string prefix = to.ends_with("_quantized") ? from : to;
    const bool perChannel = grid.channelAxis >= 0;
    const ir::Shape shape = perChannel ? ir::Shape{static_cast<int64_t>(grid.scales.size())} : ir::Shape{};
    std::vector<std::string> inputs{from, addInitializer(prefix + "_scale", ir::Tensor::floats(shape, std::vector<float>(grid.scales.begin(), grid.scales.end())))};
    if (isWide)
        inputs.push_back(addInitializer(prefix + "_zero_point", ir::Tensor::of(ir::DType::Int16, shape, std::vector<int16_t>(grid.scales.size()))));
    else if (grid.type == ir::QType::QInt8)
        inputs.push_back(addInitializer(prefix + "_zero_point", ir::Tensor::of(ir::DType::Int8, shape, std::vector<int8_t>(grid.scales.size()))));
    onnx::NodeProto& node = addNode(fmt::format("{}_{}", to, type), isWide ? fmt::format("com.microsoft.{}", type) : std::string(type), inputs, {to});
    if (!perChannel)
        return;
    auto& axis = *node.add_attribute();
    axis.set_name("axis");
    axis.set_type(onnx::AttributeProto::INT);
    axis.set_i(grid.channelAxis);
}

void GraphWriter::quantize(const std::string& from, const ir::QuantParams& grid, const std::string& to)
{
    addGridNode("QuantizeLinear", from, grid, to);
}

void GraphWriter::dequantize(const std::string& from, const ir::QuantParams& grid, const std::string& to)
{
    addGridNode("DequantizeLinear", from, grid, to);
}

void GraphWriter::alias(const ir::Value& result, const std::string& name)
{
    if (result.isGraphOutput()) {
        addNode(m_names[result.id.index], "Identity", {name}, {m_names[result.id.index]});
        return;
    }
    m_names[result.id.index] = name;
    m_isWritten[result.id.index] = true;
}

} // namespace bpu::exporter

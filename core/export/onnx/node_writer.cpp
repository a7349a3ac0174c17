// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/export/onnx/node_writer.h"

#include "core/export/export.h"
#include "core/export/onnx/writers.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <fmt/format.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>
#include <unordered_map>

namespace bpu::exporter {
namespace {

/// The first opset behind `opset` that has the operator; 0 when none that is written does.
int64_t firstOpsetWith(const std::string& type, int64_t opset)
{
    for (int64_t later = opset + 1; later <= kLastOnnxOpset; ++later)
        if (const auto* schema = onnx::OpSchemaRegistry::Schema(type, static_cast<int>(later), ""); schema && !schema->Deprecated())
            return later;
    return 0;
}

std::string firstLine(std::string_view text)
{
    return std::string(text.substr(0, text.find('\n')));
}

} // namespace

OperatorWriter findWriter(std::string_view op)
{
    static const std::unordered_map<std::string_view, OperatorWriter> table = {
#define BPU_WRITE(name, function) {#name, function},
#include "core/export/onnx/writers.def"
#undef BPU_WRITE
    };
    const auto found = table.find(op);
    return found == table.end() ? nullptr : found->second;
}

NodeWriter::NodeWriter(GraphWriter& graph, const ir::Node& node) : m_graph(graph), m_node(node), m_path(nodePath(node)) {}

Result<void> NodeWriter::write()
{
    if (const OperatorWriter writer = findWriter(m_node.op))
        writer(*this);
    else if (!ops::find(m_node.op))
        writeOpaque(*this);
    else
        refuse("ONNX has no operator for it");
    if (m_error)
        return *m_error;
    if (refused())
        return Error{"onnx.operator", {}, fmt::format("node '{}' ({}) cannot be written as ONNX: {}", m_node.name, m_node.op, m_problem)};
    return {};
}

void NodeWriter::refuse(std::string why, std::string advice)
{
    if (m_problem.empty())
        m_problem = why + "; " + advice;
}

void NodeWriter::writeAs(ir::Node other)
{
    std::swap(m_node, other);
    if (const OperatorWriter writer = findWriter(m_node.op))
        writer(*this);
    else
        refuse(fmt::format("ONNX has no operator for {}", m_node.op));
    std::swap(m_node, other);
}

std::vector<std::string> NodeWriter::inputs(size_t first, size_t count)
{
    std::vector<std::string> names;
    for (size_t i = first; i < m_node.inputs.size() && i - first < count; ++i)
        names.push_back(input(i));
    return names;
}

const ir::Tensor* NodeWriter::constant(size_t i) const
{
    const ir::Value* value = inputValue(i);
    const bool isOnGrid = value && value->quant && graph().stage() == ir::Stage::Quantized;
    return value && value->isConstant() && !isOnGrid ? &*value->constant : nullptr;
}

ir::TensorType NodeWriter::typeOf(ValueId id) const
{
    const ir::Value* value = graph().find(id);
    if (!value)
        return {};
    return value->quant && graph().stage() == ir::Stage::Quantized ? value->type.withDType(ir::DType::Float32) : value->type;
}

bool NodeWriter::usesResult(size_t i) const
{
    const ir::Value* value = graph().outputOf(m_node, i);
    return value && (!value->users.empty() || value->isGraphOutput());
}

int64_t NodeWriter::dim(int64_t fallback) const
{
    const int64_t axis = attributes().integer("dim", fallback);
    return axis < 0 && rank(0) >= 0 ? axis + rank(0) : axis;
}

void NodeWriter::add(const std::string& name, std::string_view type, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs, const ir::Attributes& attributes)
{
    onnx::NodeProto& proto = m_graph.addNode(name, type, inputs, outputs);
    const auto filled = fillAttributes(proto, attributes, [this](onnx::GraphProto& body, const ir::Graph& graph) { return writeBody(body, graph); });
    if (!filled && !m_error)
        m_error = filled.error();
    if (!m_error && proto.domain().empty())
        checkAgainstSchema(proto);
}

/// ONNX's own definition of the operator at this opset: what does not fit it would not be a model.
void NodeWriter::checkAgainstSchema(const onnx::NodeProto& proto)
{
    const auto* schema = onnx::OpSchemaRegistry::Schema(proto.op_type(), static_cast<int>(opset()), "");
    if (!schema || schema->Deprecated()) {
        const int64_t later = firstOpsetWith(proto.op_type(), opset());
        refuse(fmt::format("it needs {}, which opset {} does not have", proto.op_type(), opset()),
               later > 0 ? fmt::format("write it with --opset {}", later) : std::string("save the model as .bpuir"));
        return;
    }
    try {
        schema->Verify(proto);
    } catch (const std::exception& problem) {
        int64_t later = opset() + 1;
        const auto fits = [&] {
            const auto* other = onnx::OpSchemaRegistry::Schema(proto.op_type(), static_cast<int>(later), "");
            return other && std::ranges::all_of(proto.attribute(), [&](const auto& attribute) { return other->attributes().contains(attribute.name()); });
        };
        while (later <= kLastOnnxOpset && !fits())
            ++later;
        refuse(fmt::format("{} of opset {} cannot say it ({})", proto.op_type(), opset(), firstLine(problem.what())),
               later <= kLastOnnxOpset ? fmt::format("write it with --opset {}", later) : std::string("save the model as .bpuir"));
    }
}

/// A body sees the tensors around it by name: its inputs of that name are they.
Result<void> NodeWriter::writeBody(onnx::GraphProto& proto, const ir::Graph& body)
{
    GraphWriter writer(m_graph.state(), body, proto, m_graph.depth() + 1);
    const ir::Attribute* listed = attributes().find("captured");
    const auto* captured = listed ? std::get_if<std::vector<std::string>>(listed) : nullptr;
    const size_t count = captured ? std::min(captured->size(), m_node.inputs.size()) : 0;
    for (size_t i = 0; i < count; ++i)
        for (const ValueId inner : body.inputs())
            if (body.value(inner).name == (*captured)[i])
                writer.bind(inner, input(m_node.inputs.size() - count + i));
    return writer.write();
}

std::string NodeWriter::emit(std::string_view type, const std::vector<std::string>& inputs, const ir::Attributes& attributes)
{
    return emitSeveral(type, inputs, 1, attributes).front();
}

std::vector<std::string> NodeWriter::emitSeveral(std::string_view type, const std::vector<std::string>& inputs, size_t count, const ir::Attributes& attributes)
{
    const std::string name = fmt::format("{}_{}", m_path, type);
    std::vector<std::string> outputs;
    for (size_t i = 0; i < count; ++i)
        outputs.push_back(m_graph.newName(fmt::format("{}_output_{}", name, i)));
    add(name, type, inputs, outputs, attributes);
    return outputs;
}

/// Where the operator writes: the result itself, or what its grid rounds afterwards.
std::string NodeWriter::resultName(size_t i)
{
    const ir::Value* value = graph().outputOf(m_node, i);
    if (!value)
        return {};
    const std::string& stored = m_graph.storedName(value->id);
    return m_graph.isStoredQuantized(*value) ? m_graph.newName(stored + "_float") : stored;
}

void NodeWriter::completeResult(size_t i, const std::string& name)
{
    const ir::Value* value = graph().outputOf(m_node, i);
    if (!value || !value->quant || graph().stage() != ir::Stage::Quantized)
        return;
    if (m_graph.isStoredQuantized(*value))
        m_graph.quantize(name, *value->quant, m_graph.storedName(value->id));
    else if (m_graph.state().grids == GridForm::Scales)
        m_graph.state().scales.insert_or_assign(m_graph.storedName(value->id), *value->quant);
}

void NodeWriter::finish(std::string_view type, const std::vector<std::string>& inputs, const ir::Attributes& attributes)
{
    std::vector<std::string> outputs;
    for (size_t i = 0; i < m_node.outputs.size(); ++i)
        outputs.push_back(resultName(i));
    add(m_path, type, inputs, outputs, attributes);
    for (size_t i = 0; i < outputs.size(); ++i)
        completeResult(i, outputs[i]);
}

void NodeWriter::finishResult(size_t i, std::string_view type, const std::vector<std::string>& inputs, const ir::Attributes& attributes)
{
    const std::string output = resultName(i);
    if (output.empty())
        return;
    add(m_path, type, inputs, {output}, attributes);
    completeResult(i, output);
}

void NodeWriter::give(size_t i, const std::string& name)
{
    const ir::Value* value = graph().outputOf(m_node, i);
    if (!value)
        return;
    if (m_graph.isStoredQuantized(*value))
        m_graph.quantize(name, *value->quant, m_graph.storedName(value->id));
    else
        m_graph.alias(*value, name);
}

void NodeWriter::finishFused(std::string_view type, const std::vector<std::string>& inputs, const ir::Attributes& attributes)
{
    constexpr size_t kAddend = 3;
    const std::string_view activation = this->attributes().text("activation");
    if (!has(kAddend) && activation.empty()) {
        finish(type, inputs, attributes);
        return;
    }
    std::string value = emit(type, inputs, attributes);
    if (has(kAddend) && activation.empty()) {
        finish("Add", {value, input(kAddend)});
        return;
    }
    if (has(kAddend))
        value = emit("Add", {value, input(kAddend)});
    finishActivation(*this, activation, value);
}

std::string NodeWriter::tensor(std::string_view suffix, const ir::Tensor& tensor)
{
    return m_graph.addInitializer(fmt::format("{}_{}", m_path, suffix), tensor);
}

std::string NodeWriter::ints(std::string_view suffix, const std::vector<int64_t>& values)
{
    return tensor(suffix, ir::Tensor::ints({static_cast<int64_t>(values.size())}, values));
}

std::string NodeWriter::scalar(std::string_view suffix, double value, ir::DType dtype)
{
    using ir::DType;
    switch (dtype) {
    case DType::Float64: return tensor(suffix, ir::Tensor::of<double>(dtype, {}, {value}));
    case DType::Int64: return tensor(suffix, ir::Tensor::ints({}, {static_cast<int64_t>(value)}));
    case DType::Int32: return tensor(suffix, ir::Tensor::of<int32_t>(dtype, {}, {static_cast<int32_t>(value)}));
    case DType::Float32: case DType::Undefined: return tensor(suffix, ir::Tensor::floats({}, {static_cast<float>(value)}));
    default: return emit("Cast", {tensor(suffix, ir::Tensor::of<double>(DType::Float64, {}, {value}))}, {{"to", int64_t{onnxType(dtype)}}});
    }
}

std::string NodeWriter::cast(const std::string& name, ir::DType from, ir::DType to)
{
    if (from == to || from == ir::DType::Undefined || to == ir::DType::Undefined)
        return name;
    return emit("Cast", {name}, {{"to", int64_t{onnxType(to)}}});
}

std::string NodeWriter::squeezed(std::string_view type, const std::string& name, const std::vector<int64_t>& axes)
{
    return opset() < 13 ? emit(type, {name}, {{"axes", axes}}) : emit(type, {name, ints("axes", axes)});
}

} // namespace bpu::exporter

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/node_reader.h"

#include "core/import/onnx/tensors.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer {

ir::Origin originOf(const OnnxNode& node)
{
    ir::Origin origin;
    origin.what = node.origin;
    origin.name = node.name;
    return origin;
}

std::vector<ValueId> NodeReader::inputs(size_t first, size_t count) const
{
    std::vector<ValueId> part;
    for (size_t i = first; i < std::min(first + count, inputCount()); ++i)
        part.push_back(input(i));
    return part;
}

const ir::TensorType& NodeReader::typeOf(ValueId value) const
{
    static const ir::TensorType unknown;
    const ir::Value* found = m_emitter.graph().find(value);
    return found ? found->type : unknown;
}

const ir::Tensor* NodeReader::constant(size_t i) const
{
    const ir::Value* value = m_emitter.graph().find(input(i));
    return value && value->isConstant() ? &*value->constant : nullptr;
}

std::optional<std::vector<int64_t>> NodeReader::constantInts(size_t i) const
{
    const ir::Tensor* tensor = constant(i);
    if (!tensor || !ir::isInteger(tensor->dtype()))
        return std::nullopt;
    return tensor->toInts();
}

std::optional<double> NodeReader::constantScalar(size_t i) const
{
    const ir::Tensor* tensor = constant(i);
    if (!tensor || tensor->elementCount() != 1 || tensor->dtype() == ir::DType::String)
        return std::nullopt;
    return tensor->dtype() == ir::DType::Float32 ? decimal(tensor->at<float>(0)) : tensor->number(0);
}

const std::string& NodeReader::valueName(ValueId value) const
{
    static const std::string none;
    const ir::Value* found = m_emitter.graph().find(value);
    return found ? found->name : none;
}

template <typename T>
const T* NodeReader::typed(std::string_view name, std::string_view expected)
{
    const ir::Attribute* found = m_node.attributes.find(name);
    if (!found)
        return nullptr;
    const T* value = std::get_if<T>(found);
    if (!value)
        refuse(fmt::format("its attribute {} is not {}", name, expected));
    return value;
}

int64_t NodeReader::integer(std::string_view name, int64_t fallback)
{
    const auto* value = typed<int64_t>(name, "an integer");
    return value ? *value : fallback;
}

double NodeReader::number(std::string_view name, double fallback)
{
    const auto* value = typed<double>(name, "a number");
    return value ? *value : fallback;
}

std::string NodeReader::text(std::string_view name, std::string_view fallback)
{
    const auto* value = typed<std::string>(name, "a text");
    return value ? *value : std::string(fallback);
}

std::vector<int64_t> NodeReader::integers(std::string_view name)
{
    const auto* value = typed<std::vector<int64_t>>(name, "a list of integers");
    return value ? *value : std::vector<int64_t>{};
}

int64_t NodeReader::axis(int64_t axis, int rank)
{
    if (rank < 0)
        return axis;
    if (axis < -rank || axis >= rank)
        refuse(fmt::format("its axis {} is outside rank {}", axis, rank));
    return axis < 0 ? axis + rank : axis;
}

std::vector<int64_t> NodeReader::axes(std::vector<int64_t> axes, int rank)
{
    for (int64_t& item : axes)
        item = axis(item, rank);
    return axes;
}

bool NodeReader::needs(size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (!has(i)) {
            refuse(fmt::format("its input {} is missing", i));
            return false;
        }
    return true;
}

ValueId NodeReader::emit(std::string op, std::vector<ValueId> inputs, ir::Attributes attributes)
{
    ir::NodeSpec spec{.op = std::move(op), .name = {}, .inputs = std::move(inputs), .attributes = std::move(attributes), .scope = m_node.scope};
    spec.name = m_node.name + "/" + spec.op;
    spec.origins = {originOf(m_node)};
    return m_emitter.add(std::move(spec), {std::string()}).front();
}

ValueId NodeReader::constant(std::string_view suffix, ir::Tensor tensor)
{
    return m_emitter.editor().addConstant(fmt::format("{}/{}", m_node.name, suffix), std::move(tensor));
}

void NodeReader::finish(std::string op, std::vector<ValueId> inputs, ir::Attributes attributes, size_t results)
{
    if (refused())
        return;
    while (!inputs.empty() && !inputs.back().isValid())
        inputs.pop_back();
    ir::NodeSpec spec{.op = std::move(op), .name = m_node.name, .inputs = std::move(inputs), .attributes = std::move(attributes), .scope = m_node.scope};
    spec.origins = {originOf(m_node)};
    std::vector<std::string> names = m_node.outputs;
    if (results > 0)
        names.resize(std::min(names.size(), results));
    m_results = m_emitter.add(std::move(spec), names);
    m_finished = true;
}

void NodeReader::alias(ValueId value)
{
    if (refused())
        return;
    m_results = {value};
    m_finished = true;
}

void NodeReader::refuse(std::string why)
{
    if (m_problem.empty())
        m_problem = std::move(why);
}

} // namespace bpu::importer

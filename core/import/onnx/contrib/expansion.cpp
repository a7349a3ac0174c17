// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/contrib/expansion.h"

#include <fmt/format.h>
#include <unordered_map>

namespace bpu::importer {
namespace {

/// The operators whose attributes and operands an expansion writes.
constexpr int64_t kOpset = 17;

} // namespace

const ir::TensorType& Expansion::type(ValueId value) const
{
    static const ir::TensorType kNone;
    const ir::Value* found = m_emitter.graph().find(value);
    return found ? found->type : kNone;
}

const ir::Tensor* Expansion::constant(size_t i) const
{
    const ir::Value* found = m_emitter.graph().find(input(i));
    return found && found->constant ? &*found->constant : nullptr;
}

std::vector<ValueId> Expansion::convert(OnnxNode node)
{
    const size_t results = node.outputs.size();
    node.domain.clear();
    node.origin = m_node.origin;
    node.opset = kOpset;
    node.scope = m_node.scope;
    node.outputUsed.assign(results, true);
    while (!node.inputs.empty() && !node.inputs.back().isValid())
        node.inputs.pop_back();
    const Converter converter = findConverter(node.type);
    NodeReader reader(node, m_emitter);
    if (converter && !m_isRefused)
        converter(reader);
    if (!reader.finished() || reader.results().size() < results)
        m_isRefused = true;
    return m_isRefused ? std::vector<ValueId>(results) : reader.results();
}

std::vector<ValueId> Expansion::addSeveral(std::string_view type, std::vector<ValueId> inputs, ir::Attributes attributes, size_t results)
{
    OnnxNode node{.type = std::string(type), .domain = {}, .name = fmt::format("{}/{}", m_node.name, type), .origin = {}, .inputs = std::move(inputs),
                  .attributes = std::move(attributes), .outputs = std::vector<std::string>(results), .outputUsed = {}, .scope = {}};
    return convert(std::move(node));
}

ValueId Expansion::add(std::string_view type, std::vector<ValueId> inputs, ir::Attributes attributes)
{
    return addSeveral(type, std::move(inputs), std::move(attributes), 1).front();
}

ValueId Expansion::result(std::string_view type, std::vector<ValueId> inputs, ir::Attributes attributes, size_t i)
{
    OnnxNode node{.type = std::string(type), .domain = {}, .name = m_node.name, .origin = {}, .inputs = std::move(inputs), .attributes = std::move(attributes),
                  .outputs = {i < m_node.outputs.size() ? m_node.outputs[i] : std::string()}, .outputUsed = {}, .scope = {}};
    return convert(std::move(node)).front();
}

ValueId Expansion::number(float value)
{
    return m_emitter.editor().addConstant(m_node.name + "/number", ir::Tensor::floats({}, {value}));
}

ValueId Expansion::integers(const std::vector<int64_t>& values)
{
    return m_emitter.editor().addConstant(m_node.name + "/integers", ir::Tensor::ints({static_cast<int64_t>(values.size())}, values));
}

std::optional<std::vector<ValueId>> expandContrib(const OnnxNode& node, Emitter& emitter)
{
    static const std::unordered_map<std::string_view, Expander> table = {
#define BPU_CONTRIB(name, function) {#name, function},
#include "core/import/onnx/contrib/registry.def"
#undef BPU_CONTRIB
    };
    // ONNX Runtime writes this one into ONNX's own domain.
    const bool isOwn = node.domain == "com.microsoft" || (node.domain.empty() && node.type == "SimplifiedLayerNormalization");
    const auto found = isOwn ? table.find(node.type) : table.end();
    if (found == table.end())
        return std::nullopt;
    Expansion expansion(node, emitter);
    Results results = found->second(expansion);
    return expansion.isRefused() ? std::nullopt : std::optional(std::move(results));
}

/// The same operator as in ONNX's domain.
Results expandSame(Expansion& e)
{
    return {e.result(e.node().type, e.node().inputs, e.node().attributes)};
}

} // namespace bpu::importer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::ir {
namespace {

constexpr int64_t kListedElements = 16;

bool isPlainName(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '/' ||
               c == ':' || c == '-';
    });
}

std::string quotedText(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += fmt::format("\\{}", c);
        else if (static_cast<unsigned char>(c) < 0x20)
            out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        else
            out += c;
    }
    return out + '"';
}

/// Shortest text that reads back as the same double, always with a '.', an exponent or a word.
std::string doubleText(double value)
{
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".ein") == std::string::npos)
        text += ".0";
    return text;
}

std::string elementText(const Tensor& tensor, int64_t i)
{
    switch (tensor.dtype()) {
    case DType::Float32: return fmt::format("{}", tensor.at<float>(i));
    case DType::Float64: return fmt::format("{}", tensor.at<double>(i));
    case DType::UInt64: return fmt::format("{}", tensor.at<uint64_t>(i));
    case DType::Bool: return tensor.integer(i) != 0 ? "true" : "false";
    default: return isInteger(tensor.dtype()) ? fmt::format("{}", tensor.integer(i)) : fmt::format("{}", tensor.number(i));
    }
}

std::string tensorText(const Tensor& tensor)
{
    if (tensor.elementCount() > kListedElements || byteSize(tensor.dtype()) == 0)
        return fmt::format("{} = hash {:016x}", tensor.type().text(), hash(tensor));
    std::string list;
    for (int64_t i = 0; i < tensor.elementCount(); ++i)
        list += (i > 0 ? ", " : "") + elementText(tensor, i);
    return fmt::format("{} = [{}]", tensor.type().text(), list);
}

struct AttributeText {
    std::string operator()(int64_t value) const { return fmt::format("{}", value); }
    std::string operator()(double value) const { return doubleText(value); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(const std::string& value) const { return quotedText(value); }
    std::string operator()(const std::vector<int64_t>& values) const { return fmt::format("[{}]", fmt::join(values, ",")); }
    std::string operator()(const std::vector<double>& values) const { return list(values, doubleText); }
    std::string operator()(const std::vector<std::string>& values) const { return list(values, quotedText); }
    std::string operator()(const Tensor& value) const { return "tensor " + tensorText(value); }
    std::string operator()(const GraphPtr& value) const { return fmt::format("graph of {} nodes", value ? value->nodeCount() : 0); }

    template <typename T, typename F>
    static std::string list(const std::vector<T>& values, F text)
    {
        std::string out;
        for (const T& value : values)
            out += (out.empty() ? "" : ",") + text(value);
        return "[" + out + "]";
    }
};

class Printer {
public:
    explicit Printer(const Graph& graph) : m_graph(graph) {}

    std::string print()
    {
        header();
        for (uint32_t i = 0; i < m_graph.valueIdBound(); ++i)
            if (const Value* value = m_graph.find(ValueId{i}); value && value->isConstant())
                m_out += "    " + constantText(*value) + "\n";
        for (const NodeId id : m_graph.order())
            node(m_graph.node(id));
        std::vector<std::string> outputs;
        for (const ValueId output : m_graph.outputs())
            outputs.push_back(reference(output));
        m_out += fmt::format("    return {}\n}}\n", fmt::join(outputs, ", "));
        return std::move(m_out);
    }

private:
    std::string reference(ValueId id) const
    {
        const Value* value = m_graph.find(id);
        if (!value)
            return "_";
        return (value->isConstant() ? "@" : "%") + (isPlainName(value->name) ? value->name : quotedText(value->name));
    }

    /// " qint8 [0.5] axis -1", or nothing.
    static std::string quantText(const Value& value)
    {
        if (!value.quant)
            return {};
        return fmt::format(" {} {} axis {}", name(value.quant->type), AttributeText{}(value.quant->scales), value.quant->channelAxis);
    }

    std::string typed(ValueId id) const
    {
        const Value& value = m_graph.value(id);
        return fmt::format("{}: {}{}", reference(id), value.type.text(), quantText(value));
    }

    std::string constantText(const Value& value) const
    {
        std::string text = tensorText(*value.constant);
        text.insert(value.type.text().size(), quantText(value));
        return reference(value.id) + ": " + text;
    }

    void header()
    {
        m_out += "graph";
        if (!m_graph.name().empty())
            m_out += " " + (isPlainName(m_graph.name()) ? m_graph.name() : quotedText(m_graph.name()));
        std::vector<std::string> inputs;
        for (const ValueId input : m_graph.inputs())
            inputs.push_back(typed(input));
        m_out += fmt::format("({})", fmt::join(inputs, ", "));
        if (m_graph.stage() != Stage::Float)
            m_out += fmt::format(" stage {}", name(m_graph.stage()));
        m_out += " {\n";
    }

    void node(const Node& node)
    {
        std::vector<std::string> outputs;
        for (const ValueId output : node.outputs)
            outputs.push_back(typed(output));
        std::vector<std::string> inputs;
        for (const ValueId input : node.inputs)
            inputs.push_back(reference(input));
        m_out += "    ";
        if (!outputs.empty())
            m_out += fmt::format("{} = ", fmt::join(outputs, ", "));
        m_out += fmt::format("{}({})", isPlainName(node.op) ? node.op : quotedText(node.op), fmt::join(inputs, ", "));
        if (!node.attributes.empty()) {
            std::vector<std::string> attributes;
            for (const auto& [key, value] : node.attributes)
                attributes.push_back(fmt::format("{}={}", key, text(value)));
            m_out += fmt::format(" {{{}}}", fmt::join(attributes, ", "));
        }
        if (!node.scope.empty())
            m_out += " scope " + quotedText(node.scope);
        for (const Origin& origin : node.origins)
            m_out += " origin " + originText(origin);
        if (node.outputs.empty() || m_graph.value(node.outputs[0]).name != node.name)
            m_out += " name " + quotedText(node.name);
        m_out += "\n";
    }

    static std::string originText(const Origin& origin)
    {
        std::string text = quotedText(origin.what);
        if (!origin.name.empty() || !origin.file.empty())
            text += " of " + quotedText(origin.name);
        if (!origin.file.empty())
            text += fmt::format(" at {}:{}", quotedText(origin.file), origin.line);
        return text;
    }

    const Graph& m_graph;
    std::string m_out;
};

} // namespace

std::string text(const Attribute& attribute)
{
    return std::visit(AttributeText{}, attribute);
}

std::string print(const Graph& graph)
{
    return Printer(graph).print();
}

} // namespace bpu::ir

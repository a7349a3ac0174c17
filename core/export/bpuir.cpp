// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Writes .bpuir (docs/bpuir-format.md). Values are referred to by name, so ids need not be kept: the
// reader gives new, dense ones. The same graph always gives the same bytes.
#include "core/export/bpuir_pack.h"
#include "core/export/export.h"
#include "core/ir/bpuir_format.h"

#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bpu::exporter {
namespace {

using Json = nlohmann::ordered_json;

bool isUtf8(std::string_view text)
{
    for (size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
        if (length == 0 || i + length > text.size())
            return false;
        uint32_t code = length == 1 ? lead : lead & (0x7fU >> length);
        for (size_t k = 1; k < length; ++k) {
            const auto byte = static_cast<unsigned char>(text[i + k]);
            if ((byte & 0xc0) != 0x80)
                return false;
            code = code << 6 | (byte & 0x3fU);
        }
        if ((length == 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) || (length == 4 && (code < 0x10000 || code > 0x10ffff)))
            return false;
        i += length;
    }
    return true;
}

/// JSON knows Unicode only; a name of other bytes (old exporters write them) becomes {"hex": "..."}.
Json textJson(std::string_view text)
{
    if (isUtf8(text))
        return std::string(text);
    std::string hex;
    for (const char c : text)
        hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return Json{{"hex", std::move(hex)}};
}

/// JSON has no infinities.
Json numberJson(double number)
{
    if (std::isfinite(number))
        return number;
    return std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf";
}

template <typename T, typename F>
Json listJson(const std::vector<T>& list, F item)
{
    Json json = Json::array();
    for (const T& element : list)
        json.push_back(item(element));
    return json;
}

/// Graph -> the text of graph.json: one line per node and constant, so that people and `diff` can read it.
class GraphWriter {
public:
    explicit GraphWriter(BpuirWeights& weights) : m_weights(weights) {}

    Json graphJson(const ir::Graph& graph, int depth)
    {
        m_tooDeep = m_tooDeep || depth > ir::bpuir::kMaxSubgraphDepth;
        Json json{{"name", textJson(graph.name())}, {"stage", std::string(name(graph.stage()))}};
        for (const auto& [key, text] : graph.facts())
            json["facts"].push_back(Json::array({textJson(key), textJson(text)}));
        for (const auto& [path, type] : graph.moduleTypes())
            json["modules"].push_back(Json::array({textJson(path), textJson(type)}));
        json["inputs"] = listJson(graph.inputs(), [&](ValueId id) { return valueJson(graph.value(id)); });
        json["constants"] = constantsJson(graph);
        json["nodes"] = Json::array();
        for (const NodeId id : m_tooDeep ? std::vector<NodeId>() : graph.order())
            json["nodes"].push_back(nodeJson(graph, graph.node(id), depth));
        json["outputs"] = listJson(graph.outputs(), [&](ValueId id) { return textJson(graph.value(id).name); });
        return json;
    }
    bool tooDeep() const { return m_tooDeep; }

private:
    Json constantsJson(const ir::Graph& graph)
    {
        Json json = Json::array();
        for (uint32_t i = 0; i < graph.valueIdBound(); ++i)
            if (const ir::Value* value = graph.find(ValueId{i}); value && value->isConstant()) {
                json.push_back({{"name", textJson(value->name)}, {"tensor", tensorJson(*value->constant)}});
                addQuant(json.back(), *value);
            }
        return json;
    }

    Json tensorJson(const ir::Tensor& tensor)
    {
        return Json{{"type", tensor.type().text()}, {"offset", m_weights.place(tensor.storage())}, {"size", tensor.storage().size()}};
    }

    static void addQuant(Json& json, const ir::Value& value)
    {
        if (value.quant)
            json["quant"] = {{"qtype", std::string(name(value.quant->type))}, {"scales", listJson(value.quant->scales, numberJson)}, {"axis", value.quant->channelAxis}};
    }

    static Json valueJson(const ir::Value& value)
    {
        Json json{{"name", textJson(value.name)}, {"type", value.type.text()}};
        addQuant(json, value);
        return json;
    }

    Json nodeJson(const ir::Graph& graph, const ir::Node& node, int depth)
    {
        Json json{{"name", textJson(node.name)}, {"op", textJson(node.op)}};
        json["inputs"] = listJson(node.inputs, [&](ValueId id) { return id.isValid() ? textJson(graph.value(id).name) : Json(); });
        json["outputs"] = listJson(node.outputs, [&](ValueId id) { return valueJson(graph.value(id)); });
        for (const auto& [key, attribute] : node.attributes) {
            const auto [type, value] = attributeJson(attribute, depth);
            json["attributes"].push_back({{"name", textJson(key)}, {type, value}});
        }
        if (!node.scope.empty())
            json["scope"] = textJson(node.scope);
        for (const ir::Origin& origin : node.origins)
            json["origins"].push_back(originJson(origin));
        return json;
    }

    static Json originJson(const ir::Origin& origin)
    {
        Json json{{"what", textJson(origin.what)}};
        if (!origin.name.empty())
            json["name"] = textJson(origin.name);
        if (!origin.file.empty())
            json["file"] = textJson(origin.file);
        if (origin.line != 0)
            json["line"] = origin.line;
        return json;
    }

    /// The key says which of the variant's types it is: {"ints": [1, 1]}.
    std::pair<const char*, Json> attributeJson(const ir::Attribute& attribute, int depth)
    {
        struct Visitor {
            GraphWriter& writer;
            int depth;
            std::pair<const char*, Json> operator()(int64_t v) const { return {"int", v}; }
            std::pair<const char*, Json> operator()(double v) const { return {"float", numberJson(v)}; }
            std::pair<const char*, Json> operator()(bool v) const { return {"bool", v}; }
            std::pair<const char*, Json> operator()(const std::string& v) const { return {"text", textJson(v)}; }
            std::pair<const char*, Json> operator()(const std::vector<int64_t>& v) const { return {"ints", v}; }
            std::pair<const char*, Json> operator()(const std::vector<double>& v) const { return {"floats", listJson(v, numberJson)}; }
            std::pair<const char*, Json> operator()(const std::vector<std::string>& v) const { return {"texts", listJson(v, textJson)}; }
            std::pair<const char*, Json> operator()(const ir::Tensor& v) const { return {"tensor", writer.tensorJson(v)}; }
            std::pair<const char*, Json> operator()(const ir::GraphPtr& v) const
            {
                return {"graph", v ? writer.graphJson(*v, depth + 1) : Json()};
            }
        };
        return std::visit(Visitor{*this, depth}, attribute);
    }

    BpuirWeights& m_weights;
    bool m_tooDeep = false;
};

std::string documentText(const Json& graph, uint64_t weightBytes)
{
    std::string text = fmt::format("{{\"format\": \"bpuir\", \"version\": {}, \"weights\": {},\n\"graph\": {{", ir::bpuir::kVersion, weightBytes);
    const char* separator = "\n";
    for (const auto& [key, value] : graph.items()) {
        text += fmt::format("{}\"{}\": ", separator, key);
        separator = ",\n";
        if (!value.is_array() || value.empty()) {
            text += value.dump();
            continue;
        }
        text += '[';
        for (size_t i = 0; i < value.size(); ++i)
            text += (i == 0 ? "\n  " : ",\n  ") + value[i].dump();
        text += "\n]";
    }
    return text + "\n}}\n";
}

} // namespace

Result<void> writeBpuir(const ir::Graph& graph, const std::filesystem::path& path)
{
    BpuirWeights weights;
    GraphWriter writer(weights);
    const Json json = writer.graphJson(graph, 0);
    if (writer.tooDeep())
        return Error{"bpuir.depth", path.string(),
                     fmt::format("graphs nested more than {} deep cannot be saved; flatten the model", ir::bpuir::kMaxSubgraphDepth)};
    const std::string document = documentText(json, weights.size());
    if (document.size() > ir::bpuir::kMaxGraphBytes)
        return Error{"bpuir.size", path.string(),
                     fmt::format("the graph needs {} bytes of description, more than {}; split the model", document.size(), ir::bpuir::kMaxGraphBytes)};
    return packBpuir(document, weights, path);
}

} // namespace bpu::exporter

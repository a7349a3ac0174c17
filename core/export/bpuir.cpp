// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Writes .bpuir (docs/bpuir-format.md). Values are referred to by name, so ids need not be kept: the
// reader gives new, dense ones. The same graph always gives the same bytes.
#include "core/base/file.h"
#include "core/export/export.h"
#include "core/ir/bpuir_format.h"

#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <zip.h>

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

/// The tensors of weights.bin in the order of their first use. Tensors that share their bytes are stored once.
class Weights {
public:
    Json tensorJson(const ir::Tensor& tensor)
    {
        return Json{{"type", tensor.type().text()}, {"offset", place(tensor.bytes())}, {"size", tensor.bytes().size()}};
    }
    uint64_t size() const { return m_size; }
    const std::vector<zip_buffer_fragment_t>& fragments() const { return m_fragments; }

private:
    struct Key {
        const std::byte* data;
        size_t size;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        size_t operator()(const Key& key) const { return std::hash<const void*>()(key.data) ^ key.size; }
    };

    uint64_t place(std::span<const std::byte> bytes)
    {
        if (bytes.empty())
            return 0;
        const uint64_t aligned = (m_size + ir::bpuir::kAlignment - 1) / ir::bpuir::kAlignment * ir::bpuir::kAlignment;
        const auto [found, isNew] = m_offsets.try_emplace(Key{bytes.data(), bytes.size()}, aligned);
        if (isNew) {
            append({kZeros, aligned - m_size});
            append(bytes);
        }
        return found->second;
    }

    void append(std::span<const std::byte> bytes)
    {
        if (bytes.empty())
            return;
        // libzip only reads what a fragment points at, though its struct says otherwise.
        m_fragments.push_back({reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(bytes.data())), bytes.size()});
        m_size += bytes.size();
    }

    static constexpr std::byte kZeros[ir::bpuir::kAlignment] = {};
    uint64_t m_size = 0;
    std::vector<zip_buffer_fragment_t> m_fragments;
    std::unordered_map<Key, uint64_t, Hash> m_offsets;
};

/// Graph -> the text of graph.json: one line per node and constant, so that people and `diff` can read it.
class GraphWriter {
public:
    explicit GraphWriter(Weights& weights) : m_weights(weights) {}

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
                json.push_back({{"name", textJson(value->name)}, {"tensor", m_weights.tensorJson(*value->constant)}});
                addQuant(json.back(), *value);
            }
        return json;
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
            std::pair<const char*, Json> operator()(const ir::Tensor& v) const { return {"tensor", writer.m_weights.tensorJson(v)}; }
            std::pair<const char*, Json> operator()(const ir::GraphPtr& v) const
            {
                return {"graph", v ? writer.graphJson(*v, depth + 1) : Json()};
            }
        };
        return std::visit(Visitor{*this, depth}, attribute);
    }

    Weights& m_weights;
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

Error zipError(const std::filesystem::path& path, const zip_error_t* error)
{
    return {"bpuir.write", path.string(), fmt::format("cannot be packed ({}); free some memory and save again", zip_error_strerror(const_cast<zip_error_t*>(error))),
            ErrorKind::Machine};
}

/// Adds one entry with a fixed time stamp, so that equal graphs give equal files.
bool addEntry(zip_t* archive, const char* entry, zip_source_t* source, int32_t compression)
{
    const zip_int64_t index = source ? zip_file_add(archive, entry, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    const auto place = static_cast<zip_uint64_t>(index);
    constexpr zip_uint16_t kFirstDosDate = (0 << 9) | (1 << 5) | 1; // 1980-01-01
    return zip_set_file_compression(archive, place, compression, 0) == 0 && zip_file_set_dostime(archive, place, 0, kFirstDosDate, 0) == 0;
}

Result<std::vector<std::byte>> readBack(zip_source_t* source, const std::filesystem::path& path)
{
    zip_stat_t status;
    if (zip_source_open(source) != 0 || zip_source_stat(source, &status) != 0)
        return zipError(path, zip_source_error(source));
    std::vector<std::byte> bytes(status.size);
    const zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
    zip_source_close(source);
    if (got < 0 || static_cast<size_t>(got) != bytes.size())
        return zipError(path, zip_source_error(source));
    return bytes;
}

Result<std::vector<std::byte>> pack(const std::string& document, const Weights& weights, const std::filesystem::path& path)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
    if (!target)
        return zipError(path, &error);
    zip_source_keep(target);
    const std::unique_ptr<zip_source_t, decltype(&zip_source_free)> keep(target, zip_source_free);
    zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    if (!archive) {
        zip_source_free(target);
        return zipError(path, &error);
    }
    const auto& parts = weights.fragments();
    const bool added = addEntry(archive, ir::bpuir::kGraphEntry, zip_source_buffer(archive, document.data(), document.size(), 0), ZIP_CM_DEFLATE) &&
                       addEntry(archive, ir::bpuir::kWeightsEntry, zip_source_buffer_fragment(archive, parts.data(), parts.size(), 0), ZIP_CM_STORE);
    if (!added || zip_close(archive) != 0) {
        const Error failed = zipError(path, zip_get_error(archive));
        zip_discard(archive);
        return failed;
    }
    return readBack(target, path);
}

} // namespace

Result<void> writeBpuir(const ir::Graph& graph, const std::filesystem::path& path)
{
    Weights weights;
    GraphWriter writer(weights);
    const Json json = writer.graphJson(graph, 0);
    if (writer.tooDeep())
        return Error{"bpuir.depth", path.string(),
                     fmt::format("graphs nested more than {} deep cannot be saved; flatten the model", ir::bpuir::kMaxSubgraphDepth)};
    const std::string document = documentText(json, weights.size());
    if (document.size() > ir::bpuir::kMaxGraphBytes)
        return Error{"bpuir.size", path.string(),
                     fmt::format("the graph needs {} bytes of description, more than {}; split the model", document.size(), ir::bpuir::kMaxGraphBytes)};
    BPU_TRY(bytes, pack(document, weights, path));
    return writeFile(path, bytes);
}

} // namespace bpu::exporter

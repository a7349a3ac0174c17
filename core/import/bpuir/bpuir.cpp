// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/bpuir/bpuir.h"

#include "core/import/bpuir/archive.h"
#include "core/import/bpuir/fields.h"
#include "core/ir/bpuir_format.h"
#include "core/ir/rewriter.h"
#include "core/ir/verifier.h"

#include <bit>
#include <fmt/format.h>
#include <limits>
#include <unordered_set>

namespace bpu::importer {
namespace {

using fields::Json;
using fields::malformed;

static_assert(std::endian::native == std::endian::little, "weights.bin is little-endian and read as it is");

/// One graph object of graph.json -> ir::Graph.
class GraphReader {
public:
    GraphReader(const Bytes& weights, int depth) : m_weights(weights), m_depth(depth) {}

    Result<ir::Graph> read(const Json& json)
    {
        if (!json.is_object())
            return malformed("graph", "is not an object");
        BPU_CHECK(readHead(json));
        BPU_CHECK(readSources(json));
        BPU_TRY(nodes, fields::list(json, "nodes"));
        for (const Json& node : *nodes)
            BPU_CHECK(readNode(node));
        BPU_TRY(outputs, fields::list(json, "outputs"));
        for (const Json& output : *outputs) {
            BPU_TRY(value, valueNamed(output, "outputs"));
            m_editor.addOutput(value);
        }
        BPU_TRY(graph, m_editor.finish());
        BPU_CHECK(ir::verify(graph));
        return std::move(graph);
    }

private:
    Result<void> readHead(const Json& json)
    {
        BPU_TRY(name, fields::textOrEmpty(json, "name"));
        m_editor.setName(std::move(name));
        BPU_TRY(stageName, fields::text(fields::find(json, "stage"), "stage"));
        const auto stage = ir::stageFromName(stageName);
        if (!stage)
            return malformed("stage", "is none of float, fused, qat, quantized");
        m_editor.setStage(*stage);
        BPU_TRY(facts, pairs(json, "facts"));
        for (auto& [key, value] : facts)
            m_editor.setFact(key, value);
        BPU_TRY(modules, pairs(json, "modules"));
        m_editor.setModuleTypes(std::move(modules));
        return {};
    }

    static Result<std::map<std::string, std::string, std::less<>>> pairs(const Json& json, const char* key)
    {
        std::map<std::string, std::string, std::less<>> result;
        BPU_TRY(list, fields::list(json, key));
        for (const Json& item : *list) {
            if (!item.is_array() || item.size() != 2)
                return malformed(key, "has an entry that is no pair");
            BPU_TRY(first, fields::text(&item[0], key));
            BPU_TRY(second, fields::text(&item[1], key));
            result.insert_or_assign(std::move(first), std::move(second));
        }
        return result;
    }

    Result<void> readSources(const Json& json)
    {
        BPU_TRY(inputs, fields::list(json, "inputs"));
        for (const Json& input : *inputs) {
            BPU_TRY(name, newName(input));
            BPU_TRY(type, fields::tensorType(fields::find(input, "type"), "type"));
            BPU_CHECK(define(m_editor.addInput(name, std::move(type)), input));
        }
        BPU_TRY(constants, fields::list(json, "constants"));
        for (const Json& constant : *constants) {
            BPU_TRY(name, newName(constant));
            BPU_TRY(tensor, readTensor(fields::find(constant, "tensor")));
            BPU_CHECK(define(m_editor.addConstant(name, std::move(tensor)), constant));
        }
        return {};
    }

    /// The name of a value that is about to be made; two values of one name would change meaning silently.
    Result<std::string> newName(const Json& json)
    {
        BPU_TRY(name, fields::text(fields::find(json, "name"), "name"));
        if (m_values.contains(name))
            return malformed(name, "is the name of two values");
        return std::move(name);
    }

    Result<void> define(ValueId id, const Json& json)
    {
        BPU_TRY(quant, fields::quant(json));
        if (quant)
            m_editor.setQuant(id, std::move(quant));
        m_values.emplace(m_editor.graph().value(id).name, id);
        return {};
    }

    Result<ValueId> valueNamed(const Json& json, const char* key)
    {
        BPU_TRY(name, fields::text(&json, key));
        const auto found = m_values.find(name);
        if (found == m_values.end())
            return malformed(name, "is used before it is made");
        return found->second;
    }

    Result<ir::Tensor> readTensor(const Json* json)
    {
        if (!json || !json->is_object())
            return malformed("tensor", "is not an object");
        BPU_TRY(type, fields::tensorType(fields::find(*json, "type"), "type"));
        BPU_TRY(offset, fields::integer(fields::find(*json, "offset"), "offset"));
        BPU_TRY(size, fields::integer(fields::find(*json, "size"), "size"));
        const int64_t count = type.elementCount();
        const size_t element = ir::byteSize(type.dtype());
        if (!type.isStatic() || count < 0)
            return malformed("type", "of a tensor has an unknown size");
        if (element != 0 ? count != size / static_cast<int64_t>(element) || size % static_cast<int64_t>(element) != 0 : size != 0)
            return malformed("size", fmt::format("of a tensor of type {} cannot be {}", type.text(), size));
        const auto available = static_cast<int64_t>(m_weights.size());
        if (size < 0 || offset < 0 || offset > available || size > available - offset)
            return malformed("offset", fmt::format("lies outside weights.bin ({} bytes at {}, of {})", size, offset, available));
        return ir::Tensor(std::move(type), m_weights.slice(static_cast<size_t>(offset), static_cast<size_t>(size)));
    }

    Result<void> readNode(const Json& json)
    {
        ir::NodeSpec spec;
        BPU_TRY(name, fields::text(fields::find(json, "name"), "name"));
        if (!m_nodeNames.insert(name).second)
            return malformed(name, "is the name of two nodes");
        BPU_TRY(op, fields::text(fields::find(json, "op"), "op"));
        BPU_TRY(scope, fields::textOrEmpty(json, "scope"));
        BPU_TRY(inputs, fields::list(json, "inputs"));
        for (const Json& input : *inputs) {
            Result<ValueId> value = input.is_null() ? ValueId() : valueNamed(input, "inputs");
            BPU_CHECK(value);
            spec.inputs.push_back(*value);
        }
        BPU_TRY(attributes, readAttributes(json));
        BPU_TRY(origins, readOrigins(json));
        spec.name = std::move(name);
        spec.op = std::move(op);
        spec.scope = std::move(scope);
        spec.attributes = std::move(attributes);
        spec.origins = std::move(origins);
        return addNode(std::move(spec), json);
    }

    Result<void> addNode(ir::NodeSpec spec, const Json& json)
    {
        BPU_TRY(outputs, fields::list(json, "outputs"));
        std::vector<ir::TensorType> types;
        std::vector<std::string> names;
        std::unordered_set<std::string> seen;
        for (const Json& output : *outputs) {
            BPU_TRY(name, newName(output));
            if (!seen.insert(name).second)
                return malformed(name, "is the name of two values");
            BPU_TRY(type, fields::tensorType(fields::find(output, "type"), "type"));
            types.push_back(std::move(type));
            names.push_back(std::move(name));
        }
        const NodeId id = m_editor.addNode(std::move(spec), types, names);
        const std::vector<ValueId> results = m_editor.graph().node(id).outputs;
        for (size_t i = 0; i < results.size(); ++i)
            BPU_CHECK(define(results[i], (*outputs)[i]));
        return {};
    }

    static Result<std::vector<ir::Origin>> readOrigins(const Json& json)
    {
        BPU_TRY(list, fields::list(json, "origins"));
        return fields::listOf<ir::Origin>(*list, "origins", [](const Json* item, const char* key) -> Result<ir::Origin> {
            BPU_TRY(what, fields::text(fields::find(*item, "what"), key));
            BPU_TRY(name, fields::textOrEmpty(*item, "name"));
            BPU_TRY(file, fields::textOrEmpty(*item, "file"));
            const Json* line = fields::find(*item, "line");
            Result<int64_t> number = line ? fields::integer(line, "line") : 0;
            BPU_CHECK(number);
            if (*number < 0 || *number > std::numeric_limits<int>::max())
                return malformed("line", "is not the number of a line");
            return ir::Origin{std::move(what), std::move(name), std::move(file), static_cast<int>(*number)};
        });
    }

    Result<ir::Attributes> readAttributes(const Json& json)
    {
        ir::Attributes attributes;
        BPU_TRY(list, fields::list(json, "attributes"));
        for (const Json& item : *list) {
            BPU_TRY(name, fields::text(fields::find(item, "name"), "name"));
            BPU_TRY(value, readAttribute(item));
            attributes.set(name, std::move(value));
        }
        return attributes;
    }

    /// The one key beside "name" says the type.
    Result<ir::Attribute> readAttribute(const Json& item)
    {
        for (const auto& [key, value] : item.items()) {
            if (key == "int")
                return as(fields::integer(&value, "int"));
            if (key == "float")
                return as(fields::number(&value, "float"));
            if (key == "bool" && value.is_boolean())
                return ir::Attribute(value.get<bool>());
            if (key == "text")
                return as(fields::text(&value, "text"));
            if (key == "ints")
                return as(fields::listOf<int64_t>(value, "ints", fields::integer));
            if (key == "floats")
                return as(fields::listOf<double>(value, "floats", fields::number));
            if (key == "texts")
                return as(fields::listOf<std::string>(value, "texts", fields::text));
            if (key == "tensor")
                return as(readTensor(&value));
            if (key == "graph")
                return readSubgraph(value);
        }
        return malformed("attributes", "has one without a known type");
    }

    template <typename T>
    static Result<ir::Attribute> as(Result<T> result)
    {
        if (!result)
            return Error{std::move(result).error()};
        return ir::Attribute(*std::move(result));
    }

    Result<ir::Attribute> readSubgraph(const Json& json)
    {
        if (json.is_null())
            return ir::Attribute(ir::GraphPtr());
        if (m_depth >= ir::bpuir::kMaxSubgraphDepth)
            return malformed("graph", "nests deeper than is allowed");
        BPU_TRY(graph, GraphReader(m_weights, m_depth + 1).read(json));
        return ir::Attribute(std::make_shared<const ir::Graph>(std::move(graph)));
    }

    const Bytes& m_weights;
    int m_depth;
    ir::GraphEditor m_editor;
    std::unordered_map<std::string, ValueId> m_values;
    std::unordered_set<std::string> m_nodeNames;
};

/// Deep brackets would exhaust memory or stack long before they meant anything.
bool isTooDeep(std::string_view text)
{
    constexpr int kMaxDepth = 8 * (ir::bpuir::kMaxSubgraphDepth + 2);
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\' ? 1 : 0;
        else if (c == '{' || c == '[')
            ++depth;
        else if (c == '}' || c == ']')
            --depth;
        if (depth > kMaxDepth)
            return true;
    }
    return false;
}

Result<ir::Graph> readDocument(const BpuirArchive& archive)
{
    if (isTooDeep(archive.graph))
        return malformed("graph", "nests deeper than is allowed");
    const Json json = Json::parse(archive.graph, nullptr, false);
    if (json.is_discarded())
        return Error{"bpuir.json", {}, "graph.json is not valid JSON; the file was changed or damaged, save the model again"};
    if (const Json* format = fields::find(json, "format"); !format || *format != "bpuir")
        return malformed("format", "is not \"bpuir\"");
    BPU_TRY(version, fields::integer(fields::find(json, "version"), "version"));
    if (version < 1 || version > ir::bpuir::kVersion)
        return Error{"bpuir.version", {}, fmt::format("has version {}, this program reads version 1 to {}; use the program that saved it or a newer one",
                                                      version, ir::bpuir::kVersion)};
    const Json* graph = fields::find(json, "graph");
    return graph ? GraphReader(archive.weights, 0).read(*graph) : malformed("graph", "is missing");
}

} // namespace

Result<ir::Graph> readBpuir(const std::filesystem::path& path)
{
    BPU_TRY(archive, readBpuirArchive(path));
    Result<ir::Graph> graph = readDocument(archive);
    if (!graph)
        return Error{graph.error().code, path.string(), graph.error().where.empty() ? graph.error().message : graph.error().text()};
    return graph;
}

} // namespace bpu::importer

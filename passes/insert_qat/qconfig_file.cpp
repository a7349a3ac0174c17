// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/insert_qat/qconfig_file.h"

#include "core/base/nearest.h"
#include "core/data/json_fields.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace bpu::passes {
namespace {

using Json = nlohmann::json;
using data::JsonFields;
using Names = std::vector<std::string_view>;

constexpr std::string_view kForm = "such as {\"\": {\"activation\": {\"observer\": \"mse\"}}}; docs/qconfig.md lists what it may hold";

/// Every name that the levels of a file may use.
struct KnownNames {
    std::set<std::string, std::less<>> modules, types, nodes;
    std::set<std::string, std::less<>> present; ///< types of this model; the others are torch's

    explicit KnownNames(const ir::Graph& graph)
    {
        for (const ops::OpSpec* spec : ops::all())
            for (const std::string_view name : spec->torch)
                addType(types, name);
        for (const auto& [path, type] : graph.moduleTypes()) {
            addModule(path);
            addType(present, type);
        }
        for (const NodeId id : graph.order()) {
            const ir::Node& node = graph.node(id);
            addModule(node.scope);
            nodes.insert(node.name);
            for (const ir::Origin& origin : node.origins) {
                addType(present, origin.what);
                if (!origin.name.empty())
                    nodes.insert(origin.name);
            }
        }
        for (const ValueId id : graph.inputs())
            nodes.insert(graph.value(id).name);
        types.insert(present.begin(), present.end());
    }

private:
    static void addType(std::set<std::string, std::less<>>& set, std::string_view name)
    {
        if (name.empty())
            return;
        set.emplace(name);
        set.emplace(ir::lastPart(name));
    }
    void addModule(std::string_view path)
    {
        for (; !path.empty() && modules.emplace(path).second; path = path.substr(0, path.rfind('.') == std::string_view::npos ? 0 : path.rfind('.')))
            ;
    }
};

Names viewsOf(const std::set<std::string, std::less<>>& names)
{
    return {names.begin(), names.end()};
}

class Reader {
public:
    Reader(std::string where, const ir::Graph& graph, const march::March& march, Findings& notes)
        : m_where(std::move(where)), m_known(graph), m_march(march), m_notes(notes)
    {
    }

    Result<quant::QConfigSet> read(const Json& root)
    {
        BPU_CHECK(only(root, {"", "module_type", "module_name", "node"}, ""));
        quant::QConfigSet set;
        if (root.contains("")) {
            BPU_TRY(global, configOf(root[""], "\"\""));
            set.global = std::move(global);
        }
        BPU_TRY(types, level(root, "module_type", m_known.types, "module type"));
        BPU_TRY(modules, level(root, "module_name", m_known.modules, "module"));
        BPU_TRY(nodes, level(root, "node", m_known.nodes, "node"));
        set.moduleTypes = std::move(types);
        set.moduleNames = std::move(modules);
        set.nodes = std::move(nodes);
        for (const auto& [type, config] : set.moduleTypes)
            if (!m_known.present.contains(type))
                note(type);
        return set;
    }

private:
    Error error(std::string_view code, std::string_view place, std::string message) const
    {
        return {std::string(code), place.empty() ? m_where : fmt::format("{}: {}", m_where, place), std::move(message)};
    }

    void note(const std::string& type)
    {
        Finding f;
        f.code = "qat.qconfig-unused";
        f.severity = Severity::Warning;
        f.where = type;
        f.message = "This model has no such module, so its qconfig changes nothing";
        f.advice = "Look at the types with bpu info";
        m_notes.push_back(std::move(f));
    }

    Result<void> only(const Json& object, const Names& keys, std::string_view place) const
    {
        for (const auto& [key, value] : object.items())
            if (std::ranges::find(keys, key) == keys.end())
                return error("qconfig.key", place, fmt::format("has the unknown key \"{}\"; {}", key, didYouMean(key, keys, fmt::format("those known are \"{}\"", fmt::join(keys, "\", \"")))));
        return {};
    }

    /// An object name -> qconfig, or a list of [name, qconfig] pairs as the vendor's examples have it.
    Result<quant::QConfigSet::Named> level(const Json& root, const char* key, const std::set<std::string, std::less<>>& known, std::string_view what) const
    {
        quant::QConfigSet::Named result;
        const auto add = [&](const std::string& name, const Json& json) -> Result<void> {
            const std::string place = fmt::format("{}.{}", key, name);
            if (!known.contains(name))
                return error("qconfig.name", key, fmt::format("there is no {} '{}' in this model; {}", what, name, didYouMean(name, viewsOf(known), "bpu info --json lists them")));
            BPU_TRY(config, configOf(json, place));
            result.emplace_back(name, std::move(config));
            return {};
        };
        const auto found = root.find(key);
        if (found == root.end())
            return result;
        if (found->is_object()) {
            for (const auto& [name, json] : found->items())
                BPU_CHECK(add(name, json));
            return result;
        }
        if (!found->is_array())
            return error("qconfig.value", key, "has to be an object of names and qconfigs, or a list of pairs");
        for (const Json& pair : *found) {
            if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string())
                return error("qconfig.value", key, "has to be a list of [name, qconfig] pairs");
            BPU_CHECK(add(pair[0].get<std::string>(), pair[1]));
        }
        return result;
    }

    Result<quant::MaybeQConfig> configOf(const Json& json, const std::string& place) const
    {
        if (json.is_null())
            return quant::MaybeQConfig();
        if (json.is_string())
            return named(json.get<std::string>(), place);
        if (!json.is_object())
            return error("qconfig.value", place, "has to be the name of a qconfig, an object with activation and weight, or null for float");
        BPU_CHECK(only(json, {"activation", "weight"}, place));
        quant::QConfig config = quant::defaultQConfig();
        if (json.contains("activation")) {
            BPU_TRY(activation, sideOf(json["activation"], *config.activation, place + ".activation"));
            config.activation = std::move(activation);
        }
        if (json.contains("weight")) {
            BPU_TRY(weight, sideOf(json["weight"], config.weight, place + ".weight"));
            if (!weight)
                return error("qconfig.value", place + ".weight", "cannot be null: the BPU has no float weights; null in place of the whole qconfig keeps the operator in float");
            config.weight = *std::move(weight);
        }
        return checked(std::move(config), place);
    }

    Result<quant::MaybeQConfig> named(const std::string& name, const std::string& place) const
    {
        const auto config = quant::namedQConfig(name);
        const std::vector<std::string>& here = m_march.quantization().qconfigs;
        if (!config)
            return error("qconfig.name", place, fmt::format("there is no qconfig '{}'; {}", name, didYouMean(name, Names(here.begin(), here.end()), "docs/qconfig.md lists them")));
        if (std::ranges::find(here, name) == here.end())
            return error("qconfig.march", place, fmt::format("'{}' does not exist for {}; it has {}", name, m_march.title(), fmt::join(here, ", ")));
        return quant::MaybeQConfig(*config);
    }

    Result<quant::MaybeQConfig> checked(quant::QConfig config, const std::string& place) const
    {
        const std::vector<std::string>& types = m_march.quantization().activations;
        if (const auto& a = config.activation; a && std::ranges::find(types, ir::name(a->options.type)) == types.end())
            return error("qconfig.march", place + ".activation", fmt::format("{} ({}) has no {} activations; it takes {}", m_march.title(), m_march.board(), ir::name(a->options.type), fmt::join(types, ", ")));
        return quant::MaybeQConfig(std::move(config));
    }

    /// Nothing for null.
    Result<std::optional<quant::FakeQuantConfig>> sideOf(const Json& json, const quant::FakeQuantConfig& usual, const std::string& place) const
    {
        if (json.is_null())
            return std::optional<quant::FakeQuantConfig>();
        if (!json.is_object())
            return error("qconfig.value", place, "has to be an object such as {\"dtype\": \"qint8\", \"observer\": \"mse\"}, or null");
        BPU_CHECK(only(json, {"dtype", "observer", "fake_quant", "averaging_constant", "percentile", "bins", "stride", "update_interval", "xmin", "xmax", "std_scale", "scale"}, place));
        const JsonFields fields(json, "qconfig.value", m_where + ": " + place);
        const auto observers = quant::observerNames();
        BPU_TRY(dtype, fields.choice("dtype", {"qint8", "qint16"}));
        BPU_TRY(observer, fields.choice("observer", Names(observers.begin(), observers.end())));
        BPU_TRY(kind, fields.choice("fake_quant", {"fake_quant", "lsq", "pact"}));
        quant::FakeQuantConfig side{.observer = observer.value_or(usual.observer), .options = quant::defaultsOf(observer.value_or(usual.observer)), .kind = kind.value_or(usual.kind)};
        side.options.type = *ir::qtypeFromName(dtype.value_or("qint8"));
        BPU_CHECK(parameters(fields, side.options));
        if (const auto made = quant::makeObserver(side.observer, side.options); !made)
            return error("qconfig.value", place, made.error().message);
        return std::optional(std::move(side));
    }

    static Result<void> parameters(const JsonFields& fields, quant::ObserverOptions& options)
    {
        for (const auto& [key, target] : {std::pair("averaging_constant", &options.averaging), std::pair("percentile", &options.percent), std::pair("xmin", &options.low),
                                          std::pair("xmax", &options.high), std::pair("std_scale", &options.stdScale), std::pair("scale", &options.scale)}) {
            BPU_TRY(number, fields.number(key));
            *target = number.value_or(*target);
        }
        for (const auto& [key, target] : {std::pair("bins", &options.bins), std::pair("stride", &options.stride), std::pair("update_interval", &options.updateInterval)}) {
            BPU_TRY(number, fields.integer(key, 1, 1 << 30));
            *target = static_cast<int>(number.value_or(*target));
        }
        return {};
    }

    std::string m_where;
    KnownNames m_known;
    const march::March& m_march;
    Findings& m_notes;
};

} // namespace

Result<quant::QConfigSet> readQConfig(std::string_view json, const std::string& where, const ir::Graph& graph, const march::March& march, Findings& notes)
{
    BPU_TRY(root, JsonFields::parse(json, "qconfig.json", where, kForm));
    return Reader(where, graph, march, notes).read(root);
}

} // namespace bpu::passes

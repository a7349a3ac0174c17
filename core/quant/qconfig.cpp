// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/qconfig.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <unordered_map>

namespace bpu::quant {
namespace {

FakeQuantConfig side(std::string_view observer, ir::QType type = ir::QType::QInt8, std::string_view kind = "fake_quant")
{
    FakeQuantConfig config{.observer = std::string(observer), .options = defaultsOf(observer), .kind = std::string(kind)};
    config.options.type = type;
    return config;
}

QConfig withActivation(std::optional<FakeQuantConfig> activation)
{
    return {.activation = std::move(activation), .weight = side("min_max")};
}

QConfig learnedSteps()
{
    FakeQuantConfig config = side("min_max", ir::QType::QInt8, "lsq");
    config.options.averaging = 1;
    return {.activation = config, .weight = config};
}

constexpr auto kNames = std::to_array<std::string_view>({
    "default_qat_8bit_fake_quant_qconfig",
    "default_qat_out_8bit_fake_quant_qconfig",
    "default_calib_8bit_fake_quant_qconfig",
    "default_calib_out_8bit_fake_quant_qconfig",
    "default_qat_8bit_lsq_quant_qconfig",
    "default_qat_8bit_weight_32bit_out_fake_quant_qconfig",
    "default_calib_8bit_weight_32bit_out_fake_quant_qconfig",
    "default_qat_8bit_weight_16bit_act_fake_quant_qconfig",
    "default_calib_8bit_weight_16bit_act_fake_quant_qconfig",
});

/// `path` is `module` or lies inside it.
bool isInside(std::string_view path, std::string_view module)
{
    return path.starts_with(module) && (path.size() == module.size() || path[module.size()] == '.');
}

/// "layer1.0.conv1" -> "layer1.0" -> "layer1" -> "".
std::string_view around(std::string_view path)
{
    const size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

bool isType(std::string_view type, std::string_view wanted)
{
    return !type.empty() && (type == wanted || ir::lastPart(type) == wanted);
}

} // namespace

std::span<const std::string_view> qconfigNames()
{
    return kNames;
}

std::optional<QConfig> namedQConfig(std::string_view name)
{
    if (std::ranges::find(kNames, name) == kNames.end())
        return std::nullopt;
    if (name.find("_out_") != std::string_view::npos)
        return withActivation(std::nullopt);
    if (name.find("_lsq_") != std::string_view::npos)
        return learnedSteps();
    const std::string_view observer = name.find("_calib_") != std::string_view::npos ? "percentile" : "min_max";
    return withActivation(side(observer, name.find("_16bit_act_") != std::string_view::npos ? ir::QType::QInt16 : ir::QType::QInt8));
}

QConfig defaultQConfig()
{
    return withActivation(side("mse"));
}

QConfigs::QConfigs(const ir::Graph& graph, const QConfigSet& set) : m_set(set), m_of(graph.nodeIdBound(), &set.global), m_named(graph.nodeIdBound(), false)
{
    const auto byType = [&](std::string_view type) -> const MaybeQConfig* {
        for (const auto& [wanted, config] : set.moduleTypes)
            if (isType(type, wanted))
                return &config;
        return nullptr;
    };
    const auto byTypeAround = [&](std::string_view scope) -> const MaybeQConfig* {
        for (std::string_view path = scope; !path.empty() && !set.moduleTypes.empty(); path = around(path))
            if (const auto type = graph.moduleTypes().find(path); type != graph.moduleTypes().end())
                if (const MaybeQConfig* found = byType(type->second))
                    return found;
        return nullptr;
    };
    std::unordered_map<std::string_view, const MaybeQConfig*> byName;
    for (const auto& [name, config] : set.nodes)
        byName[name] = &config;
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        const MaybeQConfig*& of = m_of[id.index];
        const MaybeQConfig* type = node.origins.empty() ? nullptr : byType(node.origins.front().what);
        if (!type)
            type = byTypeAround(node.scope);
        of = type ? type : of;
        size_t longest = 0;
        for (const auto& [module, config] : set.moduleNames)
            if (module.size() >= longest && isInside(node.scope, module)) {
                of = &config;
                longest = module.size();
                m_named[id.index] = true;
            }
        const auto take = [&](std::string_view name) {
            if (const auto found = byName.find(name); found != byName.end()) {
                of = found->second;
                m_named[id.index] = true;
            }
        };
        for (const ir::Origin& origin : node.origins)
            take(origin.name);
        take(node.name);
    }
}

const MaybeQConfig& QConfigs::ofInput(std::string_view name) const
{
    const auto found = std::ranges::find(m_set.nodes, name, [](const auto& entry) { return std::string_view(entry.first); });
    return found == m_set.nodes.end() ? m_set.global : found->second;
}

ir::Attributes attributesOf(const FakeQuantConfig& config, int channelAxis)
{
    const ObserverOptions usual = defaultsOf(config.observer);
    const ObserverOptions& own = config.options;
    ir::Attributes attributes{{"qtype", std::string(ir::name(own.type))}, {"ch_axis", int64_t{channelAxis}}, {"observer", config.observer}};
    const auto number = [&](const char* name, double value, double usually) {
        if (value != usually)
            attributes.set(name, value);
    };
    const auto integer = [&](const char* name, int value, int usually) {
        if (value != usually)
            attributes.set(name, int64_t{value});
    };
    number("averaging", own.averaging, usual.averaging);
    number("percent", own.percent, usual.percent);
    integer("bins", own.bins, usual.bins);
    integer("stride", own.stride, usual.stride);
    integer("update_interval", own.updateInterval, usual.updateInterval);
    number("low", own.low, usual.low);
    number("high", own.high, usual.high);
    number("std_scale", own.stdScale, usual.stdScale);
    number("scale", own.scale, usual.scale);
    if (config.kind != "fake_quant")
        attributes.set("fake_quant", config.kind);
    return attributes;
}

Result<FakeQuantConfig> fakeQuantOf(const ir::Node& node)
{
    const ir::Attributes& a = node.attributes;
    FakeQuantConfig config{.observer = std::string(a.text("observer", "min_max")), .options = defaultsOf(a.text("observer", "min_max")), .kind = std::string(a.text("fake_quant", "fake_quant"))};
    ObserverOptions& o = config.options;
    const auto type = ir::qtypeFromName(a.text("qtype", "qint8"));
    if (!type || *type == ir::QType::QInt32)
        return Error{"quant.option", node.name, fmt::format("has the qtype '{}'; only qint8 and qint16 exist", a.text("qtype"))};
    o.type = *type;
    const auto integer = [&](const char* name, int usual) { return static_cast<int>(std::clamp<int64_t>(a.integer(name, usual), -1, 1 << 30)); };
    o.channelAxis = integer("ch_axis", -1);
    o.averaging = a.number("averaging", o.averaging);
    o.percent = a.number("percent", o.percent);
    o.bins = integer("bins", o.bins);
    o.stride = integer("stride", o.stride);
    o.updateInterval = integer("update_interval", o.updateInterval);
    o.low = a.number("low", o.low);
    o.high = a.number("high", o.high);
    o.stdScale = a.number("std_scale", o.stdScale);
    o.scale = a.number("scale", o.scale);
    ObserverOptions whole = o;
    whole.channelAxis = -1; // weights are observed channel by channel, so every observer will do
    const auto observer = makeObserver(config.observer, whole);
    if (!observer)
        return Error{observer.error().code, node.name, observer.error().message};
    return config;
}

} // namespace bpu::quant

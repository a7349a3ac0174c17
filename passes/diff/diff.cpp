// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/diff/diff.h"

#include "core/ir/text.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace bpu::passes {
namespace {

using Kind = GraphChange::Kind;

std::string_view word(Kind kind)
{
    return kind == Kind::Added ? "added" : kind == Kind::Removed ? "removed" : "changed";
}

std::string namesText(const ir::Graph& graph, const std::vector<ValueId>& values)
{
    std::vector<std::string_view> names;
    for (const ValueId id : values)
        names.push_back(id.isValid() ? std::string_view(graph.value(id).name) : "_");
    return fmt::format("({})", fmt::join(names, ", "));
}

std::string originKey(const ir::Node& node)
{
    return node.origins.empty() || node.origins.front().name.empty() ? std::string() : node.origins.front().what + '\n' + node.origins.front().name;
}

/// Node after -> node before.
class NodeMatch {
public:
    NodeMatch(const ir::Graph& before, const ir::Graph& after) : m_after(before.nodeIdBound()), m_before(after.nodeIdBound())
    {
        match(before, after, [](const ir::Node& node) { return node.name; });
        match(before, after, originKey);
    }
    NodeId after(NodeId before) const { return m_after[before.index]; }
    NodeId before(NodeId after) const { return m_before[after.index]; }

private:
    template <typename Key>
    void match(const ir::Graph& before, const ir::Graph& after, Key key)
    {
        std::unordered_map<std::string, NodeId> byKey;
        for (const NodeId id : before.order())
            if (std::string text = key(before.node(id)); !m_after[id.index].isValid() && !text.empty())
                byKey.try_emplace(std::move(text), id);
        for (const NodeId id : after.order()) {
            if (m_before[id.index].isValid())
                continue;
            const auto found = byKey.find(key(after.node(id)));
            if (found == byKey.end() || m_after[found->second.index].isValid())
                continue;
            m_after[found->second.index] = id;
            m_before[id.index] = found->second;
        }
    }

    std::vector<NodeId> m_after;
    std::vector<NodeId> m_before;
};

void addPart(std::string& detail, std::string_view what, std::string_view before, std::string_view after)
{
    if (before != after)
        detail += fmt::format("{}{} {} -> {}", detail.empty() ? "" : "; ", what, before, after);
}

std::string attributeChanges(const ir::Attributes& before, const ir::Attributes& after)
{
    std::string detail;
    for (const auto& [key, value] : before) {
        const ir::Attribute* now = after.find(key);
        if (!now || !(*now == value))
            addPart(detail, key, ir::text(value), now ? ir::text(*now) : "none");
    }
    for (const auto& [key, value] : after)
        if (!before.has(key))
            addPart(detail, key, "none", ir::text(value));
    return detail;
}

std::string nodeChanges(const ir::Graph& a, const ir::Node& before, const ir::Graph& b, const ir::Node& after)
{
    std::string detail;
    addPart(detail, "name", before.name, after.name);
    addPart(detail, "operator", ops::title(before), ops::title(after));
    addPart(detail, "inputs", namesText(a, before.inputs), namesText(b, after.inputs));
    addPart(detail, "results", namesText(a, before.outputs), namesText(b, after.outputs));
    addPart(detail, "scope", before.scope, after.scope);
    if (const std::string attributes = attributeChanges(before.attributes, after.attributes); !attributes.empty())
        detail += (detail.empty() ? "" : "; ") + attributes;
    return detail;
}

std::string quantText(const ir::Value& value)
{
    return value.quant ? fmt::format("{} {} axis {}", name(value.quant->type), value.quant->scales, value.quant->channelAxis) : "none";
}

std::string valueChanges(const ir::Value& before, const ir::Value& after)
{
    std::string detail;
    addPart(detail, "type", before.type.text(), after.type.text());
    addPart(detail, "quantization", quantText(before), quantText(after));
    addPart(detail, "kind", before.isConstant() ? "constant" : "computed", after.isConstant() ? "constant" : "computed");
    if (before.constant && after.constant && before.type == after.type && !(*before.constant == *after.constant))
        detail += (detail.empty() ? "" : "; ") + std::string("other numbers");
    return detail;
}

void addNodes(const ir::Graph& before, const ir::Graph& after, std::vector<GraphChange>& changes)
{
    const NodeMatch match(before, after);
    for (const NodeId id : before.order()) {
        const ir::Node& node = before.node(id);
        const NodeId now = match.after(id);
        std::string detail = now.isValid() ? nodeChanges(before, node, after, after.node(now)) : ops::title(node);
        if (!detail.empty())
            changes.push_back({now.isValid() ? Kind::Changed : Kind::Removed, true, node.name, std::move(detail), id, now});
    }
    for (const NodeId id : after.order())
        if (!match.before(id).isValid())
            changes.push_back({Kind::Added, true, after.node(id).name, ops::title(after.node(id)), {}, id});
}

std::unordered_map<std::string_view, ValueId> valuesByName(const ir::Graph& graph)
{
    std::unordered_map<std::string_view, ValueId> values;
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i)
        if (const ir::Value* value = graph.find(ValueId{i}))
            values.emplace(value->name, value->id);
    return values;
}

void addValues(const ir::Graph& before, const ir::Graph& after, std::vector<GraphChange>& changes)
{
    const auto old = valuesByName(before);
    const auto now = valuesByName(after);
    for (uint32_t i = 0; i < before.valueIdBound(); ++i) {
        const ir::Value* value = before.find(ValueId{i});
        if (!value)
            continue;
        const auto found = now.find(value->name);
        std::string detail = found == now.end() ? value->type.text() : valueChanges(*value, after.value(found->second));
        if (!detail.empty())
            changes.push_back({found == now.end() ? Kind::Removed : Kind::Changed, false, value->name, std::move(detail), {}, {}});
    }
    for (uint32_t i = 0; i < after.valueIdBound(); ++i)
        if (const ir::Value* value = after.find(ValueId{i}); value && !old.contains(value->name))
            changes.push_back({Kind::Added, false, value->name, value->type.text(), {}, {}});
}

size_t countOf(const std::vector<GraphChange>& changes, bool nodes, Kind kind)
{
    return static_cast<size_t>(std::ranges::count_if(changes, [&](const GraphChange& c) { return c.isNode == nodes && c.kind == kind; }));
}

} // namespace

std::vector<GraphChange> diffGraphs(const ir::Graph& before, const ir::Graph& after)
{
    std::vector<GraphChange> changes;
    addNodes(before, after, changes);
    addValues(before, after, changes);
    return changes;
}

std::string diffText(const std::vector<GraphChange>& changes)
{
    std::string text;
    for (const GraphChange& change : changes)
        text += fmt::format("{} {} {}: {}\n", word(change.kind), change.isNode ? "node" : "value", change.name, change.detail);
    for (const bool nodes : {true, false})
        text += fmt::format("{}{} added, {} removed, {} changed{}", nodes ? "nodes: " : "values: ", countOf(changes, nodes, Kind::Added),
                            countOf(changes, nodes, Kind::Removed), countOf(changes, nodes, Kind::Changed), nodes ? "; " : "\n");
    return text;
}

std::string diffJson(const std::vector<GraphChange>& changes)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const GraphChange& change : changes)
        list.push_back({{"change", std::string(word(change.kind))}, {"kind", change.isNode ? "node" : "value"}, {"name", change.name}, {"detail", change.detail}});
    return nlohmann::ordered_json{{"changes", std::move(list)}}.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/graph.h"

#include <algorithm>
#include <array>

namespace bpu::ir {
namespace {
constexpr std::array<std::string_view, 4> kStages{"float", "fused", "qat", "quantized"};
} // namespace

std::string_view name(Stage stage)
{
    return kStages[static_cast<size_t>(stage)];
}

std::optional<Stage> stageFromName(std::string_view text)
{
    const auto found = std::ranges::find(kStages, text);
    if (found == kStages.end())
        return std::nullopt;
    return static_cast<Stage>(found - kStages.begin());
}

bool Graph::sharesNode(const Graph& other, NodeId id) const
{
    return contains(id) && other.contains(id) && m_nodes[id.index] == other.m_nodes[id.index];
}

bool Graph::sharesValue(const Graph& other, ValueId id) const
{
    return contains(id) && other.contains(id) && m_values[id.index] == other.m_values[id.index];
}

NodeId Graph::findNode(std::string_view name) const
{
    for (const auto& node : m_nodes)
        if (node && node->name == name)
            return node->id;
    return {};
}

ValueId Graph::findValue(std::string_view name) const
{
    for (const auto& value : m_values)
        if (value && value->name == name)
            return value->id;
    return {};
}

std::string_view lastPart(std::string_view dotted)
{
    const size_t dot = dotted.rfind('.');
    return dot == std::string_view::npos ? dotted : dotted.substr(dot + 1);
}

} // namespace bpu::ir

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/graph_scene.h"

#include "core/ops/op_spec.h"

#include <QLocale>

#include <algorithm>

namespace bpu::views {

static QString macText(int64_t macs)
{
    const auto scaled = [](double value, const char* unit) {
        const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
        return QLocale::c().toString(value, 'f', digits) + QLatin1Char(' ') + QLatin1StringView(unit);
    };
    const auto value = static_cast<double>(macs);
    return macs >= 1'000'000'000 ? scaled(value / 1e9, "GMAC")
           : macs >= 1'000'000   ? scaled(value / 1e6, "MMAC")
           : macs >= 1'000       ? scaled(value / 1e3, "kMAC")
                                 : QString::number(macs) + QLatin1StringView(" MAC");
}

std::vector<NodeCost> macCosts(const ir::Graph& graph)
{
    std::vector<std::pair<NodeId, int64_t>> macs;
    int64_t most = 0;
    for (const NodeId id : graph.order()) {
        const std::optional<ops::Cost> cost = ops::cost(graph, graph.node(id));
        if (!cost || cost->macs <= 0)
            continue;
        macs.emplace_back(id, cost->macs);
        most = std::max(most, cost->macs);
    }
    std::vector<NodeCost> costs;
    for (const auto& [id, count] : macs)
        costs.push_back({id, static_cast<double>(count) / static_cast<double>(most), macText(count)});
    return costs;
}

void GraphScene::setDiagram(std::shared_ptr<const ir::Graph> graph, std::shared_ptr<const layout::Diagram> diagram)
{
    m_graph = std::move(graph);
    m_diagram = diagram ? std::move(diagram) : std::make_shared<const layout::Diagram>();
    m_index = SpatialIndex(*m_diagram);
    m_hovered = -1;
    m_path.clear();
    updateDimming();
}

static void setAt(std::vector<int>& table, NodeId node, int value)
{
    if (node.index >= table.size())
        table.resize(node.index + 1, -1);
    table[node.index] = value;
}

static int getAt(const std::vector<int>& table, NodeId node)
{
    return node.index < table.size() ? table[node.index] : -1;
}

void GraphScene::setFindings(const Findings& findings)
{
    m_findings = findings;
    m_worst.clear();
    for (size_t i = 0; i < m_findings.size(); ++i) {
        const NodeId node = m_findings[i].node;
        if (!node.isValid())
            continue;
        const int worst = getAt(m_worst, node);
        if (worst < 0 || m_findings[static_cast<size_t>(worst)].severity < m_findings[i].severity)
            setAt(m_worst, node, static_cast<int>(i));
    }
}

void GraphScene::setSearchMatches(const std::vector<NodeId>& matches, bool searching)
{
    m_matches = matches;
    m_searching = searching;
    updateDimming();
}

void GraphScene::setPath(std::vector<NodeId> nodes)
{
    m_path = std::move(nodes);
    updateDimming();
}

void GraphScene::setCosts(const std::vector<NodeCost>& costs)
{
    m_costs = costs;
    m_costOf.clear();
    for (size_t i = 0; i < m_costs.size(); ++i)
        setAt(m_costOf, m_costs[i].node, static_cast<int>(i));
}

void GraphScene::setPreview(NodeId beside, std::vector<PreviewCard> cards)
{
    m_previewBeside = beside;
    m_preview = std::move(cards);
}

// A path is what the user asked for last, so it goes before the search.
void GraphScene::updateDimming()
{
    const std::vector<NodeId>& kept = m_path.empty() ? m_matches : m_path;
    m_dims = !m_path.empty() || m_searching;
    m_kept.assign(m_diagram->items.size(), 0);
    for (const NodeId node : kept)
        if (const int item = itemOf(node); item >= 0)
            m_kept[static_cast<size_t>(item)] = 1;
}

int GraphScene::itemAt(QPointF point) const
{
    for (const uint32_t candidate : m_index.items(point.y(), point.y()))
        if (toQt(m_diagram->items[candidate].rect).contains(point))
            return static_cast<int>(candidate);
    return -1;
}

NodeId GraphScene::nodeAt(QPointF point) const
{
    const int index = itemAt(point);
    if (index < 0)
        return {};
    for (const layout::Row& row : item(index).rows)
        if (row.node.isValid() && toQt(row.rect).contains(point))
            return row.node;
    return firstNode(index);
}

NodeId GraphScene::firstNode(int index) const
{
    const layout::Item& item = this->item(index);
    return item.nodes.empty() ? NodeId{} : item.nodes.front();
}

QRectF GraphScene::rectOf(NodeId node) const
{
    const int index = itemOf(node);
    if (index < 0)
        return {};
    for (const layout::Row& row : item(index).rows)
        if (row.node == node)
            return toQt(row.rect);
    return toQt(item(index).rect);
}

const Finding* GraphScene::finding(NodeId node) const
{
    const int worst = getAt(m_worst, node);
    return worst < 0 ? nullptr : &m_findings[static_cast<size_t>(worst)];
}

std::optional<Severity> GraphScene::severity(NodeId node) const
{
    const Finding* worst = finding(node);
    return worst ? std::optional(worst->severity) : std::nullopt;
}

std::optional<Severity> GraphScene::severity(const layout::Item& item) const
{
    std::optional<Severity> worst;
    if (item.kind == layout::ItemKind::Card || item.kind == layout::ItemKind::Module)
        for (const NodeId node : item.nodes)
            worst = std::max(worst, severity(node));
    return worst;
}

const NodeCost* GraphScene::cost(NodeId node) const
{
    const int index = getAt(m_costOf, node);
    return index < 0 ? nullptr : &m_costs[static_cast<size_t>(index)];
}

} // namespace bpu::views

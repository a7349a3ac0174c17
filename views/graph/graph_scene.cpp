// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/graph_scene.h"

#include <algorithm>

namespace bpu::views {

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

void GraphScene::setFindings(FindingListPtr list)
{
    m_findings = std::move(list);
    m_worst.clear();
    for (size_t i = 0; m_findings && i < m_findings->findings.size(); ++i) {
        const Finding& finding = m_findings->findings[i];
        if (!finding.node.isValid() || m_findings->isIgnored(static_cast<int>(i)))
            continue;
        const int worst = getAt(m_worst, finding.node);
        if (worst < 0 || m_findings->findings[static_cast<size_t>(worst)].severity < finding.severity)
            setAt(m_worst, finding.node, static_cast<int>(i));
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
    return worst < 0 ? nullptr : &m_findings->findings[static_cast<size_t>(worst)];
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

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the canvas shows: a diagram with its graph, and the overlays laid over it. Answers what is where
// and how each item looks; painting and input are elsewhere.
#pragma once

#include "core/base/finding.h"
#include "core/layout/diagram.h"
#include "views/graph/spatial_index.h"
#include "views/widgets/finding_list.h"
#include "views/widgets/node_costs.h"

#include <QRectF>
#include <QString>

#include <memory>
#include <optional>

namespace bpu::views {

enum class ColorMode : uint8_t { Family, Findings, Device, Cost };

/// A card that a fix would put there; the value into it has the label `edge`.
struct PreviewCard {
    QString title;
    QString name;
    QString attributes;
    ops::Family family = ops::Family::Opaque;
    QString edge;
};

inline QRectF toQt(const layout::Rect& rect)
{
    return {rect.x, rect.y, rect.width, rect.height};
}
inline QPointF toQt(const layout::Point& point)
{
    return {point.x, point.y};
}

class GraphScene {
public:
    void setDiagram(std::shared_ptr<const ir::Graph> graph, std::shared_ptr<const layout::Diagram> diagram);
    /// Null: none. Ignored ones are not shown.
    void setFindings(FindingListPtr list);
    void setSelection(NodeId node) { m_selection = node; }
    void setSearchMatches(const std::vector<NodeId>& matches, bool searching);
    void setPath(std::vector<NodeId> nodes);
    void setColorMode(ColorMode mode) { m_colorMode = mode; }
    void setCosts(const std::vector<NodeCost>& costs);
    void setPreview(NodeId beside, std::vector<PreviewCard> cards);
    void setHovered(int item) { m_hovered = item; }

    bool isEmpty() const { return !m_diagram || m_diagram->items.empty(); }
    /// Never null; empty while nothing is open.
    const layout::Diagram& diagram() const { return *m_diagram; }
    const ir::Graph* graph() const { return m_graph.get(); }
    const SpatialIndex& index() const { return m_index; }
    QRectF bounds() const { return toQt(m_diagram->bounds); }
    const layout::Item& item(int index) const { return m_diagram->items[static_cast<size_t>(index)]; }
    int itemOf(NodeId node) const { return node.isValid() ? m_diagram->itemOf(node) : -1; }
    /// The card at a scene point, or -1.
    int itemAt(QPointF point) const;
    /// The row's node; of a module the first inside; invalid beside all items.
    NodeId nodeAt(QPointF point) const;
    /// Where the node is drawn: its row, or the module that hides it. Empty when it is not drawn.
    QRectF rectOf(NodeId node) const;
    NodeId firstNode(int item) const;

    NodeId selection() const { return m_selection; }
    int selectedItem() const { return itemOf(m_selection); }
    int hovered() const { return m_hovered; }
    ColorMode colorMode() const { return m_colorMode; }
    std::optional<Severity> severity(NodeId node) const;
    /// Worst of everything inside.
    std::optional<Severity> severity(const layout::Item& item) const;
    /// The worst finding of a node, or null.
    const Finding* finding(NodeId node) const;
    bool isOnCpu(NodeId node) const { return severity(node) == Severity::Error; }
    bool isDimmed(int item) const { return m_dims && !m_kept[static_cast<size_t>(item)]; }
    bool hasPath() const { return !m_path.empty(); }
    bool isSearching() const { return m_searching; }
    const NodeCost* cost(NodeId node) const;
    bool hasPreview() const { return !m_preview.empty(); }
    NodeId previewBeside() const { return m_previewBeside; }
    const std::vector<PreviewCard>& preview() const { return m_preview; }

private:
    void updateDimming();

    std::shared_ptr<const ir::Graph> m_graph;
    std::shared_ptr<const layout::Diagram> m_diagram = std::make_shared<layout::Diagram>();
    SpatialIndex m_index;
    FindingListPtr m_findings;
    std::vector<int> m_worst;       ///< by node: index into the list, or -1
    std::vector<int> m_costOf;      ///< by node: index into m_costs, or -1
    std::vector<NodeCost> m_costs;
    std::vector<NodeId> m_matches;
    std::vector<NodeId> m_path;
    std::vector<char> m_kept;       ///< by item: not dimmed
    bool m_dims = false;
    bool m_searching = false;
    NodeId m_selection;
    int m_hovered = -1;
    ColorMode m_colorMode = ColorMode::Family;
    NodeId m_previewBeside;
    std::vector<PreviewCard> m_preview;
};

} // namespace bpu::views

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// How the two graph columns of Compare keep together: one selection, one place.
#include "app/gui/compare_pane.h"

#include <QScopedValueRollback>

#include <algorithm>

namespace bpu::gui {

using views::CompareView;

void ComparePane::selectIn(int side, NodeId node)
{
    m_columns[side].view->setSelection(node);
    const CompareSession::Side shown = side == 0 ? m_comparing.sideA() : m_comparing.sideB();
    if (node.isValid() && shown.graph == m_session.graph())
        m_session.select({node});
}

void ComparePane::showLayer(int layer)
{
    const ComparisonPtr comparison = m_view->comparison();
    if (!comparison || layer < 0)
        return;
    const passes::LayerMatch& match = comparison->layers[static_cast<size_t>(layer)].match;
    selectIn(0, match.nodeA);
    selectIn(1, match.nodeB);
    const QScopedValueRollback quiet(m_isFollowing, true);
    m_columns[0].view->centerOn(match.nodeA);
    m_columns[1].view->centerOn(match.nodeB);
}

void ComparePane::showAlone(int index)
{
    const ComparisonPtr comparison = m_view->comparison();
    if (!comparison)
        return;
    const passes::Unmatched& alone = comparison->unmatched[static_cast<size_t>(index)];
    const int side = alone.inA ? 0 : 1;
    selectIn(side, alone.node);
    m_columns[1 - side].view->setSelection({});
    m_columns[side].view->centerOn(alone.node);
}

/// A node within a run that fused stands for the layer of its card.
void ComparePane::pickNode(int side, NodeId node)
{
    const auto which = side == 0 ? CompareView::A : CompareView::B;
    int layer = m_view->layerOf(node, which);
    const views::GraphScene& scene = m_columns[side].view->scene();
    if (const int item = scene.itemOf(node); layer < 0 && item >= 0)
        for (const NodeId inside : scene.item(item).nodes)
            layer = std::max(layer, m_view->layerOf(inside, which));
    selectIn(side, node);
    m_view->setCurrentLayer(layer);
    if (layer < 0)
        return m_columns[1 - side].view->setSelection({});
    const passes::LayerMatch& match = m_view->comparison()->layers[static_cast<size_t>(layer)].match;
    selectIn(1 - side, side == 0 ? match.nodeB : match.nodeA);
    follow(side);
    const QScopedValueRollback quiet(m_isFollowing, true);
    m_columns[1 - side].view->ensureVisible(m_columns[1 - side].view->selection());
}

void ComparePane::buildAnchors()
{
    m_anchors.clear();
    const ComparisonPtr comparison = m_view->comparison();
    if (!comparison)
        return;
    const auto middle = [this](int side, NodeId node) { return m_columns[side].view->scene().rectOf(node); };
    for (const passes::LayerComparison& layer : comparison->layers) {
        const QRectF a = middle(0, layer.match.nodeA);
        const QRectF b = middle(1, layer.match.nodeB);
        if (!a.isEmpty() && !b.isEmpty())
            m_anchors.push_back({a.center().y(), b.center().y()});
    }
    std::ranges::sort(m_anchors, {}, &Anchor::a);
    // Branches may stand in another order in the other drawing: scrolling down never goes up there.
    for (size_t i = 1; i < m_anchors.size(); ++i)
        m_anchors[i].b = std::max(m_anchors[i].b, m_anchors[i - 1].b);
}

/// The other column shows at its middle what lies between the same two layers.
void ComparePane::follow(int moved)
{
    if (m_isFollowing || m_anchors.size() < 2)
        return;
    const QScopedValueRollback quiet(m_isFollowing, true);
    const views::GraphView& own = *m_columns[moved].view;
    views::GraphView& other = *m_columns[1 - moved].view;
    const double from = own.camera().toScene(own.camera().middle()).y();
    const auto key = [moved](const Anchor& anchor) { return moved == 0 ? anchor.a : anchor.b; };
    const auto value = [moved](const Anchor& anchor) { return moved == 0 ? anchor.b : anchor.a; };
    auto upper = std::ranges::lower_bound(m_anchors, from, {}, key);
    upper = std::clamp(upper, m_anchors.begin() + 1, m_anchors.end() - 1);
    const Anchor& above = *(upper - 1);
    const double span = key(*upper) - key(above);
    const double part = span <= 0 ? 0 : (from - key(above)) / span;
    const double scale = span <= 0 ? 1 : (value(*upper) - value(above)) / span;
    const bool isOutside = part < 0 || part > 1; // beyond the first and last layer both move alike
    const double to = isOutside ? (part < 0 ? value(above) + from - key(above) : value(*upper) + from - key(*upper)) : value(above) + scale * (from - key(above));
    if (own.camera().zoom() != other.camera().zoom())
        other.zoomAt(other.camera().middle(), own.camera().zoom() / other.camera().zoom());
    const double now = other.camera().toScene(other.camera().middle()).y();
    other.scrollBy({0, (to - now) * other.camera().zoom()});
}

} // namespace bpu::gui

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Paints one item in scene coordinates: card, collapsed module, pill or stub, in each level of detail.
#pragma once

#include "views/graph/camera.h"
#include "views/graph/graph_scene.h"
#include "views/theme/theme.h"

class QPainter;

namespace bpu::views {

class CardPainter {
public:
    CardPainter(const Theme& theme, const GraphScene& scene, double zoom);

    /// The item with its badges; the selection ring and the preview are painted by their own functions.
    void paint(QPainter& painter, int item, Level level) const;
    void paintRing(QPainter& painter, const QRectF& rect) const;
    /// Dashed cards in a column right of the node, with their heading.
    void paintPreview(QPainter& painter) const;

private:
    void paintCard(QPainter& painter, const layout::Item& item, int index) const;
    void paintRow(QPainter& painter, const layout::Row& row, const layout::Item& item) const;
    void paintRowTexts(QPainter& painter, const layout::Row& row, const QRectF& rect) const;
    void paintTitle(QPainter& painter, const QRectF& rect, const QString& title, const QString& name) const;
    void paintModule(QPainter& painter, const layout::Item& item, int index) const;
    void paintPill(QPainter& painter, const layout::Item& item, int index) const;
    void paintBadges(QPainter& painter, const layout::Item& item) const;
    void paintOverview(QPainter& painter, const layout::Item& item, int index) const;
    QPen border(const layout::Item& item, int index) const;
    QColor stripe(const layout::Row& row) const;
    QColor fill(const layout::Row& row) const;

    const Theme& m_theme;
    const GraphScene& m_scene;
    double m_zoom;
    QFont m_title;
    QFont m_name;
    QFont m_attribute;
};

/// Lines from lower left to upper right: what the BPU does not run.
void paintHatch(QPainter& painter, const QRectF& rect, const QColor& color);

} // namespace bpu::views

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Where the window looks at the drawing: a zoom and the scene point in its top left corner.
#pragma once

#include <QPointF>
#include <QRectF>

namespace bpu::views {

/// How much is painted. Detail: everything; Overview: titles; Map: colored bars.
enum class Level : uint8_t { Detail, Overview, Map };

/// The level at this zoom; 5 % below a limit before a level that is on is given up, so that it does not flicker.
Level levelFor(double zoom, Level current);

class Camera {
public:
    static constexpr double kMaxZoom = 4;

    double zoom() const { return m_zoom; }
    QPointF origin() const { return m_origin; }
    QPointF toScene(QPointF screen) const { return m_origin + screen / m_zoom; }
    QPointF toScreen(QPointF scene) const { return (scene - m_origin) * m_zoom; }
    QRectF toScreen(const QRectF& scene) const { return {toScreen(scene.topLeft()), scene.size() * m_zoom}; }
    /// The part of the scene on screen.
    QRectF visible() const { return {m_origin, m_view.size() / m_zoom}; }

    /// view: the widget's rectangle; left: pixels covered by the scope rail.
    void setView(const QRectF& view, double left);
    void setContent(const QRectF& bounds);
    void moveTo(QPointF origin);
    /// Zooms so that the scene point under `screen` stays there.
    void zoomAt(QPointF screen, double zoom);
    void fit(const QRectF& scene, double maxZoom);
    /// The origin that shows `scene` in the middle.
    QPointF originFor(QPointF scene) const;
    QPointF middle() const { return {(m_left + m_view.width()) / 2, m_view.height() / 2}; }

private:
    void clamp();
    double minZoom() const;

    QRectF m_view;
    QRectF m_content;
    double m_left = 0;
    double m_zoom = 1;
    QPointF m_origin;
};

} // namespace bpu::views

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What is pinned over the canvas: the scope rail left, the overview map right, the legend below.
#pragma once

#include "views/graph/camera.h"
#include "views/graph/graph_scene.h"
#include "views/theme/theme.h"

#include <QPixmap>
#include <QWidget>

namespace bpu::views {

/// A bracket with the turned name of every open module on screen, one column per level. Click selects,
/// double click closes.
class ScopeRail : public QWidget {
    Q_OBJECT

public:
    ScopeRail(const Theme& theme, const GraphScene& scene, const Camera& camera, QWidget* parent);
    /// 18 px per level, three at most; 0 without open modules.
    int neededWidth() const;

Q_SIGNALS:
    void scopeClicked(const QString& scope);
    void scopeDoubleClicked(const QString& scope);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

private:
    const layout::ScopeSpan* spanAt(QPointF point) const;
    QRectF rectOf(const layout::ScopeSpan& span) const;

    const Theme& m_theme;
    const GraphScene& m_scene;
    const Camera& m_camera;
};

/// The whole drawing, 96 px wide, with the part on screen and a tick per finding. Drag moves.
class OverviewMap : public QWidget {
    Q_OBJECT

public:
    static constexpr int kWidth = 96;

    OverviewMap(const Theme& theme, const GraphScene& scene, const Camera& camera, QWidget* parent);
    /// The drawing or its colors changed: draw it again.
    void invalidate();
    int neededHeight(int available) const;

Q_SIGNALS:
    /// Scene point to show in the middle.
    void moveRequested(QPointF scene);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;

private:
    QRectF area() const;
    QPointF toMap(QPointF scene) const;
    QPointF toScene(QPointF map) const;
    void render();
    void paintTicks(QPainter& painter) const;

    const Theme& m_theme;
    const GraphScene& m_scene;
    const Camera& m_camera;
    QPixmap m_pixmap;
};

/// Names of the colors while they mean families: only those that the drawing has.
class Legend : public QWidget {
    Q_OBJECT

public:
    Legend(const Theme& theme, const GraphScene& scene, QWidget* parent);
    void refresh();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    const GraphScene& m_scene;
    std::vector<ops::Family> m_families;
    bool m_cpu = false;
};

} // namespace bpu::views

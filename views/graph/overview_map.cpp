// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/overlays.h"

#include "views/theme/marks.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <map>

namespace bpu::views {

static constexpr double kInset = 8;
static constexpr double kTickColumn = 12;

OverviewMap::OverviewMap(const Theme& theme, const GraphScene& scene, const Camera& camera, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_scene(scene), m_camera(camera)
{
    setAccessibleName(tr("Overview map"));
    setCursor(Qt::PointingHandCursor);
}

void OverviewMap::invalidate()
{
    m_pixmap = {};
    update();
}

// As tall as the drawing asks for at the map's width, but never taller than the canvas.
int OverviewMap::neededHeight(int available) const
{
    const QRectF bounds = m_scene.bounds();
    if (bounds.isEmpty())
        return 0;
    const double scale = (kWidth - 2 * kInset - kTickColumn) / std::max(bounds.width(), 420.0);
    return static_cast<int>(std::clamp(bounds.height() * scale + 2 * kInset, 40.0, std::max(40.0, static_cast<double>(available))));
}

QRectF OverviewMap::area() const
{
    return QRectF(rect()).adjusted(kInset, kInset, -kInset - kTickColumn, -kInset);
}

// x and y have scales of their own: at one scale a tall network would be a hair line.
QPointF OverviewMap::toMap(QPointF scene) const
{
    const QRectF bounds = m_scene.bounds();
    const double width = std::max(bounds.width(), 420.0);
    return {area().center().x() + (scene.x() - bounds.center().x()) / width * area().width(),
            area().top() + (scene.y() - bounds.top()) / std::max(1.0, bounds.height()) * area().height()};
}

QPointF OverviewMap::toScene(QPointF map) const
{
    const QRectF bounds = m_scene.bounds();
    const double width = std::max(bounds.width(), 420.0);
    return {bounds.center().x() + (map.x() - area().center().x()) / area().width() * width,
            bounds.top() + (map.y() - area().top()) / std::max(1.0, area().height()) * bounds.height()};
}

void OverviewMap::render()
{
    m_pixmap = QPixmap(size() * devicePixelRatio());
    m_pixmap.setDevicePixelRatio(devicePixelRatio());
    m_pixmap.fill(m_theme.color(Token::Window));
    QPainter painter(&m_pixmap);
    double painted = -1;
    for (const layout::Edge& edge : m_scene.diagram().edges) {
        if (edge.path.size() < 2)
            continue;
        const QPointF from = toMap(toQt(edge.path.front()));
        const QPointF to = toMap(toQt(edge.path.back()));
        if (std::abs(to.y() - from.y()) < 6)
            continue;
        painter.setPen(QPen(m_theme.color(Token::Strong), 0));
        QPolygonF line;
        for (size_t i = 0; i < edge.path.size(); i += 3)
            line.append(toMap(toQt(edge.path[i])));
        painter.drawPolyline(line);
    }
    for (const layout::Item& item : m_scene.diagram().items)
        for (const layout::Row& row : item.rows) {
            const layout::Rect& frame = item.kind == layout::ItemKind::Card ? row.rect : item.rect;
            const QRectF bar(toMap({frame.x, frame.y}), toMap({frame.right(), frame.bottom()}));
            if (bar.bottom() < painted + 0.5 && bar.height() < 0.5)
                continue;
            painted = bar.bottom();
            const QColor color = item.kind == layout::ItemKind::Card ? m_theme.family(row.family) : m_theme.color(Token::Strong);
            painter.fillRect(QRectF(bar.left(), bar.top(), bar.width(), std::max(1.0, bar.height())), color);
        }
    paintTicks(painter);
}

void OverviewMap::paintTicks(QPainter& painter) const
{
    std::map<int, Severity> ticks;
    for (const layout::Item& item : m_scene.diagram().items)
        if (const std::optional<Severity> severity = m_scene.severity(item); severity >= Severity::Warning) {
            const int line = static_cast<int>(toMap({0, toQt(item.rect).center().y()}).y() / 7);
            const auto [tick, added] = ticks.emplace(line, *severity);
            tick->second = added ? *severity : std::max(tick->second, *severity);
        }
    for (const auto& [line, severity] : ticks)
        paintMark(painter, QRectF(width() - kInset - 7, line * 7, 7, 7), severity, m_theme);
}

void OverviewMap::paintEvent(QPaintEvent*)
{
    if (m_pixmap.isNull() || m_pixmap.deviceIndependentSize().toSize() != size())
        render();
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF seen = m_camera.visible();
    QRectF view(toMap(seen.topLeft()), toMap(seen.bottomRight()));
    view = view.intersected(QRectF(rect()).adjusted(3, 3, -3 - kTickColumn, -3));
    view.setHeight(std::max(4.0, view.height()));
    QColor tint = m_theme.color(Token::Accent);
    tint.setAlphaF(0.12F);
    painter.setPen(QPen(m_theme.color(Token::Accent), 1.3));
    painter.setBrush(tint);
    painter.drawRect(view);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(m_theme.color(Token::Border));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
}

void OverviewMap::mousePressEvent(QMouseEvent* event)
{
    Q_EMIT moveRequested(toScene(event->position()));
}

void OverviewMap::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() & Qt::LeftButton)
        Q_EMIT moveRequested(toScene(event->position()));
}

} // namespace bpu::views

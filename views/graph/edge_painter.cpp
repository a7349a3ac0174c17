// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/edge_painter.h"

#include "views/theme/marks.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <climits>
#include <cmath>
#include <map>

namespace bpu::views {

static constexpr double kArrow = 6.5;

static QPainterPath pathOf(const layout::Edge& edge)
{
    QPainterPath path(toQt(edge.path.front()));
    for (size_t i = 1; i + 2 < edge.path.size(); i += 3)
        path.cubicTo(toQt(edge.path[i]), toQt(edge.path[i + 1]), toQt(edge.path[i + 2]));
    return path;
}

/// Direction in which the edge arrives: from the last point that differs from the tip.
static QPointF arrival(const layout::Edge& edge)
{
    const QPointF tip = toQt(edge.path.back());
    for (auto it = edge.path.rbegin() + 1; it != edge.path.rend(); ++it) {
        const QPointF way = tip - toQt(*it);
        if (const double length = std::hypot(way.x(), way.y()); length > 0.5)
            return way / length;
    }
    return {0, 1};
}

static void paintEdge(QPainter& painter, const layout::Edge& edge, const QColor& color, double width)
{
    QPen pen(color, width);
    pen.setCosmetic(true);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(pathOf(edge));
    const QPointF tip = toQt(edge.path.back());
    const QPointF way = arrival(edge);
    const QPointF side(-way.y() * kArrow * 0.5, way.x() * kArrow * 0.5);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawPolygon(QPolygonF({tip, tip - way * kArrow * 1.25 + side, tip - way * kArrow * 1.25 - side}));
}

static void paintLabel(QPainter& painter, const Theme& theme, const layout::Edge& edge, bool chosen)
{
    const QString label = QString::fromUtf8(edge.label.data(), static_cast<qsizetype>(edge.label.size()));
    const QStringList lines = label.split(QLatin1Char('\n'));
    const double height = 14 * static_cast<double>(lines.size());
    painter.setPen(theme.color(chosen ? Token::Text : Token::Muted));
    painter.drawText(QRectF(edge.labelAt.x, edge.labelAt.y - height / 2, 600, height), Qt::AlignLeft | Qt::AlignVCenter, label);
}

void paintEdges(QPainter& painter, const Theme& theme, const GraphScene& scene, const QRectF& visible, Level level)
{
    const auto selected = static_cast<uint32_t>(scene.selectedItem());
    const std::vector<uint32_t> indices = scene.index().edges(visible.top(), visible.bottom());
    painter.setFont(theme.attributeFont());
    for (const bool chosenPass : {false, true}) {
        for (const uint32_t index : indices) {
            const layout::Edge& edge = scene.diagram().edges[index];
            const bool chosen = scene.selectedItem() >= 0 && (edge.from == selected || edge.to == selected);
            if (chosen != chosenPass)
                continue;
            const bool dimmed = scene.isDimmed(static_cast<int>(edge.from)) || scene.isDimmed(static_cast<int>(edge.to));
            painter.setOpacity(dimmed ? 0.35 : 1);
            paintEdge(painter, edge, theme.color(chosen ? Token::Accent : Token::Edge), chosen ? 2 : 1.2);
            if (level == Level::Detail || edge.atModuleBorder)
                paintLabel(painter, theme, edge, chosen);
        }
    }
    painter.setOpacity(1);
}

static void paintMapEdges(QPainter& painter, const Theme& theme, const GraphScene& scene, const Camera& camera)
{
    const QRectF visible = camera.visible();
    painter.setPen(QPen(theme.color(Token::Edge), 0));
    for (const uint32_t index : scene.index().edges(visible.top(), visible.bottom())) {
        const layout::Edge& edge = scene.diagram().edges[index];
        const auto [low, high] = std::ranges::minmax_element(edge.path, {}, &layout::Point::y);
        if ((high->y - low->y) * camera.zoom() < 2)
            continue;
        if (edge.path.size() <= 4 || (high->y - low->y) * camera.zoom() < 8) {
            painter.drawLine(camera.toScreen(toQt(edge.path.front())), camera.toScreen(toQt(edge.path.back())));
            continue;
        }
        for (size_t i = 3; i < edge.path.size(); i += 3)
            painter.drawLine(camera.toScreen(toQt(edge.path[i - 3])), camera.toScreen(toQt(edge.path[i])));
    }
}

static QColor barColor(const Theme& theme, const GraphScene& scene, const layout::Item& item, const layout::Row& row)
{
    if (item.kind == layout::ItemKind::Card && scene.colorMode() == ColorMode::Device)
        return theme.color(scene.isOnCpu(row.node) ? Token::Cpu : Token::Bpu);
    if (item.kind == layout::ItemKind::Card && scene.colorMode() == ColorMode::Findings) {
        const std::optional<Severity> severity = scene.severity(row.node);
        return severity ? theme.severity(*severity) : theme.color(Token::Strong);
    }
    if (item.kind == layout::ItemKind::Card && scene.colorMode() == ColorMode::Cost) {
        const NodeCost* cost = scene.cost(row.node);
        QColor heat = theme.color(Token::Heat);
        heat.setAlphaF(static_cast<float>(cost ? 0.1 + 0.9 * qBound(0.0, cost->share, 1.0) : 0.1));
        return heat;
    }
    return item.kind == layout::ItemKind::Card ? theme.family(row.family) : theme.color(Token::Strong);
}

// At the scale of a whole large network many rows share one pixel line; the first of them stands for all.
static void paintBars(QPainter& painter, const Theme& theme, const GraphScene& scene, const Camera& camera, const std::vector<uint32_t>& items)
{
    int lastY = INT_MIN;
    double lastX = 0;
    for (const uint32_t index : items) {
        const layout::Item& item = scene.diagram().items[index];
        for (const layout::Row& row : item.rows) {
            const QRectF bar = camera.toScreen(toQt(item.kind == layout::ItemKind::Card ? row.rect : item.rect));
            const int y = qFloor(bar.top());
            if (bar.height() < 1 && y == lastY && qAbs(bar.left() - lastX) < 1)
                continue;
            lastY = y;
            lastX = bar.left();
            painter.setOpacity(scene.isDimmed(static_cast<int>(index)) ? 0.35 : 1);
            const double gap = bar.height() > 4 ? 0.75 : 0;
            painter.fillRect(QRectF(bar.left(), bar.top(), qMax(2.0, bar.width()), qMax(1.0, bar.height() - gap)), barColor(theme, scene, item, row));
        }
    }
    painter.setOpacity(1);
}

// One badge per 12 px of height, the worst of those it stands for, with their number.
static void paintMapBadges(QPainter& painter, const Theme& theme, const GraphScene& scene, const Camera& camera, const std::vector<uint32_t>& items)
{
    struct Badge {
        double x = 0;
        Severity severity = Severity::Undecided;
        int count = 0;
    };
    std::map<int, Badge> badges;
    for (const uint32_t index : items) {
        const layout::Item& item = scene.diagram().items[index];
        const std::optional<Severity> severity = scene.severity(item);
        if (!severity || *severity < Severity::Warning)
            continue;
        const QPointF at = camera.toScreen(QPointF(item.rect.right(), toQt(item.rect).center().y()));
        Badge& badge = badges[qFloor(at.y() / 12)];
        badge.x = std::max(badge.x, at.x());
        badge.severity = std::max(badge.severity, *severity);
        badge.count += static_cast<int>(std::ranges::count_if(item.nodes, [&](NodeId node) { return scene.severity(node) >= Severity::Warning; }));
    }
    painter.setFont(theme.hintFont());
    painter.setPen(theme.color(Token::Muted));
    for (const auto& [line, badge] : badges) {
        const QRectF rect(badge.x + 6, line * 12.0 + 1, 10, 10);
        paintMark(painter, rect, badge.severity, theme);
        if (badge.count > 1)
            painter.drawText(QRectF(rect.right() + 3, rect.top() - 3, 60, 16), Qt::AlignVCenter | Qt::AlignLeft, QString::number(badge.count));
    }
}

static void paintModuleNames(QPainter& painter, const Theme& theme, const GraphScene& scene, const Camera& camera, const std::vector<uint32_t>& items)
{
    painter.setFont(theme.hintFont());
    painter.setPen(theme.color(Token::Muted));
    double next = -1e9;
    for (const uint32_t index : items) {
        const layout::Item& item = scene.diagram().items[index];
        const QPointF at = camera.toScreen(QPointF(item.rect.x, toQt(item.rect).center().y()));
        if (item.kind != layout::ItemKind::Module || at.y() < next)
            continue;
        next = at.y() + 14;
        const QString name = QString::fromUtf8(item.scope.data(), static_cast<qsizetype>(item.scope.size()));
        painter.drawText(QRectF(at.x() - 306, at.y() - 8, 300, 16), Qt::AlignRight | Qt::AlignVCenter, name);
    }
}

void paintMap(QPainter& painter, const Theme& theme, const GraphScene& scene, const Camera& camera)
{
    const QRectF visible = camera.visible();
    const std::vector<uint32_t> items = scene.index().items(visible.top(), visible.bottom());
    painter.setRenderHint(QPainter::Antialiasing, false);
    paintMapEdges(painter, theme, scene, camera);
    paintBars(painter, theme, scene, camera, items);
    painter.setRenderHint(QPainter::Antialiasing, true);
    paintModuleNames(painter, theme, scene, camera, items);
    paintMapBadges(painter, theme, scene, camera, items);
}

} // namespace bpu::views

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/graph_view.h"

#include "views/graph/card_painter.h"
#include "views/graph/edge_painter.h"
#include "views/graph/navigation.h"
#include "views/graph/node_text.h"
#include "views/graph/overlays.h"

#include <QAccessible>
#include <QPainter>
#include <QToolTip>
#include <QVariantAnimation>

#include <algorithm>

namespace bpu::views {

static constexpr int kToolTipMs = 400;
static constexpr int kMotionMs = 120;
static constexpr int kMapMargin = 12;
static constexpr double kZoomStep = 1.25;

GraphView::GraphView(const Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_rail(new ScopeRail(theme, m_scene, m_camera, this)),
      m_map(new OverviewMap(theme, m_scene, m_camera, this)), m_legend(new Legend(theme, m_scene, this)),
      m_motion(new QVariantAnimation(this))
{
    setObjectName(QStringLiteral("graph"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setMinimumWidth(240);
    m_toolTipTimer.setSingleShot(true);
    m_toolTipTimer.setInterval(kToolTipMs);
    m_motion->setDuration(kMotionMs);
    m_motion->setEasingCurve(QEasingCurve::OutCubic);
    connect(&m_toolTipTimer, &QTimer::timeout, this, &GraphView::showToolTip);
    connect(m_motion, &QVariantAnimation::valueChanged, this, [this](const QVariant& value) { moveTo(value.toPointF()); });
    connect(m_map, &OverviewMap::moveRequested, this, [this](QPointF scene) { moveTo(m_camera.originFor(scene)); });
    connect(m_rail, &ScopeRail::scopeClicked, this, &GraphView::scopeSelected);
    connect(m_rail, &ScopeRail::scopeDoubleClicked, this, &GraphView::moduleToggled);
    connect(&theme, &Theme::changed, m_map, &OverviewMap::invalidate);
    announce();
}

void GraphView::setDiagram(std::shared_ptr<const ir::Graph> graph, std::shared_ptr<const layout::Diagram> diagram)
{
    const bool first = m_scene.isEmpty();
    NodeId anchor = m_scene.selection();
    if (!first && !camera().visible().intersects(m_scene.rectOf(anchor)))
        for (const uint32_t item : m_scene.index().items(m_camera.toScene(m_camera.middle()).y(), m_camera.toScene(m_camera.middle()).y()))
            if (m_scene.firstNode(static_cast<int>(item)).isValid())
                anchor = m_scene.firstNode(static_cast<int>(item));
    const QPointF before = m_scene.rectOf(anchor).center();
    const QPointF origin = m_camera.origin();
    m_motion->stop();
    m_scene.setDiagram(std::move(graph), std::move(diagram));
    m_camera.setContent(m_scene.bounds());
    placeChildren();
    if (first)
        frame(Framing::Beginning);
    else if (const QRectF after = m_scene.rectOf(anchor); !after.isEmpty())
        m_camera.moveTo(origin + after.center() - before);
    if (!first)
        m_framing = Framing::ByHand;
    m_map->invalidate();
    m_legend->refresh();
    placeChildren();
    cameraMoved();
    announce();
}

void GraphView::frame(Framing framing)
{
    constexpr double kReadable = 0.6;
    const QRectF bounds = m_scene.bounds();
    m_framing = framing;
    m_camera.fit(bounds, 1);
    if (framing != Framing::Beginning || m_camera.zoom() >= kReadable || m_scene.isEmpty())
        return;
    m_camera.zoomAt(m_camera.middle(), 1);
    const auto& items = m_scene.diagram().items;
    const layout::Rect& top = std::ranges::min_element(items, {}, [](const layout::Item& item) { return item.rect.y; })->rect;
    m_camera.moveTo(m_camera.originFor({toQt(top).center().x(), bounds.top() + (m_camera.middle().y() - 16)}));
}

void GraphView::showBeginning()
{
    frame(Framing::Beginning);
    cameraMoved();
}

void GraphView::setFindings(FindingListPtr list)
{
    m_scene.setFindings(std::move(list));
    m_map->invalidate();
    m_legend->refresh();
    placeChildren();
    announce();
    update();
}

void GraphView::setSelection(NodeId node)
{
    m_scene.setSelection(node);
    announce();
    update();
}

void GraphView::setSearchMatches(const std::vector<NodeId>& matches, bool searching)
{
    m_scene.setSearchMatches(matches, searching);
    update();
}

void GraphView::setColorMode(ColorMode mode)
{
    if (mode == m_scene.colorMode())
        return;
    m_scene.setColorMode(mode);
    placeChildren();
    update();
    Q_EMIT colorModeChanged(mode);
}

void GraphView::setCosts(const std::vector<NodeCost>& costs)
{
    m_scene.setCosts(costs);
    update();
}

void GraphView::setPreview(NodeId beside, std::vector<PreviewCard> cards)
{
    m_scene.setPreview(beside, std::move(cards));
    update();
}

void GraphView::setOverviewVisible(bool visible)
{
    if (m_overviewWanted == visible)
        return;
    m_overviewWanted = visible;
    placeChildren();
    Q_EMIT overviewVisibleChanged(visible);
}

void GraphView::setRailVisible(bool visible)
{
    m_railWanted = visible;
    placeChildren();
}

void GraphView::placeChildren()
{
    const int rail = m_railWanted ? m_rail->neededWidth() : 0;
    m_rail->setGeometry(0, 0, rail, height());
    m_rail->setVisible(rail > 0);
    m_camera.setView(rect(), rail);
    const int map = m_map->neededHeight(height() - 2 * kMapMargin);
    m_map->setGeometry(width() - OverviewMap::kWidth - kMapMargin, kMapMargin, OverviewMap::kWidth, map);
    m_map->setVisible(m_overviewWanted && map > 0 && width() > 480);
    m_legend->move(rail + 8, height() - m_legend->height() - 8);
    m_legend->setVisible(m_scene.colorMode() == ColorMode::Family && !m_scene.isEmpty() && width() > 480 && height() > 2 * m_legend->height());
}

// Everything that follows a change of the camera.
void GraphView::cameraMoved()
{
    m_level = levelFor(m_camera.zoom(), m_level);
    m_toolTipTimer.stop();
    m_rail->update();
    m_map->update();
    update();
    Q_EMIT zoomChanged(m_camera.zoom());
}

void GraphView::moveTo(QPointF origin)
{
    m_framing = Framing::ByHand;
    m_camera.moveTo(origin);
    cameraMoved();
}

void GraphView::resizeEvent(QResizeEvent*)
{
    placeChildren();
    if (m_framing != Framing::ByHand)
        frame(m_framing);
    cameraMoved();
}

void GraphView::paintSelection(QPainter& painter, const CardPainter& cards) const
{
    if (const int item = m_scene.selectedItem(); item >= 0)
        cards.paintRing(painter, toQt(m_scene.item(item).rect));
}

void GraphView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(Token::Canvas));
    if (!m_scene.isEmpty()) {
        painter.setRenderHint(QPainter::Antialiasing);
        if (m_level == Level::Map)
            paintMap(painter, m_theme, m_scene, m_camera);
        const QRectF visible = m_camera.visible();
        painter.scale(m_camera.zoom(), m_camera.zoom());
        painter.translate(-m_camera.origin());
        const CardPainter cards(m_theme, m_scene, m_camera.zoom());
        if (m_level != Level::Map) {
            paintEdges(painter, m_theme, m_scene, visible, m_level);
            paintSelection(painter, cards);
            for (const uint32_t item : m_scene.index().items(visible.top(), visible.bottom()))
                if (toQt(m_scene.diagram().items[item].rect).adjusted(-24, -24, 24, 24).intersects(visible))
                    cards.paint(painter, static_cast<int>(item), m_level);
        }
        if (m_level == Level::Map)
            paintSelection(painter, cards);
        cards.paintPreview(painter);
        painter.resetTransform();
    }
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(m_theme.color(Token::Accent), 2));
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
}

void GraphView::centerOn(NodeId node)
{
    const QRectF rect = m_scene.rectOf(node);
    if (rect.isEmpty())
        return;
    const QPointF origin = m_camera.originFor(rect.center());
    m_motion->stop();
    if (!m_theme.hasMotion() || !isVisible())
        return moveTo(origin);
    m_motion->setStartValue(m_camera.origin());
    m_motion->setEndValue(origin);
    m_motion->start();
}

void GraphView::ensureVisible(NodeId node)
{
    const QRectF rect = m_camera.toScreen(m_scene.rectOf(node)).adjusted(-8, -8, 8, 8);
    const QRectF free(m_rail->isVisible() ? m_rail->width() : 0, 0, width(), height());
    if (!m_scene.rectOf(node).isEmpty() && !free.contains(rect))
        centerOn(node);
}

void GraphView::fitAll()
{
    frame(Framing::Whole);
    cameraMoved();
}

void GraphView::fitSelection()
{
    const int item = m_scene.selectedItem();
    if (item < 0)
        return fitAll();
    m_framing = Framing::ByHand;
    m_camera.fit(toQt(m_scene.item(item).rect).adjusted(-160, -120, 160, 120), 2);
    cameraMoved();
}

void GraphView::zoomAt(QPointF screen, double factor)
{
    m_motion->stop();
    m_framing = Framing::ByHand;
    m_camera.zoomAt(screen, m_camera.zoom() * factor);
    cameraMoved();
}

void GraphView::zoomIn()
{
    zoomAt(m_camera.middle(), kZoomStep);
}

void GraphView::zoomOut()
{
    zoomAt(m_camera.middle(), 1 / kZoomStep);
}

void GraphView::resetZoom()
{
    zoomAt(m_camera.middle(), 1 / m_camera.zoom());
}

void GraphView::scrollBy(QPointF pixels)
{
    m_motion->stop();
    moveTo(m_camera.origin() + pixels / m_camera.zoom());
}

void GraphView::showPath(NodeId from, NodeId to)
{
    if (m_scene.graph())
        m_scene.setPath(nodesBetween(*m_scene.graph(), from, to));
    update();
}

void GraphView::clearPath()
{
    m_scene.setPath({});
    update();
}

void GraphView::showToolTip()
{
    const QPoint at = mapFromGlobal(QCursor::pos());
    const QString text = nodeToolTip(m_scene, nodeAt(at));
    if (underMouse() && !text.isEmpty())
        QToolTip::showText(QCursor::pos(), text, this);
}

void GraphView::announce()
{
    const QString spoken = spokenNode(m_scene, m_scene.selection());
    if (spoken == accessibleName())
        return;
    setAccessibleName(spoken);
    QAccessibleEvent event(this, QAccessible::NameChanged);
    QAccessible::updateAccessibility(&event);
}

} // namespace bpu::views

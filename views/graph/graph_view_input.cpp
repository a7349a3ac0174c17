// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Mouse and keyboard of the graph view.
#include "views/graph/graph_view.h"
#include "views/graph/navigation.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QToolTip>
#include <QWheelEvent>

#include <cmath>

namespace bpu::views {

static constexpr double kWheelZoom = 1.0015; ///< per eighth of a degree

void GraphView::wheelEvent(QWheelEvent* event)
{
    const QPointF angle = event->angleDelta();
    if (event->modifiers() & Qt::ControlModifier) {
        zoomAt(event->position(), std::pow(kWheelZoom, angle.y()));
    } else {
        const QPointF pixels = event->pixelDelta().isNull() ? angle / 120 * 96 : QPointF(event->pixelDelta());
        scrollBy(event->modifiers() & Qt::ShiftModifier ? QPointF(-pixels.y(), 0) : -pixels);
    }
    event->accept();
}

void GraphView::mousePressEvent(QMouseEvent* event)
{
    m_pressed = m_last = event->position();
    m_dragging = false;
    m_toolTipTimer.stop();
}

void GraphView::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() & (Qt::LeftButton | Qt::MiddleButton)) {
        if (!m_dragging && (event->position() - m_pressed).manhattanLength() < QApplication::startDragDistance())
            return;
        m_dragging = true;
        setCursor(Qt::ClosedHandCursor);
        scrollBy(m_last - event->position());
        m_last = event->position();
        return;
    }
    const int item = itemAt(event->position());
    if (item != m_scene.hovered()) {
        m_scene.setHovered(item);
        QToolTip::hideText();
        update();
    }
    if (item >= 0)
        m_toolTipTimer.start();
    else
        m_toolTipTimer.stop();
}

void GraphView::mouseReleaseEvent(QMouseEvent* event)
{
    unsetCursor();
    if (m_dragging || event->button() != Qt::LeftButton) {
        m_dragging = false;
        return;
    }
    const int item = itemAt(event->position());
    if (item >= 0 && m_scene.item(item).kind == layout::ItemKind::Stub)
        return jumpTo(m_scene.item(item).source);
    const NodeId node = nodeAt(event->position());
    if (event->modifiers() & Qt::ShiftModifier && node.isValid() && m_scene.selection().isValid())
        return showPath(m_scene.selection(), node);
    clearPath();
    select(node);
}

void GraphView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (const int item = itemAt(event->position()); item >= 0 && event->button() == Qt::LeftButton)
        activate(item);
}

void GraphView::leaveEvent(QEvent*)
{
    m_scene.setHovered(-1);
    m_toolTipTimer.stop();
    update();
}

void GraphView::contextMenuEvent(QContextMenuEvent* event)
{
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const NodeId node = byKey ? m_scene.selection() : nodeAt(event->pos());
    if (!byKey)
        select(node);
    const QPoint at = byKey ? mapToGlobal(m_camera.toScreen(m_scene.rectOf(node)).center().toPoint()) : event->globalPos();
    Q_EMIT contextMenuRequested(node, at);
}

void GraphView::focusInEvent(QFocusEvent*)
{
    update();
}

void GraphView::focusOutEvent(QFocusEvent*)
{
    update();
}

void GraphView::select(NodeId node)
{
    if (node == m_scene.selection())
        return;
    setSelection(node);
    Q_EMIT nodeSelected(node);
}

void GraphView::activate(int index)
{
    const layout::Item& item = m_scene.item(index);
    if (item.kind == layout::ItemKind::Module)
        Q_EMIT moduleToggled(QString::fromUtf8(item.scope.data(), static_cast<qsizetype>(item.scope.size())));
    else if (item.kind == layout::ItemKind::Stub)
        jumpTo(item.source);
    else if (m_scene.firstNode(index).isValid())
        Q_EMIT nodeActivated(m_scene.itemOf(m_scene.selection()) == index ? m_scene.selection() : m_scene.firstNode(index));
}

void GraphView::jumpTo(NodeId node)
{
    if (!m_scene.graph() || !m_scene.graph()->contains(node))
        return;
    if (m_scene.selection().isValid())
        m_back.push_back(m_scene.selection());
    select(node);
    centerOn(node);
}

void GraphView::goBack()
{
    if (m_back.empty())
        return;
    const NodeId node = m_back.back();
    m_back.pop_back();
    select(node);
    centerOn(node);
}

// Stubs and pills have no node of their own: the walk passes over them.
void GraphView::selectNeighbour(int key)
{
    const Direction direction = key == Qt::Key_Up     ? Direction::Input
                                : key == Qt::Key_Down ? Direction::Output
                                : key == Qt::Key_Left ? Direction::Left
                                                      : Direction::Right;
    int item = neighbour(m_scene, m_scene.selectedItem(), direction);
    if (item >= 0 && !m_scene.firstNode(item).isValid())
        item = neighbour(m_scene, item, m_scene.selectedItem() < 0 ? Direction::Output : direction);
    if (item < 0 || !m_scene.firstNode(item).isValid())
        return;
    select(m_scene.firstNode(item));
    ensureVisible(m_scene.selection());
}

bool GraphView::handleZoomKey(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_F: event->modifiers() & Qt::ShiftModifier ? fitSelection() : fitAll(); return true;
    case Qt::Key_0: resetZoom(); return true;
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoomIn(); return true;
    case Qt::Key_Minus: zoomOut(); return true;
    default: return false;
    }
}

bool GraphView::handleEscape()
{
    if (m_scene.hasPreview()) {
        setPreview({}, {});
        Q_EMIT previewDismissed();
    } else if (m_scene.hasPath()) {
        clearPath();
    } else if (m_scene.selection().isValid()) {
        select({});
    } else {
        return false;
    }
    return true;
}

static QString scopeAround(const GraphScene& scene)
{
    const int item = scene.selectedItem();
    if (item < 0)
        return {};
    std::string scope = scene.item(item).scope;
    if (scene.item(item).kind == layout::ItemKind::Module) {
        const size_t dot = scope.rfind('.');
        scope = dot == std::string::npos ? std::string() : scope.substr(0, dot);
    }
    // Of a leaf module ("layer1.0.conv1") only those that the rail shows as open can be closed.
    for (; !scope.empty(); scope = scope.rfind('.') == std::string::npos ? std::string() : scope.substr(0, scope.rfind('.')))
        for (const layout::ScopeSpan& span : scene.diagram().scopes)
            if (span.scope == scope)
                return QString::fromUtf8(scope.data(), static_cast<qsizetype>(scope.size()));
    return {};
}

void GraphView::keyPressEvent(QKeyEvent* event)
{
    const bool plain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    switch (event->key()) {
    case Qt::Key_Left:
        if (event->modifiers() & Qt::AltModifier)
            return goBack();
        [[fallthrough]];
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Right: return selectNeighbour(event->key());
    case Qt::Key_PageUp: return scrollBy({0, -0.9 * height()});
    case Qt::Key_PageDown: return scrollBy({0, 0.9 * height()});
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_scene.selectedItem() >= 0)
            activate(m_scene.selectedItem());
        return;
    case Qt::Key_Backspace:
        if (const QString scope = scopeAround(m_scene); !scope.isEmpty())
            Q_EMIT moduleToggled(scope);
        else
            Q_EMIT leaveRequested();
        return;
    case Qt::Key_Escape:
        if (handleEscape())
            return;
        break;
    default:
        if (plain && handleZoomKey(event))
            return;
        break;
    }
    QWidget::keyPressEvent(event);
}

} // namespace bpu::views

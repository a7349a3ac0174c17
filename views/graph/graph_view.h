// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The graph: a custom painted canvas that shows a Diagram with overlays (findings, selection, search,
// path, costs, preview). It never works: the window gives it snapshots and listens to its signals.
//
// The layout is the same at every zoom; three levels of detail decide what is painted, and only what is
// on screen is visited. Scope rail, overview map and legend are child widgets.
#pragma once

#include "views/graph/camera.h"
#include "views/graph/graph_scene.h"
#include "views/theme/theme.h"

#include <QTimer>
#include <QWidget>

class QVariantAnimation;

namespace bpu::views {

class CardPainter;
class Legend;
class OverviewMap;
class ScopeRail;

class GraphView : public QWidget {
    Q_OBJECT

public:
    explicit GraphView(const Theme& theme, QWidget* parent = nullptr);

    /// Both null: nothing is open. The selected node (else what is in the middle) stays where it was on screen.
    void setDiagram(std::shared_ptr<const ir::Graph> graph, std::shared_ptr<const layout::Diagram> diagram);
    /// A node with an error is drawn as one that the BPU does not run.
    void setFindings(FindingListPtr list);
    /// Does not emit and does not scroll; an invalid id clears it.
    void setSelection(NodeId node);
    NodeId selection() const { return m_scene.selection(); }
    /// searching with no match dims everything.
    void setSearchMatches(const std::vector<NodeId>& matches, bool searching);
    void setColorMode(ColorMode mode);
    ColorMode colorMode() const { return m_scene.colorMode(); }
    void setCosts(const std::vector<NodeCost>& costs);
    /// Dashed cards beside a node; no cards: leaves the preview.
    void setPreview(NodeId beside, std::vector<PreviewCard> cards);
    void setOverviewVisible(bool visible);
    /// Off: the modules have no brackets at the left; for a narrow view.
    void setRailVisible(bool visible);

    const GraphScene& scene() const { return m_scene; }
    const Camera& camera() const { return m_camera; }
    Level level() const { return m_level; }

    void centerOn(NodeId node);
    /// Scrolls only as far as needed.
    void ensureVisible(NodeId node);
    /// All of it when it can be read then, else its first operators at 100 %; the overview map shows the rest.
    void showBeginning();
    /// This and showBeginning() hold while the window takes another size, until the user moves.
    void fitAll();
    void fitSelection();
    void zoomIn();
    void zoomOut();
    void resetZoom();
    void scrollBy(QPointF pixels);
    void zoomAt(QPointF screen, double factor);
    /// Every path between the two; the rest is dimmed until clearPath.
    void showPath(NodeId from, NodeId to);
    void clearPath();

Q_SIGNALS:
    /// By the user; invalid when the selection was cleared.
    void nodeSelected(bpu::NodeId node);
    /// Enter or double click on a card.
    void nodeActivated(bpu::NodeId node);
    /// Double click or Enter on a module, double click on the scope rail, Backspace inside one.
    void moduleToggled(const QString& scope);
    /// Backspace where there is no module to close.
    void leaveRequested();
    void scopeSelected(const QString& scope);
    void contextMenuRequested(bpu::NodeId node, QPoint global);
    void previewDismissed();
    void zoomChanged(double zoom);
    void overviewVisibleChanged(bool visible);
    void colorModeChanged(bpu::views::ColorMode mode);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    enum class Framing { ByHand, Whole, Beginning };
    void frame(Framing framing);
    void paintSelection(QPainter& painter, const CardPainter& cards) const;
    void cameraMoved();
    void moveTo(QPointF origin);
    void placeChildren();
    void select(NodeId node);
    void activate(int item);
    void jumpTo(NodeId node);
    void goBack();
    void selectNeighbour(int key);
    bool handleZoomKey(QKeyEvent* event);
    bool handleEscape();
    int itemAt(QPointF screen) const { return m_scene.itemAt(m_camera.toScene(screen)); }
    NodeId nodeAt(QPointF screen) const { return m_scene.nodeAt(m_camera.toScene(screen)); }
    void showToolTip();
    void announce();

    const Theme& m_theme;
    GraphScene m_scene;
    Camera m_camera;
    Level m_level = Level::Detail;
    ScopeRail* m_rail;
    OverviewMap* m_map;
    Legend* m_legend;
    QVariantAnimation* m_motion;
    QTimer m_toolTipTimer;
    std::vector<NodeId> m_back;
    QPointF m_pressed;
    QPointF m_last;
    bool m_dragging = false;
    bool m_overviewWanted = true;
    Framing m_framing = Framing::ByHand;
    bool m_railWanted = true;
};

} // namespace bpu::views

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The docked panels, one line each, and what they ask of the session.
#include "app/gui/bottom_pane.h"
#include "app/gui/graph_pane.h"
#include "app/gui/main_window.h"
#include "views/diagnostics/diagnostics_panel.h"
#include "views/inspector/inspector.h"
#include "views/log/log_view.h"
#include "views/modules/modules_panel.h"

#include <QDockWidget>
#include <QMenu>
#include <QTimer>

namespace bpu::gui {

namespace {

struct Panel {
    QWidget* widget;
    Qt::DockWidgetArea area;
    QString title;
    int size; ///< width of a side panel, height of the bottom one
};

} // namespace

void MainWindow::addPanels()
{
    m_modules = new views::ModulesPanel(m_theme, this);
    m_inspector = new views::Inspector(m_theme, this);
    m_diagnostics = new views::DiagnosticsPanel(m_theme, this);
    m_log = new views::LogView(m_theme, this);
    m_jobsView = new views::JobsView(m_theme, this);
    m_bottom = new BottomPane(m_theme, this);
    m_bottom->addPage(m_diagnostics, tr("Diagnostics"), m_diagnostics->header());
    m_bottom->addPage(m_log, tr("Log"));
    m_bottom->addPage(m_jobsView, tr("Jobs"));
    addCompare();
    m_modules->setMinimumWidth(180);
    m_inspector->setMinimumWidth(260);

    setTabPosition(Qt::LeftDockWidgetArea, QTabWidget::North);
    setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    for (const Panel& panel : {Panel{m_modules, Qt::LeftDockWidgetArea, tr("Modules"), 256},
                               Panel{m_inspector, Qt::RightDockWidgetArea, tr("Inspector"), 324},
                               Panel{m_bottom, Qt::BottomDockWidgetArea, tr("Diagnostics, log and jobs"), 239}}) {
        auto* dock = new QDockWidget(panel.title, this);
        dock->setObjectName(panel.widget->objectName() + QStringLiteral("Dock"));
        dock->setTitleBarWidget(new QWidget(dock));
        dock->setWidget(panel.widget);
        addDockWidget(panel.area, dock);
        resizeDocks({dock}, {panel.size}, panel.area == Qt::BottomDockWidgetArea ? Qt::Vertical : Qt::Horizontal);
        m_windowMenu->addAction(dock->toggleViewAction());
    }
    connect(m_bottom, &BottomPane::foldedChanged, this, [this](bool folded) {
        auto* dock = findChild<QDockWidget*>(QStringLiteral("bottomDock"));
        if (folded && isVisible())
            m_bottomHeight = std::max(m_bottomHeight, dock->height());
        // Later: the dock has to hear of its new limits first.
        if (!folded)
            QTimer::singleShot(0, this, [this, dock] { resizeDocks({dock}, {m_bottomHeight}, Qt::Vertical); });
    });
}

void MainWindow::pick(const QList<quint32>& nodes)
{
    Nodes picked;
    for (const quint32 node : nodes)
        picked.push_back(NodeId{node});
    m_session.select(picked);
    if (picked.empty())
        return;
    // A jump ends where the node can be read.
    if (m_graph->view().level() == views::Level::Map)
        m_graph->view().resetZoom();
    m_graph->view().centerOn(picked.front());
}

void MainWindow::connectPanels()
{
    connect(m_modules, &views::ModulesPanel::nodesPicked, this, &MainWindow::pick);
    connect(m_modules, &views::ModulesPanel::moduleToggled, &m_session, &Session::toggleCollapsed);
    connect(m_modules, &views::ModulesPanel::nodeActivated, this, [this](quint32 node) {
        pick({node});
        m_graph->view().setFocus();
    });
    connect(m_modules, &views::ModulesPanel::locateRequested, this, [this] {
        if (!m_session.selection().empty())
            m_modules->selectNode(m_session.selection().front());
    });

    connect(m_diagnostics, &views::DiagnosticsPanel::nodesPicked, this, &MainWindow::pick);
    connect(m_diagnostics, &views::DiagnosticsPanel::activated, m_inspector, [this] {
        findChild<QDockWidget*>(QStringLiteral("inspectorDock"))->raise();
        m_inspector->setFocus();
    });
    connect(m_diagnostics, &views::DiagnosticsPanel::previewRequested, &m_session, &Session::previewFix);
    connect(m_diagnostics, &views::DiagnosticsPanel::fixRequested, &m_session, &Session::applyFixes);
    connect(m_diagnostics, &views::DiagnosticsPanel::ignoreRequested, &m_session, &Session::ignore);
    connect(m_diagnostics, &views::DiagnosticsPanel::shapeRequested, this, &MainWindow::chooseShape);
    connect(m_diagnostics, &views::DiagnosticsPanel::nextStepRequested, &m_session, &Session::fuse);

    connect(m_inspector, &views::Inspector::nodeLinked, this, [this](quint32 node) { pick({node}); });
    connect(m_inspector, &views::Inspector::bodyLinked, this,
            [this](quint32 node, const QString& attribute) { m_session.openBody(NodeId{node}, attribute.toStdString()); });
    connect(m_inspector, &views::Inspector::fixRequested, &m_session, &Session::applyFixes);
    connect(m_inspector, &views::Inspector::previewRequested, &m_session, &Session::previewFix);
    connect(m_inspector, &views::Inspector::ignoreRequested, &m_session, &Session::ignore);
    connect(m_inspector, &views::Inspector::shapeRequested, this, &MainWindow::chooseShape);
    connect(m_inspector, &views::Inspector::runRequested, this, [this] {
        if (m_values.isRunning())
            m_values.stop();
        else
            m_values.run();
    });

    connect(m_jobsView, &views::JobsView::stopRequested, &m_jobs, &JobQueue::stop);
    connect(m_jobsView, &views::JobsView::dismissRequested, &m_jobs, &JobQueue::dismiss);
    connect(&m_session, &Session::logged, m_log, &views::LogView::append);
}

} // namespace bpu::gui

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which view stands in the centre, and what gives way to it.
#include "app/gui/bottom_pane.h"
#include "app/gui/compare_pane.h"
#include "app/gui/graph_pane.h"
#include "app/gui/main_window.h"
#include "views/widgets/message_bar.h"
#include "views/widgets/segmented_control.h"

#include <QStackedWidget>

namespace bpu::gui {

QList<QWidget*> MainWindow::sideDocks() const
{
    return {findChild<QWidget*>(QStringLiteral("modulesDock")), findChild<QWidget*>(QStringLiteral("inspectorDock"))};
}

/// The page in the middle, and for a model that opens the panels at its sides.
void MainWindow::placeCenter()
{
    const bool isOpen = m_session.hasGraph() || !m_session.path().isEmpty();
    m_center->setCurrentIndex(!isOpen ? 0 : m_view == View::Graph ? 1 : 2);
    for (QWidget* dock : sideDocks())
        dock->setVisible(isOpen && m_view == View::Graph);
    m_hiddenByHand.clear();
}

void MainWindow::showView(View view)
{
    m_viewSwitch->setCurrent(static_cast<int>(view));
    if (view == m_view)
        return;
    // A view beside the graph needs the width of the side panels; what the user hid stays hidden afterwards.
    QList<QWidget*> hidden = m_hiddenByHand;
    if (m_view == View::Graph) {
        m_wasFolded = m_bottom->isFolded();
        for (QWidget* dock : sideDocks())
            if (dock->isHidden())
                hidden.append(dock);
    }
    m_view = view;
    placeCenter();
    m_hiddenByHand = view == View::Graph ? QList<QWidget*>() : hidden;
    if (view == View::Graph)
        for (QWidget* dock : hidden)
            dock->hide();
    m_bottom->setFolded(view != View::Graph || m_wasFolded);
    if (view == View::Graph && !m_session.selection().empty())
        m_graph->view().ensureVisible(m_session.selection().front());
}

void MainWindow::addCompare()
{
    m_compare = new ComparePane(m_theme, m_jobs, m_session, m_measure, this);
    m_center->addWidget(m_compare);
    connect(m_compare, &ComparePane::shapeRequested, this, &MainWindow::chooseShape);
    connect(m_compare, &ComparePane::fuseRequested, &m_session, &Session::fuse);
    connect(&m_compare->comparing(), &CompareSession::sidesChanged, this, [this] {
        const QString source = m_compare->comparing().data();
        m_values.setData(source.startsWith(QLatin1String("random:")) ? QStringLiteral("random:1") : source);
        updateActions();
    });
    connect(m_compare, &ComparePane::message, this, [this](Severity severity, const QString& text) {
        m_message->setVisible(true);
        m_message->showMessage(severity, text);
    });
}

} // namespace bpu::gui

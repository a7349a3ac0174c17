// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/graph_pane.h"

#include "core/ir/bodies.h"
#include "core/ops/op_spec.h"

#include <QClipboard>
#include <QCursor>
#include <QGuiApplication>
#include <QMenu>
#include <QVBoxLayout>

namespace bpu::gui {

GraphPane::GraphPane(const views::Theme& theme, Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_view(new views::GraphView(theme, this)), m_header(new views::GraphHeader(theme, *m_view, this))
{
    m_view->setObjectName(QStringLiteral("graph"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_header);
    layout->addWidget(m_view, 1);
    connect(&session, &Session::diagramChanged, this, &GraphPane::showDiagram);
    connect(&session, &Session::findingsChanged, this, &GraphPane::showFindings);
    connect(&session, &Session::selectionChanged, this, &GraphPane::showSelection);
    connect(&session, &Session::previewChanged, this, &GraphPane::showPreview);
    connect(&session, &Session::matchesChanged, this,
            [this] { m_view->setSearchMatches(m_session.matches(), !m_session.searchText().trimmed().isEmpty()); });
    connect(m_view, &views::GraphView::nodeSelected, &session, [&session](NodeId node) { session.select(node.isValid() ? Nodes{node} : Nodes{}); });
    connect(m_view, &views::GraphView::moduleToggled, &session, &Session::toggleCollapsed);
    connect(m_view, &views::GraphView::contextMenuRequested, this, &GraphPane::showMenu);
    connect(m_view, &views::GraphView::nodeActivated, this, &GraphPane::openBody);
    connect(m_view, &views::GraphView::leaveRequested, &session, [&session] {
        if (!session.bodyPath().empty())
            session.closeBodies(session.bodyPath().size() - 1);
    });
    connect(m_view, &views::GraphView::previewDismissed, &session, &Session::clearPreview);
    connect(m_header, &views::GraphHeader::pathClicked, this, &GraphPane::selectPathPart);
}

void GraphPane::showDiagram()
{
    m_view->setDiagram(m_session.diagramGraph(), m_session.diagram());
    if (!m_session.diagram())
        return;
    m_view->setCosts(m_session.costs());
    const QStringList shown = QStringList(m_session.path()) + m_session.bodyNames();
    if (m_shown != shown) {
        m_shown = shown;
        m_view->showBeginning();
    }
    showFindings();
    showSelection();
}

void GraphPane::showFindings()
{
    m_view->setFindings(m_session.findings());
}

void GraphPane::showSelection()
{
    const ir::GraphPtr graph = m_session.graph();
    const NodeId node = m_session.selection().empty() ? NodeId{} : m_session.selection().front();
    m_view->setSelection(node);
    QStringList path;
    if (graph) {
        path << m_session.fileName() << m_session.bodyNames();
        if (const ir::Node* selected = graph->find(node)) {
            const QString scope = QString::fromStdString(selected->scope);
            if (!scope.isEmpty())
                path << scope.split(QLatin1Char('.'));
            path << QString::fromStdString(ops::title(*selected));
        }
    }
    m_header->setPath(path);
}

void GraphPane::selectPathPart(int part)
{
    if (part == 0)
        m_session.select({});
    // Behind the file, two parts for each body: the node that holds it and its name.
    const auto depth = static_cast<size_t>(part) / 2;
    if (depth < m_session.bodyPath().size())
        m_session.closeBodies(depth);
}

void GraphPane::openBody(NodeId node)
{
    const ir::GraphPtr graph = m_session.graph();
    const ir::Node* holder = graph ? graph->find(node) : nullptr;
    const std::vector<ir::Body> bodies = holder ? ir::bodiesOf(*holder) : std::vector<ir::Body>{};
    if (bodies.size() == 1)
        return m_session.openBody(node, bodies.front().attribute);
    if (bodies.empty())
        return;
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("bodies"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const ir::Body& body : bodies)
        menu->addAction(tr("%1: %2 operators").arg(QString::fromStdString(body.attribute), views::countText(static_cast<int64_t>(body.graph->nodeCount()))), &m_session,
                        [this, node, attribute = body.attribute] { m_session.openBody(node, attribute); });
    menu->popup(QCursor::pos());
}

/// What can be done with the node under the pointer, or with the graph where there is none.
void GraphPane::showMenu(NodeId node, QPoint global)
{
    const ir::GraphPtr graph = m_session.diagramGraph();
    const ir::Node* about = graph ? graph->find(node) : nullptr;
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("nodeMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (about) {
        const QString scope = QString::fromStdString(about->scope);
        for (const ir::Body& body : ir::bodiesOf(*about))
            menu->addAction(tr("Open %1").arg(QString::fromStdString(body.attribute)), &m_session,
                            [this, node, attribute = body.attribute] { m_session.openBody(node, attribute); });
        menu->addAction(tr("Copy name"), this, [name = QString::fromStdString(about->name)] { QGuiApplication::clipboard()->setText(name); });
        if (!scope.isEmpty())
            menu->addAction(tr("Close module %1").arg(scope), &m_session, [this, scope] { m_session.toggleCollapsed(scope); });
        menu->addSeparator();
    }
    if (!m_session.bodyPath().empty())
        menu->addAction(tr("Back to the graph around"), &m_session, [this] { m_session.closeBodies(m_session.bodyPath().size() - 1); });
    menu->addAction(tr("Fit all"), m_view, &views::GraphView::fitAll);
    menu->addAction(tr("Fit selection"), m_view, &views::GraphView::fitSelection)->setEnabled(!m_session.selection().empty());
    menu->popup(global);
}

void GraphPane::showPreview()
{
    const auto& preview = m_session.preview();
    std::vector<views::PreviewCard> cards;
    if (preview)
        for (const NodeId id : preview->added)
            if (const ir::Node* node = preview->graph->find(id)) {
                const ir::Value* input = preview->graph->inputOf(*node, 0);
                cards.push_back({QString::fromStdString(ops::title(*node)), QString::fromStdString(node->name),
                                 QString::fromStdString(ops::summary(*preview->graph, *node)), ops::familyOf(*node),
                                 input ? views::shapeLabel(input->type) : QString()});
            }
    m_view->setPreview(preview ? preview->node : NodeId{}, std::move(cards));
}

} // namespace bpu::gui

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/graph_pane.h"

#include "core/ops/op_spec.h"

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
    connect(m_view, &views::GraphView::previewDismissed, &session, &Session::clearPreview);
    connect(m_header, &views::GraphHeader::pathClicked, this, &GraphPane::selectPathPart);
}

void GraphPane::showDiagram()
{
    m_view->setDiagram(m_session.diagramGraph(), m_session.diagram());
    if (!m_session.diagram())
        return;
    m_view->setCosts(views::macCosts(*m_session.diagramGraph()));
    if (m_document != m_session.path()) {
        m_document = m_session.path();
        m_view->fitAll();
    }
    showFindings();
    showSelection();
}

void GraphPane::showFindings()
{
    const views::FindingListPtr list = m_session.findings();
    Findings live;
    for (size_t i = 0; list && i < list->findings.size(); ++i)
        if (!list->isIgnored(static_cast<int>(i)))
            live.push_back(list->findings[i]);
    m_view->setFindings(live);
}

void GraphPane::showSelection()
{
    const ir::GraphPtr graph = m_session.graph();
    const NodeId node = m_session.selection().empty() ? NodeId{} : m_session.selection().front();
    m_view->setSelection(node);
    QStringList path;
    if (graph) {
        path << m_session.fileName();
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

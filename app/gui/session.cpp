// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The state of a session and how the user moves in it; session_work.cpp has the jobs.
#include "app/gui/session.h"

#include "app/gui/search.h"

#include <QFileInfo>
#include <QThreadPool>
#include <QTimer>

#include <algorithm>

namespace bpu::gui {

Session::Session(JobQueue& jobs, const layout::TextMeasure& measure, QObject* parent)
    : QObject(parent), m_jobs(jobs), m_measure(measure), m_watch(this), m_march(march::all().front())
{
    connect(&m_watch, &FileWatch::fileChanged, this, &Session::reload);
    connect(&m_jobs, &JobQueue::logged, this, &Session::logged);
}

QString Session::fileName() const
{
    return QFileInfo(m_path).fileName();
}

ir::GraphPtr Session::model() const
{
    return hasGraph() ? m_history.current().graph(m_stage) : nullptr;
}

ir::GraphPtr Session::graph() const
{
    ir::GraphPtr shown = model();
    for (const BodyStep& step : m_bodyPath)
        shown = std::get<ir::GraphPtr>(*shown->node(step.node).attributes.find(step.attribute));
    return shown;
}

QStringList Session::bodyNames() const
{
    QStringList names;
    ir::GraphPtr around = model();
    for (const BodyStep& step : m_bodyPath) {
        const ir::Node& node = around->node(step.node);
        names << QString::fromStdString(node.name) << QString::fromStdString(step.attribute);
        around = std::get<ir::GraphPtr>(*node.attributes.find(step.attribute));
    }
    return names;
}

void Session::openBody(NodeId node, const std::string& attribute)
{
    const ir::GraphPtr around = graph();
    const ir::Node* holder = around ? around->find(node) : nullptr;
    const ir::Attribute* body = holder ? holder->attributes.find(attribute) : nullptr;
    if (!body || !std::holds_alternative<ir::GraphPtr>(*body))
        return;
    m_bodyPath.push_back({node, attribute});
    m_bodyFindings.reset();
    m_selection.clear();
    showDocument();
}

void Session::closeBodies(size_t depth)
{
    if (m_bodyPath.size() <= depth)
        return;
    leaveBodies(depth);
    showDocument();
}

void Session::leaveBodies(size_t depth)
{
    if (m_bodyPath.size() <= depth)
        return;
    m_selection = {m_bodyPath[depth].node};
    m_bodyPath.resize(depth);
    m_bodyFindings.reset();
}

/// A body is a part of the file that no pass rewrites: what edits says so instead of changing something else.
bool Session::refuseInBody()
{
    if (m_bodyPath.empty())
        return false;
    showError({"session.body", bodyNames().constLast().toStdString(), "is a body inside the model and can only be looked at; go back to the model to change it"});
    return true;
}

views::FindingListPtr Session::findingsOf(ir::Stage stage) const
{
    const auto at = m_findings.find(stage);
    return at == m_findings.end() ? nullptr : at->second;
}

views::FindingListPtr Session::findings() const
{
    const views::FindingListPtr list = m_bodyPath.empty() ? findingsOf(m_stage) : m_bodyFindings;
    return list && isCurrent(list->graph) ? list : nullptr;
}

void Session::forget()
{
    for (const char* kind : {"open", "check", "layout", "facts", "edit", "search", "preview"})
        m_jobs.drop(QLatin1String(kind));
    letGo();
    m_watch.setPath({});
    m_path.clear();
    m_history = {};
    m_stage = ir::Stage::Float;
    m_bodyPath.clear();
    m_bodyFindings.reset();
    m_facts = {};
    m_mergeCount = 0;
    m_inputShapes.clear();
    m_read.clear();
    m_findings.clear();
    m_diagram.reset();
    m_diagramGraph.reset();
    m_collapsed.clear();
    m_selection.clear();
    m_matches.clear();
    m_searchText.clear();
    m_preview.reset();
    clearError();
}

/// Freeing a large model takes several frames: once the views have dropped their shares, a worker holds the last one.
void Session::letGo()
{
    if (!hasGraph())
        return;
    struct Old {
        History history;
        std::map<ir::Stage, views::FindingListPtr> findings;
        DiagramPtr diagram;
        ir::GraphPtr diagramGraph;
    };
    constexpr int kViewsHaveLetGoMs = 500;
    auto old = std::make_shared<Old>(std::move(m_history), std::move(m_findings), std::move(m_diagram), std::move(m_diagramGraph));
    QTimer::singleShot(kViewsHaveLetGoMs, this, [old = std::move(old)]() mutable { QThreadPool::globalInstance()->start([last = std::move(old)] {}); });
}

void Session::close()
{
    forget();
    Q_EMIT documentChanged();
    Q_EMIT graphChanged();
    Q_EMIT stagesChanged();
    Q_EMIT findingsChanged();
    Q_EMIT diagramChanged();
    Q_EMIT selectionChanged();
    Q_EMIT matchesChanged();
}

void Session::showError(const Error& error)
{
    if (error.kind == ErrorKind::Cancelled)
        return;
    m_error = QString::fromStdString(error.text());
    Q_EMIT errorChanged();
}

void Session::clearError()
{
    if (m_error.isEmpty())
        return;
    m_error.clear();
    Q_EMIT errorChanged();
}

void Session::setMarch(const QString& name)
{
    march::MarchPtr found = march::find(name.toStdString());
    if (!found || found == m_march)
        return;
    m_march = std::move(found);
    m_findings.clear();
    m_bodyFindings.reset();
    clearPreview();
    Q_EMIT marchChanged();
    Q_EMIT findingsChanged();
    Q_EMIT stagesChanged();
    startCheck();
}

void Session::setInputSource(passes::InputSource source)
{
    if (source == m_inputSource)
        return;
    m_inputSource = source;
    m_findings.clear();
    m_bodyFindings.reset();
    startCheck();
}

void Session::setStage(ir::Stage stage)
{
    if (!hasGraph() || stage == m_stage || !m_history.current().find(stage))
        return;
    const ir::Stage before = m_stage;
    leaveBodies();
    m_stage = stage;
    moveSelection(before, stage);
    showDocument();
}

/// A node and the fused node it became are the same to the user: the selection follows.
void Session::moveSelection(ir::Stage from, ir::Stage to)
{
    const auto& report = m_history.current().fuseReport;
    if (!report || m_selection.empty())
        return;
    Nodes moved;
    const auto add = [&](NodeId id) {
        if (std::find(moved.begin(), moved.end(), id) == moved.end())
            moved.push_back(id);
    };
    for (const NodeId id : m_selection) {
        NodeId target = id;
        for (const passes::FusedGroup& group : report->fused) {
            if (from < to && std::find(group.nodes.begin(), group.nodes.end(), id) != group.nodes.end())
                target = group.result;
            if (to < from && group.result == id)
                target = group.nodes.front();
        }
        add(target);
    }
    m_selection = moved;
}

/// Selected nodes stay selected when they still exist; after a reload they are found by name.
void Session::keepSelection(const ir::Graph* before)
{
    const ir::GraphPtr now = graph();
    Nodes kept;
    for (const NodeId id : m_selection) {
        const ir::Node* node = now ? now->find(id) : nullptr;
        const ir::Node* old = before ? before->find(id) : nullptr;
        if (old && (!node || node->name != old->name))
            node = now->find(now->findNode(old->name));
        if (node)
            kept.push_back(node->id);
    }
    m_selection = kept;
    Q_EMIT selectionChanged();
}

void Session::push(const QString& title, Document document)
{
    leaveBodies();
    m_history.push(title, std::move(document));
    showDocument();
}

void Session::commit(const QString& title, ir::GraphPtr graph)
{
    const ir::GraphPtr before = model();
    Document document = m_history.current();
    document.set(std::move(graph));
    push(title, std::move(document));
    keepSelection(before.get());
}

/// Everything that depends on the graph on screen is asked for anew.
void Session::showDocument()
{
    if (!m_history.current().find(m_stage))
        m_stage = m_history.current().stages.begin()->first;
    m_preview.reset();
    Q_EMIT graphChanged();
    Q_EMIT stagesChanged();
    Q_EMIT previewChanged();
    keepSelection(nullptr);
    startLayout();
    startFacts();
    if (findings())
        Q_EMIT findingsChanged();
    else
        startCheck();
    search(m_searchText);
}

void Session::undo()
{
    if (!m_history.canUndo())
        return;
    leaveBodies();
    m_history.undo();
    showDocument();
}

void Session::redo()
{
    if (!m_history.canRedo())
        return;
    leaveBodies();
    m_history.redo();
    showDocument();
}

void Session::select(const Nodes& nodes)
{
    if (nodes == m_selection)
        return;
    m_selection = nodes;
    if (m_preview && (nodes.size() != 1 || nodes.front() != m_preview->node))
        clearPreview();
    Q_EMIT selectionChanged();
}

void Session::toggleCollapsed(const QString& scope)
{
    Scopes scopes = m_collapsed;
    const std::string path = scope.toStdString();
    if (scopes.erase(path) == 0)
        scopes.insert(path);
    setCollapsed(std::move(scopes));
}

void Session::setCollapsed(Scopes scopes)
{
    if (scopes == m_collapsed)
        return;
    m_collapsed = std::move(scopes);
    startLayout();
}

void Session::search(const QString& text)
{
    m_searchText = text;
    const ir::GraphPtr shown = graph();
    if (!shown || text.trimmed().isEmpty()) {
        m_jobs.drop(QStringLiteral("search"));
        if (!m_matches.empty()) {
            m_matches.clear();
            Q_EMIT matchesChanged();
        }
        return;
    }
    m_jobs.start<Nodes>(
        {.kind = QStringLiteral("search"), .name = tr("Search"), .lane = JobLane::Pool, .quiet = true},
        [shown, text](const JobControl& control) { return searchNodes(*shown, text, control); },
        [this, shown](Result<Nodes>& found) {
            if (!found || !isCurrent(shown))
                return;
            m_matches = std::move(*found);
            Q_EMIT matchesChanged();
        });
}

void Session::selectMatch(int step)
{
    if (m_matches.empty())
        return;
    const auto count = static_cast<int>(m_matches.size());
    const auto at = m_selection.empty() ? m_matches.end() : std::find(m_matches.begin(), m_matches.end(), m_selection.front());
    int next = step > 0 ? 0 : count - 1;
    if (at != m_matches.end())
        next = (static_cast<int>(at - m_matches.begin()) + step + count) % count;
    select({m_matches[static_cast<size_t>(next)]});
}

} // namespace bpu::gui

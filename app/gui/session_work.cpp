// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The jobs of a session: open, check, lay out, fuse, fix, export. Each takes a snapshot with it and its
// answer is used only while that snapshot is still on screen.
#include "app/gui/check_job.h"
#include "app/gui/layout_job.h"
#include "app/gui/session.h"

#include "core/export/export.h"
#include "core/import/import.h"
#include "passes/fixes/fixes.h"

#include <QFileInfo>

namespace bpu::gui {

struct Session::Opened {
    ir::GraphPtr graph;
    Findings findings;
    Scopes collapsed;
};

struct Session::Laid {
    LaidOut drawn;
    views::NodeCosts costs;
};

void Session::open(const QString& path)
{
    importFile(QFileInfo(path).absoluteFilePath(), false);
}

void Session::reload()
{
    if (!m_path.isEmpty())
        importFile(m_path, true);
}

void Session::importFile(const QString& path, bool isReload)
{
    const QString name = QFileInfo(path).fileName();
    const auto shapes = isReload ? m_inputShapes : std::map<std::string, ir::Shape>{};
    m_jobs.start<Opened>(
        {.kind = QStringLiteral("open"), .name = isReload ? tr("Reload %1").arg(name) : tr("Open %1").arg(name)},
        [path, shapes](const JobControl& control) -> Result<Opened> {
            importer::ImportOptions options{.inputShapes = shapes, .control = control};
            BPU_TRY(imported, importer::importModel(std::filesystem::path(path.toStdString()), options));
            auto graph = std::make_shared<const ir::Graph>(std::move(imported.graph));
            Scopes collapsed = layout::defaultCollapsed(*graph);
            return Opened{std::move(graph), std::move(imported.findings), std::move(collapsed)};
        },
        [this, path, isReload](Result<Opened>& opened) {
            if (!hasFailed(opened))
                adopt(path, *opened, isReload);
        });
}

void Session::adopt(const QString& path, const Opened& opened, bool isReload)
{
    Document document;
    document.set(opened.graph);
    clearError();
    for (const Finding& finding : opened.findings)
        Q_EMIT logged(QStringLiteral("%1: %2").arg(QString::fromStdString(finding.where), QString::fromStdString(finding.message)));
    if (isReload) {
        const ir::GraphPtr before = model();
        m_read.push_back(opened.graph);
        push(tr("Reload %1").arg(fileName()), std::move(document));
        keepSelection(before.get());
        Q_EMIT logged(tr("%1 changed on disk and was read again").arg(fileName()));
        return;
    }
    forget();
    m_path = path;
    m_read.push_back(opened.graph);
    m_watch.setPath(path);
    m_collapsed = opened.collapsed;
    m_stage = opened.graph->stage();
    m_history.reset(std::move(document));
    Q_EMIT documentChanged();
    Q_EMIT findingsChanged();
    Q_EMIT diagramChanged();
    Q_EMIT matchesChanged();
    showDocument();
}

void Session::startFacts()
{
    const ir::GraphPtr shown = model();
    m_jobs.start<views::ModelFacts>(
        {.kind = QStringLiteral("facts"), .name = tr("Count"), .lane = JobLane::Pool, .quiet = true},
        [shown](const JobControl&) -> Result<views::ModelFacts> { return views::modelFacts(*shown); },
        [this, shown](Result<views::ModelFacts>& facts) {
            if (!facts || shown != model())
                return;
            m_facts = *facts;
            Q_EMIT stagesChanged();
        });
}

void Session::startLayout()
{
    const ir::GraphPtr shown = graph();
    if (!shown)
        return;
    const Scopes collapsed = m_collapsed;
    const auto* measure = &m_measure;
    m_jobs.start<Laid>(
        {.kind = QStringLiteral("layout"), .name = tr("Lay out %1").arg(fileName()), .lane = JobLane::Layout, .quiet = true},
        [shown, collapsed, measure](const JobControl& control) -> Result<Laid> {
            BPU_TRY(drawn, layOut(*shown, collapsed, *measure, control));
            Laid laid{.drawn = std::move(drawn), .costs = {}};
            laid.costs = views::macCosts(*shown);
            return laid;
        },
        [this, shown](Result<Laid>& laid) {
            if (hasFailed(laid) || !isCurrent(shown))
                return;
            m_diagram = std::move(laid->drawn.diagram);
            m_costs = std::move(laid->costs);
            m_diagramGraph = shown;
            if (shown->stage() == ir::Stage::Float && m_bodyPath.empty())
                m_mergeCount = laid->drawn.merges;
            Q_EMIT diagramChanged();
            Q_EMIT stagesChanged();
        });
}

void Session::startCheck()
{
    const ir::GraphPtr shown = graph();
    if (!shown)
        return;
    const bool inBody = !m_bodyPath.empty();
    CheckJob job{.graph = shown,
                 .march = m_march,
                 .inputSource = inBody ? passes::InputSource::Ddr : m_inputSource, // the camera feeds the model, not its bodies
                 .previous = findings()};
    m_jobs.start<CheckAnswer>(
        {.kind = QStringLiteral("check"), .name = tr("Check for %1").arg(QString::fromStdString(m_march->title())), .lane = JobLane::Pool, .quiet = true},
        [job](const JobControl& control) { return runCheck(job, control); },
        [this, shown, march = m_march](Result<CheckAnswer>& answer) {
            if (hasFailed(answer) || !isCurrent(shown) || march != m_march)
                return;
            (m_bodyPath.empty() ? m_findings[shown->stage()] : m_bodyFindings) = answer->findings;
            m_checkMs = answer->milliseconds;
            Q_EMIT findingsChanged();
            Q_EMIT stagesChanged();
            if (std::exchange(m_checkRequested, false))
                Q_EMIT checkRequestDone();
        });
}

void Session::check()
{
    m_checkRequested = hasGraph();
    startCheck();
}

void Session::checkAll()
{
    const ir::GraphPtr shown = model();
    if (!shown)
        return;
    check();
    m_jobs.start<QStringList>(
        {.kind = QStringLiteral("check-all"), .name = tr("Check for every march")},
        [shown, source = m_inputSource](const JobControl& control) -> Result<QStringList> {
            QStringList lines;
            for (const march::MarchPtr& march : march::all()) {
                BPU_TRY(answer, runCheck({.graph = shown, .march = march, .inputSource = source, .previous = nullptr}, control));
                lines << QStringLiteral("%1: %2").arg(answer.findings->march, views::countsText(views::countFindings(*answer.findings)));
            }
            return lines;
        },
        [this](Result<QStringList>& lines) {
            if (hasFailed(lines))
                return;
            for (const QString& line : *lines)
                Q_EMIT logged(line);
        });
}

void Session::fuse()
{
    const ir::GraphPtr source = hasGraph() ? m_history.current().graph(ir::Stage::Float) : nullptr;
    if (!source)
        return;
    using Report = std::shared_ptr<const passes::FuseReport>;
    m_jobs.start<Report>(
        {.kind = QStringLiteral("edit"), .name = tr("Fuse %1").arg(fileName()), .step = QStringLiteral("fuse")},
        [source](const JobControl&) -> Result<Report> {
            BPU_TRY(report, passes::fuse(*source));
            return std::make_shared<const passes::FuseReport>(std::move(report));
        },
        [this, source](Result<Report>& report) {
            if (hasFailed(report) || m_history.current().graph(ir::Stage::Float) != source)
                return;
            for (const passes::MissedFusion& missed : (*report)->missed)
                if (const ir::Node* node = source->find(missed.node))
                    Q_EMIT logged(tr("%1 does not fuse: %2").arg(QString::fromStdString(node->name), QString::fromStdString(missed.reason)));
            Document document = m_history.current();
            document.set(std::make_shared<const ir::Graph>((*report)->graph));
            document.fuseReport = *report;
            leaveBodies();
            const ir::Stage before = m_stage;
            m_history.push(tr("Fuse"), std::move(document));
            m_stage = ir::Stage::Fused;
            moveSelection(before, m_stage);
            Q_EMIT logged(tr("Fused: %1 runs merged, %2 operators left").arg((*report)->fused.size()).arg((*report)->graph.nodeCount()));
            showDocument();
        });
}

void Session::adoptStage(const QString& title, const ir::GraphPtr& source, const ir::GraphPtr& made, const std::shared_ptr<const passes::FuseReport>& fused)
{
    if (!hasGraph() || m_history.current().graph(source->stage()) != source)
        return;
    Document document = m_history.current();
    if (fused) {
        document.set(std::make_shared<const ir::Graph>(fused->graph));
        document.fuseReport = fused;
    }
    document.set(made);
    leaveBodies();
    const ir::Stage before = m_stage;
    m_history.push(title, std::move(document));
    m_stage = made->stage();
    moveSelection(before, m_stage);
    clearError();
    showDocument();
}

void Session::applyFix(int finding)
{
    applyFixes({finding});
}

void Session::applyFixes(const QList<int>& chosen)
{
    const views::FindingListPtr list = findings();
    if (!list || chosen.isEmpty() || refuseInBody())
        return;
    const Finding& first = list->findings[static_cast<size_t>(chosen.front())];
    const passes::FixPlan* plan = list->fixOf(chosen.front());
    if (!plan)
        return;
    const QString title = chosen.size() > 1 ? tr("Apply %1 fixes").arg(chosen.size())
                                            : QStringLiteral("%1 %2").arg(QString::fromStdString(plan->button), QString::fromStdString(first.where));
    m_jobs.start<ir::GraphPtr>(
        {.kind = QStringLiteral("edit"), .name = title},
        [list, chosen, march = m_march](const JobControl& control) { return applyChosenFixes(*list, chosen, *march, control); },
        [this, list, title](Result<ir::GraphPtr>& graph) {
            if (!hasFailed(graph) && isCurrent(list->graph))
                commit(title, *graph);
        });
}

void Session::previewFix(int finding)
{
    const views::FindingListPtr list = findings();
    const passes::FixPlan* plan = list ? list->fixOf(finding) : nullptr;
    if (!plan)
        return;
    m_jobs.start<FixPreview>(
        {.kind = QStringLiteral("preview"), .name = tr("Preview"), .lane = JobLane::Pool, .quiet = true},
        [list, finding, plan = *plan, march = m_march](const JobControl&) -> Result<FixPreview> {
            const Finding& about = list->findings[static_cast<size_t>(finding)];
            BPU_TRY(fixed, passes::applyFix(*list->graph, about, plan.id, *march));
            return FixPreview{std::make_shared<const ir::Graph>(std::move(fixed.graph)), about.node, std::move(fixed.added),
                              QString::fromStdString(plan.text)};
        },
        [this, list](Result<FixPreview>& preview) {
            if (hasFailed(preview) || !isCurrent(list->graph))
                return;
            select({preview->node});
            m_preview = std::move(*preview);
            Q_EMIT previewChanged();
        });
}

void Session::clearPreview()
{
    m_jobs.drop(QStringLiteral("preview"));
    if (!m_preview)
        return;
    m_preview.reset();
    Q_EMIT previewChanged();
}

void Session::ignore(const QList<int>& chosen, const QString& reason)
{
    const views::FindingListPtr list = findings();
    if (!list || chosen.isEmpty() || refuseInBody())
        return;
    Result<ir::GraphPtr> marked = withIgnored(*list, chosen, reason);
    if (hasFailed(marked))
        return;
    commit(reason.isEmpty() ? tr("Take back %n finding(s)", nullptr, static_cast<int>(chosen.size()))
                            : tr("Ignore %n finding(s)", nullptr, static_cast<int>(chosen.size())),
           *marked);
}

/// Code that decides by sizes has to be read again with them. Edits of the graph would be lost by that.
bool Session::canReadAnew(const ir::Graph& graph) const
{
    const auto format = graph.facts().find("format");
    return format != graph.facts().end() && format->second == "TorchScript"
        && std::ranges::any_of(m_read, [&](const std::weak_ptr<const ir::Graph>& read) { return read.lock().get() == &graph; });
}

void Session::setInputShapes(const std::map<std::string, ir::Shape>& shapes)
{
    const ir::GraphPtr shown = model();
    if (!shown)
        return;
    std::map<std::string, ir::Shape> all = m_inputShapes;
    for (const auto& [name, shape] : shapes)
        all[name] = shape;
    const std::string file = canReadAnew(*shown) ? m_path.toStdString() : std::string();
    m_jobs.start<ir::GraphPtr>(
        {.kind = QStringLiteral("edit"), .name = tr("Set input shape")},
        [shown, shapes, all, file](const JobControl& control) -> Result<ir::GraphPtr> {
            if (file.empty()) {
                BPU_TRY(shaped, importer::withInputShapes(*shown, shapes));
                return std::make_shared<const ir::Graph>(std::move(shaped));
            }
            BPU_TRY(imported, importer::importModel(file, {.inputShapes = all, .control = control}));
            return std::make_shared<const ir::Graph>(std::move(imported.graph));
        },
        [this, shown, all, file](Result<ir::GraphPtr>& shaped) {
            if (hasFailed(shaped) || shown != model())
                return;
            m_inputShapes = all;
            if (!file.empty())
                m_read.push_back(*shaped);
            clearError();
            commit(tr("Set input shape"), *shaped);
        });
}

void Session::save(const QString& path)
{
    const ir::GraphPtr shown = model();
    if (!shown)
        return;
    m_jobs.start<bool>(
        {.kind = QStringLiteral("save"), .name = tr("Save %1").arg(QFileInfo(path).fileName())},
        [shown, path](const JobControl&) -> Result<bool> {
            BPU_CHECK(exporter::writeBpuir(*shown, std::filesystem::path(path.toStdString())));
            return true;
        },
        [this, path](Result<bool>& saved) {
            if (!hasFailed(saved))
                Q_EMIT exported({path});
        });
}

void Session::exportFiles(const ExportRequest& request)
{
    if (!hasGraph())
        return;
    const bool isDrawn = isCurrent(m_diagramGraph);
    const views::FindingListPtr list = findings();
    ExportSource source{.model = model(),
                        .graph = graph(),
                        .diagram = isDrawn ? m_diagram : nullptr,
                        .findings = list,
                        .header = {.model = fileName().toStdString(),
                                   .march = m_march->name(),
                                   .version = BPU_VERSION,
                                   .otherMarch = list ? list->otherMarch.toStdString() : std::string()}};
    m_jobs.start<QStringList>(
        {.kind = QStringLiteral("export"), .name = tr("Export %1").arg(fileName())},
        [request, source](const JobControl& control) { return writeExports(request, source, control); },
        [this](Result<QStringList>& files) {
            if (hasFailed(files))
                return;
            for (const QString& file : *files)
                Q_EMIT logged(tr("wrote %1").arg(file));
            Q_EMIT exported(*files);
        });
}

} // namespace bpu::gui

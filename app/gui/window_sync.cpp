// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the session says, as titles, counts, tabs and the status bar.
#include "app/gui/bottom_pane.h"
#include "app/gui/compare_pane.h"
#include "app/gui/graph_pane.h"
#include "app/gui/main_window.h"
#include "views/diagnostics/diagnostics_panel.h"
#include "views/inspector/inspector.h"
#include "views/log/log_view.h"
#include "views/modules/modules_panel.h"
#include "views/stages/stage_strip.h"
#include "views/start/start_page.h"
#include "views/widgets/combo_box.h"
#include "views/widgets/message_bar.h"
#include "views/widgets/segmented_control.h"

#include <QAction>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolButton>

namespace bpu::gui {

constexpr qint64 kShowJobAfterMs = 300;

void MainWindow::addStatusBar()
{
    m_fileFacts = new QLabel(this);
    m_fileFacts->setObjectName(QStringLiteral("fileFacts"));
    m_checkFacts = new QLabel(this);
    m_checkFacts->setObjectName(QStringLiteral("checkFacts"));
    m_jobName = new QLabel(this);
    m_jobName->setObjectName(QStringLiteral("jobName"));
    m_progress = new QProgressBar(this);
    m_progress->setFixedWidth(150);
    m_progress->setTextVisible(false);
    m_stopJob = new QToolButton(this);
    m_stopJob->setProperty("compact", true);
    m_stopJob->setIcon(m_theme.icon(QLatin1StringView("close")));
    m_stopJob->setToolTip(tr("Stop"));
    m_stopJob->setAccessibleName(tr("Stop the running job"));
    connect(m_stopJob, &QToolButton::clicked, &m_jobs, &JobQueue::stopAll);
    QStatusBar* bar = statusBar();
    bar->setSizeGripEnabled(false);
    bar->setContentsMargins(10, 0, 10, 0);
    bar->addWidget(m_fileFacts, 1);
    for (QWidget* widget : {static_cast<QWidget*>(m_checkFacts), static_cast<QWidget*>(m_jobName), static_cast<QWidget*>(m_progress),
                            static_cast<QWidget*>(m_stopJob)})
        bar->addPermanentWidget(widget);
    connect(&m_jobs, &JobQueue::changed, this, &MainWindow::showJobs);
}

void MainWindow::connectSession()
{
    connect(&m_session, &Session::documentChanged, this, &MainWindow::showDocument);
    connect(&m_session, &Session::graphChanged, this, [this] {
        showModules();
        updateActions();
        updateInspector();
    });
    connect(&m_session, &Session::stagesChanged, this, [this] {
        showStages();
        showSteps();
        updateActions();
    });
    connect(&m_session, &Session::marchChanged, this, &MainWindow::updateActions);
    connect(&m_session, &Session::findingsChanged, this, &MainWindow::showFindings);
    connect(&m_session, &Session::selectionChanged, this, &MainWindow::showSelection);
    connect(&m_values, &ValuesWork::changed, this, &MainWindow::updateInspector);
    connect(&m_session, &Session::checkRequestDone, this, [this] {
        m_bottom->show(0);
        m_diagnostics->selectFirst();
    });
    connect(&m_session, &Session::matchesChanged, this, [this] {
        if (!m_session.matches().empty() && m_search->hasFocus())
            m_graph->view().ensureVisible(m_session.matches().front());
    });
    connect(&m_session, &Session::errorChanged, this, [this] {
        m_message->setVisible(!m_session.error().isEmpty());
        if (!m_session.error().isEmpty())
            m_message->showMessage(Severity::Error, m_session.error());
    });
    connect(&m_session, &Session::exported, this, [this](const QStringList& files) {
        m_message->showMessage(Severity::Advice, tr("Wrote %1").arg(files.join(QStringLiteral(", "))));
    });
}

void MainWindow::showDocument()
{
    const bool isOpen = m_session.hasGraph() || !m_session.path().isEmpty();
    if (!isOpen)
        showView(View::Graph);
    setWindowTitle(isOpen ? tr("%1 - BPU Workbench").arg(m_session.fileName()) : tr("BPU Workbench"));
    placeCenter();
    m_bottom->setFolded(!isOpen || m_view != View::Graph);
    if (isOpen)
        m_recent.note(m_session.path(), {});
    else
        m_start->setRecent(m_recent.entries());
    showModules();
    showStages();
    updateActions();
    updateInspector();
}

void MainWindow::showModules()
{
    const ir::GraphPtr graph = m_session.graph();
    if (!graph) {
        m_modules->setTree(nullptr);
        return;
    }
    m_jobs.start<views::ModuleTreePtr>(
        {.kind = QStringLiteral("modules"), .name = tr("List modules"), .lane = JobLane::Pool, .quiet = true},
        [graph](const JobControl&) -> Result<views::ModuleTreePtr> { return views::buildModuleTree(*graph); },
        [this, graph](Result<views::ModuleTreePtr>& tree) {
            if (!tree || graph != m_session.graph())
                return;
            m_modules->setTree(*tree);
            m_modules->setFindings(m_session.findings());
            showSelection();
        });
}

/// "mse, 100 samples" once calibrated; else how many operators there are.
static QString stageFact(const ir::Graph& graph)
{
    if (graph.stage() == ir::Stage::Qat) {
        const auto fact = graph.facts().find("calibration");
        return fact == graph.facts().end() ? MainWindow::tr("not calibrated") : QString::fromStdString(fact->second);
    }
    return MainWindow::tr("%1 operators").arg(views::countText(static_cast<int64_t>(graph.nodeCount())));
}

void MainWindow::showStages()
{
    using State = views::StageInfo::State;
    const bool isOpen = m_session.hasGraph();
    for (int i = 0; i < views::StageStrip::kCount; ++i) {
        views::StageInfo info;
        const auto stage = static_cast<ir::Stage>(i);
        const StageGraph* made = isOpen && i < 4 ? m_session.history().current().find(stage) : nullptr;
        if (made) {
            info.state = made->outdated ? State::OutOfDate : State::Made;
            info.fact = stageFact(*made->graph);
            if (made->outdated)
                info.toolTip = tr("An earlier stage changed; a click makes it again");
            if (const views::FindingListPtr list = m_session.findingsOf(stage); list && list->graph == made->graph) {
                const views::FindingCounts counts = views::countFindings(*list);
                info.severity = counts.errors > 0 ? Severity::Error : Severity::Warning;
                if (counts.errors > 0) {
                    info.alert = counts.errors == 1 ? tr("1 error") : tr("%1 errors").arg(counts.errors);
                } else if (counts.undecided > 0) { // or it would look clean
                    info.severity = Severity::Undecided;
                    info.alert = tr("%1 undecided").arg(counts.undecided);
                }
            }
        } else if (isOpen && stage == ir::Stage::Fused) {
            const size_t merges = m_session.mergeCount();
            info.fact = merges == 0 ? tr("nothing merges") : merges == 1 ? tr("1 operator merges") : tr("%1 operators merge").arg(merges);
            info.toolTip = tr("Fuse makes this stage");
        } else {
            const QString makers[] = {tr("Open a model first"), tr("Fuse makes this stage"), tr("Prepare QAT makes this stage"), tr("Convert makes this stage from a calibrated QAT graph"),
                                      tr("Comes with a later version")};
            info.toolTip = makers[i];
        }
        m_stages->setStage(i, info);
    }
    m_stages->setCurrent(isOpen ? static_cast<int>(m_session.stage()) : -1);
    QStringList facts;
    if (isOpen) {
        const ir::GraphPtr graph = m_session.model();
        const auto format = graph->facts().find("format");
        facts << m_session.fileName();
        if (format != graph->facts().end())
            facts << QString::fromStdString(format->second);
        facts << tr("%1 operators").arg(views::countText(static_cast<int64_t>(graph->nodeCount())))
              << tr("%1 parameters").arg(views::siText(static_cast<double>(m_session.facts().parameters), ""))
              << (m_session.facts().macs == 0 && m_session.facts().withoutCost > 0 ? tr("MACs unknown") : views::siText(static_cast<double>(m_session.facts().macs), "MAC"))
              << views::inputsText(*graph);
    }
    m_fileFacts->setText(facts.isEmpty() ? tr("No model open") : facts.join(QStringLiteral("    ")));
    updateInspector();
}

void MainWindow::showFindings()
{
    const views::FindingListPtr list = m_session.findings();
    const ir::GraphPtr graph = m_session.graph();
    m_diagnostics->setFindings(list, graph ? graph->nodeCount() : 0);
    const bool canFuse = graph && graph->stage() == ir::Stage::Float;
    m_diagnostics->setNextStep(canFuse ? tr("Fuse") : QString());
    m_modules->setFindings(list);
    showSteps();
    m_bottom->setNote(0, tr("Diagnostics"), list ? QString::number(views::countFindings(*list).live()) : QString());
    if (list) {
        m_checkFacts->setText(tr("Checked for %1 in %2 ms, live").arg(list->march).arg(m_session.checkMs(), 0, 'f', 1));
        m_recent.note(m_session.path(), tr("%1 on %2").arg(views::countsText(views::countFindings(*list)), list->march));
        setAccessibleDescription(views::countsText(views::countFindings(*list)));
    } else {
        m_checkFacts->clear();
    }
    showSelection();
}

void MainWindow::showSelection()
{
    const NodeId node = m_session.selection().empty() ? NodeId{} : m_session.selection().front();
    m_modules->selectNode(node);
    m_diagnostics->selectNode(node);
    updateInspector();
}

/// A change of the document comes as several signals; the inspector is built once, after the last.
void MainWindow::updateInspector()
{
    if (!m_inspectorTimer.isActive())
        m_inspectorTimer.start();
}

void MainWindow::buildInspector()
{
    passes::CheckOptions options;
    options.inputSource = m_session.inputSource();
    m_inspector->setInput({.graph = m_session.graph(),
                           .nodes = m_session.selection(),
                           .findings = m_session.findings(),
                           .march = m_session.march(),
                           .options = options,
                           .facts = m_session.facts(),
                           .fileName = m_session.fileName(),
                           .values = m_values.values(),
                           .valuesMessage = m_values.message(),
                           .isRunning = m_values.isRunning()});
}

void MainWindow::updateActions()
{
    const bool isOpen = m_session.hasGraph();
    const QString march = QString::fromStdString(m_session.march()->title());
    for (const char* name : {"reload", "save", "export", "close", "find", "findNext", "findPrevious", "fit", "fitSelection", "zoomIn", "zoomOut", "zoomReset",
                             "collapseAll", "expandAll", "check", "checkAll", "nextFinding", "previousFinding", "applyFix", "previewFix", "applyAll",
                             "ignoreFinding", "setShape", "viewCompare"})
        action(QLatin1String(name))->setEnabled(isOpen);
    m_search->setEnabled(isOpen);
    action(QStringLiteral("check"))->setText(tr("Check for %1").arg(march));
    action(QStringLiteral("check"))->setToolTip(isOpen ? tr("Check for %1 and show the worst finding (F5); Shift+F5 checks every march").arg(march)
                                                       : tr("Check needs a model: open one first"));
    m_march->setCurrentMarch(QString::fromStdString(m_session.march()->name()));
    m_viewSwitch->setSegmentEnabled(1, isOpen, isOpen ? QString() : tr("Open a model first"));
    action(QStringLiteral("compare"))->setEnabled(m_compare->comparing().sideA().graph && m_compare->comparing().sideB().graph);
    const bool hasFloat = isOpen && m_session.history().current().find(ir::Stage::Float);
    showSteps();
    action(QStringLiteral("stageFloat"))->setEnabled(hasFloat);
    action(QStringLiteral("stageFused"))->setEnabled(isOpen && m_session.history().current().find(ir::Stage::Fused));
    action(QStringLiteral("stageQat"))->setEnabled(isOpen && m_session.history().current().find(ir::Stage::Qat));
    action(QStringLiteral("stageQuantized"))->setEnabled(isOpen && m_session.history().current().find(ir::Stage::Quantized));
    const auto step = [&](const QString& name, bool can, const QString& verb, const QString& title) {
        action(name)->setEnabled(can);
        action(name)->setText(title.isEmpty() ? verb : tr("%1 %2").arg(verb, title));
    };
    step(QStringLiteral("undo"), isOpen && m_session.history().canUndo(), tr("Undo"), m_session.history().undoTitle());
    step(QStringLiteral("redo"), isOpen && m_session.history().canRedo(), tr("Redo"), m_session.history().redoTitle());
}

void MainWindow::showJobs()
{
    std::vector<views::JobRow> rows;
    const JobInfo* running = nullptr;
    const std::vector<JobInfo> jobs = m_jobs.jobs();
    int active = 0;
    m_running.clear();
    for (const JobInfo& job : jobs) {
        const bool isActive = job.state == JobState::Waiting || job.state == JobState::Running;
        // What ends at once is no job to the user.
        if (isActive && job.elapsedMs < kShowJobAfterMs)
            continue;
        rows.push_back({job.id, job.spec.name, static_cast<views::JobRow::State>(job.state), job.fraction, job.step, job.message, job.elapsedMs});
        if (isActive) {
            running = &job;
            ++active;
            if (!job.spec.step.isEmpty())
                m_running[job.spec.step] = job.id;
        }
    }
    m_jobsView->setJobs(rows);
    showSteps();
    m_bottom->setNote(2, tr("Jobs"), active > 0 ? QString::number(active) : QString());
    m_progress->setVisible(running);
    m_stopJob->setVisible(running);
    m_jobName->setText(running ? QStringLiteral("%1  %2").arg(running->spec.name, views::jobText(rows.back())) : tr("No jobs"));
    if (!running)
        return;
    m_progress->setRange(0, running->fraction > 0 ? 100 : 0);
    m_progress->setValue(static_cast<int>(running->fraction * 100));
}

} // namespace bpu::gui

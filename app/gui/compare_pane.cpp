// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/compare_pane.h"

#include "app/gui/layout_job.h"
#include "views/widgets/elided_label.h"
#include "views/widgets/model_facts.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

namespace bpu::gui {

using views::CompareView;
using State = CompareSession::State;

constexpr int kNarrow = 1300;       ///< window width below which the graph columns shrink
constexpr int kColumn = 240;
constexpr int kNarrowColumn = 176;
constexpr double kColumnZoom = 0.8; ///< a card of usual width fits a column

ComparePane::ComparePane(const views::Theme& theme, JobQueue& jobs, Session& session, const layout::TextMeasure& measure, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_jobs(jobs), m_session(session), m_measure(measure), m_comparing(jobs, session), m_splitter(new QSplitter(this)),
      m_view(new CompareView(theme, this))
{
    setObjectName(QStringLiteral("comparePane"));
    m_splitter->setHandleWidth(1);
    m_splitter->setChildrenCollapsible(false);
    for (int side = 0; side < 2; ++side)
        m_splitter->addWidget(makeColumn(side));
    m_splitter->addWidget(m_view);
    m_splitter->setStretchFactor(2, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_splitter);
    connectView();
    connect(&m_comparing, &CompareSession::sidesChanged, this, &ComparePane::showSides);
    connect(&m_comparing, &CompareSession::stateChanged, this, &ComparePane::showState);
    connect(&m_comparing, &CompareSession::saved, this, [this](const QString& path) { Q_EMIT message(Severity::Advice, tr("Wrote %1").arg(path)); });
    connect(&m_comparing, &CompareSession::failed, this, [this](const QString& text) { Q_EMIT message(Severity::Error, text); });
    connect(&jobs, &JobQueue::changed, this, &ComparePane::showProgress);
    showSides();
}

QWidget* ComparePane::makeColumn(int side)
{
    Column& column = m_columns[side];
    auto* widget = new QWidget(this);
    column.title = new views::ElidedLabel(Qt::ElideRight, widget);
    column.title->setFont(m_theme.boldFont());
    column.title->setFixedHeight(37);
    column.view = new views::GraphView(m_theme, widget);
    column.view->setObjectName(side == 0 ? QStringLiteral("compareGraphA") : QStringLiteral("compareGraphB"));
    column.view->setMinimumWidth(140);
    column.view->setOverviewVisible(false);
    column.view->setRailVisible(false);
    auto* layout = new QVBoxLayout(widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(12, 0, 6, 0);
    head->addWidget(column.title);
    layout->addLayout(head);
    layout->addWidget(column.view, 1);
    connect(column.view, &views::GraphView::nodeSelected, this, [this, side](NodeId node) { pickNode(side, node); });
    connect(column.view, &views::GraphView::zoomChanged, this, [this, side] { follow(side); });
    return widget;
}

void ComparePane::connectView()
{
    connect(m_view, &CompareView::chosen, this, &ComparePane::chooseSide);
    connect(m_view, &CompareView::compareRequested, &m_comparing, &CompareSession::compare);
    connect(m_view, &CompareView::stopRequested, &m_comparing, &CompareSession::stop);
    connect(m_view, &CompareView::noticeAction, this, [this] { runNotice(false); });
    connect(m_view, &CompareView::noticeSecond, this, [this] { runNotice(true); });
    connect(m_view, &CompareView::saveRequested, this, &ComparePane::chooseSave);
    connect(m_view, &CompareView::layerPicked, this, &ComparePane::showLayer);
    connect(m_view, &CompareView::alonePicked, this, &ComparePane::showAlone);
}

void ComparePane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    fitColumns();
    showSides();
}

void ComparePane::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitColumns();
}

void ComparePane::fitColumns()
{
    const int column = width() < kNarrow ? kNarrowColumn : kColumn;
    m_splitter->setSizes({column, column, std::max(100, width() - 2 * column)});
}

void ComparePane::showSides()
{
    const auto list = [this](bool isB) {
        QList<views::CompareChoice> choices;
        for (const CompareSession::Side& side : m_comparing.choices(isB))
            choices.append({side.id, side.title});
        if (isB && m_session.hasGraph())
            choices.append({QStringLiteral("choose"), tr("Second file…")});
        return choices;
    };
    const CompareSession::Side a = m_comparing.sideA();
    const CompareSession::Side b = m_comparing.sideB();
    m_view->setChoices(CompareView::A, list(false), a.id);
    m_view->setChoices(CompareView::B, list(true), b.id);
    const QString random = QStringLiteral("random:%1").arg(CompareSession::kRandomSamples);
    QList<views::CompareChoice> sets{{random, tr("Random numbers, %1").arg(CompareSession::kRandomSamples)}};
    if (m_comparing.data() != random)
        sets.append({m_comparing.data(), QFileInfo(m_comparing.data()).fileName()});
    sets.append({QStringLiteral("file"), tr("Data file…")});
    sets.append({QStringLiteral("folder"), tr("Data folder…")});
    m_view->setChoices(CompareView::Data, sets, m_comparing.data());
    m_view->setCanCompare(a.graph && b.graph, a.graph && b.graph ? tr("Run both on the data and compare every layer") : tr("Compare needs two graphs: Fuse, or choose a second file"));
    if (isVisible())
        for (int side = 0; side < 2; ++side)
            startLayout(side);
    showState();
}

void ComparePane::startLayout(int side)
{
    const CompareSession::Side shown = side == 0 ? m_comparing.sideA() : m_comparing.sideB();
    Column& column = m_columns[side];
    column.title->setText(shown.graph ? tr("%1   %2 operators").arg(shown.title, views::countText(static_cast<int64_t>(shown.graph->nodeCount()))) : QString());
    if (column.asked == shown.graph)
        return;
    column.asked = shown.graph;
    m_anchors.clear();
    column.view->setDiagram(nullptr, nullptr);
    const QString kind = QStringLiteral("compare-layout-%1").arg(side);
    m_jobs.drop(kind);
    if (!shown.graph)
        return;
    m_jobs.start<LaidOut>(
        {.kind = kind, .name = tr("Lay out %1").arg(shown.title), .lane = JobLane::Layout, .quiet = true},
        [graph = shown.graph, measure = &m_measure](const JobControl& control) { return layOut(*graph, {}, *measure, control); },
        [this, side, graph = shown.graph](Result<LaidOut>& laid) {
            Column& drawn = m_columns[side];
            if (!laid || drawn.asked != graph)
                return;
            drawn.view->setDiagram(graph, laid->diagram);
            const double zoom = width() < kNarrow ? kColumnZoom * kNarrowColumn / kColumn : kColumnZoom;
            if (drawn.view->camera().zoom() > zoom || drawn.view->level() == views::Level::Map)
                drawn.view->zoomAt({drawn.view->width() / 2.0, 0}, zoom / drawn.view->camera().zoom());
            buildAnchors();
            if (m_view->currentLayer() >= 0)
                showLayer(m_view->currentLayer());
        });
}

void ComparePane::showState()
{
    const ComparisonPtr comparison = m_comparing.comparison();
    if (!comparison) {
        m_anchors.clear();
        showNotice();
    } else if (m_view->comparison() != comparison) {
        QString fact = tr("Compared in %1 s").arg(m_comparing.seconds(), 0, 'f', 1);
        if (!m_comparing.skipped().isEmpty())
            fact += tr(", %n sample(s) left out", nullptr, static_cast<int>(m_comparing.skipped().size()));
        m_view->showResult(comparison, m_comparing.sideA().title, m_comparing.sideB().title, fact);
        buildAnchors();
        const std::vector<size_t> worst = passes::sortedLayers(*comparison, passes::LayerOrder::Similarity);
        m_view->setCurrentLayer(static_cast<int>(worst.front()));
        showLayer(m_view->currentLayer());
    }
    showProgress();
}

void ComparePane::showNotice()
{
    const CompareSession::Side a = m_comparing.sideA();
    const CompareSession::Side b = m_comparing.sideB();
    const QString chooseText = tr("Choose data…");
    if (!a.graph || !b.graph)
        return m_view->showNotice({tr("Nothing to compare with yet"),
                                   tr("Fuse makes a second stage of this model. A second file can be another export of the network, or an edited copy."),
                                   a.graph && a.graph->stage() == ir::Stage::Float ? tr("Fuse") : QString(), a.graph ? tr("Second file…") : QString()});
    const QString pair = tr("%1 with %2").arg(a.title, b.title);
    switch (m_comparing.state()) {
    case State::Running: return m_view->showNotice({tr("Comparing %1").arg(pair), tr("Both graphs run on the same inputs."), {}, {}});
    case State::NeedsShape: return m_view->showNotice({tr("The input has no shape yet"), m_comparing.message(), tr("Set shape…"), {}});
    case State::Failed: return m_view->showNotice({tr("Not compared"), m_comparing.message(), tr("Compare again"), chooseText});
    case State::OutOfDate: return m_view->showNotice({tr("The graph changed"), tr("The figures were those of the graph before."), tr("Compare again"), chooseText});
    default:
        return m_view->showNotice({tr("Compare %1").arg(pair),
                                   tr("Runs both on the same inputs and shows how alike every layer is. Random numbers need no data; images that the network was made for tell more."),
                                   tr("Compare"), chooseText});
    }
}

void ComparePane::showProgress()
{
    m_view->setProgress(m_comparing.progressText());
    const bool hasBoth = m_comparing.sideA().graph && m_comparing.sideB().graph;
    m_view->setCanCompare(hasBoth, hasBoth ? QString() : tr("Compare needs two graphs: Fuse, or choose a second file"));
}

void ComparePane::runNotice(bool isSecond)
{
    const bool hasBoth = m_comparing.sideA().graph && m_comparing.sideB().graph;
    if (!hasBoth && isSecond)
        chooseFile();
    else if (!hasBoth)
        Q_EMIT fuseRequested();
    else if (isSecond)
        chooseData(false);
    else if (m_comparing.state() == State::NeedsShape)
        Q_EMIT shapeRequested();
    else
        m_comparing.compare();
}

void ComparePane::chooseSide(CompareView::Side side, const QString& id)
{
    if (side == CompareView::A)
        m_comparing.chooseA(id);
    else if (side == CompareView::B && id == QLatin1String("choose"))
        chooseFile();
    else if (side == CompareView::B)
        m_comparing.chooseB(id);
    else if (id == QLatin1String("file") || id == QLatin1String("folder"))
        chooseData(id == QLatin1String("folder"));
    else
        m_comparing.setData(id);
    showSides(); // a dialog that is left changes nothing: the box shows what holds
}

static QFileDialog* makeChooser(QWidget* parent, const QString& title, const QString& folder, const QString& filter)
{
    auto* chooser = new QFileDialog(parent, title, folder, filter);
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    return chooser;
}

void ComparePane::chooseFile()
{
    QFileDialog* chooser = makeChooser(this, tr("Compare with"), QFileInfo(m_session.path()).absolutePath(), tr("Models (*.onnx *.pt *.jit *.bpuir);;All files (*)"));
    chooser->setFileMode(QFileDialog::ExistingFile);
    connect(chooser, &QFileDialog::fileSelected, &m_comparing, &CompareSession::openFile);
    chooser->show();
}

void ComparePane::chooseData(bool isFolder)
{
    QFileDialog* chooser = makeChooser(this, tr("Data to run on"), m_folder, isFolder ? QString() : tr("Data (*.npy *.npz *.json *ubyte *ubyte.gz *.bin *.png *.jpg *.bmp);;All files (*)"));
    chooser->setFileMode(isFolder ? QFileDialog::Directory : QFileDialog::ExistingFile);
    connect(chooser, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_folder = QFileInfo(path).absolutePath();
        m_comparing.setData(path);
    });
    chooser->show();
}

void ComparePane::chooseSave()
{
    const QFileInfo info(m_session.path());
    QFileDialog* chooser = makeChooser(this, tr("Save the table"), info.absolutePath(), tr("Table (*.csv);;JSON (*.json)"));
    chooser->setAcceptMode(QFileDialog::AcceptSave);
    chooser->setDefaultSuffix(QStringLiteral("csv"));
    chooser->selectFile(info.completeBaseName() + QStringLiteral("_compare.csv"));
    connect(chooser, &QFileDialog::filterSelected, chooser, [chooser](const QString& filter) { chooser->setDefaultSuffix(filter.contains(QLatin1String("json")) ? QStringLiteral("json") : QStringLiteral("csv")); });
    connect(chooser, &QFileDialog::fileSelected, &m_comparing, &CompareSession::save);
    chooser->show();
}

} // namespace bpu::gui

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/main_window.h"

#include "app/gui/bottom_pane.h"
#include "app/gui/dialogs.h"
#include "app/gui/graph_pane.h"
#include "views/inspector/inspector.h"
#include "views/start/start_page.h"
#include "views/widgets/message_bar.h"

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMimeData>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace bpu::gui {

constexpr int kLayoutVersion = 1;
constexpr int kInspectorMs = 15; ///< one build for all signals of a change, in a turn of its own

MainWindow::MainWindow(views::Theme& theme, QSettings& settings, QWidget* parent)
    : QMainWindow(parent), m_theme(theme), m_settings(settings), m_measure(theme), m_session(m_jobs, m_measure), m_quantize(m_jobs, m_session), m_values(m_jobs, m_session), m_recent(settings)
{
    setObjectName(QStringLiteral("window"));
    setAcceptDrops(true);
    setMinimumSize(1024, 680);
    resize(1600, 1000);
    m_inspectorTimer.setSingleShot(true);
    m_inspectorTimer.setInterval(kInspectorMs);
    connect(&m_inspectorTimer, &QTimer::timeout, this, &MainWindow::buildInspector);
    addActions();
    addToolbar();
    addStageStrip();
    addCenter();
    addPanels();
    addStatusBar();
    connectSession();
    connectPanels();
    m_session.setMarch(m_settings.value(QStringLiteral("march")).toString());
    m_inspector->setFolded(m_settings.value(QStringLiteral("inspector/folded")).toStringList());
    restoreGeometry(m_settings.value(QStringLiteral("geometry")).toByteArray());
    restoreState(m_settings.value(QStringLiteral("state")).toByteArray(), kLayoutVersion);
    showDocument();
    showFindings();
    showJobs();
}

/// The jobs end before the views that their answers would reach.
MainWindow::~MainWindow()
{
    m_jobs.disconnect();
    m_session.disconnect();
    m_values.disconnect();
    m_quantize.disconnect();
}

void MainWindow::addCenter()
{
    m_start = new views::StartPage(m_theme, this);
    m_graph = new GraphPane(m_theme, m_session, this);
    m_message = new views::MessageBar(m_theme, this);
    m_message->setObjectName(QStringLiteral("message"));
    m_message->hide();
    m_center = new QStackedWidget(this);
    m_center->addWidget(m_start);
    m_center->addWidget(m_graph);
    auto* center = new QWidget(this);
    auto* layout = new QVBoxLayout(center);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_message);
    layout->addWidget(m_center, 1);
    center->setMinimumWidth(320);
    setCentralWidget(center);
    m_dropHint = new QLabel(center);
    m_dropHint->setObjectName(QStringLiteral("dropHint"));
    m_dropHint->setAlignment(Qt::AlignCenter);
    m_dropHint->setFont(m_theme.tileFont());
    m_dropHint->hide();
    m_start->setSamples(samples());
    m_start->setRecent(m_recent.entries());
    connect(&m_recent, &RecentFiles::changed, this, [this] {
        if (m_start->isVisible())
            m_start->setRecent(m_recent.entries());
    });
    connect(m_start, &views::StartPage::openRequested, this, &MainWindow::chooseFile);
    connect(m_start, &views::StartPage::fileChosen, this, &MainWindow::open);
    connect(m_start, &views::StartPage::clearRecentRequested, &m_recent, &RecentFiles::clear);
}

void MainWindow::open(const QString& path)
{
    m_session.open(path);
}

void MainWindow::check()
{
    m_session.check();
}

void MainWindow::chooseFile()
{
    auto* chooser = new QFileDialog(this, tr("Open a model"), m_settings.value(QStringLiteral("folder")).toString(),
                                    tr("Models (*.onnx *.pt *.jit *.bpuir);;All files (*)"));
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setFileMode(QFileDialog::ExistingFile);
    connect(chooser, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_settings.setValue(QStringLiteral("folder"), QFileInfo(path).absolutePath());
        open(path);
    });
    chooser->show();
}

void MainWindow::chooseSave()
{
    const QFileInfo info(m_session.path());
    auto* chooser = new QFileDialog(this, tr("Save the graph"), info.absolutePath(), tr("Graph (*.bpuir)"));
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setAcceptMode(QFileDialog::AcceptSave);
    chooser->setDefaultSuffix(QStringLiteral("bpuir"));
    chooser->selectFile(info.completeBaseName() + QStringLiteral(".bpuir"));
    connect(chooser, &QFileDialog::fileSelected, &m_session, &Session::save);
    chooser->show();
}

void MainWindow::chooseExport()
{
    if (!m_session.hasGraph())
        return;
    const QFileInfo info(m_session.path());
    const QString folder = m_settings.value(QStringLiteral("exportFolder"), info.absolutePath()).toString();
    auto* dialog = new ExportDialog(folder, info.completeBaseName(), palette(), this);
    connect(dialog, qOverload<const ExportRequest&>(&ExportDialog::accepted), this, [this](const ExportRequest& request) {
        m_settings.setValue(QStringLiteral("exportFolder"), request.folder);
        m_session.exportFiles(request);
    });
    dialog->show();
}

void MainWindow::chooseShape()
{
    if (!m_session.hasGraph())
        return;
    auto* dialog = new ShapeDialog(*m_session.graph(), this);
    connect(dialog, &ShapeDialog::chosen, &m_session, &Session::setInputShapes);
    dialog->show();
}

exporter::Palette MainWindow::palette() const
{
    exporter::Palette colors;
    for (size_t i = 0; i < views::kTokenCount; ++i) {
        const auto token = static_cast<views::Token>(i);
        colors.emplace(std::string(views::name(token).data(), static_cast<size_t>(views::name(token).size())), m_theme.color(token).name().toStdString());
    }
    return colors;
}

static QString droppedFile(const QMimeData* data)
{
    return data->urls().size() == 1 && data->urls().front().isLocalFile() ? data->urls().front().toLocalFile() : QString();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    const QString path = droppedFile(event->mimeData());
    if (path.isEmpty())
        return;
    event->acceptProposedAction();
    const QString accent = m_theme.color(views::Token::Accent).name();
    m_dropHint->setStyleSheet(QStringLiteral("QLabel { border: 2px solid %1; color: %1; background: %2; }").arg(accent, m_theme.color(views::Token::AccentTint).name()));
    m_dropHint->setText(tr("Open %1").arg(QFileInfo(path).fileName()));
    m_dropHint->setGeometry(centralWidget()->rect());
    m_dropHint->raise();
    m_dropHint->show();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*)
{
    m_dropHint->hide();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    m_dropHint->hide();
    if (const QString path = droppedFile(event->mimeData()); !path.isEmpty())
        open(path);
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    dropTexts();
    placeInspector();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    m_settings.setValue(QStringLiteral("geometry"), saveGeometry());
    m_settings.setValue(QStringLiteral("state"), saveState(kLayoutVersion));
    m_settings.setValue(QStringLiteral("inspector/folded"), m_inspector->folded());
    m_jobs.stopAll();
    QMainWindow::closeEvent(event);
}

} // namespace bpu::gui

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The steps that make stages: their menu, their buttons, which of them comes next, and what calibration runs on.
#include "app/gui/main_window.h"
#include "core/quant/observer.h"

#include <QActionGroup>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMenuBar>
#include <QStyle>
#include <QToolButton>

namespace bpu::gui {

void MainWindow::addQuantizeActions()
{
    QMenu* menu = menuBar()->addMenu(tr("&Quantize"));
    menu->setToolTipsVisible(true);
    const auto step = [&](const char* name, const QString& text, const std::function<void()>& run) {
        const QString id = QString::fromLatin1(name);
        add(menu, id, text, {}, [this, id, run] { runOrStop(id, run); })->setIcon(m_theme.icon(QLatin1StringView(name)));
    };
    step("prepare", tr("Prepare QAT"), [this] { m_quantize.prepare(); });
    step("calibrate", tr("Calibrate"), [this] { m_quantize.calibrate(); });
    add(menu, QStringLiteral("train"), tr("Train"), {}, {})->setIcon(m_theme.icon(QLatin1StringView("train")));
    action(QStringLiteral("train"))->setEnabled(false);
    action(QStringLiteral("train"))->setToolTip(tr("Train needs data and a float or QAT graph; comes with a later version"));
    step("convert", tr("Convert"), [this] { m_quantize.convert(); });
    menu->addSeparator();
    addCalibrationData(menu->addMenu(tr("Calibration data")));
    addObservers(menu->addMenu(tr("Observer of activations")));
    add(menu, QStringLiteral("qconfig"), tr("Qconfig file…"), {}, [this] { chooseQConfig(); })->setToolTip(tr("Which operator is quantized how; without a file all activations are qint8"));
    add(menu, QStringLiteral("qconfigDefault"), tr("Default qconfig"), {}, [this] { m_quantize.setQConfig({}); });
    QAction* hybrid = add(menu, QStringLiteral("hybrid"), tr("Keep on the CPU what the BPU cannot run"), {}, {});
    hybrid->setCheckable(true);
    hybrid->setToolTip(tr("Otherwise such operators are an error of Prepare QAT"));
    connect(hybrid, &QAction::toggled, &m_quantize, &QuantizeSession::setHybrid);
    connect(&m_quantize, &QuantizeSession::changed, this, &MainWindow::showSteps);
    connect(&m_quantize, &QuantizeSession::dataNeeded, this, &MainWindow::askForData);
}

void MainWindow::addObservers(QMenu* menu)
{
    auto* group = new QActionGroup(this);
    const auto choice = [&](const QString& id, const QString& text) {
        QAction* made = add(menu, QStringLiteral("observer-") + id, text, {}, [this, id] { m_quantize.setObserver(id == QLatin1String("qconfig") ? QString() : id); });
        made->setCheckable(true);
        made->setChecked(m_quantize.observer() == id);
        group->addAction(made);
    };
    for (const char* name : {"mse", "min_max", "percentile", "kl", "mix"})
        choice(QString::fromLatin1(name), QString::fromLatin1(name));
    choice(QStringLiteral("qconfig"), tr("As the qconfig says"));
}

void MainWindow::addCalibrationData(QMenu* menu)
{
    m_dataMenu = menu;
    add(menu, QStringLiteral("dataFile"), tr("File…"), {}, [this] { chooseCalibrationData(false); });
    add(menu, QStringLiteral("dataFolder"), tr("Folder…"), {}, [this] { chooseCalibrationData(true); });
    add(menu, QStringLiteral("dataRandom"), tr("16 random samples"), {}, [this] { useCalibrationData(QStringLiteral("random:16")); })
        ->setToolTip(tr("To try the steps: scales from random numbers do not fit a network that sees images"));
}

/// The first Calibrate offers what there is to run on, where the button is.
void MainWindow::askForData()
{
    m_calibrateAfterChoice = true;
    const auto* button = findChild<QToolButton*>(QStringLiteral("button-calibrate"));
    m_dataMenu->popup(button ? button->mapToGlobal(QPoint(0, button->height())) : QCursor::pos());
}

void MainWindow::chooseCalibrationData(bool isFolder)
{
    auto* chooser = new QFileDialog(this, tr("Calibration data"), QFileInfo(m_session.path()).absolutePath(),
                                    isFolder ? QString() : tr("Data (*.npy *.npz *.json *ubyte *ubyte.gz *.bin *.png *.jpg *.bmp);;All files (*)"));
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setFileMode(isFolder ? QFileDialog::Directory : QFileDialog::ExistingFile);
    connect(chooser, &QFileDialog::fileSelected, this, &MainWindow::useCalibrationData);
    connect(chooser, &QFileDialog::rejected, this, [this] { m_calibrateAfterChoice = false; });
    chooser->show();
}

void MainWindow::useCalibrationData(const QString& text)
{
    m_quantize.setData(text);
    if (std::exchange(m_calibrateAfterChoice, false))
        m_quantize.calibrate();
}

void MainWindow::chooseQConfig()
{
    auto* chooser = new QFileDialog(this, tr("Qconfig file"), QFileInfo(m_session.path()).absolutePath(), tr("Qconfig (*.json);;All files (*)"));
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setFileMode(QFileDialog::ExistingFile);
    connect(chooser, &QFileDialog::fileSelected, &m_quantize, &QuantizeSession::setQConfig);
    chooser->show();
}

struct StepText {
    const char* name;
    QString title;
    bool can;
    QString what;
    QString missing;
};

/// The buttons that make a stage: what they do now, and which of them comes next.
void MainWindow::showSteps()
{
    const bool hasFloat = m_session.hasGraph() && m_session.history().current().find(ir::Stage::Float);
    const QString dataText = m_quantize.data().isEmpty() ? tr("asks for data") : tr("on %1").arg(QFileInfo(m_quantize.data()).fileName());
    const QString observer = m_quantize.observer().isEmpty() ? tr("observers of the qconfig") : m_quantize.observer();
    const StepText steps[] = {
        {"fuse", tr("Fuse"), hasFloat, tr("Absorb batch norms; fuse add, ReLU and ReLU6"), tr("Fuse needs a float graph: open a model first")},
        {"prepare", tr("Prepare QAT"), m_quantize.canPrepare(), tr("Put stubs and fake-quantize nodes into the fused graph"), tr("Prepare QAT needs a float or fused graph: open a model first")},
        {"calibrate", tr("Calibrate"), m_quantize.canCalibrate(), tr("Choose the scales: %1, %2").arg(observer, dataText), tr("Calibrate needs a QAT graph: Prepare QAT first")},
        {"convert", tr("Convert"), m_quantize.canConvert(), tr("Make the fixed-point network"), tr("Convert needs a calibrated QAT graph: Calibrate first")},
    };
    const views::FindingListPtr list = m_session.findingsOf(ir::Stage::Float);
    const bool isClean = !hasFloat || (list && views::countFindings(*list).errors == 0);
    const QString next = isClean ? m_quantize.nextStep() : QString();
    for (const StepText& step : steps) {
        const QString id = QString::fromLatin1(step.name);
        const bool isRunning = m_running.contains(id);
        action(id)->setEnabled(step.can);
        action(id)->setText(isRunning ? tr("Stop") : step.title);
        action(id)->setToolTip(isRunning ? tr("Stop; the graph stays as it is") : step.can ? step.what : step.missing);
        emphasize(id, id == next);
    }
    action(QStringLiteral("qconfigDefault"))->setEnabled(!m_quantize.qconfig().isEmpty());
}

void MainWindow::emphasize(const QString& step, bool isNext)
{
    auto* button = findChild<QToolButton*>(QStringLiteral("button-") + step);
    if (!button || button->property("emphasis").toString() == (isNext ? QLatin1String("next") : QLatin1String()))
        return;
    button->setProperty("emphasis", isNext ? QStringLiteral("next") : QString());
    button->style()->unpolish(button);
    button->style()->polish(button);
}

/// A click on a stage that is not there, or out of date, makes it.
void MainWindow::makeStage(ir::Stage stage)
{
    if (stage == ir::Stage::Fused)
        m_session.fuse();
    else if (stage == ir::Stage::Qat)
        m_quantize.prepare();
    else if (stage == ir::Stage::Quantized && m_quantize.canConvert())
        m_quantize.convert();
}

} // namespace bpu::gui

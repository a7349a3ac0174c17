// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What gives way when the window is narrow, and what the toolbar says about the next step.
#include "tests/gui/window_test.h"
#include "views/widgets/combo_box.h"

#include <QAbstractItemView>
#include <QDockWidget>
#include <QLineEdit>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>

using namespace bpu;
using namespace bpu::gui;

class TestWindowLayout : public WindowTest {
    Q_OBJECT

private Q_SLOTS:
    void init() { makeWindow(); }
    void cleanup() { dropWindow(); }
    void dropsTextsFromTheRightExportLast();
    void nothingInTheToolbarIsCut_data();
    void nothingInTheToolbarIsCut();
    void theInspectorIsATabOfTheModulesWhenNarrow();
    void aHiddenInspectorStaysHidden();
    void theSelectorShowsMarchAndBoard();
    void theOpenSelectorCutsNothing();
    void outlinesTheNextStepOnceThereAreNoErrors();
    void theButtonOfALongStepStopsIt();

private:
    QToolButton* button(const char* name) const { return m_window->findChild<QToolButton*>(QStringLiteral("button-") + QLatin1String(name)); }
    QDockWidget* dock(const char* name) const { return m_window->findChild<QDockWidget*>(QLatin1String(name)); }
    bool hasText(const char* name) const { return button(name)->toolButtonStyle() == Qt::ToolButtonTextBesideIcon; }
    void widen(int width)
    {
        m_window->resize(width, 800);
        QCoreApplication::processEvents();
    }
};

void TestWindowLayout::dropsTextsFromTheRightExportLast()
{
    const std::array order{"simulate", "compile", "convert", "train", "calibrate", "prepare", "fuse", "export", "open"};
    size_t dropped = 0;
    for (int width = 2000; width >= m_window->minimumWidth(); width -= 20) {
        widen(width);
        size_t without = 0;
        while (without < order.size() && !hasText(order[without]))
            ++without;
        for (size_t i = without; i < order.size(); ++i)
            QVERIFY2(hasText(order[i]), qPrintable(QStringLiteral("%1 at %2").arg(QLatin1String(order[i])).arg(width)));
        QVERIFY(without >= dropped);
        dropped = without;
    }
    QVERIFY(dropped > 0);
    widen(2000);
    QVERIFY(hasText("simulate"));
}

void TestWindowLayout::nothingInTheToolbarIsCut_data()
{
    QTest::addColumn<int>("width");
    for (const int width : {1024, 1100, 1199, 1280, 1399, 1440, 1600, 2560})
        QTest::addRow("%d", width) << width;
}

void TestWindowLayout::nothingInTheToolbarIsCut()
{
    QFETCH(int, width);
    widen(width);
    const auto* bar = m_window->findChild<QToolBar*>(QStringLiteral("toolbar"));
    for (QAction* entry : bar->actions())
        if (const QWidget* widget = bar->widgetForAction(entry); widget && !widget->objectName().isEmpty() && widget->objectName() != QLatin1String("search")) {
            const QString said = QStringLiteral("%1: %2 of %3 px").arg(widget->objectName()).arg(widget->width()).arg(widget->sizeHint().width());
            QVERIFY2(widget->isVisible() && widget->width() >= widget->sizeHint().width(), qPrintable(said));
            QVERIFY2(widget->geometry().right() < m_window->width(), qPrintable(said));
        }
    const auto* search = m_window->findChild<QLineEdit*>(QStringLiteral("search"));
    QVERIFY(search->isVisible() && search->width() >= 180 && search->geometry().right() < m_window->width());
}

void TestWindowLayout::theInspectorIsATabOfTheModulesWhenNarrow()
{
    open(sample("camera_net.onnx"));
    widen(1440);
    QVERIFY(m_window->tabifiedDockWidgets(dock("modulesDock")).isEmpty());
    widen(1100);
    QCOMPARE(m_window->tabifiedDockWidgets(dock("modulesDock")), QList<QDockWidget*>{dock("inspectorDock")});
    QVERIFY2(graph().width() > 1100 - 256 - dock("inspectorDock")->minimumWidth(), "the place of the inspector is not the graph's");
    widen(1440);
    QVERIFY(m_window->tabifiedDockWidgets(dock("modulesDock")).isEmpty());
    QCOMPARE(m_window->dockWidgetArea(dock("inspectorDock")), Qt::RightDockWidgetArea);
    QVERIFY(dock("inspectorDock")->isVisible());
}

void TestWindowLayout::aHiddenInspectorStaysHidden()
{
    open(sample("camera_net.onnx"));
    dock("inspectorDock")->hide();
    widen(1100);
    QVERIFY(dock("inspectorDock")->isHidden());
    widen(1440);
    QVERIFY(dock("inspectorDock")->isHidden());
}

void TestWindowLayout::theSelectorShowsMarchAndBoard()
{
    auto* selector = m_window->findChild<views::MarchSelector*>(QStringLiteral("march"));
    const QAbstractItemModel* rows = selector->view()->model();
    QCOMPARE(rows->columnCount(), 2);
    QStringList cells;
    for (int row = 0; row < rows->rowCount(); ++row)
        cells << rows->index(row, 0).data().toString() + QLatin1Char('|') + rows->index(row, 1).data().toString();
    cells.sort();
    QCOMPARE(cells, (QStringList{QStringLiteral("Bayes|RDK Ultra"), QStringLiteral("Bernoulli2|RDK X3")}));
    QCOMPARE(selector->accessibleDescription(), QStringLiteral("RDK X3"));
    selector->setFocus();
    const QString before = selector->currentMarch();
    QTest::keyClick(selector, before == QLatin1String("bayes") ? Qt::Key_Up : Qt::Key_Down);
    if (selector->currentMarch() == before)
        QTest::keyClick(selector, before == QLatin1String("bayes") ? Qt::Key_Down : Qt::Key_Up);
    QVERIFY(selector->currentMarch() != before);
    QCOMPARE(QString::fromStdString(session().march()->name()), selector->currentMarch());
}

void TestWindowLayout::theOpenSelectorCutsNothing()
{
    auto* selector = m_window->findChild<views::MarchSelector*>(QStringLiteral("march"));
    m_window->activateWindow();
    selector->showPopup();
    auto* list = qobject_cast<QTreeView*>(selector->view());
    QTRY_VERIFY(list->isVisible());
    int width = 0;
    for (int column = 0; column < 2; ++column) {
        QVERIFY(list->columnWidth(column) >= list->sizeHintForIndex(list->model()->index(0, column)).width());
        width += list->columnWidth(column);
    }
    QVERIFY2(width <= list->viewport()->width(), qPrintable(QStringLiteral("%1 px in %2").arg(width).arg(list->viewport()->width())));
    selector->hidePopup();
}

void TestWindowLayout::outlinesTheNextStepOnceThereAreNoErrors()
{
    const auto isNext = [this] { return button("fuse")->property("emphasis").toString() == QLatin1String("next"); };
    open(sample("fails_bernoulli2.onnx"));
    QVERIFY(!isNext());
    open(sample("passes_both.onnx"));
    QVERIFY(isNext());
    press("fuse");
    settle();
    QVERIFY(!isNext());
    press("undo");
    settle();
    QVERIFY(isNext());
}

/// A step that takes long: here a job that ends only when it is stopped.
void TestWindowLayout::theButtonOfALongStepStopsIt()
{
    open(sample("passes_both.onnx"));
    const ir::GraphPtr before = session().graph();
    bool answered = false;
    m_window->jobs().start<int>(
        {.kind = QStringLiteral("edit"), .name = QStringLiteral("Fuse"), .step = QStringLiteral("fuse")},
        [](const JobControl& control) -> Result<int> {
            while (!control.stopRequested())
                QThread::msleep(1);
            return JobControl::cancelled();
        },
        [&answered](Result<int>& result) { answered = result.has_value(); });
    QTRY_COMPARE_WITH_TIMEOUT(m_window->action(QStringLiteral("fuse"))->text(), QStringLiteral("Stop"), kWaitMs);
    button("fuse")->click();
    settle();
    QVERIFY(!answered);
    QTRY_COMPARE(m_window->action(QStringLiteral("fuse"))->text(), QStringLiteral("Fuse"));
    QCOMPARE(session().graph(), before);
    QCOMPARE(session().error(), QString());
}

QTEST_MAIN(TestWindowLayout)
#include "tst_window_layout.moc"

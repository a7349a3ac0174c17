// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The window as a user meets it, offscreen: every test opens a real file and presses real buttons.
#include "app/gui/graph_pane.h"
#include "tests/gui/window_test.h"
#include "tests/support/script_builder.h"
#include "views/diagnostics/findings_table.h"
#include "views/widgets/combo_box.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMenu>
#include <QAbstractItemModelTester>
#include <QApplication>
#include <QCheckBox>
#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <algorithm>
#include <QToolButton>
#include <QTreeView>

using namespace bpu;
using namespace bpu::gui;

class TestWindow : public WindowTest {
    Q_OBJECT
private Q_SLOTS:
    void init() { makeWindow(); }
    void cleanup() { dropWindow(); }
    void opensChecksAndShowsFindings();
    void clickOnARowSelectsTheNode();
    void appliesAFixAndTakesItBack();
    void fusesAndSwitchesStages();
    void editingTheFloatStageDatesTheFusedOne();
    void exportsADrawingAndReports();
    void searchesByNameAndFilter();
    void changesTheMarchAndDropsStaleAnswers();
    void checksForTheInputSource();
    void offersWhatCanBeDoneWithANode();
    void ignoresAFindingWithAReason();
    void setsAnInputShape();
    void evaluatesCodeAnewForAnInputShape();
    void closesAndFoldsModules();
    void worksInTheDark();

private:
    int findingWithFix();
};

int TestWindow::findingWithFix()
{
    const views::FindingListPtr list = session().findings();
    for (int i = 0; list && i < static_cast<int>(list->findings.size()); ++i)
        if (list->fixOf(i))
            return i;
    return -1;
}

void TestWindow::opensChecksAndShowsFindings()
{
    open(sample("classic_net.onnx"));
    QVERIFY(session().diagram());
    QVERIFY(session().findings());
    m_window->findChild<QToolButton*>(QStringLiteral("button-check"))->click();
    settle();
    QVERIFY(views::countFindings(*session().findings()).errors > 0);
    QVERIFY(diagnostics().tree().model()->rowCount() > 0);
    QCOMPARE(session().selection().size(), 1U);
    QCOMPARE(graph().selection(), session().selection().front());
    QCOMPARE(m_window->action(QStringLiteral("check"))->text(), QStringLiteral("Check for Bernoulli2"));
    QVERIFY(m_window->findChild<QLabel*>(QStringLiteral("checkFacts"))->text().startsWith(QStringLiteral("Checked for Bernoulli2")));
}

void TestWindow::clickOnARowSelectsTheNode()
{
    open(sample("fails_bernoulli2.onnx"));
    QAbstractItemModelTester tester(&diagnostics().model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QTreeView& tree = diagnostics().tree();
    const QModelIndexList leaves = diagnostics().model().leaves();
    QVERIFY(leaves.size() > 2);
    tree.scrollTo(leaves[1]);
    const QModelIndex cell = leaves[1].siblingAtColumn(views::FindingsModel::Message);
    QTest::mouseClick(tree.viewport(), Qt::LeftButton, {}, tree.visualRect(cell).center());
    const int finding = leaves[1].data(views::FindingsModel::IndexRole).toInt();
    const NodeId node = session().findings()->findings[static_cast<size_t>(finding)].node;
    QCOMPARE(session().selection(), Nodes{node});
    QCOMPARE(graph().selection(), node);
    const QPointF middle = graph().camera().toScreen(graph().scene().rectOf(node).center());
    QVERIFY2(graph().rect().contains(middle.toPoint()), "the node is not on screen");
    const auto inspected = [this] {
        const auto* name = m_window->findChild<QLabel*>(QStringLiteral("nodeName"));
        return name ? name->text().remove(QChar(0x200B)) : QString();
    };
    QTRY_COMPARE(inspected(), QString::fromStdString(session().graph()->node(node).name));
    QTest::keyClick(m_window.get(), Qt::Key_F8);
    QVERIFY(session().selection() != Nodes{node});
}

void TestWindow::appliesAFixAndTakesItBack()
{
    open(sample("classic_net.onnx"));
    const int finding = findingWithFix();
    QVERIFY(finding >= 0);
    const ir::GraphPtr before = session().graph();
    const size_t errors = views::countFindings(*session().findings()).errors;
    session().previewFix(finding);
    settle();
    QVERIFY(session().preview());
    QCOMPARE(session().graph(), before);
    session().applyFix(finding);
    settle();
    QVERIFY(session().graph() != before);
    QVERIFY(views::countFindings(*session().findings()).errors < errors);
    QVERIFY(m_window->action(QStringLiteral("undo"))->text().size() > QStringLiteral("Undo").size());
    press("undo");
    settle();
    QCOMPARE(session().graph(), before);
    QCOMPARE(views::countFindings(*session().findings()).errors, errors);
    press("redo");
    settle();
    QVERIFY(session().graph() != before);
}

void TestWindow::fusesAndSwitchesStages()
{
    open(sample("camera_net.onnx"));
    const size_t operators = session().graph()->nodeCount();
    QVERIFY(session().mergeCount() > 0);
    press("fuse");
    settle();
    QCOMPARE(session().stage(), ir::Stage::Fused);
    QCOMPARE(session().graph()->nodeCount(), operators - session().mergeCount());
    QTest::keyClick(m_window.get(), Qt::Key_1, Qt::AltModifier);
    settle();
    QCOMPARE(session().graph()->nodeCount(), operators);
    QTest::keyClick(m_window.get(), Qt::Key_2, Qt::AltModifier);
    settle();
    QCOMPARE(session().stage(), ir::Stage::Fused);
    QCOMPARE(session().diagramGraph(), session().graph());
    press("undo");
    settle();
    QCOMPARE(session().stage(), ir::Stage::Float);
    QVERIFY(!session().history().current().find(ir::Stage::Fused));
}

void TestWindow::editingTheFloatStageDatesTheFusedOne()
{
    open(sample("classic_net.onnx"));
    press("fuse");
    settle();
    session().setStage(ir::Stage::Float);
    settle();
    session().applyFix(findingWithFix());
    settle();
    QVERIFY(session().history().current().find(ir::Stage::Fused)->outdated);
    press("fuse");
    settle();
    QVERIFY(!session().history().current().find(ir::Stage::Fused)->outdated);
}

void TestWindow::exportsADrawingAndReports()
{
    open(copyOf("classic_net.onnx"));
    press("export");
    auto* dialog = m_window->findChild<QDialog*>(QStringLiteral("exportDialog"));
    QVERIFY(dialog);
    QVERIFY(!dialog->isModal());
    for (QCheckBox* box : dialog->findChildren<QCheckBox*>())
        box->setChecked(true);
    auto* accept = dialog->findChild<QPushButton*>(QStringLiteral("accept"));
    QCOMPARE(accept->text(), QStringLiteral("Export 6 files"));
    accept->click();
    settle();
    QCOMPARE(session().error(), QString());
    for (const char* file : {"model.svg", "model.findings.txt", "model.findings.json", "model.sarif", "model.bpuir", "model.opset13.onnx"})
        QVERIFY2(QFile::exists(m_folder->filePath(QLatin1String(file))), file);
    QFile svg(m_folder->filePath(QStringLiteral("model.svg")));
    QVERIFY(svg.open(QIODevice::ReadOnly));
    QVERIFY(svg.readAll().contains("<svg"));
    open(m_folder->filePath(QStringLiteral("model.bpuir")));
    QCOMPARE(session().fileName(), QStringLiteral("model.bpuir"));
}

void TestWindow::searchesByNameAndFilter()
{
    open(sample("camera_net.onnx"));
    auto* field = m_window->findChild<QLineEdit*>(QStringLiteral("search"));
    field->setText(QStringLiteral("op:Conv2d"));
    settle();
    QVERIFY(session().matches().size() > 5);
    for (const NodeId id : session().matches())
        QCOMPARE(session().graph()->node(id).op, std::string("conv2d"));
    QTest::keyClick(m_window.get(), Qt::Key_F3);
    QCOMPARE(session().selection(), Nodes{session().matches().front()});
    QTest::keyClick(m_window.get(), Qt::Key_F3, Qt::ShiftModifier);
    QCOMPARE(session().selection(), Nodes{session().matches().back()});
    field->setText(QStringLiteral("no such thing"));
    settle();
    QVERIFY(session().matches().empty());
}

void TestWindow::changesTheMarchAndDropsStaleAnswers()
{
    open(sample("classic_net.onnx"));
    QSignalSpy answers(&session(), &Session::findingsChanged);
    for (int i = 0; i < 5; ++i) {
        session().setMarch(QStringLiteral("bayes"));
        session().setMarch(QStringLiteral("bernoulli2"));
    }
    session().setMarch(QStringLiteral("bayes"));
    settle();
    QCOMPARE(session().findings()->march, QStringLiteral("Bayes"));
    QCOMPARE(m_window->action(QStringLiteral("check"))->text(), QStringLiteral("Check for Bayes"));
    QCOMPARE(m_window->findChild<views::MarchSelector*>(QStringLiteral("march"))->currentMarch(), QStringLiteral("bayes"));
    QCOMPARE(answers.size(), 11 + 1);
}

void TestWindow::checksForTheInputSource()
{
    open(sample("classic_net.onnx")); // one channel, where a camera delivers three
    press("sourcePyramid");
    settle();
    const auto isAboutTheSource = [](const Finding& f) { return f.code == "march.input-source"; };
    QVERIFY(session().findings());
    QCOMPARE(std::ranges::count_if(session().findings()->findings, isAboutTheSource), 1);
    press("sourceDdr");
    settle();
    QCOMPARE(std::ranges::count_if(session().findings()->findings, isAboutTheSource), 0);
}

void TestWindow::offersWhatCanBeDoneWithANode()
{
    open(sample("classic_net.onnx"));
    const NodeId node = session().graph()->order().front();
    Q_EMIT graph().contextMenuRequested(node, QPoint(10, 10));
    auto* menu = m_window->findChild<QMenu*>(QStringLiteral("nodeMenu"));
    QVERIFY(menu);
    QCOMPARE(menu->actions().front()->text(), QStringLiteral("Copy name"));
    menu->actions().front()->trigger();
    menu->close();
    QCOMPARE(QGuiApplication::clipboard()->text(), QString::fromStdString(session().graph()->node(node).name));
}

void TestWindow::ignoresAFindingWithAReason()
{
    open(sample("classic_net.onnx"));
    const size_t live = views::countFindings(*session().findings()).live();
    session().ignore({0}, QStringLiteral("known"));
    settle();
    QCOMPARE(views::countFindings(*session().findings()).ignored, 1U);
    QCOMPARE(views::countFindings(*session().findings()).live(), live - 1);
    press("undo");
    settle();
    QCOMPARE(views::countFindings(*session().findings()).live(), live);
}

void TestWindow::setsAnInputShape()
{
    session().setMarch(QStringLiteral("bayes"));
    open(sample("dynamic_detector.onnx"));
    const size_t undecided = views::countFindings(*session().findings()).undecided;
    QVERIFY(undecided > 0);
    press("setShape");
    auto* dialog = m_window->findChild<QDialog*>(QStringLiteral("shapeDialog"));
    QVERIFY(dialog);
    dialog->findChild<QLineEdit*>(QStringLiteral("shape-image"))->setText(QStringLiteral("1x3x64x96"));
    dialog->findChild<QPushButton*>(QStringLiteral("accept"))->click();
    settle();
    QCOMPARE(session().error(), QString());
    QCOMPARE(views::shapeLabel(session().graph()->value(session().graph()->inputs().front()).type), QStringLiteral("1×3×64×96"));
    QVERIFY(views::countFindings(*session().findings()).undecided < undecided);
}

/// TorchScript's code computes with sizes: what it does becomes known with them, and edits are kept where there are any.
void TestWindow::evaluatesCodeAnewForAnInputShape()
{
    const QString path = m_folder->filePath(QStringLiteral("code.pt"));
    const std::string code = test::scriptFile({.lines = "n = torch.size(x, 0)\nm = torch.size(x, 1)\n"
                                                                 "if torch.eq(m, 6):\n  y = torch.relu(x)\nelse:\n  y = torch.sigmoid(x)\n"
                                                                 "return torch.reshape(y, [n, 3, torch.floordiv(m, 3)])", .version = 10});
    QVERIFY(writeFile(path.toStdString(), code));
    open(path);
    QCOMPARE(session().error(), QString());
    const auto operators = [&] {
        QStringList names;
        for (const NodeId id : session().graph()->order())
            names << QString::fromStdString(session().graph()->node(id).op);
        return names.join(QLatin1Char(' '));
    };
    const QString before = operators();
    QVERIFY2(before != QStringLiteral("relu reshape"), qPrintable(before));
    session().setInputShapes({{"x", {2, 6}}});
    settle();
    QCOMPARE(operators(), QStringLiteral("relu reshape"));
    session().setInputShapes({{"x", {2, 9}}});
    settle();
    QCOMPARE(operators(), QStringLiteral("sigmoid reshape"));
    press("undo");
    press("undo");
    settle();
    QCOMPARE(operators(), before);
    session().setInputShapes({{"x", {2, 6}}});
    settle();
    QCOMPARE(operators(), QStringLiteral("relu reshape"));
    session().setInputShapes({{"x", {2, 7}}}); // 3 x 2 is not 7
    settle();
    QVERIFY2(session().error().contains(QStringLiteral("does not take inputs of these shapes")), qPrintable(session().error()));
    QCOMPARE(operators(), QStringLiteral("relu reshape"));
}

void TestWindow::closesAndFoldsModules()
{
    open(sample("camera_net.onnx"));
    const size_t items = session().diagram()->items.size();
    session().toggleCollapsed(QStringLiteral("layer1"));
    settle();
    QVERIFY(session().diagram()->items.size() < items);
    press("close");
    settle();
    QVERIFY(!session().hasGraph());
    QVERIFY(m_window->findChild<QWidget*>(QStringLiteral("start"))->isVisible());
}

void TestWindow::worksInTheDark()
{
    open(sample("camera_net.onnx"));
    press("themeDark");
    QVERIFY(m_theme->isDark());
    const QImage image = m_window->grab().toImage();
    QVERIFY(image.pixelColor(image.width() / 2, 4).lightness() < 80);
    press("themeLight");
    QVERIFY(!m_theme->isDark());
}

QTEST_MAIN(TestWindow)
#include "tst_window.moc"

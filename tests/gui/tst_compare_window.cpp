// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Compare and Values as a user meets them: a sample is opened, fused, compared; a row finds its node.
#include "app/gui/compare_pane.h"
#include "core/export/export.h"
#include "tests/gui/window_test.h"
#include "tests/support/text_graph.h"
#include "views/compare/similarity_curve.h"
#include "views/inspector/feature_maps.h"
#include "views/widgets/histogram_plot.h"
#include "views/widgets/segmented_control.h"

#include <QDialog>
#include <QLabel>
#include <QPushButton>
#include <QTreeView>

using namespace bpu;
using namespace bpu::gui;

using State = CompareSession::State;

class TestCompareWindow : public WindowTest {
    Q_OBJECT

private Q_SLOTS:
    void init() { makeWindow(); }
    void cleanup() { dropWindow(); }
    void comparesFloatWithFusedAndLocatesARow();
    void picksALayerInTheGraph();
    void saysWhatToDoFirst();
    void comparesWithASecondFile();
    void asksForAnInputShape();
    void stopsAndDropsStaleAnswers();
    void savesTheTable();
    void clearsWhenTheModelCloses();
    void showsWeightsAndWhatANodeComputes();
    void countsWhatIsNotFinite();
    void dropsValuesWithTheGraph();

private:
    ComparePane& pane() { return m_window->comparePane(); }
    CompareSession& comparing() { return pane().comparing(); }
    QString notice() { return pane().findChild<QLabel*>(QStringLiteral("noticeTitle"))->text(); }
    void fuseAndCompare(const char* name)
    {
        open(sample(name));
        session().fuse();
        settle();
        press("compare");
        settle();
    }
    QString write(const char* name, const char* text)
    {
        const QString path = m_folder->filePath(QLatin1String(name));
        return exporter::writeBpuir(test::typedGraph(text), path.toStdString()) ? path : QString();
    }
    QString section()
    {
        QString text;
        if (auto* values = m_window->findChild<QWidget*>(QStringLiteral("section-values")))
            for (const QLabel* label : values->findChildren<QLabel*>())
                text += label->text().remove(QChar(0x200B)) + QLatin1Char('|');
        return text;
    }
    NodeId named(const char* name) { return session().graph()->findNode(name); }
};

void TestCompareWindow::comparesFloatWithFusedAndLocatesARow()
{
    fuseAndCompare("camera_net.onnx");
    QCOMPARE(comparing().state(), State::Done);
    QVERIFY(pane().isVisible());
    QCOMPARE(pane().view().model().rowCount(), 25);
    for (int row = 0; row < 25; ++row)
        QCOMPARE(pane().view().model().index(row, views::LayerModel::Similarity).data().toString(), QStringLiteral("1.0000"));
    QTreeView& table = pane().view().table();
    const QModelIndex row = pane().view().filter().mapFromSource(pane().view().model().index(4, views::LayerModel::Layer));
    table.scrollTo(row);
    QTest::mouseClick(table.viewport(), Qt::LeftButton, {}, table.visualRect(row).center());
    const passes::LayerMatch& match = comparing().comparison()->layers[4].match;
    QCOMPARE(pane().graph(0).selection(), match.nodeA);
    QCOMPARE(pane().graph(1).selection(), match.nodeB);
    QCOMPARE(session().selection(), Nodes{match.nodeB}); // the fused stage is on screen
    for (const int side : {0, 1}) {
        const views::GraphView& graph = pane().graph(side);
        const QRectF node = graph.scene().rectOf(graph.selection());
        QVERIFY2(graph.rect().contains(graph.camera().toScreen(node.center()).toPoint()), "the node is not on screen");
    }
    press("viewGraph");
    QVERIFY(!pane().isVisible());
    QCOMPARE(graph().selection(), match.nodeB);
}

void TestCompareWindow::picksALayerInTheGraph()
{
    fuseAndCompare("camera_net.onnx");
    const passes::LayerMatch& match = comparing().comparison()->layers[7].match;
    Q_EMIT pane().graph(0).nodeSelected(match.nodeA);
    QCOMPARE(pane().view().currentLayer(), 7);
    QCOMPARE(pane().graph(1).selection(), match.nodeB);
    // The convolution inside the run stands for the layer of its card.
    const ir::GraphPtr a = comparing().comparison()->a;
    const NodeId inside = a->value(a->node(match.nodeA).inputs[0]).producer;
    pane().view().setCurrentLayer(0);
    Q_EMIT pane().graph(0).nodeSelected(inside);
    QCOMPARE(pane().view().currentLayer(), 7);
    // Scrolling one column takes the other along.
    pane().graph(0).centerOn(match.nodeA);
    const double before = pane().graph(1).camera().origin().y();
    pane().graph(0).scrollBy({0, 300});
    QVERIFY(pane().graph(1).camera().origin().y() > before);
}

void TestCompareWindow::saysWhatToDoFirst()
{
    auto* switcher = m_window->findChild<views::SegmentedControl*>(QStringLiteral("viewSwitch"));
    press("viewCompare");
    QVERIFY(!pane().isVisible()); // nothing is open
    open(sample("passes_both.onnx"));
    press("viewCompare");
    QVERIFY(pane().isVisible());
    QCOMPARE(switcher->current(), 1);
    QCOMPARE(notice(), QStringLiteral("Nothing to compare with yet"));
    QVERIFY(!pane().findChild<QPushButton*>(QStringLiteral("compareRun"))->isEnabled());
    pane().findChild<QPushButton*>(QStringLiteral("noticeAction"))->click();
    settle();
    QCOMPARE(notice(), QStringLiteral("Compare Float with Fused"));
    pane().findChild<QPushButton*>(QStringLiteral("noticeAction"))->click();
    settle();
    QCOMPARE(comparing().state(), State::Done);
}

void TestCompareWindow::comparesWithASecondFile()
{
    open(write("a.bpuir", "graph(%x: f32[1,4]) {\n@w: f32[4,4] = random 1\n%y = matmul(%x, @w)\nreturn %y }"));
    press("viewCompare");
    comparing().openFile(write("b.bpuir", "graph(%x: f32[1,4]) {\n@w: f32[4,4] = random 2\n%y = matmul(%x, @w)\nreturn %y }"));
    settle();
    QCOMPARE(comparing().sideB().title, QStringLiteral("b.bpuir"));
    comparing().compare();
    settle();
    QCOMPARE(comparing().state(), State::Done);
    QVERIFY(comparing().comparison()->layers[0].metrics.cosine < 0.99);
    QVERIFY(pane().findChild<QWidget*>(QStringLiteral("compareSave"))->isEnabled());
    comparing().setData(m_folder->filePath(QStringLiteral("missing.npy")));
    comparing().compare();
    settle();
    QCOMPARE(comparing().state(), State::Failed);
    QVERIFY2(comparing().message().contains(QStringLiteral("missing.npy")), qPrintable(comparing().message()));
}

void TestCompareWindow::asksForAnInputShape()
{
    fuseAndCompare("dynamic_detector.onnx");
    QCOMPARE(comparing().state(), State::NeedsShape);
    QCOMPARE(notice(), QStringLiteral("The input has no shape yet"));
    pane().findChild<QPushButton*>(QStringLiteral("noticeAction"))->click();
    QVERIFY(m_window->findChild<QDialog*>(QStringLiteral("shapeDialog")));
}

void TestCompareWindow::stopsAndDropsStaleAnswers()
{
    open(sample("camera_net.onnx"));
    session().fuse();
    settle();
    comparing().compare();
    comparing().stop();
    settle();
    QCOMPARE(comparing().state(), State::Idle);
    QVERIFY(!comparing().comparison());
    comparing().compare();
    session().setInputShapes({{session().graph()->value(session().graph()->inputs()[0]).name, {1, 3, 320, 320}}});
    settle();
    QCOMPARE(comparing().state(), State::OutOfDate);
    QVERIFY(!comparing().comparison());
    press("viewCompare");
    QCOMPARE(notice(), QStringLiteral("The graph changed"));
}

void TestCompareWindow::savesTheTable()
{
    fuseAndCompare("classic_net.onnx");
    const auto saved = [&](const char* name) {
        const QString path = m_folder->filePath(QLatin1String(name));
        comparing().save(path);
        settle();
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray csv = saved("table.csv");
    QVERIFY(csv.startsWith("number,layer,layer_b,operator,matched_by,similarity,"));
    QCOMPARE(csv.count('\n'), 6);
    QVERIFY(saved("table.json").startsWith("{"));
}

void TestCompareWindow::clearsWhenTheModelCloses()
{
    fuseAndCompare("classic_net.onnx");
    QVERIFY(comparing().comparison());
    session().close();
    settle();
    QVERIFY(!comparing().comparison());
    QVERIFY(!pane().isVisible());
    QVERIFY(!comparing().sideA().graph);
    open(sample("passes_both.onnx"));
    QVERIFY(m_window->findChild<QWidget*>(QStringLiteral("modulesDock"))->isVisible());
}

void TestCompareWindow::showsWeightsAndWhatANodeComputes()
{
    open(sample("classic_net.onnx"));
    m_window->show(named("/conv1/conv1.0/Conv"));
    settle();
    QTRY_VERIFY2(section().contains(QStringLiteral("weight|")), qPrintable(section()));
    QVERIFY(section().contains(QStringLiteral("Range by channel")));
    QVERIFY(!m_window->findChild<views::FeatureMaps*>());
    m_window->show(named("/conv1/conv1.2/Relu"));
    settle();
    QTRY_VERIFY(!section().contains(QStringLiteral("Range by channel"))); // the inspector shows the other node
    m_window->findChild<QPushButton*>(QStringLiteral("runValues"))->click();
    settle();
    QTRY_VERIFY(m_window->findChild<views::FeatureMaps*>());
    const auto& results = m_window->values().values()->results;
    QCOMPARE(results.size(), 1U);
    auto* maps = m_window->findChild<views::FeatureMaps*>();
    QCOMPARE(maps->count(), static_cast<int>(results[0].planes.size()));
    QTest::mouseClick(maps, Qt::LeftButton, {}, maps->cellRect(1).center());
    QVERIFY(m_window->findChild<QDialog*>(QStringLiteral("planeDialog")));
    // The next node is run for by itself.
    m_window->show(session().graph()->order().back());
    settle();
    QVERIFY(m_window->values().values()->hasRun);
    QCOMPARE(m_window->values().values()->node, session().graph()->order().back());
}

void TestCompareWindow::countsWhatIsNotFinite()
{
    open(write("nan.bpuir", "graph(%x: f32[1,4]) {\n@w: f32[4] = [nan, 1, 0, inf]\n%y = add(%x, @w)\nreturn %y }"));
    m_window->show(session().graph()->order().front());
    settle();
    m_window->values().run();
    settle();
    const passes::NodeValuesPtr values = m_window->values().values();
    QVERIFY(values);
    QCOMPARE(values->weights.at(0).nans, 1U);
    QCOMPARE(values->weights.at(0).infinities, 1U);
    QCOMPARE(values->weights.at(0).zeros, 1U);
    QCOMPARE(values->results.at(0).nans, 1U);
    QTRY_VERIFY(section().contains(QStringLiteral("NaN|1|")));
}

void TestCompareWindow::dropsValuesWithTheGraph()
{
    open(sample("camera_net.onnx"));
    m_window->show(session().graph()->order().front());
    m_window->values().run();
    session().fuse();
    settle();
    const passes::NodeValuesPtr values = m_window->values().values();
    QVERIFY(!values || (values->graph == session().graph() && !values->hasRun));
    session().close();
    settle();
    QVERIFY(!m_window->values().values());
}

QTEST_MAIN(TestCompareWindow)
#include "tst_compare_window.moc"

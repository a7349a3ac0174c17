// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From the float graph to the fixed-point one with the toolbar's buttons.
#include "tests/gui/window_test.h"

#include <QApplication>
#include <QMenu>
#include <QSignalSpy>
#include <QToolButton>

namespace bpu::gui {

class TestQuantize : public WindowTest {
    Q_OBJECT

private Q_SLOTS:
    void init() { makeWindow(); }
    void cleanup() { dropWindow(); }
    void goesTheWholePath();
    void prepareFusesFirst();
    void calibrateAsksForData();
    void anUnfitOperatorIsSaidOrKeptOnTheCpu();
    void wrongDataIsOneSentence();
    void anEditDatesTheLaterStages();
    void undoGoesBackStepByStep();

private:
    QToolButton& button(const char* step) { return *m_window->findChild<QToolButton*>(QStringLiteral("button-") + QLatin1String(step)); }
    bool isNext(const char* step) { return button(step).property("emphasis").toString() == QLatin1String("next"); }
    void openDigits()
    {
        session().setMarch(QStringLiteral("bayes"));
        open(sample("digits_net.onnx"));
        m_window->quantizing().setData(QStringLiteral("random:32"));
    }
    void run(const char* step)
    {
        press(step);
        settle();
    }
    bool isOnGrid(const char* name)
    {
        const ir::GraphPtr graph = session().graph();
        const ir::Node* node = graph->find(graph->findNode(name));
        return node && graph->outputOf(*node)->quant && ir::isInteger(graph->outputOf(*node)->type.dtype());
    }
};

void TestQuantize::goesTheWholePath()
{
    openDigits();
    QVERIFY(isNext("fuse"));
    run("fuse");
    QVERIFY(isNext("prepare") && !isNext("fuse"));
    QVERIFY(!button("calibrate").isEnabled() && !button("convert").isEnabled());
    run("prepare");
    QCOMPARE(session().stage(), ir::Stage::Qat);
    QVERIFY(isNext("calibrate"));
    QVERIFY(!button("convert").isEnabled());
    run("calibrate");
    QCOMPARE(session().stage(), ir::Stage::Qat);
    QCOMPARE(session().graph()->facts().at("calibration"), std::string("mse, 32 samples"));
    QVERIFY(isNext("convert"));
    run("convert");
    QVERIFY2(session().error().isEmpty(), qPrintable(session().error()));
    QCOMPARE(session().stage(), ir::Stage::Quantized);
    QVERIFY(isOnGrid("/conv1/conv1.0/Conv"));
    QVERIFY(!isNext("convert"));
    if (const QString folder = qEnvironmentVariable("BPU_PICTURES"); !folder.isEmpty()) {
        m_window->resize(1600, 1000);
        settle();
        QTest::qWait(300);
        QVERIFY(m_window->grab().save(folder + QStringLiteral("/quantized.png")));
        session().setStage(ir::Stage::Qat);
        settle();
        QTest::qWait(300);
        QVERIFY(m_window->grab().save(folder + QStringLiteral("/qat.png")));
    }
}

void TestQuantize::prepareFusesFirst()
{
    openDigits();
    run("prepare");
    QCOMPARE(session().stage(), ir::Stage::Qat);
    const Document& document = session().history().current();
    QVERIFY(document.find(ir::Stage::Fused) && !document.find(ir::Stage::Fused)->outdated);
    QVERIFY(document.fuseReport);
    QCOMPARE(session().history().undoTitle(), QStringLiteral("Prepare QAT"));
}

void TestQuantize::calibrateAsksForData()
{
    openDigits();
    m_window->quantizing().setData({});
    run("prepare");
    const QSignalSpy asked(&m_window->quantizing(), &QuantizeSession::dataNeeded);
    press("calibrate");
    QCOMPARE(asked.count(), 1);
    auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    QVERIFY(menu && menu->actions().contains(m_window->action(QStringLiteral("dataRandom"))));
    menu->close();
    run("dataRandom");
    QCOMPARE(session().graph()->facts().at("calibration"), std::string("mse, 16 samples"));
}

void TestQuantize::anUnfitOperatorIsSaidOrKeptOnTheCpu()
{
    session().setMarch(QStringLiteral("bernoulli2"));
    open(sample("digits_net.onnx")); // its 8x8 pooling is too large for Bernoulli2
    run("prepare");
    QCOMPARE(session().stage(), ir::Stage::Float);
    QVERIFY2(session().error().contains(QStringLiteral("avgpool")), qPrintable(session().error()));
    m_window->action(QStringLiteral("hybrid"))->setChecked(true);
    run("prepare");
    QCOMPARE(session().stage(), ir::Stage::Qat);
    QVERIFY(session().error().isEmpty());
    m_window->quantizing().setData(QStringLiteral("random:16"));
    run("calibrate");
    run("convert");
    QVERIFY2(session().error().isEmpty(), qPrintable(session().error()));
    const ir::GraphPtr graph = session().graph();
    QCOMPARE(graph->node(graph->findNode("/avgpool/AveragePool")).attributes.text("device"), std::string_view("cpu"));
    QVERIFY(isOnGrid("/conv2/conv2.0/Conv"));
}

void TestQuantize::wrongDataIsOneSentence()
{
    openDigits();
    run("prepare");
    m_window->quantizing().setData(sample("no such folder"));
    run("calibrate");
    QVERIFY(session().error().contains(QStringLiteral("no such folder")));
    QVERIFY(session().graph()->facts().find("calibration") == session().graph()->facts().end());
}

void TestQuantize::anEditDatesTheLaterStages()
{
    openDigits();
    run("prepare");
    run("calibrate");
    run("convert");
    m_window->quantizing().setObserver(QStringLiteral("min_max"));
    run("calibrate");
    QCOMPARE(session().stage(), ir::Stage::Qat);
    QVERIFY(session().history().current().find(ir::Stage::Quantized)->outdated);
    QVERIFY(isNext("convert"));
    run("convert");
    QVERIFY(!session().history().current().find(ir::Stage::Quantized)->outdated);
}

void TestQuantize::undoGoesBackStepByStep()
{
    openDigits();
    run("prepare");
    run("calibrate");
    run("convert");
    for (const char* title : {"Convert", "Calibrate", "Prepare QAT"}) {
        QCOMPARE(session().history().undoTitle(), QString::fromLatin1(title));
        run("undo");
    }
    QCOMPARE(session().stage(), ir::Stage::Float);
    QVERIFY(!session().history().current().find(ir::Stage::Qat));
}

} // namespace bpu::gui

QTEST_MAIN(bpu::gui::TestQuantize)
#include "tst_quantize.moc"

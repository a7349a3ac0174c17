// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/rewriter.h"
#include "core/ir/text.h"
#include "core/ir/verifier.h"
#include "passes/pass_manager.h"
#include "tests/support/text_graph.h"

#include <QTest>

using namespace bpu;

class TestPassManager : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void runsInTheOrderGiven();
    void leavesOutWhatIsSwitchedOff();
    void refuses_data();
    void refuses();
    void removesWhatIsTransparent();
    void foldsConstants();
};

static const char kNet[] = R"(graph(%x: f32[1,2,4,4]) {
    @w: f32[2,2,1,1] = random 1
    %c: f32[1,2,4,4] = conv2d(%x, @w) {kernel_size=[1,1]}
    %d: f32[1,2,4,4] = dropout(%c)
    %r: f32[1,2,4,4] = relu(%d)
    %y: f32[1,2,4,4] = identity(%r)
    return %y })";

void TestPassManager::runsInTheOrderGiven()
{
    const auto result = passes::runPasses(test::graphOf(kNet), {"remove_transparent", "fuse"});
    QVERIFY2(result, result ? "" : result.error().text().c_str());
    QCOMPARE(result->runs.size(), size_t{2});
    QCOMPARE(result->runs[0].nodesBefore, size_t{4});
    QCOMPARE(result->runs[0].nodesAfter, size_t{2});
    QCOMPARE(result->graph.nodeCount(), size_t{1});
    QVERIFY(result->runs[1].milliseconds >= 0);
    QCOMPARE(result->graph.stage(), ir::Stage::Fused);
    QCOMPARE(result->graph.value(result->graph.outputs()[0]).name, std::string("y"));
}

void TestPassManager::leavesOutWhatIsSwitchedOff()
{
    const auto result = passes::runPasses(test::graphOf(kNet), {"remove_transparent", "fuse"}, {"remove_transparent"});
    QVERIFY(result);
    QCOMPARE(result->runs.size(), size_t{1});
    QCOMPARE(result->graph.nodeCount(), size_t{4});
}

void TestPassManager::refuses_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("pass");
    QTest::addColumn<QByteArray>("code");
    QTest::newRow("unknown pass") << QByteArray(kNet) << QByteArray("shrink") << QByteArray("pass.unknown");
    QTest::newRow("another stage") << QByteArray("graph(%x: f32[1]) stage quantized {\n return %x\n}") << QByteArray("fuse") << QByteArray("pass.stage");
}

void TestPassManager::refuses()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, pass);
    QFETCH(QByteArray, code);
    const auto result = passes::runPasses(test::graphOf(text.constData()), {pass.toStdString()});
    QVERIFY(!result);
    QCOMPARE(result.error().code, code.toStdString());
}

void TestPassManager::removesWhatIsTransparent()
{
    // An identity between an input and an output keeps both names.
    const ir::Graph graph = test::graphOf("graph(%x: f32[1]) {\n %y: f32[1] = identity(%x)\n return %y\n}");
    const auto kept = passes::runPasses(graph, {"remove_transparent"});
    QVERIFY(kept);
    QCOMPARE(ir::print(kept->graph), ir::print(graph));
}

void TestPassManager::foldsConstants()
{
    const auto result = passes::runPasses(test::graphOf("graph(%x: f32[2,3]) {\n %s: i64[2] = shape(%x)\n return %s\n}"), {"fold_constants"});
    QVERIFY(result);
    QCOMPARE(result->graph.nodeCount(), size_t{0});
    QCOMPARE(result->graph.value(result->graph.outputs()[0]).constant->toInts(), (std::vector<int64_t>{2, 3}));
}

QTEST_APPLESS_MAIN(TestPassManager)
#include "tst_pass_manager.moc"

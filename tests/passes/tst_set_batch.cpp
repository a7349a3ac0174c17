// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A graph for one sample becomes one for several: what is rewritten, and what is refused with which sentence.
#include "core/data/batches.h"
#include "core/ir/verifier.h"
#include "passes/set_batch/set_batch.h"
#include "tests/support/text_graph.h"

#include <QTest>

using namespace bpu;

namespace {

Result<void> enlargeAndCheck(const ir::Graph& graph, int64_t batch)
{
    BPU_TRY(batched, passes::setBatch(graph, batch));
    const auto many = std::make_shared<const ir::Graph>(std::move(batched));
    BPU_TRY(random, data::openDataset({"random:8:3"}, data::wantedInputs(*many)));
    BPU_TRY(inputs, data::Batches(random, data::wantedInputs(*many)).next());
    return passes::checkBatch(std::make_shared<const ir::Graph>(graph), many, inputs->inputs);
}

} // namespace

class TestSetBatch : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everySampleGivesWhatItGivesAlone_data();
    void everySampleGivesWhatItGivesAlone();
    void refusesWhatHasNoBatch_data();
    void refusesWhatHasNoBatch();
    void samplesThatMixAreFound();
    void aBatchOfOneChangesNothing();
};

void TestSetBatch::everySampleGivesWhatItGivesAlone_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("type");
    const auto row = [](const char* name, const char* text, const char* type) { QTest::newRow(name) << QString::fromLatin1(text) << QString::fromLatin1(type); };
    row("element by element", "graph(%x: f32[1,3]) {\n  %y = relu(%x)\n  return %y\n}", "f32[4,3]");
    row("reshape with a leading 1", "graph(%x: f32[1,2,3]) {\n  %y = reshape(%x) {shape=[1,6]}\n  return %y\n}", "f32[4,6]");
    row("reshape with -1 behind", "graph(%x: f32[1,2,3]) {\n  %y = reshape(%x) {shape=[1,-1]}\n  return %y\n}", "f32[4,6]");
    row("reshape with a leading -1", "graph(%x: f32[1,2,3]) {\n  %y = reshape(%x) {shape=[-1,6]}\n  return %y\n}", "f32[4,6]");
    row("reshape by a constant", "graph(%x: f32[1,2,3]) {\n  @s: i64[2] = [1, 6]\n  %y = reshape(%x, @s)\n  return %y\n}", "f32[4,6]");
    row("windows and back", "graph(%x: f32[1,6,2]) {\n  %w = reshape(%x) {shape=[3,2,2]}\n  %r = relu(%w)\n  %y = reshape(%r) {shape=[1,6,2]}\n  return %y\n}", "f32[4,6,2]");
    row("the batch moves", "graph(%x: f32[1,2,3]) {\n  %p = permute(%x) {dims=[1,0,2]}\n  %r = reshape(%p) {shape=[2,1,3,1]}\n  %y = permute(%r) {dims=[1,0,2,3]}\n  return %y\n}", "f32[4,2,3,1]");
    row("two inputs", "graph(%a: f32[1,3], %b: f32[1,3]) {\n  %y = add(%a, %b)\n  return %y\n}", "f32[4,3]");
    row("a token is joined", "graph(%x: f32[1,2,2]) {\n  @t: f32[1,1,2] = [7, 8]\n  %y = cat(@t, %x) {dim=1}\n  return %y\n}", "f32[4,3,2]");
    row("expand", "graph(%x: f32[1,1,2]) {\n  %y = expand(%x) {shape=[1,3,2]}\n  return %y\n}", "f32[4,3,2]");
}

void TestSetBatch::everySampleGivesWhatItGivesAlone()
{
    QFETCH(QString, text);
    QFETCH(QString, type);
    const ir::Graph graph = test::typedGraph(text.toStdString());
    const auto batched = passes::setBatch(graph, 4);
    QVERIFY2(batched, batched ? "" : batched.error().text().c_str());
    QCOMPARE(QString::fromStdString(batched->value(batched->outputs()[0]).type.text()), type);
    const auto valid = ir::verify(*batched);
    QVERIFY2(valid, valid ? "" : valid.error().text().c_str());
    const Result<void> same = enlargeAndCheck(graph, 4);
    QVERIFY2(same, same ? "" : same.error().text().c_str());
}

void TestSetBatch::refusesWhatHasNoBatch_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("sentence");
    const auto row = [](const char* name, const char* text, const char* sentence) { QTest::newRow(name) << QString::fromLatin1(text) << QByteArray(sentence); };
    row("a batch of its own", "graph(%x: f32[2,3]) {\n  %y = relu(%x)\n  return %y\n}", "x: is f32[2,3]; only inputs whose first dimension is 1 can be given a batch");
    row("a scalar", "graph(%x: f32[]) {\n  %y = relu(%x)\n  return %y\n}", "x: is f32[]; only inputs");
    row("the batch is summed up", "graph(%x: f32[1,3]) {\n  %y = mean(%x) {dim=[0,1], keepdim=true}\n  return %y\n}", "puts the samples of a batch together (f32[1,1] becomes f32[1,1]); run with a batch of 1");
    row("an output of constants", "graph(%x: f32[1,3]) {\n  @c: f32[2] = [1, 2]\n  %y = relu(%x)\n  return %y, @c\n}", "this output does not depend on the batch");
}

void TestSetBatch::refusesWhatHasNoBatch()
{
    QFETCH(QString, text);
    QFETCH(QByteArray, sentence);
    const auto batched = passes::setBatch(test::typedGraph(text.toStdString()), 4);
    QVERIFY(!batched);
    QCOMPARE(batched.error().code, std::string("batch.fixed"));
    QVERIFY2(QByteArray::fromStdString(batched.error().text()).contains(sentence), batched.error().text().c_str());
}

void TestSetBatch::samplesThatMixAreFound()
{
    // Softmax over the batch keeps every shape; only the numbers tell.
    const Result<void> same = enlargeAndCheck(test::typedGraph("graph(%x: f32[1,3]) {\n  %y = softmax(%x) {dim=0}\n  return %y\n}"), 4);
    QVERIFY(!same);
    QCOMPARE(same.error().text(), std::string("y: the samples of a batch influence each other's results here; run with a batch of 1"));
}

void TestSetBatch::aBatchOfOneChangesNothing()
{
    const ir::Graph graph = test::typedGraph("graph(%x: f32[?,3]) {\n  %y = relu(%x)\n  return %y\n}");
    QCOMPARE(passes::setBatch(graph, 1)->value(graph.inputs()[0]).type, graph.value(graph.inputs()[0]).type);
}

QTEST_APPLESS_MAIN(TestSetBatch)
#include "tst_set_batch.moc"

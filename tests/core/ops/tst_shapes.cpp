// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Shape rules and costs, a row each: known sizes give sizes, unknown ones stay unknown, wrong ones are an error.
#include "core/ir/graph_editor.h"
#include "core/ir/text.h"
#include "core/ops/op_spec.h"
#include "tests/support/text_graph.h"

#include <QStringList>
#include <QTest>

using namespace bpu;

namespace {

/// Types of the results joined by a space, or the code of the error.
QByteArray inferred(const QByteArray& inputs, const QByteArray& node, const QByteArray& results)
{
    const auto graph = ops::inferTypes(test::graphOf("graph g(" + inputs.toStdString() + ") { " + results.toStdString() + " = " + node.toStdString() +
                                                     " return " + results.toStdString() + " }"));
    if (!graph)
        return QByteArray::fromStdString(graph.error().code);
    QByteArray types;
    for (const ValueId output : graph->outputs())
        types += (types.isEmpty() ? "" : " ") + QByteArray::fromStdString(graph->value(output).type.text());
    return types;
}

} // namespace

class TestShapes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void infers_data();
    void infers();
    void keepsTheDTypeOfAGrid();
    void branchesAgree_data();
    void branchesAgree();
    void stacksWhatALoopReturns();
    void countsMacs_data();
    void countsMacs();
    void titlesAndSummariesStayShort();
};

void TestShapes::infers_data()
{
    QTest::addColumn<QByteArray>("inputs");
    QTest::addColumn<QByteArray>("node");
    QTest::addColumn<QByteArray>("types");
    QTest::addColumn<QByteArray>("results");
    const auto row = [](const char* inputs, const char* node, const char* types, const char* results = "%y") {
        QTest::newRow(QByteArray(node) + " of " + inputs) << QByteArray(inputs) << QByteArray(node) << QByteArray(types) << QByteArray(results);
    };
    row("%x: f32[1,3,?,8], %w: f32[4,3,3,3]", "conv2d(%x, %w) {kernel_size=[3,3]}", "f32[1,4,?,6]");
    row("%x: f32[1,3,8], %w: f32[4,3,3,3]", "conv2d(%x, %w) {kernel_size=[3,3]}", "op.rank");
    row("%x: f32[*], %w: f32[4,3,3,3]", "conv2d(%x, %w) {kernel_size=[3,3]}", "f32[?,4,?,?]");
    row("%x: f32[2,3], %w: f32[5,3]", "linear(%x, %w)", "f32[2,5]");
    row("%x: f32[2,3], %w: f32[5,4]", "linear(%x, %w)", "op.features");
    row("%a: f32[2,?,3], %b: f32[3,5]", "matmul(%a, %b)", "f32[2,?,5]");
    row("%a: f32[], %b: f32[3,5]", "matmul(%a, %b)", "op.rank");
    row("%a: f32[2,3], %b: f32[3,5]", "einsum(%a, %b) {equation=\"ij,jk->ki\"}", "f32[5,2]");
    row("%a: f32[2,3], %b: f32[3,5]", "einsum(%a, %b) {equation=\"ij,jk\"}", "f32[2,5]");
    row("%a: f32[7,1,2,3], %b: f32[4,3,5]", "einsum(%a, %b) {equation=\"...ij,...jk->...ik\"}", "f32[7,4,2,5]");
    row("%a: f32[7,2,?], %b: f32[?,5]", "einsum(%a, %b) {equation=\"...ij, jk -> ...ik\"}", "f32[7,2,5]");
    row("%a: f32[2,3], %b: f32[4,5]", "einsum(%a, %b) {equation=\"ij,jk->ik\"}", "op.shape");
    row("%a: f32[2,3], %b: f32[*]", "einsum(%a, %b) {equation=\"ij,jk->ik\"}", "f32[*]");
    row("%a: f32[2,3]", "einsum(%a) {equation=\"ijk->ik\"}", "f32[*]");
    row("%a: f32[2,3]", "einsum(%a) {equation=\"ij,jk->ik\"}", "f32[*]");
    row("%x: u8[1,3,8,8], %s: f32[], %z: u8[], %w: i8[4,3,3,3], %ws: f32[4], %wz: i8[4], %ys: f32[], %yz: u8[]",
        "qlinear_conv(%x, %s, %z, %w, %ws, %wz, %ys, %yz) {kernel_shape=[3,3], pads=[1,1,1,1], strides=[2,2]}", "u8[1,4,4,4]");
    row("%x: u8[1,3,8,8], %w: i8[4,3,3,3]", "conv_integer(%x, %w) {auto_pad=\"NOTSET\"}", "i32[1,4,6,6]");
    row("%x: u8[1,3], %w: i8[4,3]", "conv_integer(%x, %w)", "op.rank");
    row("%x: u8[*], %w: i8[4,3,3,3]", "conv_integer(%x, %w)", "i32[*]");
    row("%x: u8[2,3], %w: i8[3,5]", "matmul_integer(%x, %w)", "i32[2,5]");
    row("%a: u8[2,3], %s: f32[], %z: u8[], %b: i8[3,5], %t: f32[], %y: i8[], %u: f32[], %v: i8[]", "qlinear_matmul(%a, %s, %z, %b, %t, %y, %u, %v)",
        "i8[2,5]", "%r");
    row("%x: f32[2,3]", "dynamic_quantize_linear(%x)", "u8[2,3] f32[] u8[]", "%a, %b, %c");
    row("%x: f32[1,8,9,9], %b: f32[1,10,4]", "multi_scale_roi_align(%x, %b) {output_size=[7,5]}", "f32[10,8,7,5]");
    row("%x: f32[1,8,9,9], %z: f32[1,8,4,4], %b: f32[?,4]", "multi_scale_roi_align(%x, %z, %b) {output_size=[7,5]}", "f32[?,8,7,5]");
    row("%x: f32[1,8,9,9]", "anchor_generator(%x)", "f32[*]");
    row("%x: f32[3,4]", "unique(%x) {axis=1}", "f32[3,?] i64[?] i64[4] i64[?]", "%a, %b, %c, %d");
    row("%x: f32[3,4]", "unique(%x)", "f32[?] i64[?] i64[12] i64[?]", "%a, %b, %c, %d");
    row("%x: f32[3,4], %c: bool[4]", "compress(%x, %c) {axis=2}", "op.axis");
    row("%x: f32[5,3,3]", "det(%x)", "f32[5]");
    row("%x: f32[5,3,4]", "det(%x)", "op.shape");
    row("%x: f32[3,4]", "bernoulli(%x) {dtype=9}", "bool[3,4]");
    row("%x: f32[3,4]", "multinomial(%x) {sample_size=7}", "i32[3,7]");
    row("", "random() {shape=[2,3], kind=\"RandomNormal\"}", "f32[2,3]");
    row("", "random() {shape=[2,-3], kind=\"RandomNormal\"}", "op.shape");
    row("%x: f32[1,10,1]", "dft(%x) {axis=1, onesided=1}", "f32[1,6,2]");
    row("%x: f32[1,10,1]", "dft(%x) {axis=2}", "op.axis");
    row("%x: f32[6,2]", "chunk(%x) {dim=0, chunks=4}", "f32[2,2] f32[2,2] f32[2,2]", "%a, %b, %c");
    row("%x: f32[2,3]", "logical_not(%x)", "bool[2,3]");
}

void TestShapes::infers()
{
    QFETCH(QByteArray, inputs);
    QFETCH(QByteArray, node);
    QFETCH(QByteArray, types);
    QFETCH(QByteArray, results);
    QCOMPARE(inferred(inputs, node, results), types);
}

void TestShapes::keepsTheDTypeOfAGrid()
{
    const auto graph = ops::inferTypes(test::graphOf(R"(graph g(%x: f32[1,4,8,8]) stage quantized {
        @w: i8[2,4,3,3] qint8 [0.5,0.25] axis 0
        @t: i8[256]
        %q: i8[?,?,?,?] qint8 [0.1] axis -1 = quant_stub(%x)
        %acc: i32[?,?,?,?] qint32 [0.05,0.025] axis 1 = conv2d(%q, @w) {kernel_size=[3,3]}
        %r: i16[?,?,?,?] qint16 [0.1] axis -1 = requantize(%acc)
        %s: i8[?,?,?,?] qint8 [0.1] axis -1 = table(%q, @t)
        %y: f32[?,?,?,?] = dequant_stub(%r)
        return %y, %s, %acc, %r })"));
    QVERIFY2(graph, graph ? "" : graph.error().text().c_str());
    QStringList types;
    for (const ValueId output : graph->outputs())
        types << QString::fromStdString(graph->value(output).type.text());
    QCOMPARE(types.join(QChar(u' ')), QStringLiteral("f32[1,2,6,6] i8[1,4,8,8] i32[1,2,6,6] i16[1,2,6,6]"));
}

void TestShapes::branchesAgree_data()
{
    QTest::addColumn<QByteArray>("first");
    QTest::addColumn<QByteArray>("second");
    QTest::addColumn<QByteArray>("type");
    QTest::newRow("same") << QByteArray("f32[2,3]") << QByteArray("f32[2,3]") << QByteArray("f32[2,3]");
    QTest::newRow("dimension") << QByteArray("f32[2,3]") << QByteArray("f32[4,3]") << QByteArray("f32[?,3]");
    QTest::newRow("rank") << QByteArray("f32[2,3]") << QByteArray("f32[3]") << QByteArray("f32[*]");
    QTest::newRow("dtype") << QByteArray("f32[2,3]") << QByteArray("i64[2,3]") << QByteArray("?[2,3]");
}

void TestShapes::branchesAgree()
{
    QFETCH(QByteArray, first);
    QFETCH(QByteArray, second);
    QFETCH(QByteArray, type);
    const auto body = [](const QByteArray& text) {
        return std::make_shared<const ir::Graph>(test::typedGraph("graph b(%x: " + text.toStdString() + ") { %y = relu(%x) return %y }"));
    };
    ir::GraphEditor editor(test::graphOf("graph g(%c: bool[]) { %y = if(%c) return %y }"));
    const NodeId node = editor.graph().order().front();
    editor.setAttribute(node, "then_branch", body(first));
    editor.setAttribute(node, "else_branch", body(second));
    const auto graph = ops::inferTypes(*editor.finish());
    QVERIFY(graph);
    QCOMPARE(QByteArray::fromStdString(graph->value(graph->outputs().front()).type.text()), type);
}

void TestShapes::stacksWhatALoopReturns()
{
    ir::GraphEditor editor(test::graphOf("graph g(%n: i64[], %c: bool[], %a: f32[2,3]) { %r, %s = loop(%n, %c, %a) return %r, %s }"));
    const NodeId node = editor.graph().order().front();
    editor.setAttribute(node, "body", std::make_shared<const ir::Graph>(test::typedGraph(
        "graph b(%i: i64[], %k: bool[], %v: f32[2,3], %z: f32[4,3]) { %o = relu(%z) %q = relu(%v) return %k, %o, %q }")));
    const auto graph = ops::inferTypes(*editor.finish());
    QVERIFY(graph);
    QCOMPARE(graph->value(graph->outputs()[0]).type.text(), std::string("f32[?,3]"));
    QCOMPARE(graph->value(graph->outputs()[1]).type.text(), std::string("f32[?,2,3]"));
}

void TestShapes::countsMacs_data()
{
    QTest::addColumn<QByteArray>("inputs");
    QTest::addColumn<QByteArray>("node");
    QTest::addColumn<qint64>("macs");
    const auto row = [](const char* inputs, const char* node, qint64 macs) { QTest::newRow(node) << QByteArray(inputs) << QByteArray(node) << macs; };
    row("%a: f32[2,3], %b: f32[3,5]", "einsum(%a, %b) {equation=\"ij,jk->ik\"}", 2 * 3 * 5);
    row("%a: f32[2,3], %b: f32[3,5], %c: f32[5,7]", "einsum(%a, %b, %c) {equation=\"ij,jk,kl->il\"}", 2 * 3 * 5 + 2 * 5 * 7);
    row("%a: f32[4,6,2,3], %b: f32[4,6,3,5]", "einsum(%a, %b) {equation=\"...ij,...jk->...ik\"}", 4 * 6 * 2 * 3 * 5);
    row("%q: f32[5,2,8], %k: f32[7,2,8], %v: f32[7,2,8]", "multihead_attention(%q, %k, %v) {num_heads=2}",
        2 * (2 * 5 * 7 * 8) + 2 * (5 + 7 + 7 + 5) * 8 * 8);
    row("%x: u8[1,3,8,8], %w: i8[4,3,3,3]", "conv_integer(%x, %w)", 4 * 6 * 6 * 27);
}

void TestShapes::countsMacs()
{
    QFETCH(QByteArray, inputs);
    QFETCH(QByteArray, node);
    QFETCH(qint64, macs);
    const ir::Graph graph = test::typedGraph("graph g(" + inputs.toStdString() + ") { %y = " + node.toStdString() + " return %y }");
    const auto cost = ops::cost(graph, graph.node(graph.order().front()));
    QVERIFY(cost);
    QCOMPARE(static_cast<qint64>(cost->macs), macs);
}

void TestShapes::titlesAndSummariesStayShort()
{
    const ir::Graph four = test::typedGraph("graph g(%a: f32[2], %b: f32[2], %c: f32[2], %d: f32[2]) { %y = einsum(%a, %b, %c, %d) {equation=\"i,i,i,i->i\"} return %y }");
    QCOMPARE(ops::title(four.node(four.order().front())), std::string("einsum"));
    ir::GraphEditor editor(test::graphOf("graph g(%a: f32[2]) { %y = reshape(%a) return %y }"));
    editor.setOp(editor.graph().order().front(), "permute");
    editor.setAttribute(editor.graph().order().front(), "dims", std::vector<int64_t>(5000, INT64_MIN));
    const ir::Graph wide = *editor.finish();
    const QString summary = QString::fromStdString(ops::summary(wide, wide.node(wide.order().front())));
    QVERIFY(!summary.isEmpty());
    QVERIFY2(summary.size() <= 64, qPrintable(summary));
    QVERIFY(summary.endsWith(QChar(0x2026)));
}

QTEST_APPLESS_MAIN(TestShapes)
#include "tst_shapes.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/text.h"
#include "core/ir/verifier.h"

#include <QTest>

using namespace bpu;

class TestText : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void printsWhatItParsed_data();
    void printsWhatItParsed();
    void saysLineAndExpectation_data();
    void saysLineAndExpectation();
    void readsConstants();
};

void TestText::printsWhatItParsed_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("chain") << QByteArray("graph net(%x: f32[1,3,8,8]) {\n"
                                         "    @w: f32[2,3,1,1] = [0, 0.5, 1, -2, 1e-07, 3]\n"
                                         "    %c: f32[1,2,8,8] = conv2d(%x, @w) {kernel_size=[1,1]} scope \"layer1.conv\"\n"
                                         "    %y: f32[1,2,8,8] = relu(%c) origin \"torch.nn.ReLU\" of \"act\" at \"net.py\":12\n"
                                         "    return %y, %c\n}\n");
    QTest::newRow("everything") << QByteArray(
        "graph \"a b\"(%x: f32[?,3], %\"odd name\": i64[*]) stage quantized {\n"
        "    %v: f32[?,5] qint8 [0.05] axis -1, %i: i64[?,5] = topk(%x, _) {k=5, largest=true, names=[\"a\",\"b\"], "
        "ratio=[0.5,1.0], value=tensor f32[1] = [2], word=\"q\\\"t\"} name \"top\"\n"
        "    com.acme.Warp(%\"odd name\") name \"sink\"\n"
        "    return %v\n}\n");
    QTest::newRow("constants on a grid") << QByteArray("graph() stage quantized {\n    @w: i8[2,1] qint8 [0.5,0.25] axis 0 = [-128, 127]\n    return @w\n}\n");
    QTest::newRow("no inputs, no nodes") << QByteArray("graph() {\n    @c: i64[] = [7]\n    return @c\n}\n");
}

void TestText::printsWhatItParsed()
{
    QFETCH(QByteArray, text);
    const auto graph = ir::parse(text.toStdString());
    QVERIFY2(graph, graph ? "" : graph.error().text().c_str());
    QCOMPARE(QByteArray::fromStdString(ir::print(*graph)), text);
    const auto verified = ir::verify(*graph);
    QVERIFY2(verified, verified ? "" : verified.error().text().c_str());
}

void TestText::saysLineAndExpectation_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("message");
    QTest::newRow("empty") << QByteArray() << QByteArray("line 1: expected 'graph', found 'the end'; correct the text");
    QTest::newRow("undefined value") << QByteArray("graph() {\n%y = relu(%x)\nreturn %y }")
                                     << QByteArray("line 2: %x is not defined above; define it first");
    QTest::newRow("defined twice") << QByteArray("graph(%x: f32[1]) {\n\n%x = relu(%x)\nreturn %x }")
                                   << QByteArray("line 3: %x is defined twice; rename one");
    QTest::newRow("dtype") << QByteArray("graph(%x: f31[1]) { return %x }")
                           << QByteArray("line 1: expected a dtype such as f32, found '[1]) { return %x }'; correct the text");
    QTest::newRow("too few elements") << QByteArray("graph() { @c: f32[3] = [1, 2]\nreturn @c }")
                                      << QByteArray("line 1: expected 3 elements, found 'the end'; correct the text");
    QTest::newRow("open quote") << QByteArray("graph(%\"x: f32[1]) { return }")
                                << QByteArray("line 1: expected the closing quote, found 'the end'; correct the text");
}

void TestText::saysLineAndExpectation()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, message);
    const auto graph = ir::parse(text.toStdString());
    QVERIFY(!graph);
    QCOMPARE(graph.error().code, std::string("text.syntax"));
    QCOMPARE(QByteArray::fromStdString(graph.error().text()), message);
}

void TestText::readsConstants()
{
    const auto graph = ir::parse("graph() { @z: f32[2,2] @f: f64[3] = fill 2.5 @r: f32[100] = random 1 return @z, @f, @r }");
    QVERIFY(graph);
    const auto constant = [&](size_t i) { return *graph->value(graph->outputs()[i]).constant; };
    QCOMPARE(constant(0).toDoubles(), std::vector<double>(4, 0.0));
    QCOMPARE(constant(1).toDoubles(), std::vector<double>(3, 2.5));
    const std::vector<double> random = constant(2).toDoubles();
    QVERIFY(std::ranges::all_of(random, [](double v) { return v >= -1 && v < 1; }));
    QVERIFY(std::ranges::max(random) > 0.5 && std::ranges::min(random) < -0.5);
}

QTEST_APPLESS_MAIN(TestText)
#include "tst_text.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What moves numbers keeps their grid; what computes does not.
#include "core/ops/keeps_grid.h"
#include "core/ops/op_spec.h"
#include "tests/support/text_graph.h"

#include <QTest>

#include <algorithm>

using namespace bpu;

namespace {

ir::Node nodeOf(std::string_view op, std::string_view mode = {})
{
    ir::Node node;
    node.op = op;
    if (!mode.empty())
        node.attributes.set("mode", std::string(mode));
    return node;
}

} // namespace

class TestKeepsGrid : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void movesKeepIt_data();
    void movesKeepIt();
    void nearestInterpolationAloneKeepsIt();
    void everyNumberOfAMoveIsOneOfItsInput();
    void theChannelsAreFoundBehindAMove_data();
    void theChannelsAreFoundBehindAMove();
};

void TestKeepsGrid::movesKeepIt_data()
{
    QTest::addColumn<bool>("keeps");
    for (const char* op : {"reshape", "flatten", "permute", "slice", "select", "split", "chunk", "expand", "tile", "gather", "index_select", "pixel_shuffle", "pad",
                           "max_pool2d", "adaptive_max_pool2d", "amax", "max", "topk", "identity", "dropout", "relu", "squeeze", "unsqueeze"})
        QTest::newRow(op) << true;
    for (const char* op : {"conv2d", "linear", "matmul", "add", "cat", "stack", "avg_pool2d", "mean", "sum", "sigmoid", "relu6", "clamp", "abs", "softmax", "argmax", "where",
                           "no_such_operator"})
        QTest::newRow(op) << false;
}

void TestKeepsGrid::movesKeepIt()
{
    QFETCH(bool, keeps);
    QCOMPARE(ops::keepsGrid(nodeOf(QTest::currentDataTag())), keeps);
}

void TestKeepsGrid::nearestInterpolationAloneKeepsIt()
{
    QVERIFY(ops::keepsGrid(nodeOf("interpolate")));
    QVERIFY(ops::keepsGrid(nodeOf("interpolate", "nearest")));
    QVERIFY(!ops::keepsGrid(nodeOf("interpolate", "bilinear")));
}

/// Of all operators with a kernel for folding: those that keep the grid give back numbers of {-3, 0, 5} only.
void TestKeepsGrid::everyNumberOfAMoveIsOneOfItsInput()
{
    int tried = 0;
    for (const ops::OpSpec* spec : ops::all()) {
        if (!spec->evaluate || !ops::keepsGrid(nodeOf(spec->name)))
            continue;
        const ir::Graph graph = test::graphOf("graph g() {\n @x: f32[1,1,2,2] = [-3, 0, 5, 5]\n %y = " + std::string(spec->name) + "(@x)\n return %y\n}");
        const ir::Node& node = graph.node(graph.order().front());
        if (!spec->inferTypes(graph, node))
            continue; // wants attributes
        const auto results = spec->evaluate(graph, node);
        if (!results)
            continue;
        ++tried;
        for (const double number : results->front().toDoubles())
            QVERIFY2(std::ranges::count(std::array{-3.0, 0.0, 5.0}, number) == 1, std::string(spec->name).c_str());
    }
    QVERIFY(tried >= 4);
}

void TestKeepsGrid::theChannelsAreFoundBehindAMove_data()
{
    QTest::addColumn<QString>("node");
    QTest::addColumn<int>("axis"); // -1: torn apart
    QTest::newRow("flatten behind") << QStringLiteral("flatten(%x) {start_dim=1, end_dim=-1}") << -1;
    QTest::newRow("flatten of pixels") << QStringLiteral("flatten(%x) {start_dim=2, end_dim=-1}") << 1;
    QTest::newRow("reshape keeps") << QStringLiteral("reshape(%x) {shape=[1,1,6,8]}") << 2;
    QTest::newRow("reshape tears") << QStringLiteral("reshape(%x) {shape=[1,2,3,8]}") << -1;
    QTest::newRow("permute") << QStringLiteral("permute(%x) {dims=[0,2,3,1]}") << 3;
    QTest::newRow("select before") << QStringLiteral("select(%x) {dim=0, index=0}") << 0;
    QTest::newRow("select the channel") << QStringLiteral("select(%x) {dim=1, index=0}") << -1;
    QTest::newRow("max pool") << QStringLiteral("max_pool2d(%x) {kernel_size=[2,2], stride=[2,2], padding=[0,0,0,0]}") << 1;
    QTest::newRow("slice of channels") << QStringLiteral("slice(%x) {dims=[1], starts=[0], ends=[3]}") << -1;
    QTest::newRow("slice of rows") << QStringLiteral("slice(%x) {dims=[2], starts=[0], ends=[1]}") << 1;
    QTest::newRow("shuffle") << QStringLiteral("channel_shuffle(%x) {groups=2}") << -1;
    QTest::newRow("relu") << QStringLiteral("relu(%x)") << 1;
}

void TestKeepsGrid::theChannelsAreFoundBehindAMove()
{
    QFETCH(QString, node);
    QFETCH(int, axis);
    const ir::Graph graph = test::typedGraph("graph g(%x: f32[1,6,2,4]) {\n %y = " + node.toStdString() + "\n return %y\n}");
    QCOMPARE(ops::axisBehind(graph, graph.node(graph.order().front()), 1).value_or(-1), axis);
}

QTEST_APPLESS_MAIN(TestKeepsGrid)
#include "tst_keeps_grid.moc"

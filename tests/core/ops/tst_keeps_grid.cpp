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

QTEST_APPLESS_MAIN(TestKeepsGrid)
#include "tst_keeps_grid.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/rewriter.h"
#include "core/ops/totals.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <utility>

using namespace bpu;

namespace {

constexpr std::string_view kNet = "graph g(%x: f32[1,3,8,8]) { @w: f32[4,3,3,3] @g: f32[4] @b: f32[4] @m: f32[4] @v: f32[4] "
                                  "%c = conv2d(%x, @w) {kernel_size=[3,3]} %y = batch_norm2d(%c, @g, @b, @m, @v) return %y }";

} // namespace

class TotalsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsParametersAsPyTorchDoes()
    {
        const ops::Totals totals = ops::totals(test::typedGraph(kNet));
        QCOMPARE(totals.parameters, int64_t(4 * 3 * 3 * 3 + 4 + 4)); // the running mean and variance are buffers
        QCOMPARE(totals.operators.at("Conv2d"), size_t(1));
        QCOMPARE(totals.unknownCosts, size_t(0));
        QVERIFY(totals.macs >= 4 * 6 * 6 * 27);
    }

    void saysOfHowManyOperatorsTheCostIsUnknown()
    {
        const ops::Totals totals = ops::totals(test::typedGraph("graph g(%x: f32[1,3,?,8]) { @w: f32[4,3,3,3] %y = conv2d(%x, @w) {kernel_size=[3,3]} return %y }"));
        QCOMPARE(totals.unknownCosts, size_t(1));
        QCOMPARE(totals.macs, int64_t(0));
    }

    void countsASharedBodyOnce()
    {
        const auto body = std::make_shared<const ir::Graph>(test::typedGraph(kNet));
        ir::Graph graph = test::typedGraph("graph g(%c: bool[]) { %y: f32[1,4,6,6] = onnx.If(%c) return %y }");
        const NodeId holder = graph.order().front();
        ir::GraphEditor editor(std::move(graph));
        editor.setAttribute(holder, "then_branch", body);
        editor.setAttribute(holder, "else_branch", body);
        const Result<ir::Graph> edited = editor.finish();
        QVERIFY(edited);
        const ops::Totals totals = ops::totals(*edited);
        QCOMPARE(totals.operators.size(), size_t(1));
        QCOMPARE(totals.bodyNodes, size_t(2));
        QCOMPARE(totals.bodyOperators.at("BatchNorm2d"), size_t(1));
        QCOMPARE(totals.parameters, int64_t(116));
    }
};

QTEST_APPLESS_MAIN(TotalsTest)
#include "tst_totals.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Every fix keeps what the model computes: both graphs are run on random numbers by the loops below.
#include "core/ir/text.h"
#include "core/ir/verifier.h"
#include "core/ops/infer.h"
#include "core/ops/op_spec.h"
#include "passes/fixes/fixes.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <map>
#include <random>

using namespace bpu;

namespace {

struct Image {
    ir::Shape shape;
    std::vector<double> data;
};

Image averaged(const Image& x, int64_t kh, int64_t kw)
{
    const int64_t h = x.shape[2] / kh;
    const int64_t w = x.shape[3] / kw;
    Image y{{x.shape[0], x.shape[1], h, w}, {}};
    for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane)
        for (int64_t i = 0; i < h; ++i)
            for (int64_t j = 0; j < w; ++j) {
                double sum = 0;
                for (int64_t a = 0; a < kh; ++a)
                    for (int64_t b = 0; b < kw; ++b)
                        sum += x.data[static_cast<size_t>((plane * x.shape[2] + i * kh + a) * x.shape[3] + j * kw + b)];
                y.data.push_back(sum / static_cast<double>(kh * kw));
            }
    return y;
}

/// Linear and 1x1 convolution on one pixel: y = w x + b.
Image product(const Image& x, const ir::Tensor& w, const ir::Tensor* b, bool image)
{
    const int64_t out = w.shape()[0];
    const int64_t in = w.shape()[1];
    Image y{image ? ir::Shape{x.shape[0], out, 1, 1} : ir::Shape{x.shape[0], out}, {}};
    for (int64_t n = 0; n < x.shape[0]; ++n)
        for (int64_t o = 0; o < out; ++o) {
            double sum = b ? b->number(o) : 0;
            for (int64_t c = 0; c < in; ++c)
                sum += x.data[static_cast<size_t>(n * in + c)] * w.number(o * in + c);
            y.data.push_back(sum);
        }
    return y;
}

Image mapped(Image x, auto&& function)
{
    for (double& v : x.data)
        v = function(v);
    return x;
}

Image run(const ir::Graph& graph, const Image& input)
{
    std::map<uint32_t, Image> values{{graph.inputs()[0].index, input}};
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        const Image& x = values.at(node.inputs[0].index);
        Image y = x;
        if (node.op == "avg_pool2d")
            y = averaged(x, node.attributes.integers("kernel_size")[0], node.attributes.integers("kernel_size")[1]);
        else if (node.op == "adaptive_avg_pool2d" || node.op == "mean")
            y = averaged(x, x.shape[2], x.shape[3]);
        else if (node.op == "flatten")
            y.shape = {x.shape[0], x.shape[1]};
        else if (node.op == "linear" || node.op == "conv2d")
            y = product(x, *ops::constantInput(graph, node, 1), ops::constantInput(graph, node, 2), node.op == "conv2d");
        else if (node.op == "hard_swish")
            y = mapped(x, [](double v) { return v * std::clamp(v + 3, 0.0, 6.0) / 6; });
        else if (node.op == "hard_sigmoid")
            y = mapped(x, [&](double v) { return std::clamp(node.attributes.number("alpha") * v + node.attributes.number("beta"), 0.0, 1.0); });
        else if (node.op == "mul")
            for (size_t i = 0; i < y.data.size(); ++i)
                y.data[i] *= values.at(node.inputs[1].index).data[i];
        else
            qFatal("no loop for %s", node.op.c_str());
        values[node.outputs[0].index] = y;
    }
    return values.at(graph.outputs()[0].index);
}

Finding errorAt(const ir::Graph& graph, const char* name)
{
    Finding finding;
    finding.severity = Severity::Error;
    finding.node = graph.findNode(name);
    finding.where = name;
    return finding;
}

} // namespace

class TestFixes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsTheFunction_data();
    void keepsTheFunction();
    void offersNothingWhereItWouldNotHelp_data();
    void offersNothingWhereItWouldNotHelp();
    void saysThatItIsStale();
};

void TestFixes::keepsTheFunction_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("march");
    QTest::addColumn<QByteArray>("fix");
    QTest::addColumn<QByteArray>("ops");
    const auto row = [](const char* name, const char* text, const char* march, const char* fix, const char* ops) {
        QTest::newRow(name) << QByteArray(text) << QByteArray(march) << QByteArray(fix) << QByteArray(ops);
    };
    row("8 = 4 * 2", "graph(%x: f32[1,2,8,16]) { %f = avg_pool2d(%x) {kernel_size=[8,8], stride=[8,8]} return %f }", "bernoulli2",
        "split-avg-pool", "avg_pool2d avg_pool2d");
    row("global 7x7", "graph(%x: f32[1,2,7,7]) { %f = adaptive_avg_pool2d(%x) {output_size=[1,1]} return %f }", "bernoulli2",
        "global-to-avg-pool", "avg_pool2d");
    row("global 12x35", "graph(%x: f32[1,2,12,35]) { %f = adaptive_avg_pool2d(%x) {output_size=[1,1]} return %f }", "bernoulli2",
        "global-to-avg-pool", "avg_pool2d avg_pool2d");
    row("mean", "graph(%x: f32[2,3,6,6]) { %f = mean(%x) {dim=[2,-1], keepdim=true} return %f }", "bernoulli2", "mean-to-avg-pool", "avg_pool2d");
    row("linear",
        "graph(%x: f32[2,6,1,1]) { @w: f32[4,6] = random 3 @b: f32[4] = random 4 "
        "%c = flatten(%x) {start_dim=1} %f = linear(%c, @w, @b) return %f }",
        "bernoulli2", "linear-to-conv", "conv2d");
    row("hard swish", "graph(%x: f32[1,2,4,4]) { %f = hard_swish(%x) return %f }", "bayes", "hard-swish-to-hard-sigmoid", "hard_sigmoid mul");
}

void TestFixes::keepsTheFunction()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, march);
    QFETCH(QByteArray, fix);
    QFETCH(QByteArray, ops);
    const ir::Graph before = test::typedGraph(text.toStdString());
    const march::MarchPtr target = march::find(march.toStdString());
    QVERIFY(target);
    const Finding finding = errorAt(before, "f");
    const auto plans = passes::fixesFor(before, finding, *target);
    QVERIFY(std::ranges::any_of(plans, [&](const passes::FixPlan& plan) { return plan.id == fix.toStdString(); }));
    const auto result = passes::applyFix(before, finding, fix.toStdString(), *target);
    QVERIFY2(result, result ? "" : result.error().text().c_str());
    QVERIFY(ir::verify(result->graph));
    QByteArrayList made;
    for (const NodeId id : result->graph.order())
        made << QByteArray::fromStdString(result->graph.node(id).op);
    QCOMPARE(made.join(' '), ops);

    Image input{before.value(before.inputs()[0]).type.shape(), {}};
    std::mt19937 random(11);
    for (int64_t i = 0; i < before.value(before.inputs()[0]).type.elementCount(); ++i)
        input.data.push_back(static_cast<double>(random()) / 0x1p29 - 4);
    const Image expected = run(before, input);
    const Image actual = run(result->graph, input);
    QCOMPARE(actual.data.size(), expected.data.size());
    for (size_t i = 0; i < expected.data.size(); ++i)
        QVERIFY(std::abs(actual.data[i] - expected.data[i]) < 1e-9);
    const ir::TensorType& type = result->graph.value(result->graph.outputs()[0]).type;
    QCOMPARE(type.shape(), actual.shape);
}

void TestFixes::offersNothingWhereItWouldNotHelp_data()
{
    QTest::addColumn<QByteArray>("text");
    const QByteArray head = "graph(%x: f32[1,2,22,22]) { %f = ";
    QTest::newRow("prime side") << head + "avg_pool2d(%x) {kernel_size=[11,11], stride=[11,11]} return %f }";
    QTest::newRow("padded") << head + "avg_pool2d(%x) {kernel_size=[8,8], stride=[8,8], padding=[1,1,1,1]} return %f }";
    QTest::newRow("overlapping") << head + "avg_pool2d(%x) {kernel_size=[8,8], stride=[4,4]} return %f }";
    QTest::newRow("within the limits") << head + "avg_pool2d(%x) {kernel_size=[7,7], stride=[7,7]} return %f }";
    QTest::newRow("not global") << head + "adaptive_avg_pool2d(%x) {output_size=[2,2]} return %f }";
    QTest::newRow("prime image") << head + "adaptive_avg_pool2d(%x) {output_size=[1,1]} return %f }";
    QTest::newRow("mean without keepdim") << head + "mean(%x) {dim=[2,3], keepdim=false} return %f }";
    QTest::newRow("linear on the last axis") << QByteArray("graph(%x: f32[1,2,22,22]) { @w: f32[3,22] %f = linear(%x, @w) return %f }");
}

void TestFixes::offersNothingWhereItWouldNotHelp()
{
    QFETCH(QByteArray, text);
    const ir::Graph graph = test::typedGraph(text.toStdString());
    QVERIFY(passes::fixesFor(graph, errorAt(graph, "f"), *march::find("bernoulli2")).empty());
}

void TestFixes::saysThatItIsStale()
{
    const ir::Graph graph = test::typedGraph("graph(%x: f32[1,2,4,4]) { %f = relu(%x) return %f }");
    const auto result = passes::applyFix(graph, errorAt(graph, "f"), "split-avg-pool", *march::find("bernoulli2"));
    QVERIFY(!result);
    QCOMPARE(result.error().code, std::string("fix.stale"));
}

QTEST_APPLESS_MAIN(TestFixes)
#include "tst_fixes.moc"

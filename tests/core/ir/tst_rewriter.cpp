// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/rewriter.h"
#include "core/ir/text.h"
#include "core/ir/verifier.h"

#include <QElapsedTimer>
#include <QTest>
#include <fmt/format.h>
#include <random>

using namespace bpu;
using ir::Graph;

namespace {

Graph parsed(std::string_view text)
{
    auto graph = ir::parse(text);
    if (!graph)
        qFatal("%s", graph.error().text().c_str());
    return *graph;
}

QByteArray printed(const Graph& graph)
{
    return QByteArray::fromStdString(ir::print(graph));
}

} // namespace

class TestRewriter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void leavesTheSnapshotAsItWas();
    void sharesWhatItDidNotTouch();
    void fusesAndKeepsOriginsAndResults();
    void replacesByAChainInPlace();
    void bypassesAPassThroughNode();
    void removesDeadChains();
    void makesNamesUnique();
    void namesANodeOnACycle();
    void turnsAResultIntoAConstant();
    void staysValidUnderRandomEdits();
};

void TestRewriter::leavesTheSnapshotAsItWas()
{
    const Graph before = parsed("graph(%x: f32[2]) { %y = relu(%x) %z = exp(%y) return %z }");
    const QByteArray text = printed(before);
    ir::Rewriter rewriter(before);
    rewriter.setOp(before.findNode("y"), "sigmoid");
    rewriter.renameValue(before.findValue("z"), "out");
    rewriter.setType(before.findValue("y"), ir::TensorType(ir::DType::Float32, {2}));
    const auto after = rewriter.finish();
    QVERIFY(after);
    QCOMPARE(printed(before), text);
    QVERIFY(printed(*after).contains("sigmoid"));
    QVERIFY(ir::verify(*after));
}

void TestRewriter::sharesWhatItDidNotTouch()
{
    const Graph before = parsed("graph(%x: f32[2]) { %y = relu(%x) %z = exp(%y) return %z }");
    ir::Rewriter rewriter(before);
    rewriter.setOp(before.findNode("z"), "log");
    const auto after = rewriter.finish();
    QVERIFY(after);
    QVERIFY(after->sharesNode(before, before.findNode("y")));
    QVERIFY(!after->sharesNode(before, before.findNode("z")));
    QVERIFY(after->sharesValue(before, before.findValue("x")));
}

void TestRewriter::fusesAndKeepsOriginsAndResults()
{
    const Graph before = parsed(R"(graph(%x: f32[1,3,8,8]) {
        @w: f32[4,3,1,1]
        %c = conv2d(%x, @w) scope "a" origin "torch.nn.Conv2d"
        %r = relu(%c) scope "b" origin "torch.nn.ReLU"
        %e = exp(%r)
        return %e, %r })");
    ir::Rewriter rewriter(before);
    const NodeId conv = before.findNode("c");
    const NodeId fused = rewriter.fuse({conv, before.findNode("r")},
                                       {.op = "conv2d", .name = "c", .inputs = before.node(conv).inputs, .attributes = {{"activation", std::string("relu")}}});
    const auto after = rewriter.finish();
    QVERIFY(after);
    QVERIFY(ir::verify(*after));
    QCOMPARE(after->node(fused).origins.size(), size_t(2));
    QCOMPARE(after->node(fused).origins[1].what, std::string("torch.nn.ReLU"));
    QCOMPARE(after->node(fused).scope, std::string("a"));
    QCOMPARE(after->node(fused).output(), before.findValue("r")); // users and names go on
    QCOMPARE(after->nodeCount(), size_t(2));
    QCOMPARE(after->order().front(), fused);
}

void TestRewriter::replacesByAChainInPlace()
{
    const Graph before = parsed("graph(%x: f32[2]) { %a = exp(%x) %p = avg(%a) scope \"s\" origin \"o\" %b = relu(%p) return %b }");
    ir::Rewriter rewriter(before);
    const ir::TensorType type(ir::DType::Float32, {2});
    const auto made = rewriter.replaceByChain(before.findNode("p"),
                                              {{.op = "one", .name = "p_a", .inputs = {before.findValue("a")}},
                                               {.op = "two", .name = "p_b", .inputs = {ValueId{}}}},
                                              {type, type});
    const auto after = rewriter.finish();
    QVERIFY(after);
    QVERIFY(ir::verify(*after));
    QCOMPARE(printed(*after), QByteArray("graph(%x: f32[2]) {\n"
                                         "    %a: ?[*] = exp(%x)\n"
                                         "    %p_a: f32[2] = one(%a) scope \"s\" origin \"o\"\n"
                                         "    %p: f32[2] = two(%p_a) scope \"s\" origin \"o\" name \"p_b\"\n"
                                         "    %b: ?[*] = relu(%p)\n"
                                         "    return %b\n}\n"));
    QCOMPARE(made.size(), size_t(2));
}

void TestRewriter::bypassesAPassThroughNode()
{
    const Graph before = parsed("graph(%x: f32[2]) { %i = identity(%x) %y = add(%i, %i) return %y, %i }");
    ir::Rewriter rewriter(before);
    rewriter.bypass(before.findNode("i"));
    const auto after = rewriter.finish();
    QVERIFY(after);
    QVERIFY(ir::verify(*after));
    QVERIFY(printed(*after).contains("add(%x, %x)"));
    QVERIFY(printed(*after).contains("return %y, %x"));
}

void TestRewriter::removesDeadChains()
{
    const Graph before = parsed("graph(%x: f32[2]) { @c: f32[1] %a = add(%x, @c) %b = exp(%a) %y = relu(%x) return %y }");
    ir::Rewriter rewriter(before);
    rewriter.removeDead();
    const auto after = rewriter.finish();
    QVERIFY(after);
    QVERIFY(ir::verify(*after));
    QCOMPARE(after->nodeCount(), size_t(1));
    QVERIFY(!after->contains(before.findValue("c")));
}

void TestRewriter::makesNamesUnique()
{
    ir::GraphEditor editor("g");
    const ValueId x = editor.addInput("x", ir::TensorType(ir::DType::Float32, {1}));
    for (int i = 0; i < 3; ++i)
        editor.addNode({.op = "relu", .name = "x", .inputs = {x}}, {ir::TensorType()});
    const auto graph = editor.finish();
    QVERIFY(graph);
    QVERIFY(ir::verify(*graph));
    QVERIFY(graph->findNode("x_3").isValid());
    QVERIFY(graph->findValue("x_4").isValid());
}

void TestRewriter::namesANodeOnACycle()
{
    const Graph before = parsed("graph(%x: f32[2]) { %a = relu(%x) %b = exp(%a) return %b }");
    ir::GraphEditor editor(before);
    editor.setInputValue(before.findNode("a"), 0, before.findValue("b"));
    const auto after = editor.finish();
    QVERIFY(!after);
    QCOMPARE(after.error().code, std::string("graph.cycle"));
    QCOMPARE(after.error().where, std::string("a"));
}

void TestRewriter::turnsAResultIntoAConstant()
{
    const Graph before = parsed("graph(%x: f32[2]) { %s = shape(%x) %y = reshape(%x, %s) return %y }");
    ir::GraphEditor editor(before);
    editor.makeConstant(before.findValue("s"), ir::Tensor::ints({1}, {2}));
    editor.removeDead();
    const auto after = editor.finish();
    QVERIFY(after);
    QVERIFY(ir::verify(*after));
    QVERIFY(printed(*after).contains("@s: i64[1] = [2]"));
    QCOMPARE(after->nodeCount(), size_t(1));
}

void TestRewriter::staysValidUnderRandomEdits()
{
    const uint32_t seed = qEnvironmentVariableIsSet("BPU_SEED") ? static_cast<uint32_t>(qEnvironmentVariableIntValue("BPU_SEED")) : 20261;
    std::mt19937 random(seed);
    const auto pick = [&random](size_t n) { return static_cast<size_t>(random() % n); };
    ir::GraphEditor builder("random");
    std::vector<ValueId> values{builder.addInput("x", ir::TensorType(ir::DType::Float32, {4}))};
    for (int i = 0; i < 300; ++i) {
        const NodeId id = builder.addNode({.op = "add", .name = "n", .inputs = {values[pick(values.size())], values[pick(values.size())]}},
                                          {ir::TensorType(ir::DType::Float32, {4})});
        values.push_back(builder.graph().node(id).output());
    }
    builder.addOutput(values.back());
    Graph graph = *builder.finish();
    for (int round = 0; round < 200; ++round) {
        const QByteArray before = printed(graph);
        const Graph snapshot = graph;
        ir::Rewriter rewriter(graph);
        const NodeId node = graph.order()[pick(graph.nodeCount())];
        const ir::Node& old = graph.node(node);
        switch (pick(4)) {
        case 0: rewriter.bypass(node); break;
        case 1: rewriter.setInputValue(node, 1, old.input(0)); break;
        case 2: rewriter.makeConstant(old.output(), ir::Tensor::floats({4}, {1, 2, 3, 4})); break;
        default:
            rewriter.replaceByChain(node, {{.op = "relu", .inputs = {old.input(0)}}, {.op = "exp", .inputs = {ValueId{}}}},
                                    {ir::TensorType(ir::DType::Float32, {4}), ir::TensorType(ir::DType::Float32, {4})});
        }
        if (pick(5) == 0)
            rewriter.removeDead();
        auto next = rewriter.finish();
        QVERIFY2(next, fmt::format("seed {} round {}", seed, round).c_str());
        const auto verified = ir::verify(*next);
        QVERIFY2(verified, fmt::format("seed {} round {}: {}", seed, round, verified ? "" : verified.error().text()).c_str());
        QCOMPARE(printed(snapshot), before);
        graph = *next;
        if (graph.nodeCount() < 5)
            break;
    }
}

QTEST_APPLESS_MAIN(TestRewriter)
#include "tst_rewriter.moc"

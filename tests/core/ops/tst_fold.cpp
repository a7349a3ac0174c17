// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Folding gives the exact number or leaves the node: integer extremes, NaN, empty tensors, strings, the limits.
#include "core/ir/graph_editor.h"
#include "core/ir/text.h"
#include "core/ops/fold.h"
#include "core/ops/op_spec.h"
#include "tests/support/text_graph.h"

#include <QTest>

using namespace bpu;

namespace {

/// The results of a folded graph as print() writes constants, joined by " ; "; "node" for one that is not folded.
std::string folded(std::string_view text)
{
    const auto graph = ops::foldConstants(test::graphOf(text));
    if (!graph)
        return graph.error().code;
    std::string result;
    for (const ValueId output : graph->outputs()) {
        const ir::Value& value = graph->value(output);
        result += result.empty() ? "" : " ; ";
        if (!value.constant) {
            result += "node";
            continue;
        }
        result += value.type.text() + " ";
        const bool real = ir::isFloat(value.type.dtype());
        for (int64_t i = 0; i < value.constant->elementCount(); ++i)
            result += (i == 0 ? "" : ",") + (real ? ir::text(ir::Attribute(value.constant->number(i))) : std::to_string(value.constant->integer(i)));
    }
    return result;
}

ir::Graph unaryGraph(std::string_view op, ir::Tensor tensor, ir::Attributes attributes = {})
{
    ir::GraphEditor editor("g");
    const ValueId x = editor.addConstant("x", std::move(tensor));
    const NodeId node = editor.addNode({.op = std::string(op), .inputs = {x}, .attributes = std::move(attributes)}, {ir::TensorType()});
    editor.addOutput(editor.graph().node(node).output());
    return *editor.finish();
}

bool isFolded(const ir::Graph& graph)
{
    const auto result = ops::foldConstants(graph);
    return result && result->value(result->outputs().front()).isConstant();
}

} // namespace

class TestFold : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void givesTheNumber_data();
    void givesTheNumber();
    void leavesWhatHasNoExactNumber_data();
    void leavesWhatHasNoExactNumber();
    void neverFoldsStrings();
    void bigUnsignedNumbersStay();
    void boundsTheSumOfAllFolds();
    void rearrangesEveryLargeWeight();
};

void TestFold::givesTheNumber_data()
{
    QTest::addColumn<QByteArray>("constants");
    QTest::addColumn<QByteArray>("node");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* constants, const char* node, const char* expected) {
        QTest::newRow(node) << QByteArray(constants) << QByteArray(node) << QByteArray(expected);
    };
    row("@a: i64[1] = [9007199254740993]", "neg(@a)", "i64[1] -9007199254740993");
    row("@a: i64[2] = [9007199254740993, 9007199254740993]", "amax(@a) {keepdim=false}", "i64[] 9007199254740993");
    row("@a: i64[2] = [9007199254740993, 1]", "sum(@a) {keepdim=true}", "i64[1] 9007199254740994");
    row("@a: i64[1] = [-9223372036854775808]", "sign(@a)", "i64[1] -1");
    row("@a: i8[1] = [100] @b: i8[1] = [27]", "add(@a, @b)", "i8[1] 127");
    row("@a: i64[2] = [7, -7] @b: i64[1] = [2]", "div(@a, @b)", "i64[2] 3,-3");
    row("@a: i64[2] = [7, -7] @b: i64[1] = [3]", "remainder(@a, @b)", "i64[2] 1,2");
    row("@a: i64[2] = [7, -7] @b: i64[1] = [3]", "fmod(@a, @b)", "i64[2] 1,-1");
    row("@a: i64[1] = [3] @b: i64[1] = [39]", "pow(@a, @b)", "i64[1] 4052555153018976267");
    row("@a: f32[2] = [2, 3] @b: i64[1] = [3]", "pow(@a, @b) {}", "f32[2] 8.0,27.0");
    row("@a: f32[0]", "relu(@a)", "f32[0] ");
    row("@a: f32[0,3] @b: f32[2,3] = [1,2,3,4,5,6]", "cat(@a, @b) {dim=0}", "f32[2,3] 1.0,2.0,3.0,4.0,5.0,6.0");
    row("@a: f32[0]", "sum(@a) {keepdim=false}", "f32[] 0.0");
    row("@a: i64[0]", "prod(@a) {keepdim=false}", "i64[] 1");
    row("@a: i64[5] = [1,2,3,4,5]", "split(@a) {dim=0, sizes=[5]}", "i64[5] 1,2,3,4,5");
    row("@a: i64[3] = [1,2,3]", "pad(@a) {padding=[2,1], mode=\"reflect\"}", "i64[6] 3,2,1,2,3,2");
    row("@a: i64[3] = [1,2,3]", "pad(@a) {padding=[2,1], mode=\"replicate\"}", "i64[6] 1,1,1,2,3,3");
    row("@a: i64[3] = [1,2,3]", "pad(@a) {padding=[2,1], mode=\"circular\"}", "i64[6] 2,3,1,2,3,1");
    row("@a: i64[3] = [1,2,3]", "pad(@a) {padding=[-1,1], value=9.0}", "i64[3] 2,3,9");
    row("@a: i64[2] = [1,2]", "tile(@a) {repeats=[2,2]}", "i64[2,4] 1,2,1,2,1,2,1,2");
    row("@a: i64[3] = [3,-5,9]", "clamp(@a) {min=0.0, max=6.0}", "i64[3] 3,0,6");
    row("@a: f32[3] = [-2.5, 2.5, 3.5]", "round(@a)", "f32[3] -2.0,2.0,4.0");
    row("@a: f32[3] = [-2.7, 2.7, 0]", "cast(@a) {to=\"i32\"}", "i32[3] -2,2,0");
    row("@a: i64[2] = [300, -1]", "cast(@a) {to=\"u8\"}", "u8[2] 44,255");
    row("@a: i64[3] = [2, 0, -1]", "cast(@a) {to=\"bool\"}", "bool[3] 1,0,1");
    row("@a: f32[3] = [65504, 1.00048828125, 0.00000002]", "cast(@a) {to=\"f16\"}", "f16[3] 65504.0,1.0,0.0");
    row("@a: i64[2,2] = [0,1,2,0]", "nonzero(@a)", "i64[2,2] 0,1,1,0");
    row("@a: i64[2,2] = [1,2,3,4]", "trilu(@a) {upper=false}", "i64[2,2] 1,0,3,4");
    row("@a: i64[2,2] = [1,2,3,4] @b: i64[2,2] = [1,0,0,-1]", "gather(@a, @b) {dim=1}", "i64[2,2] 2,1,3,4");
    row("@a: i64[2,2] = [1,2,3,4] @b: i64[2,1] = [1,0]", "gather_nd(@a, @b)", "i64[2,2] 3,4,1,2");
    row("@a: i64[3] = [1,2,3] @b: i64[2,1] = [0,-1] @c: i64[2] = [7,8]", "scatter_nd(@a, @b, @c)", "i64[3] 7,2,8");
    row("@a: i64[3] = [1,2,3]", "cumsum(@a) {dim=0, reverse=true, exclusive=true}", "i64[3] 5,3,0");
    row("@a: i64[] = [5] @b: i64[] = [-1] @c: i64[] = [-2]", "range(@a, @b, @c)", "i64[3] 5,3,1");
    row("@a: i64[] = [5] @b: i64[] = [5] @c: i64[] = [1]", "range(@a, @b, @c)", "i64[0] ");
    row("@a: bool[2] = [1,0] @b: i64[] = [9223372036854775807] @c: i64[] = [-1]", "where(@a, @b, @c)", "i64[2] 9223372036854775807,-1");
    row("@a: i64[2] = [1,2] @b: i64[2] = [2,2]", "eq(@a, @b)", "bool[2] 0,1");
}

void TestFold::givesTheNumber()
{
    QFETCH(QByteArray, constants);
    QFETCH(QByteArray, node);
    QFETCH(QByteArray, expected);
    const std::string text = "graph g() { " + constants.toStdString() + " %y = " + node.toStdString() + " return %y }";
    QCOMPARE(QByteArray::fromStdString(folded(text)), expected);
}

void TestFold::leavesWhatHasNoExactNumber_data()
{
    QTest::addColumn<QByteArray>("constants");
    QTest::addColumn<QByteArray>("node");
    const auto row = [](const char* constants, const char* node) { QTest::newRow(node) << QByteArray(constants) << QByteArray(node); };
    row("@a: i64[1] = [-9223372036854775808]", "neg(@a)");
    row("@a: i64[1] = [-9223372036854775808]", "abs(@a)");
    row("@a: i64[1] = [4294967296]", "square(@a)");
    row("@a: u8[1] = [1]", "neg(@a)");
    row("@a: i8[1] = [100] @b: i8[1] = [28]", "add(@a, @b)");
    row("@a: i64[1] = [9223372036854775807] @b: i64[1] = [1]", "add(@a, @b)");
    row("@a: i64[1] = [1] @b: i64[1] = [0]", "div(@a, @b)");
    row("@a: i64[1] = [1] @b: i64[1] = [0]", "remainder(@a, @b)");
    row("@a: i64[1] = [3] @b: i64[1] = [40]", "pow(@a, @b)");
    row("@a: i64[1] = [2] @b: i64[1] = [-1]", "pow(@a, @b)");
    row("@a: i64[2] = [9223372036854775807, 1]", "sum(@a)");
    row("@a: i64[2] = [1, 2]", "mean(@a)");
    row("@a: i64[2] = [1, 2]", "exp(@a)");
    row("@a: f32[0]", "amax(@a)");
    row("@a: f32[0]", "mean(@a)");
    row("@a: f32[1] = [1e30]", "cast(@a) {to=\"i64\"}");
    row("@a: f32[1] = [300]", "cast(@a) {to=\"u8\"}");
    row("@a: i64[1] = [1]", "pad(@a) {padding=[1,0], value=0.5}");
    row("@a: i64[2,2] = [1,2,3,4] @b: i64[1,2] = [0,2]", "gather(@a, @b) {dim=1}");
    row("@a: i64[2,2] = [1,2,3,4] @b: i64[1,1] = [2]", "gather_nd(@a, @b)");
    row("@a: i64[] = [-9223372036854775808] @b: i64[] = [9223372036854775807] @c: i64[] = [1]", "range(@a, @b, @c)");
    row("@a: i64[] = [0] @b: i64[] = [1] @c: i64[] = [0]", "range(@a, @b, @c)");
}

void TestFold::leavesWhatHasNoExactNumber()
{
    QFETCH(QByteArray, constants);
    QFETCH(QByteArray, node);
    const std::string text = "graph g() { " + constants.toStdString() + " %y = " + node.toStdString() + " return %y }";
    QCOMPARE(QByteArray::fromStdString(folded(text)), QByteArray("node"));
}

void TestFold::neverFoldsStrings()
{
    ir::GraphEditor editor("g");
    const ValueId a = editor.addConstant("a", ir::Tensor(ir::TensorType(ir::DType::String, {1}), {}));
    const ValueId b = editor.addConstant("b", ir::Tensor(ir::TensorType(ir::DType::String, {1}), {}));
    const NodeId node = editor.addNode({.op = "eq", .inputs = {a, b}}, {ir::TensorType()});
    editor.addOutput(editor.graph().node(node).output());
    QVERIFY(!isFolded(*editor.finish()));
}

void TestFold::bigUnsignedNumbersStay()
{
    const ir::Tensor big = ir::Tensor::of<uint64_t>(ir::DType::UInt64, {1}, {UINT64_MAX});
    QVERIFY(!isFolded(unaryGraph("relu", big)));
    QVERIFY(isFolded(unaryGraph("relu", ir::Tensor::of<uint64_t>(ir::DType::UInt64, {1}, {INT64_MAX}))));
    QVERIFY(isFolded(unaryGraph("cast", big, {{"to", std::string("u32")}})));
}

/// Each node alone is far below its limit, all together are not.
void TestFold::boundsTheSumOfAllFolds()
{
    ir::GraphEditor editor("g");
    const ValueId shape = editor.addConstant("s", ir::Tensor::ints({1}, {4 << 20}));
    const ir::Tensor fill = ir::Tensor::of<double>(ir::DType::Float64, {1}, {1.0});
    for (int i = 0; i < 12; ++i) {
        const NodeId node = editor.addNode({.op = "constant_of_shape", .inputs = {shape}, .attributes = {{"value", fill}}}, {ir::TensorType()});
        editor.addOutput(editor.graph().node(node).output());
    }
    const auto graph = ops::foldConstants(*editor.finish());
    QVERIFY(graph);
    int64_t bytes = 0;
    size_t nodes = 0;
    for (const ValueId output : graph->outputs()) {
        const ir::Value& value = graph->value(output);
        bytes += value.constant ? static_cast<int64_t>(value.constant->bytes().size()) : 0;
        nodes += value.constant ? 0 : 1;
    }
    QVERIFY(bytes > 0);
    QVERIFY(bytes <= int64_t{128} << 20);
    QVERIFY(nodes > 0);
}

/// The limit grows with what the model holds itself.
void TestFold::rearrangesEveryLargeWeight()
{
    ir::GraphEditor editor("g");
    const ir::Tensor weight(ir::TensorType(ir::DType::Float64, {1 << 11, 1 << 11}), Bytes::copyOf(std::vector<std::byte>(size_t{1} << 25)));
    for (int i = 0; i < 6; ++i) {
        const ValueId w = editor.addConstant("w", weight);
        const NodeId node = editor.addNode({.op = "permute", .inputs = {w}, .attributes = {{"dims", std::vector<int64_t>{1, 0}}}}, {ir::TensorType()});
        editor.addOutput(editor.graph().node(node).output());
    }
    const auto graph = ops::foldConstants(*editor.finish());
    QVERIFY(graph);
    QCOMPARE(graph->nodeCount(), size_t(0));
}

QTEST_APPLESS_MAIN(TestFold)
#include "tst_fold.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What published files contain and no specification asks for: each has opened wrong in some viewer.
#include "core/import/onnx/tensors.h"
#include "tests/support/imported_model.h"
#include "tests/support/onnx_builder.h"

#include <QTest>
#include <set>

using namespace bpu;

class TestOnnxOddities : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initializersListedAsInputsAreNoInputs();
    void namesNodesWithoutNames();
    void namesAreOneLineAndTurnNothing();
    void oneSymbolMayNameUnequalLengths();
    void branchReadsGraphInputsDirectly();
    void keepsOrderOfSeveralInputs();
    void minusOneIsUnknown();
    void opensTypesThatAreNoTensors_data();
    void opensTypesThatAreNoTensors();
    void showsTheBodyOfALocalFunction();
    void readsOldForms_data();
    void readsOldForms();
    void saysThatDeclaredShapesDisagree();
};

namespace {

std::string inputsOf(const ir::Graph& graph)
{
    std::string text;
    for (const ValueId id : graph.inputs())
        text += graph.value(id).name + " " + graph.value(id).type.text() + "; ";
    return text;
}

} // namespace

/// Up to IR version 3 this was the rule, and exporters kept the habit.
void TestOnnxOddities::initializersListedAsInputsAreNoInputs()
{
    const std::string model = test::withListedInitializers(test::onnxModel("(float[1,2] x, float[3,2] w, float[3] b) => (float y) "
                                                                           "<float[3,2] w0 = {1,2,3,4,5,6}, float[3] b0 = {1,2,3}> { y = Gemm<transB=1>(x, w, b) }", 9),
                                                           {"w", "b"});
    const auto result = test::importedModel(model);
    QCOMPARE(inputsOf(result.graph), std::string("x f32[1,2]; "));
    QCOMPARE(test::nodeLines(result.graph), std::string("linear(x, @w, @b)"));
}

/// A name goes into sentences of one line and onto terminals.
void TestOnnxOddities::namesAreOneLineAndTurnNothing()
{
    QCOMPARE(importer::cleanText("a\nb\tc\x1b[31m\x7f"), std::string("a\\nb\\tc\\x1b[31m\\x7f"));
    QCOMPARE(importer::cleanText("x\xe2\x80\xaey\xe2\x81\xa6z"), std::string("x\\xe2\\x80\\xaey\\xe2\\x81\\xa6z"));
    QCOMPARE(importer::cleanText("\xe5\x90\x8d\xe2\x80\x93\xf0\x9f\x96\xbc"), std::string("\xe5\x90\x8d\xe2\x80\x93\xf0\x9f\x96\xbc"));
}

void TestOnnxOddities::namesNodesWithoutNames()
{
    const auto result = test::importedModel(test::onnxModel("(float[1,2] x) => (float[1,2] y) { a = Relu(x) b = Sigmoid(a) y = Neg(b) }"));
    std::set<std::string> names;
    for (const NodeId id : result.graph.order()) {
        QVERIFY(!result.graph.node(id).name.empty());
        names.insert(result.graph.node(id).name);
    }
    QCOMPARE(names.size(), size_t{3});
}

void TestOnnxOddities::oneSymbolMayNameUnequalLengths()
{
    importer::ImportOptions options;
    options.inputShapes["x"] = {1, 3};
    options.inputShapes["z"] = {1, 5};
    const std::string model = test::onnxModel("(float[N,L] x, float[N,L] z) => (float[N,L] y, float[N,L] v) { y = Relu(x) v = Relu(z) }");
    const auto result = test::importedModel(model, options);
    QCOMPARE(result.graph.value(result.graph.outputs()[0]).type.text(), std::string("f32[1,3]"));
    QCOMPARE(result.graph.value(result.graph.outputs()[1]).type.text(), std::string("f32[1,5]"));
    QVERIFY(result.findings.empty());
}

void TestOnnxOddities::branchReadsGraphInputsDirectly()
{
    const auto result = test::importedModel(test::onnxModel(
        "(float[1,4] x, float[2] state, bool c) => (float y, float n) "
        "{ y, n = If(c) <then_branch = t () => (float a, float s) { a = Relu(x) s = Neg(state) }, else_branch = e () => (float b, float r) { b = Abs(x) r = Identity(state) }> }"));
    QVERIFY(test::nodeLines(result.graph).starts_with("if(c, x, state) {"));
    QCOMPARE(inputsOf(result.graph), std::string("x f32[1,4]; state f32[2]; c bool[]; "));
}

void TestOnnxOddities::keepsOrderOfSeveralInputs()
{
    const auto result = test::importedModel(test::onnxModel("(float[1,2] z, float[1,2] a, float[1,2] unused) => (float[1,2] y) { y = Sub(a, z) }"));
    QCOMPARE(inputsOf(result.graph), std::string("z f32[1,2]; a f32[1,2]; unused f32[1,2]; "));
    QCOMPARE(test::nodeLines(result.graph), std::string("sub(a, z)"));
}

void TestOnnxOddities::minusOneIsUnknown()
{
    const std::string model = test::withFirstDimension(test::onnxModel("(float[7,3] x) => (float[7,3] y) { y = Relu(x) }"), -1);
    QCOMPARE(inputsOf(test::importedModel(model).graph), std::string("x f32[?,3]; "));
}

void TestOnnxOddities::opensTypesThatAreNoTensors_data()
{
    QTest::addColumn<QByteArray>("kind");
    for (const char* kind : {"sequence", "optional", "sparse", "map", "none"})
        QTest::newRow(kind) << QByteArray(kind);
}

void TestOnnxOddities::opensTypesThatAreNoTensors()
{
    QFETCH(QByteArray, kind);
    const std::string model = test::withInputKind(test::onnxModel("(float[2] x, float[2] z) => (float y) { s = SequenceConstruct(x, z) y = Relu(x) }"), 1, kind.toStdString());
    const auto result = test::importedModel(model);
    QCOMPARE(test::nodeLines(result.graph), std::string("onnx.SequenceConstruct(x, z)\nrelu(x)"));
    QVERIFY(!result.graph.value(result.graph.inputs()[1]).type.hasRank());
}

void TestOnnxOddities::showsTheBodyOfALocalFunction()
{
    const auto result = test::importedModel(test::onnxModel(
        "(float[1,2] x) => (float[1,2] y) { a = local.twice(x) y = Relu(a) } <domain: \"local\", opset_import: [\"\" : 13]> twice (p) => (q) { q = Add(p, p) }", 13, "local"));
    const ir::Node& call = result.graph.node(result.graph.order().front());
    QCOMPARE(call.op, std::string("local.twice"));
    const auto* body = std::get_if<ir::GraphPtr>(call.attributes.find("body"));
    QVERIFY(body);
    QCOMPARE(test::nodeLines(**body), std::string("add(p, p)"));
    QVERIFY(result.findings.empty()); // a function is known: its body says what it does
}

void TestOnnxOddities::readsOldForms_data()
{
    QTest::addColumn<int>("opset");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, int opset, const char* body, const char* expected) { QTest::newRow(name) << opset << QByteArray(body) << QByteArray(expected); };
    row("CNTK: weights reshaped in the network", 8, "(float[1,4] x) => (float y) <float[2,2,2] w = {1,2,3,4,5,6,7,8}, int64[2] s = {4,2}, float[1,2] b = {1,2}> "
        "{ v = Reshape(w, s) a = MatMul(x, v) y = Add(a, b) }", "linear(x, @v_2, @b_2)");
    row("CNTK: bias of a convolution as an addition", 8, "(float[1,1,4,4] x) => (float y) <float[2,1,1,1] w = {1,2}, float[2,1,1] b = {1,2}> "
        "{ a = Conv<auto_pad=\"SAME_UPPER\", kernel_shape=[1,1]>(x, w) y = Add(a, b) }",
        "conv2d(x, @w, @b_2) {dilation=[1,1], groups=1, kernel_size=[1,1], padding=[0,0,0,0], stride=[1,1]}");
    row("opset 1 reshape", 1, "(float[2,6] x) => (float y) { y = Reshape<shape=[3,4]>(x) }", "reshape(x) {shape=[3,4]}");
    row("opset 5 clip without bounds", 6, "(float[2] x) => (float y) { y = Clip(x) }", "clamp(x)");
    row("opset 6 dropout with is_test", 6, "(float[2] x) => (float y) { y = Dropout<is_test=1>(x) }", "dropout(x)");
    row("opset 8 max pool without dilations", 8, "(float[1,1,4,4] x) => (float y) { y = MaxPool<kernel_shape=[2,2], auto_pad=\"VALID\", strides=[2,2]>(x) }",
        "max_pool2d(x) {ceil_mode=false, dilation=[1,1], kernel_size=[2,2], padding=[0,0,0,0], stride=[2,2]}");
    row("opset 21 cast", 21, "(float[2] x) => (float16 y) { y = Cast<to=10, saturate=1>(x) }", "cast(x) {to=\"f16\"}");
    row("LSTM with its bias", 11, "(float[3,1,2] x, float[1,4,2] w, float[1,4,1] r, float[1,8] b) => (float y) { y, h, c = LSTM<hidden_size=1>(x, w, r, b) }",
        "lstm(x, w, r, b) {direction=\"forward\", hidden_size=1, layout=0}");
}

void TestOnnxOddities::readsOldForms()
{
    QFETCH(int, opset);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    const auto result = test::importedModel(test::onnxModel(body.toStdString(), opset));
    QCOMPARE(QByteArray::fromStdString(test::nodeLines(result.graph)), expected);
    QVERIFY(result.findings.empty());
}

void TestOnnxOddities::saysThatDeclaredShapesDisagree()
{
    const auto result = test::importedModel(test::onnxModel("(float[2,3] x) => (float[1,3] y, float[2] z) { y = Relu(x) z = Neg(x) }"));
    QCOMPARE(result.graph.value(result.graph.outputs()[0]).type.text(), std::string("f32[2,3]"));
    QCOMPARE(result.findings.size(), size_t{1});
    QCOMPARE(result.findings[0].code, std::string("onnx.declared-shape"));
    QCOMPARE(result.findings[0].found, std::string("'y' is 2x3, declared 1x3, and 1 more"));
    QCOMPARE(result.findings[0].severity, Severity::Advice);
}

QTEST_GUILESS_MAIN(TestOnnxOddities)
#include "tst_onnx_oddities.moc"

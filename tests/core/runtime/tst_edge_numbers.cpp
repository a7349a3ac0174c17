// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The numbers and shapes at the edges: NaN and infinities go where PyTorch lets them go, tensors without elements,
// of many dimensions and of other types than float32 run like any other.
#include "core/ir/graph_editor.h"
#include "core/runtime/float_executor.h"
#include "tests/core/runtime/run_onnx.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

using namespace bpu;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Result<std::vector<ir::Tensor>> run(const QString& graph, const std::vector<ir::Tensor>& inputs)
{
    BPU_TRY(executor, runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(test::typedGraph(graph.toStdString()))));
    return executor.run(inputs);
}

bool isSame(float a, float b)
{
    return std::isnan(b) ? std::isnan(a) : a == b;
}

} // namespace

class TestEdgeNumbers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsWhatIsNoNumber_data();
    void keepsWhatIsNoNumber();
    void keepsWhatIsNoNumberOnEitherSide_data();
    void keepsWhatIsNoNumberOnEitherSide();
    void onnxBroadcastsASlopeAlongTheLastDimension();
    void runsWithoutElements_data();
    void runsWithoutElements();
    void runsManyDimensions();
    void runsOtherTypes_data();
    void runsOtherTypes();
    void poolsByANorm();
    void readsConstantsThatLieAnywhere();
    void computesOtherFloatsInFloat32_data();
    void computesOtherFloatsInFloat32();
};

void TestEdgeNumbers::keepsWhatIsNoNumber_data()
{
    QTest::addColumn<QString>("op");
    QTest::addColumn<float>("ofInfinity");
    QTest::addColumn<float>("ofMinusInfinity");
    QTest::newRow("relu") << "relu(%x)" << kInf << 0.0F;
    QTest::newRow("relu6") << "relu6(%x)" << 6.0F << 0.0F;
    QTest::newRow("clamp") << "clamp(%x) {min=-2.0, max=3.0}" << 3.0F << -2.0F;
    QTest::newRow("clamp from below") << "clamp(%x) {min=-2.0}" << kInf << -2.0F;
    QTest::newRow("clamp from above") << "clamp(%x) {max=3.0}" << 3.0F << -kInf;
    QTest::newRow("leaky_relu") << "leaky_relu(%x) {negative_slope=0.1}" << kInf << -kInf;
    QTest::newRow("sigmoid") << "sigmoid(%x)" << 1.0F << 0.0F;
    QTest::newRow("tanh") << "tanh(%x)" << 1.0F << -1.0F;
    QTest::newRow("elu") << "elu(%x) {alpha=1.0}" << kInf << -1.0F;
    QTest::newRow("exp") << "exp(%x)" << kInf << 0.0F;
    QTest::newRow("log") << "log(%x)" << kInf << kNan;
    QTest::newRow("sqrt") << "sqrt(%x)" << kInf << kNan;
    QTest::newRow("rsqrt") << "rsqrt(%x)" << 0.0F << kNan;
    QTest::newRow("abs") << "abs(%x)" << kInf << kInf;
    QTest::newRow("neg") << "neg(%x)" << -kInf << kInf;
    QTest::newRow("floor") << "floor(%x)" << kInf << -kInf;
    QTest::newRow("square") << "square(%x)" << kInf << kInf;
}

/// At every place of a vector that is longer than the processor's, and not a multiple of it.
void TestEdgeNumbers::keepsWhatIsNoNumber()
{
    QFETCH(QString, op);
    QFETCH(float, ofInfinity);
    QFETCH(float, ofMinusInfinity);
    std::vector<float> x(39);
    for (size_t i = 0; i < x.size(); ++i)
        x[i] = std::array{kNan, kInf, -kInf}[i % 3];
    const auto results = run(QStringLiteral("graph(%x: f32[39]) { %y = %1 return %y }").arg(op), {ir::Tensor::floats({39}, x)});
    QVERIFY2(results, qPrintable(QString::fromStdString(test::text(results))));
    for (size_t i = 0; i < x.size(); ++i)
        QVERIFY2(isSame(results->at(0).at<float>(static_cast<int64_t>(i)), std::array{kNan, ofInfinity, ofMinusInfinity}[i % 3]), test::text(results).c_str());
}

void TestEdgeNumbers::keepsWhatIsNoNumberOnEitherSide_data()
{
    QTest::addColumn<QString>("op");
    for (const char* op : {"add", "sub", "mul", "div", "maximum", "minimum"})
        QTest::newRow(op) << QString::fromLatin1(op);
}

void TestEdgeNumbers::keepsWhatIsNoNumberOnEitherSide()
{
    QFETCH(QString, op);
    const auto results = run(QStringLiteral("graph(%a: f32[4], %b: f32[4]) { %y = %1(%a, %b) return %y }").arg(op),
                             {ir::Tensor::floats({4}, {kNan, 1, kNan, 2}), ir::Tensor::floats({4}, {1, kNan, kNan, 2})});
    QVERIFY2(results, qPrintable(QString::fromStdString(test::text(results))));
    for (int64_t i = 0; i < 4; ++i)
        QCOMPARE(std::isnan(results->at(0).at<float>(i)), i < 3);
}

void TestEdgeNumbers::runsWithoutElements_data()
{
    QTest::addColumn<QString>("graph");
    QTest::addColumn<QList<int>>("shape");
    QTest::addColumn<QString>("result");
    QTest::newRow("relu") << "graph(%x: f32[0,3]) { %y = relu(%x) return %y }" << QList<int>{0, 3} << "f32[0,3]";
    QTest::newRow("tanh") << "graph(%x: f32[2,0]) { %y = tanh(%x) return %y }" << QList<int>{2, 0} << "f32[2,0]";
    QTest::newRow("exp") << "graph(%x: f32[0]) { %y = exp(%x) return %y }" << QList<int>{0} << "f32[0]";
    QTest::newRow("add") << "graph(%x: f32[0,3]) { @b: f32[3] = fill 1 %y = add(%x, @b) return %y }" << QList<int>{0, 3} << "f32[0,3]";
    QTest::newRow("add to one") << "graph(%x: f32[2,0]) { @b: f32[2,1] = fill 1 %y = add(%x, @b) return %y }" << QList<int>{2, 0} << "f32[2,0]";
    QTest::newRow("permute") << "graph(%x: f32[2,0,3]) { %y = permute(%x) {dims=[2,0,1]} return %y }" << QList<int>{2, 0, 3} << "f32[3,2,0]";
    QTest::newRow("softmax") << "graph(%x: f32[0,3]) { %y = softmax(%x) {dim=-1} return %y }" << QList<int>{0, 3} << "f32[0,3]";
    QTest::newRow("reshape") << "graph(%x: f32[0,3]) { %y = reshape(%x) {shape=[3,0], allow_zero=true} return %y }" << QList<int>{0, 3} << "f32[3,0]";
    QTest::newRow("cat") << "graph(%x: f32[0,3]) { @b: f32[1,3] = fill 2 %y = cat(%x, @b) {dim=0} return %y }" << QList<int>{0, 3} << "f32[1,3] 2 2 2";
    QTest::newRow("sum") << "graph(%x: f32[0,3]) { %y = sum(%x) {dim=[0], keepdim=false} return %y }" << QList<int>{0, 3} << "f32[3] 0 0 0";
    QTest::newRow("product of nothing") << "graph(%x: f32[2,0]) { @w: f32[0,3] = fill 1 %y = matmul(%x, @w) return %y }" << QList<int>{2, 0} << "f32[2,3] 0 0 0 0 0 0";
}

void TestEdgeNumbers::runsWithoutElements()
{
    QFETCH(QString, graph);
    QFETCH(QList<int>, shape);
    QFETCH(QString, result);
    const auto results = run(graph, {ir::Tensor::floats(ir::Shape(shape.begin(), shape.end()), {})});
    QCOMPARE(QString::fromStdString(test::text(results)), result);
}

void TestEdgeNumbers::runsManyDimensions()
{
    std::vector<float> x(256);
    for (size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(i);
    const auto results = run(QStringLiteral("graph(%x: f32[2,2,2,2,2,2,2,2]) { @b: f32[2,1,2,1,2,1,2,1] = fill 3 %a = add(%x, @b) "
                                            "%p = permute(%a) {dims=[7,6,5,4,3,2,1,0]} %y = relu(%p) return %y }"),
                             {ir::Tensor::floats(ir::Shape(8, 2), x)});
    QVERIFY2(results, qPrintable(QString::fromStdString(test::text(results))));
    for (int i = 0; i < 256; ++i) {
        int mirrored = 0;
        for (int bit = 0; bit < 8; ++bit)
            mirrored |= ((i >> bit) & 1) << (7 - bit);
        QCOMPARE(results->at(0).at<float>(i), static_cast<float>(mirrored + 3));
    }
}

void TestEdgeNumbers::runsOtherTypes_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("result");
    QTest::newRow("f64") << "f64" << "f64[4] 0 4 0 9";
    QTest::newRow("f16") << "f16" << "f16[4] 0 4 0 9";
    QTest::newRow("bf16") << "bf16" << "bf16[4] 0 4 0 9";
    QTest::newRow("i64") << "i64" << "i64[4] 0 4 0 9";
    QTest::newRow("i32") << "i32" << "i32[4] 0 4 0 9";
}

/// relu(x)^2 of -1 2 -3 3; the input is brought to the type by the graph itself.
void TestEdgeNumbers::runsOtherTypes()
{
    QFETCH(QString, type);
    QFETCH(QString, result);
    const auto results = run(QStringLiteral("graph(%x: f32[4]) { %t = cast(%x) {to=\"%1\"} %r = relu(%t) %y = mul(%r, %r) return %y }").arg(type),
                             {ir::Tensor::floats({4}, {-1, 2, -3, 3})});
    QCOMPARE(QString::fromStdString(test::text(results)), result);
}

void TestEdgeNumbers::computesOtherFloatsInFloat32_data()
{
    QTest::addColumn<QString>("node");
    const auto row = [](const char* name, const char* node) { QTest::newRow(name) << QString::fromLatin1(node); };
    row("conv2d", "conv2d(%t, %w, %b) {kernel_size=[2,2]}");
    row("conv_transpose2d", "conv_transpose2d(%t, %w, %b) {kernel_size=[2,2]}");
    row("max_pool2d", "max_pool2d(%t) {kernel_size=[2,2]}");
    row("matmul", "matmul(%t, %t)");
    row("linear", "linear(%t, %m, %b)");
    row("softmax", "softmax(%t) {dim=3}");
    row("group_norm", "group_norm(%t, %b, %b) {groups=2, epsilon=1e-5}");
    row("lstm", "lstm(%s, %i, %h) {hidden_size=1}");
}

/// The p-norm of a window is what torch.nn.functional.lp_pool2d composes: the p-th root of the mean of powers times their number.
void TestEdgeNumbers::poolsByANorm()
{
    std::vector<float> x(2 * 5 * 6);
    for (size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(i % 11) / 4 - 1;
    const auto results = run(QStringLiteral("graph(%x: f32[1,2,5,6]) { @three: f32[] = fill 3 @cells: f32[] = fill 6 @root: f32[] = fill 0.33333333 "
                                            "%y = lp_pool2d(%x) {p=3, kernel_size=[3,2], stride=[2,2], padding=[0,0,0,0]} "
                                            "%a = abs(%x) %p = pow(%a, @three) %m = avg_pool2d(%p) {kernel_size=[3,2], stride=[2,2]} %s = mul(%m, @cells) %z = pow(%s, @root) "
                                            "return %y, %z }"),
                             {ir::Tensor::floats({1, 2, 5, 6}, x)});
    QVERIFY2(results, qPrintable(QString::fromStdString(test::text(results))));
    QCOMPARE(results->at(0).type(), results->at(1).type());
    for (int64_t i = 0; i < results->at(0).elementCount(); ++i)
        QVERIFY(std::fabs(results->at(0).number(i) - results->at(1).number(i)) < 1e-5);
}

/// Constants of a file may start at any byte.
void TestEdgeNumbers::readsConstantsThatLieAnywhere()
{
    std::vector<std::byte> bytes(1 + 3 * sizeof(float));
    const std::array<float, 3> numbers{1.5F, -2, 4};
    std::memcpy(bytes.data() + 1, numbers.data(), sizeof numbers);
    const ir::Tensor shifted(ir::TensorType(ir::DType::Float32, {3}), Bytes::copyOf(bytes).slice(1, sizeof numbers));
    ir::GraphEditor editor("net");
    const ValueId x = editor.addInput("x", shifted.type());
    const NodeId sum = editor.addNode({.op = "add", .inputs = {x, editor.addConstant("c", shifted)}}, {shifted.type()});
    editor.addOutput(editor.graph().node(sum).output());
    const auto executor = runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(*editor.finish()));
    QVERIFY(executor);
    QCOMPARE(test::text(executor->run(std::vector{shifted})), "f32[3] 3 -4 8");
}

/// Kernels that take float32 only: half precision and double give the same as float32 up to the rounding of the type.
void TestEdgeNumbers::computesOtherFloatsInFloat32()
{
    QFETCH(QString, node);
    std::vector<float> x(18);
    for (size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(i % 7) / 4 - 0.5F;
    const auto of = [&](const char* type) {
        QString text = QStringLiteral("graph(%x: f32[1,2,3,3]) { @W: f32[2,2,2,2] = random 1 @B: f32[2] = random 2 @M: f32[2,3] = random 3 @I: f32[1,4,3] = random 4 @H: f32[1,4,1] = random 5 "
                                      "%t = cast(%x) {to=\"#\"} %w = cast(@W) {to=\"#\"} %b = cast(@B) {to=\"#\"} %m = cast(@M) {to=\"#\"} %i = cast(@I) {to=\"#\"} %h = cast(@H) {to=\"#\"} "
                                      "%s = reshape(%t) {shape=[2,3,3]} %y = NODE %z = cast(%y) {to=\"f32\"} return %z }");
        return run(text.replace(QLatin1Char('#'), QString::fromLatin1(type)).replace(QStringLiteral("NODE"), node), {ir::Tensor::floats({1, 2, 3, 3}, x)});
    };
    const auto single = of("f32");
    QVERIFY2(single, qPrintable(QString::fromStdString(test::text(single))));
    for (const auto& [type, tolerance] : {std::pair("f64", 1e-6), std::pair("f16", 4e-3), std::pair("bf16", 4e-2)}) {
        const auto other = of(type);
        QVERIFY2(other, qPrintable(QString::fromStdString(test::text(other))));
        QCOMPARE(other->at(0).type(), single->at(0).type());
        for (int64_t i = 0; i < single->at(0).elementCount(); ++i)
            QVERIFY2(std::fabs(other->at(0).number(i) - single->at(0).number(i)) <= tolerance, qPrintable(QStringLiteral("%1: %2 is not %3").arg(QString::fromLatin1(type),
                     QString::fromStdString(test::text(other)), QString::fromStdString(test::text(single)))));
    }
}

/// Also where there are as many channels: PyTorch's slope of rank 1 is per channel, ONNX's is not.
void TestEdgeNumbers::onnxBroadcastsASlopeAlongTheLastDimension()
{
    const ir::Tensor x = ir::Tensor::floats({1, 2, 1, 2}, {-1, -1, -1, -1});
    const auto results = test::runOnnx("(float[1,2,1,2] x, float[2] slope) => (float[1,2,1,2] y) { y = PRelu(x, slope) }", {x, ir::Tensor::floats({2}, {2, 3})}, 16);
    QCOMPARE(test::text(results), "f32[1,2,1,2] -2 -3 -2 -3");
    const auto unfit = test::runOnnx("(float[1,2,1,3] x, float[2] slope) => (float[1,2,1,3] y) { y = PRelu(x, slope) }",
                                     {ir::Tensor::floats({1, 2, 1, 3}, {-1, -1, -1, -1, -1, -1}), ir::Tensor::floats({2}, {2, 3})}, 16);
    QVERIFY(!unfit);
    QVERIFY2(unfit.error().message.find("does not broadcast") != std::string::npos, unfit.error().text().c_str());
}

QTEST_GUILESS_MAIN(TestEdgeNumbers)
#include "tst_edge_numbers.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Every operator of a quantized graph at its edges: ends of the grid, ties, zero, and what it refuses.
#include "core/quant/requantize.h"
#include "tests/core/runtime/integer_run.h"
#include "tests/core/runtime/run_onnx.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <limits>

using namespace bpu;

namespace {

/// Numbers of a graph input in its dtype.
ir::Tensor tensorOf(const ir::TensorType& type, const QList<double>& numbers)
{
    const auto as = [&](auto zero) { return ir::Tensor::of(type.dtype(), type.shape(), std::vector<decltype(zero)>(numbers.begin(), numbers.end())); };
    switch (type.dtype()) {
    case ir::DType::Int8: return as(int8_t{});
    case ir::DType::Int16: return as(int16_t{});
    case ir::DType::Int32: return as(int32_t{});
    case ir::DType::Int64: return as(int64_t{});
    case ir::DType::Bool: return as(uint8_t{});
    default: return as(0.0F);
    }
}

Result<std::vector<ir::Tensor>> run(const QString& text, const QList<QList<double>>& inputs)
{
    const auto graph = std::make_shared<const ir::Graph>(test::graphOf(QStringLiteral("graph(%1 }").arg(text).toStdString()));
    std::vector<ir::Tensor> tensors;
    for (qsizetype i = 0; i < inputs.size(); ++i)
        tensors.push_back(tensorOf(graph->value(graph->inputs()[static_cast<size_t>(i)]).type, inputs[i]));
    return test::runInteger(graph, tensors);
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

} // namespace

class TestIntegerOperators : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void computes_data();
    void computes();
    void refuses_data();
    void refuses();
    void givesNodesOfTheCpuToTheFloatKernels();
    void softmaxIsItsDefinition();
    void averagesAreTheirDefinition();
    void looksForSumsThatLeaveTheirAccumulator();
};

void TestIntegerOperators::computes_data()
{
    QTest::addColumn<QString>("graph");
    QTest::addColumn<QList<QList<double>>>("inputs");
    QTest::addColumn<QString>("result");
    const auto row = [](const char* name, const char* graph, const QList<QList<double>>& inputs, const char* result) {
        QTest::newRow(name) << QString::fromUtf8(graph) << inputs << QString::fromUtf8(result);
    };
    row("quant_stub rounds ties to even and keeps to its grid", "%x: f32[8]) stage quantized { %y: i8[8] qint8 [0.5] axis -1 = quant_stub(%x) return %y",
        {{0.25, 0.75, -0.25, -0.75, 1000, -1000, kNan, kInf}}, "i8[8] 0 2 0 -2 127 -128 0 127");
    row("quant_stub to 16 bits", "%x: f32[3]) stage quantized { %y: i16[3] qint16 [0.5] axis -1 = quant_stub(%x) return %y", {{100, -1e9, 1e9}}, "i16[3] 200 -32768 32767");
    row("dequant_stub", "%x: i8[2] qint8 [0.5] axis -1) stage quantized { %y: f32[2] = dequant_stub(%x) return %y", {{-128, 3}}, "f32[2] -64 1.5");
    row("dequant_stub by channel", "%x: i32[1,2,2] qint32 [0.5, 2.0] axis 1) stage quantized { %y: f32[1,2,2] = dequant_stub(%x) return %y", {{1, 2, 3, -4}}, "f32[1,2,2] 0.5 1 6 -8");
    row("requantize to finer steps", "%x: i8[4] qint8 [0.5] axis -1) stage quantized { %y: i8[4] qint8 [0.25] axis -1 = requantize(%x) return %y", {{-128, 127, 1, -1}}, "i8[4] -128 127 2 -2");
    row("requantize rounds ties away from zero", "%x: i8[4] qint8 [0.5] axis -1) stage quantized { %y: i8[4] qint8 [1.0] axis -1 = requantize(%x) return %y", {{1, -1, 3, -3}}, "i8[4] 1 -1 2 -2");
    row("requantize 32 bits", "%x: i32[2] qint32 [0.001] axis -1) stage quantized { %y: i16[2] qint16 [1.0] axis -1 = requantize(%x) return %y", {{2147483647, -1500}}, "i16[2] 32767 -2");
    row("add", "%a: i8[5] qint8 [0.5] axis -1, %b: i8[5] qint8 [0.25] axis -1) stage quantized { %y: i8[5] qint8 [1.0] axis -1 = add(%a, %b) return %y",
        {{1, 1, -1, 127, -128}, {2, 0, 0, 127, -128}}, "i8[5] 1 1 -1 95 -96");
    row("add saturates", "%a: i8[2] qint8 [1.0] axis -1, %b: i8[2] qint8 [1.0] axis -1) stage quantized { %y: i8[2] qint8 [1.0] axis -1 = add(%a, %b) return %y", {{127, -128}, {1, -1}}, "i8[2] 127 -128");
    row("add of a row", "%a: i8[2,2] qint8 [1.0] axis -1) stage quantized { @b: i16[2] qint16 [0.5] axis -1 = [2, -4] %y: i16[2,2] qint16 [0.5] axis -1 = add(%a, @b) return %y", {{1, 2, 3, 4}}, "i16[2,2] 4 0 8 4");
    row("sub of a column", "%a: i8[2,2] qint8 [1.0] axis -1, %b: i8[2,1] qint8 [1.0] axis -1) stage quantized { %y: i8[2,2] qint8 [1.0] axis -1 = sub(%a, %b) return %y", {{1, 2, 3, 4}, {1, -1}}, "i8[2,2] 0 1 4 5");
    row("mul", "%a: i8[3] qint8 [0.5] axis -1, %b: i8[3] qint8 [0.5] axis -1) stage quantized { %y: i16[3] qint16 [0.25] axis -1 = mul(%a, %b) return %y", {{-128, 127, 3}, {-128, -128, 0}}, "i16[3] 16384 -16256 0");
    row("mul of 16 bits saturates", "%a: i16[2] qint16 [1.0] axis -1, %b: i16[2] qint16 [1.0] axis -1) stage quantized { %y: i16[2] qint16 [1.0] axis -1 = mul(%a, %b) return %y", {{-32768, -32768}, {-32768, 32767}}, "i16[2] 32767 -32768");
    row("div", "%a: i8[7] qint8 [1.0] axis -1, %b: i8[7] qint8 [1.0] axis -1) stage quantized { %y: i8[7] qint8 [1.0] axis -1 = div(%a, %b) return %y",
        {{7, -7, 1, 5, -5, 0, -128}, {2, 2, 3, 0, 0, 0, -1}}, "i8[7] 4 -4 0 127 -128 0 127");
    row("maximum of two grids", "%a: i8[3] qint8 [0.5] axis -1, %b: i8[3] qint8 [0.25] axis -1) stage quantized { %y: i8[3] qint8 [0.25] axis -1 = maximum(%a, %b) return %y", {{1, -1, -128}, {1, 1, -128}}, "i8[3] 2 1 -128");
    row("minimum of one grid", "%a: i8[2] qint8 [0.3] axis -1, %b: i8[2] qint8 [0.3] axis -1) stage quantized { %y: i8[2] qint8 [0.3] axis -1 = minimum(%a, %b) return %y", {{1, -1}, {-128, 1}}, "i8[2] -128 -1");
    row("lt across grids is exact", "%a: i8[3] qint8 [0.5] axis -1, %b: i8[3] qint8 [0.25] axis -1) stage quantized { %y: bool[3] = lt(%a, %b) return %y", {{1, 1, 1}, {1, 2, 3}}, "bool[3] 0 0 1");
    row("eq on one grid", "%a: i8[2] qint8 [0.3] axis -1, %b: i8[2] qint8 [0.3] axis -1) stage quantized { %y: bool[2] = eq(%a, %b) return %y", {{1, 2}, {1, 3}}, "bool[2] 1 0");
    row("relu", "%x: i8[3] qint8 [0.5] axis -1) stage quantized { %y: i8[3] qint8 [0.5] axis -1 = relu(%x) return %y", {{-128, 0, 127}}, "i8[3] 0 0 127");
    row("relu6 to another grid", "%x: i8[3] qint8 [0.1] axis -1) stage quantized { %y: i8[3] qint8 [0.2] axis -1 = relu6(%x) return %y", {{-5, 50, 127}}, "i8[3] 0 25 30");
    row("clamp", "%x: i8[3] qint8 [0.5] axis -1) stage quantized { %y: i8[3] qint8 [0.5] axis -1 = clamp(%x) {min=-1.0, max=2.0} return %y", {{-128, 1, 127}}, "i8[3] -2 1 4");
    row("abs", "%x: i8[3] qint8 [0.5] axis -1) stage quantized { %y: i8[3] qint8 [0.5] axis -1 = abs(%x) return %y", {{-128, -1, 127}}, "i8[3] 127 1 127");
    row("max_pool's padding never wins", "%x: i8[1,1,2,2] qint8 [0.5] axis -1) stage quantized { %y: i8[1,1,3,3] qint8 [0.5] axis -1 = max_pool2d(%x) {kernel_size=[2,2], stride=[1,1], padding=[1,1,1,1]} return %y",
        {{-128, -3, -100, -5}}, "i8[1,1,3,3] -128 -3 -3 -100 -3 -3 -100 -5 -5");
    row("max_pool with places", "%x: i8[1,1,2,2] qint8 [0.5] axis -1) stage quantized { %y: i8[1,1,1,1] qint8 [0.5] axis -1, %i: i64[1,1,1,1] = max_pool2d(%x) {kernel_size=[2,2], stride=[2,2]} return %i", {{-128, -3, -100, -5}}, "i64[1,1,1,1] 1");
    row("avg_pool leaves padding out", "%x: i8[1,1,2,2] qint8 [1.0] axis -1) stage quantized { %y: i8[1,1,2,2] qint8 [1.0] axis -1 = avg_pool2d(%x) {kernel_size=[2,2], stride=[2,2], padding=[1,1,1,1]} return %y", {{1, -2, 3, 127}}, "i8[1,1,2,2] 1 -2 3 127");
    row("avg_pool counts padding", "%x: i8[1,1,2,2] qint8 [1.0] axis -1) stage quantized { %y: i8[1,1,2,2] qint8 [1.0] axis -1 = avg_pool2d(%x) {kernel_size=[2,2], stride=[2,2], padding=[1,1,1,1], count_include_pad=true} return %y", {{2, -2, 3, 127}}, "i8[1,1,2,2] 1 -1 1 32");
    row("adaptive_avg_pool", "%x: i8[1,1,3,1] qint8 [1.0] axis -1) stage quantized { %y: i16[1,1,2,1] qint16 [0.5] axis -1 = adaptive_avg_pool2d(%x) {output_size=[2,1]} return %y", {{1, 2, 127}}, "i16[1,1,2,1] 3 129");
    row("mean", "%x: i8[2,2] qint8 [1.0] axis -1) stage quantized { %y: i8[2] qint8 [1.0] axis -1 = mean(%x) {dim=[1], keepdim=false} return %y", {{-128, -127, 1, 2}}, "i8[2] -128 2");
    row("sum", "%x: i8[2,2] qint8 [0.5] axis -1) stage quantized { %y: i32[2] qint32 [0.5] axis -1 = sum(%x) {dim=[0], keepdim=false} return %y", {{-128, 127, -128, 127}}, "i32[2] -256 254");
    row("table of 16 bits", "%x: i16[5] qint16 [1.0] axis -1) stage quantized { @t: i32[257] = fill 512 %y: i16[5] qint16 [1.0] axis -1 = table(%x, @t) return %y", {{-32768, -1, 0, 1, 32767}}, "i16[5] 2 2 2 2 2");
    row("linear", "%x: i8[2,3] qint8 [0.5] axis -1) stage quantized { @w: i8[2,3] qint8 [1.0, 0.5] axis 0 = [1, 2, 3, -128, -128, -128] @b: i32[2] qint32 [0.5, 0.25] axis 0 = [10, -1] "
                  "%y: i32[2,2] qint32 [0.5, 0.25] axis 1 = linear(%x, @w, @b) return %y", {{1, 2, 3, -128, -128, -128}}, "i32[2,2] 24 -769 -758 49151");
    row("matmul", "%a: i8[1,2,2] qint8 [0.5] axis -1, %b: i16[2,2] qint16 [2.0] axis -1) stage quantized { %y: i8[1,2,2] qint8 [10.0] axis -1 = matmul(%a, %b) return %y", {{1, 2, -128, -128}, {10, -20, 30, 32767}}, "i8[1,2,2] 7 127 -128 -128");
    row("cat", "%a: i8[2] qint8 [0.5] axis -1, %b: i8[1] qint8 [0.5] axis -1) stage quantized { %y: i8[3] qint8 [0.5] axis -1 = cat(%a, %b) {dim=0} return %y", {{-128, 1}, {127}}, "i8[3] -128 1 127");
    row("permute, reshape, slice", "%x: i16[2,3] qint16 [0.5] axis -1) stage quantized { %p: i16[3,2] qint16 [0.5] axis -1 = permute(%x) {dims=[1,0]} %r: i16[6] qint16 [0.5] axis -1 = reshape(%p) {shape=[6]} "
                                   "%y: i16[3] qint16 [0.5] axis -1 = slice(%r) {starts=[1], ends=[6], dims=[0], steps=[2]} return %y", {{1, 2, 3, -32768, 5, 32767}}, "i16[3] -32768 5 32767");
    row("pad by a number on the grid", "%x: i8[2] qint8 [0.5] axis -1) stage quantized { %y: i8[4] qint8 [0.5] axis -1 = pad(%x) {padding=[1,1], mode=\"constant\", value=-2.0} return %y", {{-128, 1}}, "i8[4] -4 -128 1 -4");
    row("argmax", "%x: i8[2,2] qint8 [0.5] axis -1) stage quantized { %y: i64[2] = argmax(%x) {dim=1, keepdim=false} return %y", {{-128, 127, 3, 3}}, "i64[2] 1 0");
    row("topk", "%x: i8[4] qint8 [0.5] axis -1) stage quantized { %y: i8[2] qint8 [0.5] axis -1, %i: i64[2] = topk(%x) {k=2, dim=0, largest=true, sorted=true} return %y", {{-128, 127, 3, 4}}, "i8[2] 127 4");
    row("where", "%c: bool[2], %a: i8[2] qint8 [0.5] axis -1, %b: i8[2] qint8 [0.5] axis -1) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = where(%c, %a, %b) return %y", {{1, 0}, {-128, 1}, {5, 127}}, "i8[2] -128 127");
    row("amax", "%x: i8[2,2] qint8 [0.5] axis -1) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = amax(%x) {dim=[1], keepdim=false} return %y", {{-128, -127, 3, 2}}, "i8[2] -127 3");
    row("index_select", "%x: i8[3] qint8 [0.5] axis -1, %i: i64[2]) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = index_select(%x, %i) {dim=0} return %y", {{-128, 1, 2}, {2, 0}}, "i8[2] 2 -128");
    row("interpolate nearest", "%x: i8[1,1,1,2] qint8 [0.5] axis -1) stage quantized { %y: i8[1,1,1,4] qint8 [0.5] axis -1 = interpolate(%x) {mode=\"nearest\", size=[1,4]} return %y", {{-128, 127}}, "i8[1,1,1,4] -128 -128 127 127");
    row("interpolate bilinear", "%x: i8[1,1,1,2] qint8 [0.5] axis -1) stage quantized { %y: i8[1,1,1,4] qint8 [0.5] axis -1 = interpolate(%x) {mode=\"bilinear\", size=[1,4], align_corners=false} return %y", {{-128, 126}}, "i8[1,1,1,4] -128 -65 63 126");
    row("interpolate between corners", "%x: i8[1,1,2,2] qint8 [0.5] axis -1) stage quantized { %y: i8[1,1,3,3] qint8 [0.25] axis -1 = interpolate(%x) {mode=\"bilinear\", size=[3,3], align_corners=true} return %y", {{0, 10, 20, 41}}, "i8[1,1,3,3] 0 10 20 20 36 51 40 61 82");
    row("layer_norm of equal numbers gives beta", "%x: i8[1,4] qint8 [0.5] axis -1) stage quantized { @g: f32[4] = fill 1 @b: f32[4] = [0.5, -0.25, 0.125, 100] %y: i8[1,4] qint8 [0.25] axis -1 = layer_norm(%x, @g, @b) {normalized_shape=[4], epsilon=1e-5} return %y",
        {{7, 7, 7, 7}}, "i8[1,4] 2 -1 1 127");
    row("layer_norm", "%x: i8[2,2] qint8 [0.5] axis -1) stage quantized { %y: i16[2,2] qint16 [0.0625] axis -1 = layer_norm(%x) {normalized_shape=[2], epsilon=1e-12} return %y", {{-128, 127, 3, -3}}, "i16[2,2] -16 16 16 -16");
}

void TestIntegerOperators::computes()
{
    QFETCH(QString, graph);
    QFETCH(QList<QList<double>>, inputs);
    QFETCH(QString, result);
    QCOMPARE(QString::fromStdString(test::text(run(graph, inputs))), result);
}

void TestIntegerOperators::refuses_data()
{
    QTest::addColumn<QString>("graph");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const char* graph, const char* message) { QTest::newRow(name) << QString::fromUtf8(graph) << QString::fromUtf8(message); };
    row("an operator without an integer form", "%x: i8[2] qint8 [0.5] axis -1) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = tanh(%x) return %y", "has no integer form; let it stay on the CPU");
    row("an unknown operator", "%x: i8[2] qint8 [0.5] axis -1) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = warp(%x) return %y", "not known");
    row("an operand without a grid", "%a: i8[2] qint8 [0.5] axis -1, %b: i8[2]) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = add(%a, %b) return %y", "its input 1 has no grid");
    row("a result without a grid", "%a: i8[2] qint8 [0.5] axis -1) stage quantized { %y: i8[2] = relu(%a) return %y", "its result has no grid");
    row("a dtype that is not the grid's", "%a: i16[2] qint8 [0.5] axis -1) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = relu(%a) return %y", "has the grid qint8 and holds i16");
    row("a scale of 0", "%a: i8[2] qint8 [0.0] axis -1) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = relu(%a) return %y", "not all finite numbers above 0");
    row("scales that do not fit", "%a: i8[2] qint8 [0.5, 1.0, 2.0] axis 0) stage quantized { %y: f32[2] = dequant_stub(%a) return %y", "3 scales along dimension 0");
    row("an axis outside", "%a: i8[2] qint8 [0.5, 1.0] axis 7) stage quantized { %y: f32[2] = dequant_stub(%a) return %y", "along dimension 7");
    row("a result of another shape", "%a: i8[2] qint8 [0.5] axis -1) stage quantized { %y: i8[3] qint8 [0.5] axis -1 = relu(%a) return %y", "declared as i8[3] and would be i8[2]");
    row("operands that do not broadcast", "%a: i8[2] qint8 [0.5] axis -1, %b: i8[3] qint8 [0.5] axis -1) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = add(%a, %b) return %y", "cannot be broadcast");
    row("grids that differ in cat", "%a: i8[2] qint8 [0.5] axis -1, %b: i8[1] qint8 [0.25] axis -1) stage quantized { %y: i8[3] qint8 [0.5] axis -1 = cat(%a, %b) {dim=0} return %y", "on another grid");
    row("a max_pool onto another grid", "%x: i8[1,1,2,2] qint8 [0.5] axis -1) stage quantized { %y: i8[1,1,1,1] qint8 [0.25] axis -1 = max_pool2d(%x) {kernel_size=[2,2], stride=[2,2]} return %y", "on another grid");
    row("scales far apart", "%a: i8[2] qint8 [1e-30] axis -1) stage quantized { %y: i8[2] qint8 [1e30] axis -1 = requantize(%a) return %y", "one of them is far off");
    row("a table of another size", "%x: i8[2] qint8 [0.5] axis -1) stage quantized { @t: i8[255] = fill 1 %y: i8[2] qint8 [0.5] axis -1 = table(%x, @t) return %y", "its table is i8[255]; it has to be i8[256]");
    row("a table that is computed", "%x: i8[2] qint8 [0.5] axis -1, %t: i8[256]) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = table(%x, %t) return %y", "its table is no constant");
    row("weights that are computed", "%x: i8[2,3] qint8 [0.5] axis -1, %w: i8[2,3] qint8 [0.5] axis -1) stage quantized { %y: i8[2,2] qint8 [0.5] axis -1 = linear(%x, %w) return %y", "its weight is no constant");
    row("weights of 16 bits", "%x: i8[2,3] qint8 [0.5] axis -1) stage quantized { @w: i16[2,3] qint16 [0.5] axis -1 = fill 1 %y: i8[2,2] qint8 [0.5] axis -1 = linear(%x, @w) return %y", "have to be i8");
    row("a bias of another length", "%x: i8[2,3] qint8 [0.5] axis -1) stage quantized { @w: i8[2,3] qint8 [0.5] axis -1 = fill 1 @b: i32[3] qint32 [0.25] axis -1 = fill 1 %y: i8[2,2] qint8 [0.5] axis -1 = linear(%x, @w, @b) return %y", "has to be i32[2]");
    row("a bias on another grid", "%x: i8[2,3] qint8 [0.5] axis -1) stage quantized { @w: i8[2,3] qint8 [0.5] axis -1 = fill 1 @b: i32[2] qint32 [0.5] axis -1 = fill 1 %y: i8[2,2] qint8 [0.5] axis -1 = linear(%x, @w, @b) return %y", "its operands multiply to 0.25");
    row("an addend of another shape", "%x: i8[2,3] qint8 [0.5] axis -1, %a: i8[2,1] qint8 [0.5] axis -1) stage quantized { @w: i8[2,3] qint8 [0.5] axis -1 = fill 1 %y: i8[2,2] qint8 [0.5] axis -1 = linear(%x, @w, _, %a) return %y", "their shapes have to be equal");
    row("an activation that is none", "%x: i8[2,3] qint8 [0.5] axis -1) stage quantized { @w: i8[2,3] qint8 [0.5] axis -1 = fill 1 %y: i8[2,2] qint8 [0.5] axis -1 = linear(%x, @w) {activation=\"tanh\"} return %y", "activation tanh");
    row("a mean of too many", "%x: i16[1,1,300,300] qint16 [0.5] axis -1) stage quantized { %y: i16[1,1,1,1] qint16 [0.5] axis -1 = adaptive_avg_pool2d(%x) {output_size=[1,1]} return %y", "may leave 32 bits");
    row("a scale factor of 0", "%x: i8[1,1,2,2] qint8 [0.5] axis -1) stage quantized { %y: i8[1,1,2,2] qint8 [0.5] axis -1 = interpolate(%x) {mode=\"bilinear\", size=[2,2], scale_factor=[0.0, 0.0]} return %y", "out of the image");
    row("a stub of integers", "%x: i8[2]) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = quant_stub(%x) return %y", "it takes f32");
    row("a node without inputs", ") stage quantized { %y: i8[2] qint8 [0.5] axis -1 = requantize() return %y", "its input 0 has no grid");
}

void TestIntegerOperators::refuses()
{
    QFETCH(QString, graph);
    QFETCH(QString, message);
    const auto results = run(graph, {});
    QVERIFY(!results);
    const QString text = QString::fromStdString(results.error().text());
    QVERIFY2(text.contains(message), qPrintable(text));
    QVERIFY2(!results.error().where.empty(), qPrintable(text));
}

void TestIntegerOperators::givesNodesOfTheCpuToTheFloatKernels()
{
    const auto results = run(QStringLiteral("%x: f32[2]) stage quantized { %q: i8[2] qint8 [0.5] axis -1 = quant_stub(%x) %f: f32[2] = dequant_stub(%q) "
                                            "%s: f32[2] = square(%f) {device=\"cpu\"} return %s"), {{1.6, -3}});
    QCOMPARE(QString::fromStdString(test::text(results)), QStringLiteral("f32[2] 2.25 9"));
}

/// Rows of random numbers, against the float softmax within half a step and an entry's rounding.
void TestIntegerOperators::softmaxIsItsDefinition()
{
    const unsigned seed = test::seedFromEnvironment();
    qInfo("BPU_TEST_SEED=%u", seed);
    test::RandomIntegers random(seed);
    for (int i = 0; i < 200; ++i) {
        const double scale = random.scale(1e-3, 0.5);
        const int64_t count = random.between(1, 50);
        std::vector<int32_t> table(256);
        for (size_t d = 0; d < table.size(); ++d)
            table[d] = static_cast<int32_t>(std::nearbyint(std::exp(-static_cast<double>(d) * scale) * 32768));
        test::OneNode node;
        const ir::Tensor x = random.tensor(ir::DType::Int8, {3, count, 2});
        node.input(ir::DType::Int8, x.shape(), scale);
        node.plain(ir::Tensor::of(ir::DType::Int32, {256}, table));
        const auto graph = node.node("softmax", {{"dim", int64_t{1}}}, x.type(), {1.0 / 256});
        const auto results = test::runInteger(graph, {x});
        QVERIFY2(results, results ? "" : results.error().text().c_str());
        for (int64_t row = 0; row < 6; ++row) {
            const auto at = [&](int64_t k) { return row / 2 * 2 * count + k * 2 + row % 2; };
            double sum = 0;
            for (int64_t k = 0; k < count; ++k)
                sum += std::exp(scale * static_cast<double>(x.integer(at(k))));
            for (int64_t k = 0; k < count; ++k) {
                const double wanted = std::min(127.0, 256 * std::exp(scale * static_cast<double>(x.integer(at(k)))) / sum);
                QVERIFY2(std::fabs(static_cast<double>(results->front().integer(at(k))) - wanted) < 0.6, qPrintable(QStringLiteral("case %1: %2, not %3").arg(i).arg(results->front().integer(at(k))).arg(wanted)));
            }
        }
    }
}

/// Windows of any size, step and padding: the sum of what lies on the image, by the count that count_include_pad says.
void TestIntegerOperators::averagesAreTheirDefinition()
{
    const unsigned seed = test::seedFromEnvironment();
    qInfo("BPU_TEST_SEED=%u", seed);
    test::RandomIntegers random(seed);
    for (int i = 0; i < 500; ++i) {
        const int64_t size = random.between(1, 15), kernel = random.between(1, 5), stride = random.between(1, 3), before = random.between(0, kernel / 2), after = random.between(0, kernel / 2);
        const bool countsPadding = random.between(0, 1) == 1;
        if (size + before + after < kernel)
            continue;
        const int64_t out = (size + before + after - kernel) / stride + 1;
        const ir::Tensor x = random.tensor(ir::DType::Int8, {1, 2, size});
        const double scale = random.scale(0.3, 3);
        std::vector<int64_t> wanted;
        for (int64_t o = 0; o < 2 * out; ++o) {
            int64_t sum = 0, inside = 0;
            for (int64_t k = 0; k < kernel; ++k)
                if (const int64_t at = o % out * stride - before + k; at >= 0 && at < size) {
                    sum += x.integer(o / out * size + at);
                    ++inside;
                }
            const double count = static_cast<double>(countsPadding ? kernel : std::max<int64_t>(inside, 1));
            wanted.push_back(quant::requantize(static_cast<int32_t>(sum), *quant::chooseRequantizer(1 / (scale * count)), -128, 127));
        }
        test::OneNode node;
        node.input(ir::DType::Int8, x.shape(), 1);
        const auto graph = node.node("avg_pool1d", {{"kernel_size", std::vector{kernel}}, {"stride", std::vector{stride}}, {"padding", std::vector{before, after}}, {"count_include_pad", countsPadding}},
                                     ir::TensorType(ir::DType::Int8, {1, 2, out}), {scale});
        const std::string wrong = test::difference(test::runInteger(graph, {x}), wanted);
        QVERIFY2(wrong.empty(), qPrintable(QStringLiteral("case %1, size %2, kernel %3, stride %4, padding %5 %6: %7").arg(i).arg(size).arg(kernel).arg(stride).arg(before).arg(after).arg(QString::fromStdString(wrong))));
    }
}

/// 2^17 products of 127 * 127 leave int32; the same with an ordinary run wraps around.
void TestIntegerOperators::looksForSumsThatLeaveTheirAccumulator()
{
    const int64_t size = 1 << 18;
    test::OneNode node;
    const ir::Tensor ones = ir::Tensor::of(ir::DType::Int8, {1, size}, std::vector<int8_t>(static_cast<size_t>(size), 127));
    node.input(ir::DType::Int8, {1, size}, 0.5);
    node.constant(ones, {0.5});
    const auto graph = node.node("linear", {}, ir::TensorType(ir::DType::Int8, {1, 1}), {1000});
    QVERIFY(test::runInteger(graph, {ones}));
    const auto checked = test::runInteger(graph, {ones}, {.checkAccumulators = true});
    QVERIFY(!checked);
    QCOMPARE(QString::fromStdString(checked.error().where), QStringLiteral("node"));
    QVERIFY2(checked.error().message.find("leaves the 32 bits") != std::string::npos, checked.error().message.c_str());
}

QTEST_GUILESS_MAIN(TestIntegerOperators)
#include "tst_integer_operators.moc"

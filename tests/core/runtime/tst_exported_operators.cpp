// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that ONNX writes otherwise, or has not: graphs as PyTorch's files and the passes make them, written at three
// opsets, read again and run on the same numbers. And graphs with grids, as the integers of the executor see them.
#include "passes/convert/convert.h"
#include "tests/core/runtime/written_onnx.h"
#include "tests/support/text_graph.h"

#include <QTest>

#include <fmt/format.h>

using namespace bpu;
using namespace bpu::test;

class TestExportedOperators : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void computesTheSame_data();
    void computesTheSame();
    void fakeQuantizeBecomesAPair_data();
    void fakeQuantizeBecomesAPair();
    void integersAgreeWithinOneStep_data();
    void integersAgreeWithinOneStep();
};

void TestExportedOperators::computesTheSame_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* name, const std::string& input, const std::string& body) {
        QTest::newRow(name) << QByteArray::fromStdString(fmt::format("graph net(%x: f32[{}]) {{\n{}\nreturn %y }}", input, body));
    };
    const auto unary = [&](const char* name, const char* call) { row(name, "2,4,3,5", fmt::format("%y = {}", call)); };
    row("conv2d with addend and relu", "1,2,6,6", "@w: f32[2,2,3,3] = random 1\n@b: f32[2] = [1,-1]\n%y = conv2d(%x, @w, @b, %x) {kernel_size=[3,3], padding=[1,1,1,1], activation=\"relu\"}");
    row("conv2d with addend", "1,2,6,6", "@w: f32[2,2,3,3] = random 1\n%y = conv2d(%x, @w, _, %x) {kernel_size=[3,3], padding=[1,1,1,1]}");
    row("conv_transpose2d with relu6", "1,2,6,6", "@w: f32[2,3,2,2] = random 1\n%y = conv_transpose2d(%x, @w) {kernel_size=[2,2], stride=[2,2], output_padding=[1,0], activation=\"relu6\"}");
    row("linear of two dimensions", "3,4", "@w: f32[5,4] = random 1\n@b: f32[5] = random 2\n%y = linear(%x, @w, @b) {activation=\"relu\"}");
    row("linear of three dimensions", "2,3,4", "@w: f32[4,4] = random 1\n@b: f32[4] = random 2\n%y = linear(%x, @w, @b, %x)");
    row("linear without bias", "2,3,4", "@w: f32[6,4] = random 1\n%y = linear(%x, @w)");
    row("linear by a computed weight", "3,4", "%y = linear(%x, %x)");
    for (const char* op : {"relu6", "silu", "mish", "log_sigmoid", "square", "hard_swish", "neg", "abs", "softsign", "erf", "atan"})
        unary(op, fmt::format("{}(%x)", op).c_str());
    row("rsqrt", "2,3", "%a = abs(%x)\n%y = rsqrt(%a)");
    unary("gelu", "gelu(%x) {approximate=\"none\"}");
    unary("gelu by tanh", "gelu(%x) {approximate=\"tanh\"}");
    unary("softplus with beta", "softplus(%x) {beta=2.0, threshold=20.0}");
    unary("softplus with a low threshold", "softplus(%x) {beta=1.0, threshold=0.5}");
    unary("celu", "celu(%x) {alpha=0.5}");
    unary("hard_shrink", "hard_shrink(%x) {lambd=0.4}");
    unary("soft_shrink", "soft_shrink(%x) {lambd=0.4}");
    unary("threshold", "threshold(%x) {alpha=0.2}");
    unary("hard_sigmoid", "hard_sigmoid(%x) {alpha=0.16666667, beta=0.5}");
    unary("clamp from below", "clamp(%x) {min=-0.5}");
    row("prelu per channel", "2,4,3,5", "@s: f32[4] = [0.1,0.2,0.3,0.4]\n%y = prelu(%x, @s)");
    unary("softmax over channels", "softmax(%x) {dim=1}");
    unary("log_softmax over the last", "log_softmax(%x) {dim=3}");
    unary("glu", "glu(%x) {dim=1}");
    row("layer_norm", "2,3,8", "@g: f32[8] = random 1\n@b: f32[8] = random 2\n%y = layer_norm(%x, @g, @b) {normalized_shape=[8], epsilon=1e-5}");
    row("layer_norm without parameters", "2,3,8", "%y = layer_norm(%x) {normalized_shape=[3,8], epsilon=1e-5}");
    row("group_norm", "2,4,3,5", "@g: f32[4] = random 1\n@b: f32[4] = random 2\n%y = group_norm(%x, @g, @b) {groups=2, epsilon=1e-5}");
    unary("instance_norm", "instance_norm(%x) {epsilon=1e-5}");
    row("rms_norm", "2,3,8", "@g: f32[8] = random 1\n%y = rms_norm(%x, @g) {epsilon=1e-5}");
    unary("lp_norm", "lp_norm(%x) {p=2, dim=1, epsilon=1e-12}");
    unary("ne", "ne(%x, %x)");
    row("le", "2,3", "@c: f32[3] = [0,1,-1]\n%y = le(%x, @c)");
    row("remainder", "2,3", "@c: f32[] = [0.3]\n%y = remainder(%x, @c)");
    row("fmod", "2,3", "@c: f32[] = [0.3]\n%y = fmod(%x, @c)");
    row("pow by an integer", "2,3", "@c: f32[] = [2]\n%y = pow(%x, @c)");
    unary("mean over two", "mean(%x) {dim=[2,3], keepdim=false}");
    unary("sum of all", "sum(%x) {keepdim=false}");
    row("max with indices", "2,4,3", "%v, %i = max(%x) {dim=1, keepdim=true}\n%f = cast(%i) {to=\"f32\"}\n%y = add(%v, %f)");
    unary("argmax of all", "argmax(%x) {keepdim=false}");
    row("sort", "2,5", "%y, %i = sort(%x) {dim=1, descending=true}");
    row("topk", "2,5", "%y, %i = topk(%x) {k=3, dim=1, largest=true, sorted=true}");
    unary("cumsum", "cumsum(%x) {dim=2, exclusive=false, reverse=true}");
    row("adaptive_avg_pool2d unequal", "1,2,7,5", "%y = adaptive_avg_pool2d(%x) {output_size=[3,2]}");
    row("adaptive_avg_pool2d equal", "1,2,6,4", "%y = adaptive_avg_pool2d(%x) {output_size=[3,2]}");
    row("adaptive_max_pool1d", "1,2,6", "%y = adaptive_max_pool1d(%x) {output_size=[3]}");
    unary("avg_pool2d counts its padding", "avg_pool2d(%x) {kernel_size=[2,2], stride=[1,1], padding=[1,1,1,1], ceil_mode=false, count_include_pad=true}");
    unary("interpolate bilinear", "interpolate(%x) {mode=\"bilinear\", size=[6,7], align_corners=false, coordinate_mode=\"pytorch_half_pixel\"}");
    unary("interpolate nearest by a factor", "interpolate(%x) {mode=\"nearest\", scale_factor=[2.0,2.0], align_corners=false, coordinate_mode=\"asymmetric\", nearest_mode=\"floor\"}");
    row("pixel_shuffle", "1,8,2,3", "%y = pixel_shuffle(%x) {factor=2}");
    row("pixel_unshuffle", "1,2,4,6", "%y = pixel_unshuffle(%x) {factor=2}");
    unary("channel_shuffle", "channel_shuffle(%x) {groups=2}");
    unary("flatten in the middle", "flatten(%x) {start_dim=1, end_dim=2}");
    unary("flatten to the end", "flatten(%x) {start_dim=1, end_dim=3}");
    row("squeeze and unsqueeze", "2,1,3", "%a = squeeze(%x) {dims=[1]}\n%y = unsqueeze(%a) {dims=[0,3]}");
    row("expand", "2,1,3", "%y = expand(%x) {shape=[2,4,-1]}");
    row("tile with more repeats", "2,3", "%y = tile(%x) {repeats=[2,1,2]}");
    unary("pad by reflection", "pad(%x) {padding=[0,0,1,1,0,0,1,2], mode=\"reflect\", value=0.0}");
    unary("slice", "slice(%x) {starts=[1,0], ends=[4,5], dims=[1,3], steps=[1,1]}");
    unary("select", "select(%x) {dim=1, index=-1}");
    row("stack", "2,3", "%y = stack(%x, %x) {dim=1}");
    row("chunk unequal", "2,5", "%a, %b, %c = chunk(%x) {dim=1, chunks=3}\n%y = cat(%c, %b, %a) {dim=1}");
    row("split", "2,5", "%a, %b = split(%x) {dim=1, sizes=[2,3]}\n%y = cat(%b, %a) {dim=1}");
    row("part of a shape", "2,5,7", "%a = shape(%x) {start=1, end=3}\n%y = cast(%a) {to=\"f32\"}");
    row("trilu", "4,5", "%y = trilu(%x) {upper=false, diagonal=1}");
    row("attention", "1,2,4,8", "%y = attention(%x, %x, %x) {is_causal=true}");
    row("attention with a mask", "1,2,4,8", "@m: f32[4,4] = random 3\n%y = attention(%x, %x, %x, @m) {scale=0.5}");
}

void TestExportedOperators::computesTheSame()
{
    QFETCH(QByteArray, text);
    const ir::Graph before = typedGraph(std::string_view(text.constData(), static_cast<size_t>(text.size())));
    const auto inputs = randomInputs(before);
    const auto expected = resultsOf(before, *inputs);
    QVERIFY2(expected, expected ? "" : expected.error().text().c_str());
    for (const int64_t opset : {11, 12, 13, 14, 17}) {
        const auto after = writtenAndRead(before, {.opset = opset});
        QVERIFY2(after, after ? "" : after.error().text().c_str());
        const auto results = resultsOf(*after, *inputs);
        QVERIFY2(results, results ? "" : results.error().text().c_str());
        const double off = distance(*expected, *results);
        QVERIFY2(off <= 1e-5, qPrintable(QStringLiteral("opset %1: off by %2").arg(opset).arg(off)));
    }
}

namespace {

std::string qat(const std::string& body)
{
    return "graph net(%x: f32[1,2,6,6]) stage qat {\n%q: f32[1,2,6,6] qint8 [0.03] axis -1 = quant_stub(%x) {ch_axis=-1, qtype=\"qint8\"}\n"
           "@w: f32[2,2,3,3] = random 5\n%w: f32[2,2,3,3] qint8 [0.0078,0.0079] axis 0 = fake_quantize(@w) {ch_axis=0, qtype=\"qint8\"}\n@b: f32[2] = [0.3,-0.2]\n"
           + body + "%y = dequant_stub(%r)\nreturn %y }";
}

std::string grid(const std::string& result, const std::string& input, double scale, const std::string& type = "qint8")
{
    return fmt::format("%{}: f32[*] {} [{}] axis -1 = fake_quantize(%{}) {{ch_axis=-1, qtype=\"{}\"}}\n", result, type, scale, input, type);
}

const std::string kConv = "%c = conv2d(%q, %w, @b) {kernel_size=[3,3], padding=[1,1,1,1], activation=\"relu\"}\n";

void addGridRows()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<double>("step");
    const auto row = [](const char* name, const std::string& body, double step) { QTest::newRow(name) << QByteArray::fromStdString(qat(body)) << step; };
    row("convolution", kConv + grid("r", "c", 0.05), 0.05);
    row("convolution to qint16", kConv + grid("r", "c", 0.0002, "qint16"), 0.0002);
    row("high-precision output", "%r = conv2d(%q, %w, @b) {kernel_size=[3,3], padding=[1,1,1,1]}\n", 1e-4);
    row("addend", kConv + grid("a", "c", 0.05) + "%d = conv2d(%a, %w, @b, %q) {kernel_size=[3,3], padding=[1,1,1,1], activation=\"relu6\"}\n" + grid("r", "d", 0.04), 0.04);
    row("add and pooling", kConv + grid("a", "c", 0.05) + "%s = add(%a, %q)\n" + grid("t", "s", 0.06) + "%p = avg_pool2d(%t) {kernel_size=[2,2], stride=[2,2]}\n" + grid("r", "p", 0.05), 0.05);
    row("moves", kConv + grid("a", "c", 0.05) + "%m = max_pool2d(%a) {kernel_size=[2,2], stride=[2,2]}\n%r = flatten(%m) {start_dim=1, end_dim=3}\n", 0.05);
    row("table", kConv + grid("a", "c", 0.05) + "%s = sigmoid(%a)\n" + grid("r", "s", 0.008), 0.008);
    row("table with a number of its own", kConv + grid("a", "q", 0.03) + "%s = leaky_relu(%a) {negative_slope=0.2}\n" + grid("r", "s", 0.03), 0.03);
}

} // namespace

void TestExportedOperators::fakeQuantizeBecomesAPair_data()
{
    addGridRows();
}

/// The float network between the pairs is the qat network: the same numbers but where rounding falls on the other side.
void TestExportedOperators::fakeQuantizeBecomesAPair()
{
    QFETCH(QByteArray, text);
    QFETCH(double, step);
    const ir::Graph before = typedGraph(std::string_view(text.constData(), static_cast<size_t>(text.size())));
    const auto after = writtenAndRead(before);
    QVERIFY2(after, after ? "" : after.error().text().c_str());
    const auto inputs = randomInputs(before);
    const auto expected = resultsOf(before, *inputs), results = resultsOf(*after, *inputs);
    QVERIFY2(expected, expected ? "" : expected.error().text().c_str());
    QVERIFY2(results, results ? "" : results.error().text().c_str());
    for (int64_t i = 0; i < expected->front().elementCount(); ++i)
        QVERIFY(std::fabs(expected->front().number(i) - results->front().number(i)) <= 1.01 * step);
}

void TestExportedOperators::integersAgreeWithinOneStep_data()
{
    addGridRows();
}

void TestExportedOperators::integersAgreeWithinOneStep()
{
    QFETCH(QByteArray, text);
    QFETCH(double, step);
    const auto converted = passes::convert(typedGraph(std::string_view(text.constData(), static_cast<size_t>(text.size()))));
    QVERIFY2(converted, converted ? "" : converted.error().text().c_str());
    const auto inputs = randomInputs(converted->graph);
    const auto expected = resultsOf(converted->graph, *inputs);
    QVERIFY2(expected, expected ? "" : expected.error().text().c_str());
    for (const int64_t opset : {13, 11}) {
        const auto after = writtenAndRead(converted->graph, {.opset = opset});
        QVERIFY2(after, after ? "" : after.error().text().c_str());
        const auto results = resultsOf(*after, *inputs);
        QVERIFY2(results, results ? "" : results.error().text().c_str());
        if (opset == 11) // float: no grids to compare on
            continue;
        for (int64_t i = 0; i < expected->front().elementCount(); ++i)
            QVERIFY(std::fabs(expected->front().number(i) - results->front().number(i)) <= 1.01 * step);
    }
}

QTEST_APPLESS_MAIN(TestExportedOperators)
#include "tst_exported_operators.moc"

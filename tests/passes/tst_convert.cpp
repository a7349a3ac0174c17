// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From qat to fixed point: graphs as text, the integers of small constants, and every reason why something cannot be converted.
#include "core/ir/text.h"
#include "core/ir/verifier.h"
#include "passes/convert/convert.h"
#include "tests/support/text_graph.h"

#include <QTest>

#include <algorithm>

using namespace bpu;

namespace {

const std::string kInput = "%q: f32[1,2,4,4] qint8 [0.5] axis -1 = quant_stub(%x) {ch_axis=-1, qtype=\"qint8\"}\n";
const std::string kInput16 = "%q: f32[1,2,4,4] qint16 [0.5] axis -1 = quant_stub(%x) {ch_axis=-1, qtype=\"qint16\"}\n";
const std::string kWeight = "@w: f32[2,2,1,1] = [1, -2, 0.25, 0.5]\n@b: f32[2] = [3, -1]\n"
                            "%wq: f32[2,2,1,1] qint8 [0.5,0.25] axis 0 = fake_quantize(@w) {ch_axis=0, qtype=\"qint8\"}\n";

ir::Graph qat(const std::string& body)
{
    return test::typedGraph("graph net(%x: f32[1,2,4,4]) stage qat {\n" + body + "}\n");
}

std::string fakeQuantize(const std::string& result, const std::string& input, const std::string& scale, const std::string& type = "qint8")
{
    return "%" + result + ": f32[*] " + type + " [" + scale + "] axis -1 = fake_quantize(%" + input + ") {ch_axis=-1, qtype=\"" + type + "\"}\n";
}

/// "conv2d(i8[1,2,4,4], i8[2,2,1,1], i32[2]) -> i8[1,2,4,4] 0.1", a line per node.
QByteArray outline(const ir::Graph& graph)
{
    std::string text;
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        text += node.op + "(";
        for (size_t i = 0; i < node.inputs.size(); ++i)
            text += (i == 0 ? "" : ", ") + (graph.inputOf(node, i) ? graph.inputOf(node, i)->type.text() : std::string("_"));
        text += ") ->";
        for (const ValueId output : node.outputs) {
            const ir::Value& value = graph.value(output);
            text += " " + value.type.text() + (value.quant ? " " + ir::text(value.quant->scales) : std::string());
        }
        text += "\n";
    }
    return QByteArray::fromStdString(text);
}

const ir::Node& producer(const ir::Graph& graph, std::string_view value)
{
    return *graph.producerOf(graph.value(graph.findValue(value)));
}

ir::Graph converted(const ir::Graph& graph)
{
    auto report = passes::convert(graph);
    if (!report)
        qFatal("%s", report.error().text().c_str());
    if (const auto valid = ir::verify(report->graph); !valid)
        qFatal("%s", valid.error().text().c_str());
    return std::move(report->graph);
}

} // namespace

class TestConvert : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void makesIntegerForms_data();
    void makesIntegerForms();
    void quantizesWeightAndBias();
    void addendKeepsItsGrid();
    void tableHoldsTheFunction();
    void knotsSayTheirError();
    void batchNormBecomesExactConvolution();
    void nodesOnTheCpuStay();
    void namesAndOriginsStay();
    void refuses_data();
    void refuses();
    void listsEveryObstacle();
    void refusesOtherStages();
    void stopsWhenAsked();
};

void TestConvert::makesIntegerForms_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("outline");
    const auto row = [](const char* name, const std::string& body, const char* result) {
        QTest::newRow(name) << QByteArray::fromStdString(body) << QByteArray("quant_stub(f32[1,2,4,4]) -> ") + result;
    };
    const std::string conv = kInput + kWeight + "%c = conv2d(%q, %wq, @b) {activation=\"relu\", kernel_size=[1,1]}\n";
    row("convolution", conv + fakeQuantize("cq", "c", "0.25") + "%y = dequant_stub(%cq)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nconv2d(i8[1,2,4,4], i8[2,2,1,1], i32[2]) -> i8[1,2,4,4] [0.25]\ndequant_stub(i8[1,2,4,4]) -> f32[1,2,4,4]\n");
    row("accumulator of the last layer", conv + "%y = dequant_stub(%c)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nconv2d(i8[1,2,4,4], i8[2,2,1,1], i32[2]) -> i32[1,2,4,4] [0.25,0.125]\ndequant_stub(i32[1,2,4,4]) -> f32[1,2,4,4]\n");
    row("a move behind an accumulator", conv + "%f = flatten(%c) {end_dim=3, start_dim=1}\n%y = dequant_stub(%f)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nconv2d(i8[1,2,4,4], i8[2,2,1,1], i32[2]) -> i32[1,2,4,4] [0.25,0.125]\ndequant_stub(i32[1,2,4,4]) -> f32[1,2,4,4]\n"
        "flatten(f32[1,2,4,4]) -> f32[1,32]\n");
    row("qint16 in, qint8 out", kInput16 + kWeight + "%c = conv2d(%q, %wq) {kernel_size=[1,1]}\n" + fakeQuantize("cq", "c", "0.25") + "%y = dequant_stub(%cq)\nreturn %y\n",
        "i16[1,2,4,4] [0.5]\nconv2d(i16[1,2,4,4], i8[2,2,1,1]) -> i8[1,2,4,4] [0.25]\ndequant_stub(i8[1,2,4,4]) -> f32[1,2,4,4]\n");
    row("moves keep the grid", kInput + "%m = max_pool2d(%q) {kernel_size=[2,2], stride=[2,2]}\n%y = dequant_stub(%m)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nmax_pool2d(i8[1,2,4,4]) -> i8[1,2,2,2] [0.5]\ndequant_stub(i8[1,2,2,2]) -> f32[1,2,2,2]\n");
    row("cat brings its inputs together",
        kInput + "%m = max_pool2d(%q) {kernel_size=[1,1]}\n%s = sigmoid(%q)\n" + fakeQuantize("sq", "s", "0.01") + "%k = cat(%m, %sq) {dim=1}\n" +
            fakeQuantize("kq", "k", "0.5") + "%y = dequant_stub(%kq)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nmax_pool2d(i8[1,2,4,4]) -> i8[1,2,4,4] [0.5]\ntable(i8[1,2,4,4], i8[256]) -> i8[1,2,4,4] [0.01]\n"
        "requantize(i8[1,2,4,4]) -> i8[1,2,4,4] [0.5]\ncat(i8[1,2,4,4], i8[1,2,4,4]) -> i8[1,4,4,4] [0.5]\ndequant_stub(i8[1,4,4,4]) -> f32[1,4,4,4]\n");
    row("scalar operand", kInput + "@c: f32[] = [2]\n%a = mul(%q, @c)\n" + fakeQuantize("aq", "a", "1") + "%y = dequant_stub(%aq)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nmul(i8[1,2,4,4], i8[]) -> i8[1,2,4,4] [1.0]\ndequant_stub(i8[1,2,4,4]) -> f32[1,2,4,4]\n");
    row("division by a constant is a product", kInput + "@c: f32[] = [2]\n%a = div(%q, @c)\n" + fakeQuantize("aq", "a", "1") + "%y = dequant_stub(%aq)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nmul(i8[1,2,4,4], i8[]) -> i8[1,2,4,4] [1.0]\ndequant_stub(i8[1,2,4,4]) -> f32[1,2,4,4]\n");
    row("mean on a grid of its own", kInput + "%a = mean(%q) {dim=[2,3], keepdim=true}\n" + fakeQuantize("aq", "a", "0.25", "qint16") + "%y = dequant_stub(%aq)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nmean(i8[1,2,4,4]) -> i16[1,2,1,1] [0.25]\ndequant_stub(i16[1,2,1,1]) -> f32[1,2,1,1]\n");
    row("comparison and choice",
        kInput + "@c: f32[] = [2]\n%g = gt(%q, @c)\n%k = where(%g, %q, @c)\n" + fakeQuantize("kq", "k", "0.5") + "%y = dequant_stub(%kq)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\ngt(i8[1,2,4,4], i8[]) -> bool[1,2,4,4]\nrequantize(i8[]) -> i8[] [0.5]\nwhere(bool[1,2,4,4], i8[1,2,4,4], i8[]) -> i8[1,2,4,4] [0.5]\n"
        "dequant_stub(i8[1,2,4,4]) -> f32[1,2,4,4]\n");
    row("softmax", kInput + "%s = softmax(%q) {dim=1}\n" + fakeQuantize("sq", "s", "0.0078125") + "%y = dequant_stub(%sq)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nsoftmax(i8[1,2,4,4], i32[256]) -> i8[1,2,4,4] [0.0078125]\ndequant_stub(i8[1,2,4,4]) -> f32[1,2,4,4]\n");
    row("product of two values", kInput + "%m = matmul(%q, %q)\n" + fakeQuantize("mq", "m", "2") + "%y = dequant_stub(%mq)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nmatmul(i8[1,2,4,4], i8[1,2,4,4]) -> i8[1,2,4,4] [2.0]\ndequant_stub(i8[1,2,4,4]) -> f32[1,2,4,4]\n");
    row("second fake-quantize on one value", kInput + fakeQuantize("r", "q", "0.25") + "%y = dequant_stub(%r)\nreturn %y\n",
        "i8[1,2,4,4] [0.5]\nrequantize(i8[1,2,4,4]) -> i8[1,2,4,4] [0.25]\ndequant_stub(i8[1,2,4,4]) -> f32[1,2,4,4]\n");
    row("index of the largest", kInput + "%i = argmax(%q) {dim=1, keepdim=true}\nreturn %i\n", "i8[1,2,4,4] [0.5]\nargmax(i8[1,2,4,4]) -> i64[1,1,4,4]\n");
}

void TestConvert::makesIntegerForms()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, outline);
    QCOMPARE(::outline(converted(qat(body.toStdString()))), outline);
}

void TestConvert::quantizesWeightAndBias()
{
    const ir::Graph graph = converted(qat(kInput + kWeight + "%c = conv2d(%q, %wq, @b) {kernel_size=[1,1]}\n" + fakeQuantize("cq", "c", "0.25") + "return %cq\n"));
    const ir::Value& weight = graph.value(graph.findValue("w"));
    QVERIFY(weight.quant == (ir::QuantParams{ir::QType::QInt8, {0.5, 0.25}, 0}));
    QCOMPARE(weight.constant->toInts(), (std::vector<int64_t>{2, -4, 1, 2}));
    const ir::Value& bias = graph.value(graph.findValue("b"));
    QVERIFY(bias.quant == (ir::QuantParams{ir::QType::QInt32, {0.25, 0.125}, 0}));
    QCOMPARE(bias.constant->toInts(), (std::vector<int64_t>{12, -8}));
}

void TestConvert::addendKeepsItsGrid()
{
    const ir::Graph graph = converted(qat(kInput + kWeight + "%s = sigmoid(%q)\n" + fakeQuantize("sq", "s", "0.01") +
                                          "%c = conv2d(%q, %wq, @b, %sq) {activation=\"relu\", kernel_size=[1,1]}\n" + fakeQuantize("cq", "c", "0.25") + "return %cq\n"));
    const ir::Node& conv = producer(graph, "c");
    QVERIFY(graph.inputOf(conv, 3)->quant == (ir::QuantParams{ir::QType::QInt8, {0.01}, -1}));
    QCOMPARE(graph.inputOf(conv, 3)->type.dtype(), ir::DType::Int8);
}

void TestConvert::tableHoldsTheFunction()
{
    const ir::Graph graph = converted(qat(kInput + "%s = elu(%q) {alpha=0.5}\n" + fakeQuantize("sq", "s", "0.125") + "return %sq\n"));
    const ir::Node& node = producer(graph, "s");
    QCOMPARE(node.op, std::string("table"));
    QCOMPARE(node.attributes.text("function"), std::string_view("elu"));
    const ir::Tensor& table = *graph.inputOf(node, 1)->constant;
    const auto entry = [&table](int q) { return table.integer(q + 128); };
    QCOMPARE(entry(0), 0);
    QCOMPARE(entry(3), 12);               // 1.5 / 0.125
    QCOMPARE(entry(127), 127);            // 63.5 / 0.125, at the end of the grid
    QCOMPARE(entry(-1), -2);              // 0.5 * (exp(-0.5) - 1) = -0.197 is -1.57 steps
    QCOMPARE(entry(-128), -4);            // -0.5 / 0.125
}

void TestConvert::knotsSayTheirError()
{
    const std::string fine = "%q: f32[1,2,4,4] qint16 [0.001] axis -1 = quant_stub(%x) {ch_axis=-1, qtype=\"qint16\"}\n";
    const auto error = [&](const char* op) {
        const ir::Graph graph = converted(qat(fine + "%s = " + op + "(%q)\n" + fakeQuantize("sq", "s", "0.001", "qint16") + "return %sq\n"));
        const ir::Node& node = producer(graph, "s");
        if (graph.inputOf(node, 1)->constant->elementCount() != 257)
            return -1.0;
        return node.attributes.number("error");
    };
    QVERIFY(error("sin") >= 0 && error("sin") <= 9);   // h^2 / 8 = 0.256^2 / 8 is 8.2 steps
    QVERIFY(error("sigmoid") >= 0 && error("sigmoid") <= 2);
    QVERIFY(error("sqrt") > 20);                       // steep at 0
    const auto report = passes::convert(qat(fine + "%s = sqrt(%q)\n" + fakeQuantize("sq", "s", "0.001", "qint16") + "return %sq\n"));
    QVERIFY(report && report->notes.size() == 1);
    QVERIFY(report->notes.front().find("steps") != std::string::npos);
    QCOMPARE(report->tables, size_t{1});
}

void TestConvert::batchNormBecomesExactConvolution()
{
    const ir::Graph graph = converted(qat("@g: f32[2] = [2, -1]\n@be: f32[2] = [1, 0]\n@m: f32[2] = [0.5, 0]\n@v: f32[2] = [1, 0.25]\n" + kInput +
                                          "%n = batch_norm2d(%q, @g, @be, @m, @v) {epsilon=0.0}\n" + fakeQuantize("nq", "n", "0.5") + "return %nq\n"));
    const ir::Node& conv = producer(graph, "n");
    QCOMPARE(conv.op, std::string("conv2d"));
    QCOMPARE(conv.attributes.integer("groups"), 2);
    QCOMPARE(graph.inputOf(conv, 1)->constant->toInts(), (std::vector<int64_t>{127, -127}));
    QCOMPARE(graph.inputOf(conv, 1)->quant->scales[0] * 127, 2.0);
    QCOMPARE(graph.inputOf(conv, 2)->constant->toInts(), (std::vector<int64_t>{0, 0})); // 1 - 0.5 * 2
}

void TestConvert::nodesOnTheCpuStay()
{
    const ir::Graph graph = converted(qat(kInput + "%d = dequant_stub(%q)\n%e = erf(%d) {device=\"cpu\"}\n" + fakeQuantize("eq", "e", "0.01") +
                                          "%m = max_pool2d(%eq) {kernel_size=[2,2]}\n%y = dequant_stub(%m)\nreturn %y\n"));
    QCOMPARE(outline(graph), QByteArray("quant_stub(f32[1,2,4,4]) -> i8[1,2,4,4] [0.5]\ndequant_stub(i8[1,2,4,4]) -> f32[1,2,4,4]\nerf(f32[1,2,4,4]) -> f32[1,2,4,4]\n"
                                        "quant_stub(f32[1,2,4,4]) -> i8[1,2,4,4] [0.01]\nmax_pool2d(i8[1,2,4,4]) -> i8[1,2,3,3] [0.01]\ndequant_stub(i8[1,2,3,3]) -> f32[1,2,3,3]\n"));
}

void TestConvert::namesAndOriginsStay()
{
    const ir::Graph graph = converted(qat(kInput + "%s = sigmoid(%q) scope \"head\" origin \"torch.nn.Sigmoid\" name \"act\"\n" + fakeQuantize("sq", "s", "0.01") + "return %sq\n"));
    const ir::Node& node = graph.node(graph.findNode("act"));
    QCOMPARE(node.scope, std::string("head"));
    QCOMPARE(node.origins.front().what, std::string("torch.nn.Sigmoid"));
    QCOMPARE(graph.value(node.output()).name, std::string("s"));
}

void TestConvert::refuses_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("code");
    QTest::addColumn<QByteArray>("part");
    const auto row = [](const char* name, const std::string& body, const char* code, const char* part) {
        QTest::newRow(name) << QByteArray::fromStdString(body) << QByteArray(code) << QByteArray(part);
    };
    row("a stub without scale", "%q: f32[1,2,4,4] = quant_stub(%x) {ch_axis=-1, qtype=\"qint8\"}\nreturn %q\n", "convert.uncalibrated", "calibrate");
    row("a result without scale", kInput + "%a = add(%q, %q)\nreturn %a\n", "convert.uncalibrated", "'a' has no scale");
    row("no integer form", kInput + "%a = cumsum(%q) {dim=1}\n" + fakeQuantize("aq", "a", "1") + "return %aq\n", "convert.operator", "no fixed-point form");
    row("another interpolation", kInput + "%a = interpolate(%q) {mode=\"bicubic\", scale_factor=[2.0,2.0]}\n" + fakeQuantize("aq", "a", "1") + "return %aq\n", "convert.operator", "bicubic");
    row("a sampled grid", kInput + "%a = grid_sample(%q, %q) {mode=\"bilinear\"}\n" + fakeQuantize("aq", "a", "1") + "return %aq\n", "convert.operator", "no fixed-point form");
    row("an opaque operator", kInput + "%a: f32[1,2,4,4] = com.acme.Warp(%q)\nreturn %a\n", "convert.operator", "com.acme.Warp");
    row("float weights", kInput + "@w: f32[2,2,1,1]\n%a = conv2d(%q, @w) {kernel_size=[1,1]}\nreturn %a\n", "convert.weight", "no constant on a grid");
    row("qint16 weights", kInput + "@w: f32[2,2,1,1]\n%wq: f32[2,2,1,1] qint16 [1] axis -1 = fake_quantize(@w)\n%a = conv2d(%q, %wq) {kernel_size=[1,1]}\nreturn %a\n",
        "convert.type", "qint16");
    row("an accumulator that could overflow",
        "@w: f32[1,2,200,4] = fill 1\n%wq: f32[1,2,200,4] qint8 [0.0078125] axis -1 = fake_quantize(@w)\n@p: f32[] = [1]\n" + kInput16 +
            "%z = pad(%q) {padding=[0,0,0,0,0,0,200,0]}\n%a = conv2d(%z, %wq) {kernel_size=[200,4]}\nreturn %a\n",
        "convert.overflow", "channel 0");
    row("a bias that does not fit", kInput + "@w: f32[1,2,1,1] = fill 1\n@b: f32[1] = [1e9]\n%wq: f32[1,2,1,1] qint8 [0.0078125] axis -1 = fake_quantize(@w)\n"
        "%a = conv2d(%q, %wq, @b) {kernel_size=[1,1]}\nreturn %a\n", "convert.scale", "32 bits");
    row("scales far apart", kInput + fakeQuantize("r", "q", "1e-20") + "return %r\n", "convert.scale", "2^30");
    row("softmax of qint16", kInput16 + "%s = softmax(%q) {dim=1}\n" + fakeQuantize("sq", "s", "0.01") + "return %sq\n", "convert.type", "softmax");
    row("slopes per channel", kInput + "@a: f32[2] = [0.1, 0.2]\n%s = prelu(%q, @a)\n" + fakeQuantize("sq", "s", "0.01") + "return %sq\n", "convert.operator", "per channel");
    row("an accumulator in arithmetic", kInput + kWeight + "%c = conv2d(%q, %wq) {kernel_size=[1,1]}\n%a = add(%c, %q)\n" + fakeQuantize("aq", "a", "1") + "return %aq\n",
        "convert.type", "accumulator");
}

void TestConvert::refuses()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, code);
    QFETCH(QByteArray, part);
    const auto report = passes::convert(qat(body.toStdString()));
    QVERIFY(!report);
    QCOMPARE(QByteArray::fromStdString(report.error().code), code);
    QVERIFY2(QByteArray::fromStdString(report.error().message).contains(part), report.error().message.c_str());
    QVERIFY2(report.error().message.find("; ") != std::string::npos, report.error().message.c_str());
}

void TestConvert::listsEveryObstacle()
{
    const Findings findings = passes::checkConvert(qat(kInput + "%a = cumsum(%q) {dim=1}\n" + fakeQuantize("aq", "a", "1") + "%b = cumsum(%q) {dim=2}\n" + fakeQuantize("bq", "b", "1") +
                                                       "return %aq, %bq\n"));
    QCOMPARE(std::ranges::count(findings, std::string("convert.operator"), &Finding::code), 2);
    QVERIFY(std::ranges::all_of(findings, [](const Finding& finding) { return finding.node.isValid() && !finding.where.empty() && !finding.advice.empty(); }));
}

void TestConvert::refusesOtherStages()
{
    const auto report = passes::convert(test::typedGraph("graph net(%x: f32[1]) { return %x }"));
    QVERIFY(!report);
    QCOMPARE(report.error().code, std::string("convert.stage"));
}

void TestConvert::stopsWhenAsked()
{
    std::stop_source source;
    source.request_stop();
    const auto report = passes::convert(qat(kInput + "return %q\n"), {.onProgress = {}, .stop = source.get_token()});
    QVERIFY(!report);
    QCOMPARE(report.error().kind, ErrorKind::Cancelled);
}

QTEST_APPLESS_MAIN(TestConvert)
#include "tst_convert.moc"

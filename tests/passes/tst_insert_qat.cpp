// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Where grids go: whole graphs as golden texts, and every refusal with its sentence.
#include "core/ir/text.h"
#include "core/ir/verifier.h"
#include "passes/insert_qat/insert_qat.h"
#include "tests/support/golden.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <algorithm>
#include <fmt/format.h>

using namespace bpu;

namespace {

const std::string kConv = " = conv2d(%x, @w, @b) {kernel_size=[3,3], stride=[1,1], padding=[1,1,1,1], dilation=[1,1], groups=1} scope \"a.conv1\" name \"conv1\"\n";
const std::string kSecond = " = conv2d(%c, @w2) {kernel_size=[1,1], stride=[1,1], padding=[0,0,0,0], dilation=[1,1], groups=1} scope \"a.conv2\" name \"conv2\"\n";
const std::string kHead = "graph net(%x: f32[1,4,8,8]) stage fused {\n @w: f32[4,4,3,3] = random 1\n @b: f32[4] = random 2\n @w2: f32[4,4,1,1] = random 3\n";

ir::Graph net(const std::string& body)
{
    return test::typedGraph(kHead + body + "}");
}

Result<passes::InsertQatReport> insert(const std::string& body, const char* march, passes::InsertQatOptions options = {})
{
    return passes::insertQat(net(body), *march::find(march), options);
}

/// The graph, and what was noted.
std::string textOf(const passes::InsertQatReport& report)
{
    std::string text = ir::print(report.graph);
    for (const Finding& f : report.findings)
        text += fmt::format("# {} {} {}: {}\n", f.code, name(f.severity), f.where, f.message);
    for (const passes::Segment& segment : report.segments) {
        text += fmt::format("# {}:", segment.isOnBpu ? "BPU" : "CPU");
        for (const NodeId id : segment.nodes)
            text += " " + report.graph.node(id).name;
        text += "\n";
    }
    return text;
}

quant::QConfig activationOf(ir::QType type)
{
    quant::QConfig config = quant::defaultQConfig();
    config.activation->options.type = type;
    return config;
}

passes::InsertQatOptions withNode(const char* name, quant::MaybeQConfig config, bool hybrid = false)
{
    passes::InsertQatOptions options{.hybrid = hybrid};
    options.qconfigs.nodes = {{name, std::move(config)}};
    return options;
}

passes::InsertQatOptions everywhere(quant::QConfig config)
{
    passes::InsertQatOptions options;
    options.qconfigs.global = std::move(config);
    return options;
}

} // namespace

class TestInsertQat : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void graphsAreAsInTheGoldenTexts_data();
    void graphsAreAsInTheGoldenTexts();
    void refusalsSayWhy_data();
    void refusalsSayWhy();
    void cameraInputsHaveAFixedScale();
};

void TestInsertQat::graphsAreAsInTheGoldenTexts_data()
{
    QTest::addColumn<std::string>("body");
    QTest::addColumn<passes::InsertQatOptions>("options");
    QTest::addColumn<QStringList>("marches");
    const auto row = [](const char* name, std::string body, passes::InsertQatOptions options = {}, QStringList marches = {QStringLiteral("bernoulli2"), QStringLiteral("bayes")}) {
        QTest::newRow(name) << std::move(body) << std::move(options) << std::move(marches);
    };
    const QStringList bayes{QStringLiteral("bayes")};
    row("conv_relu_conv", " %c = conv2d(%x, @w, @b) {activation=\"relu\", kernel_size=[3,3], padding=[1,1,1,1]} scope \"a\" name \"conv1\"\n %d" + kSecond + " return %d\n");
    row("residual_add", " %c" + kConv + " %d" + kSecond + " %e = add(%d, %c) name \"sum\"\n %y = relu(%e) name \"act\"\n return %y\n");
    row("cat", " %c" + kConv + " %d" + kSecond + " %m = max_pool2d(%d) {kernel_size=[3,3], stride=[1,1], padding=[1,1,1,1]} name \"pool\"\n"
               " %y = cat(%m, %c, %x) {dim=1} name \"join\"\n return %y\n");
    row("output_through_moves", " %c" + kConv + " %d" + kSecond + " %m = permute(%d) {dims=[0,2,1,3]} name \"last\"\n %y = reshape(%m) {shape=[8,4,8]} name \"rows\"\n return %y\n", {}, bayes);
    row("output_torn_apart", " %c" + kConv + " %y = reshape(%c) {shape=[1,2,2,8,8]} name \"split\"\n return %y\n", {}, bayes);
    row("hybrid", " %c" + kConv + " %e = erf(%c) origin \"torch.erf\" name \"erf\"\n %d = conv2d(%e, @w2) {kernel_size=[1,1], padding=[0,0,0,0]} name \"conv2\"\n return %d, %c\n",
        {.hybrid = true});
    row("module_in_float", " %c" + kConv + " %d" + kSecond + " return %d\n", [] {
        passes::InsertQatOptions options{.hybrid = true};
        options.qconfigs.moduleNames = {{"a.conv1", std::nullopt}};
        return options;
    }());
    row("batch_norm_alone", " @g: f32[4] = [1, 2, 0.5, 1]\n %n = batch_norm2d(%x, @g, @b, @b, @g) {epsilon=0} name \"bn\"\n %y = sigmoid(%n) name \"act\"\n return %y\n");
    row("constant_operand", " @k: f32[1,4,1,1] = random 4\n %y = mul(%x, @k) name \"scale\"\n return %y\n", {}, bayes);
    row("activations_in_16_bits", " %c" + kConv + " %d" + kSecond + " %y = sigmoid(%d) name \"act\"\n return %y\n", everywhere(activationOf(ir::QType::QInt16)), bayes);
    row("layer_in_16_bits", " %c" + kConv + " %d" + kSecond + " %y = sigmoid(%d) name \"act\"\n return %y\n", withNode("conv1", activationOf(ir::QType::QInt16)), bayes);
}

void TestInsertQat::graphsAreAsInTheGoldenTexts()
{
    QFETCH(std::string, body);
    QFETCH(passes::InsertQatOptions, options);
    std::string text;
    QFETCH(QStringList, marches);
    for (const QString& each : marches) {
        const std::string march = each.toStdString();
        const auto report = insert(body, march.c_str(), options);
        QVERIFY2(report, report ? "" : report.error().text().c_str());
        QVERIFY(ir::verify(report->graph));
        QCOMPARE(count(passes::checkMarch(report->graph, *march::find(march)), Severity::Error), size_t{0});
        text += fmt::format("# {}\n{}", march, textOf(*report));
    }
    const std::string difference = test::compareGolden(fmt::format("qat_{}.txt", QTest::currentDataTag()), text);
    QVERIFY2(difference.empty(), difference.c_str());
}

void TestInsertQat::refusalsSayWhy_data()
{
    QTest::addColumn<std::string>("body");
    QTest::addColumn<std::string>("march");
    QTest::addColumn<passes::InsertQatOptions>("options");
    QTest::addColumn<std::string>("message");
    const auto row = [](const char* label, std::string body, const char* march, passes::InsertQatOptions options, std::string message) {
        QTest::newRow(label) << std::move(body) << std::string(march) << std::move(options) << std::move(message);
    };
    row("all that cannot run", " %a = erf(%x) origin \"torch.erf\" name \"one\"\n %p = avg_pool2d(%a) {kernel_size=[8,8], stride=[8,8], padding=[0,0,0,0]} origin \"torch.nn.AvgPool2d\" name \"two\"\n return %p\n",
        "bernoulli2", {}, "2 operators cannot run on Bernoulli2: 'one' (erf is not supported on Bernoulli2); 'two' (Kernel is larger than Bernoulli2 allows (8x8 found, 1 to 7 allowed)); change them as bpu check advises, or keep them in float on the CPU with --hybrid");
    row("null without hybrid", " %c" + kConv + " return %c\n", "bayes", withNode("conv1", std::nullopt), "the qconfig keeps 'conv1' in float; add --hybrid, which runs what is in float on the CPU");
    row("32 bits into an operator", " %c" + kConv + " %y = sigmoid(%c) name \"act\"\n return %y\n", "bayes", withNode("conv1", quant::QConfig{.activation = std::nullopt}), "conv1: its qconfig leaves the result in 32 bits, but an operator of the BPU reads it; give it an activation");
    row("32 bits of a sigmoid", " %y = sigmoid(%x) name \"act\"\n return %y\n", "bayes", withNode("act", quant::QConfig{.activation = std::nullopt}), "act: its qconfig leaves the result in 32 bits, which only conv, linear and matmul can; give Sigmoid an activation");
    row("16 bits into softmax", " %y = softmax(%x) {dim=1} origin \"torch.nn.Softmax\" name \"act\"\n return %y\n", "bayes", everywhere(activationOf(ir::QType::QInt16)), "the qconfig gives types that Bayes does not take here: 'act' (Softmax: qint16 found, qint8 allowed); give what stands before them a qconfig with qint8");
    row("half precision", " %h = cast(%x) {to=\"f16\"} name \"half\"\n return %h\n", "bayes", {}, "half: gives f16[1,4,8,8]; only float32 models can be quantized, export it in float32");
}

void TestInsertQat::refusalsSayWhy()
{
    QFETCH(std::string, body);
    QFETCH(std::string, march);
    QFETCH(passes::InsertQatOptions, options);
    QFETCH(std::string, message);
    const auto report = insert(body, march.c_str(), options);
    QVERIFY(!report);
    QCOMPARE(QString::fromStdString(report.error().text()), QString::fromStdString(message));
}

void TestInsertQat::cameraInputsHaveAFixedScale()
{
    const auto report = passes::insertQat(test::typedGraph("graph net(%x: f32[1,3,8,8]) stage fused {\n %y = max_pool2d(%x) {kernel_size=[2,2], stride=[2,2], padding=[0,0,0,0]}\n return %y\n}"),
                                          *march::find("bayes"), {.inputSource = passes::InputSource::Pyramid});
    QVERIFY2(report, report ? "" : report.error().text().c_str());
    const ir::Node& stub = report->graph.node(report->graph.findNode("x.quant"));
    QCOMPARE(report->graph.value(stub.output()).quant, std::optional(ir::QuantParams{ir::QType::QInt8, {1.0 / 128}, -1}));
    QCOMPARE(report->findings.front().code, std::string("qat.fixed-scale"));
}

QTEST_APPLESS_MAIN(TestInsertQat)
#include "tst_insert_qat.moc"

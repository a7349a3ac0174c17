// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/rewriter.h"
#include "core/ir/text.h"
#include "core/ir/verifier.h"
#include "core/ops/op_spec.h"
#include "passes/fuse/fuse.h"
#include "tests/support/reference_executor.h"

#include <QTest>
#include <cmath>
#include <fmt/format.h>
#include <random>

using namespace bpu;
using passes::FuseReport;

namespace {

const std::string kParameters = R"(
    @w: f32[4,4,3,3] = random 1
    @b: f32[4] = random 2
    @w2: f32[4,4,3,3] = random 3
    @g: f32[4] = [1.5, -0.5, 2, 0.25]
    @be: f32[4] = random 5
    @m: f32[4] = random 6
    @v: f32[4] = [1, 0.5, 2, 1e-3]
    @full: f32[1,4,6,6] = random 8
    @channel: f32[1,4,1,1] = random 9
)";
const std::string kConv = "%c: f32[1,4,6,6] = conv2d(%x, @w, @b) {kernel_size=[3,3], padding=[1,1,1,1]} origin \"torch.nn.Conv2d\"\n";
const std::string kOther = "%d: f32[1,4,6,6] = conv2d(%x, @w2) {kernel_size=[3,3], padding=[1,1,1,1]} origin \"torch.nn.Conv2d\"\n";

/// A graph on %x: f32[1,4,6,6] with the parameters that the body reads.
ir::Graph net(const std::string& body)
{
    const auto graph = ir::parse("graph net(%x: f32[1,4,6,6]) {" + kParameters + body + "}");
    if (!graph)
        qFatal("%s", graph.error().text().c_str());
    ir::Rewriter rewriter(*graph);
    rewriter.removeDead();
    return *ops::inferTypes(*rewriter.finish());
}

std::string opList(const ir::Graph& graph)
{
    std::string text;
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        text += (text.empty() ? "" : " ") + node.op + (node.input(3).isValid() && node.op.starts_with("conv") ? "+add" : "");
        if (node.attributes.has("activation"))
            text += fmt::format("+{}", node.attributes.text("activation"));
    }
    return text;
}

test::Array randomArray(const ir::Shape& shape, std::mt19937& random)
{
    test::Array array{shape, std::vector<double>(static_cast<size_t>(ir::TensorType(ir::DType::Float32, shape).elementCount()))};
    for (double& v : array.data)
        v = std::uniform_real_distribution<double>(-2, 2)(random);
    return array;
}

/// Largest difference between the results of two graphs on one random input, relative to the largest value.
double difference(const ir::Graph& a, const ir::Graph& b, std::mt19937& random)
{
    std::vector<test::Array> inputs;
    for (const ValueId id : a.inputs())
        inputs.push_back(randomArray(a.value(id).type.shape(), random));
    const auto left = test::execute(a, inputs);
    const auto right = test::execute(b, inputs);
    double error = left.size() == right.size() ? 0 : INFINITY;
    double largest = 1;
    for (size_t i = 0; i < std::min(left.size(), right.size()); ++i)
        for (size_t k = 0; k < left[i].data.size(); ++k) {
            largest = std::max(largest, std::abs(left[i].data[k]));
            error = std::max(error, std::abs(left[i].data[k] - right[i].data.at(k)));
        }
    return error / largest;
}

unsigned seedFromEnvironment()
{
    const char* given = std::getenv("BPU_TEST_SEED");
    const auto seed = given ? static_cast<unsigned>(std::atoi(given)) : std::random_device()();
    qInfo("BPU_TEST_SEED=%u", seed);
    return seed;
}

/// Every weight is the float32 next to it, above or below.
ir::Graph withRoundedWeights(const ir::Graph& graph, std::mt19937& random)
{
    ir::GraphEditor editor(graph);
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i) {
        const ir::Value* value = graph.find(ValueId{i});
        if (!value || !value->constant || value->constant->dtype() != ir::DType::Float32)
            continue;
        std::vector<float> numbers;
        for (int64_t k = 0; k < value->constant->elementCount(); ++k)
            numbers.push_back(std::nextafter(value->constant->at<float>(k), random() % 2 ? HUGE_VALF : -HUGE_VALF));
        editor.makeConstant(value->id, ir::Tensor::floats(value->constant->shape(), numbers));
    }
    return *editor.finish();
}

} // namespace

class TestFuse : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void fusesEverySequence_data();
    void fusesEverySequence();
    void keepsWhatMayNotFuse_data();
    void keepsWhatMayNotFuse();
    void absorbsIntoEveryLayer_data();
    void absorbsIntoEveryLayer();
    void firstOperandTakesTheAdd();
    void keepsNamesOriginsAndScope();
    void mergedInitializersAreNoSharedModule();
    void sharedModuleStays();
    void roundsOnce();
    void refusesOtherStages();
    void randomGraphsComputeTheSame();
};

void TestFuse::fusesEverySequence_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("result");
    const std::string bn = "%n: f32[1,4,6,6] = batch_norm2d(%c, @g, @be, @m, @v) {epsilon=1e-5}\n";
    for (const bool norm : {false, true})
        for (const char* add : {"", "(%last, %d)", "(%d, %last)"})
            for (const char* act : {"", "relu", "relu6"}) {
                std::string body = kConv + (norm ? bn : "") + "%d: f32[1,4,6,6] = sigmoid(%x)\n";
                std::string last = norm ? "n" : "c";
                if (*add) {
                    std::string operands = add;
                    operands.replace(operands.find("last"), 4, last);
                    body += "%a: f32[1,4,6,6] = add" + operands + "\n";
                    last = "a";
                } else {
                    body.resize(body.find("%d"));
                }
                if (*act) {
                    body += fmt::format("%r: f32[1,4,6,6] = {}(%{})\n", act, last);
                    last = "r";
                }
                const std::string conv = fmt::format("conv2d{}{}", *add ? "+add" : "", *act ? std::string("+") + act : "");
                const std::string result = *add ? "sigmoid " + conv : conv;
                QTest::addRow("conv%s %s %s", norm ? " bn" : "", *add ? add : "", act) << QByteArray::fromStdString(body + "return %" + last) << QByteArray::fromStdString(result);
            }
}

void TestFuse::fusesEverySequence()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, result);
    const ir::Graph graph = net(body.toStdString());
    const auto report = passes::fuse(graph);
    QVERIFY(report);
    QVERIFY(ir::verify(report->graph));
    QCOMPARE(opList(report->graph), result.toStdString());
    QCOMPARE(report->graph.stage(), ir::Stage::Fused);
    QVERIFY(report->missed.empty());
    const auto plan = passes::planFusion(graph);
    QCOMPARE(plan.size(), report->fused.size());
    for (size_t i = 0; i < plan.size(); ++i)
        QVERIFY(plan[i].nodes == report->fused[i].nodes && plan[i].text == report->fused[i].text);
    for (const auto& group : report->fused)
        QVERIFY(report->graph.contains(group.result));
}

void TestFuse::keepsWhatMayNotFuse_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("result");
    QTest::addColumn<QByteArray>("reason");
    const auto row = [](const char* name, const std::string& body, const char* result, const char* reason) {
        QTest::newRow(name) << QByteArray::fromStdString(body) << QByteArray(result) << QByteArray(reason);
    };
    const std::string bn = "%n: f32[1,4,6,6] = batch_norm2d(%c, @g, @be, @m, @v)\n";
    row("second user", kConv + "%r: f32[1,4,6,6] = relu(%c)\n%s: f32[1,4,6,6] = sigmoid(%c)\nreturn %r, %s", "conv2d relu sigmoid", "the result of 'c' has 2 users");
    row("graph output", kConv + bn + "return %n, %c", "conv2d batch_norm2d", "the result of 'c' is an output of the graph");
    row("value added to itself", kConv + "%a: f32[1,4,6,6] = add(%c, %c)\nreturn %a", "conv2d add", "the result of 'c' has 2 users");
    row("relu before bn", kConv + "%r: f32[1,4,6,6] = relu(%c)\n%n: f32[1,4,6,6] = batch_norm2d(%r, @g, @be, @m, @v)\nreturn %n", "conv2d+relu batch_norm2d",
        "unsupported order: relu comes before batch norm");
    row("add before bn", kConv + "%a: f32[1,4,6,6] = add(%c, %x)\n%n: f32[1,4,6,6] = batch_norm2d(%a, @g, @be, @m, @v)\nreturn %n", "conv2d+add batch_norm2d",
        "unsupported order: add comes before batch norm");
    row("bn before conv", "%n: f32[1,4,6,6] = batch_norm2d(%x, @g, @be, @m, @v)\n%c: f32[1,4,6,6] = conv2d(%n, @w) {kernel_size=[3,3], padding=[1,1,1,1]}\nreturn %c",
        "batch_norm2d conv2d", "unsupported order: batch norm comes before 'c'");
    row("bn alone", "%n: f32[1,4,6,6] = batch_norm2d(%x, @g, @be, @m, @v)\nreturn %n", "batch_norm2d", "no convolution or linear layer");
    row("two bn", kConv + bn + "%n2: f32[1,4,6,6] = batch_norm2d(%n, @g, @be, @m, @v)\nreturn %n2", "conv2d batch_norm2d", "'c' already takes in a batch norm");
    row("constant that broadcasts", kConv + "%a: f32[1,4,6,6] = add(%c, @channel)\nreturn %a", "conv2d add", "broadcasts a constant of 1x4x1x1 to 1x4x6x6");
    row("shared weight", kConv + "%d: f32[1,4,6,6] = conv2d(%c, @w, @b) {kernel_size=[3,3], padding=[1,1,1,1]}\n%r: f32[1,4,6,6] = relu(%d)\nreturn %r",
        "conv2d conv2d relu", "shared operator: the weight of 'd' is also used by 'c'");
    row("parameter that is no constant", kConv + "%k: f32[4] = exp(@g)\n%n: f32[1,4,6,6] = batch_norm2d(%c, %k, @be, @m, @v)\nreturn %n", "conv2d exp batch_norm2d",
        "a parameter of the batch norm is not");
    row("two relus", kConv + "%r: f32[1,4,6,6] = relu(%c)\n%s: f32[1,4,6,6] = relu6(%r)\nreturn %s", "conv2d+relu relu6",
        "'c' already takes in an activation");
    row("two adds", kConv + "%a: f32[1,4,6,6] = add(%c, %x)\n%s: f32[1,4,6,6] = add(%a, %x)\nreturn %s", "conv2d+add add", "'c' already holds an add");
}

void TestFuse::keepsWhatMayNotFuse()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, result);
    QFETCH(QByteArray, reason);
    const ir::Graph graph = net(body.toStdString());
    const auto report = passes::fuse(graph);
    QVERIFY(report);
    QVERIFY(ir::verify(report->graph));
    QCOMPARE(opList(report->graph), result.toStdString());
    QCOMPARE(report->missed.size(), reason.isEmpty() ? size_t{0} : size_t{1});
    if (!reason.isEmpty())
        QVERIFY2(report->missed.front().reason.starts_with(reason.toStdString()) || report->missed.front().reason.find(reason.toStdString()) != std::string::npos,
                 report->missed.front().reason.c_str());
}

void TestFuse::absorbsIntoEveryLayer_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* name, const char* type, const char* weight, const char* result, int channels, const std::string& call, const char* norm) {
        const std::string text = fmt::format("graph(%x: f32[{}]) {{\n@w: f32[{}] = random 3\n@b: f32[{}] = random 4\n@g: f32[{}] = random 5\n@m: f32[{}] = random 6\n@v: f32[{}] = fill 0.7\n"
                                             "%c: f32[{}] = {}\n%n: f32[{}] = {}(%c, @g, @b, @m, @v) {{epsilon=0.001}}\n%r: f32[{}] = relu(%n)\nreturn %r }}",
                                             type, weight, channels, channels, channels, channels, result, call, result, norm, result);
        QTest::newRow(name) << QByteArray::fromStdString(text);
    };
    row("conv1d", "2,3,9", "6,3,3", "2,6,4", 6, "conv1d(%x, @w, @b) {kernel_size=[3], stride=[2], padding=[0,0]}", "batch_norm1d");
    row("conv2d groups, no bias", "1,4,5,5", "6,2,3,3", "1,6,5,5", 6, "conv2d(%x, @w) {kernel_size=[3,3], groups=2, padding=[1,1,1,1]}", "batch_norm2d");
    row("conv2d depthwise dilated", "1,4,7,7", "4,1,3,3", "1,4,3,3", 4, "conv2d(%x, @w, @b) {kernel_size=[3,3], groups=4, dilation=[2,2]}", "batch_norm2d");
    row("conv3d", "1,2,4,4,4", "3,2,2,2,2", "1,3,3,3,3", 3, "conv3d(%x, @w, @b) {kernel_size=[2,2,2]}", "batch_norm3d");
    row("conv_transpose2d", "1,4,3,3", "4,3,2,2", "1,3,6,6", 3, "conv_transpose2d(%x, @w, @b) {kernel_size=[2,2], stride=[2,2]}", "batch_norm2d");
    row("conv_transpose2d groups", "1,4,3,3", "4,3,2,2", "1,6,6,6", 6, "conv_transpose2d(%x, @w) {kernel_size=[2,2], stride=[2,2], groups=2}", "batch_norm2d");
    row("conv_transpose1d", "1,4,5", "4,3,3", "1,3,7", 3, "conv_transpose1d(%x, @w, @b) {kernel_size=[3]}", "batch_norm1d");
    row("linear", "5,7", "3,7", "5,3", 3, "linear(%x, @w, @b)", "batch_norm1d");
    row("linear without bias", "5,7", "3,7", "5,3", 3, "linear(%x, @w)", "batch_norm1d");
}

void TestFuse::absorbsIntoEveryLayer()
{
    QFETCH(QByteArray, text);
    const auto graph = ir::parse(text.toStdString());
    QVERIFY2(graph, graph ? "" : graph.error().text().c_str());
    const auto report = passes::fuse(*ops::inferTypes(*graph));
    QVERIFY(report);
    QCOMPARE(report->graph.nodeCount(), size_t{1});
    QVERIFY2(report->missed.empty(), report->missed.empty() ? "" : report->missed.front().reason.c_str());
    std::mt19937 random(1);
    QVERIFY(difference(*graph, report->graph, random) < 1e-6);
}

void TestFuse::firstOperandTakesTheAdd()
{
    for (const char* operands : {"(%c, %d)", "(%d, %c)"}) {
        const auto report = passes::fuse(net(kConv + kOther + "%a: f32[1,4,6,6] = add" + operands + "\n%r: f32[1,4,6,6] = relu(%a)\nreturn %r"));
        QVERIFY(report);
        QCOMPARE(opList(report->graph), std::string("conv2d conv2d+add+relu"));
        QCOMPARE(report->graph.node(report->fused.front().result).name, std::string(1, operands[2]));
        QCOMPARE(report->missed.size(), size_t{1});
        QCOMPARE(report->missed.front().reason, fmt::format("the add 'a' fuses with its other operand '{}'", operands[2]));
    }
}

void TestFuse::keepsNamesOriginsAndScope()
{
    const auto report = passes::fuse(net("%c: f32[1,4,6,6] = conv2d(%x, @w, @b) {kernel_size=[3,3], padding=[1,1,1,1]} scope \"layer.conv\" origin \"torch.nn.Conv2d\"\n"
                                         "%n: f32[1,4,6,6] = batch_norm2d(%c, @g, @be, @m, @v) scope \"layer.bn\" origin \"torch.nn.BatchNorm2d\"\n"
                                         "%r: f32[1,4,6,6] = relu(%n) scope \"layer.relu\" origin \"torch.nn.ReLU\"\nreturn %r"));
    QVERIFY(report);
    const ir::Node& node = report->graph.node(report->fused.front().result);
    QCOMPARE(node.name, std::string("c"));
    QCOMPARE(node.scope, std::string("layer.conv"));
    QCOMPARE(node.origins.size(), size_t{3});
    QCOMPARE(node.origins[1].what, std::string("torch.nn.BatchNorm2d"));
    QCOMPARE(report->graph.outputOf(node)->name, std::string("r"));
    QCOMPARE(report->graph.inputOf(node, 1)->name, std::string("w"));
    QCOMPARE(report->graph.inputOf(node, 2)->name, std::string("b"));
    QCOMPARE(report->graph.findValue("g").isValid(), false);
    QCOMPARE(report->fused.front().text, std::string("c + n + r -> Conv2d + ReLU"));
}

void TestFuse::mergedInitializersAreNoSharedModule()
{
    // Exporters store equal initializers once: two batch norms with the same fresh statistics still fuse.
    const auto report = passes::fuse(net(kConv + "%n: f32[1,4,6,6] = batch_norm2d(%c, @g, @be, @m, @v) scope \"bn1\"\n"
                                                 "%d: f32[1,4,6,6] = conv2d(%n, @w2, @b) {kernel_size=[3,3], padding=[1,1,1,1]}\n"
                                                 "%o: f32[1,4,6,6] = batch_norm2d(%d, @g, @be, @m, @v) scope \"bn2\"\nreturn %o"));
    QVERIFY(report);
    QCOMPARE(opList(report->graph), std::string("conv2d conv2d"));
}

void TestFuse::sharedModuleStays()
{
    const auto report = passes::fuse(net(kConv + "%n: f32[1,4,6,6] = batch_norm2d(%c, @g, @be, @m, @v) scope \"bn\"\n"
                                                 "%d: f32[1,4,6,6] = conv2d(%n, @w2, @b) {kernel_size=[3,3], padding=[1,1,1,1]}\n"
                                                 "%o: f32[1,4,6,6] = batch_norm2d(%d, @g, @be, @m, @v) scope \"bn\"\nreturn %o"));
    QVERIFY(report);
    QCOMPARE(opList(report->graph), std::string("conv2d batch_norm2d conv2d batch_norm2d"));
    QCOMPARE(report->missed.size(), size_t{2});
    QCOMPARE(report->missed[0].reason, std::string("shared operator: 'o' is the same batch norm"));
}

void TestFuse::roundsOnce()
{
    // w * gamma / sqrt(v + eps) in double, then one rounding: float arithmetic gives another last bit here.
    const auto graph = ir::parse(R"(graph(%x: f32[1,1,1,1]) {
        @w: f32[1,1,1,1] = [0.1]
        @g: f32[1] = [0.7]
        @be: f32[1] = [0.3]
        @m: f32[1] = [1e8]
        @v: f32[1] = [0.9]
        %c: f32[1,1,1,1] = conv2d(%x, @w) {kernel_size=[1,1]}
        %n: f32[1,1,1,1] = batch_norm2d(%c, @g, @be, @m, @v) {epsilon=1e-5}
        return %n })");
    const auto report = passes::fuse(*graph);
    QVERIFY(report);
    const double scale = static_cast<double>(0.7F) / std::sqrt(static_cast<double>(0.9F) + 1e-5);
    const ir::Node& node = report->graph.node(report->fused.front().result);
    QCOMPARE(report->graph.inputOf(node, 1)->constant->at<float>(0), static_cast<float>(static_cast<double>(0.1F) * scale));
    QCOMPARE(report->graph.inputOf(node, 2)->constant->at<float>(0), static_cast<float>(-1e8 * scale + static_cast<double>(0.3F)));
}

void TestFuse::refusesOtherStages()
{
    const auto fused = passes::fuse(net(kConv + "%r: f32[1,4,6,6] = relu(%c)\nreturn %r"));
    const auto again = passes::fuse(fused->graph);
    QVERIFY(again && again->fused.empty());
    QCOMPARE(ir::print(again->graph), ir::print(fused->graph));
    ir::Rewriter rewriter(fused->graph);
    rewriter.setStage(ir::Stage::Quantized);
    const auto refused = passes::fuse(*rewriter.finish());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("fuse.stage"));
}

void TestFuse::randomGraphsComputeTheSame()
{
    std::mt19937 random(seedFromEnvironment());
    size_t fusedNodes = 0;
    for (int round = 0; round < 60; ++round) {
        std::string body;
        std::vector<std::string> values{"x"};
        const auto any = [&] { return values[random() % values.size()]; };
        for (int i = 0; i < 14; ++i) {
            const bool near = random() % 4 != 0; // mostly chains, sometimes a second user
            const std::string from = near ? values.back() : any();
            const std::string name = fmt::format("v{}", i);
            const std::string weight = random() % 5 ? fmt::format("@w_{}_{}", round, i) : "@w";
            if (weight != "@w")
                body += fmt::format("{}: f32[4,4,3,3] = random {}\n", weight, random() % 100000);
            switch (random() % 6) {
            case 0: case 1: body += fmt::format("%{}: f32[1,4,6,6] = conv2d(%{}, {}{}) {{kernel_size=[3,3], padding=[1,1,1,1]}}\n", name, from, weight, random() % 2 ? ", @b" : ""); break;
            case 2: body += fmt::format("%{}: f32[1,4,6,6] = batch_norm2d(%{}, @g, @be, @m, @v)\n", name, from); break;
            case 3: body += fmt::format("%{}: f32[1,4,6,6] = add(%{}, {})\n", name, from, random() % 4 ? "%" + any() : std::string("@channel")); break;
            case 4: body += fmt::format("%{}: f32[1,4,6,6] = relu(%{})\n", name, from); break;
            default: body += fmt::format("%{}: f32[1,4,6,6] = relu6(%{})\n", name, from); break;
            }
            values.push_back(name);
        }
        body += "return %" + values.back() + (random() % 3 ? "" : ", %" + any());
        const ir::Graph graph = net(body);
        const auto report = passes::fuse(graph);
        QVERIFY(report && ir::verify(report->graph));
        fusedNodes += graph.nodeCount() - report->graph.nodeCount();
        const std::mt19937 before = random;
        const double error = difference(graph, report->graph, random);
        // Folded weights are rounded to float32. Where a graph magnifies that, so it does the rounding of its own weights.
        double rounding = 0;
        for (int draw = 0; error >= 1e-5 && draw < 20; ++draw) {
            std::mt19937 sameInput = before;
            rounding = std::max(rounding, difference(graph, withRoundedWeights(graph, random), sameInput));
        }
        QVERIFY2(error < std::max(1e-5, 30 * rounding), qPrintable(QStringLiteral("%1, of rounding %2\n").arg(error).arg(rounding) + QString::fromStdString(ir::print(graph))));
    }
    QVERIFY(fusedNodes > 30);
}

QTEST_APPLESS_MAIN(TestFuse)
#include "tst_fuse.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A qat graph and its fixed-point form, layer by layer: accumulated, and each layer alone on the same input.
#include "core/ir/graph_editor.h"
#include "passes/compare/report.h"
#include "passes/compare/same_input.h"
#include "passes/convert/convert.h"
#include "passes/sensitivity/sensitivity.h"
#include "tests/support/text_graph.h"

#include <QTest>

#include <algorithm>
#include <random>

using namespace bpu;
using namespace bpu::passes;

namespace {

std::string fakeQuantize(const std::string& result, const std::string& input, const std::string& grid)
{
    return "%" + result + ": f32[*] " + grid + " = fake_quantize(%" + input + ") {ch_axis=-1, qtype=\"" + grid.substr(0, grid.find(' ')) + "\"}\n";
}

/// Convolution, table, addition into a convolution, pooling, cat, an accumulator as output.
const std::string kNet = "graph net(%x: f32[2,3,9,9]) stage qat {\n"
                         "@w1: f32[8,3,3,3] = random 1\n@b1: f32[8] = random 2\n@w2: f32[8,8,1,1] = random 3\n@b2: f32[8] = random 4\n@w3: f32[5,24,1,1] = random 5\n"
                         "%q: f32[2,3,9,9] qint8 [0.0078125] axis -1 = quant_stub(%x) {ch_axis=-1, qtype=\"qint8\"}\n"
                         "%w1q: f32[8,3,3,3] qint8 [0.0078,0.0079,0.0077,0.0075,0.0078,0.0078,0.0076,0.0078] axis 0 = fake_quantize(@w1) {ch_axis=0, qtype=\"qint8\"}\n"
                         "%w2q: f32[8,8,1,1] qint8 [0.0078] axis -1 = fake_quantize(@w2) {ch_axis=-1, qtype=\"qint8\"}\n"
                         "%w3q: f32[5,24,1,1] qint8 [0.0078] axis -1 = fake_quantize(@w3) {ch_axis=-1, qtype=\"qint8\"}\n"
                         "%c = conv2d(%q, %w1q, @b1) {activation=\"relu\", kernel_size=[3,3], padding=[1,1,1,1], stride=[2,2]} scope \"c\"\n" +
                         fakeQuantize("cq", "c", "qint8 [0.031] axis -1") + "%s = sigmoid(%cq) scope \"s\"\n" + fakeQuantize("sq", "s", "qint8 [0.0079] axis -1") +
                         "%d = conv2d(%cq, %w2q, @b2, %sq) {kernel_size=[1,1]} scope \"d\"\n" + fakeQuantize("dq", "d", "qint8 [0.06] axis -1") +
                         "%a = add(%dq, %sq) scope \"a\"\n" + fakeQuantize("aq", "a", "qint8 [0.064] axis -1") +
                         "%p = avg_pool2d(%aq) {kernel_size=[3,3], padding=[1,1,1,1], count_include_pad=true} scope \"p\"\n" + fakeQuantize("pq", "p", "qint8 [0.03] axis -1") +
                         "%m = max_pool2d(%cq) {kernel_size=[3,3], padding=[1,1,1,1]} scope \"m\"\n"
                         "%k = cat(%pq, %m, %sq) {dim=1} scope \"k\"\n" + fakeQuantize("kq", "k", "qint8 [0.04] axis -1") +
                         "%o = conv2d(%kq, %w3q) {kernel_size=[1,1]} scope \"o\"\n%y = dequant_stub(%o)\nreturn %y }";

ir::GraphPtr pointer(ir::Graph graph)
{
    return std::make_shared<const ir::Graph>(std::move(graph));
}

ir::GraphPtr converted(const ir::GraphPtr& qat)
{
    auto report = convert(*qat);
    if (!report)
        qFatal("%s", report.error().text().c_str());
    return pointer(std::move(report->graph));
}

std::vector<Batch> noise(int count)
{
    std::mt19937 random(11);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<Batch> batches;
    for (int i = 0; i < count; ++i) {
        std::vector<float> numbers(2 * 3 * 9 * 9);
        for (float& x : numbers)
            x = uniform(random);
        batches.push_back({ir::Tensor::floats({2, 3, 9, 9}, numbers)});
    }
    return batches;
}

BatchSource sourceOf(std::vector<Batch> batches)
{
    return [batches = std::move(batches), at = size_t{0}]() mutable -> Result<std::optional<Batch>> {
        return at < batches.size() ? std::optional(batches[at++]) : std::nullopt;
    };
}

Comparison compared(const ir::GraphPtr& a, const ir::GraphPtr& b)
{
    auto comparison = compareGraphs(a, b, sourceOf(noise(3)));
    if (!comparison)
        qFatal("%s", comparison.error().text().c_str());
    if (const auto done = compareSameInput(*comparison, sourceOf(noise(3)), {}); !done)
        qFatal("%s", done.error().text().c_str());
    return std::move(*comparison);
}

const LayerComparison& layer(const Comparison& comparison, std::string_view value)
{
    const auto found = std::ranges::find_if(comparison.layers, [&](const LayerComparison& one) { return comparison.b->value(one.match.valueB).name == value; });
    if (found == comparison.layers.end())
        qFatal("no layer %s", std::string(value).c_str());
    return *found;
}

} // namespace

class TestSameInput : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyLayerIsWithinAStep();
    void aWrongLayerStandsOut();
    void stepsAreThoseOfTheResult();
    void reportsShowTheColumns();
    void refusesOtherStages();
    void ranksTheLayerWithTheCoarseGridFirst();
    void qint16HelpsWhereTheGridIsCoarse();
    void sensitivityRefuses();
};

void TestSameInput::everyLayerIsWithinAStep()
{
    const ir::GraphPtr qat = pointer(test::typedGraph(kNet));
    const Comparison comparison = compared(qat, converted(qat));
    QCOMPARE(comparison.layers.size(), size_t{8}); // c s d a p m k o
    for (const LayerComparison& one : comparison.layers) {
        QVERIFY2(one.sameInputSteps, one.name.c_str());
        QVERIFY2(*one.sameInputSteps <= 1.001, (one.name + " " + std::to_string(*one.sameInputSteps)).c_str());
        QVERIFY2(one.metrics.cosine > 0.99, one.name.c_str());
    }
    QCOMPARE(*layer(comparison, "m").sameInputSteps, 0.0);
}

void TestSameInput::aWrongLayerStandsOut()
{
    const ir::GraphPtr qat = pointer(test::typedGraph(kNet));
    const ir::GraphPtr quantized = converted(qat);
    ir::GraphEditor editor(*quantized);
    const ir::Node& conv = *quantized->producerOf(quantized->value(quantized->findValue("d")));
    const ValueId bias = editor.addConstant("wrong", ir::Tensor::of(ir::DType::Int32, {8}, std::vector<int32_t>(8, 4000)));
    editor.setQuant(bias, quantized->inputOf(conv, 2)->quant);
    editor.setInputValue(conv.id, 2, bias);
    const Comparison comparison = compared(qat, pointer(*editor.finish()));
    QVERIFY(*layer(comparison, "d").sameInputSteps > 3);
    QVERIFY(*layer(comparison, "a").sameInputSteps <= 1.001); // its own computation is right
    QVERIFY(*layer(comparison, "a").maxErrorSteps() > 3);     // what it was given is not
}

void TestSameInput::stepsAreThoseOfTheResult()
{
    const ir::GraphPtr qat = pointer(test::typedGraph(kNet));
    const Comparison comparison = compared(qat, converted(qat));
    QCOMPARE(*layer(comparison, "a").step, 0.064);
    QCOMPARE(*layer(comparison, "m").step, 0.031);
    QCOMPARE(*layer(comparison, "o").step, 0.04 * 0.0078);
    QCOMPARE(*layer(comparison, "c").maxErrorSteps(), layer(comparison, "c").metrics.maxError / 0.031);
}

void TestSameInput::reportsShowTheColumns()
{
    const ir::GraphPtr qat = pointer(test::typedGraph(kNet));
    const ir::GraphPtr quantized = converted(qat);
    const auto plain = compareGraphs(qat, qat, sourceOf(noise(1)));
    QVERIFY(plain);
    QVERIFY(compareText(*plain).find("in steps") != std::string::npos);
    QVERIFY(compareText(*plain).find("same input") == std::string::npos);
    const Comparison comparison = compared(qat, quantized);
    QVERIFY(compareText(comparison).find("in steps  same input") != std::string::npos);
    QVERIFY(compareJson(comparison).find("\"sameInputSteps\": 0") != std::string::npos);
    QVERIFY(compareCsv(comparison).find("max_error_steps,same_input_steps") != std::string::npos);
}

void TestSameInput::refusesOtherStages()
{
    const ir::GraphPtr qat = pointer(test::typedGraph(kNet));
    auto comparison = compareGraphs(qat, qat, sourceOf(noise(1)));
    QVERIFY(comparison);
    const auto done = compareSameInput(*comparison, sourceOf(noise(1)), {});
    QVERIFY(!done);
    QCOMPARE(done.error().code, std::string("compare.stage"));
}

void TestSameInput::ranksTheLayerWithTheCoarseGridFirst()
{
    std::string coarse = kNet;
    const std::string before = "qint8 [0.0079] axis -1"; // of the sigmoid
    coarse.replace(coarse.find(before), before.size(), "qint8 [0.9] axis -1");
    const auto sensitivity = rankSensitivity(test::typedGraph(coarse), noise(2));
    QVERIFY2(sensitivity, sensitivity ? "" : sensitivity.error().text().c_str());
    QCOMPARE(sensitivity->layers.size(), size_t{8}); // the stub and c s d a p k o
    QCOMPARE(sensitivity->layers.front().title, std::string("Sigmoid"));
    QVERIFY(sensitivity->layers.front().sqnrDb < sensitivity->layers.back().sqnrDb - 6);
    QVERIFY(sensitivity->sqnrOfAllDb <= sensitivity->layers.front().sqnrDb + 1);
}

void TestSameInput::qint16HelpsWhereTheGridIsCoarse()
{
    std::string coarse = kNet;
    const std::string before = "qint8 [0.064] axis -1"; // of the addition: as if an outlier had set it
    coarse.replace(coarse.find(before), before.size(), "qint8 [5] axis -1");
    const ir::Graph qat = test::typedGraph(coarse);
    const NodeId add = qat.producerOf(qat.value(qat.findValue("a")))->id;
    const NodeId pool = qat.producerOf(qat.value(qat.findValue("p")))->id;
    const auto all = rankSensitivity(qat, noise(2));
    const auto wider = tryQInt16(qat, {pool, add}, noise(2));
    QVERIFY(all && wider);
    QCOMPARE(wider->front().node, add);
    QVERIFY2(wider->front().sqnrDb > all->sqnrOfAllDb + 3, std::to_string(wider->front().sqnrDb - all->sqnrOfAllDb).c_str());
    const ir::Graph applied = withQInt16(qat, {add});
    const ir::QuantParams& grid = *applied.value(applied.findValue("aq")).quant;
    QVERIFY(grid.type == ir::QType::QInt16);
    QVERIFY(std::abs(grid.scales[0] * 32767.5 - 5 * 127.5) < 1e-9); // the same threshold
    QVERIFY(convert(applied));
}

void TestSameInput::sensitivityRefuses()
{
    const auto refused = [](const ir::Graph& graph, const std::vector<Batch>& batches) {
        const auto result = rankSensitivity(graph, batches);
        return result ? std::string() : result.error().code;
    };
    QCOMPARE(refused(test::typedGraph("graph(%x: f32[1]) { return %x }"), noise(1)), std::string("sensitivity.stage"));
    QCOMPARE(refused(test::typedGraph("graph(%x: f32[1]) stage qat {\n%q: f32[1] = quant_stub(%x)\nreturn %q }"), noise(1)), std::string("sensitivity.uncalibrated"));
    QCOMPARE(refused(test::typedGraph(kNet), {}), std::string("sensitivity.data"));
    ir::GraphEditor editor(test::typedGraph(kNet));
    editor.setFact("march", "bernoulli2");
    const auto wider = tryQInt16(*editor.finish(), {}, noise(1));
    QVERIFY(!wider);
    QCOMPARE(wider.error().code, std::string("sensitivity.march"));
    std::stop_source source;
    source.request_stop();
    const auto stopped = rankSensitivity(test::typedGraph(kNet), noise(1), {.threads = 1, .control = {.onProgress = {}, .stop = source.get_token()}});
    QVERIFY(!stopped && stopped.error().kind == ErrorKind::Cancelled);
}

QTEST_APPLESS_MAIN(TestSameInput)
#include "tst_same_input.moc"

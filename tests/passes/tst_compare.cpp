// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/import.h"
#include "passes/compare/compare.h"
#include "passes/compare/report.h"
#include "passes/fuse/fuse.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <cmath>
#include <numbers>
#include <random>

using namespace bpu;
using namespace bpu::passes;

namespace {

ir::GraphPtr pointer(ir::Graph graph)
{
    return std::make_shared<const ir::Graph>(std::move(graph));
}

ir::GraphPtr opened(const char* path)
{
    auto imported = importer::importModel(path);
    if (!imported)
        qFatal("%s", imported.error().text().c_str());
    return pointer(std::move(imported->graph));
}

ir::GraphPtr fusedOf(const ir::GraphPtr& graph)
{
    auto report = fuse(*graph);
    if (!report)
        qFatal("%s", report.error().text().c_str());
    return pointer(std::move(report->graph));
}

/// `count` batches of normal numbers.
BatchSource noise(const ir::GraphPtr& graph, int count)
{
    return [graph, left = count, random = std::mt19937(7)]() mutable -> Result<std::optional<Batch>> {
        if (left-- == 0)
            return std::nullopt;
        std::normal_distribution<float> normal;
        Batch batch;
        for (const ValueId input : graph->inputs()) {
            const ir::TensorType& type = graph->value(input).type;
            std::vector<float> numbers(static_cast<size_t>(type.elementCount()));
            for (float& x : numbers)
                x = normal(random);
            batch.push_back(ir::Tensor::floats(type.shape(), numbers));
        }
        return batch;
    };
}

BatchSource once(std::vector<ir::Tensor> batch)
{
    return [batch, done = false]() mutable -> Result<std::optional<Batch>> {
        if (std::exchange(done, true))
            return std::nullopt;
        return batch;
    };
}

/// "a=b by" per layer.
QByteArray matchText(const ir::Graph& a, const ir::Graph& b)
{
    QByteArray text;
    for (const LayerMatch& match : matchLayers(a, b).layers)
        text += (text.isEmpty() ? "" : " ") + QByteArray::fromStdString(a.node(match.nodeA).name + "=" + b.node(match.nodeB).name) + "/" + word(match.by).data();
    return text;
}

QByteArray aloneText(const ir::Graph& a, const ir::Graph& b)
{
    QByteArray text;
    for (const Unmatched& alone : matchLayers(a, b).unmatched)
        text += QByteArray::fromStdString((alone.inA ? a : b).node(alone.node).name + " " + alone.text) + "\n";
    return text;
}

LayerMetrics metricsOf(const std::vector<float>& a, const std::vector<float>& b)
{
    PairStats stats;
    const auto shape = ir::Shape{static_cast<ir::Dim>(a.size())};
    stats.add(ir::Tensor::floats(shape, a), ir::Tensor::floats(shape, b));
    return stats.metrics();
}

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

} // namespace

class TestCompare : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void measuresByHand();
    void saysWhatZerosAndNaNAre_data();
    void saysWhatZerosAndNaNAre();
    void sumsOverBatchesAsOverOneTensor();
    void histogramsShareTheirBinsAndLoseNothing();
    void matchesAFusedGraphByNames();
    void matchesTwoExportsByScope();
    void matchesARunByItsScopeWhenNamesDiffer();
    void takesTheBatchNormWhereTheOtherFoldedIt();
    void leavesUnevenCandidatesAlone();
    void fusedGraphsEqualTheirSource_data();
    void fusedGraphsEqualTheirSource();
    void findsTheChangedLayer();
    void partsGiveTheSameNumbers();
    void saysOtherShapes();
    void refusesWhatCannotBeCompared();
    void stopsAndReportsProgress();
    void roundsNoErrorAway();
};

void TestCompare::measuresByHand()
{
    const LayerMetrics m = metricsOf({1, 2, -2, 0}, {1, 1, -2, 1});
    QCOMPARE(m.elements, 4U);
    QCOMPARE(m.cosine, (1.0 + 2 + 4 + 0) / (3 * std::sqrt(7.0)));
    QCOMPARE(m.l1, 0.5);
    QCOMPARE(m.l2, std::sqrt(0.5));
    QCOMPARE(m.maxError, 1.0);
    QCOMPARE(m.sqnrDb, 10 * std::log10(9.0 / 2));
    QCOMPARE(m.a.min, -2.0);
    QCOMPARE(m.a.max, 2.0);
    QCOMPARE(m.a.mean, 0.25);
    QCOMPARE(m.a.stddev, std::sqrt(9.0 / 4 - 0.0625));
}

void TestCompare::saysWhatZerosAndNaNAre_data()
{
    QTest::addColumn<std::vector<float>>("a");
    QTest::addColumn<std::vector<float>>("b");
    QTest::addColumn<double>("cosine");
    QTest::addColumn<double>("sqnr");
    QTest::addColumn<int>("differ");
    constexpr double inf = std::numeric_limits<double>::infinity();
    const auto row = [](const char* name, const std::vector<float>& a, const std::vector<float>& b, double cosine, double sqnr, int differ) {
        QTest::newRow(name) << a << b << cosine << sqnr << differ;
    };
    row("equal", {1, 2}, {1, 2}, 1, inf, 0);
    row("both zero", {0, 0}, {0, 0}, 1, inf, 0);
    row("a zero", {0, 0}, {1, 0}, 0, -inf, 0);
    row("b zero", {1, 0}, {0, 0}, 0, 0, 0);
    row("opposite", {1, 2}, {-1, -2}, -1, -10 * std::log10(4.0), 0);
    row("NaN in both", {1, kNaN}, {1, kNaN}, 1, inf, 0);
    row("NaN in one", {1, kNaN}, {1, 2}, NAN, NAN, 1);
    row("same infinity", {1, kInf}, {1, kInf}, 1, inf, 0);
    row("other infinity", {1, kInf}, {1, -kInf}, NAN, NAN, 1);
    row("all NaN", {kNaN}, {kNaN}, 1, inf, 0);
    row("tiny", {1e-30F}, {1e-30F}, 1, inf, 0);
    row("huge", {3e38F, 1}, {3e38F, 1}, 1, inf, 0);
}

void TestCompare::saysWhatZerosAndNaNAre()
{
    QFETCH(std::vector<float>, a);
    QFETCH(std::vector<float>, b);
    QFETCH(double, cosine);
    QFETCH(double, sqnr);
    QFETCH(int, differ);
    const LayerMetrics m = metricsOf(a, b);
    QCOMPARE(m.nonFiniteDiffer, static_cast<uint64_t>(differ));
    QCOMPARE(std::isnan(m.cosine), std::isnan(cosine));
    if (std::isnan(cosine))
        return;
    QCOMPARE(m.cosine, cosine);
    QCOMPARE(m.sqnrDb + 1, sqnr + 1);
}

void TestCompare::sumsOverBatchesAsOverOneTensor()
{
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    std::vector<float> a(10000);
    std::vector<float> b(a.size());
    for (size_t i = 0; i < a.size(); ++i) {
        a[i] = normal(random) * (i < 5000 ? 1.0F : 100.0F); // the range grows
        b[i] = a[i] + 0.01F * normal(random);
    }
    const LayerMetrics whole = metricsOf(a, b);
    PairStats parts;
    for (const size_t begin : {size_t{0}, size_t{5000}})
        parts.add(ir::Tensor::floats({5000}, {a.begin() + static_cast<long>(begin), a.begin() + static_cast<long>(begin) + 5000}),
                  ir::Tensor::floats({5000}, {b.begin() + static_cast<long>(begin), b.begin() + static_cast<long>(begin) + 5000}));
    const LayerMetrics sum = parts.metrics();
    QCOMPARE(sum.cosine, whole.cosine);
    QCOMPARE(sum.l2, whole.l2);
    QCOMPARE(sum.a.stddev, whole.a.stddev);
    QCOMPARE(sum.histogramA.counts, whole.histogramA.counts);
    QCOMPARE(sum.histogramB.low, whole.histogramB.low);
}

void TestCompare::histogramsShareTheirBinsAndLoseNothing()
{
    const LayerMetrics m = metricsOf({0, 0, 0.5F, 3, 6}, {0, 1, 1, 3, 6.5F});
    QCOMPARE(m.histogramA.low, m.histogramB.low);
    QCOMPARE(m.histogramA.high, m.histogramB.high);
    QVERIFY(m.histogramA.low <= 0 && m.histogramA.high >= 6.5);
    QVERIFY(m.histogramA.counts.size() > 32 && m.histogramA.counts.size() <= 64);
    const auto total = [](const Histogram& h) { return std::accumulate(h.counts.begin(), h.counts.end(), uint64_t{0}); };
    QCOMPARE(total(m.histogramA), 5U);
    QCOMPARE(total(m.histogramB), 5U);
    QCOMPARE(m.histogramA.counts.front(), 2U);
    const double width = (m.histogramA.high - m.histogramA.low) / static_cast<double>(m.histogramA.counts.size());
    QCOMPARE(m.histogramB.counts[static_cast<size_t>((1 - m.histogramB.low) / width)], 2U);
    const LayerMetrics zeros = metricsOf({0, 0}, {0, 0});
    QCOMPARE(total(zeros.histogramA), 2U);
}

const char* const kParts = R"(
    @w: f32[4,4,3,3] = random 1
    @g: f32[4] = [1.5, -0.5, 2, 0.25]
    @be: f32[4] = random 5
    @m: f32[4] = random 6
    @v: f32[4] = [1, 0.5, 2, 1e-3]
)";

ir::Graph block(const std::string& body)
{
    return test::typedGraph("graph net(%x: f32[1,4,6,6]) {" + std::string(kParts) + body + "}");
}

const char* const kTorch = R"(
    %c: f32[1,4,6,6] = conv2d(%x, @w) {kernel_size=[3,3], padding=[1,1,1,1]} scope "block.conv" origin "torch.nn.Conv2d" name "block.conv"
    %n: f32[1,4,6,6] = batch_norm2d(%c, @g, @be, @m, @v) {epsilon=1e-5} scope "block.bn" origin "torch.nn.BatchNorm2d" name "block.bn"
    %r: f32[1,4,6,6] = relu(%n) scope "block.relu" origin "torch.nn.ReLU" name "block.relu"
    %s: f32[1,4,6,6] = relu(%r) scope "block.relu" origin "torch.nn.ReLU" name "block.relu_again"
    return %s)";

/// The same as ONNX would have it: other names, other words, a number at the second call.
const char* const kOnnx = R"(
    %1: f32[1,4,6,6] = conv2d(%x, @w) {kernel_size=[3,3], padding=[1,1,1,1]} scope "block.conv" origin "onnx.Conv" name "/block/conv/Conv"
    %2: f32[1,4,6,6] = batch_norm2d(%1, @g, @be, @m, @v) {epsilon=1e-5} scope "block.bn" origin "onnx.BatchNormalization" name "/block/bn/BatchNormalization"
    %3: f32[1,4,6,6] = relu(%2) scope "block.relu" origin "onnx.Relu" name "/block/relu/Relu"
    %4: f32[1,4,6,6] = relu(%3) scope "block.relu_1" origin "onnx.Relu" name "/block/relu_1/Relu"
    return %4)";

const char* const kFoldedOnnx = R"(
    %1: f32[1,4,6,6] = conv2d(%x, @w) {kernel_size=[3,3], padding=[1,1,1,1]} scope "block.conv" origin "onnx.Conv" name "/block/conv/Conv"
    %3: f32[1,4,6,6] = relu(%1) scope "block.relu" origin "onnx.Relu" name "/block/relu/Relu"
    %4: f32[1,4,6,6] = relu(%3) scope "block.relu_1" origin "onnx.Relu" name "/block/relu_1/Relu"
    return %4)";

/// Of a module that is called twice neither call fuses: the second becomes another operator.
ir::GraphPtr calledOnce(std::string text)
{
    const size_t second = text.rfind("relu(");
    text.replace(second, 4, "exp");
    const size_t scope = text.find("scope \"block.relu", second);
    text.replace(scope, text.find('"', scope + 7) + 1 - scope, "scope \"block\"");
    return pointer(block(text));
}

void TestCompare::matchesAFusedGraphByNames()
{
    const ir::GraphPtr graph = calledOnce(kTorch);
    const ir::GraphPtr fused = fusedOf(graph);
    QCOMPARE(matchText(*graph, *fused), QByteArray("block.relu=block.conv/name block.relu_again=block.relu_again/name"));
    const auto unmatched = matchLayers(*graph, *fused).unmatched;
    QCOMPARE(unmatched.size(), 2U);
    QVERIFY(unmatched.front().reason == Unmatched::Reason::Inside);
    QCOMPARE(matchText(*fused, *graph), QByteArray("block.conv=block.relu/name block.relu_again=block.relu_again/name"));
}

void TestCompare::matchesTwoExportsByScope()
{
    QCOMPARE(matchText(block(kTorch), block(kOnnx)),
             QByteArray("block.conv=/block/conv/Conv/scope block.bn=/block/bn/BatchNormalization/scope block.relu=/block/relu/Relu/scope "
                        "block.relu_again=/block/relu_1/Relu/scope"));
}

void TestCompare::matchesARunByItsScopeWhenNamesDiffer()
{
    const ir::GraphPtr torch = calledOnce(kTorch);
    const ir::GraphPtr fused = fusedOf(calledOnce(kOnnx));
    QCOMPARE(matchText(*torch, *fused), QByteArray("block.relu=/block/conv/Conv/scope block.relu_again=/block/relu_1/Relu/scope"));
    QCOMPARE(aloneText(*torch, *fused), QByteArray("block.conv is part of a fused layer in B\nblock.bn is part of a fused layer in B\n"));
}

void TestCompare::takesTheBatchNormWhereTheOtherFoldedIt()
{
    const ir::Graph torch = block(kTorch);
    const ir::Graph onnx = block(kFoldedOnnx);
    const QByteArray rest(" block.relu=/block/relu/Relu/scope block.relu_again=/block/relu_1/Relu/scope");
    QCOMPARE(matchText(torch, onnx), "block.bn=/block/conv/Conv/scope" + rest);
    QCOMPARE(aloneText(torch, onnx), QByteArray("block.conv has its batch norm folded into the weights in B\n"));
    QVERIFY(matchText(onnx, torch).startsWith("/block/conv/Conv=block.bn/scope"));
}

void TestCompare::leavesUnevenCandidatesAlone()
{
    const ir::Graph three = test::typedGraph(R"(graph net(%x: f32[1,4]) {
        %a = relu(%x) scope "act" name "a"
        %b = relu(%a) scope "act" name "b"
        %c = relu(%b) scope "act" name "c"
        %d = exp(%c) name "d"
        return %d })");
    const ir::Graph two = test::typedGraph(R"(graph net(%x: f32[1,4]) {
        %1 = relu(%x) scope "act" name "p"
        %2 = relu(%1) scope "act" name "q"
        %3 = exp(%2) name "r"
        return %3 })");
    QCOMPARE(matchText(three, two), QByteArray("d=r/scope"));
    QVERIFY(aloneText(three, two).startsWith("a is one of 3 alike in A, but 2 in B\n"));
    QCOMPARE(matchLayers(three, two).unmatched.size(), 5U);
}

void TestCompare::fusedGraphsEqualTheirSource_data()
{
    QTest::addColumn<QByteArray>("path");
    for (const char* name : {"classic_net.onnx", "camera_net.onnx", "passes_both.onnx"})
        QTest::newRow(name) << QByteArray("samples/") + name;
}

void TestCompare::fusedGraphsEqualTheirSource()
{
    QFETCH(QByteArray, path);
    const ir::GraphPtr graph = opened(path);
    const ir::GraphPtr fused = fusedOf(graph);
    const auto result = compareGraphs(graph, fused, noise(graph, 2));
    QVERIFY2(result, result ? "" : result.error().text().c_str());
    QCOMPARE(result->batches, 2U);
    size_t floats = 0;
    for (const NodeId id : fused->order())
        for (const ValueId output : fused->node(id).outputs)
            floats += ir::isFloat(fused->value(output).type.dtype());
    QCOMPARE(result->layers.size(), floats); // every layer of the fused graph has found its own
    for (const LayerComparison& layer : result->layers) {
        QVERIFY2(layer.metrics.cosine > 1 - 1e-6, layer.name.c_str());
        QVERIFY2(layer.metrics.elements == 2 * static_cast<uint64_t>(layer.type.elementCount()), layer.name.c_str());
    }
}

/// A graph in which one layer's weights differ: it and what follows show it, what is before does not.
void TestCompare::findsTheChangedLayer()
{
    const std::string text = R"(graph net(%x: f32[1,4]) {
        @w: f32[4,4] = random 1
        @u: f32[4,4] = random 2
        @z: f32[4,4] = random 3
        %a = linear(%x, @w) name "first"
        %b = linear(%a, @u) name "second"
        %c = relu(%b) name "third"
        return %c })";
    std::string changed = text;
    changed.replace(changed.find("@u) name"), 2, "@z");
    const ir::GraphPtr a = pointer(test::typedGraph(text));
    const ir::GraphPtr b = pointer(test::typedGraph(changed));
    const auto result = compareGraphs(a, b, noise(a, 4));
    QVERIFY2(result, result ? "" : result.error().text().c_str());
    QCOMPARE(result->layers.size(), 3U);
    QCOMPARE(result->layers[0].metrics.cosine, 1.0);
    QVERIFY(result->layers[1].metrics.cosine < 0.99);
    QCOMPARE(layersBelow(*result, 0.999), (std::vector<size_t>{1, 2}));
    QCOMPARE(sortedLayers(*result, LayerOrder::MaxError).back(), 0U);
    QCOMPARE(sortedLayers(*result, LayerOrder::Execution), (std::vector<size_t>{0, 1, 2}));
}

void TestCompare::partsGiveTheSameNumbers()
{
    const ir::GraphPtr graph = opened("samples/camera_net.onnx");
    const ir::GraphPtr fused = fusedOf(graph);
    const auto whole = compareGraphs(graph, fused, noise(graph, 1));
    CompareOptions options;
    options.keepBytes = 1;
    const auto parts = compareGraphs(graph, fused, noise(graph, 1), options);
    QVERIFY(whole && parts);
    QVERIFY(parts->peakBytes < whole->peakBytes);
    QCOMPARE(compareJson(*parts), compareJson(*whole));
}

void TestCompare::saysOtherShapes()
{
    const ir::GraphPtr a = pointer(test::typedGraph(R"(graph net(%x: f32[1,1,4,4]) {
        %p = max_pool2d(%x) {kernel_size=[2,2], stride=[2,2]} name "pool"
        %y = relu(%x) name "act"
        return %p, %y })"));
    const ir::GraphPtr b = pointer(test::typedGraph(R"(graph net(%x: f32[1,1,4,4]) {
        %p = max_pool2d(%x) {kernel_size=[2,2], stride=[1,1]} name "pool"
        %y = relu(%x) name "act"
        return %p, %y })"));
    const auto result = compareGraphs(a, b, noise(a, 1));
    QVERIFY2(result, result ? "" : result.error().text().c_str());
    QCOMPARE(result->layers.size(), 1U);
    QCOMPARE(result->unmatched.size(), 1U);
    QCOMPARE(result->unmatched.front().text, std::string("has the shape 1x1x2x2, in B 1x1x3x3 (pool)"));
}

void TestCompare::refusesWhatCannotBeCompared()
{
    const ir::GraphPtr a = pointer(test::typedGraph("graph net(%x: f32[1,4]) { %y = relu(%x) scope \"p\" name \"r\" return %y }"));
    const ir::GraphPtr wide = pointer(test::typedGraph("graph net(%x: f32[1,5]) { %y = relu(%x) name \"r\" return %y }"));
    const ir::GraphPtr other = pointer(test::typedGraph("graph net(%x: f32[1,4]) { %q = exp(%x) %z = exp(%x) scope \"q\" name \"e\" return %z, %q }"));
    const auto code = [&](const ir::GraphPtr& b, const BatchSource& source) {
        const auto result = compareGraphs(a, b, source);
        return result ? std::string() : result.error().code;
    };
    QCOMPARE(code(wide, noise(a, 1)), std::string("compare.inputs"));
    QCOMPARE(code(other, noise(a, 1)), std::string("compare.match"));
    QCOMPARE(code(a, noise(a, 0)), std::string("compare.data"));
    QCOMPARE(code(a, once({ir::Tensor::floats({1, 3}, {1, 2, 3})})), std::string("runtime.input"));
    QCOMPARE(code(a, []() -> Result<std::optional<Batch>> { return Error{"data.gone", "x", "is gone; copy it again"}; }), std::string("data.gone"));
    QCOMPARE(code(a, noise(a, 1)), std::string());
}

void TestCompare::stopsAndReportsProgress()
{
    const ir::GraphPtr graph = fusedOf(opened("samples/classic_net.onnx"));
    std::stop_source stop;
    double last = 0;
    CompareOptions options;
    options.batches = 3;
    options.control.stop = stop.get_token();
    options.control.onProgress = [&](double fraction, std::string_view) {
        QVERIFY(fraction >= last && fraction <= 1);
        last = fraction;
    };
    const auto whole = compareGraphs(graph, graph, noise(graph, 3), options);
    QVERIFY2(whole, whole ? "" : whole.error().text().c_str());
    QVERIFY(last > 0.99);
    last = 0;
    options.control.onProgress = [&](double fraction, std::string_view) {
        if (fraction > 0.4)
            stop.request_stop();
    };
    const auto stopped = compareGraphs(graph, graph, noise(graph, 3), options);
    QVERIFY(!stopped);
    QCOMPARE(stopped.error().code, std::string("job.cancelled"));
}

void TestCompare::roundsNoErrorAway()
{
    QCOMPARE(similarityText(1), std::string("1.0000"));
    QCOMPARE(similarityText(1 - 1e-7), std::string("1.0000"));
    QCOMPARE(similarityText(0.99996), std::string("0.9999"));
    QCOMPARE(similarityText(0.98765), std::string("0.9877"));
    QCOMPARE(similarityText(-0.5), std::string("-0.5000"));
    QCOMPARE(similarityText(NAN), std::string("nan"));
    QCOMPARE(sqnrText(INFINITY), std::string("inf"));
    QCOMPARE(errorText(1.23456e-7), std::string("1.23e-07"));
}

QTEST_GUILESS_MAIN(TestCompare)
#include "tst_compare.moc"

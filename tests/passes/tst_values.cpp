// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/compare/batch_source.h"
#include "passes/values/values.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <cmath>
#include <numeric>

using namespace bpu;
using namespace bpu::passes;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

ir::GraphPtr graphOf(const char* text)
{
    return std::make_shared<const ir::Graph>(test::typedGraph(text));
}

BatchSource once(std::vector<ir::Tensor> batch)
{
    return [batch, done = false]() mutable -> Result<std::optional<Batch>> {
        if (std::exchange(done, true))
            return std::nullopt;
        return batch;
    };
}

} // namespace

class TestValues : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsEveryKindOfNumber();
    void rangesFollowTheChannelAxis();
    void picturesUseTheWholeRange();
    void largePlanesShrinkByTheirMean();
    void sumsUpTheWeightsOfANode();
    void keepsTheResultsOfOneNode();
    void asksForShapesAndTakesABatchOfOne();
};

void TestValues::countsEveryKindOfNumber()
{
    const TensorSummary summary = summarize(ir::Tensor::floats({6}, {0, 1, kNaN, -3, kInfinity, 0}), -1);
    QCOMPARE(summary.count, 6U);
    QCOMPARE(summary.zeros, 2U);
    QCOMPARE(summary.nans, 1U);
    QCOMPARE(summary.infinities, 1U);
    QCOMPARE(summary.stats.min, -3.0);
    QCOMPARE(summary.stats.max, 1.0);
    QCOMPARE(summary.stats.mean, -0.5);
    QCOMPARE(std::accumulate(summary.histogram.counts.begin(), summary.histogram.counts.end(), uint64_t{0}), 4U);
    QCOMPARE(summary.points.size(), 6U);
    const TensorSummary none = summarize(ir::Tensor::floats({2}, {kNaN, kNaN}), -1);
    QVERIFY(std::isnan(none.stats.max));
    QVERIFY(none.histogram.counts.empty());
}

void TestValues::rangesFollowTheChannelAxis()
{
    std::vector<float> numbers(2 * 3 * 2);
    std::iota(numbers.begin(), numbers.end(), 0.0F);
    const ir::Tensor tensor = ir::Tensor::floats({2, 3, 2}, numbers);
    const TensorSummary outer = summarize(tensor, 0);
    QCOMPARE(outer.channels.size(), 2U);
    QCOMPARE(outer.channels[1].min, 6.0F);
    QCOMPARE(outer.channels[1].max, 11.0F);
    const TensorSummary inner = summarize(tensor, 1);
    QCOMPARE(inner.channels.size(), 3U);
    QCOMPARE(inner.channels[2].min, 4.0F);
    QCOMPARE(inner.channels[2].max, 11.0F);
    QVERIFY(summarize(tensor, -1).channels.empty());
    QVERIFY(summarize(tensor, 7).channels.empty());
}

void TestValues::picturesUseTheWholeRange()
{
    const ir::Tensor tensor = ir::Tensor::floats({1, 2, 1, 2}, {-1, 0, 1, kNaN});
    TensorSummary summary = summarize(tensor, 1);
    addPlanes(summary, tensor);
    QCOMPARE(summary.planeCount, 2U);
    QCOMPARE(summary.planes.size(), 2U);
    QCOMPARE(summary.planes[0].gray, (std::vector<uint8_t>{0, 128}));
    QCOMPARE(summary.planes[1].gray, (std::vector<uint8_t>{255, 0}));
    const ir::Tensor row = ir::Tensor::floats({1, 4}, {1, 2, 3, 4});
    TensorSummary flat = summarize(row, -1);
    addPlanes(flat, row);
    QVERIFY(flat.planes.empty());
}

void TestValues::largePlanesShrinkByTheirMean()
{
    constexpr int kSide = 512;
    std::vector<float> numbers(kSide * kSide);
    for (size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = i % 2 == 0 ? 0.0F : 1.0F; // every cell of 2x2 has the mean one half
    const ir::Tensor tensor = ir::Tensor::floats({1, 1, kSide, kSide}, numbers);
    TensorSummary summary = summarize(tensor, 1);
    addPlanes(summary, tensor);
    QCOMPARE(summary.planes.front().width, kSide / 2);
    QCOMPARE(summary.planes.front().gray, std::vector<uint8_t>(kSide / 2 * kSide / 2, 128));
    QVERIFY(summary.points.empty());
}

void TestValues::sumsUpTheWeightsOfANode()
{
    const ir::GraphPtr graph = graphOf(R"(graph(%x: f32[1,3,8,8]) {
        @w: f32[4,3,3,3] = random 1
        @b: f32[4] = random 2
        %y = conv2d(%x, @w, @b) {kernel=[3,3]}
        return %y })");
    const auto weights = summarizeWeights(*graph, graph->order().front());
    QVERIFY(weights);
    QCOMPARE(weights->size(), 2U);
    QCOMPARE((*weights)[0].role, std::string("weight"));
    QCOMPARE((*weights)[0].channels.size(), 4U);
    QCOMPARE((*weights)[1].role, std::string("bias"));
    QVERIFY((*weights)[1].channels.empty());
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = summarizeWeights(*graph, graph->order().front(), {.onProgress = {}, .stop = stop.get_token()});
    QVERIFY(!stopped);
    QCOMPARE(stopped.error().kind, ErrorKind::Cancelled);
}

void TestValues::keepsTheResultsOfOneNode()
{
    const ir::GraphPtr graph = graphOf(R"(graph(%x: f32[1,4]) {
        %a = relu(%x)
        %y = neg(%a)
        return %y })");
    const auto results = summarizeResults(graph, graph->order().front(), once({ir::Tensor::floats({1, 4}, {-1, 2, -3, 4})}));
    QVERIFY2(results.has_value(), results ? "" : results.error().text().c_str());
    QCOMPARE(results->size(), 1U);
    QCOMPARE(results->front().name, std::string("a"));
    QCOMPARE(results->front().points, (std::vector<float>{0, 2, 0, 4}));
    const auto nothing = summarizeResults(graph, graph->order().front(), []() -> Result<std::optional<Batch>> { return std::nullopt; });
    QVERIFY(!nothing);
    QCOMPARE(nothing.error().code, std::string("compare.data"));
}

void TestValues::asksForShapesAndTakesABatchOfOne()
{
    const ir::GraphPtr open = graphOf("graph(%x: f32[?,4]) {\n%y = relu(%x)\nreturn %y }");
    const auto ready = withBatch(open, 0);
    QVERIFY(ready);
    QCOMPARE((*ready)->value((*ready)->inputs()[0]).type.shape(), (ir::Shape{1, 4}));
    QCOMPARE((*withBatch(open, 3))->value((*ready)->inputs()[0]).type.shape(), (ir::Shape{3, 4}));
    QCOMPARE(withBatch(*ready, 0)->get(), ready->get());
    const auto unknown = withBatch(graphOf("graph(%x: f32[1,?]) {\n%y = relu(%x)\nreturn %y }"), 0);
    QVERIFY(!unknown);
    QCOMPARE(unknown.error().text(), std::string("x: has the shape 1x?, which is not known yet; give it one with --input x=..."));
    const auto uneven = withBatch(graphOf("graph(%x: f32[2,4], %z: f32[3,4]) {\n%y = relu(%x)\n%v = relu(%z)\nreturn %y, %v }"), 2);
    QVERIFY(!uneven);
    QCOMPARE(uneven.error().code, std::string("compare.batch"));
}

QTEST_APPLESS_MAIN(TestValues)
#include "tst_values.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Calibration: the scales that data gives, and every sentence about data that gives none.
#include "core/ir/graph_editor.h"
#include "core/runtime/float_executor.h"
#include "passes/calibrate/calibrate.h"
#include "passes/insert_qat/insert_qat.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <map>
#include <random>

using namespace bpu;

namespace {

const char* const kSmall = R"(graph net(%x: f32[1,2]) stage qat {
    %q = quant_stub(%x) {qtype="qint8", ch_axis=-1, observer="min_max", averaging=0.5} name "in"
    %c = relu(%q)
    %s = sigmoid(%c) name "act"
    %f = fake_quantize(%s) {qtype="qint8", ch_axis=-1, observer="min_max"} name "act.grid"
    %y = dequant_stub(%f)
    return %y
})";

ir::GraphPtr graphOf(const char* text)
{
    return std::make_shared<const ir::Graph>(test::typedGraph(text));
}

data::Batch batchOf(const ir::Shape& shape, const std::vector<float>& numbers, const std::string& name = "sample")
{
    return {.inputs = {ir::Tensor::floats(shape, numbers)}, .names = {name}, .labels = {std::nullopt}};
}

passes::Calibration calibrationOf(const ir::GraphPtr& graph, const passes::CalibrateOptions& options = {})
{
    auto made = passes::Calibration::make(graph, graph, options);
    if (!made)
        qFatal("%s", made.error().text().c_str());
    return std::move(*made);
}

double scaleOf(const passes::CalibrateReport& report, const char* node)
{
    return report.graph.value(report.graph.node(report.graph.findNode(node)).output()).quant->scales.front();
}

/// Convolutions with 16 channels, which the executor keeps in an order of its own.
ir::GraphPtr convolutions()
{
    const ir::Graph fused = test::typedGraph(R"(graph net(%x: f32[2,3,12,12]) stage fused {
        @w: f32[16,3,3,3] = random 1
        @w2: f32[16,16,3,3] = random 2
        @w3: f32[4,16,1,1] = random 3
        %a = conv2d(%x, @w) {activation="relu", kernel_size=[3,3], padding=[1,1,1,1]} name "first"
        %b = conv2d(%a, @w2) {kernel_size=[3,3], padding=[1,1,1,1]} name "second"
        %c = add(%b, %a) name "sum"
        %y = conv2d(%c, @w3) {kernel_size=[1,1], padding=[0,0,0,0]} name "last"
        return %y
    })");
    return std::make_shared<const ir::Graph>(passes::insertQat(fused, *march::find("bayes"))->graph);
}

data::Batch randomBatch(unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> numbers(2 * 3 * 12 * 12);
    std::ranges::generate(numbers, [&] { return normal(random); });
    return {.inputs = {ir::Tensor::floats({2, 3, 12, 12}, numbers)}, .names = {"a", "b"}, .labels = {std::nullopt, std::nullopt}};
}

} // namespace

class TestCalibrate : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void batchesAreAveraged();
    void theObserverMayBeReplaced();
    void valuesAreSeenWhateverTheirOrderInMemory();
    void weightsHaveAScalePerChannel_data();
    void weightsHaveAScalePerChannel();
    void aGroupHasTheLargestThreshold();
    void aFixedScaleStays();
    void itGoesOnAfterACancel();
    void numbersThatAreNotFiniteNameLayerAndSample();
    void zerosAreWarnedOf();
    void refusalsSayWhy();
};

void TestCalibrate::batchesAreAveraged()
{
    auto calibration = calibrationOf(graphOf(kSmall));
    QVERIFY(calibration.observe(batchOf({1, 2}, {-1, 2})));
    QVERIFY(calibration.observe(batchOf({1, 2}, {-4, 1})));
    const auto report = calibration.finish();
    QVERIFY(report);
    QCOMPARE(scaleOf(*report, "in"), 2.5 / 127.5); // minimum -1, -4 at 0.5: -2.5; maximum 2, 1: 1.5
    const double first = 1 / (1 + std::exp(-2.0)), second = 1 / (1 + std::exp(-1.0));
    QVERIFY(std::abs(scaleOf(*report, "act.grid") - (first + 0.01 * (second - first)) / 127.5) < 1e-8);
    QCOMPARE(report->graph.facts().at("fake_quant_state"), std::string("validation"));
    QCOMPARE(report->samples, size_t{2});
}

void TestCalibrate::theObserverMayBeReplaced()
{
    auto calibration = calibrationOf(graphOf(kSmall), {.observer = "clip", .averaging = 1.0});
    QVERIFY(calibration.observe(batchOf({1, 2}, {-3, 2})));
    const auto report = calibration.finish();
    QCOMPARE(scaleOf(*report, "in"), 1 / 127.5);
    QCOMPARE(std::string(report->graph.node(report->graph.findNode("in")).attributes.text("observer")), std::string("clip"));
}

/// Against the same network observed in row-major order, by hand.
void TestCalibrate::valuesAreSeenWhateverTheirOrderInMemory()
{
    const ir::GraphPtr graph = convolutions();
    std::map<ValueId, std::pair<double, double>> ends;
    std::vector<ValueId> inputs;
    for (const NodeId id : graph->order())
        if (graph->node(id).op == "fake_quantize" || graph->node(id).op == "quant_stub")
            inputs.push_back(graph->node(id).input(0));
    const auto executor = runtime::FloatExecutor::make(graph, {.observed = inputs});
    QVERIFY(executor);
    QVERIFY(executor->run(randomBatch(1).inputs, {.observe = [&](ValueId id, const ir::Tensor& numbers) {
        const auto [least, most] = std::ranges::minmax(numbers.toDoubles());
        ends[id] = {least, most};
    }}));
    auto calibration = calibrationOf(graph, {.observer = "min_max"});
    QVERIFY(calibration.observe(randomBatch(1)));
    const auto report = calibration.finish();
    int compared = 0;
    for (const NodeId id : graph->order())
        if (const auto found = ends.find(graph->node(id).input(0)); found != ends.end() && graph->node(id).attributes.has("qtype")) {
            const double threshold = std::max(-found->second.first, found->second.second);
            QVERIFY2(std::abs(scaleOf(*report, graph->node(id).name.c_str()) / (threshold / 127.5) - 1) < 1e-5, graph->node(id).name.c_str());
            ++compared;
        }
    QCOMPARE(compared, 4); // the input, first, second, sum
}

void TestCalibrate::weightsHaveAScalePerChannel_data()
{
    QTest::addColumn<std::string>("observer");
    QTest::newRow("min_max") << std::string("min_max");
    QTest::newRow("mse") << std::string("mse");
    QTest::newRow("percentile") << std::string("percentile");
}

void TestCalibrate::weightsHaveAScalePerChannel()
{
    QFETCH(std::string, observer);
    const ir::Tensor weight = ir::Tensor::floats({2, 3}, {1, -2, 0.5F, 10, 4, -5});
    const auto params = passes::observeConstant(weight, {.observer = observer, .options = {.channelAxis = 0}});
    QVERIFY(params);
    QCOMPARE(params->channelAxis, 0);
    QCOMPARE(params->scales.size(), size_t{2});
    QVERIFY(std::abs(params->scales[1] / params->scales[0] - 5) < 0.5);
    if (observer == "min_max")
        QCOMPARE(params->scales, (std::vector{2 / 127.5, 10 / 127.5}));
    const auto columns = passes::observeConstant(weight, {.observer = "min_max", .options = {.channelAxis = 1}});
    QCOMPARE(columns->scales, (std::vector{10 / 127.5, 4 / 127.5, 5 / 127.5}));
}

void TestCalibrate::aGroupHasTheLargestThreshold()
{
    auto calibration = calibrationOf(graphOf(R"(graph net(%x: f32[1,2], %z: f32[1,2]) stage qat {
        %a = quant_stub(%x) {qtype="qint8", observer="min_max", group="join"} name "a"
        %b = quant_stub(%z) {qtype="qint8", observer="min_max", group="join"} name "b"
        %c = cat(%a, %b) {dim=1}
        %y = fake_quantize(%c) {qtype="qint8", observer="min_max", group="join"} name "joined"
        return %y
    })"));
    QVERIFY(calibration.observe({.inputs = {ir::Tensor::floats({1, 2}, {1, 2}), ir::Tensor::floats({1, 2}, {-3, 0})}, .names = {"s"}, .labels = {std::nullopt}}));
    const auto report = calibration.finish();
    QVERIFY2(report, report ? "" : report.error().text().c_str());
    for (const char* node : {"a", "b", "joined"})
        QCOMPARE(scaleOf(*report, node), 3 / 127.5);
}

void TestCalibrate::aFixedScaleStays()
{
    const char* const text = R"(graph net(%x: f32[1,2]) stage qat {
        %a = quant_stub(%x) {qtype="qint8", observer="fixed_scale", scale=0.0078125} name "a"
        return %a
    })";
    auto calibration = calibrationOf(graphOf(text), {.observer = "mse"});
    QVERIFY(calibration.observe(batchOf({1, 2}, {100, 2})));
    QCOMPARE(scaleOf(*calibration.finish(), "a"), 0.0078125);
}

void TestCalibrate::itGoesOnAfterACancel()
{
    const ir::GraphPtr graph = convolutions();
    auto whole = calibrationOf(graph);
    auto parts = calibrationOf(graph);
    std::stop_source stop;
    stop.request_stop();
    for (const unsigned seed : {1U, 2U, 3U}) {
        QVERIFY(whole.observe(randomBatch(seed)));
        const auto cancelled = parts.observe(randomBatch(9), {.onProgress = {}, .stop = stop.get_token()});
        QVERIFY(!cancelled && cancelled.error().code == "job.cancelled");
        QVERIFY(parts.observe(randomBatch(seed)));
    }
    const auto a = whole.finish(), b = parts.finish();
    for (size_t i = 0; i < a->grids.size(); ++i)
        QCOMPARE(a->grids[i].params, b->grids[i].params);
}

void TestCalibrate::numbersThatAreNotFiniteNameLayerAndSample()
{
    auto calibration = calibrationOf(graphOf(R"(graph net(%x: f32[3,2]) stage qat {
        %l = log(%x) name "layer.log"
        %y = fake_quantize(%l) {qtype="qint8", observer="mse"}
        return %y
    })"));
    const auto seen = calibration.observe({.inputs = {ir::Tensor::floats({3, 2}, {1, 2, 3, 4, 5, 0})}, .names = {"one", "two", "three"}, .labels = {}});
    QVERIFY(!seen);
    QCOMPARE(QString::fromStdString(seen.error().text()), QStringLiteral("layer.log: gives NaN or infinite numbers for three; look at the model and at that sample"));
}

void TestCalibrate::zerosAreWarnedOf()
{
    auto calibration = calibrationOf(graphOf(kSmall));
    QVERIFY(calibration.observe(batchOf({1, 2}, {0, 0})));
    const auto report = calibration.finish();
    QCOMPARE(report->findings.size(), size_t{1});
    QCOMPARE(report->findings.front().where + ": " + report->findings.front().message, std::string("in: saw zeros only, so its scale is 1"));
    QCOMPARE(scaleOf(*report, "in"), 1.0);
}

void TestCalibrate::refusalsSayWhy()
{
    const auto nothing = calibrationOf(graphOf(kSmall)).finish();
    QCOMPARE(QString::fromStdString(nothing.error().text()), QStringLiteral("no sample was observed, so no scale is known; give data with --data"));
    const ir::GraphPtr plain = graphOf("graph net(%x: f32[1,2]) {\n %y = relu(%x)\n return %y\n}");
    QCOMPARE(QString::fromStdString(passes::Calibration::make(plain, plain).error().text()), QStringLiteral("a prepared model is calibrated, this one is float; run bpu prepare first"));
    const ir::GraphPtr broken = graphOf("graph net(%x: f32[1,2]) stage qat {\n @w: f32[2] = [1, nan]\n %q = fake_quantize(@w) {qtype=\"qint8\", observer=\"min_max\"}\n %y = mul(%x, %q)\n return %y\n}");
    QCOMPARE(QString::fromStdString(passes::Calibration::make(broken, broken).error().text()), QStringLiteral("w: holds NaN or infinite numbers; train or export the model again"));
    const ir::GraphPtr small = graphOf(kSmall);
    QCOMPARE(QString::fromStdString(passes::Calibration::make(small, small, {.observer = "fixed_scale"}).error().text()),
             QStringLiteral("fixed_scale needs a scale for each value; give it in a qconfig to bpu prepare"));
}

QTEST_APPLESS_MAIN(TestCalibrate)
#include "tst_calibrate.moc"

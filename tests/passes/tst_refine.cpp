// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Equalization, bias correction, rounding and auto-calibration each improve a network that they should improve.
#include "core/ir/graph_editor.h"
#include "passes/calibrate/equalize.h"
#include "passes/calibrate/refine.h"
#include "passes/insert_qat/insert_qat.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <random>

using namespace bpu;
using passes::SharedGraph;

namespace {

/// With activations in 16 bits the error is that of the weights.
SharedGraph prepared(const std::string& text, ir::QType activations = ir::QType::QInt8)
{
    passes::InsertQatOptions options;
    options.qconfigs.global->activation->options.type = activations;
    auto report = passes::insertQat(test::typedGraph(text), *march::find("bayes"), options);
    if (!report)
        qFatal("%s", report.error().text().c_str());
    return std::make_shared<const ir::Graph>(std::move(report->graph));
}

/// `a`'s numbers times factor(i).
template <typename Factor>
SharedGraph scaled(const SharedGraph& graph, const char* constant, Factor factor)
{
    ir::GraphEditor editor(*graph);
    const ValueId id = graph->findValue(constant);
    std::vector<float> numbers;
    for (int64_t i = 0; i < graph->value(id).constant->elementCount(); ++i)
        numbers.push_back(static_cast<float>(graph->value(id).constant->number(i) * factor(i)));
    editor.makeConstant(id, ir::Tensor::floats(graph->value(id).type.shape(), numbers));
    return std::make_shared<const ir::Graph>(*editor.finish());
}

std::vector<data::Batch> batches(const ir::Shape& shape, size_t count, double tail = 0)
{
    std::mt19937 random(3);
    std::normal_distribution<double> normal;
    std::vector<data::Batch> result(count);
    for (data::Batch& batch : result) {
        std::vector<float> numbers(static_cast<size_t>(ir::TensorType(ir::DType::Float32, shape).elementCount()));
        std::ranges::generate(numbers, [&] { return static_cast<float>(normal(random)); });
        if (tail > 0)
            numbers[random() % numbers.size()] *= static_cast<float>(tail);
        batch = {.inputs = {ir::Tensor::floats(shape, numbers)}, .names = {"s"}, .labels = {std::nullopt}};
    }
    return result;
}

SharedGraph calibrated(const SharedGraph& graph, std::span<const data::Batch> data, const char* observer = "min_max")
{
    auto calibration = *passes::Calibration::make(graph, graph, {.observer = observer, .averaging = 0.1});
    for (const data::Batch& batch : data)
        if (auto seen = calibration.observe(batch); !seen)
            qFatal("%s", seen.error().text().c_str());
    return std::make_shared<const ir::Graph>(calibration.finish()->graph);
}

/// Squared error of the outputs against another graph's, and the sum of the differences.
struct Difference {
    double squares = 0;
    double sum = 0;
};

Difference difference(const SharedGraph& a, const SharedGraph& b, std::span<const data::Batch> data)
{
    Difference result;
    const auto x = passes::outputsOver(a, data, {}), y = passes::outputsOver(b, data, {});
    for (size_t i = 0; i < x->size(); ++i)
        for (int64_t k = 0; k < (*x)[i].front().elementCount(); ++k) {
            const double d = (*x)[i].front().number(k) - (*y)[i].front().number(k);
            result.squares += d * d;
            result.sum += d;
        }
    return result;
}

const std::string kTwoLayers = R"(graph net(%x: f32[4,3,8,8]) stage fused {
    @w: f32[6,3,3,3] = random 1
    @b: f32[6] = random 2
    @w2: f32[5,6,1,1] = random 3
    %a = conv2d(%x, @w, @b) {activation="relu", kernel_size=[3,3], padding=[1,1,1,1], stride=[1,1], dilation=[1,1], groups=1} name "first"
    %y = conv2d(%a, @w2) {kernel_size=[1,1], padding=[0,0,0,0], stride=[1,1], dilation=[1,1], groups=1} name "second"
    return %y
})";

/// Inputs above zero, so that errors of weights add up to an error of the mean.
std::vector<data::Batch> positiveBatches()
{
    std::vector<data::Batch> data = batches({4, 3, 8, 8}, 4);
    for (data::Batch& batch : data) {
        std::vector<float> numbers;
        for (const double x : batch.inputs.front().toDoubles())
            numbers.push_back(static_cast<float>(std::fabs(x)));
        batch.inputs.front() = ir::Tensor::floats({4, 3, 8, 8}, numbers);
    }
    return data;
}

/// One weight of each row is so large that the others are few steps.
SharedGraph coarseLayer()
{
    const char* const text = R"(graph net(%x: f32[4,3,8,8]) stage fused {
        @w: f32[5,3,3,3] = random 1
        %y = conv2d(%x, @w) {kernel_size=[3,3], padding=[0,0,0,0], stride=[1,1], dilation=[1,1], groups=1} name "only"
        return %y
    })";
    return scaled(prepared(text, ir::QType::QInt16), "w", [](int64_t i) { return i % 27 == 0 ? 30.0 : 1.0; });
}

} // namespace

class TestRefine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void equalizationMakesUnequalChannelsOneSize();
    void equalizationLeavesWhatIsNotAPair();
    void biasesTakeUpTheMeanError();
    void weightsAreRoundedToTheLeastError();
    void autoCalibrationChoosesByTheOutput();
};

void TestRefine::equalizationMakesUnequalChannelsOneSize()
{
    const auto data = batches({4, 3, 8, 8}, 3);
    // Channel c of the first layer is 8^c times too large, the second layer takes it back.
    const auto factor = [](int64_t channel) { return std::pow(8.0, static_cast<double>(channel)); };
    SharedGraph graph = scaled(prepared(kTwoLayers), "w", [&](int64_t i) { return factor(i / 27); });
    graph = scaled(graph, "b", [&](int64_t i) { return factor(i); });
    graph = scaled(graph, "w2", [&](int64_t i) { return 1 / factor(i % 6); });
    const SharedGraph plain = *passes::withoutGrids(*graph);
    const auto equalized = passes::equalize(*graph);
    QVERIFY(equalized);
    QCOMPARE(equalized->pairs, size_t{1});
    const auto after = std::make_shared<const ir::Graph>(equalized->graph);
    const double signal = difference(plain, scaled(plain, "w2", [](int64_t) { return 0.0; }), data).squares;
    QVERIFY(difference(*passes::withoutGrids(*after), plain, data).squares < 1e-9 * signal); // the same float network
    const double before = difference(calibrated(graph, data), plain, data).squares;
    const double now = difference(calibrated(after, data), plain, data).squares;
    QVERIFY2(now < before / 20, qPrintable(QStringLiteral("%1 to %2 of %3").arg(before).arg(now).arg(signal)));
}

void TestRefine::equalizationLeavesWhatIsNotAPair()
{
    const std::string sigmoid = R"(graph net(%x: f32[1,3,8,8]) stage fused {
        @w: f32[3,3,1,1] = random 1
        %a = conv2d(%x, @w) {kernel_size=[1,1], padding=[0,0,0,0]} name "first"
        %s = sigmoid(%a)
        %y = conv2d(%s, @w) {kernel_size=[1,1], padding=[0,0,0,0]} name "second"
        return %y
    })";
    QCOMPARE(passes::equalize(*prepared(sigmoid))->pairs, size_t{0});
    QVERIFY(!passes::equalize(test::typedGraph(kTwoLayers)));
}

void TestRefine::biasesTakeUpTheMeanError()
{
    const auto data = positiveBatches();
    const SharedGraph graph = coarseLayer();
    const SharedGraph plain = *passes::withoutGrids(*graph);
    const SharedGraph before = calibrated(graph, data);
    const auto corrected = passes::correctBiases(*before, before, data);
    QVERIFY(corrected);
    QCOMPARE(corrected->layers, size_t{1});
    const Difference a = difference(before, plain, data), b = difference(std::make_shared<const ir::Graph>(corrected->graph), plain, data);
    QVERIFY2(b.squares < 0.8 * a.squares, qPrintable(QStringLiteral("%1 to %2").arg(a.squares).arg(b.squares)));
    QVERIFY2(std::fabs(b.sum) < 0.05 * std::fabs(a.sum), qPrintable(QStringLiteral("%1 to %2").arg(a.sum).arg(b.sum)));
}

void TestRefine::weightsAreRoundedToTheLeastError()
{
    const auto data = positiveBatches();
    const SharedGraph graph = coarseLayer();
    const SharedGraph plain = *passes::withoutGrids(*graph);
    const SharedGraph before = calibrated(graph, data);
    const auto rounded = passes::roundWeights(*before, before, data);
    QVERIFY(rounded);
    QCOMPARE(rounded->layers, size_t{1});
    QVERIFY(rounded->changed > 0);
    const double a = difference(before, plain, data).squares, b = difference(std::make_shared<const ir::Graph>(rounded->graph), plain, data).squares;
    QVERIFY2(b < 0.8 * a, qPrintable(QStringLiteral("%1 to %2").arg(a).arg(b)));
    const auto again = passes::roundWeights(*before, before, data);
    QCOMPARE(again->changed, rounded->changed); // one seed, one result
}

void TestRefine::autoCalibrationChoosesByTheOutput()
{
    const auto data = batches({4, 3, 8, 8}, 4, 40); // single numbers far out, which min_max follows
    const SharedGraph graph = prepared(kTwoLayers);
    const SharedGraph plain = *passes::withoutGrids(*graph);
    const auto chosen = passes::autoCalibrate(graph, graph, data);
    QVERIFY2(chosen, chosen ? "" : chosen.error().text().c_str());
    QCOMPARE(chosen->grids.size(), size_t{4});
    const double best = difference(std::make_shared<const ir::Graph>(chosen->graph), plain, data).squares;
    for (const char* observer : {"min_max", "mse", "kl"}) {
        const double other = difference(calibrated(graph, data, observer), plain, data).squares;
        QVERIFY2(best < 1.02 * other, qPrintable(QStringLiteral("%1: %2, chosen %3").arg(QLatin1String(observer)).arg(other).arg(best)));
    }
}

QTEST_APPLESS_MAIN(TestRefine)
#include "tst_refine.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A qat graph in the float executor: the same numbers as quant::fakeQuantize, to the bit.
#include "core/quant/fake_quantize.h"
#include "core/runtime/float_executor.h"
#include "tests/support/text_graph.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace bpu;

namespace {

std::vector<ir::Tensor> ran(const std::string& text, const ir::Tensor& input)
{
    const auto executor = runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(test::typedGraph(text)));
    if (!executor)
        qFatal("%s", executor.error().text().c_str());
    auto results = executor->run(std::span(&input, 1));
    if (!results)
        qFatal("%s", results.error().text().c_str());
    return std::move(*results);
}

/// Normal numbers, the ties and ends of the grid, and what is not finite.
ir::Tensor numbers(ir::Shape shape, double scale)
{
    std::mt19937 random(3);
    std::normal_distribution<float> normal(0, static_cast<float>(100 * scale));
    std::vector<float> values(static_cast<size_t>(ir::TensorType(ir::DType::Float32, shape).elementCount()));
    for (float& value : values)
        value = normal(random);
    const float s = static_cast<float>(scale);
    const float odd[] = {0.5F * s, 1.5F * s, -0.5F * s, -2.5F * s, 127.5F * s, -128.5F * s, 1e30F, -1e30F, std::numeric_limits<float>::infinity(), 0, -0.0F, 1e-30F};
    std::ranges::copy(odd, values.begin());
    return ir::Tensor::floats(std::move(shape), values);
}

} // namespace

class TestFakeQuantizeKernel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void equalsItsDefinition_data();
    void equalsItsDefinition();
    void nanStays();
    void handsThroughBeforeCalibration();
    void weightsAreQuantizedWhenPlanned();
    void refusesScalesThatDoNotFit_data();
    void refusesScalesThatDoNotFit();
};

void TestFakeQuantizeKernel::equalsItsDefinition_data()
{
    QTest::addColumn<QByteArray>("grid");
    QTest::newRow("qint8") << QByteArray("qint8 [0.05] axis -1");
    QTest::newRow("qint16") << QByteArray("qint16 [0.0003] axis -1");
    QTest::newRow("a power of two") << QByteArray("qint8 [0.0625] axis -1");
    QTest::newRow("per channel") << QByteArray("qint8 [0.05, 0.1, 0.001] axis 1");
    QTest::newRow("per row") << QByteArray("qint8 [0.05, 0.1] axis 0");
}

void TestFakeQuantizeKernel::equalsItsDefinition()
{
    QFETCH(QByteArray, grid);
    const ir::Tensor x = numbers({2, 3, 37, 41}, 0.05);
    const ir::Graph graph = test::typedGraph("graph(%x: f32[2,3,37,41]) stage qat {\n%q: f32[2,3,37,41] " + grid.toStdString() + " = fake_quantize(%x)\nreturn %q }");
    const auto wanted = quant::fakeQuantize(x, *graph.value(graph.outputs()[0]).quant);
    QVERIFY(wanted);
    const auto executor = runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(graph));
    QVERIFY(executor);
    const auto results = executor->run(std::span(&x, 1));
    QVERIFY(results);
    for (int64_t i = 0; i < x.elementCount(); ++i)
        QCOMPARE(results->front().at<float>(i), wanted->at<float>(i));
}

void TestFakeQuantizeKernel::nanStays()
{
    const auto results = ran("graph(%x: f32[2]) stage qat {\n%q: f32[2] qint8 [0.5] axis -1 = quant_stub(%x)\nreturn %q }", ir::Tensor::floats({2}, {NAN, 0.6F}));
    QVERIFY(std::isnan(results[0].at<float>(0)));
    QCOMPARE(results[0].at<float>(1), 0.5F);
}

void TestFakeQuantizeKernel::handsThroughBeforeCalibration()
{
    const ir::Tensor x = ir::Tensor::floats({3}, {0.123F, -1e9F, 7});
    const auto results = ran("graph(%x: f32[3]) stage qat {\n%q: f32[3] = quant_stub(%x)\n%r = relu(%q)\n%f: f32[3] = fake_quantize(%r)\n%y = dequant_stub(%f)\nreturn %q, %y }", x);
    QVERIFY(results[0] == x);
    QVERIFY(results[1] == ir::Tensor::floats({3}, {0.123F, 0, 7}));
}

void TestFakeQuantizeKernel::weightsAreQuantizedWhenPlanned()
{
    const auto results = ran("graph(%x: f32[1,1,1,1]) stage qat {\n@w: f32[2,1,1,1] = [0.6, 0.9]\n%q: f32[2,1,1,1] qint8 [0.5, 0.25] axis 0 = fake_quantize(@w)\n"
                             "%c = conv2d(%x, %q) {kernel_size=[1,1]}\nreturn %c }", ir::Tensor::floats({1, 1, 1, 1}, {2}));
    QVERIFY(results[0] == ir::Tensor::floats({1, 2, 1, 1}, {1, 2}));
}

void TestFakeQuantizeKernel::refusesScalesThatDoNotFit_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("of a value") << QByteArray("%q: f32[4] qint8 [0.5, 0.25] axis 0 = fake_quantize(%x)\nreturn %q }");
    QTest::newRow("axis beyond") << QByteArray("%q: f32[4] qint8 [0.5, 0.25] axis 7 = fake_quantize(%x)\nreturn %q }");
    QTest::newRow("zero") << QByteArray("%q: f32[4] qint8 [0] axis -1 = fake_quantize(%x)\nreturn %q }");
    QTest::newRow("of a constant") << QByteArray("@w: f32[4]\n%q: f32[4] qint8 [0.5, 0.25] axis 0 = fake_quantize(@w)\n%y = add(%x, %q)\nreturn %y }");
}

void TestFakeQuantizeKernel::refusesScalesThatDoNotFit()
{
    QFETCH(QByteArray, text);
    const auto executor = runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(test::typedGraph("graph(%x: f32[4]) stage qat {\n" + text.toStdString())));
    QVERIFY(!executor);
    QVERIFY(!executor.error().where.empty());
}

QTEST_APPLESS_MAIN(TestFakeQuantizeKernel)
#include "tst_fake_quantize.moc"

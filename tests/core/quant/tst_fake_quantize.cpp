// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/fake_quantize.h"

#include <QTest>
#include <limits>

using namespace bpu;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<double> numbersOf(const Result<ir::Tensor>& tensor)
{
    return tensor ? tensor->toDoubles() : std::vector<double>{};
}

} // namespace

class TestFakeQuantize : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void scaleCoversTheThreshold();
    void roundsHalfToEvenAndClamps_data();
    void roundsHalfToEvenAndClamps();
    void keepsNaN();
    void takesOneScalePerChannel();
    void quantizesAndBack();
    void refusesScalesThatDoNotFit();
    void biasIsExactOrRefused();
};

/// The figures that the vendor's listings print.
void TestFakeQuantize::scaleCoversTheThreshold()
{
    QVERIFY(std::fabs(quant::scaleOf(2.9943717, ir::QType::QInt8) - 0.0234853) < 5e-8);
    QVERIFY(std::fabs(quant::scaleOf(0.9995295, ir::QType::QInt8) - 0.0078394) < 5e-8);
    QCOMPARE(quant::scaleOf(32767.5, ir::QType::QInt16), 1.0);
    QCOMPARE(quant::scaleOf(0, ir::QType::QInt8), 1.0);
    QCOMPARE(quant::scaleOf(std::numeric_limits<double>::denorm_min(), ir::QType::QInt8), 1.0);
    QCOMPARE(quant::thresholdOf(quant::scaleOf(3, ir::QType::QInt16), ir::QType::QInt16), 3.0);
}

void TestFakeQuantize::roundsHalfToEvenAndClamps_data()
{
    QTest::addColumn<double>("x");
    QTest::addColumn<double>("scale");
    QTest::addColumn<int>("q");
    QTest::newRow("below half") << 0.49 << 1.0 << 0;
    QTest::newRow("half to even 0") << 0.5 << 1.0 << 0;
    QTest::newRow("half to even 2") << 1.5 << 1.0 << 2;
    QTest::newRow("negative half to even") << -2.5 << 1.0 << -2;
    QTest::newRow("largest") << 127.4 << 1.0 << 127;
    QTest::newRow("clamped") << 127.6 << 1.0 << 127;
    QTest::newRow("smallest") << -128.4 << 1.0 << -128;
    QTest::newRow("clamped below") << -1e30 << 1.0 << -128;
    QTest::newRow("infinite") << std::numeric_limits<double>::infinity() << 1.0 << 127;
    QTest::newRow("pixel scale") << 1.0 << 1.0 / 128 << 127;
    QTest::newRow("pixel scale below") << -1.0 << 1.0 / 128 << -128;
}

void TestFakeQuantize::roundsHalfToEvenAndClamps()
{
    QFETCH(double, x);
    QFETCH(double, scale);
    QFETCH(int, q);
    QCOMPARE(quant::quantize(x, scale, quant::gridOf(ir::QType::QInt8)), int64_t{q});
    QCOMPARE(quant::fakeQuantize(x, scale, quant::gridOf(ir::QType::QInt8)), q * scale);
}

void TestFakeQuantize::keepsNaN()
{
    const ir::QuantParams params{ir::QType::QInt8, {0.5}, -1};
    const auto result = quant::fakeQuantize(ir::Tensor::floats({3}, {kNaN, kInfinity, -kInfinity}), params);
    QVERIFY(result);
    QVERIFY(std::isnan(result->number(0)));
    QCOMPARE(result->number(1), 63.5);
    QCOMPARE(result->number(2), -64.0);
}

void TestFakeQuantize::takesOneScalePerChannel()
{
    const ir::Tensor numbers = ir::Tensor::floats({2, 2, 2}, {1.2F, -1.2F, 1.2F, -1.2F, 3.1F, 9, 3.1F, 9});
    const ir::QuantParams params{ir::QType::QInt8, {1, 0.5}, 1};
    QCOMPARE(numbersOf(quant::fakeQuantize(numbers, params)), (std::vector<double>{1, -1, 1, -1, 3, 9, 3, 9}));
    QCOMPARE(numbersOf(quant::quantize(numbers, params)), (std::vector<double>{1, -1, 2, -2, 3, 9, 6, 18}));
}

void TestFakeQuantize::quantizesAndBack()
{
    for (const ir::QType type : {ir::QType::QInt8, ir::QType::QInt16, ir::QType::QInt32}) {
        const ir::QuantParams params{type, {0.25}, -1};
        const auto integers = quant::quantize(ir::Tensor::floats({4}, {-2, 0, 0.25F, 31.75F}), params);
        QVERIFY(integers);
        QCOMPARE(ir::byteSize(integers->dtype()), size_t{1} << static_cast<int>(type));
        QCOMPARE(numbersOf(quant::dequantize(*integers, params)), (std::vector<double>{-2, 0, 0.25, 31.75}));
    }
}

void TestFakeQuantize::refusesScalesThatDoNotFit()
{
    const ir::Tensor numbers = ir::Tensor::floats({2, 3}, {0, 0, 0, 0, 0, 0});
    const auto code = [&](const ir::QuantParams& params) {
        const auto result = quant::fakeQuantize(numbers, params);
        return result ? std::string("fine") : result.error().code;
    };
    QCOMPARE(code({ir::QType::QInt8, {1, 1}, 0}), std::string("fine"));
    QCOMPARE(code({ir::QType::QInt8, {1, 1}, 1}), std::string("quant.axis"));
    QCOMPARE(code({ir::QType::QInt8, {1, 1}, 2}), std::string("quant.axis"));
    QCOMPARE(code({ir::QType::QInt8, {1, 1}, -1}), std::string("quant.axis"));
    QCOMPARE(code({ir::QType::QInt8, {}, -1}), std::string("quant.axis"));
    QCOMPARE(code({ir::QType::QInt8, {0}, -1}), std::string("quant.scale"));
    QCOMPARE(code({ir::QType::QInt8, {std::numeric_limits<double>::quiet_NaN()}, -1}), std::string("quant.scale"));
}

void TestFakeQuantize::biasIsExactOrRefused()
{
    const std::vector<float> bias{0.5F, -1.5F, 0.25F};
    const auto result = quant::quantizeBias(bias, std::vector<double>{1, 1, 0x1p-20});
    QVERIFY(result);
    QCOMPARE(*result, (std::vector<int32_t>{0, -2, 1 << 18}));
    const auto refused = quant::quantizeBias(bias, std::vector<double>{1, 1e-10, 1});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("quant.bias"));
    QVERIFY(refused.error().message.find("channel 1") != std::string::npos);
}

QTEST_APPLESS_MAIN(TestFakeQuantize)
#include "tst_fake_quantize.moc"

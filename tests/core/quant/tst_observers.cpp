// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/fake_quantize.h"
#include "core/quant/histogram.h"
#include "core/quant/observer.h"

#include <QTest>
#include <limits>
#include <random>

using namespace bpu;

namespace {

std::unique_ptr<quant::Observer> make(std::string_view name, quant::ObserverOptions options)
{
    auto observer = quant::makeObserver(name, options);
    return observer ? std::move(*observer) : nullptr;
}

std::unique_ptr<quant::Observer> make(std::string_view name)
{
    return make(name, quant::defaultsOf(name));
}

ir::Tensor row(const std::vector<float>& numbers)
{
    return ir::Tensor::floats({static_cast<ir::Dim>(numbers.size())}, numbers);
}

/// Normal numbers with a few far outliers: what the clipping observers are for.
std::vector<float> longTail(size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> numbers(count);
    for (float& x : numbers)
        x = normal(random);
    for (size_t i = 0; i < count; i += 5000)
        numbers[i] = 40;
    return numbers;
}

double exactError(const std::vector<float>& numbers, double threshold, ir::QType type)
{
    double sum = 0;
    for (float x : numbers) {
        const double d = static_cast<double>(x) - quant::fakeQuantize(static_cast<double>(x), quant::scaleOf(threshold, type), quant::gridOf(type));
        sum += d * d;
    }
    return sum;
}

} // namespace

class TestObservers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void minMaxAveragesBothEnds();
    void minMaxWorksPerChannel();
    void percentileTakesTheFirstBinThatReachesIt();
    void mseIsTheBestOfItsCandidates_data();
    void mseIsTheBestOfItsCandidates();
    void klClipsOutliersAndKeepsUniformData();
    void klDoesNotDependOnTheOrderOfBatches();
    void mixIsOneOfItsPercentiles();
    void clipAndClipStdLimitTheRange();
    void fixedScaleIgnoresData();
    void squaredErrorComesCloseToTheExactOne();
    void everyObserverMindsBadNumbers_data();
    void everyObserverMindsBadNumbers();
    void refusesWhatCannotBe();
};

void TestObservers::minMaxAveragesBothEnds()
{
    const auto observer = make("min_max");
    QCOMPARE(observer->params(), (ir::QuantParams{ir::QType::QInt8, {1.0}, -1}));
    QVERIFY(observer->observe(row({-1, 4})));
    QCOMPARE(observer->thresholds(), (std::vector<double>{4}));
    QVERIFY(observer->observe(row({-8, 2})));
    QCOMPARE(observer->thresholds(), (std::vector<double>{4 + 0.01 * (2 - 4)})); // the maximum still has the larger magnitude
    QCOMPARE(observer->params().scales, (std::vector<double>{2 * 3.98 / 255}));
}

void TestObservers::minMaxWorksPerChannel()
{
    quant::ObserverOptions options;
    options.channelAxis = 1;
    options.averaging = 0.5;
    const auto observer = make("min_max", options);
    QVERIFY(observer->observe(ir::Tensor::floats({2, 3, 1}, {1, -2, 3, -4, 1, 0})));
    QCOMPARE(observer->thresholds(), (std::vector<double>{4, 2, 3}));
    QVERIFY(observer->observe(ir::Tensor::floats({1, 3, 2}, {-2, 0, 0, 0, 5, 0})));
    QCOMPARE(observer->thresholds(), (std::vector<double>{3, 1, 4}));
    QCOMPARE(observer->params().channelAxis, 1);
    const auto changed = observer->observe(ir::Tensor::floats({1, 2, 1}, {1, 1}));
    QCOMPARE(changed ? std::string() : changed.error().code, std::string("quant.axis"));
    const auto flat = observer->observe(row({1}));
    QCOMPARE(flat ? std::string() : flat.error().code, std::string("quant.axis"));
}

void TestObservers::percentileTakesTheFirstBinThatReachesIt()
{
    std::vector<float> numbers(1000);
    for (size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<float>(i) * (i % 2 == 0 ? 1.0F : -1.0F); // magnitudes 0 to 999
    quant::ObserverOptions options;
    options.percent = 90;
    options.bins = 1000;
    const auto observer = make("percentile", options);
    QVERIFY(observer->observe(row(numbers)));
    const double width = 999.0 / 1000;
    QVERIFY(std::fabs(observer->thresholds().front() - 899.5 * width) < 1.01 * width); // 900 numbers are at most 899
}

void TestObservers::mseIsTheBestOfItsCandidates_data()
{
    QTest::addColumn<int>("type");
    QTest::newRow("qint8") << 0;
    QTest::newRow("qint16") << 1;
}

void TestObservers::mseIsTheBestOfItsCandidates()
{
    QFETCH(int, type);
    quant::ObserverOptions options;
    options.type = static_cast<ir::QType>(type);
    const auto observer = make("mse", options);
    const std::vector<float> numbers = longTail(20'000, 3);
    QVERIFY(observer->observe(row(numbers)));
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 95; ++i)
        least = std::min(least, exactError(numbers, 40 * (1 - 0.01 * i), options.type));
    const double ours = exactError(numbers, observer->thresholds().front(), options.type);
    QVERIFY2(ours <= 1.02 * least, qPrintable(QStringLiteral("%1 against %2").arg(ours).arg(least)));
}

void TestObservers::klClipsOutliersAndKeepsUniformData()
{
    const auto clipping = make("kl");
    QVERIFY(clipping->observe(row(longTail(50'000, 4))));
    QVERIFY2(clipping->thresholds().front() < 20, qPrintable(QString::number(clipping->thresholds().front())));
    std::mt19937 random(5);
    std::vector<float> uniform(50'000);
    for (float& x : uniform)
        x = std::uniform_real_distribution<float>(-3, 3)(random);
    const auto keeping = make("kl");
    QVERIFY(keeping->observe(row(uniform)));
    QVERIFY2(keeping->thresholds().front() > 2.7, qPrintable(QString::number(keeping->thresholds().front())));
}

void TestObservers::klDoesNotDependOnTheOrderOfBatches()
{
    quant::ObserverOptions options = quant::defaultsOf("kl");
    options.updateInterval = 3;
    std::vector<std::vector<float>> batches{longTail(4000, 6), longTail(4000, 7), {0.001F, -700}};
    const auto forward = make("kl", options);
    const auto backward = make("kl", options);
    for (size_t i = 0; i < batches.size(); ++i) {
        QVERIFY(forward->observe(row(batches[i])));
        QVERIFY(backward->observe(row(batches[batches.size() - 1 - i])));
    }
    QCOMPARE(forward->thresholds(), backward->thresholds());
    QVERIFY(!forward->thresholds().empty());
}

void TestObservers::mixIsOneOfItsPercentiles()
{
    const auto observer = make("mix");
    const std::vector<float> numbers = longTail(200'000, 8);
    QVERIFY(observer->observe(row(numbers)));
    const auto histogram = quant::Histogram::of(numbers, 40, 2048);
    QStringList candidates;
    for (double percent : {99.9, 99.95, 99.99, 99.993, 99.995, 99.997, 99.999, 99.9995, 99.9999})
        candidates << QString::number(quant::percentile(histogram, percent));
    QVERIFY(candidates.contains(QString::number(observer->thresholds().front())));
}

void TestObservers::clipAndClipStdLimitTheRange()
{
    const auto clip = make("clip");
    QVERIFY(clip->observe(row({-0.5F, 0.25F})));
    QCOMPARE(clip->thresholds(), (std::vector<double>{0.5}));
    QVERIFY(clip->observe(row({-7, 7})));
    QCOMPARE(clip->thresholds(), (std::vector<double>{1}));
    quant::ObserverOptions options;
    options.stdScale = 1;
    const auto deviation = make("clip_std", options);
    QVERIFY(deviation->observe(row({1, 1, 1, 5}))); // mean 2, deviation sqrt(3)
    QVERIFY(std::fabs(deviation->thresholds().front() - (2 + std::sqrt(3.0))) < 1e-12);
}

void TestObservers::fixedScaleIgnoresData()
{
    quant::ObserverOptions options;
    options.scale = 1.0 / 128;
    const auto observer = make("fixed_scale", options);
    QVERIFY(observer->observe(row({1000})));
    QCOMPARE(observer->params().scales, (std::vector<double>{1.0 / 128}));
}

void TestObservers::squaredErrorComesCloseToTheExactOne()
{
    const std::vector<float> numbers = longTail(100'000, 9);
    const auto histogram = quant::Histogram::of(numbers, 40, 2048);
    for (const ir::QType type : {ir::QType::QInt8, ir::QType::QInt16})
        for (double threshold : {40.0, 20.0, 10.0, 4.0, 3.0}) {
            const double exact = exactError(numbers, threshold, type);
            const double estimate = quant::squaredError(histogram, threshold, type);
            QVERIFY2(std::fabs(estimate / exact - 1) < 0.05,
                     qPrintable(QStringLiteral("%1 at %2: %3 against %4").arg(static_cast<int>(type)).arg(threshold).arg(estimate).arg(exact)));
        }
}

void TestObservers::everyObserverMindsBadNumbers_data()
{
    QTest::addColumn<QByteArray>("name");
    for (std::string_view name : quant::observerNames())
        if (name != "fixed_scale")
            QTest::newRow(name.data()) << QByteArray(name.data(), static_cast<qsizetype>(name.size()));
}

void TestObservers::everyObserverMindsBadNumbers()
{
    QFETCH(QByteArray, name);
    const auto observer = make(name.constData());
    QVERIFY(observer);
    for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        const auto result = observer->observe(row({1, bad, 2}));
        QVERIFY(!result);
        QCOMPARE(result.error().code, std::string("quant.not_finite"));
        QVERIFY(result.error().message.starts_with("1 of 3 numbers"));
    }
    QVERIFY(observer->thresholds().empty());
    QVERIFY(observer->observe(row({0, 0, 0})));
    QCOMPARE(observer->params().scales, (std::vector<double>{1})); // constant zero: any scale is right
    QVERIFY(observer->observe(row({})));
    QVERIFY(observer->observe(row({std::numeric_limits<float>::max(), -1e30F, 1e-38F})));
    QVERIFY(std::isfinite(observer->params().scales.front()));
}

void TestObservers::refusesWhatCannotBe()
{
    const auto code = [](std::string_view name, auto change) {
        quant::ObserverOptions options = quant::defaultsOf(name);
        change(options);
        const auto observer = quant::makeObserver(name, options);
        return observer ? std::string("fine") : observer.error().code;
    };
    QCOMPARE(code("median", [](auto&) {}), std::string("quant.observer"));
    QCOMPARE(code("kl", [](auto& o) { o.channelAxis = 0; }), std::string("quant.observer"));
    QCOMPARE(code("percentile", [](auto& o) { o.percent = 101; }), std::string("quant.option"));
    QCOMPARE(code("kl", [](auto& o) { o.bins = 100; }), std::string("quant.option"));
    QCOMPARE(code("mse", [](auto& o) { o.stride = 21; }), std::string("quant.option"));
    QCOMPARE(code("clip", [](auto& o) { o.low = 2; }), std::string("quant.option"));
    QCOMPARE(code("fixed_scale", [](auto& o) { o.scale = 0; }), std::string("quant.option"));
    QCOMPARE(code("min_max", [](auto& o) { o.averaging = std::numeric_limits<double>::quiet_NaN(); }), std::string("quant.option"));
    for (std::string_view name : quant::observerNames())
        QCOMPARE(code(name, [](auto&) {}), std::string("fine"));
}

QTEST_APPLESS_MAIN(TestObservers)
#include "tst_observers.moc"

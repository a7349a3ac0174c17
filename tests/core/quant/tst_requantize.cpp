// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The integer primitive against the real-number formula in 128-bit arithmetic.
#include "core/quant/requantize.h"

#include <QTest>
#include <cmath>
#include <limits>
#include <random>

using namespace bpu;

namespace {

constexpr int32_t kLowest = std::numeric_limits<int32_t>::min();
constexpr int32_t kHighest = std::numeric_limits<int32_t>::max();

/// round(acc * m / 2^n), half away from zero, by whole-number division.
int64_t reference(int32_t acc, const quant::Requantizer& r)
{
    __extension__ using Wide = __int128;
    const Wide numerator = Wide{acc} * r.multiplier * 2;
    const Wide denominator = Wide{1} << (r.shift + 1);
    const Wide unit = denominator / 2;
    const Wide magnitude = ((numerator < 0 ? -numerator : numerator) + unit) / denominator;
    return static_cast<int64_t>(numerator < 0 ? -magnitude : magnitude);
}

} // namespace

class TestRequantize : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void choosesTheClosestMultiplier();
    void refusesFactorsOutOfRange_data();
    void refusesFactorsOutOfRange();
    void roundsHalfAwayFromZero();
    void equalsWholeNumberDivision();
    void clampsToTheGrid();
    void dividesExactly();
};

void TestRequantize::choosesTheClosestMultiplier()
{
    QCOMPARE(*quant::chooseRequantizer(1), (quant::Requantizer{1 << 30, 30}));
    QCOMPARE(*quant::chooseRequantizer(0.75), (quant::Requantizer{3 << 29, 31}));
    QCOMPARE(*quant::chooseRequantizer(std::nextafter(1.0, 0.0)), (quant::Requantizer{1 << 30, 30}));
    std::mt19937 random(1);
    for (int i = 0; i < 10'000; ++i) {
        const double factor = std::exp2(std::uniform_real_distribution<double>(-31.9, 29.9)(random));
        const auto chosen = quant::chooseRequantizer(factor);
        QVERIFY(chosen);
        QVERIFY(chosen->multiplier >= 1 << 30);
        QVERIFY(chosen->shift >= 1 && chosen->shift <= 62);
        QVERIFY(std::fabs(chosen->factor() / factor - 1) <= 0x1p-31);
    }
}

void TestRequantize::refusesFactorsOutOfRange_data()
{
    QTest::addColumn<double>("factor");
    QTest::newRow("zero") << 0.0;
    QTest::newRow("negative") << -1.0;
    QTest::newRow("NaN") << std::numeric_limits<double>::quiet_NaN();
    QTest::newRow("infinite") << std::numeric_limits<double>::infinity();
    QTest::newRow("too small") << 0x1p-33;
    QTest::newRow("too large") << 0x1p30;
    QTest::newRow("rounds up to too large") << std::nextafter(0x1p30, 0.0);
}

void TestRequantize::refusesFactorsOutOfRange()
{
    QFETCH(double, factor);
    const auto chosen = quant::chooseRequantizer(factor);
    QVERIFY(!chosen);
    QCOMPARE(chosen.error().code, std::string("quant.factor"));
}

void TestRequantize::roundsHalfAwayFromZero()
{
    const quant::Requantizer half{1 << 30, 31};
    QCOMPARE(quant::scaled(1, half), int64_t{1});
    QCOMPARE(quant::scaled(-1, half), int64_t{-1});
    QCOMPARE(quant::scaled(3, half), int64_t{2});
    QCOMPARE(quant::scaled(-3, half), int64_t{-2});
    QCOMPARE(quant::scaled(2, half), int64_t{1});
}

void TestRequantize::equalsWholeNumberDivision()
{
    std::mt19937 random(2);
    const auto check = [](int32_t acc, const quant::Requantizer& r) {
        const int64_t expected = reference(acc, r);
        if (quant::scaled(acc, r) != expected)
            QFAIL(qPrintable(QStringLiteral("%1 * %2 >> %3 is %4 instead of %5").arg(acc).arg(r.multiplier).arg(r.shift).arg(quant::scaled(acc, r)).arg(expected)));
    };
    for (int shift = 1; shift <= 62; ++shift)
        for (const int32_t multiplier : {1 << 30, (1 << 30) + 1, kHighest})
            for (const int32_t acc : {kLowest, kLowest + 1, -1, 0, 1, kHighest - 1, kHighest})
                check(acc, {multiplier, shift});
    for (int i = 0; i < 200'000; ++i)
        check(static_cast<int32_t>(random()), {static_cast<int32_t>((1U << 30) | (random() >> 2)), static_cast<int>(random() % 62) + 1});
}

void TestRequantize::clampsToTheGrid()
{
    const quant::Requantizer one{1 << 30, 30};
    QCOMPARE(quant::requantize(200, one, -128, 127), 127);
    QCOMPARE(quant::requantize(-200, one, -128, 127), -128);
    QCOMPARE(quant::requantize(-5, one, 0, 127), 0);
    QCOMPARE(quant::requantize(kHighest, {kHighest, 1}, -32768, 32767), 32767);
    QCOMPARE(quant::requantize(kLowest, {kHighest, 1}, -32768, 32767), -32768);
}

void TestRequantize::dividesExactly()
{
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
    QCOMPARE(quant::roundedQuotient(7, 2), 4);
    QCOMPARE(quant::roundedQuotient(-7, 2), -4);
    QCOMPARE(quant::roundedQuotient(7, -2), -4);
    QCOMPARE(quant::roundedQuotient(-7, -3), 2);
    QCOMPARE(quant::roundedQuotient(0, -3), 0);
    QCOMPARE(quant::roundedQuotient(kMost, 1), kMost);
    QCOMPARE(quant::roundedQuotient(std::numeric_limits<int64_t>::min(), kMost), -1);
    QCOMPARE(quant::roundedQuotient(kMost / 2, kMost), 0);
    QCOMPARE(quant::roundedQuotient(kMost / 2 + 1, kMost), 1);
}

QTEST_APPLESS_MAIN(TestRequantize)
#include "tst_requantize.moc"

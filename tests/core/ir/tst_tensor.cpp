// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/tensor.h"

#include <QTest>
#include <cmath>
#include <limits>

using namespace bpu;
using ir::DType;
using ir::Tensor;

class TestTensor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsHalfTypes_data();
    void readsHalfTypes();
    void saturatesWhenReadAsInteger();
    void sharesBytesWhenReshaped();
    void comparesTypeAndBytes();
    void knowsUnknownDimensions();
    void countsWithoutOverflow();
};

void TestTensor::readsHalfTypes_data()
{
    QTest::addColumn<int>("dtype");
    QTest::addColumn<quint16>("bits");
    QTest::addColumn<double>("value");
    // IEEE 754 binary16: sign, 5 exponent bits, 10 mantissa bits.
    QTest::newRow("f16 one") << int(DType::Float16) << quint16(0x3c00) << 1.0;
    QTest::newRow("f16 -2.5") << int(DType::Float16) << quint16(0xc100) << -2.5;
    QTest::newRow("f16 largest") << int(DType::Float16) << quint16(0x7bff) << 65504.0;
    QTest::newRow("f16 smallest subnormal") << int(DType::Float16) << quint16(0x0001) << 0x1p-24;
    QTest::newRow("f16 largest subnormal") << int(DType::Float16) << quint16(0x83ff) << -1023 * 0x1p-24;
    QTest::newRow("f16 infinity") << int(DType::Float16) << quint16(0x7c00) << std::numeric_limits<double>::infinity();
    QTest::newRow("bf16 one") << int(DType::BFloat16) << quint16(0x3f80) << 1.0;
    QTest::newRow("bf16 -3") << int(DType::BFloat16) << quint16(0xc040) << -3.0;
}

void TestTensor::readsHalfTypes()
{
    QFETCH(int, dtype);
    QFETCH(quint16, bits);
    QFETCH(double, value);
    QCOMPARE(Tensor::of<uint16_t>(static_cast<DType>(dtype), {1}, {bits}).number(0), value);
}

void TestTensor::saturatesWhenReadAsInteger()
{
    const Tensor tensor = Tensor::of<double>(DType::Float64, {4}, {1e300, -1e300, std::nan(""), -2.9});
    const std::vector<int64_t> expected{std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min(), 0, -2};
    QCOMPARE(tensor.toInts(), expected);
    QCOMPARE(Tensor::of<uint64_t>(DType::UInt64, {1}, {~0ULL}).integer(0), std::numeric_limits<int64_t>::max());
}

void TestTensor::sharesBytesWhenReshaped()
{
    const Tensor tensor = Tensor::floats({2, 3}, {1, 2, 3, 4, 5, 6});
    const Tensor reshaped = tensor.reshaped({3, 2});
    QCOMPARE(reshaped.bytes().data(), tensor.bytes().data());
    QCOMPARE(reshaped.type().text(), std::string("f32[3,2]"));
}

void TestTensor::comparesTypeAndBytes()
{
    QVERIFY(Tensor::floats({2}, {1, 2}) == Tensor::floats({2}, {1, 2}));
    QVERIFY(!(Tensor::floats({2}, {1, 2}) == Tensor::floats({1, 2}, {1, 2})));
    QVERIFY(!(Tensor::floats({2}, {1, 2}) == Tensor::floats({2}, {1, 3})));
    QVERIFY(hash(Tensor::floats({2}, {1, 2})) != hash(Tensor::floats({2}, {1, 3})));
}

void TestTensor::knowsUnknownDimensions()
{
    const ir::TensorType type(DType::Float32, {ir::kUnknownDim, 3});
    QVERIFY(!type.isStatic());
    QCOMPARE(type.elementCount(), ir::kUnknownDim);
    QCOMPARE(type.dim(-1), ir::Dim(3));
    QCOMPARE(type.dim(2), ir::kUnknownDim);
    QCOMPARE(ir::shapeText(type), std::string("?x3"));
    QCOMPARE(ir::TensorType::unranked(DType::Int64).text(), std::string("i64[*]"));
}

void TestTensor::countsWithoutOverflow()
{
    const ir::TensorType type(DType::Float32, {int64_t{1} << 40, int64_t{1} << 40});
    QVERIFY(type.isStatic());
    QCOMPARE(type.elementCount(), ir::kUnknownDim);
}

QTEST_APPLESS_MAIN(TestTensor)
#include "tst_tensor.moc"

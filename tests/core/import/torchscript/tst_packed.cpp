// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The states in which PyTorch has kept the packed parameters of its quantized layers over the years.
#include "core/import/torchscript/eval/packed.h"

#include <QTest>

using namespace bpu;
using namespace bpu::importer::torchscript;

namespace {

Value weight()
{
    return Value::tensor(ir::Tensor::of(ir::DType::Int8, {4, 2, 3, 3}, std::vector<int8_t>(72, 1)), "state.0");
}

Value bias()
{
    return Value::tensor(ir::Tensor::floats({4}, {1, 2, 3, 4}), "state.1");
}

Value shortInts(const std::vector<int16_t>& numbers)
{
    return Value::tensor(ir::Tensor::of(ir::DType::Int16, {static_cast<int64_t>(numbers.size())}, numbers));
}

Value scalars(const std::vector<int64_t>& numbers)
{
    std::vector<Value> items;
    for (const int64_t number : numbers)
        items.push_back(Value::tensor(ir::Tensor::ints({1}, {number})));
    return Value::list(std::move(items));
}

const std::vector<int64_t> kNumbers{2, 2, 1, 1, 0, 1, 3, 0, 0, 2, 0};

} // namespace

class TestPacked : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsEveryVersion_data();
    void readsEveryVersion();
    void refusesWhatIsNone();
    void readsALinearLayer();
    void staysItselfAsAValue();
};

void TestPacked::readsEveryVersion_data()
{
    QTest::addColumn<int>("version");
    for (const int version : {1, 2, 3})
        QTest::addRow("%d", version) << version;
}

void TestPacked::readsEveryVersion()
{
    QFETCH(int, version);
    const std::vector<int16_t> narrow(kNumbers.begin(), kNumbers.end());
    const Value states[] = {
        Value::tuple({weight(), bias(), scalars({2, 1}), scalars({1, 0}), scalars({1, 3}), Value::tensor(ir::Tensor::ints({1}, {2}))}),
        Value::tuple({Value::text("2"), Value::list({shortInts(narrow), weight()}), Value::list({bias()})}),
        Value::tuple({Value::of(int64_t{3}), Value::ints(kNumbers), Value::list({Value::none(), weight(), bias()})}),
    };
    const auto packed = unpackState(states[version - 1]);
    QVERIFY(packed);
    QVERIFY(packed->weight.cell().constant->shape() == (ir::Shape{4, 2, 3, 3}));
    QVERIFY(packed->bias.cell().constant->shape() == ir::Shape{4});
    QCOMPARE(packed->stride, (std::vector<int64_t>{2, 1}));
    QCOMPARE(packed->padding, (std::vector<int64_t>{1, 0}));
    QCOMPARE(packed->dilation, (std::vector<int64_t>{1, 3}));
    QCOMPARE(packed->outputPadding, (std::vector<int64_t>{0, 0}));
    QCOMPARE(packed->groups, int64_t{2});
    QVERIFY(!packed->isTransposed);
}

void TestPacked::refusesWhatIsNone()
{
    const Value states[] = {
        Value::none(),
        Value::of(int64_t{4}),
        Value::tuple({weight()}),
        Value::tuple({Value::of(int64_t{3}), Value::ints({2, 1, 1}), Value::list({Value::none(), weight(), bias()})}),
        Value::tuple({Value::of(int64_t{3}), Value::ints({-1}), Value::list({Value::none(), weight(), bias()})}),
        Value::tuple({Value::of(int64_t{3}), Value::ints(kNumbers), Value::list({Value::none(), Value::none(), bias()})}),
        Value::tuple({Value::text("2"), Value::list({}), Value::list({})}),
        Value::unknown(Kind::Tuple),
    };
    for (const Value& state : states)
        QVERIFY(!unpackState(state));
}

void TestPacked::readsALinearLayer()
{
    const auto packed = unpackState(Value::tuple({weight(), Value::none()}));
    QVERIFY(packed);
    QVERIFY(packed->bias.is(Kind::None));
    QVERIFY(packed->stride.empty());
    nameParameters(*packed, "head.fc");
    QCOMPARE(packed->weight.cell().name, std::string("head.fc.weight"));
}

void TestPacked::staysItselfAsAValue()
{
    const auto packed = unpackState(Value::tuple({Value::of(int64_t{3}), Value::ints(kNumbers), Value::list({Value::none(), weight(), bias()})}));
    const auto again = packedOf(toValue(*packed));
    QVERIFY(again);
    QVERIFY(again->weight.isSame(packed->weight));
    QCOMPARE(again->stride, packed->stride);
    QCOMPARE(again->groups, packed->groups);
    QVERIFY(!packedOf(Value::tuple({})));
}

QTEST_APPLESS_MAIN(TestPacked)
#include "tst_packed.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Quantized matrix products and linear layers of random shapes against their definition, with every instruction set.
#include "core/quant/requantize.h"
#include "tests/core/runtime/integer_run.h"

#include <QTest>
#include <fmt/format.h>

using namespace bpu;

class TestIntegerMatmul : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void matmulEqualsItsDefinition();
    void linearEqualsItsDefinition();
};

/// a [.., m, k] times b [.., k, n], with batches that broadcast.
void TestIntegerMatmul::matmulEqualsItsDefinition()
{
    const unsigned seed = test::seedFromEnvironment();
    qInfo("BPU_TEST_SEED=%u", seed);
    test::RandomIntegers random(seed);
    for (int i = 0; i < 150; ++i) {
        const int64_t m = random.between(1, 20), k = random.between(1, 40), n = random.between(1, 90), batch = random.between(1, 3);
        const bool isStack = random.between(0, 1) == 1;
        const ir::DType types[] = {ir::DType::Int8, ir::DType::Int16};
        const auto typeOfB = types[random.between(0, 3) == 0];
        const ir::Tensor a = random.tensor(ir::DType::Int8, {batch, m, k}); // sums of products of 16 bits would leave int32
        const ir::Tensor b = random.tensor(typeOfB, isStack ? ir::Shape{batch, k, n} : ir::Shape{k, n});
        const double scaleA = random.scale(1e-3, 0.1), scaleB = random.scale(1e-3, 0.1), scaleY = scaleA * scaleB * random.scale(3, 3e4);
        const auto typeOfY = random.oneOf({ir::DType::Int8, ir::DType::Int16, ir::DType::Int32});
        std::vector<int64_t> wanted;
        const quant::Grid grid = quant::gridOf(test::gridType(typeOfY));
        for (int64_t row = 0; row < batch * m; ++row)
            for (int64_t column = 0; column < n; ++column) {
                int64_t sum = 0;
                for (int64_t t = 0; t < k; ++t)
                    sum += a.integer(row * k + t) * b.integer(((isStack ? row / m : 0) * k + t) * n + column);
                const int64_t scaled = typeOfY == ir::DType::Int32 ? sum : quant::scaled(static_cast<int32_t>(sum), *quant::chooseRequantizer(scaleA * scaleB / scaleY));
                wanted.push_back(std::clamp(scaled, grid.min, grid.max));
            }
        test::OneNode node;
        node.input(a.dtype(), a.shape(), scaleA);
        node.input(b.dtype(), b.shape(), scaleB);
        const auto graph = node.node("matmul", {}, ir::TensorType(typeOfY, {batch, m, n}), {typeOfY == ir::DType::Int32 ? scaleA * scaleB : scaleY});
        for (const runtime::Isa isa : runtime::availableIsas()) {
            const std::string wrong = test::difference(test::runInteger(graph, {a, b}, {.threads = i % 3, .isa = isa}), wanted);
            QVERIFY2(wrong.empty(), fmt::format("case {}, {}: {}x{}x{}, {} -> {}: {}", i, runtime::name(isa), m, k, n, ir::name(typeOfB), ir::name(typeOfY), wrong).c_str());
        }
    }
}

void TestIntegerMatmul::linearEqualsItsDefinition()
{
    const unsigned seed = test::seedFromEnvironment();
    qInfo("BPU_TEST_SEED=%u", seed);
    test::RandomIntegers random(seed);
    for (int i = 0; i < 150; ++i) {
        const int64_t rows = random.between(1, 20), in = random.between(1, 70), out = random.between(1, 90);
        const ir::Tensor x = random.tensor(random.oneOf({ir::DType::Int8, ir::DType::Int8, ir::DType::Int16}), {2, rows, in});
        const ir::Tensor w = random.tensor(ir::DType::Int8, {out, in});
        const ir::Tensor bias = random.tensor(ir::DType::Int32, {out});
        std::vector<double> scales, sums;
        for (int64_t o = 0; o < out; ++o) {
            scales.push_back(random.scale(1e-3, 1e-2));
            sums.push_back(0.01 * scales.back());
        }
        const double scaleY = random.scale(1e-3, 1);
        std::vector<int64_t> wanted;
        for (int64_t row = 0; row < 2 * rows; ++row)
            for (int64_t o = 0; o < out; ++o) {
                int64_t sum = bias.integer(o);
                for (int64_t t = 0; t < in; ++t)
                    sum += x.integer(row * in + t) * w.integer(o * in + t);
                wanted.push_back(quant::requantize(static_cast<int32_t>(sum), *quant::chooseRequantizer(sums[static_cast<size_t>(o)] / scaleY), 0, 127));
            }
        test::OneNode node;
        node.input(x.dtype(), x.shape(), 0.01);
        node.constant(w, scales, 0);
        node.constant(bias, sums, 0);
        const auto graph = node.node("linear", {{"activation", std::string("relu")}}, ir::TensorType(ir::DType::Int8, {2, rows, out}), {scaleY});
        for (const runtime::Isa isa : runtime::availableIsas()) {
            const std::string wrong = test::difference(test::runInteger(graph, {x}, {.threads = i % 3, .isa = isa}), wanted);
            QVERIFY2(wrong.empty(), fmt::format("case {}, {}: {} rows, {} -> {}: {}", i, runtime::name(isa), rows, in, out, wrong).c_str());
        }
    }
}

QTEST_GUILESS_MAIN(TestIntegerMatmul)
#include "tst_integer_matmul.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Quantized convolutions of random shapes against their definition (docs/arithmetic.md), to the bit, with every instruction
// set that the processor has. BPU_TEST_SEED gives the seed, BPU_TEST_CASES how many shapes.
#include "core/quant/requantize.h"
#include "tests/core/runtime/integer_run.h"

#include <QTest>
#include <fmt/format.h>

using namespace bpu;

namespace {

/// What a random case is made of.
struct Case {
    int64_t batch, groups, in, out, height, width, kh, kw, strideH, strideW, dilationH, dilationW, outPadH = 0, outPadW = 0; ///< in, out: channels of a group
    std::array<int64_t, 4> padding;
    bool isTransposed = false;
    ir::DType x, y;
    std::optional<ir::DType> addend;
    bool hasBias, isPerChannel;
    std::string activation;

    int64_t size(bool isHeight) const
    {
        const int64_t n = isHeight ? height : width, k = isHeight ? kh : kw, s = isHeight ? strideH : strideW, d = isHeight ? dilationH : dilationW;
        const int64_t pad = isHeight ? padding[0] + padding[2] : padding[1] + padding[3];
        return isTransposed ? (n - 1) * s - pad + d * (k - 1) + 1 : (n + pad - d * (k - 1) - 1) / s + 1;
    }
    int64_t reach(bool isHeight) const { return isHeight ? dilationH * (kh - 1) + 1 - padding[0] - padding[2] - height : dilationW * (kw - 1) + 1 - padding[1] - padding[3] - width; }
    bool isPossible() const { return isTransposed ? size(true) > 0 && size(false) > 0 : reach(true) <= 0 && reach(false) <= 0; }
    std::string text() const
    {
        return fmt::format("{}{}x{}x{}x{} {} -> {} per group, {} groups, kernel {}x{}, stride {}x{}, dilation {}x{}, padding {},{},{},{}, {} -> {}{}{}{}{}", isTransposed ? "transposed " : "", batch,
                           in * groups, height, width, in, out, groups, kh, kw, strideH, strideW, dilationH, dilationW, padding[0], padding[1], padding[2], padding[3], ir::name(x), ir::name(y),
                           addend ? fmt::format(", addend {}", ir::name(*addend)) : "", hasBias ? ", bias" : "", isPerChannel ? ", scales per channel " : " ", activation);
    }
};

Case randomCase(test::RandomIntegers& random)
{
    Case c{};
    const int64_t kind = random.between(0, 5);
    c.batch = random.between(1, 3);
    c.groups = kind == 0 ? random.between(1, 70) : kind == 1 ? random.between(2, 4) : 1;
    c.in = kind == 0 ? random.between(1, 2) : random.oneOf<int64_t>({1, 2, 3, 4, 5, 8, 16, 17, random.between(1, 70)});
    c.out = kind == 0 ? random.between(1, 2) : random.oneOf<int64_t>({1, 3, 8, 15, 16, 17, 32, 64, random.between(1, 150)});
    c.height = random.between(1, 12);
    c.width = random.between(1, 20);
    const bool isPoint = random.between(0, 2) == 0;
    c.kh = isPoint ? 1 : random.between(1, 5);
    c.kw = isPoint ? 1 : random.between(1, 5);
    c.strideH = random.oneOf<int64_t>({1, 1, 2, 3});
    c.strideW = random.oneOf<int64_t>({1, 1, 2, 3});
    c.dilationH = random.oneOf<int64_t>({1, 1, 1, 2, 3});
    c.dilationW = random.oneOf<int64_t>({1, 1, 1, 2, 3});
    for (int64_t& p : c.padding)
        p = random.between(0, isPoint ? 1 : 3);
    c.isTransposed = random.between(0, 9) == 0;
    c.x = random.between(0, 3) == 0 ? ir::DType::Int16 : ir::DType::Int8;
    c.y = random.oneOf({ir::DType::Int8, ir::DType::Int8, ir::DType::Int8, ir::DType::Int16, ir::DType::Int32});
    if (random.between(0, 2) == 0)
        c.addend = random.oneOf({ir::DType::Int8, ir::DType::Int16});
    c.hasBias = random.between(0, 2) > 0;
    c.isPerChannel = random.between(0, 3) > 0 && (!c.isTransposed || c.groups == 1 || (c.in == 1 && c.out == 1));
    c.activation = random.oneOf<const char*>({"", "relu", "relu6"});
    return c;
}

/// A case with its numbers. `wanted` is by definition.
struct Filled {
    ir::GraphPtr graph;
    std::vector<ir::Tensor> inputs;
    std::vector<int64_t> wanted;
};

struct Scales {
    double x, y, addend;
    std::vector<double> w, sums;
};

std::vector<int64_t> definition(const Case& c, const Scales& scales, const ir::Tensor& x, const ir::Tensor& w, const ir::Tensor& bias, const ir::Tensor* addend)
{
    std::vector<int64_t> wanted;
    const quant::Grid grid = quant::gridOf(test::gridType(c.y));
    for (int64_t n = 0; n < c.batch; ++n)
        for (int64_t o = 0; o < c.out * c.groups; ++o)
            for (int64_t i = 0; i < c.size(true); ++i)
                for (int64_t j = 0; j < c.size(false); ++j) {
                    const int64_t group = o / c.out;
                    int64_t acc = c.hasBias ? bias.integer(o) : 0;
                    for (int64_t ch = 0; ch < c.in; ++ch)
                        for (int64_t k = 0; k < c.kh; ++k)
                            for (int64_t l = 0; l < c.kw; ++l) {
                                int64_t p = i * c.strideH + k * c.dilationH - c.padding[0], q = j * c.strideW + l * c.dilationW - c.padding[1];
                                if (c.isTransposed) {
                                    p = i + c.padding[0] - k * c.dilationH, q = j + c.padding[1] - l * c.dilationW;
                                    if (p % c.strideH != 0 || q % c.strideW != 0)
                                        continue;
                                    p /= c.strideH, q /= c.strideW;
                                }
                                const int64_t weight = c.isTransposed ? (((group * c.in + ch) * c.out + o % c.out) * c.kh + k) * c.kw + l : ((o * c.in + ch) * c.kh + k) * c.kw + l;
                                if (p >= 0 && p < c.height && q >= 0 && q < c.width)
                                    acc += x.integer(((n * c.groups * c.in + group * c.in + ch) * c.height + p) * c.width + q) * w.integer(weight);
                            }
                    if (addend) // limited to int32, as everything that is one
                        acc = std::clamp<int64_t>(acc + quant::scaled(static_cast<int32_t>(addend->integer(std::ssize(wanted))), *quant::chooseRequantizer(scales.addend / scales.sums[static_cast<size_t>(o)])), INT32_MIN, INT32_MAX);
                    const double unit = c.y == ir::DType::Int32 ? scales.sums[static_cast<size_t>(o)] : scales.y;
                    const int64_t low = c.activation.empty() ? grid.min : 0;
                    const int64_t high = c.activation == "relu6" ? std::min(grid.max, static_cast<int64_t>(std::nearbyint(std::min(6 / unit, 1e18)))) : grid.max;
                    const int64_t y = c.y == ir::DType::Int32 ? acc : quant::scaled(static_cast<int32_t>(acc), *quant::chooseRequantizer(scales.sums[static_cast<size_t>(o)] / scales.y));
                    wanted.push_back(std::clamp(y, low, high));
                }
    return wanted;
}

Filled fill(const Case& c, test::RandomIntegers& random)
{
    const int64_t outputs = c.out * c.groups;
    const auto channels = static_cast<size_t>(outputs);
    Scales scales{.x = random.scale(1e-3, 0.1), .y = 0, .addend = 0, .w = {}, .sums = {}};
    for (size_t i = 0; i < channels; ++i)
        scales.w.push_back(i > 0 && !c.isPerChannel ? scales.w[0] : random.scale(1e-4, 1e-2));
    for (const double w : scales.w)
        scales.sums.push_back(scales.x * w);
    const bool isWide = c.x == ir::DType::Int16;
    scales.y = *std::ranges::max_element(scales.sums) * random.scale(isWide ? 200 : 1, isWide ? 1e6 : 3e4) / (c.y == ir::DType::Int16 ? 64 : 1); // sometimes factors above 1
    scales.addend = scales.y * random.scale(0.3, 3);
    const ir::Tensor x = random.tensor(c.x, {c.batch, c.in * c.groups, c.height, c.width});
    const ir::Tensor w = random.tensor(ir::DType::Int8, c.isTransposed ? ir::Shape{c.in * c.groups, c.out, c.kh, c.kw} : ir::Shape{outputs, c.in, c.kh, c.kw});
    const ir::Tensor bias = random.tensor(ir::DType::Int32, {outputs});
    const ir::TensorType result(c.y, {c.batch, outputs, c.size(true), c.size(false)});
    std::optional<ir::Tensor> addend;
    test::OneNode node;
    node.input(c.x, x.shape(), scales.x);
    const int axis = c.isTransposed && c.groups == 1 ? 1 : 0;
    node.constant(w, c.isPerChannel ? scales.w : std::vector{scales.w[0]}, c.isPerChannel ? axis : -1);
    if (c.hasBias)
        node.constant(bias, scales.sums, 0);
    std::vector<ir::Tensor> inputs{x};
    if (c.addend) {
        if (!c.hasBias)
            node.absent();
        addend = random.tensor(*c.addend, result.shape());
        node.input(*c.addend, result.shape(), scales.addend);
        inputs.push_back(*addend);
    }
    ir::Attributes attributes{{"kernel_size", std::vector{c.kh, c.kw}}, {"stride", std::vector{c.strideH, c.strideW}}, {"dilation", std::vector{c.dilationH, c.dilationW}},
                              {"padding", std::vector<int64_t>(c.padding.begin(), c.padding.end())}, {"groups", c.groups}};
    if (!c.activation.empty())
        attributes.set("activation", c.activation);
    const bool isSum = c.y == ir::DType::Int32;
    Filled filled{node.node(c.isTransposed ? "conv_transpose2d" : "conv2d", attributes, result, isSum ? scales.sums : std::vector{scales.y}, isSum ? 1 : -1), std::move(inputs), {}};
    filled.wanted = definition(c, scales, x, w, bias, addend ? &*addend : nullptr);
    return filled;
}

} // namespace

class TestIntegerConvolution : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void equalsItsDefinition_data();
    void equalsItsDefinition();
};

void TestIntegerConvolution::equalsItsDefinition_data()
{
    QTest::addColumn<int>("isa");
    for (const runtime::Isa isa : runtime::availableIsas())
        QTest::newRow(std::string(runtime::name(isa)).c_str()) << static_cast<int>(isa);
}

void TestIntegerConvolution::equalsItsDefinition()
{
    QFETCH(int, isa);
    static const unsigned kSeed = test::seedFromEnvironment(); // every instruction set meets the same cases
    const char* count = std::getenv("BPU_TEST_CASES");
    qInfo("BPU_TEST_SEED=%u", kSeed);
    test::RandomIntegers random(kSeed);
    for (int i = 0; i < (count ? std::atoi(count) : 1000);) {
        const Case c = randomCase(random);
        if (!c.isPossible())
            continue;
        ++i;
        const Filled filled = fill(c, random);
        const auto results = test::runInteger(filled.graph, filled.inputs, {.threads = i % 3, .isa = static_cast<runtime::Isa>(isa)});
        const std::string wrong = test::difference(results, filled.wanted);
        QVERIFY2(wrong.empty(), fmt::format("case {}, {}: {}", i, c.text(), wrong).c_str());
    }
}

QTEST_GUILESS_MAIN(TestIntegerConvolution)
#include "tst_integer_convolution.moc"

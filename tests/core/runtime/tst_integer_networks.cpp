// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Small random networks: every instruction set, any number of threads and any split into batches give the same integers.
#include "tests/core/runtime/integer_run.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <fmt/format.h>

using namespace bpu;

namespace {

/// A graph text that grows value by value; each is named, has a shape and a scale.
class RandomNetwork {
public:
    explicit RandomNetwork(test::RandomIntegers& random) : m_random(random), m_batch(random.between(1, 3))
    {
        m_values.push_back({"x", {m_batch, random.oneOf<int64_t>({3, 4, 8, 17}), random.between(5, 12), random.between(5, 12)}, 0.05});
    }

    std::string text(int64_t nodes)
    {
        for (int64_t i = 0; i < nodes; ++i)
            add();
        std::string returned;
        for (const Value& value : m_values)
            returned += (returned.empty() ? "%" : ", %") + value.name;
        return fmt::format("graph(%x: {}) stage quantized {{ {} return {} }}", typeOf(m_values[0]), m_text, returned);
    }
    ir::Shape inputShape() const { return m_values[0].shape; }

private:
    struct Value {
        std::string name;
        ir::Shape shape;
        double scale;
    };

    static std::string typeOf(const Value& v) { return fmt::format("i8[{},{},{},{}] qint8 [{}] axis -1", v.shape[0], v.shape[1], v.shape[2], v.shape[3], v.scale); }
    Value& any() { return m_values[static_cast<size_t>(m_random.between(0, std::ssize(m_values) - 1))]; }

    void add()
    {
        const Value from = any();
        Value to{fmt::format("v{}", m_values.size()), from.shape, m_random.oneOf({0.02, 0.05, 0.1})};
        std::string op;
        const int64_t kind = m_random.between(0, 9);
        if (kind <= 2) {
            op = convolution(from, to);
        } else if (kind == 3) {
            to.scale = from.scale;
            op = fmt::format("max_pool2d(%{}) {{kernel_size=[3,3], stride=[1,1], padding=[1,1,1,1]}}", from.name);
        } else if (kind == 4) {
            op = fmt::format("avg_pool2d(%{}) {{kernel_size=[3,2], stride=[1,1], padding=[1,0,1,1]}}", from.name);
        } else if (kind == 5) {
            op = fmt::format("{}(%{})", m_random.oneOf({"relu", "relu6", "requantize"}), from.name);
        } else if (kind == 6) {
            m_text += fmt::format("@t{}: i8[256] = random {} ", to.name, m_random.between(0, 99));
            op = fmt::format("table(%{}, @t{})", from.name, to.name);
        } else if (kind == 7) {
            const Value other = sameShape(from);
            op = fmt::format("{}(%{}, %{})", m_random.oneOf({"add", "sub", "mul", "maximum"}), from.name, other.name);
        } else if (kind == 8) {
            const Value pooled{to.name + "p", {from.shape[0], from.shape[1], 1, 1}, 0.03};
            m_text += fmt::format("%{}: {} = adaptive_avg_pool2d(%{}) {{output_size=[1,1]}} ", pooled.name, typeOf(pooled), from.name);
            op = m_random.between(0, 1) == 0 ? fmt::format("mul(%{}, %{})", from.name, pooled.name) : fmt::format("add(%{}, %{})", pooled.name, from.name);
        } else {
            to.scale = from.scale;
            to.shape[1] = 2 * from.shape[1];
            op = fmt::format("cat(%{0}, %{0}) {{dim=1}}", from.name);
        }
        m_text += fmt::format("%{}: {} = {} ", to.name, typeOf(to), op);
        m_values.push_back(to);
    }

    std::string convolution(const Value& from, Value& to)
    {
        const bool isDepthwise = m_random.between(0, 2) == 0;
        const int64_t kernel = m_random.oneOf<int64_t>({1, 3});
        to.shape[1] = isDepthwise ? from.shape[1] : m_random.oneOf<int64_t>({3, 8, 16, 33, 70});
        m_text += fmt::format("@w{}: i8[{},{},{},{}] qint8 [0.01] axis -1 = random {} ", to.name, to.shape[1], isDepthwise ? 1 : from.shape[1], kernel, kernel, m_random.between(0, 99));
        const bool hasAddend = to.shape == from.shape && m_random.between(0, 1) == 0;
        return fmt::format("conv2d(%{}, @w{}{}) {{kernel_size=[{},{}], padding=[{},{},{},{}], groups={}, activation=\"{}\"}}", from.name, to.name, hasAddend ? ", _, %" + from.name : "", kernel, kernel,
                           kernel / 2, kernel / 2, kernel / 2, kernel / 2, isDepthwise ? from.shape[1] : 1, m_random.oneOf({"relu", "relu6"}));
    }

    Value sameShape(const Value& as)
    {
        std::vector<Value> fitting;
        std::ranges::copy_if(m_values, std::back_inserter(fitting), [&](const Value& v) { return v.shape == as.shape; });
        return fitting[static_cast<size_t>(m_random.between(0, std::ssize(fitting) - 1))];
    }

    test::RandomIntegers& m_random;
    int64_t m_batch;
    std::vector<Value> m_values;
    std::string m_text;
};

} // namespace

class TestIntegerNetworks : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void giveTheSameHoweverTheyRun();
    void giveTheSameForEachImageOfABatch();
    void runWithWhatTheEnvironmentNames();
};

void TestIntegerNetworks::giveTheSameHoweverTheyRun()
{
    const unsigned seed = test::seedFromEnvironment();
    qInfo("BPU_TEST_SEED=%u", seed);
    test::RandomIntegers random(seed);
    for (int i = 0; i < 120; ++i) {
        RandomNetwork network(random);
        const std::string text = network.text(random.between(1, 12));
        const auto graph = std::make_shared<const ir::Graph>(test::graphOf(text));
        const ir::Tensor x = random.tensor(ir::DType::Int8, network.inputShape());
        const auto plain = test::runInteger(graph, {x}, {.threads = 1, .isa = runtime::Isa::Plain});
        QVERIFY2(plain, plain ? "" : (plain.error().text() + "\n" + text).c_str());
        for (const runtime::Isa isa : runtime::availableIsas())
            for (const int threads : {1, 3}) {
                const auto results = test::runInteger(graph, {x}, {.observeAll = threads == 3 && i % 2 == 0, .threads = threads, .isa = isa});
                QVERIFY2(results, results ? "" : results.error().text().c_str());
                for (size_t k = 0; k < plain->size(); ++k)
                    QVERIFY2((*results)[k] == (*plain)[k], fmt::format("result {} with {} and {} threads differs in\n{}", k, runtime::name(isa), threads, text).c_str());
            }
    }
}

/// The first image of a batch of three alone, and in the batch.
void TestIntegerNetworks::giveTheSameForEachImageOfABatch()
{
    const auto textFor = [](int batch) {
        return fmt::format("graph(%x: i8[{0},8,9,9] qint8 [0.05] axis -1) stage quantized {{ @w: i8[40,8,3,3] qint8 [0.01] axis -1 = random 3 @d: i8[40,1,3,3] qint8 [0.01] axis -1 = random 5 "
                           "%a: i8[{0},40,7,7] qint8 [0.1] axis -1 = conv2d(%x, @w) {{kernel_size=[3,3]}} %y: i8[{0},40,7,7] qint8 [0.1] axis -1 = conv2d(%a, @d) {{kernel_size=[3,3], padding=[1,1,1,1], groups=40}} return %y }}", batch);
    };
    test::RandomIntegers random(1);
    const ir::Tensor x = random.tensor(ir::DType::Int8, {3, 8, 9, 9});
    const auto all = test::runInteger(std::make_shared<const ir::Graph>(test::graphOf(textFor(3))), {x});
    QVERIFY2(all, all ? "" : all.error().text().c_str());
    for (size_t image = 0; image < 3; ++image) {
        const ir::Tensor one(ir::TensorType(ir::DType::Int8, {1, 8, 9, 9}), Bytes::copyOf(x.bytes().subspan(image * 648, 648)));
        const auto alone = test::runInteger(std::make_shared<const ir::Graph>(test::graphOf(textFor(1))), {one});
        QVERIFY2(alone, alone ? "" : alone.error().text().c_str());
        QVERIFY(std::ranges::equal(alone->front().bytes(), all->front().bytes().subspan(image * 1960, 1960)));
    }
}

void TestIntegerNetworks::runWithWhatTheEnvironmentNames()
{
    const auto graph = std::make_shared<const ir::Graph>(test::graphOf("graph(%x: i8[2] qint8 [0.5] axis -1) stage quantized { %y: i8[2] qint8 [0.5] axis -1 = relu(%x) return %y }"));
    const ir::Tensor x = ir::Tensor::of(ir::DType::Int8, {2}, std::vector<int8_t>{-3, 3});
    qputenv("BPU_ISA", "plain");
    const auto plain = test::runInteger(graph, {x});
    qputenv("BPU_ISA", "sse9");
    const auto refused = test::runInteger(graph, {x});
    qunsetenv("BPU_ISA");
    QVERIFY2(plain, plain ? "" : plain.error().text().c_str());
    QVERIFY(!refused);
    QVERIFY2(refused.error().text().starts_with("BPU_ISA: sse9 is not among what this processor has: plain"), refused.error().text().c_str());
}

QTEST_GUILESS_MAIN(TestIntegerNetworks)
#include "tst_integer_networks.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The executor as a whole: threads, cancel, timing, operands that are read as they lie.
#include "core/ir/graph_editor.h"
#include "core/ops/fold.h"
#include "core/runtime/float_executor.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <thread>

using namespace bpu;

namespace {

/// Convolution with what is merged with it, depthwise, pooling, products, softmax, layer norm.
constexpr const char* kNet = R"(graph net(%x: f32[1,3,33,33]) {
    @w0: f32[32,3,3,3] = random 1
    @g: f32[32] = random 2
    @b: f32[32] = random 3
    @m: f32[32] = random 4
    @v: f32[32] = fill 2
    @w1: f32[32,1,3,3] = random 5
    @w2: f32[32,32,1,1] = random 6
    @w3: f32[70,32] = random 7
    @b3: f32[70] = random 8
    @gamma: f32[70] = random 9
    %c0 = conv2d(%x, @w0) {kernel_size=[3,3], stride=[2,2], padding=[1,1,1,1]} name "c0"
    %n0 = batch_norm2d(%c0, @g, @b, @m, @v) {epsilon=1e-5} name "n0"
    %r0 = relu(%n0) name "r0"
    %c1 = conv2d(%r0, @w1) {kernel_size=[3,3], padding=[1,1,1,1], groups=32} name "c1"
    %c2 = conv2d(%c1, @w2) {kernel_size=[1,1]} name "c2"
    %a = add(%c2, %r0) name "a"
    %r1 = relu(%a) name "r1"
    %p = max_pool2d(%r1) {kernel_size=[3,3], stride=[2,2], padding=[1,1,1,1]} name "p"
    %s = reshape(%p) {shape=[1,32,81]} name "s"
    %t = permute(%s) {dims=[0,2,1]} name "t"
    %l = linear(%t, @w3, @b3) name "l"
    %n = layer_norm(%l, @gamma) {normalized_shape=[70], epsilon=1e-5} name "n"
    %q = permute(%n) {dims=[0,2,1]} name "q"
    %k = matmul(%n, %q) name "k"
    %y = softmax(%k) {dim=-1} name "y"
    return %y, %n })";

ir::GraphPtr graphOf(const char* text)
{
    return std::make_shared<const ir::Graph>(test::typedGraph(text));
}

runtime::FloatExecutor executorOf(const ir::GraphPtr& graph, const runtime::PlanOptions& options = {})
{
    auto executor = runtime::FloatExecutor::make(graph, options);
    if (!executor)
        qFatal("%s", executor.error().text().c_str());
    return std::move(*executor);
}

std::vector<ir::Tensor> inputsOf(const ir::Graph& graph, uint32_t seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<ir::Tensor> inputs;
    for (const ValueId id : graph.inputs()) {
        std::vector<float> numbers(static_cast<size_t>(graph.value(id).type.elementCount()));
        std::ranges::generate(numbers, [&] { return normal(random); });
        inputs.push_back(ir::Tensor::floats(graph.value(id).type.shape(), numbers));
    }
    return inputs;
}

std::vector<ir::Tensor> resultsOf(const runtime::FloatExecutor& executor, const std::vector<ir::Tensor>& inputs, const runtime::RunOptions& options = {})
{
    auto results = executor.run(inputs, options);
    if (!results)
        qFatal("%s", results.error().text().c_str());
    return *results;
}

/// The largest difference, against the largest number.
double difference(const ir::Tensor& a, const ir::Tensor& b)
{
    double most = a.type() == b.type() ? 0 : INFINITY, size = 1e-30;
    for (int64_t i = 0; i < b.elementCount() && most < INFINITY; ++i) {
        most = std::max(most, std::fabs(a.number(i) - b.number(i)));
        size = std::max(size, std::fabs(b.number(i)));
    }
    return most / size;
}

} // namespace

class TestFloatExecutor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void givesTheSameWithAnyNumberOfThreads_data();
    void givesTheSameWithAnyNumberOfThreads();
    void givesTheSameBytesInEveryRun();
    void runsInSeveralThreadsAtOnce();
    void severalExecutorsRunAtOnce();
    void stopsBetweenNodesAndRunsAgain();
    void tellsTheTimeOfEveryNode();
    void tellsTheTimeWhereSizesDependOnNumbers();
    void readsPermutedOperandsAsTheyLie_data();
    void readsPermutedOperandsAsTheyLie();
    void permutes_data();
    void permutes();
    void takesParts_data();
    void takesParts();
    void normalizesLastDimensions_data();
    void normalizesLastDimensions();
};

void TestFloatExecutor::givesTheSameWithAnyNumberOfThreads_data()
{
    QTest::addColumn<int>("threads");
    for (const int threads : {2, 3, 7, 0})
        QTest::addRow("%d", threads) << threads;
}

void TestFloatExecutor::givesTheSameWithAnyNumberOfThreads()
{
    QFETCH(int, threads);
    const ir::GraphPtr graph = graphOf(kNet);
    const auto inputs = inputsOf(*graph, 1);
    const auto one = resultsOf(executorOf(graph, {.threads = 1}), inputs);
    const auto many = resultsOf(executorOf(graph, {.threads = threads}), inputs);
    for (size_t i = 0; i < one.size(); ++i)
        QVERIFY2(difference(many[i], one[i]) <= 1e-6, qPrintable(QString::number(difference(many[i], one[i]))));
}

void TestFloatExecutor::givesTheSameBytesInEveryRun()
{
    const ir::GraphPtr graph = graphOf(kNet);
    const runtime::FloatExecutor executor = executorOf(graph, {.threads = 2});
    const auto inputs = inputsOf(*graph, 2);
    const auto first = resultsOf(executor, inputs);
    (void)resultsOf(executor, inputsOf(*graph, 3));
    const auto again = resultsOf(executor, inputs);
    QVERIFY(first == again);
    QVERIFY(first != resultsOf(executor, inputsOf(*graph, 3)));
}

void TestFloatExecutor::runsInSeveralThreadsAtOnce()
{
    const ir::GraphPtr graph = graphOf(kNet);
    const runtime::FloatExecutor executor = executorOf(graph, {.threads = 2});
    constexpr size_t kThreads = 4;
    std::vector<std::vector<ir::Tensor>> expected;
    for (uint32_t i = 0; i < kThreads; ++i)
        expected.push_back(resultsOf(executor, inputsOf(*graph, i)));
    std::vector<int> wrong(kThreads, 0);
    {
        std::vector<std::jthread> threads;
        for (uint32_t i = 0; i < kThreads; ++i)
            threads.emplace_back([&, i] {
                for (int round = 0; round < 10; ++round)
                    wrong[i] += resultsOf(executor, inputsOf(*graph, i)) != expected[i];
            });
    }
    QCOMPARE(wrong, std::vector<int>(kThreads, 0));
}

void TestFloatExecutor::severalExecutorsRunAtOnce()
{
    const ir::GraphPtr graph = graphOf(kNet);
    const auto inputs = inputsOf(*graph, 1);
    const auto expected = resultsOf(executorOf(graph, {.threads = 1}), inputs);
    std::vector<int> wrong(3, 0);
    {
        std::vector<std::jthread> threads;
        for (size_t i = 0; i < wrong.size(); ++i)
            threads.emplace_back([&, i] {
                for (int round = 0; round < 4; ++round)
                    wrong[i] += resultsOf(executorOf(graph, {.threads = 1}), inputs) != expected;
            });
    }
    QCOMPARE(wrong, std::vector<int>(3, 0));
}

void TestFloatExecutor::stopsBetweenNodesAndRunsAgain()
{
    const ir::GraphPtr graph = graphOf(kNet);
    const runtime::FloatExecutor executor = executorOf(graph);
    const auto inputs = inputsOf(*graph, 1);
    std::stop_source source;
    std::vector<std::string> steps;
    const JobControl control{.onProgress =
                                 [&](double, std::string_view text) {
                                     steps.emplace_back(text);
                                     if (text == "p")
                                         source.request_stop();
                                 },
                             .stop = source.get_token()};
    const auto stopped = executor.run(inputs, {.control = control});
    QVERIFY(!stopped);
    QCOMPARE(stopped.error().code, std::string("job.cancelled"));
    QCOMPARE(steps.back(), std::string("p"));
    QVERIFY(resultsOf(executor, inputs) == resultsOf(executorOf(graph), inputs));
}

void TestFloatExecutor::tellsTheTimeOfEveryNode()
{
    const ir::GraphPtr graph = graphOf(kNet);
    std::map<std::string, std::vector<std::string>> covers; ///< by the first node
    double us = 0;
    const runtime::RunOptions options{.timed = [&](const runtime::StepTime& step) {
        QVERIFY(!step.nodes.empty());
        QVERIFY(step.us >= 0);
        us += step.us;
        if (!step.isReorder)
            for (const NodeId id : step.nodes)
                covers[graph->node(step.nodes[0]).name].push_back(graph->node(id).name);
    }};
    const auto start = std::chrono::steady_clock::now();
    (void)resultsOf(executorOf(graph), inputsOf(*graph, 1), options);
    const std::chrono::duration<double, std::micro> whole = std::chrono::steady_clock::now() - start;
    QVERIFY(us > 0 && us <= whole.count());
    QCOMPARE(covers["c0"], (std::vector<std::string>{"c0", "n0", "r0"}));
    QCOMPARE(covers["c2"], (std::vector<std::string>{"c2", "a", "r1"}));
    std::set<std::string> all;
    for (const auto& [first, names] : covers)
        all.insert(names.begin(), names.end());
    QCOMPARE(all, (std::set<std::string>{"c0", "n0", "r0", "c1", "c2", "a", "r1", "p", "l", "n", "k", "y"})); // views take no time
}

void TestFloatExecutor::tellsTheTimeWhereSizesDependOnNumbers()
{
    const ir::GraphPtr graph = graphOf(R"(graph(%x: f32[4]) {
        %r = relu(%x) name "r"
        %i = nonzero(%r) name "i"
        %y = add(%i, %i) name "y"
        return %y })");
    const runtime::FloatExecutor executor = executorOf(graph);
    for (const std::vector<float>& x : {std::vector<float>{1, -1, 2, 3}, {-1, -1, 5, -2}}) {
        std::set<std::string> names;
        (void)resultsOf(executor, {ir::Tensor::floats({4}, x)}, {.timed = [&](const runtime::StepTime& step) {
            for (const NodeId id : step.nodes)
                names.insert(graph->node(id).name);
        }});
        QCOMPARE(names, (std::set<std::string>{"r", "i", "y"}));
    }
}

void TestFloatExecutor::readsPermutedOperandsAsTheyLie_data()
{
    QTest::addColumn<QString>("inputs");
    QTest::addColumn<QString>("operands");
    QTest::addColumn<int>("reorders");
    QTest::newRow("right") << "%l: f32[2,5,7], %b: f32[2,9,7]" << "%r = permute(%b) {dims=[0,2,1]}" << 0;
    QTest::newRow("left") << "%a: f32[2,7,5], %r: f32[2,7,9]" << "%l = permute(%a) {dims=[0,2,1]}" << 0;
    QTest::newRow("heads") << "%a: f32[1,6,3,4], %b: f32[1,6,3,4]" << "%l = permute(%a) {dims=[0,2,1,3]} %r = permute(%b) {dims=[0,2,3,1]}" << 0;
    QTest::newRow("twice") << "%a: f32[2,7,5], %r: f32[7,9]" << "%p = permute(%a) {dims=[0,2,1]} %q = permute(%p) {dims=[1,0,2]} %l = permute(%q) {dims=[1,0,2]}" << 1;
    QTest::newRow("fewer batches") << "%l: f32[3,2,5,7], %b: f32[2,9,7]" << "%r = permute(%b) {dims=[0,2,1]}" << 1;
}

void TestFloatExecutor::readsPermutedOperandsAsTheyLie()
{
    QFETCH(QString, inputs);
    QFETCH(QString, operands);
    QFETCH(int, reorders);
    const auto graphFor = [&](const char* results) {
        return graphOf(QStringLiteral("graph(%1) { %2 %y = matmul(%l, %r) return %3 }").arg(inputs, operands, QLatin1String(results)).toUtf8().constData());
    };
    const ir::GraphPtr graph = graphFor("%y");
    const auto numbers = inputsOf(*graph, 1);
    int changes = 0;
    const auto product = resultsOf(executorOf(graph), numbers, {.timed = [&](const runtime::StepTime& step) { changes += step.isReorder; }});
    QCOMPARE(changes, reorders);
    // The same operands, handed in as they are.
    const auto all = resultsOf(executorOf(graphFor("%y, %l, %r")), numbers);
    const QString plain = QStringLiteral("graph(%l: %1, %r: %2) { %y = matmul(%l, %r) return %y }")
                              .arg(QString::fromStdString(all[1].type().text()), QString::fromStdString(all[2].type().text()));
    const auto expected = resultsOf(executorOf(graphOf(plain.toUtf8().constData())), {all[1], all[2]});
    QVERIFY(difference(product[0], expected[0]) <= 1e-6);
    QVERIFY(difference(all[0], expected[0]) <= 1e-6);
}

void TestFloatExecutor::permutes_data()
{
    QTest::addColumn<QString>("shape");
    QTest::addColumn<QString>("dims");
    for (const auto& [shape, dims] : {std::pair("2,3,4,5", "0,2,3,1"), {"2,3,4,5", "3,2,1,0"}, {"1,1,7", "2,0,1"}, {"5,6", "1,0"}, {"2,2,2,3,3", "4,0,3,1,2"}, {"4", "0"}})
        QTest::addRow("%s by %s", shape, dims) << shape << dims;
}

/// Element by element; twice, so that a permuted value is permuted.
void TestFloatExecutor::permutes()
{
    QFETCH(QString, shape);
    QFETCH(QString, dims);
    const QString text = QStringLiteral("graph(%x: f32[%1]) { %a = permute(%x) {dims=[%2]} %y = permute(%a) {dims=[%2]} return %a, %y }").arg(shape, dims);
    const ir::GraphPtr graph = graphOf(text.toUtf8().constData());
    const auto inputs = inputsOf(*graph, 1);
    const auto results = resultsOf(executorOf(graph), inputs);
    std::vector<size_t> order;
    for (const QString& dim : dims.split(QLatin1Char(',')))
        order.push_back(dim.toULong());
    const auto expect = [&](const ir::Tensor& x, const ir::Tensor& y) {
        std::vector<int64_t> strides(order.size(), 1);
        for (size_t i = order.size() - 1; i > 0; --i)
            strides[i - 1] = strides[i] * x.shape()[i];
        for (int64_t i = 0; i < y.elementCount(); ++i) {
            int64_t rest = i, at = 0;
            for (size_t d = order.size(); d-- > 0;) {
                at += rest % y.shape()[d] * strides[order[d]];
                rest /= y.shape()[d];
            }
            QCOMPARE(y.at<float>(i), x.at<float>(at));
        }
    };
    expect(inputs[0], results[0]);
    expect(results[0], results[1]);
}

void TestFloatExecutor::takesParts_data()
{
    QTest::addColumn<QString>("nodes");
    QTest::addColumn<QString>("results");
    QTest::newRow("slice") << "%y = slice(%x) {starts=[1], ends=[4], dims=[2]}" << "%y";
    QTest::newRow("slice of two axes by steps") << "%y = slice(%x) {starts=[1, 0], ends=[5, 6], dims=[2, 1], steps=[2, 3]}" << "%y";
    QTest::newRow("slice whose rows overlap") << "%y = slice(%x) {starts=[1, 0], ends=[4, 5], dims=[1, 2], steps=[1, 2]}" << "%y";
    QTest::newRow("slice backwards") << "%y = slice(%x) {starts=[4], ends=[0], dims=[2], steps=[-1]}" << "%y";
    QTest::newRow("slice of two axes whose rows overlap") << "%y = slice(%x) {starts=[1, 0], ends=[6, 5], dims=[1, 2], steps=[2, 2]}" << "%y";
    QTest::newRow("slice of a slice") << "%a = slice(%x) {starts=[1], ends=[6], dims=[1]} %y = slice(%a) {starts=[2], ends=[4], dims=[1]}" << "%y, %a";
    QTest::newRow("select") << "%y = select(%x) {dim=1, index=2}" << "%y";
    QTest::newRow("select the last") << "%y = select(%x) {dim=0, index=-1}" << "%y";
    QTest::newRow("split") << "%a, %b, %c = split(%x) {dim=1, sizes=[1,3,2]} %y = relu(%b)" << "%a, %b, %c, %y";
    QTest::newRow("chunk of a permutation") << "%p = permute(%x) {dims=[1,2,0]} %a, %b = chunk(%p) {dim=0, chunks=2} %y = reshape(%b) {shape=[3,10]}" << "%a, %b, %y";
    QTest::newRow("an addend") << "%a = slice(%x) {starts=[0], ends=[1], dims=[0]} %b = slice(%x) {starts=[1], ends=[2], dims=[0]} %y = add(%a, %b)" << "%y, %x";
}

/// What constant folding finds, element by element.
void TestFloatExecutor::takesParts()
{
    QFETCH(QString, nodes);
    QFETCH(QString, results);
    const ir::GraphPtr graph = graphOf(QStringLiteral("graph(%x: f32[2,6,5]) { %1 return %2 }").arg(nodes, results).toUtf8().constData());
    const auto inputs = inputsOf(*graph, 1);
    const auto found = resultsOf(executorOf(graph), inputs);
    ir::GraphEditor editor(*graph);
    editor.makeConstant(graph->inputs()[0], inputs[0]);
    const auto folded = ops::foldConstants(editor.graph());
    QVERIFY(folded.has_value());
    for (size_t i = 0; i < found.size(); ++i) {
        const ir::Value& expected = folded->value(folded->outputs()[i]);
        QVERIFY(expected.isConstant());
        QVERIFY(found[i] == *expected.constant);
    }
}

void TestFloatExecutor::normalizesLastDimensions_data()
{
    QTest::addColumn<QString>("shape");
    QTest::addColumn<QString>("sizes");
    QTest::addColumn<bool>("hasParameters");
    for (const bool has : {false, true})
        for (const auto& [shape, sizes] : {std::pair("2,3,70", "70"), {"1,197,768", "768"}, {"4,5,6", "5,6"}, {"3,1", "1"}, {"2,15", "2,15"}})
            QTest::addRow("%s over %s%s", shape, sizes, has ? " with parameters" : "") << shape << sizes << has;
}

void TestFloatExecutor::normalizesLastDimensions()
{
    QFETCH(QString, shape);
    QFETCH(QString, sizes);
    QFETCH(bool, hasParameters);
    const QString text = QStringLiteral("graph(%x: f32[%1], %g: f32[%2], %b: f32[%2]) { %y = layer_norm(%x%3) {normalized_shape=[%2], epsilon=0.01} return %y }")
                             .arg(shape, sizes, hasParameters ? QStringLiteral(", %g, %b") : QString());
    const ir::GraphPtr graph = graphOf(text.toUtf8().constData());
    const auto inputs = inputsOf(*graph, 5);
    const auto results = resultsOf(executorOf(graph), inputs);
    const int64_t width = inputs[1].elementCount();
    for (int64_t row = 0; row < inputs[0].elementCount() / width; ++row) {
        double mean = 0, variance = 0;
        for (int64_t i = 0; i < width; ++i)
            mean += inputs[0].number(row * width + i) / static_cast<double>(width);
        for (int64_t i = 0; i < width; ++i)
            variance += std::pow(inputs[0].number(row * width + i) - mean, 2) / static_cast<double>(width);
        for (int64_t i = 0; i < width; ++i) {
            const double scaled = (inputs[0].number(row * width + i) - mean) / std::sqrt(variance + 0.01);
            const double expected = hasParameters ? scaled * inputs[1].number(i) + inputs[2].number(i) : scaled;
            QVERIFY(std::fabs(results[0].number(row * width + i) - expected) <= 2e-6 * std::max(1.0, std::fabs(expected)));
        }
    }
}

QTEST_GUILESS_MAIN(TestFloatExecutor)
#include "tst_float_executor.moc"

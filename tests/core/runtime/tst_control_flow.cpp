// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Branches, loops and sizes that depend on numbers.
#include "tests/core/runtime/run_onnx.h"

#include <QTest>
#include <map>
#include <numeric>
#include <thread>

using namespace bpu;
using test::runOnnx;
using test::text;

namespace {

constexpr char kChoice[] = R"((bool c, float[N] x) => (float[M] y) {
    s = Add(x, x)
    y = If (c) <then_branch = a () => (float[M] t) { t = Neg(s) }, else_branch = b () => (float[M] e) { e = Concat <axis = 0> (s, x) }>
})";

constexpr char kSum[] = R"((int64 n, float[2] x) => (float[2] total, float[K, 2] partial) {
    zero = Sub(x, x)
    go = Constant <value = bool {1}> ()
    total, partial = Loop (n, go, zero) <body = step (int64 i, bool c, float[2] before) => (bool again, float[2] after, float[2] shown) {
        after = Add(before, x)
        shown = Identity(after)
        again = Identity(c)
    }>
})";

ir::Tensor flag(bool value)
{
    return ir::Tensor::of(ir::DType::Bool, {}, std::vector<uint8_t>{static_cast<uint8_t>(value)});
}

} // namespace

class TestControlFlow : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesTheBranchThatTheNumberChooses();
    void branchesOfDifferentSizesGoOnBehindTheIf();
    void loopsCarryValuesAndStackResults();
    void aLoopThatNeverRunsGivesItsFirstValues();
    void loopsEndWhenTheirConditionSaysSo();
    void scansStackStepByStep();
    void sizesThatNumbersDecideAreFollowed();
    void runsOfOtherSizesDoNotDisturbEachOther();
    void observersSeeEveryValueOnce();
    void stopsInsideALoop();
    void namesTheNodeThatCannotBeComputed();
};

void TestControlFlow::takesTheBranchThatTheNumberChooses()
{
    const ir::Tensor x = ir::Tensor::floats({2}, {1, 2});
    QCOMPARE(text(runOnnx(kChoice, {flag(true), x})), "f32[2] -2 -4");
    QCOMPARE(text(runOnnx(kChoice, {flag(false), x})), "f32[4] 2 4 1 2");
}

void TestControlFlow::branchesOfDifferentSizesGoOnBehindTheIf()
{
    const std::string model = test::onnxModel(R"((bool c, float[2] x) => (float y) {
        z = If (c) <then_branch = a () => (float[M] t) { t = Neg(x) }, else_branch = b () => (float[M] e) { e = Concat <axis = 0> (x, x) }>
        r = Relu(z)
        y = ReduceSum <keepdims = 0> (r)
    })");
    const ir::Tensor x = ir::Tensor::floats({2}, {3, -4});
    auto executor = test::executorOf(model, {flag(true), x});
    QVERIFY2(executor.has_value(), executor ? "" : executor.error().text().c_str());
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(text(executor->run(std::vector{flag(true), x})), "f32[] 4");
        QCOMPARE(text(executor->run(std::vector{flag(false), x})), "f32[] 6");
    }
}

void TestControlFlow::loopsCarryValuesAndStackResults()
{
    const auto results = runOnnx(kSum, {ir::Tensor::ints({}, {3}), ir::Tensor::floats({2}, {1, 10})});
    QCOMPARE(text(results, 0), "f32[2] 3 30");
    QCOMPARE(text(results, 1), "f32[3,2] 1 10 2 20 3 30");
}

void TestControlFlow::aLoopThatNeverRunsGivesItsFirstValues()
{
    const auto results = runOnnx(kSum, {ir::Tensor::ints({}, {0}), ir::Tensor::floats({2}, {1, 10})});
    QCOMPARE(text(results, 0), "f32[2] 0 0");
    QCOMPARE(text(results, 1), "f32[0,2]");
}

void TestControlFlow::loopsEndWhenTheirConditionSaysSo()
{
    const auto results = runOnnx(R"((float x, float limit) => (float y) {
        most = Constant <value = int64 {100}> ()
        go = Constant <value = bool {1}> ()
        y = Loop (most, go, x) <body = step (int64 i, bool c, float before) => (bool again, float after) {
            after = Add(before, before)
            again = Less(after, limit)
        }>
    })", {ir::Tensor::floats({}, {3}), ir::Tensor::floats({}, {40})});
    QCOMPARE(text(results), "f32[] 48");
}

void TestControlFlow::scansStackStepByStep()
{
    const auto results = runOnnx(R"((float[2] start, float[3, 2] x) => (float[2] last, float[2, 3] all) {
        last, all = Scan <num_scan_inputs = 1, scan_output_axes = [1], scan_input_directions = [1], body = step (float[2] before, float[2] now) => (float[2] after, float[2] shown) {
            after = Add(before, now)
            shown = Identity(after)
        }> (start, x)
    })", {ir::Tensor::floats({2}, {0, 0}), ir::Tensor::floats({3, 2}, {1, 10, 2, 20, 3, 30})});
    QCOMPARE(text(results, 0), "f32[2] 6 60");
    QCOMPARE(text(results, 1), "f32[2,3] 3 5 6 30 50 60");
}

void TestControlFlow::sizesThatNumbersDecideAreFollowed()
{
    constexpr char kModel[] = R"((float[N] x) => (float[K] y, int64[1] count) {
        zero = Constant <value = float {0}> ()
        positive = Greater(x, zero)
        at = NonZero(positive)
        flat = Squeeze(at)
        kept = Gather(x, flat)
        y = Mul(kept, kept)
        count = Shape(y)
    })";
    const auto results = runOnnx(kModel, {ir::Tensor::floats({4}, {-1, 2, -3, 4})}, 11);
    QCOMPARE(text(results, 0), "f32[2] 4 16");
    QCOMPARE(text(results, 1), "i64[1] 2");
}

void TestControlFlow::runsOfOtherSizesDoNotDisturbEachOther()
{
    const std::string model = test::onnxModel(R"((float[40] x, int64[1] n) => (float[K] y) {
        zero = Constant <value = int64[1] {0}> ()
        s = Slice(x, zero, n)
        y = Mul(s, s)
    })");
    std::vector<float> numbers(40);
    std::iota(numbers.begin(), numbers.end(), 0.0F);
    const ir::Tensor x = ir::Tensor::floats({40}, numbers);
    auto executor = test::executorOf(model, {x, ir::Tensor::ints({1}, {1})});
    QVERIFY(executor.has_value());
    for (int round = 0; round < 2; ++round)
        for (int64_t n = 1; n <= 40; ++n) { // more sizes than plans are kept
            const auto results = executor->run(std::vector{x, ir::Tensor::ints({1}, {n})});
            QVERIFY2(results.has_value(), results ? "" : results.error().text().c_str());
            QCOMPARE(results->front().elementCount(), n);
            QCOMPARE(results->front().number(n - 1), static_cast<double>((n - 1) * (n - 1)));
        }
}

void TestControlFlow::observersSeeEveryValueOnce()
{
    const std::string model = test::onnxModel(R"((bool c, float[2] x) => (float[2] y) {
        a = Neg(x)
        b = If (c) <then_branch = t () => (float[2] t1) { t1 = Abs(a) }, else_branch = e () => (float[2] e1) { e1 = Exp(a) }>
        y = Add(b, x)
    })");
    const std::vector inputs{flag(true), ir::Tensor::floats({2}, {1, 2})};
    auto imported = importer::importOnnx("model.onnx", Bytes::copyOf(std::as_bytes(std::span(model))), {});
    QVERIFY(imported.has_value());
    const auto graph = std::make_shared<const ir::Graph>(imported->graph);
    auto executor = runtime::FloatExecutor::make(graph, {.observed = {}, .observeAll = true});
    QVERIFY(executor.has_value());
    std::map<std::string, std::string> seen;
    int calls = 0;
    const auto observe = [&](ValueId id, const ir::Tensor& numbers) {
        seen[graph->value(id).name] = text(std::vector{numbers});
        ++calls;
    };
    QVERIFY(executor->run(inputs, {.control = {}, .observe = observe}).has_value());
    QCOMPARE(seen["a"], "f32[2] -1 -2");
    QCOMPARE(seen["b"], "f32[2] 1 2");
    QCOMPARE(seen["y"], "f32[2] 2 4");
    QCOMPARE(calls, static_cast<int>(seen.size()));
}

void TestControlFlow::stopsInsideALoop()
{
    const std::vector inputs{ir::Tensor::ints({}, {INT64_MAX}), ir::Tensor::floats({2}, {1, 10})};
    auto executor = test::executorOf(test::onnxModel(kSum), inputs);
    QVERIFY(executor.has_value());
    std::stop_source source;
    std::jthread stopper([&source] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        source.request_stop();
    });
    const auto results = executor->run(inputs, {.control = {.onProgress = {}, .stop = source.get_token()}, .observe = {}});
    QVERIFY(!results.has_value());
    QCOMPARE(results.error().code, "job.cancelled");
}

void TestControlFlow::namesTheNodeThatCannotBeComputed()
{
    const std::string model = test::onnxModel(R"((bool c, float[2] x) => (float[2] y) {
        b = If (c) <then_branch = t () => (float[2] t1) { t1 = Abs(x) }, else_branch = e () => (float[2] e1) { e1 = Exp(x) }>
        y = acme.Warp(b)
    })", 13, "acme");
    const std::vector inputs{flag(true), ir::Tensor::floats({2}, {1, 2})};
    const auto executor = test::executorOf(model, inputs);
    QVERIFY(!executor.has_value());
    QCOMPARE(executor.error().code, "runtime.operator");
    QVERIFY2(executor.error().text().find("acme.Warp is an operator that is not known") != std::string::npos, executor.error().text().c_str());
}

QTEST_APPLESS_MAIN(TestControlFlow)
#include "tst_control_flow.moc"

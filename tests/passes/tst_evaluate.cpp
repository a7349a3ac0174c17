// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Accuracy, statistics of outputs, weights that are no numbers.
#include "core/ir/graph_editor.h"
#include "passes/evaluate/evaluate.h"
#include "passes/evaluate/report.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <cmath>

using namespace bpu;

namespace {

/// Sample i is filled with rows[i] and has labels[i].
class RowDataset : public data::Dataset {
public:
    RowDataset(std::vector<std::vector<float>> rows, std::vector<std::optional<int64_t>> labels) : m_rows(std::move(rows)), m_labels(std::move(labels)) {}
    size_t size() const override { return m_rows.size(); }
    const data::DatasetInfo& info() const override { return m_info; }
    Result<data::Sample> at(size_t i) const override
    {
        return data::Sample{"s" + std::to_string(i), {ir::Tensor::floats({1, static_cast<ir::Dim>(m_rows[i].size())}, m_rows[i])}, m_labels[i]};
    }

private:
    std::vector<std::vector<float>> m_rows;
    std::vector<std::optional<int64_t>> m_labels;
    data::DatasetInfo m_info;
};

Result<passes::Evaluation> evaluated(const char* text, const std::vector<std::vector<float>>& rows, const std::vector<std::optional<int64_t>>& labels, bool hasLabels = true)
{
    const auto graph = std::make_shared<const ir::Graph>(test::typedGraph(text));
    data::Batches batches(std::make_shared<RowDataset>(rows, labels), data::wantedInputs(*graph));
    return passes::evaluate(graph, batches, hasLabels);
}

const char* const kSame = "graph(%x: f32[2,3]) {\n  %y = relu(%x)\n  return %y\n}";

} // namespace

class TestEvaluate : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void classesAreTheOneDimensionThatIsNotOne_data();
    void classesAreTheOneDimensionThatIsNotOne();
    void ranksCountWhatIsBetter();
    void paddingOfTheLastBatchDoesNotCount();
    void aLabelOutOfRangeIsAnError();
    void withoutLabelsOnlyTheOutputsAreDescribed();
    void numbersThatAreNotFiniteAreCountedApart();
    void weightsThatAreNotFiniteAreNamed();
    void theJsonHasEveryClassAndConfusion();
};

void TestEvaluate::classesAreTheOneDimensionThatIsNotOne_data()
{
    QTest::addColumn<ir::Shape>("shape");
    QTest::addColumn<int>("classes");
    const auto row = [](const char* name, const ir::Shape& shape, int classes) { QTest::newRow(name) << shape << classes; };
    row("scores", {1, 10}, 10);
    row("a batch", {8, 10}, 10);
    row("of a convolution", {4, 10, 1, 1}, 10);
    row("at the end", {4, 1, 1, 7}, 7);
    row("a map", {1, 10, 2, 2}, 0);
    row("one number", {1, 1}, 0);
    row("a row", {10}, 0);
    row("nothing", {}, 0);
}

void TestEvaluate::classesAreTheOneDimensionThatIsNotOne()
{
    QFETCH(ir::Shape, shape);
    QFETCH(int, classes);
    QCOMPARE(passes::classCount({ir::DType::Float32, shape}).value_or(0), int64_t{classes});
}

void TestEvaluate::ranksCountWhatIsBetter()
{
    passes::Accuracy accuracy(7);
    const auto scores = ir::Tensor::floats({2, 7}, {6, 5, 4, 3, 2, 1, 0, 1, 1, 1, 1, 1, 1, NAN});
    QVERIFY(accuracy.add(scores, 0, 0, "first is right"));
    QCOMPARE(accuracy.top1(), 1.0);
    QVERIFY(accuracy.add(scores, 0, 4, "fifth"));
    QVERIFY(accuracy.add(scores, 0, 5, "sixth"));
    QCOMPARE(accuracy.samples(), size_t{3});
    QCOMPARE(accuracy.top1(), 1.0 / 3);
    QCOMPARE(accuracy.top5(), 2.0 / 3);
    QVERIFY(accuracy.add(scores, 1, 0, "the lowest of equals"));
    QVERIFY(accuracy.add(scores, 1, 5, "the sixth of equals"));
    QVERIFY(accuracy.add(scores, 1, 6, "NaN is the last"));
    QCOMPARE(accuracy.top1(), 2.0 / 6);
    QCOMPARE(accuracy.top5(), 3.0 / 6);
    QCOMPARE(accuracy.perClass()[0].right, size_t{2});
    QCOMPARE(accuracy.confusion().at({5, 0}), size_t{2});
}

void TestEvaluate::paddingOfTheLastBatchDoesNotCount()
{
    const auto result = evaluated(kSame, {{1, 0, 0}, {0, 2, 0}, {0, 0, 6}}, {0, 1, 0});
    QVERIFY2(result, result ? "" : result.error().text().c_str());
    QCOMPARE(result->samples, size_t{3});
    QCOMPARE(result->batch, size_t{2});
    QCOMPARE(result->accuracy->samples(), size_t{3});
    QCOMPARE(result->accuracy->top1Count(), size_t{2});
    const passes::OutputStatistics& output = result->outputs[0];
    QCOMPARE(output.numbers, size_t{9});
    QCOMPARE(output.least, 0.0);
    QCOMPARE(output.most, 6.0);
    QCOMPARE(output.mean, 1.0);
    QCOMPARE(output.deviation, std::sqrt((3.0 * 0 + 0 + 1 + 25 + 6 * 1) / 9)); // (1-1)^2, (2-1)^2, (6-1)^2 and six times (0-1)^2
}

void TestEvaluate::aLabelOutOfRangeIsAnError()
{
    const auto result = evaluated(kSame, {{1, 0, 0}, {0, 1, 0}}, {0, 3});
    QVERIFY(!result);
    QCOMPARE(result.error().text(), std::string("s1: has label 3, but the model tells 3 classes apart (0 to 2); check the labels"));
}

void TestEvaluate::withoutLabelsOnlyTheOutputsAreDescribed()
{
    const auto result = evaluated(kSame, {{1, 0, 0}}, {{}}, false);
    QVERIFY(result && !result->accuracy);
    QCOMPARE(result->whyNoAccuracy, std::string("the data has no labels"));
    const auto map = evaluated("graph(%x: f32[1,4]) {\n  %y = reshape(%x) {shape=[1,2,2]}\n  return %y\n}", {{1, 2, 3, 4}}, {0});
    QVERIFY2(map, map ? "" : map.error().text().c_str());
    QVERIFY(!map->accuracy);
    QCOMPARE(map->whyNoAccuracy, std::string("y (f32[1,2,2]) does not score classes"));
}

void TestEvaluate::numbersThatAreNotFiniteAreCountedApart()
{
    const auto result = evaluated("graph(%x: f32[1,3]) {\n  %y = add(%x, %x)\n  return %y\n}", {{1, INFINITY, 2}, {3, 0, -INFINITY}}, {{}, {}}, false);
    QVERIFY2(result, result ? "" : result.error().text().c_str());
    QCOMPARE(result->outputs[0].notFinite, size_t{2});
    QCOMPARE(result->outputs[0].most, 6.0);
    QCOMPARE(result->outputs[0].mean, 3.0);
}

void TestEvaluate::weightsThatAreNotFiniteAreNamed()
{
    ir::GraphEditor editor(test::typedGraph("graph(%x: f32[1,2]) {\n  %m = add(%x, %x)\n  return %m\n}"));
    const ValueId x = editor.graph().inputs()[0];
    const auto use = [&](const char* name, const char* op, const std::vector<float>& numbers, const ir::Shape& shape) {
        const ValueId constant = editor.addConstant(name, ir::Tensor::floats(shape, numbers));
        editor.addNode({.op = op, .inputs = {x, constant}}, {ir::TensorType(ir::DType::Float32, {1, 2})});
    };
    use("mask", "add", {0, -INFINITY}, {1, 2}); // meant
    use("shift", "add", {0, NAN}, {1, 2});
    use("weight", "linear", {INFINITY, 1, NAN, 4}, {2, 2});
    use("good", "linear", {1, 1, 1, 4}, {2, 2});
    const Findings findings = passes::notFiniteConstants(editor.graph());
    QCOMPARE(findings.size(), size_t{2});
    QCOMPARE(findings[0].where, std::string("shift"));
    QCOMPARE(findings[1].where, std::string("weight"));
    QCOMPARE(findings[1].message, std::string("2 of its 4 numbers are NaN or infinite"));
    QCOMPARE(findings[1].severity, Severity::Warning);
}

void TestEvaluate::theJsonHasEveryClassAndConfusion()
{
    const auto result = evaluated(kSame, {{1, 0, 0}, {0, 2, 0}, {0, 0, 6}}, {0, 1, 0});
    const std::string json = passes::evaluationJson(*result, {.model = "m.onnx", .data = "three rows", .classNames = {"cat", "dog"}, .threads = 1});
    for (const char* part : {"\"top1\": 0.6666666666666666", "\"name\": \"cat\"", "\"right\": 1", "\"taken\": 2", "\"imagesPerSecond\"", "\"notFinite\": 0", "\"skipped\": []"})
        QVERIFY2(json.find(part) != std::string::npos, json.c_str());
    const std::string text = passes::evaluationText(*result, {.model = "m.onnx", .data = "three rows", .classNames = {"cat", "dog"}, .threads = 1});
    QVERIFY2(text.find("top-1       66.67 % (2 of 3)\n") != std::string::npos, text.c_str());
    QVERIFY2(text.find("least right cat (1 of 2)\n") != std::string::npos, text.c_str());
}

QTEST_APPLESS_MAIN(TestEvaluate)
#include "tst_evaluate.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From the text of --data to batches of the types that a graph takes.
#include "core/data/batches.h"
#include "core/data/npy.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bpu;
using data::WantedInput;

namespace {

const ir::DType kFloat = ir::DType::Float32;

std::vector<WantedInput> image(ir::Dim batch = 1)
{
    return {{"image", {kFloat, {batch, 1, 2, 2}}}};
}

/// Samples whose elements are all their own number; those in `broken` cannot be read.
class NumberedDataset : public data::Dataset {
public:
    NumberedDataset(size_t size, std::vector<size_t> broken) : m_size(size), m_broken(std::move(broken)) {}
    size_t size() const override { return m_size; }
    const data::DatasetInfo& info() const override { return m_info; }
    Result<data::Sample> at(size_t i) const override
    {
        const std::string name = "s" + std::to_string(i);
        if (std::ranges::find(m_broken, i) != m_broken.end())
            return Error{"test", name, "is broken"};
        return data::Sample{name, {ir::Tensor::floats({1, 1, 2, 2}, std::vector<float>(4, static_cast<float>(i)))}, static_cast<int64_t>(i)};
    }

private:
    size_t m_size;
    std::vector<size_t> m_broken;
    data::DatasetInfo m_info;
};

/// The first element of every sample in every batch, "0 1 | 2 2".
std::string run(data::Batches& batches)
{
    std::string text;
    while (true) {
        const auto batch = batches.next();
        if (!batch)
            return text + "error: " + batch.error().text();
        if (!*batch)
            return text;
        text += text.empty() ? "" : " |";
        const ir::Tensor& tensor = (*batch)->inputs[0];
        const int64_t each = tensor.elementCount() / tensor.shape()[0];
        for (int64_t i = 0; i < tensor.shape()[0]; ++i)
            text += (text.empty() ? "" : " ") + std::to_string(tensor.integer(i * each));
    }
}

} // namespace

class TestDataset : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void batchesHoldTheSamplesInOrder_data();
    void batchesHoldTheSamplesInOrder();
    void namesAndLabelsAreThoseOfTheSamples();
    void aShuffleIsAPermutationThatItsSeedDecides();
    void randomSamplesDependOnSeedAndNumberOnly();
    void randomIntegersFitTheirType();
    void anArrayIsCutIntoSamples_data();
    void anArrayIsCutIntoSamples();
    void inputsWithoutACommonBatchAreTakenWhole();
    void numbersAreConvertedToTheInputsType();
    void saysWhatIsWrongWithTheData_data();
    void saysWhatIsWrongWithTheData();
};

void TestDataset::batchesHoldTheSamplesInOrder_data()
{
    QTest::addColumn<int>("batch");
    QTest::addColumn<int>("size");
    QTest::addColumn<int>("limit");
    QTest::addColumn<QList<int>>("broken");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, int batch, int size, int limit, const QList<int>& broken, const char* expected) {
        QTest::newRow(name) << batch << size << limit << broken << QByteArray(expected);
    };
    row("one by one", 1, 3, 0, {}, "0 | 1 | 2");
    row("the batch is open", -1, 2, 0, {}, "0 | 1");
    row("full batches", 2, 4, 0, {}, "0 1 | 2 3");
    row("the last batch repeats its last sample", 3, 4, 0, {}, "0 1 2 | 3 3 3");
    row("a limit", 2, 100, 3, {}, "0 1 | 2 2");
    row("a limit beyond the data", 2, 2, 9, {}, "0 1");
    row("a broken sample is left out", 2, 5, 0, {1}, "0 2 | 3 4");
    row("only broken ones at the end", 2, 4, 0, {2, 3}, "0 1");
    row("all are broken", 2, 3, 0, {0, 1, 2}, "error: s0: is broken; none of the 3 samples could be read");
    row("the only one is broken", 2, 1, 0, {0}, "error: s0: is broken");
}

void TestDataset::batchesHoldTheSamplesInOrder()
{
    QFETCH(int, batch);
    QFETCH(int, size);
    QFETCH(int, limit);
    QFETCH(QList<int>, broken);
    QFETCH(QByteArray, expected);
    const auto numbered = std::make_shared<NumberedDataset>(static_cast<size_t>(size), std::vector<size_t>(broken.begin(), broken.end()));
    data::Batches batches(numbered, image(batch), {.limit = static_cast<size_t>(limit)});
    QCOMPARE(QByteArray::fromStdString(run(batches)), expected);
    QCOMPARE(batches.skipped().size(), static_cast<size_t>(broken.size()));
    for (qsizetype i = 0; i < broken.size(); ++i)
        QCOMPARE(batches.skipped()[static_cast<size_t>(i)].name, "s" + std::to_string(broken[i]));
}

void TestDataset::namesAndLabelsAreThoseOfTheSamples()
{
    data::Batches batches(std::make_shared<NumberedDataset>(3, std::vector<size_t>{0}), image(4));
    const auto batch = batches.next();
    QVERIFY(batch && *batch);
    QCOMPARE((*batch)->names, (std::vector<std::string>{"s1", "s2"}));
    QCOMPARE((*batch)->labels, (std::vector<std::optional<int64_t>>{1, 2}));
    QCOMPARE(std::bit_cast<uintptr_t>((*batch)->inputs[0].bytes().data()) % 16, uintptr_t{0});
}

void TestDataset::aShuffleIsAPermutationThatItsSeedDecides()
{
    const auto numbered = std::make_shared<NumberedDataset>(200, std::vector<size_t>{});
    const auto order = [&](std::optional<uint64_t> seed) {
        data::Batches batches(numbered, image(), {.shuffle = seed});
        return run(batches);
    };
    QCOMPARE(order(5), order(5));
    QVERIFY(order(5) != order(6));
    QVERIFY(order(5) != order({}));
    QStringList numbers = QString::fromStdString(order(5)).split(QStringLiteral(" | "));
    std::ranges::sort(numbers);
    QCOMPARE(numbers.removeDuplicates(), 0);
    QCOMPARE(numbers.size(), 200);
}

void TestDataset::randomSamplesDependOnSeedAndNumberOnly()
{
    const std::vector<WantedInput> inputs{{"a", {kFloat, {1, 3}}}, {"b", {kFloat, {1, 3}}}};
    const auto open = [&](const std::string& text) { return data::openDataset({text}, inputs).value(); };
    const auto four = open("random:4:7");
    QCOMPARE(four->size(), size_t{4});
    QCOMPARE(four->at(2)->inputs[0], open("random:9:7")->at(2)->inputs[0]);
    QVERIFY(four->at(2)->inputs[0] != open("random:4:8")->at(2)->inputs[0]);
    QVERIFY(four->at(2)->inputs[0] != four->at(2)->inputs[1]);
    QVERIFY(four->at(2)->inputs[0] != four->at(1)->inputs[0]);
    for (const double number : four->at(0)->inputs[0].toDoubles())
        QVERIFY(number >= -1 && number < 1);
    QCOMPARE(QByteArray::fromStdString(four->info().text), QByteArray("4 samples of random numbers, seed 7"));
    QCOMPARE(open("random:4")->at(0)->inputs[0], open("random:4:0")->at(0)->inputs[0]);
}

void TestDataset::randomIntegersFitTheirType()
{
    const auto numbers = [](ir::DType dtype) {
        const auto sample = data::openDataset({"random:1"}, {{"x", {dtype, {1, 5000}}}}).value()->at(0);
        const std::vector<double> values = sample->inputs[0].toDoubles();
        const auto [least, most] = std::ranges::minmax(values);
        return std::pair(least, most);
    };
    QCOMPARE(numbers(ir::DType::UInt8), std::pair(0.0, 255.0));
    QCOMPARE(numbers(ir::DType::Int8), std::pair(-128.0, 127.0));
    QCOMPARE(numbers(ir::DType::Int64), std::pair(0.0, 9.0));
    QCOMPARE(numbers(ir::DType::Bool), std::pair(0.0, 1.0));
}

void TestDataset::anArrayIsCutIntoSamples_data()
{
    QTest::addColumn<ir::Shape>("stored");
    QTest::addColumn<int>("count");
    const auto row = [](const char* name, const ir::Shape& stored, int count) { QTest::newRow(name) << stored << count; };
    row("a stack", {6, 1, 2, 2}, 6);
    row("one with its batch", {1, 1, 2, 2}, 1);
    row("one without", {1, 2, 2}, 1);
}

void TestDataset::anArrayIsCutIntoSamples()
{
    QFETCH(ir::Shape, stored);
    QFETCH(int, count);
    std::vector<float> numbers(static_cast<size_t>(count) * 4);
    for (size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<float>(i / 4);
    QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("x.npy")).toStdString();
    QVERIFY(data::writeNpy(path, ir::Tensor::floats(stored, numbers)));
    const auto opened = data::openDataset({path}, image());
    QVERIFY2(opened, opened ? "" : opened.error().text().c_str());
    QCOMPARE((*opened)->size(), static_cast<size_t>(count));
    for (size_t i = 0; i < (*opened)->size(); ++i) {
        const auto sample = (*opened)->at(i);
        QCOMPARE(sample->name, "x.npy[" + std::to_string(i) + "]");
        QCOMPARE(sample->inputs[0], ir::Tensor::floats({1, 1, 2, 2}, std::vector<float>(4, static_cast<float>(i))));
        QVERIFY(!sample->label);
    }
}

void TestDataset::inputsWithoutACommonBatchAreTakenWhole()
{
    const std::vector<WantedInput> inputs{{"x", {kFloat, {5, 1, 3}}}, {"state", {kFloat, {1, 1, 4}}}, {"length", {ir::DType::Int64, {}}}};
    QVERIFY(!data::isBatched(inputs));
    const auto opened = data::openDataset({"random:2"}, inputs);
    QVERIFY2(opened, opened ? "" : opened.error().text().c_str());
    data::Batches batches(*opened, inputs);
    QCOMPARE(batches.batchSize(), size_t{1});
    const auto batch = batches.next();
    QVERIFY(batch && *batch);
    for (size_t i = 0; i < inputs.size(); ++i)
        QCOMPARE((*batch)->inputs[i].type(), inputs[i].type);
}

void TestDataset::numbersAreConvertedToTheInputsType()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("x.npy")).toStdString();
    const auto read = [&](const ir::Tensor& stored, ir::DType dtype) -> Result<data::Sample> {
        BPU_CHECK(data::writeNpy(path, stored));
        BPU_TRY(opened, data::openDataset({path}, {{"x", {dtype, {1, 2}}}}));
        return opened->at(0);
    };
    const auto doubles = ir::Tensor::of<double>(ir::DType::Float64, {1, 2}, {0.5, -3});
    QCOMPARE(read(doubles, kFloat)->inputs[0], ir::Tensor::floats({1, 2}, {0.5F, -3}));
    QCOMPARE(read(ir::Tensor::ints({1, 2}, {4, 200}), ir::DType::UInt8)->inputs[0], ir::Tensor::of<uint8_t>(ir::DType::UInt8, {1, 2}, {4, 200}));
    QCOMPARE(read(ir::Tensor::floats({1, 2}, {4, -7}), ir::DType::Int64)->inputs[0], ir::Tensor::ints({1, 2}, {4, -7}));
    const auto sentence = [&](const ir::Tensor& stored, ir::DType dtype) { return QByteArray::fromStdString(read(stored, dtype).error().text()); };
    QCOMPARE(sentence(ir::Tensor::ints({1, 2}, {4, 300}), ir::DType::UInt8), QByteArray("x.npy[0]: holds 300 at element 1, which u8 of input x cannot; convert the data"));
    QVERIFY(sentence(doubles, ir::DType::Int64).startsWith("x.npy[0]: holds 0.5 at element 0, which i64 of input x cannot"));
    QVERIFY(sentence(ir::Tensor::floats({1, 2}, {NAN, 0}), ir::DType::Int32).startsWith("x.npy[0]: holds nan at element 0"));
}

void TestDataset::saysWhatIsWrongWithTheData_data()
{
    QTest::addColumn<QStringList>("specs");
    QTest::addColumn<int>("inputs");
    QTest::addColumn<QByteArray>("sentence");
    const auto row = [](const char* name, const QStringList& specs, int inputs, const char* sentence) { QTest::newRow(name) << specs << inputs << QByteArray(sentence); };
    const auto list = [](auto... texts) { return QStringList{QString::fromLatin1(texts)...}; };
    row("nothing", {}, 1, "--data: is missing");
    row("no input to feed", list("random:1"), 0, "the model takes no inputs");
    row("no count", list("random:"), 1, "random:: cannot be read; write random:COUNT");
    row("count of 0", list("random:0"), 1, "random:0: cannot be read");
    row("a word as seed", list("random:3:x"), 1, "random:3:x: cannot be read");
    row("no such file", list("nowhere.npy"), 1, "nowhere.npy: there is no such file");
    row("an unknown name", list("a=random:1", "c=random:1"), 2, "c=random:1: does not say which input it is for; write NAME=c=random:1 with one of a, b");
    row("a name twice", list("a=random:1", "a=random:1"), 2, "input a is given data twice");
    row("an input without", list("a=random:1"), 2, "b: this input has no data; add --data b=PATH");
    row("unequal counts", list("a=random:3", "b=random:1"), 2, "b: has 1 sample, but input a has 3 samples; give every input as many");
    row("an open size", list("random:1"), 3, "c: has the open shape ?x?; give it one with --input c=...");
}

void TestDataset::saysWhatIsWrongWithTheData()
{
    QFETCH(QStringList, specs);
    QFETCH(int, inputs);
    QFETCH(QByteArray, sentence);
    std::vector<WantedInput> wanted{{"a", {kFloat, {1, 3}}}, {"b", {kFloat, {1, 3}}}, {"c", {kFloat, {-1, -1}}}};
    wanted.resize(static_cast<size_t>(inputs));
    std::vector<std::string> texts;
    for (const QString& spec : specs)
        texts.push_back(spec.toStdString());
    const auto opened = data::openDataset(texts, wanted);
    QVERIFY(!opened);
    QVERIFY2(QByteArray::fromStdString(opened.error().text()).contains(sentence), opened.error().text().c_str());
}

QTEST_APPLESS_MAIN(TestDataset)
#include "tst_dataset.moc"

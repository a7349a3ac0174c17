// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The executor against ONNX's own data: every test of Debian's libonnx-testdata that has tensors only. What is
// not computed is listed with its operator.
#include "core/import/import.h"
#include "core/import/onnx/import_onnx.h"
#include "core/runtime/float_executor.h"
#include "tests/support/onnx_builder.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <map>

using namespace bpu;

namespace {

std::string difference(const ir::Tensor& ours, const ir::Tensor& expected, double relative)
{
    if (ours.type() != expected.type())
        return ours.type().text() + " instead of " + expected.type().text();
    const bool half = ours.dtype() == ir::DType::Float16 || ours.dtype() == ir::DType::BFloat16;
    for (int64_t i = 0; i < ours.elementCount(); ++i) {
        const double a = ours.number(i);
        const double b = expected.number(i);
        const bool close = !ir::isFloat(ours.dtype()) ? ours.integer(i) == expected.integer(i) : std::fabs(a - b) <= (half ? 1e-2 : relative) * std::fabs(b) + 1e-6;
        if (!close && a != b && !(std::isnan(a) && std::isnan(b)))
            return "element " + std::to_string(i) + " is " + std::to_string(a) + " instead of " + std::to_string(b);
    }
    return {};
}

struct Tally {
    int passed = 0;
    QStringList failed;
    std::map<std::string, int> outOfScope;
};

void runOne(const std::filesystem::path& folder, Tally& tally)
{
    const std::string name = folder.filename().string();
    const test::OnnxData data = test::onnxData(folder);
    if (data.model.empty()) {
        ++tally.outOfScope["no tensors: " + name];
        return;
    }
    const auto numbers = importer::importOnnx(folder / "data.onnx", Bytes::copyOf(std::as_bytes(std::span(data.model))), {});
    if (!numbers) {
        ++tally.outOfScope[numbers.error().message];
        return;
    }
    const auto tensor = [&](size_t i) { return *numbers->graph.value(numbers->graph.outputs()[i]).constant; };
    auto imported = importer::importModel(folder / "model.onnx");
    if (!imported) {
        ++tally.outOfScope[imported.error().message];
        return;
    }
    std::map<std::string, ir::Shape> shapes;
    std::vector<ir::Tensor> inputs;
    for (size_t i = 0; i < data.inputs; ++i) {
        shapes[imported->graph.value(imported->graph.inputs()[i]).name] = tensor(i).shape();
        inputs.push_back(tensor(i));
    }
    auto shaped = importer::withInputShapes(imported->graph, shapes);
    if (!shaped) {
        tally.failed << QString::fromStdString(name + ": " + shaped.error().text());
        return;
    }
    auto executor = runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(*shaped));
    auto results = executor ? executor->run(inputs) : Result<std::vector<ir::Tensor>>(executor.error());
    if (!results) {
        ++tally.outOfScope[results.error().message];
        if (qEnvironmentVariableIsSet("BPU_SHOW"))
            qInfo("%s: %s", name.c_str(), results.error().text().c_str());
        return;
    }
    for (size_t i = 0; i < results->size(); ++i)
        if (const std::string text = difference((*results)[i], tensor(data.inputs + i), 1e-3); !text.empty()) {
            tally.failed << QString::fromStdString(name + ": " + text);
            return;
        }
    ++tally.passed;
}

} // namespace

class TestOnnxData : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void givesTheExpectedResults_data();
    void givesTheExpectedResults();
};

void TestOnnxData::givesTheExpectedResults_data()
{
    QTest::addColumn<QString>("folder");
    for (const char* folder : {"node", "simple", "pytorch-operator", "pytorch-converted", "light"})
        QTest::newRow(folder) << QString::fromLatin1(folder);
}

void TestOnnxData::givesTheExpectedResults()
{
    QFETCH(QString, folder);
    const std::filesystem::path root = std::filesystem::path("/usr/share/libonnx-testdata/data") / folder.toStdString();
    if (!std::filesystem::exists(root))
        QSKIP("libonnx-testdata is not installed");
    std::vector<std::filesystem::path> folders;
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_directory() && name.find("BFLOAT16") == std::string::npos && !name.starts_with("test_training_dropout"))
            folders.push_back(entry.path());
    }
    std::ranges::sort(folders);
    Tally tally;
    for (const auto& each : folders)
        runOne(each, tally);
    int outOfScope = 0;
    for (const auto& [why, count] : tally.outOfScope) {
        outOfScope += count;
        qInfo("%4d  %s", count, why.c_str());
    }
    qInfo("%s: %d passed, %lld failed, %d out of scope", qPrintable(folder), tally.passed, static_cast<long long>(tally.failed.size()), outOfScope);
    QVERIFY2(tally.failed.isEmpty(), qPrintable(tally.failed.join(QLatin1Char('\n'))));
}

QTEST_APPLESS_MAIN(TestOnnxData)
#include "tst_onnx_data.moc"

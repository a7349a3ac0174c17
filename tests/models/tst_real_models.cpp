// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Trained models as their authors published them, where such a folder is beside the sources (../shared/models/real) or
// named by BPU_REAL_MODELS: every one opens, runs and gives the stored numbers. A model M has its inputs in M.in0.npy,
// ... and its results in M.out0.npy, ...; M.call2.out0.npy is what a second run gives.
#include "core/data/npy.h"
#include "core/import/import.h"
#include "core/runtime/float_executor.h"

#include <QTest>

#include <cmath>
#include <fmt/format.h>

using namespace bpu;

namespace {

std::filesystem::path folder()
{
    const QByteArray named = qgetenv("BPU_REAL_MODELS");
    return named.isEmpty() ? std::filesystem::path(BPU_SOURCE_DIR) / "../shared/models/real" : std::filesystem::path(named.toStdString());
}

Result<std::vector<ir::Tensor>> arraysOf(const std::string& model, std::string_view kind)
{
    std::vector<ir::Tensor> arrays;
    for (int i = 0;; ++i) {
        const std::filesystem::path path = fmt::format("{}.{}{}.npy", model, kind, i);
        if (!std::filesystem::exists(path))
            return arrays;
        BPU_TRY(array, data::readNpy(path));
        arrays.push_back(array);
    }
}

/// Inputs get the arrays' shapes; an argument that is a number its value, and no array is left for it.
Result<ir::Graph> opened(const std::string& model, std::vector<ir::Tensor>& inputs)
{
    BPU_TRY(plain, importer::importModel(model));
    const std::vector<ValueId>& ids = plain.graph.inputs();
    if (ids.size() != inputs.size())
        return Error{"test.inputs", model, fmt::format("has {} inputs, {} arrays are there", ids.size(), inputs.size())};
    importer::ImportOptions options;
    std::vector<ir::Tensor> tensors;
    for (size_t i = 0; i < ids.size(); ++i) {
        const ir::Value& value = plain.graph.value(ids[i]);
        const bool isNumber = plain.graph.facts().find("format")->second != "ONNX" && value.type.rank() == 0;
        options.inputShapes[value.name] = isNumber ? ir::Shape{inputs[i].integer(0)} : inputs[i].shape();
        if (!isNumber)
            tensors.push_back(inputs[i]);
    }
    inputs = std::move(tensors);
    BPU_TRY(shaped, importer::importModel(model, options));
    return std::move(shaped.graph);
}

/// The first difference beyond 1e-3, absolute or of the number; empty when there is none.
std::string difference(const std::vector<ir::Tensor>& ours, const std::vector<ir::Tensor>& expected)
{
    if (ours.size() != expected.size())
        return fmt::format("{} results instead of {}", ours.size(), expected.size());
    for (size_t k = 0; k < ours.size(); ++k) {
        if (ours[k].type() != expected[k].type())
            return fmt::format("result {} is {} instead of {}", k, ours[k].type().text(), expected[k].type().text());
        for (int64_t i = 0; i < ours[k].elementCount(); ++i) {
            const double a = ours[k].number(i);
            const double b = expected[k].number(i);
            if (!(std::fabs(a - b) <= 1e-3 * std::max(1.0, std::fabs(b))))
                return fmt::format("element {} of result {} is {} instead of {}", i, k, a, b);
        }
    }
    return {};
}

} // namespace

class TestRealModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void givesTheStoredResults_data();
    void givesTheStoredResults();
};

void TestRealModels::givesTheStoredResults_data()
{
    QTest::addColumn<QString>("model");
    std::error_code none;
    std::vector<std::filesystem::path> models;
    for (const auto& entry : std::filesystem::directory_iterator(folder(), none))
        if (std::filesystem::exists(entry.path().string() + ".in0.npy"))
            models.push_back(entry.path());
    std::ranges::sort(models);
    for (const auto& model : models)
        QTest::newRow(model.filename().c_str()) << QString::fromStdString(model.string());
    if (models.empty())
        QTest::newRow("none") << QString();
}

void TestRealModels::givesTheStoredResults()
{
    QFETCH(QString, model);
    if (model.isEmpty())
        QSKIP("there is no folder of real models");
    const std::string path = model.toStdString();
    auto inputs = arraysOf(path, "in");
    const auto first = arraysOf(path, "out");
    const auto second = arraysOf(path, "call2.out");
    QVERIFY2(inputs && first && second, "the stored arrays cannot be read");
    auto graph = opened(path, *inputs);
    QVERIFY2(graph.has_value(), graph ? "" : graph.error().text().c_str());
    auto executor = runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(*std::move(graph)));
    QVERIFY2(executor.has_value(), executor ? "" : executor.error().text().c_str());
    for (int round = 0; round < 2; ++round) { // what is remembered can be forgotten
        for (const auto* expected : {&*first, &*second}) {
            if (expected->empty())
                continue;
            const auto results = executor->run(*inputs);
            QVERIFY2(results.has_value(), results ? "" : results.error().text().c_str());
            const std::string text = difference(*results, *expected);
            QVERIFY2(text.empty(), text.c_str());
        }
        executor->forget();
    }
}

QTEST_APPLESS_MAIN(TestRealModels)
#include "tst_real_models.moc"

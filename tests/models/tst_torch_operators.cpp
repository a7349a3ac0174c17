// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The executor against PyTorch, operator by operator and setting by setting. export_operators.py writes the files before
// this runs. Within 1e-5 of the result's largest number; indices and truth values exactly.
#include "core/data/npz.h"
#include "core/import/import.h"
#include "core/runtime/float_executor.h"

#include <QDir>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace bpu;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/operators/");

/// The arrays called `kind` and a number, in the order of the numbers.
std::vector<ir::Tensor> numbered(const std::vector<data::NamedTensor>& arrays, const std::string& kind)
{
    std::vector<ir::Tensor> tensors;
    for (size_t i = 0;; ++i) {
        const auto found = std::ranges::find(arrays, kind + std::to_string(i), &data::NamedTensor::name);
        if (found == arrays.end())
            return tensors;
        tensors.push_back(found->tensor);
    }
}

std::string difference(const ir::Tensor& ours, const ir::Tensor& expected)
{
    if (ours.type() != expected.type())
        return ours.type().text() + " instead of " + expected.type().text();
    double largest = 0;
    for (int64_t i = 0; i < expected.elementCount(); ++i)
        largest = std::max(largest, std::fabs(expected.number(i)));
    const double allowed = ir::isFloat(expected.dtype()) ? 1e-5 * largest : 0;
    for (int64_t i = 0; i < expected.elementCount(); ++i)
        if (!(std::fabs(ours.number(i) - expected.number(i)) <= allowed))
            return "element " + std::to_string(i) + " is " + std::to_string(ours.number(i)) + " instead of " + std::to_string(expected.number(i));
    return {};
}

/// What is wrong with one file; empty when nothing is.
Result<std::string> faultOf(const std::string& path)
{
    BPU_TRY(arrays, data::readNpz(path + ".npz"));
    const std::vector<ir::Tensor> inputs = numbered(arrays, "input");
    const std::vector<ir::Tensor> expected = numbered(arrays, "output");
    BPU_TRY(imported, importer::importModel(path + ".pt"));
    std::map<std::string, ir::Shape> shapes;
    for (size_t i = 0; i < inputs.size() && i < imported.graph.inputs().size(); ++i)
        shapes[imported.graph.value(imported.graph.inputs()[i]).name] = inputs[i].shape();
    BPU_TRY(graph, importer::importModel(path + ".pt", {.inputShapes = shapes, .control = {}}));
    BPU_TRY(executor, runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(std::move(graph.graph))));
    BPU_TRY(results, executor.run(inputs));
    if (results.size() != expected.size() || expected.empty())
        return std::to_string(results.size()) + " results instead of " + std::to_string(expected.size());
    for (size_t i = 0; i < results.size(); ++i)
        if (std::string text = difference(results[i], expected[i]); !text.empty())
            return text;
    return std::string();
}

} // namespace

class TestTorchOperators : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void computesAsPyTorch_data();
    void computesAsPyTorch();
};

void TestTorchOperators::initTestCase()
{
    QVERIFY2(QDir(kFolder).exists(), "export_operators.py writes the files; it needs python3-torch");
}

void TestTorchOperators::computesAsPyTorch_data()
{
    QTest::addColumn<QString>("name");
    for (const QString& file : QDir(kFolder).entryList({QStringLiteral("*.pt")}, QDir::Files, QDir::Name))
        QTest::newRow(qPrintable(file.chopped(3))) << file.chopped(3);
}

void TestTorchOperators::computesAsPyTorch()
{
    QFETCH(QString, name);
    const auto fault = faultOf((kFolder + name).toStdString());
    QVERIFY2(fault, fault ? "" : fault.error().text().c_str());
    QVERIFY2(fault->empty(), fault->c_str());
}

QTEST_APPLESS_MAIN(TestTorchOperators)
#include "tst_torch_operators.moc"

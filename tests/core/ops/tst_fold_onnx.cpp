// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What folding computes equals what ONNX expects: every data test of Debian's libonnx-testdata, its inputs made
// constants. Where a result is not folded nothing is compared; how many are is bounded from below.
#include "core/import/onnx/import_onnx.h"
#include "tests/support/onnx_builder.h"

#include <QTest>
#include <algorithm>
#include <cmath>

using namespace bpu;

namespace {

/// What differs, in words; empty when the tensors agree. Floats up to the tolerance of ONNX's own tests.
std::string difference(const ir::Tensor& ours, const ir::Tensor& expected)
{
    if (ours.type() != expected.type())
        return ours.type().text() + " instead of " + expected.type().text();
    const bool half = ours.dtype() == ir::DType::Float16 || ours.dtype() == ir::DType::BFloat16;
    for (int64_t i = 0; i < ours.elementCount(); ++i) {
        const double a = ours.number(i);
        const double b = expected.number(i);
        const bool close = !ir::isFloat(ours.dtype()) ? ours.integer(i) == expected.integer(i)
                                                      : std::fabs(a - b) <= (half ? 1e-2 : 1e-3) * std::fabs(b) + 1e-6;
        if (!close && a != b && !(std::isnan(a) && std::isnan(b)))
            return "element " + std::to_string(i) + " is " + std::to_string(a) + " instead of " + std::to_string(b);
    }
    return {};
}

} // namespace

class TestFoldOnnx : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void foldedResultsAreTheExpectedOnes();
};

void TestFoldOnnx::foldedResultsAreTheExpectedOnes()
{
    const std::filesystem::path root = "/usr/share/libonnx-testdata/data/node";
    if (!std::filesystem::exists(root))
        QSKIP("libonnx-testdata is not installed");
    std::vector<std::filesystem::path> folders;
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
        const std::string name = entry.path().filename().string();
        // bfloat16 is stored as uint16 there; dropout is read in its form for inference, whatever the file says.
        if (name.find("BFLOAT16") == std::string::npos && !name.starts_with("test_training_dropout"))
            folders.push_back(entry.path());
    }
    std::ranges::sort(folders);
    QStringList wrong;
    int folded = 0;
    for (const auto& folder : folders) {
        const std::string model = test::closedOnnxModel(folder);
        if (model.empty())
            continue;
        const auto imported = importer::importOnnx(folder / "model.onnx", Bytes::copyOf(std::as_bytes(std::span(model))), {});
        if (!imported)
            continue; // element types that the reader refuses
        const ir::Graph& graph = imported->graph;
        const size_t count = graph.outputs().size() / 2;
        for (size_t i = 0; i < count; ++i) {
            const ir::Value& ours = graph.value(graph.outputs()[i]);
            const ir::Value& expected = graph.value(graph.outputs()[i + count]);
            if (!ours.constant || !expected.constant)
                continue;
            ++folded;
            const std::string text = difference(*ours.constant, *expected.constant);
            if (!text.empty())
                wrong << QString::fromStdString(folder.filename().string() + ": " + text);
            if (qEnvironmentVariableIsSet("BPU_SHOW_FOLDED"))
                qInfo("folded %s", folder.filename().c_str());
        }
    }
    qInfo("%d results folded", folded);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(QLatin1Char('\n'))));
    QVERIFY(folded > 300);
}

QTEST_APPLESS_MAIN(TestFoldOnnx)
#include "tst_fold_onnx.moc"

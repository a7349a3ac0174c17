// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Every family of torchvision, traced, scripted and through ONNX, gives PyTorch's numbers, and the fused graph gives
// those of the unfused one. export_families.py writes models, inputs and results.
#include "core/data/npy.h"
#include "core/import/import.h"
#include "core/runtime/float_executor.h"
#include "passes/fuse/fuse.h"
#include "tests/support/tab_rows.h"

#include <QTest>

#include <cmath>
#include <fmt/format.h>

using namespace bpu;
using bpu::test::rowsOf;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/");
constexpr double kTolerance = 1e-4; ///< of the largest number of the result
constexpr double kDeep = 1e-3;

using Tensors = std::vector<ir::Tensor>;

Tensors arraysOf(const std::string& stem, std::string_view kind)
{
    Tensors arrays;
    while (auto array = data::readNpy(fmt::format("{}.{}{}.npy", stem, kind, arrays.size())))
        arrays.push_back(*array);
    return arrays;
}

/// The largest difference in units of the largest number; infinite when the shapes differ.
double distance(const Tensors& a, const Tensors& b)
{
    if (a.size() != b.size() || a.empty())
        return HUGE_VAL;
    double most = 0;
    for (size_t k = 0; k < a.size(); ++k) {
        if (a[k].type() != b[k].type())
            return HUGE_VAL;
        double error = 0;
        double scale = 0;
        for (int64_t i = 0; i < a[k].elementCount(); ++i) {
            const double difference = std::fabs(a[k].number(i) - b[k].number(i));
            error = std::isnan(difference) ? HUGE_VAL : std::max(error, difference);
            scale = std::max(scale, std::fabs(b[k].number(i)));
        }
        most = std::max(most, scale > 0 ? error / scale : error);
    }
    return most;
}

Result<ir::GraphPtr> opened(const std::string& path, const Tensors& inputs)
{
    BPU_TRY(bare, importer::importModel(path));
    importer::ImportOptions options;
    for (size_t i = 0; i < inputs.size() && i < bare.graph.inputs().size(); ++i)
        options.inputShapes[bare.graph.value(bare.graph.inputs()[i]).name] = inputs[i].shape();
    BPU_TRY(imported, importer::importModel(path, options));
    return std::make_shared<const ir::Graph>(std::move(imported.graph));
}

} // namespace

class TestRunFamilies : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void givesPyTorchsNumbers_data();
    void givesPyTorchsNumbers();

private:
    QList<QStringList> m_names;
};

void TestRunFamilies::initTestCase()
{
    m_names = rowsOf(kFolder + QStringLiteral("families.tsv"));
    QVERIFY2(!m_names.isEmpty(), "no families.tsv: run the test models.export_families first (ctest does)");
    if (m_names.front().front() == QStringLiteral("missing"))
        QSKIP(qPrintable(QStringLiteral("python3-torchvision is not installed: ") + m_names.front().back()));
}

void TestRunFamilies::givesPyTorchsNumbers_data()
{
    QTest::addColumn<QString>("stem");
    QTest::addColumn<QString>("ending");
    QTest::addColumn<double>("tolerance");
    static const QStringList kDeepOnes{QStringLiteral("inception_v3"), QStringLiteral("googlenet"), QStringLiteral("efficientnet_b0"), QStringLiteral("deeplabv3")};
    for (const QStringList& row : m_names)
        for (const char* ending : {"traced.pt", "scripted.pt", "onnx"})
            if (ending != std::string_view("onnx") || row.value(1) == QStringLiteral("onnx"))
                QTest::newRow(qPrintable(row[0] + QStringLiteral(".") + QLatin1String(ending)))
                    << kFolder + QStringLiteral("family_") + row[0] << QString::fromLatin1(ending) << (kDeepOnes.contains(row[0]) ? kDeep : kTolerance);
}

void TestRunFamilies::givesPyTorchsNumbers()
{
    QFETCH(QString, stem);
    QFETCH(QString, ending);
    QFETCH(double, tolerance);
    const std::string base = stem.toStdString();
    const auto graph = opened(base + "." + ending.toStdString(), arraysOf(base + ".run0", "in"));
    QVERIFY2(graph.has_value(), graph ? "" : graph.error().text().c_str());
    const auto fused = passes::fuse(**graph);
    QVERIFY2(fused.has_value(), fused ? "" : fused.error().text().c_str());
    auto plain = runtime::FloatExecutor::make(*graph);
    QVERIFY2(plain.has_value(), plain ? "" : plain.error().text().c_str());
    auto tight = runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(fused->graph));
    QVERIFY2(tight.has_value(), tight ? "" : tight.error().text().c_str());
    for (int run = 0; run < 3; ++run) {
        const std::string at = fmt::format("{}.run{}", base, run);
        const Tensors inputs = arraysOf(at, "in");
        const auto results = plain->run(inputs);
        QVERIFY2(results.has_value(), results ? "" : results.error().text().c_str());
        const double off = distance(*results, arraysOf(at, "out"));
        QVERIFY2(off <= tolerance, fmt::format("run {} is {} away from PyTorch's", run, off).c_str());
        if (run > 0)
            continue;
        const auto same = tight->run(inputs);
        QVERIFY2(same.has_value(), same ? "" : same.error().text().c_str());
        const double apart = distance(*same, *results);
        QVERIFY2(apart <= kTolerance, fmt::format("the fused graph is {} away from the unfused one", apart).c_str());
    }
}

QTEST_APPLESS_MAIN(TestRunFamilies)
#include "tst_run_families.moc"

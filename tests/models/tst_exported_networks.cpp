// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// torchvision's networks, written as ONNX and read again: the same nodes, weights and numbers. export_torchvision.py writes
// the files before this runs.
#include "passes/fuse/fuse.h"
#include "tests/core/runtime/written_onnx.h"
#include "tests/support/tab_rows.h"

#include <QTest>

using namespace bpu;
using namespace bpu::test;

class TestExportedNetworks : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void areTheSameGraph_data() { addNetworks(); }
    void areTheSameGraph();
    void fusedOnesComputeTheSame_data() { addNetworks(); }
    void fusedOnesComputeTheSame();

private:
    void addNetworks();
    std::optional<ir::Graph> open() const;

    QList<QStringList> m_networks;
};

void TestExportedNetworks::initTestCase()
{
    m_networks = rowsOf(QStringLiteral(BPU_MODELS_DIR "/index.tsv"));
    QVERIFY2(!m_networks.isEmpty(), "no index.tsv: run the test models.export first (ctest does)");
    if (m_networks.front().front() == QStringLiteral("missing"))
        QSKIP("python3-torchvision is not installed");
}

void TestExportedNetworks::addNetworks()
{
    QTest::addColumn<QString>("name");
    for (const QStringList& row : m_networks)
        QTest::newRow(qPrintable(row[0])) << row[0];
}

std::optional<ir::Graph> TestExportedNetworks::open() const
{
    QFETCH(QString, name);
    auto imported = importer::importModel((QStringLiteral(BPU_MODELS_DIR "/") + name + QStringLiteral(".onnx")).toStdString());
    if (!imported)
        qWarning("%s", imported.error().text().c_str());
    return imported ? std::optional(std::move(imported->graph)) : std::nullopt;
}

void TestExportedNetworks::areTheSameGraph()
{
    const auto before = open();
    QVERIFY(before);
    for (const int64_t opset : {11, 13}) {
        const auto after = writtenAndRead(*before, {.opset = opset});
        QVERIFY2(after, after ? "" : after.error().text().c_str());
        const std::string differs = difference(*before, *after);
        QVERIFY2(differs.empty(), qPrintable(QStringLiteral("opset %1: %2").arg(opset).arg(QString::fromStdString(differs))));
    }
}

void TestExportedNetworks::fusedOnesComputeTheSame()
{
    const auto before = open();
    QVERIFY(before);
    const auto fused = passes::fuse(*before);
    QVERIFY(fused);
    const auto after = writtenAndRead(fused->graph);
    QVERIFY2(after, after ? "" : after.error().text().c_str());
    const auto inputs = randomInputs(*before);
    QVERIFY(inputs);
    const auto expected = resultsOf(fused->graph, *inputs), results = resultsOf(*after, *inputs);
    QVERIFY2(expected, expected ? "" : expected.error().text().c_str());
    QVERIFY2(results, results ? "" : results.error().text().c_str());
    const double off = distance(*expected, *results);
    QVERIFY2(off <= 1e-5, qPrintable(QStringLiteral("off by %1").arg(off)));
}

QTEST_APPLESS_MAIN(TestExportedNetworks)
#include "tst_exported_networks.moc"

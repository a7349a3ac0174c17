// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One code under every file-format version: what PyTorch computes of it is what we compute. export_torchscript.py
// writes the files before this runs.
#include "core/import/import.h"

#include <QFile>
#include <QTest>

#include <fmt/format.h>
#include <map>

using namespace bpu;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/");

/// "float32 3.5 -3.5", as export_torchscript.py writes it.
QString described(const ir::Value& value)
{
    if (!value.constant)
        return QStringLiteral("not a constant: ") + QString::fromStdString(value.name);
    static const std::map<ir::DType, const char*> kNames{{ir::DType::Float32, "float32"}, {ir::DType::Int64, "int64"}, {ir::DType::Int32, "int32"}};
    std::string text = kNames.contains(value.type.dtype()) ? kNames.at(value.type.dtype()) : "?";
    for (const double number : value.constant->toDoubles())
        text += fmt::format(" {:.5g}", number);
    return QString::fromStdString(text);
}

} // namespace

class TestTorchscriptVersions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void computesWhatPyTorchComputes_data();
    void computesWhatPyTorchComputes();
};

void TestTorchscriptVersions::computesWhatPyTorchComputes_data()
{
    QTest::addColumn<int>("version");
    for (const int version : {1, 3, 4, 5, 7, 8, 9, 10})
        QTest::addRow("version %d", version) << version;
}

void TestTorchscriptVersions::computesWhatPyTorchComputes()
{
    QFETCH(int, version);
    QFile results(kFolder + QStringLiteral("version_%1.tsv").arg(version));
    if (QFile index(kFolder + QStringLiteral("torchscript.tsv")); index.open(QIODevice::ReadOnly) && index.readAll().startsWith("missing"))
        QSKIP("python3-torch is not installed");
    QVERIFY2(results.open(QIODevice::ReadOnly), "run the test models.export_torchscript first (ctest does)");
    const QStringList expected = QString::fromUtf8(results.readAll()).split(u'\n', Qt::SkipEmptyParts);
    const auto imported = importer::importModel((kFolder + QStringLiteral("version_%1.pt").arg(version)).toStdString(), {.inputShapes = {{"", {1, 3, 9, 9}}}, .control = {}});
    QVERIFY2(imported, imported ? "" : imported.error().text().c_str());
    QStringList computed;
    for (const ValueId id : imported->graph.outputs())
        computed << described(imported->graph.value(id));
    QVERIFY(expected.size() > 15);
    QCOMPARE(computed.size(), expected.size());
    for (qsizetype i = 0; i < computed.size(); ++i)
        QCOMPARE(computed[i], expected[i]);
}

QTEST_GUILESS_MAIN(TestTorchscriptVersions)
#include "tst_torchscript_versions.moc"

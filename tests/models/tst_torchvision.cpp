// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Networks that people really export: torchvision's, against onnx's own shape inference and against what a
// count over the file says of its batch norms. export_torchvision.py writes the files before this runs.
#include "core/import/import.h"
#include "core/ops/op_spec.h"
#include "resources/resources.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <optional>

using namespace bpu;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/");

/// Lines of a tab-separated file.
QList<QStringList> rowsOf(const QString& path)
{
    QList<QStringList> rows;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return rows;
    for (const QString& line : QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts))
        rows.append(line.split(u'\t'));
    return rows;
}

} // namespace

class TestTorchvision : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void opensWithEveryOperatorAndShapeKnown_data() { addNetworks(); }
    void opensWithEveryOperatorAndShapeKnown();
    void agreesWithOnnxShapeInference_data() { addNetworks(); }
    void agreesWithOnnxShapeInference();

private:
    void addNetworks();
    std::optional<ir::Graph> open();

    QList<QStringList> m_networks;
};

void TestTorchvision::initTestCase()
{
    initResources();
    m_networks = rowsOf(kFolder + QStringLiteral("index.tsv"));
    QVERIFY2(!m_networks.isEmpty(), "no index.tsv: run the test models.export first (ctest does)");
    if (m_networks.front().front() == QStringLiteral("missing"))
        QSKIP(qPrintable(QStringLiteral("python3-torchvision is not installed: ") + m_networks.front().back()));
    QVERIFY2(m_networks.size() >= 15, "at least 15 networks");
}

void TestTorchvision::addNetworks()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("batchNorms");
    QTest::addColumn<int>("batchNormsThatStay");
    for (const QStringList& row : m_networks)
        QTest::newRow(qPrintable(row[0])) << row[0] << row[1].toInt() << row[2].toInt();
}

std::optional<ir::Graph> TestTorchvision::open()
{
    QFETCH(QString, name);
    auto imported = importer::importModel((kFolder + name + QStringLiteral(".onnx")).toStdString());
    if (imported)
        return std::move(imported->graph);
    qWarning("%s", imported.error().text().c_str());
    return std::nullopt;
}

void TestTorchvision::opensWithEveryOperatorAndShapeKnown()
{
    const auto graph = open();
    QVERIFY(graph);
    for (NodeId id : graph->order()) {
        const ir::Node& node = graph->node(id);
        QVERIFY2(ops::find(node.op), node.op.c_str());
        for (ValueId output : node.outputs)
            QVERIFY2(!output.isValid() || graph->value(output).type.isStatic(), node.name.c_str());
    }
    QCOMPARE(graph->outputs().size(), size_t(1));
    QCOMPARE(shapeText(graph->value(graph->outputs()[0]).type), std::string("1x10"));
}

void TestTorchvision::agreesWithOnnxShapeInference()
{
    QFETCH(QString, name);
    const auto graph = open();
    QVERIFY(graph);
    QHash<QString, QString> expected;
    for (const QStringList& row : rowsOf(kFolder + name + QStringLiteral(".shapes")))
        expected.insert(row[0], row[1]);
    qsizetype compared = 0;
    for (NodeId id : graph->order()) {
        for (ValueId output : graph->node(id).outputs) {
            const ir::Value* value = graph->find(output);
            const auto found = value ? expected.constFind(QString::fromStdString(value->name)) : expected.cend();
            if (found == expected.cend())
                continue;
            QVERIFY2(shapeText(value->type) == found->toStdString(),
                     qPrintable(QStringLiteral("%1 is %2, onnx says %3").arg(found.key(), QString::fromStdString(value->type.text()), *found)));
            ++compared;
        }
    }
    QVERIFY2(compared >= 10, "too few values carry the file's names"); // onnx loses track in ShuffleNet and Swin
}

QTEST_GUILESS_MAIN(TestTorchvision)
#include "tst_torchvision.moc"

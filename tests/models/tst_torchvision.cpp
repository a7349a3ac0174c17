// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Networks that people really export: torchvision's, against onnx's own shape inference and against what a
// count over the file says of its batch norms. export_torchvision.py writes the files before this runs.
#include "core/export/export.h"
#include "core/import/import.h"
#include "core/march/march.h"
#include "core/ops/op_spec.h"
#include "passes/check_march/check_march.h"
#include "passes/fuse/fuse.h"
#include "resources/resources.h"
#include "tests/support/tab_rows.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <optional>

using namespace bpu;
using bpu::test::rowsOf;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/");

size_t countOf(const ir::Graph& graph, std::string_view op)
{
    return static_cast<size_t>(std::ranges::count_if(graph.order(), [&](NodeId id) { return graph.node(id).op == op; }));
}

/// Names of the nodes of this operator.
QString namesOf(const ir::Graph& graph, std::string_view op)
{
    QStringList names;
    for (NodeId id : graph.order())
        if (graph.node(id).op == op)
            names.append(QString::fromStdString(graph.node(id).name));
    return names.join(u' ');
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
    void fusesEveryBatchNormBehindAConvolution_data() { addNetworks(); }
    void fusesEveryBatchNormBehindAConvolution();
    void printsFindingsForBothMarches_data() { addNetworks(); }
    void printsFindingsForBothMarches();

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

void TestTorchvision::fusesEveryBatchNormBehindAConvolution()
{
    QFETCH(int, batchNorms);
    QFETCH(int, batchNormsThatStay);
    const auto graph = open();
    QVERIFY(graph);
    QCOMPARE(countOf(*graph, "batch_norm2d"), static_cast<size_t>(batchNorms));
    const auto report = passes::fuse(*graph);
    QVERIFY2(report.has_value(), report ? "" : report.error().text().c_str());
    QVERIFY2(countOf(report->graph, "batch_norm2d") == static_cast<size_t>(batchNormsThatStay),
             qPrintable(namesOf(report->graph, "batch_norm2d")));
}

/// Every network has something to say on each march: all but SqueezeNet and the like end in a linear layer, which
/// Bernoulli2 cannot run, and each of them averages, which both marches limit or leave unspecified.
void TestTorchvision::printsFindingsForBothMarches()
{
    QFETCH(QString, name);
    const auto graph = open();
    QVERIFY(graph);
    QCOMPARE(march::all().size(), size_t(2));
    for (const march::MarchPtr& march : march::all()) {
        const Findings findings = passes::checkMarch(*graph, *march);
        const std::string text = exporter::findingsText(findings, {name.toStdString() + ".onnx", march->name(), "test"});
        QFile report(kFolder + name + QStringLiteral(".check_") + QString::fromStdString(march->name()) + QStringLiteral(".txt"));
        QVERIFY(report.open(QIODevice::WriteOnly));
        report.write(text.data(), static_cast<qint64>(text.size()));
        QVERIFY(!findings.empty());
        QVERIFY2(march->name() != "bernoulli2" || count(findings, Severity::Error) > 0, "Bernoulli2 runs none of these as they are");
        for (const Finding& finding : findings)
            QVERIFY2(!finding.code.empty() && !finding.message.empty() && finding.severity != Severity::Undecided, finding.message.c_str());
    }
}

QTEST_GUILESS_MAIN(TestTorchvision)
#include "tst_torchvision.moc"

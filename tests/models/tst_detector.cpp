// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A scripted detector: lists of images, dicts of features, boxes that depend on data. What is left of it after the
// regions that depend on data is the whole network, with the sizes that PyTorch finds. export_families.py writes the file.
#include "core/import/import.h"
#include "tests/support/tab_rows.h"

#include <QTest>

#include <algorithm>

using namespace bpu;
using bpu::test::rowsOf;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/");

/// "head.conv.0 1x256x12x16" of every convolution, in the order they run.
QStringList convolutions(const ir::Graph& graph)
{
    QStringList list;
    for (const NodeId id : graph.order())
        if (const ir::Node& node = graph.node(id); node.op == "conv2d")
            list << QString::fromStdString(node.scope + " " + ir::shapeText(graph.value(node.output()).type));
    return list;
}

} // namespace

class TestDetector : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyConvolutionHasItsSize();
    void keepsTheNetworkWithoutAShape();
    void marksWhatDependsOnData();

private:
    QList<QStringList> m_expected;
};

void TestDetector::initTestCase()
{
    const auto names = rowsOf(kFolder + QStringLiteral("families.tsv"));
    QVERIFY2(!names.isEmpty(), "no families.tsv: run the test models.export_families first (ctest does)");
    if (names.front().front() == QStringLiteral("missing"))
        QSKIP("python3-torchvision is not installed");
    m_expected = rowsOf(kFolder + QStringLiteral("detector.tsv"));
    QVERIFY(m_expected.size() > 60);
}

void TestDetector::everyConvolutionHasItsSize()
{
    const auto imported = importer::importModel((kFolder + QStringLiteral("detector.pt")).toStdString(), {.inputShapes = {{"images", {3, 96, 128}}}, .control = {}});
    QVERIFY2(imported, imported ? "" : imported.error().text().c_str());
    const QStringList found = convolutions(imported->graph);
    QCOMPARE(found.size(), m_expected.size());
    for (qsizetype i = 0; i < found.size(); ++i)
        QCOMPARE(found[i], m_expected[i].join(u' '));
}

void TestDetector::keepsTheNetworkWithoutAShape()
{
    const auto imported = importer::importModel((kFolder + QStringLiteral("detector.pt")).toStdString());
    QVERIFY2(imported, imported ? "" : imported.error().text().c_str());
    QCOMPARE(convolutions(imported->graph).size(), m_expected.size());
}

void TestDetector::marksWhatDependsOnData()
{
    const auto imported = importer::importModel((kFolder + QStringLiteral("detector.pt")).toStdString(), {.inputShapes = {{"images", {3, 96, 128}}}, .control = {}});
    QVERIFY(imported);
    QVERIFY(std::ranges::any_of(imported->findings, [](const Finding& f) { return f.code == "torchscript.data-dependent" && f.found.starts_with("code/__torch__/torchvision/"); }));
    QVERIFY(std::ranges::any_of(imported->findings, [](const Finding& f) { return f.code == "torchscript.unknown-op" && f.where.ends_with("nms"); }));
}

QTEST_GUILESS_MAIN(TestDetector)
#include "tst_detector.moc"

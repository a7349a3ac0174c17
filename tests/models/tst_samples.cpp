// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The samples are what samples/README.md says they are.
#include "core/import/import.h"
#include "core/march/march.h"
#include "passes/check_march/check_march.h"
#include "passes/fuse/fuse.h"
#include "resources/resources.h"

#include <QDir>
#include <QSet>
#include <QTest>

#include <set>

using namespace bpu;

namespace {

const QString kSamples = QStringLiteral(BPU_SOURCE_DIR "/samples/");

ir::Graph open(const QString& name, const importer::ImportOptions& options = {})
{
    auto imported = importer::importModel((kSamples + name).toStdString(), options);
    if (!imported)
        qFatal("%s", imported.error().text().c_str());
    return std::move(imported->graph);
}

Findings check(const ir::Graph& graph, const char* march)
{
    return passes::checkMarch(graph, *march::find(march));
}

/// "conv1" of "conv1.0".
std::string branchOf(const ir::Node& node)
{
    return node.scope.substr(0, node.scope.find('.'));
}

QString textOf(const Findings& findings)
{
    QString text;
    for (const Finding& finding : findings)
        text += QString::fromStdString(finding.code + " " + finding.where + ": " + finding.message + "\n");
    return text;
}

} // namespace

class TestSamples : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { initResources(); }
    void eachIsUnderOneMegabyte();
    void classicNetFailsOnBernoulli2Only();
    void classicNetFusesToThreeConvolutions();
    void passesBothHasNothingToReport_data();
    void passesBothHasNothingToReport();
    void everyBranchOfABadModelHasAnError_data();
    void everyBranchOfABadModelHasAnError();
    void dynamicDetectorIsDecidedByAnInputShape_data();
    void dynamicDetectorIsDecidedByAnInputShape();
};

void TestSamples::eachIsUnderOneMegabyte()
{
    const QFileInfoList files = QDir(kSamples).entryInfoList({QStringLiteral("*.onnx")});
    QVERIFY(files.size() >= 7);
    for (const QFileInfo& file : files)
        QVERIFY2(file.size() < 1'000'000, qPrintable(file.fileName()));
}

void TestSamples::classicNetFailsOnBernoulli2Only()
{
    const ir::Graph graph = open(QStringLiteral("classic_net.onnx"));
    const Findings bernoulli2 = check(graph, "bernoulli2");
    QVERIFY2(count(bernoulli2, Severity::Error) == 1, qPrintable(textOf(bernoulli2)));
    const auto error = std::ranges::find(bernoulli2, Severity::Error, &Finding::severity);
    QCOMPARE(graph.node(error->node).op, std::string("avg_pool2d"));
    const Findings bayes = check(graph, "bayes");
    QVERIFY2(count(bayes, Severity::Error) == 0, qPrintable(textOf(bayes)));
    QVERIFY2(count(bayes, Severity::Warning) == 1, qPrintable(textOf(bayes))); // support not stated, limits kept
}

void TestSamples::classicNetFusesToThreeConvolutions()
{
    const auto report = passes::fuse(open(QStringLiteral("classic_net.onnx")));
    QVERIFY(report.has_value());
    QStringList operators;
    for (NodeId id : report->graph.order())
        operators.append(QString::fromStdString(report->graph.node(id).op));
    QCOMPARE(operators, QStringList({QStringLiteral("conv2d"), QStringLiteral("max_pool2d"), QStringLiteral("conv2d"),
                                     QStringLiteral("avg_pool2d"), QStringLiteral("conv2d")}));
}

void TestSamples::passesBothHasNothingToReport_data()
{
    QTest::addColumn<QByteArray>("march");
    QTest::newRow("bernoulli2") << QByteArray("bernoulli2");
    QTest::newRow("bayes") << QByteArray("bayes");
}

void TestSamples::passesBothHasNothingToReport()
{
    QFETCH(QByteArray, march);
    const Findings findings = check(open(QStringLiteral("passes_both.onnx")), march.constData());
    QVERIFY2(count(findings, Severity::Error) + count(findings, Severity::Warning) + count(findings, Severity::Undecided) == 0,
             qPrintable(textOf(findings)));
}

void TestSamples::everyBranchOfABadModelHasAnError_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("march");
    QTest::addColumn<int>("branches");
    QTest::addColumn<QStringList>("without");
    QTest::newRow("bernoulli2") << QStringLiteral("fails_bernoulli2.onnx") << QByteArray("bernoulli2") << 43 << QStringList();
    // What ONNX hides: add of a scalar and add_scalar are one operator (advice), torch.clamp (no limits) and
    // Tensor.clamp are one, and Softsign arrives as abs, add and div, which Bayes lists.
    QTest::newRow("bayes") << QStringLiteral("fails_bayes.onnx") << QByteArray("bayes") << 53
                           << QStringList({QStringLiteral("add_scalar"), QStringLiteral("clamp_width_66000"), QStringLiteral("soft_sign")});
}

/// A branch is named after the rule it breaks, so one without an error is a rule that the check lost.
void TestSamples::everyBranchOfABadModelHasAnError()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, march);
    QFETCH(int, branches);
    QFETCH(QStringList, without);
    const ir::Graph graph = open(file);
    std::set<std::string> quiet;
    for (NodeId id : graph.order())
        if (const std::string branch = branchOf(graph.node(id)); !branch.empty())
            quiet.insert(branch);
    QCOMPARE(static_cast<int>(quiet.size()), branches);
    for (const Finding& finding : check(graph, march.constData()))
        if (finding.severity == Severity::Error && finding.node.isValid())
            quiet.erase(branchOf(graph.node(finding.node)));
    QStringList names;
    for (const std::string& branch : quiet)
        names.append(QString::fromStdString(branch));
    QCOMPARE(names.join(QLatin1Char(' ')), without.join(QLatin1Char(' ')));
}

void TestSamples::dynamicDetectorIsDecidedByAnInputShape_data()
{
    passesBothHasNothingToReport_data();
}

void TestSamples::dynamicDetectorIsDecidedByAnInputShape()
{
    QFETCH(QByteArray, march);
    importer::ImportOptions fixed;
    fixed.inputShapes[""] = {1, 3, 64, 96};
    const Findings findings = check(open(QStringLiteral("dynamic_detector.onnx"), fixed), march.constData());
    QVERIFY2(count(findings, Severity::Undecided) == 0, qPrintable(textOf(findings)));
    if (march == "bayes") { // Bernoulli2's rows limit no size of these operators
        const Findings open_ = check(open(QStringLiteral("dynamic_detector.onnx")), "bayes");
        QVERIFY2(count(open_, Severity::Undecided) > 0, qPrintable(textOf(open_)));
    }
}

QTEST_GUILESS_MAIN(TestSamples)
#include "tst_samples.moc"

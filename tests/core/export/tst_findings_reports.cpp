// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/export/export.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace bpu;

namespace {

Findings sample()
{
    return {{.code = "march.kernel", .severity = Severity::Error, .node = NodeId{3}, .where = "avgpool", .op = "torch.nn.AvgPool2d",
             .message = "Kernel is larger than Bernoulli2 allows", .found = "8x8", .allowed = "1 to 7", .advice = "Split it",
             .rule = "torch.nn.AvgPool2d: Kernel side from 1 to 7.", .otherMarch = "1 to 256", .fix = "split-avg-pool", .cause = {}},
            {.code = "march.precision", .severity = Severity::Warning, .node = NodeId{4}, .where = "exp \xff", .op = "torch.exp", .message = "Accuracy can be lost",
             .found = {}, .allowed = {}, .advice = {}, .rule = {}, .otherMarch = {}, .fix = {}, .cause = {}},
            {.code = "march.kernel", .severity = Severity::Undecided, .node = NodeId{5}, .where = "pool2", .op = {}, .message = "Kernel rule not decided",
             .found = "?", .allowed = {}, .advice = {}, .rule = {}, .otherMarch = {}, .fix = {}, .cause = {}}};
}

const exporter::ReportHeader kHeader{"my net.onnx", "bernoulli2", "0.1.0"};

QJsonObject parsed(const std::string& text)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(text), &error);
    if (error.error != QJsonParseError::NoError)
        qFatal("%s", qPrintable(error.errorString()));
    return document.object();
}

} // namespace

class TestFindingsReports : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesABlockPerFinding();
    void writesJson();
    void writesWhatSarifRequires();
    void saysSoWhenThereIsNothing();
};

void TestFindingsReports::writesABlockPerFinding()
{
    const QByteArray text = QByteArray::fromStdString(exporter::findingsText(sample(), kHeader));
    QVERIFY(text.startsWith("error: avgpool: Kernel is larger than Bernoulli2 allows [march.kernel]\n"
                            "  operator     torch.nn.AvgPool2d\n"
                            "  found        8x8\n"
                            "  allowed      1 to 7\n"
                            "  what to do   Split it\n"));
    QVERIFY(text.endsWith("my net.onnx for bernoulli2: 1 error, 1 warning, 0 advice, 1 undecided\n"));
}

void TestFindingsReports::writesJson()
{
    const QJsonObject report = parsed(exporter::findingsJson(sample(), kHeader));
    QCOMPARE(report[QStringLiteral("version")].toInt(), 1);
    QCOMPARE(report[QStringLiteral("counts")][QStringLiteral("error")].toInt(), 1);
    const QJsonArray findings = report[QStringLiteral("findings")].toArray();
    QCOMPARE(findings.size(), 3);
    QCOMPARE(findings[0][QStringLiteral("allowed")].toString(), QStringLiteral("1 to 7"));
    QCOMPARE(findings[1][QStringLiteral("where")].toString(), QStringLiteral("exp \ufffd"));
}

/// The properties that OASIS SARIF 2.1.0 requires: log.version and runs (3.13), run.tool (3.14), driver.name (3.19),
/// reportingDescriptor.id (3.49), result.message (3.27), and that every index points where it says.
void TestFindingsReports::writesWhatSarifRequires()
{
    const QJsonObject log = parsed(exporter::findingsSarif(sample(), kHeader));
    QCOMPARE(log[QStringLiteral("version")].toString(), QStringLiteral("2.1.0"));
    QCOMPARE(log[QStringLiteral("runs")].toArray().size(), 1);
    const QJsonObject run = log[QStringLiteral("runs")].toArray()[0].toObject();
    const QJsonObject driver = run[QStringLiteral("tool")][QStringLiteral("driver")].toObject();
    QCOMPARE(driver[QStringLiteral("name")].toString(), QStringLiteral("bpu"));
    const QJsonArray rules = driver[QStringLiteral("rules")].toArray();
    QCOMPARE(rules.size(), 2);
    const QJsonArray results = run[QStringLiteral("results")].toArray();
    QCOMPARE(results.size(), 3);
    for (const auto& entry : results) {
        const QJsonObject result = entry.toObject();
        QVERIFY(!result[QStringLiteral("message")][QStringLiteral("text")].toString().isEmpty());
        QCOMPARE(rules[result[QStringLiteral("ruleIndex")].toInt()][QStringLiteral("id")], result[QStringLiteral("ruleId")]);
        QVERIFY(QStringList({QStringLiteral("error"), QStringLiteral("warning"), QStringLiteral("note")}).contains(result[QStringLiteral("level")].toString()));
        const QJsonObject location = result[QStringLiteral("locations")].toArray()[0].toObject();
        QCOMPARE(location[QStringLiteral("physicalLocation")][QStringLiteral("artifactLocation")][QStringLiteral("uri")].toString(),
                 QStringLiteral("my%20net.onnx"));
        QVERIFY(!location[QStringLiteral("logicalLocations")].toArray().isEmpty());
    }
}

void TestFindingsReports::saysSoWhenThereIsNothing()
{
    QCOMPARE(exporter::findingsText({}, kHeader), std::string("my net.onnx for bernoulli2: 0 errors, 0 warnings, 0 advice, 0 undecided\n"));
    QVERIFY(parsed(exporter::findingsSarif({}, kHeader))[QStringLiteral("runs")].toArray()[0].toObject()[QStringLiteral("results")].isArray());
}

QTEST_APPLESS_MAIN(TestFindingsReports)
#include "tst_findings_reports.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/export/export.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QJsonParseError>
#include <QJsonValue>
#include <QTest>

using namespace bpu;

namespace {

Findings sample()
{
    Finding kernel;
    kernel.code = "march.kernel.range";
    kernel.severity = Severity::Error;
    kernel.node = NodeId{3};
    kernel.where = "avg\xff pool";
    kernel.op = "torch.nn.AvgPool2d";
    kernel.message = "Kernel is larger than Bernoulli2 allows";
    kernel.found = "8x8";
    kernel.allowed = "1 to 7";
    kernel.advice = "Bring it to 1 to 7";
    kernel.rule = "torch.nn.AvgPool2d: Kernel side from 1 to 7.";
    Finding shapes;
    shapes.code = "march.shape-arithmetic";
    shapes.severity = Severity::Undecided;
    shapes.message = "Shapes are computed while the model runs";
    return {kernel, shapes, kernel};
}

const exporter::ReportHeader kHeader{"my nets/net.onnx", "bernoulli2", "0.1.0"};

QJsonObject parsed(const std::string& text)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(text), &error);
    if (error.error != QJsonParseError::NoError)
        qFatal("%s", qPrintable(error.errorString()));
    return document.object();
}

} // namespace

class FindingsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void textListsNodesOfWhichTheSameIsSaid()
    {
        Findings findings = sample();
        findings[2].where = "second";
        findings[2].found = "9x9";
        findings[2].cause = NodeId{3};
        findings[2].node = NodeId{4};
        const std::string text = exporter::findingsText(findings, kHeader);
        const std::string expected = "\nerror  2 nodes (torch.nn.AvgPool2d): Kernel is larger than Bernoulli2 allows  [march.kernel.range]\n"
                                     "    allowed 1 to 7\n    Bring it to 1 to 7\n    torch.nn.AvgPool2d: Kernel side from 1 to 7.\n"
                                     "    at avg\xff pool (8x8), second (9x9) (follows from avg\xff pool)\n\nundecided  model: ";
        QVERIFY2(text.find(expected) != text.npos, text.c_str());
    }

    void ignoredFindingsStayInTheReports()
    {
        Findings findings = sample();
        findings[0].ignored = "accepted in review";
        const std::string text = exporter::findingsText(findings, kHeader);
        QVERIFY(text.ends_with("\n1 error, 0 warnings, 0 advice, 1 undecided, 1 ignored\n"));
        QVERIFY(text.find("2 nodes") == text.npos);
        const QJsonArray listed = parsed(exporter::findingsJson(findings, kHeader)).value(QStringLiteral("findings")).toArray();
        QCOMPARE(listed.at(0).toObject().value(QStringLiteral("ignored")).toString(), QStringLiteral("accepted in review"));
        const QJsonObject run = parsed(exporter::findingsSarif(findings, kHeader)).value(QStringLiteral("runs")).toArray().at(0).toObject();
        const QJsonArray results = run.value(QStringLiteral("results")).toArray();
        const QJsonObject suppression = results.at(0).toObject().value(QStringLiteral("suppressions")).toArray().at(0).toObject();
        QCOMPARE(suppression.value(QStringLiteral("kind")).toString(), QStringLiteral("external"));
        QCOMPARE(suppression.value(QStringLiteral("justification")).toString(), QStringLiteral("accepted in review"));
        QVERIFY(!results.at(2).toObject().contains(QStringLiteral("suppressions")));
    }

    void textWrapsLongLists()
    {
        Findings findings;
        for (int i = 0; i < 40; ++i) {
            findings.push_back(sample().front());
            findings.back().where = "stage1.block" + std::to_string(i);
        }
        const std::string text = exporter::findingsText(findings, kHeader);
        size_t lines = 0;
        for (size_t from = 0, to = 0; (to = text.find('\n', from)) != text.npos; from = to + 1, ++lines)
            QVERIFY2(to - from <= 116, text.substr(from, to - from).c_str());
        QVERIFY(lines > 10);
        QVERIFY(text.find("stage1.block39\n") != text.npos);
    }

    void textEndsWithTheCounts()
    {
        const std::string text = exporter::findingsText(sample(), kHeader);
        QVERIFY(text.ends_with("\n2 errors, 0 warnings, 0 advice, 1 undecided\n"));
        QVERIFY(text.find("error  2 nodes (torch.nn.AvgPool2d): Kernel is larger than Bernoulli2 allows  [march.kernel.range]\n"
                          "    found 8x8, allowed 1 to 7\n") != text.npos);
        QVERIFY(exporter::findingsText({}, kHeader).ends_with("\n0 errors, 0 warnings, 0 advice, 0 undecided\n"));
    }

    void jsonCarriesEveryField()
    {
        const QJsonObject json = parsed(exporter::findingsJson(sample(), kHeader));
        QCOMPARE(json[QStringLiteral("format")].toInt(), 1);
        QCOMPARE(json[QStringLiteral("counts")][QStringLiteral("error")].toInt(), 2);
        const QJsonValue first = json[QStringLiteral("findings")][0];
        QCOMPARE(first[QStringLiteral("found")].toString(), QStringLiteral("8x8"));
        QCOMPARE(first[QStringLiteral("id")].toInt(), 3);
        QVERIFY(json[QStringLiteral("findings")][1][QStringLiteral("id")].isUndefined());
    }

    /// The properties that the standard requires, and that every result points at its rule.
    void sarifHasWhatTheStandardRequires()
    {
        const QJsonObject log = parsed(exporter::findingsSarif(sample(), kHeader));
        QCOMPARE(log[QStringLiteral("version")].toString(), QStringLiteral("2.1.0"));
        const QJsonValue run = log[QStringLiteral("runs")][0];
        const QJsonValue driver = run[QStringLiteral("tool")][QStringLiteral("driver")];
        QVERIFY(!driver[QStringLiteral("name")].toString().isEmpty());
        const QJsonArray rules = driver[QStringLiteral("rules")].toArray();
        const QJsonArray results = run[QStringLiteral("results")].toArray();
        QCOMPARE(rules.size(), 2);
        QCOMPARE(results.size(), 3);
        const QStringList levels{QStringLiteral("none"), QStringLiteral("note"), QStringLiteral("warning"), QStringLiteral("error")};
        for (const QJsonValue result : results) {
            QVERIFY(!result[QStringLiteral("message")][QStringLiteral("text")].toString().isEmpty());
            QVERIFY(levels.contains(result[QStringLiteral("level")].toString()));
            QCOMPARE(rules[result[QStringLiteral("ruleIndex")].toInt()][QStringLiteral("id")], result[QStringLiteral("ruleId")]);
            const QJsonValue place = result[QStringLiteral("locations")][0][QStringLiteral("physicalLocation")];
            QCOMPARE(place[QStringLiteral("artifactLocation")][QStringLiteral("uri")].toString(), QStringLiteral("my%20nets/net.onnx"));
        }
        QCOMPARE(results[1][QStringLiteral("level")].toString(), QStringLiteral("note"));
        QVERIFY(!results[0][QStringLiteral("locations")][0][QStringLiteral("logicalLocations")][0][QStringLiteral("name")].toString().isEmpty());
    }
};

QTEST_APPLESS_MAIN(FindingsTest)
#include "tst_findings.moc"

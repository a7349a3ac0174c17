// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/diagnostics/findings_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace bpu;
using namespace bpu::views;

static Finding finding(uint32_t node, Severity severity, const char* message, const char* op = "torch.nn.ReLU")
{
    Finding f;
    f.code = "march.test";
    f.severity = severity;
    f.node = NodeId{node};
    f.where = "n" + std::to_string(node);
    f.op = op;
    f.message = message;
    f.advice = "Change it";
    return f;
}

static FindingListPtr listOf(Findings findings)
{
    auto list = std::make_shared<FindingList>();
    list->march = QStringLiteral("Bayes");
    list->otherMarch = QStringLiteral("Bernoulli2");
    list->findings = std::move(findings);
    return list;
}

static FindingFilter onlyErrors()
{
    FindingFilter filter;
    filter.severities = {Severity::Error};
    return filter;
}

/// The tree as text: one row a line, two spaces a level.
static QString printed(const QAbstractItemModel& model, const QModelIndex& parent = {}, int depth = 0)
{
    QString out;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        out += QString(depth * 2, QLatin1Char(' ')) + model.index(row, FindingsModel::Where, parent).data().toString() + QLatin1String(": ")
            + model.index(row, FindingsModel::Message, parent).data().toString() + QLatin1Char('\n');
        out += printed(model, model.index(row, 0, parent), depth + 1);
    }
    return out;
}

class TestFindingsModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sortsBySeverityThenOrder();
    void foldsConsequencesUnderTheirCause();
    void foldsEqualStatements();
    void groupsByNode();
    void filtersBySeverityAndText();
    void keepsPersistentIndexesWhenTheAnswerChanges();
    void movesARowWhoseSeverityChanged();
    void ignoredRowsLeaveTheListAndAreCounted();
    void showsWhatCanBePressed();
    void saysCounts_data();
    void saysCounts();
    void shortensOperators();
    void holdsManyFindings();
};

void TestFindingsModel::sortsBySeverityThenOrder()
{
    FindingsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setFindings(listOf({finding(0, Severity::Advice, "a"), finding(1, Severity::Error, "b"), finding(2, Severity::Undecided, "c"),
                              finding(3, Severity::Warning, "d"), finding(4, Severity::Error, "e")}));
    QCOMPARE(printed(model), QStringLiteral("n1: b\nn4: e\nn3: d\nn0: a\nn2: c\n"));
    QCOMPARE(model.headerData(FindingsModel::Other, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("On Bernoulli2"));
}

void TestFindingsModel::foldsConsequencesUnderTheirCause()
{
    FindingsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    Finding follow = finding(2, Severity::Error, "rank 2");
    follow.cause = NodeId{1};
    Finding lost = finding(3, Severity::Error, "cause not shown");
    lost.cause = NodeId{77};
    model.setFindings(listOf({finding(1, Severity::Error, "flatten"), follow, lost}));
    QCOMPARE(printed(model), QStringLiteral("n1: flatten\n  n2: rank 2\nn3: cause not shown\n"));
    // A click on the cause goes to one node, not to all that follow.
    QCOMPARE(model.index(0, 0).data(FindingsModel::NodesRole).value<QList<quint32>>(), QList<quint32>{1});
}

void TestFindingsModel::foldsEqualStatements()
{
    FindingsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setFindings(listOf({finding(1, Severity::Warning, "twice"), finding(2, Severity::Warning, "twice"), finding(3, Severity::Error, "other"),
                              finding(4, Severity::Warning, "twice")}));
    QCOMPARE(printed(model), QStringLiteral("n3: other\n3 nodes: twice\n  n1: twice\n  n2: twice\n  n4: twice\n"));
    QCOMPARE(model.findingsOf(model.index(1, 0)), (QList<int>{0, 1, 3}));
    QCOMPARE(model.leaves().size(), 4);
    QCOMPARE(model.indexOfNode(NodeId{2}).parent(), model.index(1, 0));
}

void TestFindingsModel::groupsByNode()
{
    FindingsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setFindings(listOf({finding(1, Severity::Warning, "w"), finding(1, Severity::Error, "e"), finding(2, Severity::Advice, "a")}));
    model.setGroupBy(GroupBy::Node);
    QCOMPARE(printed(model), QStringLiteral("n1: 2 findings\n  n1: e\n  n1: w\nn2: a\n  n2: a\n"));
    QCOMPARE(model.index(0, 0).data(FindingsModel::SeverityRole).toInt(), static_cast<int>(Severity::Error));
}

void TestFindingsModel::filtersBySeverityAndText()
{
    FindingsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setFindings(listOf({finding(1, Severity::Warning, "Kernel is large"), finding(2, Severity::Error, "Stride"), finding(3, Severity::Error, "kernel")}));
    model.setFilter(onlyErrors());
    QCOMPARE(printed(model), QStringLiteral("n2: Stride\nn3: kernel\n"));
    FindingFilter filter;
    filter.text = QStringLiteral("KERNEL");
    model.setFilter(filter);
    QCOMPARE(printed(model), QStringLiteral("n3: kernel\nn1: Kernel is large\n"));
}

void TestFindingsModel::keepsPersistentIndexesWhenTheAnswerChanges()
{
    FindingsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    model.setFindings(listOf({finding(1, Severity::Error, "a"), finding(2, Severity::Error, "b"), finding(3, Severity::Error, "c")}));
    const QPersistentModelIndex kept = model.index(2, 0);
    Finding changed = finding(3, Severity::Error, "c");
    changed.advice = "Something else";
    model.setFindings(listOf({finding(2, Severity::Error, "b"), changed, finding(9, Severity::Error, "new")}));
    QVERIFY(kept.isValid());
    QCOMPARE(kept.row(), 1);
    QCOMPARE(kept.sibling(1, FindingsModel::Advice).data().toString(), QStringLiteral("Something else"));
    QCOMPARE(printed(model), QStringLiteral("n2: b\nn3: c\nn9: new\n"));
    QCOMPARE(resets.size(), 0);
}

void TestFindingsModel::movesARowWhoseSeverityChanged()
{
    FindingsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setFindings(listOf({finding(1, Severity::Error, "a"), finding(2, Severity::Error, "b"), finding(3, Severity::Warning, "c")}));
    model.setFindings(listOf({finding(1, Severity::Advice, "a"), finding(2, Severity::Error, "b"), finding(3, Severity::Warning, "c")}));
    QCOMPARE(printed(model), QStringLiteral("n2: b\nn3: c\nn1: a\n"));
}

void TestFindingsModel::ignoredRowsLeaveTheListAndAreCounted()
{
    auto list = std::make_shared<FindingList>(*listOf({finding(1, Severity::Error, "a"), finding(2, Severity::Error, "b")}));
    list->findings[1].ignored = "known";
    FindingsModel model;
    model.setFindings(list);
    QCOMPARE(printed(model), QStringLiteral("n1: a\n"));
    QCOMPARE(countFindings(*list).errors, 1U);
    QCOMPARE(countFindings(*list).ignored, 1U);
    FindingFilter filter;
    filter.showIgnored = true;
    model.setFilter(filter);
    QCOMPARE(printed(model), QStringLiteral("n2: b\n"));
    QCOMPARE(model.index(0, FindingsModel::Fix).data().toString(), QStringLiteral("ignored: known"));
}

void TestFindingsModel::showsWhatCanBePressed()
{
    auto list = std::make_shared<FindingList>(
        *listOf({finding(1, Severity::Error, "a"), finding(2, Severity::Error, "b"), finding(3, Severity::Undecided, "c")}));
    list->fixes = {{.id = "split", .button = "Split", .text = "Split it"}, {}, {}};
    FindingsModel model;
    model.setFindings(list);
    QCOMPARE(model.index(0, FindingsModel::Fix).data().toString(), QStringLiteral("Split"));
    QVERIFY(model.index(0, 0).data(FindingsModel::HasFixRole).toBool());
    QVERIFY(!model.index(1, 0).data(FindingsModel::HasFixRole).toBool());
    QCOMPARE(model.index(2, FindingsModel::Fix).data().toString(), QStringLiteral("Set shape…"));
    QVERIFY(model.index(2, 0).data(FindingsModel::HasFixRole).toBool());
}

void TestFindingsModel::saysCounts_data()
{
    QTest::addColumn<QList<int>>("counts");
    QTest::addColumn<QString>("text");
    QTest::newRow("errors") << QList<int>{4, 8, 2, 0} << QStringLiteral("4 errors, 8 warnings");
    QTest::newRow("one") << QList<int>{1, 1, 0, 0} << QStringLiteral("1 error, 1 warning");
    QTest::newRow("undecided") << QList<int>{0, 0, 0, 3} << QStringLiteral("No errors, 3 rules undecided");
    QTest::newRow("advice") << QList<int>{0, 0, 2, 0} << QStringLiteral("2 pieces of advice");
    QTest::newRow("none") << QList<int>{0, 0, 0, 0} << QStringLiteral("No findings");
}

void TestFindingsModel::saysCounts()
{
    QFETCH(QList<int>, counts);
    QFETCH(QString, text);
    const auto n = [&](int i) { return static_cast<size_t>(counts[i]); };
    QCOMPARE(countsText({n(0), n(1), n(2), n(3), 0}), text);
}

void TestFindingsModel::shortensOperators()
{
    QCOMPARE(shortOperator("torch.nn.AvgPool2d"), QStringLiteral("AvgPool2d"));
    QCOMPARE(shortOperator("torch.nn.functional.relu"), QStringLiteral("functional.relu"));
    QCOMPARE(shortOperator("torch.Tensor.exp"), QStringLiteral("Tensor.exp"));
    QCOMPARE(shortOperator("torch.add"), QStringLiteral("torch.add"));
    QCOMPARE(shortOperator("com.acme.Warp"), QStringLiteral("com.acme.Warp"));
}

void TestFindingsModel::holdsManyFindings()
{
    Findings many;
    for (uint32_t i = 0; i < 50'000; ++i)
        many.push_back(finding(i, i % 2 == 0 ? Severity::Error : Severity::Advice, i % 3 == 0 ? "three" : "other"));
    FindingsModel model;
    model.setFindings(listOf(many));
    QCOMPARE(model.rowCount(), 4);
    many.erase(many.begin() + 10'000);
    model.setFindings(listOf(many));
    QCOMPARE(model.leaves().size(), 49'999);
}

QTEST_GUILESS_MAIN(TestFindingsModel)
#include "tst_findings_model.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/diagnostics/diagnostics_panel.h"

#include "views/diagnostics/findings_table.h"

#include <QAbstractButton>
#include <QDialog>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QModelIndex>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace bpu;
using namespace bpu::views;

static FindingListPtr listOf(int errors, int advice)
{
    auto list = std::make_shared<FindingList>();
    list->march = QStringLiteral("Bayes");
    list->otherMarch = QStringLiteral("Bernoulli2");
    for (int i = 0; i < errors + advice; ++i) {
        Finding f;
        f.code = "march.test";
        f.severity = i < errors ? Severity::Error : Severity::Advice;
        f.node = NodeId{static_cast<uint32_t>(i)};
        f.where = "layer" + std::to_string(i);
        f.op = "torch.nn.Conv2d";
        f.message = "Message " + std::to_string(i);
        f.found = "3x3";
        list->findings.push_back(f);
        list->fixes.push_back(i == 0 ? passes::FixPlan{.id = "split", .button = "Split", .text = "Split it"} : passes::FixPlan{});
    }
    return list;
}

class TestDiagnosticsPanel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_panel.reset(); }
    void saysWhatItKnows_data();
    void saysWhatItKnows();
    void togglesHideASeverityAndSaySo();
    void columnsFillTheWidthWithoutCuttingTheMessage_data();
    void columnsFillTheWidthWithoutCuttingTheMessage();
    void columnsDraggedByHandStay();
    void goesRoundTheFindings();
    void aClickTellsAndASelectionFromElsewhereDoesNot();
    void keysAskForWhatTheyMean();
    void offersFixesOnlyWhereThereAreSome();

private:
    QLabel* label() const { return m_panel->findChild<QLabel*>(QStringLiteral("noFindingsText")); }

    std::unique_ptr<Theme> m_theme = std::make_unique<Theme>();
    std::unique_ptr<DiagnosticsPanel> m_panel;
};

void TestDiagnosticsPanel::init()
{
    m_panel = std::make_unique<DiagnosticsPanel>(*m_theme);
    m_panel->resize(1200, 240);
    m_panel->show();
}

void TestDiagnosticsPanel::saysWhatItKnows_data()
{
    QTest::addColumn<bool>("isChecked");
    QTest::addColumn<QString>("text");
    QTest::newRow("before any check") << false << QStringLiteral("Not checked yet: F5");
    QTest::newRow("nothing found") << true << QStringLiteral("No findings for Bayes: 54 operators checked");
}

void TestDiagnosticsPanel::saysWhatItKnows()
{
    QFETCH(bool, isChecked);
    QFETCH(QString, text);
    m_panel->setFindings(isChecked ? listOf(0, 0) : nullptr, 54);
    m_panel->setNextStep(QStringLiteral("Fuse"));
    QVERIFY(label()->isVisible());
    QCOMPARE(label()->text(), text);
    auto* next = m_panel->findChild<QPushButton*>(QStringLiteral("nextStep"));
    QCOMPARE(next->isVisible(), isChecked);
    QSignalSpy asked(m_panel.get(), &DiagnosticsPanel::nextStepRequested);
    next->click();
    QCOMPARE(asked.size(), 1);
}

void TestDiagnosticsPanel::togglesHideASeverityAndSaySo()
{
    m_panel->setFindings(listOf(2, 0), 54);
    auto* errors = m_panel->header()->findChild<QAbstractButton*>(QStringLiteral("show-error"));
    QVERIFY(errors->text().contains(QLatin1Char('2')) || errors->accessibleName().contains(QLatin1Char('2')));
    errors->click();
    QVERIFY(label()->isVisible());
    QCOMPARE(label()->text(), QStringLiteral("The filter hides all 2 findings"));
    errors->click();
    QVERIFY(m_panel->tree().isVisible());
    m_panel->header()->findChild<QLineEdit*>(QStringLiteral("filter"))->setText(QStringLiteral("layer1"));
    QCOMPARE(m_panel->model().leaves().size(), 1);
}

void TestDiagnosticsPanel::columnsFillTheWidthWithoutCuttingTheMessage_data()
{
    QTest::addColumn<int>("width");
    for (const int width : {700, 1100, 1440, 1900})
        QTest::addRow("%d", width) << width;
}

void TestDiagnosticsPanel::columnsFillTheWidthWithoutCuttingTheMessage()
{
    QFETCH(int, width);
    m_panel->setFindings(listOf(2, 1), 54);
    m_panel->resize(width, 240);
    QCoreApplication::processEvents();
    const QHeaderView* header = m_panel->tree().header();
    QVERIFY(header->sectionSize(FindingsModel::Message) >= 190);
    QVERIFY(header->sectionSize(FindingsModel::Advice) >= 170);
    const int viewport = m_panel->tree().viewport()->width();
    if (header->length() > viewport)
        QVERIFY2(width < 1100, "a column could be narrower");
    else
        QVERIFY2(viewport - header->length() < FindingsModel::ColumnCount, "room is left at the end");
}

void TestDiagnosticsPanel::columnsDraggedByHandStay()
{
    m_panel->setFindings(listOf(2, 1), 54);
    QHeaderView* header = m_panel->tree().header();
    header->resizeSection(FindingsModel::Where, 321);
    m_panel->resize(1500, 240);
    QCoreApplication::processEvents();
    QCOMPARE(header->sectionSize(FindingsModel::Where), 321);
}

void TestDiagnosticsPanel::goesRoundTheFindings()
{
    m_panel->model().setGroupBy(GroupBy::None);
    m_panel->setFindings(listOf(2, 1), 54);
    QList<int> seen;
    for (int i = 0; i < 4; ++i) {
        m_panel->selectNext(1);
        seen += m_panel->currentFindings();
    }
    QCOMPARE(seen, (QList<int>{0, 1, 2, 0}));
    m_panel->selectNext(-1);
    QCOMPARE(m_panel->currentFindings(), QList<int>{2});
    m_panel->selectFirst();
    QCOMPARE(m_panel->currentFindings(), QList<int>{0});
}

void TestDiagnosticsPanel::aClickTellsAndASelectionFromElsewhereDoesNot()
{
    m_panel->model().setGroupBy(GroupBy::None);
    m_panel->setFindings(listOf(2, 1), 54);
    QSignalSpy picked(m_panel.get(), &DiagnosticsPanel::nodesPicked);
    m_panel->selectNode(NodeId{1});
    QCOMPARE(picked.size(), 0);
    QCOMPARE(m_panel->currentFindings(), QList<int>{1});
    const QModelIndex row = m_panel->model().leaves().front().siblingAtColumn(FindingsModel::Message);
    QTest::mouseClick(m_panel->tree().viewport(), Qt::LeftButton, {}, m_panel->tree().visualRect(row).center());
    QVERIFY(!picked.isEmpty());
    QCOMPARE(picked.last().front().value<QList<quint32>>(), QList<quint32>{0});
}

void TestDiagnosticsPanel::keysAskForWhatTheyMean()
{
    m_panel->model().setGroupBy(GroupBy::None);
    m_panel->setFindings(listOf(2, 1), 54);
    m_panel->selectFirst();
    QSignalSpy preview(m_panel.get(), &DiagnosticsPanel::previewRequested);
    QSignalSpy inspect(m_panel.get(), &DiagnosticsPanel::activated);
    QTest::keyClick(&m_panel->tree(), Qt::Key_Space);
    QTest::keyClick(&m_panel->tree(), Qt::Key_Return);
    QCOMPARE(preview.size(), 1);
    QCOMPARE(inspect.size(), 1);
    QTest::keyClick(&m_panel->tree(), Qt::Key_Down);
    QCOMPARE(m_panel->currentFindings(), QList<int>{1});
    QTest::keyClick(&m_panel->tree(), Qt::Key_Delete);
    QVERIFY(m_panel->findChild<QDialog*>());
}

void TestDiagnosticsPanel::offersFixesOnlyWhereThereAreSome()
{
    auto* all = m_panel->header()->findChild<QPushButton*>(QStringLiteral("applyAll"));
    m_panel->setFindings(listOf(0, 0), 54);
    QVERIFY(!all->isEnabled());
    m_panel->setFindings(listOf(2, 1), 54);
    QVERIFY(all->isEnabled());
    QSignalSpy fixed(m_panel.get(), &DiagnosticsPanel::fixRequested);
    m_panel->model().setGroupBy(GroupBy::None);
    m_panel->selectFirst();
    m_panel->fixCurrent();
    QCOMPARE(fixed.size(), 1);
    QCOMPARE(fixed.front().front().value<QList<int>>(), QList<int>{0});
    m_panel->selectNext(1);
    m_panel->fixCurrent();
    QCOMPARE(fixed.size(), 1);
}

QTEST_MAIN(TestDiagnosticsPanel)
#include "tst_diagnostics_panel.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

#include "views/stages/stage_strip.h"
#include "views/widgets/elided_label.h"
#include "views/widgets/message_bar.h"
#include "views/widgets/segmented_control.h"
#include "views/widgets/severity_toggle.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace bpu;
using namespace bpu::views;

class TestWidgets : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void segmentsChooseByClickAndArrow();
    void segmentChosenTwiceStaysChosen();
    void countsAreWordedForOneAndMany_data();
    void countsAreWordedForOneAndMany();
    void elidedLabelKeepsAllInTheToolTip();
    void messageBarCopiesAndCloses();
    void stagesAreReadOutWithStateAndFact();
    void stageClickIsAnIntent();
    void everyStageStateLooksDifferent();

private:
    Theme m_theme;
};

void TestWidgets::segmentsChooseByClickAndArrow()
{
    SegmentedControl control(m_theme, QStringLiteral("Color by"));
    for (const char* text : {"Family", "Findings", "Device"})
        control.addSegment(QString::fromLatin1(text));
    control.setSegmentEnabled(1, false);
    control.show();
    QSignalSpy spy(&control, &SegmentedControl::chosen);
    const QList<Segment*> segments = control.findChildren<Segment*>();
    segments[0]->setFocus();
    QTest::keyClick(segments[0], Qt::Key_Right);
    QCOMPARE(control.current(), 2);
    segments[0]->click();
    QCOMPARE(control.current(), 0);
    QCOMPARE(spy.count(), 2);
    control.setCurrent(2);
    QCOMPARE(spy.count(), 2);
    QCOMPARE(segments[2]->accessibleName(), QStringLiteral("Color by: Device"));
}

void TestWidgets::segmentChosenTwiceStaysChosen()
{
    SegmentedControl control(m_theme, QStringLiteral("View"));
    control.addSegment(QStringLiteral("Graph"));
    control.addSegment(QStringLiteral("Compare"));
    control.findChildren<Segment*>()[0]->click();
    QCOMPARE(control.current(), 0);
}

void TestWidgets::countsAreWordedForOneAndMany_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("severity");
    QTest::addColumn<QString>("text");
    QTest::newRow("one error") << 1 << static_cast<int>(Severity::Error) << QStringLiteral("1 error");
    QTest::newRow("no error") << 0 << static_cast<int>(Severity::Error) << QStringLiteral("0 errors");
    QTest::newRow("warnings") << 1234 << static_cast<int>(Severity::Warning) << QStringLiteral("1,234 warnings");
    QTest::newRow("advice") << 28 << static_cast<int>(Severity::Advice) << QStringLiteral("28 advice");
    QTest::newRow("undecided") << 3 << static_cast<int>(Severity::Undecided) << QStringLiteral("3 undecided");
}

void TestWidgets::countsAreWordedForOneAndMany()
{
    QFETCH(int, count);
    QFETCH(int, severity);
    QFETCH(QString, text);
    QCOMPARE(countText(static_cast<size_t>(count), static_cast<Severity>(severity)), text);
}

void TestWidgets::elidedLabelKeepsAllInTheToolTip()
{
    ElidedLabel label;
    label.setText(QStringLiteral("layer4.1.conv1.weight.observer"));
    label.resize(60, 20);
    label.grab();
    QCOMPARE(label.toolTip(), label.text());
    label.resize(600, 20);
    label.grab();
    QVERIFY(label.toolTip().isEmpty());
}

void TestWidgets::messageBarCopiesAndCloses()
{
    QWidget window;
    auto* bar = new MessageBar(m_theme, &window);
    window.show();
    QVERIFY(!bar->isVisible());
    bar->showMessage(Severity::Error, QStringLiteral("net.onnx: stops at byte 40"), QStringLiteral("Reload"));
    QVERIFY(bar->isVisible());
    bar->findChild<QPushButton*>(QStringLiteral("copyMessage"))->click();
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("net.onnx: stops at byte 40"));
    bar->findChild<QToolButton*>(QStringLiteral("closeMessage"))->click();
    QVERIFY(!bar->isVisible());
}

void TestWidgets::stagesAreReadOutWithStateAndFact()
{
    StageStrip strip(m_theme);
    strip.setStage(0, {StageInfo::State::Made, QStringLiteral("70 operators"), QStringLiteral("4 errors"), Severity::Error, {}});
    strip.setStage(1, {StageInfo::State::OutOfDate, QStringLiteral("41 operators"), {}, Severity::Error, {}});
    strip.setCurrent(0);
    const QList<StageTab*> tabs = strip.findChildren<StageTab*>();
    QCOMPARE(tabs.size(), 5);
    QCOMPARE(tabs[0]->accessibleName(), QStringLiteral("Float, on screen, 70 operators, 4 errors"));
    QCOMPARE(tabs[1]->accessibleName(), QStringLiteral("Fused, out of date, 41 operators"));
    QCOMPARE(tabs[4]->accessibleName(), QStringLiteral("Compiled, not made"));
}

void TestWidgets::stageClickIsAnIntent()
{
    StageStrip strip(m_theme);
    strip.setCurrent(0);
    QSignalSpy spy(&strip, &StageStrip::stageClicked);
    strip.findChild<StageTab*>(QStringLiteral("stage2"))->click();
    QCOMPARE(spy.count(), 1);
    QCOMPARE(spy[0][0].toInt(), 1);
    QCOMPARE(strip.current(), 0);
}

void TestWidgets::everyStageStateLooksDifferent()
{
    using State = StageInfo::State;
    QList<QImage> images;
    for (const State state : {State::NotMade, State::Made, State::OutOfDate, State::Running, State::Failed}) {
        StageTab tab(m_theme, QStringLiteral("Fused"), true, nullptr);
        tab.setInfo({state, {}, {}, Severity::Error, {}});
        tab.resize(120, 42);
        images.append(tab.grab(QRect(8, 10, 22, 22)).toImage());
        for (int i = 0; i + 1 < images.size(); ++i)
            QVERIFY(images[i] != images.last());
    }
}

QTEST_MAIN(TestWidgets)
#include "tst_widgets.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/views/column_diagram.h"
#include "views/graph/graph_header.h"
#include "views/graph/graph_view.h"
#include "views/graph/navigation.h"
#include "views/graph/overlays.h"
#include "views/graph/text_measure.h"
#include "views/widgets/segmented_control.h"

#include <QAccessible>
#include <QImage>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>

using namespace bpu;
using namespace bpu::views;

class TestGraphView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_view.reset(); }

    void emptyDiagramPaintsAndTakesEveryKey();
    void clickSelectsTheRow();
    void clickOnTheCanvasClears();
    void selectionMakesARing();
    void arrowsFollowTheValues();
    void doubleClickOpensAModule();
    void enterOpensBackspaceCloses();
    void shiftClickDimsWhatIsNotBetween();
    void pathIsFoundInBothDirections();
    void searchDimsTheRest();
    void levelSwitchesWithHysteresis();
    void zoomKeepsThePointUnderThePointer();
    void wheelScrollsAndDragMoves();
    void everyLevelPaints_data();
    void everyLevelPaints();
    void everyColorModePaintsDifferently();
    void selectedNodeStaysOnScreen();
    void stubJumpsAndComesBack();
    void readsOutTheFinding();
    void escapeLeavesPreviewThenPathThenSelection();
    void drawingCannotBeLost();
    void theWholeStaysTheWholeInAnotherSize();
    void beginsWhereItCanBeRead();
    void headerShowsZoomAndPath();
    void measureMatchesThePaintedFont();

private:
    NodeId node(const char* name) const { return m_graph->findNode(name); }
    QPoint centerOf(NodeId id) const { return m_view->camera().toScreen(m_view->scene().rectOf(id).center()).toPoint(); }
    QImage grab() const { return m_view->grab().toImage(); }
    void wheel(QPoint angle, Qt::KeyboardModifiers modifiers = Qt::NoModifier, QPointF at = {400, 300});
    static Finding finding(NodeId node, Severity severity);
    static FindingListPtr listOf(Findings findings);

    Theme m_theme;
    std::shared_ptr<const ir::Graph> m_graph = test::residualNet(4);
    std::unique_ptr<GraphView> m_view;
};

void TestGraphView::init()
{
    m_view = std::make_unique<GraphView>(m_theme);
    m_view->resize(900, 700);
    m_view->setDiagram(m_graph, test::columnDiagram(*m_graph));
    m_view->show();
    m_view->setFocus();
    m_view->resetZoom();
    m_view->centerOn(node("avgpool"));
}

FindingListPtr TestGraphView::listOf(Findings findings)
{
    auto list = std::make_shared<FindingList>();
    list->findings = std::move(findings);
    return list;
}

Finding TestGraphView::finding(NodeId node, Severity severity)
{
    Finding finding;
    finding.node = node;
    finding.severity = severity;
    finding.message = "Kernel is larger than Bernoulli2 allows";
    finding.found = "8x8";
    finding.allowed = "1 to 7";
    return finding;
}

void TestGraphView::wheel(QPoint angle, Qt::KeyboardModifiers modifiers, QPointF at)
{
    QWheelEvent event(at, m_view->mapToGlobal(at), {}, angle, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
    QApplication::sendEvent(m_view.get(), &event);
}

void TestGraphView::emptyDiagramPaintsAndTakesEveryKey()
{
    for (const bool openedBefore : {false, true}) {
        GraphView empty(m_theme);
        empty.resize(400, 300);
        empty.show();
        if (openedBefore) {
            empty.setDiagram(m_graph, test::columnDiagram(*m_graph));
            empty.setSelection(node("fc"));
            empty.setDiagram(nullptr, nullptr);
        }
        QCOMPARE(empty.grab().toImage().pixelColor(200, 150), m_theme.color(Token::Canvas));
        for (int key : {Qt::Key_Up, Qt::Key_Down, Qt::Key_Left, Qt::Key_Right, Qt::Key_F, Qt::Key_0, Qt::Key_Plus, Qt::Key_Minus, Qt::Key_Return,
                        Qt::Key_Backspace, Qt::Key_Escape, Qt::Key_PageDown})
            QTest::keyClick(&empty, static_cast<Qt::Key>(key));
        QTest::mouseClick(&empty, Qt::LeftButton, {}, {200, 150});
        QTest::mouseDClick(&empty, Qt::LeftButton, {}, {200, 150});
        QVERIFY(empty.scene().isEmpty());
    }
}

void TestGraphView::clickSelectsTheRow()
{
    QSignalSpy spy(m_view.get(), &GraphView::nodeSelected);
    m_view->centerOn(node("layer2.1.bn2_"));
    QTest::mouseClick(m_view.get(), Qt::LeftButton, {}, centerOf(node("layer2.1.bn2_")));
    QCOMPARE(spy.count(), 1);
    QCOMPARE(spy[0][0].value<NodeId>(), node("layer2.1.bn2_"));
    QCOMPARE(m_view->selection(), node("layer2.1.bn2_"));
}

void TestGraphView::clickOnTheCanvasClears()
{
    m_view->setSelection(node("fc"));
    QSignalSpy spy(m_view.get(), &GraphView::nodeSelected);
    QTest::mouseClick(m_view.get(), Qt::LeftButton, {}, QPoint(100, 350));
    QCOMPARE(spy.count(), 1);
    QVERIFY(!m_view->selection().isValid());
}

void TestGraphView::selectionMakesARing()
{
    const QPointF corner = m_view->camera().toScreen(m_view->scene().rectOf(node("avgpool"))).topLeft();
    const QPoint ring(qFloor(corner.x() - 3.6), qFloor(corner.y() + 15));
    QVERIFY(grab().pixelColor(ring) != m_theme.color(Token::Accent));
    m_view->setSelection(node("avgpool"));
    const QColor after = grab().pixelColor(ring);
    QVERIFY2(after.blue() - after.red() > 60, qPrintable(after.name()));
}

void TestGraphView::arrowsFollowTheValues()
{
    m_view->setSelection(node("flatten"));
    QTest::keyClick(m_view.get(), Qt::Key_Up);
    QCOMPARE(m_view->selection(), node("avgpool"));
    QTest::keyClick(m_view.get(), Qt::Key_Down);
    QTest::keyClick(m_view.get(), Qt::Key_Down);
    QCOMPARE(m_view->selection(), node("fc"));
}

void TestGraphView::doubleClickOpensAModule()
{
    m_view->setDiagram(m_graph, test::columnDiagram(*m_graph, {"layer2.1"}));
    const NodeId hidden = node("layer2.1.conv1_");
    m_view->centerOn(hidden);
    QSignalSpy toggled(m_view.get(), &GraphView::moduleToggled);
    QSignalSpy activated(m_view.get(), &GraphView::nodeActivated);
    QTest::mouseDClick(m_view.get(), Qt::LeftButton, {}, centerOf(hidden));
    QCOMPARE(toggled.count(), 1);
    QCOMPARE(toggled[0][0].toString(), QStringLiteral("layer2.1"));
    m_view->centerOn(node("avgpool"));
    QTest::mouseDClick(m_view.get(), Qt::LeftButton, {}, centerOf(node("avgpool")));
    QCOMPARE(activated.count(), 1);
    QCOMPARE(toggled.count(), 1);
}

void TestGraphView::enterOpensBackspaceCloses()
{
    m_view->setDiagram(m_graph, test::columnDiagram(*m_graph, {"layer2.1"}));
    QSignalSpy toggled(m_view.get(), &GraphView::moduleToggled);
    m_view->setSelection(node("layer2.1.conv1_"));
    QTest::keyClick(m_view.get(), Qt::Key_Return);
    QTest::keyClick(m_view.get(), Qt::Key_Backspace);
    m_view->setSelection(node("layer2.0.relu1_"));
    QTest::keyClick(m_view.get(), Qt::Key_Backspace);
    QCOMPARE(toggled.count(), 3);
    QCOMPARE(toggled[0][0].toString(), QStringLiteral("layer2.1"));
    QCOMPARE(toggled[1][0].toString(), QStringLiteral("layer2"));
    QCOMPARE(toggled[2][0].toString(), QStringLiteral("layer2.0"));
}

void TestGraphView::shiftClickDimsWhatIsNotBetween()
{
    m_view->setSelection(node("avgpool"));
    QTest::mouseClick(m_view.get(), Qt::LeftButton, Qt::ShiftModifier, centerOf(node("fc")));
    const GraphScene& scene = m_view->scene();
    QVERIFY(scene.hasPath());
    for (const char* between : {"avgpool", "flatten", "fc"})
        QVERIFY2(!scene.isDimmed(scene.itemOf(node(between))), between);
    QVERIFY(scene.isDimmed(scene.itemOf(node("layer2.1.relu2_"))));
    QCOMPARE(m_view->selection(), node("avgpool"));
}

void TestGraphView::pathIsFoundInBothDirections()
{
    const std::vector<NodeId> down = nodesBetween(*m_graph, node("layer2.1.relu1_"), node("layer2.1.relu2_"));
    QCOMPARE(down.size(), size_t{5});
    QCOMPARE(nodesBetween(*m_graph, node("layer2.1.relu2_"), node("layer2.1.relu1_")), down);
    QVERIFY(nodesBetween(*m_graph, NodeId{9999}, node("fc")).empty());
}

void TestGraphView::searchDimsTheRest()
{
    m_view->setSearchMatches({node("fc")}, true);
    const GraphScene& scene = m_view->scene();
    QVERIFY(!scene.isDimmed(scene.itemOf(node("fc"))));
    QVERIFY(scene.isDimmed(scene.itemOf(node("avgpool"))));
    m_view->setSearchMatches({}, true);
    QVERIFY(scene.isDimmed(scene.itemOf(node("fc"))));
    m_view->setSearchMatches({}, false);
    QVERIFY(!scene.isDimmed(scene.itemOf(node("avgpool"))));
}

void TestGraphView::levelSwitchesWithHysteresis()
{
    QCOMPARE(levelFor(0.70, Level::Overview), Level::Detail);
    QCOMPARE(levelFor(0.69, Level::Overview), Level::Overview);
    QCOMPARE(levelFor(0.67, Level::Detail), Level::Detail);
    QCOMPARE(levelFor(0.66, Level::Detail), Level::Overview);
    QCOMPARE(levelFor(0.29, Level::Overview), Level::Overview);
    QCOMPARE(levelFor(0.28, Level::Overview), Level::Map);
    QCOMPARE(levelFor(0.29, Level::Map), Level::Map);
    QCOMPARE(levelFor(0.30, Level::Map), Level::Overview);
    QCOMPARE(levelFor(0.10, Level::Detail), Level::Map);
}

void TestGraphView::zoomKeepsThePointUnderThePointer()
{
    const QPointF at(420, 310);
    const QPointF before = m_view->camera().toScene(at);
    wheel({0, 240}, Qt::ControlModifier, at);
    QVERIFY(m_view->camera().zoom() > 1.2);
    QVERIFY((m_view->camera().toScene(at) - before).manhattanLength() < 1e-6);
}

void TestGraphView::wheelScrollsAndDragMoves()
{
    const QPointF before = m_view->camera().origin();
    wheel({0, 120});
    QCOMPARE(m_view->camera().origin().y(), before.y() - 96);
    QTest::mousePress(m_view.get(), Qt::LeftButton, {}, {100, 300});
    QMouseEvent move(QEvent::MouseMove, QPointF(100, 360), m_view->mapToGlobal(QPointF(100, 360)), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_view.get(), &move);
    QTest::mouseRelease(m_view.get(), Qt::LeftButton, {}, {100, 360});
    QCOMPARE(m_view->camera().origin().y(), before.y() - 96 - 60);
}

void TestGraphView::everyLevelPaints_data()
{
    QTest::addColumn<double>("zoom");
    QTest::addColumn<int>("level");
    QTest::newRow("detail") << 1.0 << static_cast<int>(Level::Detail);
    QTest::newRow("overview") << 0.5 << static_cast<int>(Level::Overview);
    QTest::newRow("map") << 0.2 << static_cast<int>(Level::Map);
}

void TestGraphView::everyLevelPaints()
{
    QFETCH(double, zoom);
    QFETCH(int, level);
    m_view->zoomAt(m_view->camera().middle(), zoom / m_view->camera().zoom());
    QCOMPARE(static_cast<int>(m_view->level()), level);
    const QRectF card = m_view->camera().toScreen(m_view->scene().rectOf(node("avgpool")));
    const QColor stripe = grab().pixelColor(qFloor(card.left() + 2), qFloor(card.center().y()));
    QCOMPARE(stripe, m_theme.family(ops::Family::Pool));
}

void TestGraphView::everyColorModePaintsDifferently()
{
    m_view->setFindings(listOf({finding(node("avgpool"), Severity::Error)}));
    m_view->setCosts(macCosts(*m_graph));
    QList<QImage> images;
    for (const ColorMode mode : {ColorMode::Family, ColorMode::Findings, ColorMode::Device, ColorMode::Cost}) {
        m_view->setColorMode(mode);
        images.append(grab());
        for (int i = 0; i + 1 < images.size(); ++i)
            QVERIFY(images[i] != images.last());
    }
}

void TestGraphView::selectedNodeStaysOnScreen()
{
    const NodeId selected = node("avgpool");
    m_view->setSelection(selected);
    const QPoint before = centerOf(selected);
    m_view->setDiagram(m_graph, test::columnDiagram(*m_graph, {"layer1.0", "layer1.1"}));
    QCOMPARE(centerOf(selected), before);
    m_view->setSelection({});
    m_view->setDiagram(m_graph, test::columnDiagram(*m_graph));
    QVERIFY((centerOf(selected) - before).manhattanLength() < 40);
}

void TestGraphView::stubJumpsAndComesBack()
{
    auto diagram = std::make_shared<layout::Diagram>(*test::columnDiagram(*m_graph));
    const layout::Rect fc = diagram->items[static_cast<size_t>(diagram->itemOf(node("fc")))].rect;
    layout::Item stub = test::itemAt(layout::ItemKind::Stub, {}, {fc.right() + 20, fc.y, 90, 24});
    stub.source = node("layer1.0.conv1_");
    stub.rows.push_back(test::textRow("conv1", stub.rect));
    diagram->items.push_back(stub);
    m_view->setDiagram(m_graph, diagram);
    m_view->setSelection(node("fc"));
    QTest::mouseClick(m_view.get(), Qt::LeftButton, {}, m_view->camera().toScreen(QPointF(fc.right() + 60, fc.y + 12)).toPoint());
    QCOMPARE(m_view->selection(), node("layer1.0.conv1_"));
    QVERIFY(m_view->rect().contains(centerOf(m_view->selection())));
    QTest::keyClick(m_view.get(), Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(m_view->selection(), node("fc"));
}

void TestGraphView::readsOutTheFinding()
{
    m_view->setFindings(listOf({finding(node("avgpool"), Severity::Advice), finding(node("avgpool"), Severity::Error)}));
    m_view->setSelection(node("avgpool"));
    QCOMPARE(m_view->accessibleName(),
             QStringLiteral("AvgPool2d, avgpool, error: Kernel is larger than Bernoulli2 allows, found 8x8, allowed 1 to 7"));
}

void TestGraphView::escapeLeavesPreviewThenPathThenSelection()
{
    m_view->setSelection(node("avgpool"));
    m_view->showPath(node("avgpool"), node("fc"));
    m_view->setPreview(node("avgpool"), {{QStringLiteral("AvgPool2d"), QStringLiteral("a"), QStringLiteral("4×4"), ops::Family::Pool, {}}});
    QSignalSpy spy(m_view.get(), &GraphView::previewDismissed);
    QTest::keyClick(m_view.get(), Qt::Key_Escape);
    QCOMPARE(spy.count(), 1);
    QVERIFY(m_view->scene().hasPath());
    QTest::keyClick(m_view.get(), Qt::Key_Escape);
    QVERIFY(!m_view->scene().hasPath() && m_view->selection().isValid());
    QTest::keyClick(m_view.get(), Qt::Key_Escape);
    QVERIFY(!m_view->selection().isValid());
}

void TestGraphView::drawingCannotBeLost()
{
    m_view->scrollBy({1e7, -1e7});
    QVERIFY(m_view->camera().visible().intersects(m_view->scene().bounds()));
    m_view->zoomAt({10, 10}, 1e-9);
    QVERIFY(m_view->camera().visible().intersects(m_view->scene().bounds()));
    m_view->fitAll();
    QVERIFY(m_view->camera().visible().contains(m_view->scene().bounds()));
}

/// Docks open after the graph is there, and the window is dragged: what was fitted stays fitted until the user moves.
void TestGraphView::theWholeStaysTheWholeInAnotherSize()
{
    m_view->fitAll();
    m_view->resize(700, 300);
    QVERIFY(m_view->camera().visible().contains(m_view->scene().bounds()));
    m_view->zoomIn();
    const double zoom = m_view->camera().zoom();
    m_view->resize(900, 700);
    QCOMPARE(m_view->camera().zoom(), zoom);
}

void TestGraphView::beginsWhereItCanBeRead()
{
    const auto deep = test::residualNet(40);
    m_view->setDiagram(deep, test::columnDiagram(*deep));
    m_view->showBeginning();
    for (const int height : {700, 400}) {
        m_view->resize(900, height);
        QCOMPARE(m_view->camera().zoom(), 1.0);
        QVERIFY(m_view->camera().visible().contains(toQt(m_view->scene().diagram().items.front().rect)));
        QVERIFY(m_view->findChild<OverviewMap*>()->isVisible()); // the rest of it
    }
    const auto small = test::residualNet(1);
    m_view->setDiagram(small, test::columnDiagram(*small));
    m_view->resize(900, 1000);
    m_view->showBeginning();
    QVERIFY(m_view->camera().visible().contains(m_view->scene().bounds()));
}

void TestGraphView::headerShowsZoomAndPath()
{
    GraphHeader header(m_theme, *m_view);
    header.resize(900, 30);
    header.setPath({QStringLiteral("net"), QStringLiteral("layer1"), QStringLiteral("a<b")});
    QVERIFY(header.findChild<QLabel*>()->accessibleName().contains(QStringLiteral("a<b")));
    m_view->resetZoom();
    header.findChild<QToolButton*>(QStringLiteral("zoom-in"))->click();
    QCOMPARE(m_view->camera().zoom(), 1.25);
    QStringList texts;
    for (const QLabel* label : header.findChildren<QLabel*>())
        texts.append(label->text());
    QVERIFY2(texts.contains(QStringLiteral("125 %")), qPrintable(texts.join(QLatin1Char('|'))));
    m_view->setColorMode(ColorMode::Device);
    QCOMPARE(header.findChild<SegmentedControl*>()->current(), static_cast<int>(ColorMode::Device));
    header.findChild<QToolButton*>(QStringLiteral("map"))->click();
    QVERIFY(!m_view->findChild<OverviewMap*>()->isVisible());
}

void TestGraphView::measureMatchesThePaintedFont()
{
    const QtTextMeasure measure(m_theme);
    const QString text = QStringLiteral("3×3 s2 p1 64→128 g64");
    const double painted = QFontMetricsF(m_theme.attributeFont()).horizontalAdvance(text);
    const double measured = measure.width(text.toStdString(), layout::TextStyle::Attribute);
    QVERIFY2(std::abs(painted - measured) < 1, qPrintable(QStringLiteral("%1 %2").arg(painted).arg(measured)));
    const QString title = QStringLiteral("ConvTranspose2d + BatchNorm2d");
    QVERIFY(measure.width(title.toStdString(), layout::TextStyle::Title) + 2 >= QFontMetricsF(m_theme.cardTitleFont()).horizontalAdvance(title));
}

QTEST_MAIN(TestGraphView)
#include "tst_graph_view.moc"

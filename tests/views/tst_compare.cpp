// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "resources/resources.h"
#include "tests/support/text_graph.h"
#include "views/compare/compare_view.h"
#include "views/compare/similarity_curve.h"
#include "views/widgets/histogram_plot.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>
#include <cmath>

using namespace bpu;
using namespace bpu::views;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A layer for each similarity: alternately a MatMul and a ReLU.
ComparisonPtr comparisonOf(const std::vector<double>& similarities)
{
    std::string body;
    std::string last = "%x";
    for (size_t i = 0; i < similarities.size(); ++i) {
        const std::string name = "%v" + std::to_string(i);
        body += i % 2 == 0 ? name + " = matmul(" + last + ", @w)\n" : name + " = relu(" + last + ")\n";
        last = name;
    }
    auto graph = std::make_shared<const ir::Graph>(test::typedGraph("graph(%x: f32[1,4]) {\n@w: f32[4,4] = random 1\n" + body + "return " + last + " }"));
    auto comparison = std::make_shared<passes::Comparison>();
    comparison->a = comparison->b = graph;
    size_t i = 0;
    for (const NodeId id : graph->order()) {
        const ir::Node& node = graph->node(id);
        passes::LayerComparison layer{{id, id, node.outputs[0], node.outputs[0]}, node.name, node.name, i % 2 == 0 ? "MatMul" : "ReLU", graph->value(node.outputs[0]).type, {}};
        layer.metrics.cosine = similarities[i];
        layer.metrics.l1 = layer.metrics.l2 = layer.metrics.maxError = std::isnan(similarities[i]) ? kNaN : 1 - similarities[i];
        layer.metrics.sqnrDb = 40;
        layer.metrics.histogramA = layer.metrics.histogramB = {-1, 1, {1, 2, 3, 4}};
        comparison->layers.push_back(layer);
        ++i;
    }
    comparison->unmatched.push_back({true, graph->order().front(), {}, passes::Unmatched::Reason::Alone, "has no counterpart"});
    comparison->batches = 1;
    return comparison;
}

} // namespace

class TestCompareView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { initResources(); }
    void init();
    void cleanup();
    void sortsTheWorstFirst();
    void filtersByWordsAndLimit();
    void followsTheLimit();
    void clickInTheTablePicksOnce();
    void keysAndClicksOnTheCurvePick();
    void curveScalesToTheLowestPoint();
    void saysWhatToDoWhenThereIsNothing();
    void listsWhatIsNotCompared();
    void histogramsWithOneHighBinAreLogarithmic();
    void keepsManyLayersQuick();

private:
    std::vector<QString> shown() const;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<CompareView> m_view;
};

void TestCompareView::init()
{
    m_theme = std::make_unique<Theme>();
    m_theme->setMode(Theme::Mode::Light);
    m_view = std::make_unique<CompareView>(*m_theme);
    m_view->resize(1100, 800);
    m_view->showResult(comparisonOf({1, 0.97, kNaN, 0.999, 0.95, 0.9999}), QStringLiteral("Float"), QStringLiteral("Fused"), {});
    m_view->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
}

void TestCompareView::cleanup()
{
    m_view.reset();
}

/// The numbers of the rows from the top.
std::vector<QString> TestCompareView::shown() const
{
    std::vector<QString> rows;
    for (int row = 0; row < m_view->filter().rowCount(); ++row)
        rows.push_back(m_view->filter().index(row, LayerModel::Number).data().toString());
    return rows;
}

static std::vector<QString> rows(const char* text)
{
    std::vector<QString> list;
    for (const QString& word : QString::fromLatin1(text).split(QLatin1Char(' '), Qt::SkipEmptyParts))
        list.push_back(word);
    return list;
}

void TestCompareView::sortsTheWorstFirst()
{
    QAbstractItemModelTester tester(&m_view->filter(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(shown(), rows("3 5 2 4 6 1"));
    QHeaderView& header = *m_view->table().header();
    const auto click = [&](int column) {
        QTest::mouseClick(header.viewport(), Qt::LeftButton, {}, QPoint(header.sectionViewportPosition(column) + header.sectionSize(column) / 2, header.height() / 2));
    };
    click(LayerModel::MaxError); // the first click shows the largest error
    QCOMPARE(shown(), rows("3 5 2 4 6 1"));
    click(LayerModel::Number);
    QCOMPARE(shown(), rows("1 2 3 4 5 6"));
}

void TestCompareView::filtersByWordsAndLimit()
{
    QAbstractItemModelTester tester(&m_view->filter(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    auto* words = m_view->findChild<QLineEdit*>(QStringLiteral("compareFilter"));
    words->setText(QStringLiteral("relu"));
    QCOMPARE(shown(), rows("2 4 6"));
    words->setText(QStringLiteral("relu nothing"));
    QCOMPARE(shown(), rows(""));
    words->clear();
    m_view->findChild<QCheckBox*>(QStringLiteral("compareOnlyBelow"))->setChecked(true);
    QCOMPARE(shown(), rows("3 5 2"));
}

void TestCompareView::followsTheLimit()
{
    const auto* only = m_view->findChild<QCheckBox*>(QStringLiteral("compareOnlyBelow"));
    QCOMPARE(only->text(), QStringLiteral("Below limit (3)"));
    m_view->findChild<QDoubleSpinBox*>(QStringLiteral("compareLimit"))->setValue(0.96);
    QCOMPARE(only->text(), QStringLiteral("Below limit (2)"));
    QVERIFY(m_view->model().index(4, 0).data(LayerModel::BelowRole).toBool());
    QVERIFY(!m_view->model().index(1, 0).data(LayerModel::BelowRole).toBool());
    QVERIFY(m_view->accessibleDescription().contains(QStringLiteral("lowest nan, 2 of 6 layers below 0.96")));
}

void TestCompareView::clickInTheTablePicksOnce()
{
    QSignalSpy picked(m_view.get(), &CompareView::layerPicked);
    QTreeView& table = m_view->table();
    QTest::mouseClick(table.viewport(), Qt::LeftButton, {}, table.visualRect(m_view->filter().index(1, LayerModel::Layer)).center());
    QCOMPARE(picked.size(), 1);
    QCOMPARE(picked[0][0].toInt(), 4);
    QCOMPARE(m_view->curve().current(), 4);
    QTest::keyClick(&table, Qt::Key_Down);
    QCOMPARE(picked.size(), 2);
    QCOMPARE(m_view->currentLayer(), 1);
}

void TestCompareView::keysAndClicksOnTheCurvePick()
{
    QSignalSpy picked(m_view.get(), &CompareView::layerPicked);
    SimilarityCurve& curve = m_view->curve();
    QTest::mouseClick(&curve, Qt::LeftButton, {}, curve.pointOf(3).toPoint());
    QCOMPARE(m_view->currentLayer(), 3);
    QTest::keyClick(&curve, Qt::Key_Right);
    QCOMPARE(m_view->currentLayer(), 4);
    QTest::keyClick(&curve, Qt::Key_Home);
    QTest::keyClick(&curve, Qt::Key_Left);
    QCOMPARE(m_view->currentLayer(), 0);
    QCOMPARE(m_view->table().currentIndex(), m_view->filter().mapFromSource(m_view->model().index(0, LayerModel::Layer)));
    QCOMPARE(picked.size(), 3);
}

void TestCompareView::curveScalesToTheLowestPoint()
{
    SimilarityCurve& curve = m_view->curve();
    QVERIFY(curve.pointOf(4).y() > curve.pointOf(1).y()); // lower similarity, further down
    QVERIFY(curve.pointOf(4).y() < curve.height());
    QVERIFY(curve.pointOf(2).y() >= curve.pointOf(4).y()); // not a number: at the bottom
    QCOMPARE(curve.layerAt(curve.pointOf(5).x() + 50), 5);
    curve.setComparison(nullptr);
    QCOMPARE(curve.layerAt(10), -1);
    QVERIFY(!curve.grab().isNull());
}

void TestCompareView::saysWhatToDoWhenThereIsNothing()
{
    QSignalSpy action(m_view.get(), &CompareView::noticeAction);
    m_view->showNotice({QStringLiteral("Nothing to compare with yet"), QStringLiteral("Fuse makes a second stage."), QStringLiteral("Fuse"), {}});
    QVERIFY(!m_view->comparison());
    QCOMPARE(m_view->model().rowCount(), 0);
    auto* button = m_view->findChild<QPushButton*>(QStringLiteral("noticeAction"));
    QVERIFY(button->isVisible());
    QVERIFY(!m_view->findChild<QPushButton*>(QStringLiteral("noticeSecond"))->isVisible());
    QVERIFY(!m_view->findChild<QPushButton*>(QStringLiteral("compareSave"))->isEnabled());
    button->click();
    QCOMPARE(action.size(), 1);
    QCOMPARE(m_view->layerOf(NodeId{0}, CompareView::A), -1);
}

void TestCompareView::listsWhatIsNotCompared()
{
    AloneModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setComparison(m_view->comparison(), QStringLiteral("Float"), QStringLiteral("Fused"));
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0, AloneModel::Model).data().toString(), QStringLiteral("Float"));
    QCOMPARE(model.index(0, AloneModel::Reason).data().toString(), QStringLiteral("has no counterpart"));
}

void TestCompareView::histogramsWithOneHighBinAreLogarithmic()
{
    HistogramPlot plot(*m_theme);
    plot.setData(QStringLiteral("x"), {0, 1, {5, 6, 7, 8}});
    QVERIFY(!plot.isLogarithmic());
    std::vector<uint64_t> counts(64, 1);
    counts[0] = 100000;
    plot.setData(QStringLiteral("x"), {0, 1, counts});
    QVERIFY(plot.isLogarithmic());
    plot.setData(QStringLiteral("x"), {});
    QVERIFY(plot.accessibleName().contains(QStringLiteral("no finite numbers")));
    QVERIFY(!plot.grab().isNull());
}

void TestCompareView::keepsManyLayersQuick()
{
    std::vector<double> similarities(20000);
    for (size_t i = 0; i < similarities.size(); ++i)
        similarities[i] = 1 - 1e-6 * static_cast<double>(i % 997);
    m_view->showResult(comparisonOf(similarities), QStringLiteral("A"), QStringLiteral("B"), {});
    QVERIFY(!m_view->grab().isNull());
    QCOMPARE(m_view->filter().index(0, LayerModel::Number).data().toString(), QStringLiteral("997"));
}

QTEST_MAIN(TestCompareView)
#include "tst_compare.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/text.h"
#include "views/inspector/inspector.h"
#include "views/inspector/section.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace bpu;
using namespace bpu::views;

static ir::GraphPtr sampleGraph()
{
    auto graph = ir::parse(R"(graph net(%x: f32[1,4,16,16]) {
        %p: f32[1,4,2,2] = avg_pool2d(%x) {kernel_size=[8,8], stride=[8,8]} scope "pool" name "pool"
        %y: f32[1,4,2,2] = relu(%p) name "act"
        return %y })");
    if (!graph)
        qFatal("%s", graph.error().text().c_str());
    return std::make_shared<const ir::Graph>(std::move(*graph));
}

static QString allText(const QWidget& widget)
{
    QStringList texts;
    for (const QLabel* label : widget.findChildren<QLabel*>())
        texts << label->text().remove(QChar(0x200B));
    return texts.join(QLatin1Char('|'));
}

class TestInspector : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void showsTheModelWhenNothingIsSelected();
    void showsWhatIsSaidOfTheModelInWordsToCopy();
    void showsRulesTensorsAndAttributesOfANode();
    void cardsAskForTheirFix();
    void severalNodesShowWhatTheyShare();
    void lockStaysOnItsNode();
    void remembersFoldedSections();
    void emptyInputShowsNothing();
};

void TestInspector::showsTheModelWhenNothingIsSelected()
{
    Theme theme;
    Inspector inspector(theme);
    const ir::GraphPtr graph = sampleGraph();
    inspector.setInput({.graph = graph, .nodes = {}, .findings = {}, .march = {}, .options = {}, .facts = modelFacts(*graph), .fileName = QStringLiteral("net.onnx")});
    const QString text = allText(inspector);
    QVERIFY2(text.contains(QStringLiteral("Operators|2")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("x|1×4×16×16|float32")), qPrintable(text));
}

/// Code in an advice is pasted into a Python file: nothing invisible may stand in it.
void TestInspector::showsWhatIsSaidOfTheModelInWordsToCopy()
{
    Theme theme;
    Inspector inspector(theme);
    const ir::GraphPtr graph = sampleGraph();
    auto list = std::make_shared<FindingList>();
    Finding about;
    about.message = "Module sequences fuse";
    about.advice = R"(call fuse_modules(model, [["layer1.0.conv1", "layer1.0.bn1"]]))";
    Finding other = about;
    other.node = graph->findNode("pool");
    other.advice = "something else";
    list->graph = graph;
    list->findings = {about, other};
    inspector.setInput({.graph = graph, .nodes = {}, .findings = list, .march = {}, .options = {}, .facts = {}, .fileName = {}});
    const auto labels = inspector.findChildren<QLabel*>(QStringLiteral("advice"));
    QCOMPARE(labels.size(), 1);
    QCOMPARE(labels.front()->text(), QString::fromStdString(about.advice));
}

void TestInspector::showsRulesTensorsAndAttributesOfANode()
{
    Theme theme;
    Inspector inspector(theme);
    const ir::GraphPtr graph = sampleGraph();
    inspector.setInput({.graph = graph, .nodes = {graph->findNode("pool")}, .findings = {}, .march = march::find("bernoulli2"), .options = {}, .facts = {}, .fileName = {}});
    QCOMPARE(inspector.findChild<QLabel*>(QStringLiteral("operator"))->text(), QStringLiteral("AvgPool2d"));
    const QString text = allText(inspector);
    QVERIFY2(text.contains(QStringLiteral("kernel_size|8, 8")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("Kernel|8×8|1 to 7")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("1×4×16×16|float32")), qPrintable(text));
    QVERIFY(inspector.findChild<Section*>(QStringLiteral("section-cost")));
}

void TestInspector::cardsAskForTheirFix()
{
    Theme theme;
    Inspector inspector(theme);
    const ir::GraphPtr graph = sampleGraph();
    auto list = std::make_shared<FindingList>();
    Finding finding;
    finding.severity = Severity::Error;
    finding.node = graph->findNode("pool");
    finding.where = "pool";
    finding.message = "Kernel is larger than Bernoulli2 allows";
    list->graph = graph;
    list->findings = {finding};
    list->fixes = {{.id = "split", .button = "Split", .text = "Split it"}};
    inspector.setInput({.graph = graph, .nodes = {finding.node}, .findings = list, .march = {}, .options = {}, .facts = {}, .fileName = {}});
    QSignalSpy fixes(&inspector, &Inspector::fixRequested);
    QSignalSpy previews(&inspector, &Inspector::previewRequested);
    inspector.findChild<QPushButton*>(QStringLiteral("previewFix"))->click();
    inspector.findChild<QPushButton*>(QStringLiteral("applyFix"))->click();
    QCOMPARE(previews.front().front().toInt(), 0);
    QCOMPARE(fixes.front().front().value<QList<int>>(), QList<int>{0});
    QCOMPARE(inspector.findChild<QPushButton*>(QStringLiteral("applyFix"))->accessibleName(), QStringLiteral("Apply fix: pool"));
}

void TestInspector::severalNodesShowWhatTheyShare()
{
    Theme theme;
    Inspector inspector(theme);
    const ir::GraphPtr graph = sampleGraph();
    inspector.setInput({.graph = graph, .nodes = {graph->findNode("pool"), graph->findNode("act")}, .findings = {}, .march = {}, .options = {}, .facts = {}, .fileName = {}});
    const QString text = allText(inspector);
    QVERIFY2(text.contains(QStringLiteral("Operator|different")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("Output|1×4×2×2")), qPrintable(text));
}

void TestInspector::lockStaysOnItsNode()
{
    Theme theme;
    Inspector inspector(theme);
    const ir::GraphPtr graph = sampleGraph();
    InspectorInput input{.graph = graph, .nodes = {graph->findNode("pool")}, .findings = {}, .march = {}, .options = {}, .facts = {}, .fileName = {}};
    inspector.setInput(input);
    inspector.findChild<QToolButton*>(QStringLiteral("lock"))->setChecked(true);
    input.nodes = {graph->findNode("act")};
    inspector.setInput(input);
    QCOMPARE(inspector.findChild<QLabel*>(QStringLiteral("nodeName"))->text(), QStringLiteral("pool"));
}

void TestInspector::remembersFoldedSections()
{
    Theme theme;
    Inspector inspector(theme);
    const ir::GraphPtr graph = sampleGraph();
    const InspectorInput input{.graph = graph, .nodes = {graph->findNode("pool")}, .findings = {}, .march = {}, .options = {}, .facts = {}, .fileName = {}};
    inspector.setInput(input);
    inspector.findChild<Section*>(QStringLiteral("section-cost"))->findChild<QToolButton*>()->click();
    QCOMPARE(inspector.folded(), QStringList{QStringLiteral("cost")});
    inspector.setFolded({QStringLiteral("tensors")});
    inspector.setInput(input);
    QCOMPARE(inspector.folded(), QStringList{QStringLiteral("tensors")});
}

void TestInspector::emptyInputShowsNothing()
{
    Theme theme;
    Inspector inspector(theme);
    inspector.setInput({});
    QCOMPARE(inspector.findChildren<Section*>().size(), 0);
}

QTEST_MAIN(TestInspector)
#include "tst_inspector.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/text.h"
#include "views/modules/modules_panel.h"

#include <QAbstractItemModelTester>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>

using namespace bpu;
using namespace bpu::views;

static ir::Graph graphOf(const char* text)
{
    auto graph = ir::parse(text);
    if (!graph)
        qFatal("%s", graph.error().text().c_str());
    return std::move(*graph);
}

static ir::Graph small()
{
    return graphOf(R"(graph net(%x: f32[1,3,8,8]) {
        %a: f32[1,3,8,8] = relu(%x) scope "stem.act" name "r1"
        %b: f32[1,3,8,8] = relu(%a) scope "stem.act" name "r2"
        %c: f32[1,3,8,8] = sigmoid(%b) scope "head" name "s"
        %d: f32[1,3,8,8] = tanh(%c) scope "head" name "t"
        %e: f32[1,3,8,8] = exp(%d) name "last"
        return %e })");
}

static QString printed(const QAbstractItemModel& model, const QModelIndex& parent = {}, int depth = 0)
{
    QString out;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        out += QString(depth * 2, QLatin1Char(' ')) + index.data().toString() + QLatin1String(": ") + index.data(ModuleModel::OperatorRole).toString() + QLatin1Char('\n');
        out += printed(model, index, depth + 1);
    }
    return out;
}

class TestModules : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void listsModulesInExecutionOrder();
    void countsFindingsUpTheTree();
    void selectsWithoutTelling();
    void tellsWhatWasPicked();
    void filterKeepsTheWayToAMatch();
    void emptyGraphHasARoot();
};

void TestModules::listsModulesInExecutionOrder()
{
    ModuleModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setTree(buildModuleTree(small()));
    QCOMPARE(printed(model), QStringLiteral("net: 5\n  stem: 2\n    act: ReLU ×2\n  head: 2\n    s: Sigmoid\n    t: Tanh\n  last: exp\n"));
}

void TestModules::countsFindingsUpTheTree()
{
    const ir::Graph graph = small();
    auto list = std::make_shared<FindingList>();
    Finding error;
    error.severity = Severity::Error;
    error.node = graph.findNode("s");
    Finding warning;
    warning.severity = Severity::Warning;
    warning.node = graph.findNode("r2");
    Finding advice;
    advice.severity = Severity::Advice;
    advice.node = graph.findNode("t");
    list->findings = {error, warning, advice};
    ModuleModel model;
    model.setTree(buildModuleTree(graph));
    model.setFindings(list);
    const QModelIndex root = model.index(0, 0);
    QCOMPARE(root.data(ModuleModel::FindingsRole).toInt(), 1); // of the errors, whose mark it wears
    QCOMPARE(root.data(ModuleModel::SeverityRole).toInt(), static_cast<int>(Severity::Error));
    QCOMPARE(model.index(0, 0, root).data(ModuleModel::SeverityRole).toInt(), static_cast<int>(Severity::Warning));
    QCOMPARE(model.indexOfNode(graph.findNode("t")).data(ModuleModel::SeverityRole).toInt(), -1);
    list->findings[0].ignored = "known";
    model.setFindings(list);
    QCOMPARE(root.data(ModuleModel::FindingsRole).toInt(), 1);
    QCOMPARE(root.data(ModuleModel::SeverityRole).toInt(), static_cast<int>(Severity::Warning));
}

void TestModules::selectsWithoutTelling()
{
    Theme theme;
    ModulesPanel panel(theme);
    const ir::Graph graph = small();
    panel.setTree(buildModuleTree(graph));
    QSignalSpy picked(&panel, &ModulesPanel::nodesPicked);
    panel.selectNode(graph.findNode("r2"));
    QCOMPARE(panel.tree().currentIndex().data().toString(), QStringLiteral("act"));
    QCOMPARE(picked.size(), 0);
}

void TestModules::tellsWhatWasPicked()
{
    Theme theme;
    ModulesPanel panel(theme);
    const ir::Graph graph = small();
    panel.setTree(buildModuleTree(graph));
    panel.show();
    QSignalSpy picked(&panel, &ModulesPanel::nodesPicked);
    QSignalSpy toggled(&panel, &ModulesPanel::moduleToggled);
    const QModelIndex root = panel.tree().model()->index(0, 0);
    panel.tree().setCurrentIndex(panel.tree().model()->index(1, 0, root));
    QCOMPARE(picked.front().front().value<QList<quint32>>(), (QList<quint32>{graph.findNode("s").index, graph.findNode("t").index}));
    QTest::keyClick(&panel.tree(), Qt::Key_Return);
    QCOMPARE(toggled.front().front().toString(), QStringLiteral("head"));
}

void TestModules::filterKeepsTheWayToAMatch()
{
    Theme theme;
    ModulesPanel panel(theme);
    panel.setTree(buildModuleTree(small()));
    panel.findChild<QLineEdit*>(QStringLiteral("moduleFilter"))->setText(QStringLiteral("sigmoid"));
    QCOMPARE(printed(*panel.tree().model()), QStringLiteral("net: 5\n  head: 2\n    s: Sigmoid\n"));
}

void TestModules::emptyGraphHasARoot()
{
    ModuleModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setTree(buildModuleTree(graphOf("graph empty(%x: f32[1]) { return %x }")));
    QCOMPARE(printed(model), QStringLiteral("empty: 0\n"));
    model.setTree(nullptr);
    QCOMPARE(model.rowCount(), 0);
}

QTEST_MAIN(TestModules)
#include "tst_modules.moc"

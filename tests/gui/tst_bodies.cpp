// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Branches, loops and functions: the window goes into them and comes back.
#include "app/gui/main_window.h"
#include "app/gui/session.h"
#include "core/base/file.h"
#include "tests/support/onnx_builder.h"
#include "views/graph/graph_view.h"
#include "views/inspector/inspector.h"

#include <QAction>
#include <QLabel>
#include <QMenu>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QWidget>

using namespace bpu;
using gui::Session;

namespace {

constexpr int kWaitMs = 20'000;
constexpr const char* kModel = "(bool c, float[1,2,4,4] x) => (float[1,2,4,4] y) { z = Relu(x) "
                               "y = If(c) <then_branch = t () => (float[1,2,4,4] p) { h = HardSwish(z) p = Neg(h) }, "
                               "else_branch = e () => (float[1,2,4,4] q) { q = Sigmoid(z) }> }";

} // namespace

class TestBodies : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_window.reset(); }
    void goesIntoABodyAndComesBack();
    void checksTheBodyOnScreen();
    void leavesTheBodyBeforeItEdits();
    void asksWhichBody();

private:
    Session& session() { return m_window->session(); }
    void settle() { QTRY_VERIFY_WITH_TIMEOUT(!m_window->jobs().isBusy(), kWaitMs); }
    NodeId holder() { return session().model()->order().back(); }

    QTemporaryDir m_folder;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<views::Theme> m_theme;
    std::unique_ptr<gui::MainWindow> m_window;
};

void TestBodies::init()
{
    const QString path = m_folder.filePath(QStringLiteral("branches.onnx"));
    QVERIFY(writeFile(path.toStdString(), test::onnxModel(kModel, 14)));
    m_settings = std::make_unique<QSettings>(m_folder.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat);
    m_theme = std::make_unique<views::Theme>();
    m_theme->setMode(views::Theme::Mode::Light);
    m_window = std::make_unique<gui::MainWindow>(*m_theme, *m_settings);
    m_window->QWidget::show();
    session().setMarch(QStringLiteral("bayes"));
    m_window->open(path);
    settle();
    QVERIFY(session().model());
}

void TestBodies::goesIntoABodyAndComesBack()
{
    const ir::GraphPtr model = session().graph();
    session().openBody(holder(), "then_branch");
    settle();
    QCOMPARE(session().graph()->nodeCount(), size_t(2));
    QCOMPARE(session().model(), model);
    QCOMPARE(session().diagramGraph(), session().graph());
    QCOMPARE(session().bodyNames().constLast(), QStringLiteral("then_branch"));
    auto& graph = *m_window->findChild<views::GraphView*>(QStringLiteral("graph"));
    graph.setFocus();
    QTest::keyClick(&graph, Qt::Key_Backspace);
    settle();
    QCOMPARE(session().graph(), model);
    QCOMPARE(session().selection(), gui::Nodes{holder()});
    QCOMPARE(session().diagramGraph(), model);
}

void TestBodies::checksTheBodyOnScreen()
{
    QVERIFY(session().findings());
    const auto inModel = session().findings()->findings.size();
    session().openBody(holder(), "then_branch");
    settle();
    const views::FindingListPtr list = session().findings();
    QVERIFY(list);
    QCOMPARE(list->findings.at(0).op, std::string("torch.nn.Hardswish"));
    QVERIFY(session().graph()->contains(list->findings.at(0).node));
    session().setMarch(QStringLiteral("bernoulli2"));
    settle();
    QCOMPARE(session().findings()->march, QStringLiteral("Bernoulli2"));
    session().setMarch(QStringLiteral("bayes"));
    session().closeBodies();
    settle();
    QCOMPARE(session().findings()->findings.size(), inModel);
}

void TestBodies::leavesTheBodyBeforeItEdits()
{
    session().openBody(holder(), "else_branch");
    settle();
    session().ignore({0}, QStringLiteral("known"));
    QVERIFY2(session().error().contains(QStringLiteral("else_branch: is a body")), qPrintable(session().error()));
    QVERIFY(!session().history().canUndo());
    session().fuse();
    settle();
    QVERIFY(session().bodyPath().empty());
    QCOMPARE(session().stage(), ir::Stage::Fused);
    session().openBody(holder(), "else_branch");
    session().undo();
    settle();
    QVERIFY(session().bodyPath().empty());
    QCOMPARE(session().stage(), ir::Stage::Float);
}

void TestBodies::asksWhichBody()
{
    auto& graph = *m_window->findChild<views::GraphView*>(QStringLiteral("graph"));
    session().select({holder()});
    QTRY_VERIFY(m_window->findChild<views::Inspector*>()->findChildren<QLabel*>().size() > 3);
    graph.setFocus();
    QTest::keyClick(&graph, Qt::Key_Return);
    auto* menu = m_window->findChild<QMenu*>(QStringLiteral("bodies"));
    QVERIFY(menu);
    QCOMPARE(menu->actions().at(0)->text(), QStringLiteral("else_branch: 1 operators"));
    menu->actions().at(1)->trigger();
    menu->close();
    settle();
    QCOMPARE(session().graph()->nodeCount(), size_t(2));
}

QTEST_MAIN(TestBodies)
#include "tst_bodies.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Files on their way into the window: by dialog, dropped, changed on disk, bad, and those with little in them.
#include "core/base/file.h"
#include "app/cli/cli.h"
#include "tests/gui/window_test.h"
#include "tests/support/bad_files.h"
#include "tests/support/onnx_builder.h"
#include "views/widgets/message_bar.h"

#include <QApplication>
#include <QDropEvent>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>

#include <sstream>

using namespace bpu;
using namespace bpu::gui;

class TestOpening : public WindowTest {
    Q_OBJECT

private Q_SLOTS:
    void init() { makeWindow(); }
    void cleanup() { dropWindow(); }
    void showsTheFirstPageWithoutAModel();
    void opensADroppedFile();
    void takesOneLocalFileOnly();
    void staysOnItsModelWhenAnOpenIsStopped();
    void saysTheSentenceOfTheCommandLine();
    void showsTheSentenceOfABadFileAndStaysUsable();
    void readsAFileAgainWhenItChanges();
    void keepsTheGraphWhenTheNewFileIsHalfWritten();
    void showsAGraphWithoutOperators();
    void showsASingleOperator();
    void remembersWhatWasOpen();

private:
    views::MessageBar& bar() { return *m_window->findChild<views::MessageBar*>(QStringLiteral("message")); }
    QString saved(const char* name, const std::string& bytes);
    bool drag(const QList<QUrl>& files);
};

QString TestOpening::saved(const char* name, const std::string& bytes)
{
    const QString path = m_folder->filePath(QLatin1String(name));
    if (!writeFile(path.toStdString(), bytes))
        qFatal("no file");
    return path;
}

/// Drags files in and drops them; whether the window took them.
bool TestOpening::drag(const QList<QUrl>& files)
{
    QMimeData data;
    data.setUrls(files);
    QDragEnterEvent enter(QPoint(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    enter.ignore();
    QApplication::sendEvent(m_window.get(), &enter);
    const auto* hint = m_window->findChild<QLabel*>(QStringLiteral("dropHint"));
    if (hint->isVisible() != enter.isAccepted())
        qFatal("the outline says something else than the window does");
    if (!enter.isAccepted())
        return false;
    QDropEvent drop(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &drop);
    return !hint->isVisible();
}

void TestOpening::showsTheFirstPageWithoutAModel()
{
    QVERIFY(m_window->findChild<QWidget*>(QStringLiteral("start"))->isVisible());
    QVERIFY(!m_window->action(QStringLiteral("check"))->isEnabled());
    QVERIFY(!m_window->action(QStringLiteral("fuse"))->isEnabled());
    QVERIFY(m_window->action(QStringLiteral("compile"))->toolTip().contains(QStringLiteral("later version")));
    m_window->findChild<QPushButton*>(QStringLiteral("startSample"))->click();
    settle();
    QCOMPARE(session().fileName(), QStringLiteral("classic_net.onnx"));
    QVERIFY(graph().isVisible());
}

void TestOpening::opensADroppedFile()
{
    QVERIFY(drag({QUrl::fromLocalFile(sample("camera_net.onnx"))}));
    settle();
    QCOMPARE(session().fileName(), QStringLiteral("camera_net.onnx"));
    QVERIFY(session().diagram());
}

void TestOpening::takesOneLocalFileOnly()
{
    QVERIFY(!drag({}));
    QVERIFY(!drag({QUrl(QStringLiteral("https://example.org/net.onnx"))}));
    QVERIFY(!drag({QUrl::fromLocalFile(sample("camera_net.onnx")), QUrl::fromLocalFile(sample("classic_net.onnx"))}));
    settle();
    QVERIFY(!session().hasGraph());
}

/// The one that was stopped says nothing and takes nothing away; the next opens.
void TestOpening::staysOnItsModelWhenAnOpenIsStopped()
{
    open(sample("classic_net.onnx"));
    const ir::GraphPtr before = session().graph();
    m_window->open(sample("camera_net.onnx"));
    m_window->jobs().stopAll();
    settle();
    QCOMPARE(session().graph(), before);
    QCOMPARE(session().fileName(), QStringLiteral("classic_net.onnx"));
    QCOMPARE(session().error(), QString());
    open(sample("camera_net.onnx"));
    QCOMPARE(session().fileName(), QStringLiteral("camera_net.onnx"));
}

void TestOpening::saysTheSentenceOfTheCommandLine()
{
    open(sample("classic_net.onnx"));
    const ir::GraphPtr before = session().graph();
    for (const std::string& name : test::writeBadFiles(m_folder->path().toStdString())) {
        const QString path = m_folder->filePath(QString::fromStdString(name));
        std::ostringstream out;
        std::ostringstream err;
        QCOMPARE(cli::run({"info", path.toStdString()}, out, err), 2);
        open(path);
        QCOMPARE(QStringLiteral("bpu: ") + bar().text() + QLatin1Char('\n'), QString::fromStdString(err.str()));
        QVERIFY2(bar().isVisible(), name.c_str());
        QVERIFY2(!QApplication::activeModalWidget(), name.c_str());
        QCOMPARE(session().graph(), before);
    }
    press("fuse");
    settle();
    QCOMPARE(session().stage(), ir::Stage::Fused);
}

void TestOpening::showsTheSentenceOfABadFileAndStaysUsable()
{
    open(sample("classic_net.onnx"));
    const ir::GraphPtr before = session().graph();
    const QString bad = m_folder->filePath(QStringLiteral("bad.onnx"));
    QFile file(bad);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("this is no model");
    file.close();
    open(bad);
    auto* bar = m_window->findChild<views::MessageBar*>(QStringLiteral("message"));
    QVERIFY(bar->isVisible());
    QVERIFY2(bar->text().contains(QStringLiteral("bad.onnx")), qPrintable(bar->text()));
    QCOMPARE(bar->text(), session().error());
    QVERIFY(!QApplication::activeModalWidget());
    QCOMPARE(session().graph(), before);
    open(sample("passes_both.onnx"));
    QVERIFY(!bar->isVisible());
    QCOMPARE(session().fileName(), QStringLiteral("passes_both.onnx"));
}

void TestOpening::readsAFileAgainWhenItChanges()
{
    const QString path = copyOf("classic_net.onnx");
    open(path);
    const size_t operators = session().graph()->nodeCount();
    copyOf("passes_both.onnx");
    QTRY_VERIFY_WITH_TIMEOUT(session().graph()->nodeCount() != operators, kWaitMs);
    settle();
    QVERIFY(session().findings());
    press("undo");
    settle();
    QCOMPARE(session().graph()->nodeCount(), operators);
}

void TestOpening::keepsTheGraphWhenTheNewFileIsHalfWritten()
{
    const QString path = copyOf("classic_net.onnx");
    open(path);
    const ir::GraphPtr before = session().graph();
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.resize(file.size() / 2);
    file.close();
    QTRY_VERIFY_WITH_TIMEOUT(!session().error().isEmpty(), kWaitMs);
    QCOMPARE(session().graph(), before);
    copyOf("passes_both.onnx");
    QTRY_VERIFY_WITH_TIMEOUT(session().error().isEmpty() && session().graph() != before, kWaitMs);
}

void TestOpening::showsAGraphWithoutOperators()
{
    open(saved("through.onnx", test::onnxModel("(float[1,3] x) => (float[1,3] x) { }")));
    QCOMPARE(session().error(), QString());
    QVERIFY(session().hasGraph());
    QCOMPARE(session().graph()->nodeCount(), 0U);
    press("check");
    press("fuse");
    settle();
    QVERIFY(session().findings());
    QVERIFY(!m_window->grab().isNull());
}

void TestOpening::showsASingleOperator()
{
    open(saved("one.onnx", test::onnxModel("(float[1,3] x) => (float[1,3] y) { y = Relu(x) }")));
    QCOMPARE(session().graph()->nodeCount(), 1U);
    const NodeId node = session().graph()->order().front();
    m_window->show(node);
    QCOMPARE(graph().selection(), node);
    QVERIFY(graph().rect().contains(graph().camera().toScreen(graph().scene().rectOf(node).center()).toPoint()));
}

void TestOpening::remembersWhatWasOpen()
{
    open(sample("classic_net.onnx"));
    m_window->close();
    m_window.reset();
    m_window = std::make_unique<MainWindow>(*m_theme, *m_settings);
    const RecentFiles recent(*m_settings);
    QCOMPARE(recent.entries().size(), 1U);
    QCOMPARE(recent.entries().front().name, QStringLiteral("classic_net.onnx"));
    QVERIFY2(recent.entries().front().result.contains(QStringLiteral("error")), qPrintable(recent.entries().front().result));
}

QTEST_MAIN(TestOpening)
#include "tst_opening.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A file that defines an operator, a pass or a command must be in its list; nothing registers itself.
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

namespace {

QString textOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QSet<QString> captures(const QString& text, const QString& pattern)
{
    QSet<QString> names;
    auto matches = QRegularExpression(pattern, QRegularExpression::MultilineOption).globalMatch(text);
    while (matches.hasNext())
        names.insert(matches.next().captured(1));
    return names;
}

} // namespace

class TestRegistry : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void listAndFilesAgree_data();
    void listAndFilesAgree();
};

void TestRegistry::listAndFilesAgree_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("list");
    QTest::addColumn<QString>("macro");
    QTest::addColumn<QString>("type");
    QTest::newRow("passes") << QStringLiteral("passes") << QStringLiteral("passes/registry.def") << QStringLiteral("BPU_PASS") << QStringLiteral("Pass");
    QTest::newRow("commands") << QStringLiteral("app/cli") << QStringLiteral("app/cli/commands.def") << QStringLiteral("BPU_COMMAND") << QStringLiteral("Command");
}

void TestRegistry::listAndFilesAgree()
{
    QFETCH(QString, folder);
    QFETCH(QString, list);
    QFETCH(QString, macro);
    QFETCH(QString, type);
    const QString root = QStringLiteral(BPU_SOURCE_DIR "/");
    QSet<QString> defined;
    QDirIterator it(root + folder, {QStringLiteral("*.cpp")}, QDir::Files, QDirIterator::Subdirectories);
    while (it.hasNext())
        defined += captures(textOf(it.next()), QStringLiteral("^const %1& (\\w+)\\(\\)$").arg(type));
    const QSet<QString> listed = captures(textOf(root + list), QStringLiteral("^%1\\((\\w+)\\)").arg(macro));
    QVERIFY(!listed.isEmpty());
    QVERIFY2(defined == listed, qPrintable(QStringList((defined - listed).values() + (listed - defined).values()).join(u' ')));
}

QTEST_APPLESS_MAIN(TestRegistry)
#include "tst_registry.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// registry.def, the files it names and docs/operators.md speak of the same operators.
#include "core/ops/op_spec.h"

#include <QFile>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

using namespace bpu;

namespace {

QString textOf(const QString& path)
{
    QFile file(QStringLiteral(BPU_SOURCE_DIR "/") + path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

/// The first column of the table; "avg_pool1d, 2d, 3d" names three.
QStringList documentedNames()
{
    QStringList names;
    auto rows = QRegularExpression(QStringLiteral("^\\| ([a-z][^|]*) \\|"), QRegularExpression::MultilineOption).globalMatch(textOf(QStringLiteral("docs/operators.md")));
    while (rows.hasNext()) {
        const QString cell = rows.next().captured(1);
        if (cell == QLatin1String("operator"))
            continue;
        QString base;
        for (const QString& word : cell.split(QRegularExpression(QStringLiteral("[,;] *")))) {
            const bool isShort = word.size() == 2 && word.at(0).isDigit();
            names << (isShort ? base + word : word);
            base = isShort ? base : word.chopped(std::min<qsizetype>(2, word.size()));
        }
    }
    return names;
}

} // namespace

class TestRegistry : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesAreUniqueAndFound();
    void documentNamesTheSameOperators();
    void everyOperatorIsInTheFileThatItIsListedUnder();
    void everyOperatorHasAShapeRule();
};

void TestRegistry::namesAreUniqueAndFound()
{
    QSet<QByteArray> names;
    for (const ops::OpSpec* spec : ops::all()) {
        const QByteArray name(spec->name.data(), static_cast<qsizetype>(spec->name.size()));
        QVERIFY2(!names.contains(name), name.constData());
        names.insert(name);
        QCOMPARE(ops::find(spec->name), spec);
        QVERIFY2(!spec->inputs.empty(), name.constData());
        QVERIFY2(!spec->torch.empty() && !spec->torch.front().empty(), name.constData());
    }
    QVERIFY(names.size() > 150);
}

void TestRegistry::documentNamesTheSameOperators()
{
    const QStringList listed = documentedNames();
    const QSet<QString> documented(listed.begin(), listed.end());
    QCOMPARE(documented.size(), listed.size());
    QSet<QString> registered;
    for (const ops::OpSpec* spec : ops::all())
        registered.insert(QString::fromUtf8(spec->name.data(), static_cast<qsizetype>(spec->name.size())));
    const QStringList onlyDocumented = (documented - registered).values();
    const QStringList onlyRegistered = (registered - documented).values();
    QVERIFY2(onlyDocumented.isEmpty(), qPrintable(onlyDocumented.join(u' ')));
    QVERIFY2(onlyRegistered.isEmpty(), qPrintable(onlyRegistered.join(u' ')));
}

void TestRegistry::everyOperatorIsInTheFileThatItIsListedUnder()
{
    QString file;
    QString source;
    int operators = 0;
    for (const QString& line : textOf(QStringLiteral("core/ops/registry.def")).split(u'\n')) {
        if (line.startsWith(QLatin1String("// ")) && line.endsWith(QLatin1String(".cpp"))) {
            file = line.mid(3);
            source = textOf(QStringLiteral("core/ops/") + file);
            QVERIFY2(!source.isEmpty(), qPrintable(file));
        } else if (line.startsWith(QLatin1String("BPU_OP("))) {
            const QString function = line.mid(7).chopped(1);
            const QRegularExpression definition(QStringLiteral("^(const OpSpec& %1\\(\\)|BPU_\\w+\\(%1,)").arg(function), QRegularExpression::MultilineOption);
            QVERIFY2(definition.match(source).hasMatch(), qPrintable(file + QStringLiteral(": ") + function));
            ++operators;
        }
    }
    QCOMPARE(static_cast<size_t>(operators), ops::all().size());
}

void TestRegistry::everyOperatorHasAShapeRule()
{
    for (const ops::OpSpec* spec : ops::all())
        QVERIFY2(spec->inferTypes, std::string(spec->name).c_str());
}

QTEST_APPLESS_MAIN(TestRegistry)
#include "tst_registry.moc"

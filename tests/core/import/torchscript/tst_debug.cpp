// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Tables of source lines (.debug_pkl), in both layouts.
#include "core/import/torchscript/debug.h"
#include "tests/support/pickle_builder.h"

#include <QTest>

using namespace bpu;
using namespace bpu::importer::torchscript;
using namespace bpu::test::pickle;

namespace {

Bytes bytesOf(const std::string& text)
{
    return Bytes::copyOf(std::as_bytes(std::span(text)));
}

} // namespace

class TestDebug : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tellsSourceLines_data();
    void tellsSourceLines();
    void refusesOtherPicklesAsDebugTables_data();
    void refusesOtherPicklesAsDebugTables();
};

void TestDebug::tellsSourceLines_data()
{
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<int>("offset");
    QTest::addColumn<QString>("expected");
    const std::string code = "def forward(self, x):\n    y = relu(x)\n    return y\n";
    const auto at = [](int64_t codeOffset, const std::string& source, int64_t begin, int64_t end) {
        return tuple(integer(codeOffset) + tuple(source + integer(begin) + integer(end)) + integer(-1));
    };
    const std::string unknown = tuple(text("") + text("") + integer(0));
    const std::string old = whole(tuple(at(0, unknown, 0, 0) + at(10, tuple(text(code) + text("net.py") + integer(4)), 30, 37) + at(20, tuple(text(code) + text("net.py") + integer(4)), 42, 50)));
    const std::string source = tuple(list(integer(1) + integer(2) + integer(3)) + integer(4) + integer(4));
    const std::string table = whole(tuple(text("FORMAT_WITH_STRING_TABLE") + tuple(text("") + text("def forward(self, x):\n") + text("    y = relu(x)\n") + text("    return y\n") + text("net.py")) +
                                          tuple(at(0, tuple(list("") + integer(0) + integer(0)), 0, 0) + at(10, source, 30, 37) + at(20, source, 42, 50))));
    const auto rows = [](const char* layout, const std::string& pickle) {
        const auto row = [&](const char* name, int offset, const char* expected) {
            QTest::newRow(qPrintable(QStringLiteral("%1: %2").arg(QLatin1String(layout), QLatin1String(name)))) << QByteArray::fromStdString(pickle) << offset << QString::fromLatin1(expected);
        };
        row("nothing known", 0, "-");
        row("first byte", 10, "net.py:5:8 relu(x)");
        row("within", 19, "net.py:5:8 relu(x)");
        row("next", 20, "net.py:6:4 return y");
        row("behind the last", 999, "net.py:6:4 return y");
    };
    rows("texts", old);
    rows("table", table);
}

void TestDebug::tellsSourceLines()
{
    QFETCH(QByteArray, pickle);
    QFETCH(int, offset);
    QFETCH(QString, expected);
    const auto table = DebugTable::read(bytesOf(pickle.toStdString()), "net.py.debug_pkl");
    QVERIFY2(table, table ? "" : table.error().text().c_str());
    const auto place = table->at(static_cast<size_t>(offset));
    const auto text = [](std::string_view view) { return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size())); };
    QCOMPARE(place ? QStringLiteral("%1:%2:%3 %4").arg(text(place->file)).arg(place->line).arg(place->column).arg(text(place->written)) : QStringLiteral("-"), expected);
}

void TestDebug::refusesOtherPicklesAsDebugTables_data()
{
    QTest::addColumn<QByteArray>("pickle");
    const auto row = [](const char* name, const std::string& pickle) { QTest::newRow(name) << QByteArray::fromStdString(whole(pickle)); };
    row("number", integer(1));
    row("record of numbers", tuple(integer(1)));
    row("range of two", tuple(tuple(integer(1) + tuple(integer(1) + integer(2)))));
    row("string index beyond the table", tuple(text("FORMAT_WITH_STRING_TABLE") + tuple("") + tuple(tuple(integer(0) + tuple(tuple(list(integer(5)) + integer(0) + integer(0)) + integer(0) + integer(0))))));
    row("negative offset", tuple(tuple(integer(-1) + tuple(tuple(text("") + text("") + integer(0)) + integer(0) + integer(0)))));
}

void TestDebug::refusesOtherPicklesAsDebugTables()
{
    QFETCH(QByteArray, pickle);
    const auto table = DebugTable::read(bytesOf(pickle.toStdString()), "net.py.debug_pkl");
    QVERIFY(!table);
    QCOMPARE(table.error().text(), std::string("net.py.debug_pkl: is no table of source lines; save the model again with torch.jit.save"));
}

QTEST_APPLESS_MAIN(TestDebug)
#include "tst_debug.moc"

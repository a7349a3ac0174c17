// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/base/atomic_file.h"
#include "core/base/file.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace bpu;

class TestFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsWhatItWrote();
    void keepsTheOldFileWhenTheDiskIsFull();
    void leavesNothingBeside();
    void writesThroughALink();
    void fillsDeferredBytesOnceAndOnlyWhenRead();
    void writesPiecesInAnyOrder();
    void isNotThereBeforeItIsWhole();
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();

private:
    std::filesystem::path inside(const char* name) const { return m_folder.path().toStdString() + "/" + name; }
    QTemporaryDir m_folder;
};

void TestFile::readsWhatItWrote()
{
    QVERIFY(writeFile(inside("a"), std::string_view("one")));
    QVERIFY(writeFile(inside("a"), std::string_view("two and more")));
    const auto bytes = readFile(inside("a"));
    QVERIFY(bytes);
    QCOMPARE(QByteArray(reinterpret_cast<const char*>(bytes->span().data()), qsizetype(bytes->size())), QByteArray("two and more"));
    QCOMPARE(bytes->slice(4, 3).size(), size_t(3));
}

void TestFile::keepsTheOldFileWhenTheDiskIsFull()
{
    const auto written = writeFile("/dev/full", std::string_view("text"));
    QVERIFY(!written);
    QCOMPARE(written.error().code, std::string("file.disk-full"));
    QVERIFY(written.error().kind == ErrorKind::Machine);
    QVERIFY(std::filesystem::is_character_file("/dev/full"));
}

void TestFile::leavesNothingBeside()
{
    QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    QVERIFY(writeFile(path / "x", std::string_view("1")));
    QVERIFY(!writeFile(path, std::string_view("1")));
    QCOMPARE(std::distance(std::filesystem::directory_iterator(path), {}), 1);
}

void TestFile::writesThroughALink()
{
    QVERIFY(writeFile(inside("target"), std::string_view("old")));
    std::filesystem::create_symlink("target", inside("link"));
    QVERIFY(writeFile(inside("link"), std::string_view("newer")));
    QVERIFY(std::filesystem::is_symlink(inside("link")));
    QCOMPARE(std::filesystem::file_size(inside("target")), uintmax_t(5));
}

void TestFile::fillsDeferredBytesOnceAndOnlyWhenRead()
{
    int fills = 0;
    const Bytes bytes = Bytes::deferred(3, [&fills](std::span<std::byte> room) {
        ++fills;
        std::ranges::copy(std::as_bytes(std::span("abc", 3)), room.begin());
    });
    const Bytes shared = bytes;
    QCOMPARE(shared.size(), size_t(3));
    QCOMPARE(fills, 0);
    QCOMPARE(static_cast<char>(bytes.span()[1]), 'b');
    QCOMPARE(static_cast<char>(shared.slice(2, 1).span()[0]), 'c');
    QVERIFY(shared.span().data() == bytes.span().data());
    QCOMPARE(fills, 1);
}

void TestFile::writesPiecesInAnyOrder()
{
    const auto bytesOf = [](std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); };
    auto made = AtomicFile::create(inside("pieces"));
    QVERIFY(made);
    QVERIFY(made->write(bytesOf("....two")));
    QVERIFY(made->seek(0));
    QVERIFY(made->write(bytesOf("one ")));
    QCOMPARE(made->position(), int64_t(4));
    QVERIFY(made->commit());
    const auto back = readFile(inside("pieces"));
    QVERIFY(back && std::ranges::equal(back->span(), bytesOf("one two")));
}

void TestFile::isNotThereBeforeItIsWhole()
{
    QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString() + "/x";
    {
        auto made = AtomicFile::create(path);
        QVERIFY(made && made->write(std::as_bytes(std::span("abc", 3))));
        QVERIFY(!std::filesystem::exists(path));
    }
    QVERIFY(std::filesystem::is_empty(folder.path().toStdString()));
}

void TestFile::saysWhatIsWrong_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("code");
    QTest::newRow("missing") << QStringLiteral("/nowhere/net.onnx") << QStringLiteral("file.missing");
    QTest::newRow("folder") << QStringLiteral("/") << QStringLiteral("file.directory");
    QTest::newRow("device") << QStringLiteral("/dev/null") << QStringLiteral("file.read");
}

void TestFile::saysWhatIsWrong()
{
    QFETCH(QString, path);
    QFETCH(QString, code);
    const auto bytes = readFile(path.toStdString());
    QVERIFY(!bytes);
    QCOMPARE(QString::fromStdString(bytes.error().code), code);
    QVERIFY(bytes.error().text().starts_with(path.toStdString() + ": "));
}

QTEST_APPLESS_MAIN(TestFile)
#include "tst_file.moc"

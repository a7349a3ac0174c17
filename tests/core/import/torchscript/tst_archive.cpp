// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The zip around a TorchScript module.
#include "core/import/torchscript/archive.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

#include <QElapsedTimer>
#include <QTest>

using namespace bpu;
using namespace bpu::importer::torchscript;
using namespace bpu::test::pickle;
using bpu::test::ZipPart;
using bpu::test::zipOf;

namespace {

Bytes bytesOf(const std::string& text)
{
    return Bytes::copyOf(std::as_bytes(std::span(text)));
}

std::vector<ZipPart> parts()
{
    return {{"net/data.pkl", whole(none())}, {"net/code/__torch__.py", "class Net(Module):\n", true}, {"net/version", "3\n"}};
}

/// The small archive with one more entry.
std::string with(ZipPart part)
{
    auto all = parts();
    all.push_back(std::move(part));
    return zipOf(all);
}

/// Everything in it read, or "error: ...".
std::string opened(const std::string& file)
{
    auto archive = Archive::open("net.pt", bytesOf(file));
    if (!archive)
        return "error: " + archive.error().code + " " + archive.error().text();
    std::string names;
    for (const std::string& name : archive->list("")) {
        const auto entry = archive->read(name);
        if (!entry)
            return "error: " + entry.error().code + " " + entry.error().text();
        names += (names.empty() ? "" : " ") + name;
    }
    return names;
}

std::string floats(int count)
{
    std::string data;
    for (int i = 0; i < count; ++i)
        data += littleEndian(std::bit_cast<uint32_t>(static_cast<float>(i)), 4);
    return data;
}

} // namespace

class TestArchive : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void opens_data();
    void opens();
    void knowsNameVersionAndByteOrder();
    void storedEntriesAreNotCopied();
    void refuses_data();
    void refuses();
    void refusesBombsQuickly_data();
    void refusesBombsQuickly();
    void survivesEveryTruncation();
    void survivesFlippedBytes();
};

void TestArchive::opens_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("names");
    const auto row = [](const char* name, const std::vector<ZipPart>& all, const char* names) { QTest::newRow(name) << QByteArray::fromStdString(zipOf(all)) << QByteArray(names); };
    row("plain", parts(), "data.pkl code/__torch__.py version");
    auto all = parts();
    all.push_back({"net/data/", ""});
    all.push_back({"net/data/0", ""});
    all.push_back({"net/data/1", floats(4)});
    all.push_back({"net/data/2", floats(4), true});
    row("stored, packed and empty", all, "data.pkl code/__torch__.py version data/0 data/1 data/2");
    row("version in .data", {{"a/data.pkl", "N."}, {"a/code/a.py", ""}, {"a/.data/version", "4"}}, "data.pkl code/a.py .data/version");
    all = parts();
    all.insert(all.begin(), {"__MACOSX/net/._data.pkl", "x"});
    row("packed anew on a Mac", all, "data.pkl code/__torch__.py version");
    row("name with blanks", {{"my net v2.1/data.pkl", ""}, {"my net v2.1/code/a.py", ""}, {"my net v2.1/version", "10\n"}}, "data.pkl code/a.py version");
}

void TestArchive::opens()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, names);
    QCOMPARE(QByteArray::fromStdString(opened(file.toStdString())), names);
}

void TestArchive::knowsNameVersionAndByteOrder()
{
    auto archive = Archive::open("net.pt", bytesOf(with({"net/byteorder", "big"})));
    QVERIFY(archive);
    QCOMPARE(archive->name(), std::string("net"));
    QCOMPARE(archive->version(), 3);
    QVERIFY(archive->isBigEndian());
    QCOMPARE(*archive->readText("code/__torch__.py"), std::string("class Net(Module):\n"));
    QCOMPARE(archive->read("lost").error().text(), std::string("net.pt: holds no 'lost'; copy or save the file again"));
}

void TestArchive::storedEntriesAreNotCopied()
{
    const Bytes file = bytesOf(with({"net/data/0", floats(1000)}));
    auto archive = Archive::open("net.pt", file);
    QVERIFY(archive);
    const auto entry = archive->read("data/0");
    QVERIFY(entry);
    QVERIFY(entry->span().data() > file.span().data() && entry->span().data() + entry->size() < file.span().data() + file.size());
    QCOMPARE(std::memcmp(entry->span().data(), floats(1000).data(), entry->size()), 0);
}

void TestArchive::refuses_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const std::string& file, const char* expected) { QTest::newRow(name) << QByteArray::fromStdString(file) << QByteArray("error: torchscript.") + expected; };
    row("no zip", "hello", "zip net.pt: is no complete zip file: the directory at its end is missing or damaged; copy or save the file again");
    row("empty zip", zipOf({}), "archive net.pt: holds no folder with a data.pkl, so it is no TorchScript file; save the model with torch.jit.save");
    row("no folder", zipOf({{"data.pkl", ""}, {"code/a.py", ""}, {"version", "1"}}), "archive net.pt: holds no folder with a data.pkl, so it is no TorchScript file; save the model with torch.jit.save");
    row("two models", with({"other/data.pkl", ""}), "archive net.pt: holds two models, 'net' and 'other'; unpack it and save each by itself");
    row("no code", zipOf({{"net/data.pkl", ""}, {"net/version", "1"}}), "archive net.pt: holds weights but no code, so it is no TorchScript file; save the model with torch.jit.save");
    row("no version", zipOf({{"net/data.pkl", ""}, {"net/code/a.py", ""}}), "archive net.pt: does not tell its file-format version; save the model again with torch.jit.save");
    row("version of words", zipOf({{"net/data.pkl", ""}, {"net/code/a.py", ""}, {"net/version", "new"}}), "version net.pt: has a file-format version that is no number; save the model again with torch.jit.save");
    row("newer version", zipOf({{"net/data.pkl", ""}, {"net/code/a.py", ""}, {"net/version", "11"}}),
        "version net.pt: has file-format version 11, and 10 is the newest that is known here; save it with an older PyTorch");
    const auto zip = [&](const char* name, const ZipPart& part, const char* expected) { row(name, with(part), (std::string("zip net.pt: ") + expected + "; copy or save the file again").c_str()); };
    zip("parent folder", {"net/../../x", ""}, "holds an entry named 'net/../../x', which leads out of its folder: the file was made to do harm");
    zip("absolute", {"/etc/passwd", ""}, "holds an entry named '/etc/passwd', which leads out of its folder: the file was made to do harm");
    zip("of Windows", {"C:\\x", ""}, "holds an entry named 'C:\\x', which leads out of its folder: the file was made to do harm");
    zip("twice", {"net/version", "9"}, "holds two entries named 'net/version'");
    ZipPart part{"net/data/0", "1234"};
    part.flags = 1;
    zip("encrypted", part, "holds the encrypted entry 'net/data/0', and no model needs one");
    part = {"net/data/0", "1234"};
    part.method = 12;
    zip("bzip2", part, "packs 'net/data/0' with method 12, which no exporter of models uses");
    part = {"net/data/0", "1234"};
    part.claimedSize = 4000;
    zip("stored and larger than itself", part, "claims 4000 bytes for 'net/data/0', more than the 4 bytes in the file can hold");
    part = {"net/data/0", std::string(5000, 'x'), true};
    part.claimedSize = 5001;
    zip("packed and shorter than declared", part, "'net/data/0' is damaged or cut off: 5000 of 5001 bytes could be unpacked");
    part.claimedSize = 4000;
    zip("packed and longer than declared", part, "'net/data/0' unpacks to more than the 4000 bytes that the directory declares");
    part.claimedSize.reset();
    part.claimedChecksum = 1;
    zip("another checksum", part, "'net/data/0' does not match its checksum");
}

void TestArchive::refuses()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, expected);
    QCOMPARE(QByteArray::fromStdString(opened(file.toStdString())), expected);
}

void TestArchive::refusesBombsQuickly_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const std::string& file, const char* expected) { QTest::newRow(name) << QByteArray::fromStdString(file) << QByteArray(expected); };
    row("zeros", with({"net/data/0", std::string(200U << 20U, '\0'), true}), "of which at most ");
    auto many = parts();
    for (int i = 0; i < 20; ++i)
        many.push_back({"net/data/" + std::to_string(i), std::string(10U << 20U, '\0'), true});
    row("zeros in many entries", zipOf(many), "of which at most ");
    ZipPart claim{"net/data/0", std::string(1000, '\0'), true};
    claim.claimedSize = 0xfffffff0;
    row("declared size", with(claim), "claims 4294967280 bytes for 'net/data/0'");
    std::string entries = with({"net/data/0", ""});
    const std::string count = littleEndian(0xffff, 2); // of zip64, whose directory is not there
    entries.replace(entries.size() - 12, 2, count);
    entries.replace(entries.size() - 14, 2, count);
    row("entries that are not there", entries, "is no complete zip file");
    std::string zip64 = entries.substr(0, entries.size() - 22) + littleEndian(0x06064b50, 4) + littleEndian(44, 8) + littleEndian(0, 12);
    zip64 += littleEndian(uint64_t{1} << 40U, 8) + littleEndian(uint64_t{1} << 40U, 8) + littleEndian(0, 16);
    zip64 += littleEndian(0x07064b50, 4) + littleEndian(0, 4) + littleEndian(entries.size() - 22, 8) + littleEndian(1, 4) + entries.substr(entries.size() - 22);
    row("a million million entries", zip64, "claims to hold 1099511627776 entries, more than the 200000 that are allowed");
}

void TestArchive::refusesBombsQuickly()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, expected);
    QElapsedTimer timer;
    timer.start();
    const std::string said = opened(file.toStdString());
    QVERIFY2(timer.elapsed() < 2000, "too slow");
    QVERIFY2(QByteArray::fromStdString(said).contains(expected), said.c_str());
}

void TestArchive::survivesEveryTruncation()
{
    auto all = parts();
    for (int i = 0; i < 20; ++i)
        all.push_back({"net/data/" + std::to_string(i), floats(700), i % 2 == 0});
    const std::string file = zipOf(all);
    QVERIFY(file.size() > 30'000);
    for (size_t size = 0; size < file.size(); size += 1024)
        QCOMPARE(opened(file.substr(0, size)), std::string("error: torchscript.zip net.pt: is no complete zip file: the directory at its end is missing or damaged; copy or save the file again"));
}

void TestArchive::survivesFlippedBytes()
{
    const std::string file = with({"net/data/0", floats(20), true});
    for (size_t at = 0; at < file.size(); ++at) {
        for (const char mask : {'\x01', '\x80', '\xff'}) {
            std::string damaged = file;
            damaged[at] = static_cast<char>(damaged[at] ^ mask);
            QVERIFY(!opened(damaged).empty());
        }
    }
}

QTEST_APPLESS_MAIN(TestArchive)
#include "tst_archive.moc"

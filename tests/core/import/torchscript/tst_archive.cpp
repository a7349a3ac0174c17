// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The zip around a TorchScript module and the tensors in it.
#include "core/import/torchscript/archive.h"
#include "core/import/torchscript/tensors.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

#include <QElapsedTimer>
#include <QtTest>

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

std::vector<ZipPart> parts(const std::string& pickle = whole(none()))
{
    return {{"net/data.pkl", pickle}, {"net/code/__torch__.py", "class Net(Module):\n", true}, {"net/version", "3\n"}};
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

std::string tuples(const std::vector<int64_t>& numbers)
{
    std::string items;
    for (const int64_t number : numbers)
        items += integer(number);
    return tuple(items);
}

std::string joined(const std::vector<double>& values)
{
    std::string text;
    for (const double value : values)
        text += (text.empty() ? "" : " ") + QByteArray::number(value).toStdString();
    return text;
}

/// Type and values of the tensor at the pickle's root, or "error: ...".
std::string loaded(const std::string& pickle, const std::vector<ZipPart>& storages)
{
    auto all = parts(whole(pickle));
    all.insert(all.end(), storages.begin(), storages.end());
    auto archive = Archive::open("net.pt", bytesOf(zipOf(all)));
    if (!archive)
        return "error: " + archive.error().text();
    const auto read = Pickle::read(*archive->read("data.pkl"), "net.pt: data.pkl");
    if (!read)
        return "error: " + read.error().text();
    TensorLoader loader(*archive, *read, "data");
    const auto tensor = loader.load(read->root());
    if (!tensor)
        return "error: " + tensor.error().code + " " + tensor.error().text();
    std::string text = tensor->tensor.type().text() + " " + joined(tensor->tensor.toDoubles());
    if (tensor->quantizer)
        text += " scales " + joined(tensor->quantizer->scales) + " zero points " + joined({tensor->quantizer->zeroPoints.begin(), tensor->quantizer->zeroPoints.end()}) +
                " axis " + std::to_string(tensor->quantizer->axis);
    return text;
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
    void loadsTensors_data();
    void loadsTensors();
    void sharedStoragesStayShared();
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

void TestArchive::loadsTensors_data()
{
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const std::string& pickle, const std::string& data, const char* expected) {
        QTest::newRow(name) << QByteArray::fromStdString(pickle) << QByteArray::fromStdString(data) << QByteArray(expected);
    };
    const auto plain = [&](const char* type, const std::string& data, const char* expected) { row(type, tensor(storage(type, "0", 2), 0, tuples({2}), tuples({1})), data, expected); };
    plain("FloatStorage", floats(2), "f32[2] 0 1");
    plain("DoubleStorage", littleEndian(0, 8) + littleEndian(std::bit_cast<uint64_t>(-2.5), 8), "f64[2] 0 -2.5");
    plain("HalfStorage", littleEndian(0x3c00c000, 4), "f16[2] -2 1");
    plain("BFloat16Storage", littleEndian(0x3f80c000, 4), "bf16[2] -2 1");
    plain("LongStorage", littleEndian(7, 8) + littleEndian(~0ULL, 8), "i64[2] 7 -1");
    plain("IntStorage", littleEndian(7, 4) + littleEndian(0xffffffff, 4), "i32[2] 7 -1");
    plain("ShortStorage", littleEndian(7, 2) + littleEndian(0xffff, 2), "i16[2] 7 -1");
    plain("CharStorage", "\x07\xff", "i8[2] 7 -1");
    plain("ByteStorage", "\x07\xff", "u8[2] 7 255");
    plain("BoolStorage", "\x01"s + '\0', "bool[2] 1 0");
    plain("QInt8Storage", "\x07\xff", "i8[2] 7 -1");
    plain("QUInt8Storage", "\x07\xff", "u8[2] 7 255");
    plain("QInt32Storage", littleEndian(7, 4) + littleEndian(0xffffffff, 4), "i32[2] 7 -1");
    plain("ComplexFloatStorage", floats(4), "c64[2] nan nan");
    row("without content", tensor(tuple(text("storage") + global("torch", "FloatStorage") + text("0") + text("meta") + integer(0)) + "Q", 0, tuples({2}), tuples({1})), "",
        "error: torchscript.tensor net.pt: the tensor in data/0 has no content (device meta); load the weights before the model is saved");
    plain("QUInt4x2Storage", "\x07\xff", "error: torchscript.tensor net.pt: the tensor in data/0 is of quint4x2, which is not readable yet; convert it before the model is saved");
    const std::string from = storage("FloatStorage", "0", 12);
    const auto view = [&](const char* name, int64_t offset, const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides, const char* expected) {
        row(name, tensor(from, offset, tuples(sizes), tuples(strides)), floats(12), expected);
    };
    const auto outside = [&](const char* name, int64_t offset, const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides, const char* shape) {
        view(name, offset, sizes, strides, ("error: torchscript.tensor net.pt: the tensor in data/0 is " + std::string(shape) + ", but 12 elements are stored; copy or save the file again").c_str());
    };
    view("offset", 4, {2, 3}, {3, 1}, "f32[2,3] 4 5 6 7 8 9");
    view("scalar", 11, {}, {}, "f32[] 11");
    view("transposed", 0, {3, 2}, {1, 3}, "f32[3,2] 0 3 1 4 2 5");
    view("rows apart", 1, {2, 2}, {6, 2}, "f32[2,2] 1 3 7 9");
    view("channels last", 0, {1, 2, 2, 3}, {12, 1, 6, 2}, "f32[1,2,2,3] 0 2 4 6 8 10 1 3 5 7 9 11");
    view("expanded", 3, {2, 3}, {0, 1}, "f32[2,3] 3 4 5 3 4 5");
    view("length 1 has any stride", 0, {1, 3}, {99, 1}, "f32[1,3] 0 1 2");
    view("empty", 12, {0, 5}, {5, 1}, "f32[0,5] ");
    outside("beyond the end", 7, {2, 3}, {3, 1}, "[2, 3] with strides [3, 1] from element 7 on");
    outside("negative offset", -1, {2}, {1}, "[2] with strides [1] from element -1 on");
    outside("negative size", 0, {-2}, {1}, "[-2] with strides [1] from element 0 on");
    outside("negative stride", 11, {3}, {-1}, "[3] with strides [-1] from element 11 on");
    outside("sizes that overflow", 0, {int64_t{1} << 40U, int64_t{1} << 40U}, {0, 0}, "[1099511627776, 1099511627776] with strides [0, 0] from element 0 on");
    outside("strides that overflow", 0, {3, 3}, {INT64_MAX, INT64_MAX}, "[3, 3] with strides [9223372036854775807, 9223372036854775807] from element 0 on");
    view("expanded without end", 0, {100'000, 100'000}, {0, 0},
         "error: torchscript.tensor net.pt: the tensor in data/0 repeats its 48 bytes to [100000, 100000], more than is allowed; save it without expand()");
    row("missing storage", tensor(storage("FloatStorage", "9", 2), 0, tuples({2}), tuples({1})), "", "error: torchscript.tensor net.pt: the tensor in data/9 is not in the file; copy or save the file again");
    const std::string hooks = call(global("collections", "OrderedDict"), "");
    row("conjugated", call(global("torch._utils", "_rebuild_tensor_v2"), from + integer(0) + tuples({2}) + tuples({1}) + boolean(false) + hooks + dict(text("conj") + boolean(true))), floats(12),
        "error: torchscript.tensor net.pt: the tensor in data/0 is kept conjugated or negated; call resolve_conj() and resolve_neg() on it before the model is saved");
    const auto quantized = [&](const std::string& quantizer) {
        return call(global("torch._utils", "_rebuild_qtensor"), storage("QInt8Storage", "0", 2) + integer(0) + tuples({2, 1}) + tuples({1, 1}) + quantizer + boolean(false) + hooks);
    };
    row("per tensor", quantized(tuple(global("torch", "per_tensor_affine") + real(0.5) + integer(3))), "\x07\xff", "i8[2,1] 7 -1 scales 0.5 zero points 3 axis -1");
    const auto perChannel = [&](int64_t channels, int64_t axis) {
        const std::string vector = tensor(storage("CharStorage", "0", 2), 0, tuples({channels}), tuples({1}));
        return quantized(tuple(global("torch", "per_channel_affine") + vector + vector + integer(axis)));
    };
    row("per channel", perChannel(2, 0), "\x07\xff", "i8[2,1] 7 -1 scales 7 -1 zero points 7 -1 axis 0");
    row("axis that is not there", perChannel(2, 2), "\x07\xff", "error: torchscript.tensor net.pt: the tensor in data/0 has a scale for each index of axis 2, which cannot be; save the file again");
    row("too few scales", perChannel(1, 0), "\x07\xff", "error: torchscript.tensor net.pt: the tensor in data/0 has 2 channels, but 1 scales and 1 zero points; save the file again");
}

void TestArchive::loadsTensors()
{
    QFETCH(QByteArray, pickle);
    QFETCH(QByteArray, data);
    QFETCH(QByteArray, expected);
    for (const bool packed : {false, true})
        QCOMPARE(QByteArray::fromStdString(loaded(pickle.toStdString(), {{"net/data/0", data.toStdString(), packed}})), expected);
    if (expected.startsWith("f32") || expected.startsWith("f64")) {
        std::string swapped = data.toStdString();
        const size_t width = expected.startsWith("f32") ? 4 : 8;
        for (size_t at = 0; at < swapped.size(); at += width)
            std::reverse(swapped.begin() + static_cast<std::ptrdiff_t>(at), swapped.begin() + static_cast<std::ptrdiff_t>(at + width));
        QCOMPARE(QByteArray::fromStdString(loaded(pickle.toStdString(), {{"net/data/0", swapped}, {"net/byteorder", "big"}})), expected);
    }
}

void TestArchive::sharedStoragesStayShared()
{
    const std::string from = storage("FloatStorage", "0", 12);
    auto all = parts(whole(tuple(tensor(from, 0, tuples({12}), tuples({1})) + tensor(from, 4, tuples({2, 2}), tuples({2, 1})))));
    all.push_back({"net/data/0", floats(12)});
    auto archive = Archive::open("net.pt", bytesOf(zipOf(all)));
    QVERIFY(archive);
    const auto pickle = Pickle::read(*archive->read("data.pkl"), "data.pkl");
    QVERIFY(pickle);
    TensorLoader loader(*archive, *pickle, "data");
    const auto& items = (*pickle)[pickle->root()].items;
    const auto first = loader.load(items[0]);
    const auto second = loader.load(items[1]);
    QVERIFY(first && second);
    QCOMPARE(second->tensor.bytes().data(), first->tensor.bytes().data() + 16);
}

QTEST_APPLESS_MAIN(TestArchive)
#include "tst_archive.moc"

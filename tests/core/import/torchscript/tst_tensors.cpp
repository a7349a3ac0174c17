// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Tensors of a pickle with their storages: dtypes, views, quantizers, and storages that do not fit.
#include "core/import/torchscript/tensors.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

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

std::vector<ZipPart> parts(const std::string& pickle)
{
    return {{"net/data.pkl", pickle}, {"net/code/__torch__.py", "class Net(Module):\n", true}, {"net/version", "3\n"}};
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

class TestTensors : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void loadsTensors_data();
    void loadsTensors();
    void sharedStoragesStayShared();
};

void TestTensors::loadsTensors_data()
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

void TestTensors::loadsTensors()
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

void TestTensors::sharedStoragesStayShared()
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

QTEST_APPLESS_MAIN(TestTensors)
#include "tst_tensors.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the unpickler reads, and the sentence for everything that it refuses.
#include "core/import/torchscript/pickle.h"
#include "tests/support/pickle_builder.h"

#include <QElapsedTimer>
#include <QTest>
#include <random>

using namespace bpu;
using namespace bpu::importer::torchscript;
using namespace bpu::test::pickle;

namespace {

Bytes bytesOf(const std::string& text)
{
    return Bytes::copyOf(std::as_bytes(std::span(text)));
}

/// The printed value, or "error: ...".
std::string printed(const std::string& pickle)
{
    const auto read = Pickle::read(bytesOf(pickle), "data.pkl");
    return read ? print(*read, read->root()) : "error: " + read.error().code + " " + read.error().text();
}

std::string repeated(const std::string& text, size_t count)
{
    std::string out;
    out.reserve(text.size() * count);
    for (size_t i = 0; i < count; ++i)
        out += text;
    return out;
}

std::string jit(std::string_view function)
{
    return global("torch.jit._pickle", function);
}

} // namespace

class TestPickle : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsValues_data();
    void readsValues();
    void sharedValuesAreOne();
    void findsAttributes();
    void refuses_data();
    void refuses();
    void refusesBombsQuickly_data();
    void refusesBombsQuickly();
    void survivesEveryTruncation();
    void survivesRandomInstructions();
};

void TestPickle::readsValues_data()
{
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const std::string& pickle, const char* expected) {
        QTest::newRow(name) << QByteArray::fromStdString(whole(pickle)) << QByteArray(expected);
    };
    row("none", none(), "None");
    row("booleans", tuple(boolean(true) + boolean(false)), "(True, False)");
    row("small integers", tuple("K\xff" + "M\xff\xff"s + "J\xff\xff\xff\xff"), "(255, 65535, -1)");
    row("large integers", tuple(integer(INT64_MIN) + integer(INT64_MAX)), "(-9223372036854775808, 9223372036854775807)");
    row("integers of few bytes", tuple("\x8a"s + '\0' + "\x8a\x01\x80" + "\x8a\x02\x80"s + '\0'), "(0, -128, 128)");
    row("float", real(-0.1), "-0.1");
    row("text", text("a\"b"), "'a\"b'");
    row("texts of protocol 4", tuple("\x8c\x02hi\x8d"s + littleEndian(2, 8) + "ho"), "('hi', 'ho')");
    row("bytes", "C\x02xy", "b'xy'");
    row("nothing in them", tuple("])" + "}"s), "([], (), {})");
    row("short tuples", "K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87\x87", "((1,), (1, 2), (1, 2, 3))");
    row("append one at a time", "]K\x01"s + "aK\x02" + "a", "[1, 2]");
    row("appends to what is there", list(integer(1)) + "(" + integer(2) + integer(3) + "e", "[1, 2, 3]");
    row("dict in the order of the file", dict(text("b") + integer(1) + text("a") + integer(2)), "{'b': 1, 'a': 2}");
    row("setitem", "}" + text("k") + none() + "s", "{'k': None}");
    row("typed lists", tuple(call(jit("build_intlist"), list("")) + call(jit("build_doublelist"), list(real(1.5))) + call(jit("build_boollist"), list(boolean(true))) +
                             call(jit("build_tensorlist"), list(""))),
        "(List[int][], List[float][1.5], List[bool][True], List[Tensor][])");
    row("type tags", tuple(call(jit("restore_type_tag"), list(text("a")) + text("List[str]")) + call(jit("restore_type_tag"), dict("") + text("Dict[str, int]"))),
        "(List[str]['a'], Dict[str, int]{})");
    row("module", object("__torch__.torch.nn.modules.conv", "Conv2d", dict(text("training") + boolean(false))), "__torch__.torch.nn.modules.conv.Conv2d({'training': False})");
    row("class at the top", object("__torch__", "Net", dict("")), "__torch__.Net({})");
    row("state of __getstate__", object("__torch__.torch.classes.quantized", "LinearPackedParamsBase", tuple(integer(1) + none())),
        "__torch__.torch.classes.quantized.LinearPackedParamsBase((1, None))");
    row("enum", global("__torch__", "Color") + text("red") + "R", "__torch__.Color('red')");
    row("device", tuple(call(global("torch", "device"), text("cpu")) + call(global("torch", "device"), text("cuda") + integer(1))), "(device('cpu'), device('cuda:1'))");
    row("complex", call(global("builtins", "complex"), real(1) + real(-2)), "(1-2j)");
    row("ordered dict with pairs", call(global("collections", "OrderedDict"), list(list(text("a") + integer(1)))), "{'a': 1}");
    row("tensor", tensor(storage("FloatStorage", "3", 24), 4, tuple(integer(2) + integer(3)), tuple(integer(3) + integer(1)), true), "tensor('3', float32, 4, [2, 3], [3, 1], grad)");
    row("parameter", call(global("torch._utils", "_rebuild_parameter"), tensor(storage("HalfStorage", "0", 2), 0, tuple(integer(2)), tuple(integer(1))) + boolean(true) + dict("")),
        "tensor('0', float16, 0, [2], [1], grad)");
    row("bfloat16 scalar", tensor(storage("BFloat16Storage", "0", 1), 0, ")", ")"), "tensor('0', bfloat16, 0, [], [])");
    const auto quantized = [](const char* type, const std::string& quantizer) {
        return call(global("torch._utils", "_rebuild_qtensor"),
                    storage(type, "2", 6) + integer(0) + tuple(integer(6)) + tuple(integer(1)) + quantizer + boolean(false) + call(global("collections", "OrderedDict"), ""));
    };
    row("quantized per tensor", quantized("QUInt8Storage", tuple(global("torch", "per_tensor_affine") + real(0.25) + integer(128))),
        "tensor('2', quint8, 0, [6], [1], scale 0.25 zero point 128)");
    const std::string vector = tensor(storage("DoubleStorage", "5", 6), 0, tuple(integer(6)), tuple(integer(1)));
    row("quantized per channel", quantized("QInt8Storage", tuple(global("torch", "per_channel_affine") + vector + vector + integer(0))),
        "tensor('2', qint8, 0, [6], [1], axis 0 scales tensor('5', float64, 0, [6], [1]) zero points tensor('5', float64, 0, [6], [1]))");
    row("scheme as a number", quantized("QInt32Storage", tuple(integer(1) + real(0.5) + integer(0))), "tensor('2', qint32, 0, [6], [1], scale 0.5 zero point 0)");
    row("memo", tuple(text("a") + put(0) + get(0)), "('a', 'a')");
    row("memo of protocol 4", tuple(text("a") + "\x94h"s + '\0'), "('a', 'a')");
    row("name from the stack", text("torch") + text("float32") + "\x93", "torch.float32");
}

void TestPickle::readsValues()
{
    QFETCH(QByteArray, pickle);
    QFETCH(QByteArray, expected);
    QCOMPARE(QByteArray::fromStdString(printed(pickle.toStdString())), expected);
}

void TestPickle::sharedValuesAreOne()
{
    const auto read = Pickle::read(bytesOf(whole(tuple(list("") + put(7) + get(7) + list("")))), "data.pkl");
    QVERIFY(read);
    const auto& items = (*read)[read->root()].items;
    QCOMPARE(items[0].index, items[1].index);
    QVERIFY(items[0] != items[2]);
}

void TestPickle::findsAttributes()
{
    const auto read = Pickle::read(bytesOf(whole(object("__torch__", "Net", dict(text("a") + integer(5) + text("b") + none())))), "data.pkl");
    QVERIFY(read);
    QCOMPARE((*read)[read->find(read->root(), "a")].integer, int64_t(5));
    QVERIFY(!read->find(read->root(), "c").isValid());
    QVERIFY(!read->find(read->find(read->root(), "a"), "a").isValid());
}

void TestPickle::refuses_data()
{
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const std::string& pickle, const char* expected) {
        QTest::newRow(name) << QByteArray::fromStdString(whole(pickle)) << QByteArray("error: torchscript.") + expected;
    };
    const auto misfit = [&](const char* name, const std::string& pickle) { row(name, pickle, "pickle data.pkl: has an instruction in front of byte *"); };
    row("os.system", call(global("os", "system"), text("true")), "unsafe data.pkl: asks for os.system, which no TorchScript file needs; do not open it in PyTorch either");
    row("os.system by protocol 4", text("os") + text("system") + "\x93", "unsafe data.pkl: asks for os.system, which no TorchScript file needs; do not open it in PyTorch either");
    row("eval", global("builtins", "eval"), "unsafe data.pkl: asks for builtins.eval, which no TorchScript file needs; do not open it in PyTorch either");
    row("torch.load", global("torch", "load"), "unsafe data.pkl: asks for torch.load, which no TorchScript file needs; do not open it in PyTorch either");
    row("exploit of numpy", global("numpy.testing._private.utils", "runstring"), "unsafe data.pkl: asks for numpy.testing._private.utils.runstring, *");
    row("another Storage", global("torch", "EvilStorage"), "unsafe data.pkl: asks for torch.EvilStorage, *");
    row("class in disguise", global("__torch__.x'; import os", "y"), "unsafe data.pkl: asks for __torch__.x';?import?os.y, *");
    row("calls what is no function", call(global("torch", "per_tensor_affine"), ""), "unsafe data.pkl: calls torch.per_tensor_affine, which no TorchScript file does; do not open it in PyTorch either");
    row("object of a function", global("torch", "device") + ")\x81", "unsafe data.pkl: makes an object of torch.device, which no TorchScript file does; do not open it in PyTorch either");
    row("INST", "(ios\nsystem\n", "pickle data.pkl: uses the pickle instruction 0x69 at byte 3, which TorchScript does not; save the model with torch.jit.save");
    row("OBJ", "(" + global("__torch__", "A") + "o", "pickle data.pkl: uses the pickle instruction 0x6f *");
    row("EXT1", "\x82\x01", "pickle data.pkl: uses the pickle instruction 0x82 *");
    row("NEWOBJ_EX", global("__torch__", "A") + ")}\x92", "pickle data.pkl: uses the pickle instruction 0x92 *");
    row("text PERSID", "Pabc\n", "pickle data.pkl: uses the pickle instruction 0x50 *");
    row("no instruction", "\xff", "pickle data.pkl: has the byte 0xff at 2, which is no instruction of a pickle; copy the file again");
    row("protocol 6", "\x80\x06N", "pickle data.pkl: is a pickle of protocol 6, newer than any that PyTorch writes; save the model with torch.jit.save");
    row("huge integer", "\x8a\x09" + repeated("\x01", 9), "pickle data.pkl: holds an integer of 9 bytes in front of byte 13, and PyTorch knows 8; save the model again");
    row("memo before it is made", get(4), "pickle data.pkl: uses value 4 before it is made; copy the file again");
    row("memo of an absurd number", none() + put(0xffffffff), "pickle data.pkl: numbers a value 4294967295, more than there are; copy the file again");
    row("tensor by number", call(jit("build_tensor_from_id"), integer(0)),
        "pickle data.pkl: keeps its tensors in a table that only PyTorch before 1.4 wrote; load it with torch.jit.load and save it again");
    const auto honest = [&](const char* module, const char* name, const char* what) {
        row(name, call(global(module, name), ""), qPrintable(QStringLiteral("tensor data.pkl: ") + QLatin1String(what)));
    };
    honest("torch._utils", "_rebuild_sparse_tensor", "holds a sparse tensor, which is not read; call to_dense() on it before the model is saved");
    honest("torch._utils", "_rebuild_sparse_csr_tensor", "holds a sparse tensor, which is not read; call to_dense() on it before the model is saved");
    honest("torch.serialization", "_get_layout", "holds a sparse tensor, *");
    honest("torch._utils", "_rebuild_nested_tensor", "holds a nested tensor, which is not read; call to_padded_tensor() on it before the model is saved");
    honest("torch._tensor", "_rebuild_from_type", "holds a tensor of a class derived from torch.Tensor, *");
    honest("torch._tensor", "_rebuild_from_type_v2", "holds a tensor of a class derived from torch.Tensor, which is not read; call as_subclass(torch.Tensor) on it before the model is saved");
    honest("torch._utils", "_rebuild_wrapper_subclass", "holds a tensor of a class that wraps another one, *");
    honest("torch._utils", "_rebuild_meta_tensor_no_storage", "holds a tensor without content (device meta), which is not read; load the weights before the model is saved");
    honest("torch._utils", "_rebuild_device_tensor_from_numpy", "holds a tensor of another device, which is not read; call cpu() on the model before it is saved");
    honest("torch._utils", "_rebuild_device_tensor_from_cpu_tensor", "holds a tensor of another device, *");
    honest("torch._utils", "_rebuild_xla_tensor", "holds a tensor of another device, *");
    honest("torch._utils", "_rebuild_mlc_tensor", "holds a tensor of another device, *");
    honest("torch._utils", "_rebuild_tensor_v3", "holds a tensor of an element type without a storage class, which is not read; convert it before the model is saved");
    honest("torch._utils", "_rebuild_parameter_with_state", "holds a parameter with attributes of its own, *");
    honest("torch.distributed.rpc", "rref", "holds a value that another process keeps (an RRef), which is not read; fetch it with to_here() before the model is saved");
    honest("numpy.core.multiarray", "_reconstruct", "holds a value of numpy, which is not read; make a tensor or a number of it before the model is saved");
    honest("numpy._core.multiarray", "scalar", "holds a value of numpy, *");
    row("list in itself", "]" + put(0) + get(0) + "a", "pickle data.pkl: holds a value that contains itself, which no TorchScript file does; save the model with torch.jit.save");
    row("object in itself", global("__torch__", "A") + ")\x81" + put(0) + get(0) + "b", "pickle data.pkl: holds a value that contains itself, *");
    row("1001 lists deep", repeated("]", 1001) + repeated("a", 1000), "pickle data.pkl: nests values more than 1000 deep, which no TorchScript file does; save the model with torch.jit.save");
    row("deep by sharing", repeated("]", 600) + repeated("a", 599) + put(0) + "0" + repeated("]", 600) + get(0) + repeated("a", 600), "pickle data.pkl: nests values more than 1000 deep, *");
    misfit("nothing on the stack", "");
    misfit("two on the stack", none() + none());
    misfit("mark left", "(N");
    misfit("tuple without mark", none() + "t");
    misfit("append to a tuple", ")Na");
    misfit("append to nothing", "(e");
    misfit("odd dict", "}(Nu");
    misfit("build on a list", "])b");
    misfit("build twice", object("__torch__", "A", ")") + ")b");
    misfit("reduce a number", "K\x01)R");
    misfit("storage without size", tuple(text("storage")) + "Q");
    misfit("persistent id of another kind", tuple(text("module") + none() + none() + none() + none()) + "Q");
    misfit("tensor of texts", call(global("torch._utils", "_rebuild_tensor_v2"), text("a") + text("b") + text("c") + text("d")));
    misfit("more sizes than strides", tensor(storage("FloatStorage", "0", 1), 0, tuple(integer(1)), ")"));
    misfit("65 axes", tensor(storage("FloatStorage", "0", 1), 0, tuple(repeated(integer(1), 65)), tuple(repeated(integer(1), 65))));
}

void TestPickle::refuses()
{
    QFETCH(QByteArray, pickle);
    QFETCH(QByteArray, expected);
    QByteArray said = QByteArray::fromStdString(printed(pickle.toStdString()));
    if (expected.endsWith('*')) {
        expected.chop(1);
        said.truncate(expected.size());
    }
    QCOMPARE(said, expected);
}

void TestPickle::refusesBombsQuickly_data()
{
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const std::string& pickle, const char* expected) { QTest::newRow(name) << QByteArray::fromStdString(whole(pickle)) << QByteArray(expected); };
    std::string laughs = list(text("lol")) + put(0);
    for (uint32_t level = 0; level < 30; ++level)
        laughs += "0" + list(repeated(get(level), 10)) + put(level + 1);
    row("a billion laughs", laughs, "shares values within values to make more than 20000000 of them");
    row("values", "(" + repeated("N", 4'000'000) + "t", "makes more than 3000000 values");
    row("values that are dropped", repeated("N0", 4'000'000) + "N", "makes more than 3000000 values");
    row("uses", "N" + put(0) + "(" + repeated("h"s + '\0', 20'000'000) + "t", "uses its values more than 16000000 times");
    row("marks", repeated("(", 30'000'000), "nests values more than 100000 deep");
    row("ten million lists in lists", repeated("]", 2'900'000) + repeated("a", 2'899'999), "nests values more than 1000 deep");
    const std::string pairs = list(repeated(list(none() + none()), 100'000)) + "\x85" + put(0) + "0";
    row("one list as many dicts", pairs + "(" + global("collections", "OrderedDict") + put(1) + get(0) + "R" + repeated("h\x01h"s + '\0' + "R", 100'000) + "t", "uses its values more than 16000000 times");
    row("long names", text(std::string(3000, 'a')) + put(0) + "0(" + repeated(text("__torch__." + std::string(1000, 'b')) + get(0) + "\x93", 10'000) + "t", "__torch__");
    row("beyond the limit", std::string((64U << 20U) + 1, 'N'), "besides the tensors, and 67108864 are allowed");
}

void TestPickle::refusesBombsQuickly()
{
    QFETCH(QByteArray, pickle);
    QFETCH(QByteArray, expected);
    QElapsedTimer timer;
    timer.start();
    const std::string said = printed(pickle.toStdString()).substr(0, 300);
    QVERIFY2(timer.elapsed() < 4000, "an optimized build needs less than a second"); // sanitizers slow it down
    QVERIFY2(QByteArray::fromStdString(said).contains(expected), said.c_str());
}

void TestPickle::survivesEveryTruncation()
{
    const std::string pickle = whole(object("__torch__", "Net", dict(text("w") + tensor(storage("FloatStorage", "0", 6), 0, tuple(integer(6)), tuple(integer(1))))));
    for (size_t size = 0; size < pickle.size(); ++size) {
        const std::string said = printed(pickle.substr(0, size));
        QVERIFY2(said.starts_with("error: torchscript.pickle data.pkl: stops at byte "), said.c_str());
    }
}

/// Any answer but a crash, a leak or a hang.
void TestPickle::survivesRandomInstructions()
{
    const uint32_t seed = qEnvironmentVariableIsSet("BPU_SEED") ? qEnvironmentVariable("BPU_SEED").toUInt() : std::random_device{}();
    qInfo("BPU_SEED=%u", seed);
    std::mt19937 random(seed);
    const std::vector<std::string> parts{none(), boolean(true), integer(3), real(2), text("a"), ")", "]", "}", "(", "t", "e", "u", "a", "s", "0", "\x85", "\x86", "\x87", "R", "b", "\x81", "Q", "h\x01", "q\x01",
                                         global("__torch__", "A"), global("torch._utils", "_rebuild_tensor_v2"), global("collections", "OrderedDict"), jit("restore_type_tag"),
                                         storage("FloatStorage", "0", 4), tensor(storage("LongStorage", "0", 4), 0, ")", ")")};
    size_t read = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string pickle;
        for (auto length = random() % 20; length > 0; --length)
            pickle += parts[random() % parts.size()];
        read += printed(whole(pickle)).starts_with("error") ? 0 : 1;
    }
    QVERIFY2(read > 100, "too few were sound to prove anything");
}

QTEST_APPLESS_MAIN(TestPickle)
#include "tst_pickle.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a file tells about itself, and the tensors that it keeps in constants/.
#include "core/import/torchscript/import_torchscript.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

#include <QTest>

using namespace bpu;
using namespace bpu::test;
using namespace bpu::test::pickle;

namespace {

constexpr char kCode[] = "class M(Module):\n  def forward(self: __torch__.M, x: Tensor) -> Tensor:\n    return torch.add(x, CONSTANTS.c0)\n";

std::string module(const std::string& more = {})
{
    return whole(object("__torch__", "M", dict(text("training") + boolean(false) + more)));
}

std::string floats(float a, float b)
{
    return littleEndian(std::bit_cast<uint32_t>(a), 4) + littleEndian(std::bit_cast<uint32_t>(b), 4);
}

std::string twoFloats(const char* key)
{
    return tensor(storage("FloatStorage", key, 2), 0, tuple(integer(2)), tuple(integer(1)));
}

using Parts = std::vector<ZipPart>;

/// NAME/version is 3; CONSTANTS.c0 is the tensor of the entry constants/0.
Parts parts(const std::string& name = "m")
{
    return {{.name = name + "/version", .data = "3\n"}, {.name = name + "/data.pkl", .data = module()}, {.name = name + "/code/__torch__.py", .data = kCode},
            {.name = name + "/constants.pkl", .data = whole(tuple(twoFloats("0")))}, {.name = name + "/constants/0", .data = floats(3, 4)}};
}

Parts with(Parts all, const Parts& more)
{
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

Result<importer::Imported> opened(const Parts& all)
{
    const std::string file = zipOf(all);
    return importer::importTorchScript("folder/m.pt", Bytes::copyOf(std::as_bytes(std::span(file))), {.inputShapes = {{"x", {2}}}, .control = {}});
}

/// "format TorchScript; path folder/m.pt", or the error.
QString facts(const Parts& all)
{
    const auto imported = opened(all);
    if (!imported)
        return QString::fromStdString(imported.error().code + " " + imported.error().text());
    QStringList list;
    for (const auto& [key, value] : imported->graph.facts())
        if (key != "format" && key != "path")
            list << QString::fromStdString(key + " " + value);
    return list.join(QStringLiteral("; "));
}

} // namespace

class TestFacts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tellsWhatTheFileTells_data();
    void tellsWhatTheFileTells();
    void readsTheTensorsOfConstants_data();
    void readsTheTensorsOfConstants();
};

void TestFacts::tellsWhatTheFileTells_data()
{
    QTest::addColumn<Parts>("parts");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const Parts& all, const char* expected) { QTest::newRow(name) << all << QString::fromUtf8(expected); };
    row("plain", parts(), "constants 1 tensor in constants/; producer PyTorch; version 3");
    row("renamed", parts("first name"), "constants 1 tensor in constants/; producer PyTorch; saved as first name; version 3");
    row("a name to forge lines with", parts("first\nproducer"), "constants 1 tensor in constants/; producer PyTorch; saved as first?producer; version 3");
    row("byte order", with(parts(), {{.name = "m/byteorder", .data = "little"}}), "constants 1 tensor in constants/; producer PyTorch 2.1 or newer; version 3");
    row("version 10", with(parts(), {{.name = "m/.data/version", .data = "10\n"}}), "constants 1 tensor in constants/; producer PyTorch 1.12 or newer; version 10");
    row("version 9", with(parts(), {{.name = "m/.data/version", .data = "9\n"}}), "constants 1 tensor in constants/; producer PyTorch; version 9");
    row("extra files", with(parts(), {{.name = "m/extra/labels.txt", .data = "cat"}, {.name = "m/extra/a/b.json", .data = "{}"}}),
        "constants 1 tensor in constants/; extra labels.txt, a/b.json; producer PyTorch; version 3");
    Parts many = parts();
    for (int i = 0; i < 20; ++i)
        many.push_back({.name = "m/extra/" + std::to_string(i), .data = "x"});
    row("many extra files", many, "constants 1 tensor in constants/; extra 0, 1, 2, 3, 4, 5, 6, 7 and 12 more; producer PyTorch; version 3");
    row("long names", with(parts(), {{.name = "m/extra/" + std::string(199, 'a') + "\xc3\xa4\xc3\xa4", .data = "x"}}),
        qPrintable(QStringLiteral("constants 1 tensor in constants/; extra %1...; producer PyTorch; version 3").arg(QString(199, u'a'))));
    row("for a phone", with(parts(), {{.name = "m/bytecode.pkl", .data = "N."}}), "also holds bytecode for PyTorch Mobile; constants 1 tensor in constants/; producer PyTorch; version 3");
    Parts none = parts();
    none[2].data = "class M(Module):\n  def forward(self: __torch__.M, x: Tensor) -> Tensor:\n    return torch.relu(x)\n";
    none.resize(3);
    row("no constants", none, "producer PyTorch; version 3");
    none.push_back({.name = "m/constants.pkl", .data = whole(tuple(""))});
    row("empty constants", none, "producer PyTorch; version 3");
}

void TestFacts::tellsWhatTheFileTells()
{
    QFETCH(Parts, parts);
    QFETCH(QString, expected);
    QCOMPARE(facts(parts), expected);
}

void TestFacts::readsTheTensorsOfConstants_data()
{
    QTest::addColumn<Parts>("parts");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const Parts& all, const char* expected) { QTest::newRow(name) << all << QString::fromLatin1(expected); };
    const auto keptAs = [](const char* key, const Parts& storages) {
        Parts all = parts();
        all.resize(3);
        all.push_back({.name = "m/constants.pkl", .data = whole(tuple(twoFloats(key)))});
        return with(all, storages);
    };
    row("by number", parts(), "CONSTANTS.0 f32[2] 3 4");
    row("packed", keptAs("0", {{.name = "m/constants/0", .data = floats(5, 6), .deflated = true}}), "CONSTANTS.0 f32[2] 5 6");
    row("beside a parameter of the same number", keptAs("0", {{.name = "m/data/0", .data = floats(7, 8)}, {.name = "m/constants/0", .data = floats(5, 6)}}), "CONSTANTS.0 f32[2] 5 6");
    row("by a number of the whole file, in constants", keptAs("140.storage", {{.name = "m/constants/140.storage", .data = floats(5, 6)}}), "CONSTANTS.0 f32[2] 5 6");
    row("by a number of the whole file, in data", keptAs("140.storage", {{.name = "m/data/140.storage", .data = floats(5, 6)}}), "CONSTANTS.0 f32[2] 5 6");
    row("of another byte order", keptAs("0", {{.name = "m/constants/0", .data = "\x40\x40\x00\x00\x40\x80\x00\x00"s}, {.name = "m/byteorder", .data = "big"}}), "CONSTANTS.0 f32[2] 3 4");
    row("lost", keptAs("0", {{.name = "m/data/0", .data = floats(7, 8)}}), "torchscript.tensor folder/m.pt: the tensor in constants/0 is not in the file; copy or save the file again");
    row("too short", keptAs("0", {{.name = "m/constants/0", .data = "1234"}}),
        "torchscript.tensor folder/m.pt: the tensor in constants/0 is [2] with strides [1] from element 0 on, but 1 elements are stored; copy or save the file again");
    Parts none = parts();
    none.resize(3);
    row("no constants.pkl", none, "torchscript.code folder/m.pt: code/__torch__.py:3: the archive has 0 constants and none of the name 'CONSTANTS.c0'");
}

void TestFacts::readsTheTensorsOfConstants()
{
    QFETCH(Parts, parts);
    QFETCH(QString, expected);
    const auto imported = opened(parts);
    QString said;
    if (imported) {
        const ir::Graph& graph = imported->graph;
        const ir::Value& constant = *graph.inputOf(graph.node(graph.order().front()), 1);
        said = QString::fromStdString(constant.name + " " + constant.type.text());
        for (const double number : constant.constant->toDoubles())
            said += QStringLiteral(" %1").arg(number);
    } else {
        said = QString::fromStdString(imported.error().code + " " + imported.error().text());
    }
    QCOMPARE(said, expected);
}

QTEST_APPLESS_MAIN(TestFacts)
#include "tst_facts.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/base/file.h"
#include "core/export/export.h"
#include "core/import/bpuir/bpuir.h"
#include "core/ir/rewriter.h"
#include "core/ir/text.h"
#include "core/ir/verifier.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <random>
#include <sys/resource.h>

using namespace bpu;

namespace {

const char kNet[] = R"(graph net(%x: f32[?,3,8,8], %"odd name": i64[*]) stage fused {
    @w: f32[4,3,3,3] = random 7
    @b: f32[4] = [0.5, 1, -2, 0]
    %c: f32[?,4,8,8] qint8 [0.05] axis -1 = conv2d(%x, @w, @b) {kernel_size=[3,3], padding=[1,1,1,1]} scope "layer1.conv" origin "torch.nn.Conv2d"
    %v: f32[?,4,8,5], %i: i64[?,4,8,5] = topk(%c, _) {k=5, largest=true} origin "torch.topk" of "t" at "net.py":12
    com.acme.Warp(%"odd name") name "sink"
    return %v, %c, %v
})";

/// Every type an attribute can have, with the values that formats lose: signs, infinities, bytes that are no UTF-8.
ir::Graph everything()
{
    const ir::Tensor shared = ir::Tensor::floats({2, 2}, {1, -0.0F, 3, 4});
    ir::GraphEditor inner("inner");
    inner.addOutput(inner.addConstant("k", shared.reshaped({4})));
    const auto body = std::make_shared<const ir::Graph>(*inner.finish());
    ir::GraphEditor editor("every\xff\xfetype");
    editor.setStage(ir::Stage::Qat);
    editor.setFact("producer", "pytorch \"1.13\"");
    editor.setModuleTypes({{"", "Net"}, {"layer1.0", "BasicBlock"}});
    const ValueId x = editor.addInput("x\xc3", ir::TensorType::unranked(ir::DType::Float16));
    const ValueId w = editor.addConstant("w", shared);
    const ValueId alias = editor.addConstant("alias", shared);
    editor.addConstant("text", ir::Tensor(ir::TensorType(ir::DType::String, {3}), {}));
    editor.addConstant("empty", ir::Tensor::ints({0, 7}, {}));
    editor.setQuant(w, ir::QuantParams{ir::QType::QInt16, {0.1, 1e-30}, 0});
    const ir::Attributes attributes{{"int", INT64_MIN},
                                    {"float", -0.1},
                                    {"whole", 3.0},
                                    {"infinite", -INFINITY},
                                    {"bool", true},
                                    {"text", std::string("line\nbreak \x80 \0 end", 18)},
                                    {"ints", std::vector<int64_t>{1, INT64_MAX}},
                                    {"none", std::vector<int64_t>{}},
                                    {"floats", std::vector<double>{1e300, INFINITY, 5e-324}},
                                    {"texts", std::vector<std::string>{"", "\xff"}},
                                    {"tensor", shared},
                                    {"graph", ir::GraphPtr(body)}};
    const NodeId node = editor.addNode({.op = "com.acme.All", .name = "n", .inputs = {x, {}, w, alias}, .attributes = attributes, .scope = "a.b",
                                        .origins = {{"onnx.A", "first", "", 0}, {"torch.nn.B", "", "b.py", 7}}},
                                       {ir::TensorType(ir::DType::BFloat16, {}), ir::TensorType(ir::DType::Float32, {ir::kUnknownDim, 0})});
    editor.addOutput(editor.graph().node(node).output(1));
    return *editor.finish();
}

bool sameAttributes(const ir::Attributes& a, const ir::Attributes& b);

bool sameValue(const ir::Value& a, const ir::Value& b)
{
    return a.name == b.name && a.type == b.type && a.quant == b.quant && a.constant == b.constant && a.graphOutputs == b.graphOutputs && a.isGraphInput == b.isGraphInput &&
           a.users.size() == b.users.size();
}

bool sameValues(const ir::Graph& a, const std::vector<ValueId>& as, const ir::Graph& b, const std::vector<ValueId>& bs)
{
    return std::ranges::equal(as, bs, [&](ValueId left, ValueId right) {
        return left.isValid() == right.isValid() && (!left.isValid() || sameValue(a.value(left), b.value(right)));
    });
}

bool sameGraph(const ir::Graph& a, const ir::Graph& b)
{
    return a.name() == b.name() && a.stage() == b.stage() && a.facts() == b.facts() && a.moduleTypes() == b.moduleTypes() &&
           sameValues(a, a.inputs(), b, b.inputs()) && sameValues(a, a.outputs(), b, b.outputs()) &&
           std::ranges::equal(a.order(), b.order(), [&](NodeId left, NodeId right) {
               const ir::Node& l = a.node(left);
               const ir::Node& r = b.node(right);
               return l.op == r.op && l.name == r.name && l.scope == r.scope && l.origins == r.origins && sameAttributes(l.attributes, r.attributes) &&
                      sameValues(a, l.inputs, b, r.inputs) && sameValues(a, l.outputs, b, r.outputs);
           });
}

bool sameAttributes(const ir::Attributes& a, const ir::Attributes& b)
{
    return std::ranges::equal(a, b, [](const auto& left, const auto& right) {
        if (left.first != right.first || left.second.index() != right.second.index())
            return false;
        if (const auto* graph = std::get_if<ir::GraphPtr>(&left.second))
            return sameGraph(**graph, *std::get<ir::GraphPtr>(right.second));
        return left.second == right.second;
    });
}

void write(const std::filesystem::path& path, std::span<const std::byte> data)
{
    QVERIFY(writeFile(path, data));
}

} // namespace

class TestBpuir : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void comesBackAsItWas_data();
    void comesBackAsItWas();
    void keepsEveryAttributeType();
    void equalGraphsGiveEqualFiles();
    void storesSharedBytesOnce();
    void leavesTheOldFileWhenTheDiskIsFull();
    void refusesAFileCutAtAnyKilobyte();
    void survivesFlippedBytes();
    void namesTheBrokenField_data();
    void namesTheBrokenField();
    void saysWhatTheDiskSays();
    void refusesGraphsNestedTooDeep();

private:
    std::filesystem::path file(const char* name) const { return std::filesystem::path(m_folder.path().toStdString()) / name; }
    QTemporaryDir m_folder;
};

void TestBpuir::comesBackAsItWas_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("net") << QByteArray(kNet);
    QTest::newRow("nothing") << QByteArray("graph() {\n return\n}\n");
    QTest::newRow("input is output") << QByteArray("graph(%x: f32[1]) {\n return %x\n}\n");
    QTest::newRow("constant is output") << QByteArray("graph() {\n @c: i64[] = [7]\n return @c\n}\n");
}

void TestBpuir::comesBackAsItWas()
{
    QFETCH(QByteArray, text);
    const auto graph = ir::parse(text.toStdString());
    QVERIFY2(graph, graph ? "" : graph.error().text().c_str());
    const auto path = file("net.bpuir");
    QVERIFY(exporter::writeBpuir(*graph, path));
    const auto again = importer::readBpuir(path);
    QVERIFY2(again, again ? "" : again.error().text().c_str());
    QVERIFY(ir::verify(*again));
    QVERIFY(sameGraph(*graph, *again));
    QCOMPARE(ir::print(*again), ir::print(*graph));
}

void TestBpuir::keepsEveryAttributeType()
{
    const ir::Graph graph = everything();
    const auto path = file("every.bpuir");
    QVERIFY(exporter::writeBpuir(graph, path));
    const auto again = importer::readBpuir(path);
    QVERIFY2(again, again ? "" : again.error().text().c_str());
    QVERIFY(sameGraph(graph, *again));
    const auto& floats = std::get<std::vector<double>>(*again->node(NodeId{0}).attributes.find("floats"));
    QCOMPARE(floats[1], static_cast<double>(INFINITY));
}

void TestBpuir::equalGraphsGiveEqualFiles()
{
    const auto graph = ir::parse(kNet);
    QVERIFY(exporter::writeBpuir(*graph, file("a")));
    QVERIFY(exporter::writeBpuir(*importer::readBpuir(file("a")), file("b")));
    const auto a = readFile(file("a"));
    const auto b = readFile(file("b"));
    QVERIFY(std::ranges::equal(a->span(), b->span()));
}

void TestBpuir::storesSharedBytesOnce()
{
    const ir::Tensor big = ir::Tensor::floats({100000}, std::vector<float>(100000, 1.5F));
    ir::GraphEditor editor;
    for (int i = 0; i < 5; ++i)
        editor.addOutput(editor.addConstant("c", big));
    const auto path = file("shared.bpuir");
    QVERIFY(exporter::writeBpuir(*editor.finish(), path));
    QVERIFY(std::filesystem::file_size(path) < 410000);
    const auto again = importer::readBpuir(path);
    QVERIFY(again);
    QCOMPARE(again->value(ValueId{0}).constant->bytes().data(), again->value(ValueId{4}).constant->bytes().data());
}

/// A limit on the size of files stops the writing among the weights, as a disk without space does.
void TestBpuir::leavesTheOldFileWhenTheDiskIsFull()
{
    QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString() + "/net.bpuir";
    QVERIFY(exporter::writeBpuir(everything(), path));
    ir::GraphEditor editor;
    editor.addOutput(editor.addConstant("big", ir::Tensor::floats({100'000}, std::vector<float>(100'000, 1))));
    const ir::Graph big = *editor.finish();
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{200'000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const auto written = exporter::writeBpuir(big, path);
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    QVERIFY(!written);
    QCOMPARE(written.error().code, std::string("file.disk-full"));
    QCOMPARE(written.error().where, path.string());
    QVERIFY(sameGraph(everything(), *importer::readBpuir(path)));
    QCOMPARE(std::distance(std::filesystem::directory_iterator(folder.path().toStdString()), {}), 1);
}

void TestBpuir::refusesAFileCutAtAnyKilobyte()
{
    const ir::Tensor big = ir::Tensor::of(ir::DType::UInt8, {20000}, std::vector<uint8_t>(20000, 7));
    ir::GraphEditor editor(everything());
    editor.addConstant("big", big);
    QVERIFY(exporter::writeBpuir(*editor.finish(), file("whole")));
    const auto whole = readFile(file("whole"));
    for (size_t size = 0; size < whole->size(); size += 1024) {
        write(file("cut"), whole->span().first(size));
        const auto graph = importer::readBpuir(file("cut"));
        QVERIFY(!graph);
        QCOMPARE(graph.error().code, std::string("bpuir.zip"));
        QCOMPARE(graph.error().where, file("cut").string());
        QVERIFY(graph.error().message.find('\n') == std::string::npos);
    }
}

void TestBpuir::survivesFlippedBytes()
{
    const char* given = std::getenv("BPU_TEST_SEED");
    const auto seed = given ? static_cast<unsigned>(std::atoi(given)) : std::random_device()();
    qInfo("BPU_TEST_SEED=%u", seed);
    std::mt19937 random(seed);
    QVERIFY(exporter::writeBpuir(everything(), file("whole")));
    const auto whole = readFile(file("whole"));
    int refused = 0;
    for (int round = 0; round < 500; ++round) {
        std::vector<std::byte> data(whole->span().begin(), whole->span().end());
        for (int k = 0; k < 1 + round % 3; ++k)
            data[random() % data.size()] = static_cast<std::byte>(random());
        write(file("flipped"), data);
        const auto graph = importer::readBpuir(file("flipped"));
        if (graph)
            QVERIFY(ir::verify(*graph));
        else
            ++refused;
    }
    QVERIFY(refused > 0);
}

void TestBpuir::namesTheBrokenField_data()
{
    QTest::addColumn<QByteArray>("was");
    QTest::addColumn<QByteArray>("becomes");
    QTest::addColumn<QByteArray>("error");
    const auto row = [](const char* name, const char* was, const char* becomes, const char* error) {
        QTest::newRow(name) << QByteArray(was) << QByteArray(becomes) << QByteArray(error);
    };
    row("no JSON", "{\"format\"", "{format", "not valid JSON");
    row("another format", "\"bpuir\"", "\"other\"", "'format'");
    row("later version", "\"version\": 1", "\"version\": 2", "has version 2");
    row("version of another type", "\"version\": 1", "\"version\": \"1\"", "'version'");
    row("offset outside", "\"offset\":64", "\"offset\":9999999", "lies outside");
    row("negative offset", "\"offset\":64", "\"offset\":-64", "lies outside");
    row("huge size", "\"size\":48", "\"size\":9223372036854775807", "cannot be 9223372036854775807");
    row("huge shape", "f32[4,3,1]", "f32[4294967296,4294967296,4]", "unknown size");
    row("unknown dtype", "f32[4,3,1]", "f99[4,3,1]", "not a tensor type");
    row("negative dimension", "f32[4,3,1]", "f32[4,-3,-1]", "not a size");
    row("unknown stage", "\"float\"", "\"baked\"", "'stage'");
    row("input of another type", "[\"x\",\"w\"]", "[3,\"w\"]", "'inputs'");
    row("value that does not exist", "[\"x\",\"w\"]", "[\"q\",\"w\"]", "'q'");
    row("value of a later node", "[\"x\",\"w\"]", "[\"y\",\"w\"]", "'y'");
    row("two values of one name", "\"name\":\"w\"", "\"name\":\"x\"", "name of two values");
    row("two nodes of one name", "\"name\":\"y\",\"op\"", "\"name\":\"c\",\"op\"", "name of two nodes");
    row("attribute without a type", "\"ints\"", "\"many\"", "'attributes'");
    row("attribute of another type", "\"ints\":[1]", "\"ints\":[\"1\"]", "'ints'");
    row("line beyond any file", "\"name\":\"y\",\"op\"", "\"origins\":[{\"what\":\"w\",\"line\":4294967297}],\"name\":\"y\",\"op\"", "'line'");
    row("two outputs of one name", "\"outputs\":[{\"name\":\"y\"", "\"outputs\":[{\"name\":\"z\",\"type\":\"f32[1]\"},{\"name\":\"z\",\"type\":\"f32[1]\"},{\"name\":\"y\"",
        "name of two values");
    row("nodes that are no list", "\"nodes\": [", "\"nodes\": {\"a\": [", "JSON");
    row("constants that are no list", "\"constants\": [", "\"constants\": 3, \"other\": [", "'constants'");
}

void TestBpuir::namesTheBrokenField()
{
    QFETCH(QByteArray, was);
    QFETCH(QByteArray, becomes);
    QFETCH(QByteArray, error);
    const auto graph = ir::parse(R"(graph net(%x: f32[1,3,8]) {
        @b: f32[2] = [1, 2]
        @w: f32[4,3,1] = random 1
        %c: f32[1,4,8] = conv1d(%x, @w) {kernel_size=[1]}
        %y: f32[1,4,8] = relu(%c)
        return %y, @b })");
    QVERIFY(graph);
    // The entry is swapped for an edited one with python's zipfile: no second writer of ours to trust.
    QVERIFY(exporter::writeBpuir(*graph, file("net.bpuir")));
    const QByteArray script = "import sys, zipfile\n"
                              "z = zipfile.ZipFile(sys.argv[1]); w = z.read('weights.bin'); t = z.read('graph.json').decode()\n"
                              "assert sys.argv[3] in t, t\n"
                              "o = zipfile.ZipFile(sys.argv[2], 'w'); o.writestr('graph.json', t.replace(sys.argv[3], sys.argv[4], 1)); o.writestr('weights.bin', w); o.close()\n";
    QProcess python;
    python.start(QStringLiteral("/usr/bin/python3"),
                 {QStringLiteral("-c"), QString::fromUtf8(script), QString::fromStdString(file("net.bpuir").string()),
                  QString::fromStdString(file("edited.bpuir").string()), QString::fromUtf8(was), QString::fromUtf8(becomes)});
    QVERIFY(python.waitForFinished());
    QVERIFY2(python.exitCode() == 0, python.readAllStandardError().constData());
    const auto again = importer::readBpuir(file("edited.bpuir"));
    QVERIFY(!again);
    QCOMPARE(again.error().where, file("edited.bpuir").string());
    QVERIFY2(again.error().message.find(error.toStdString()) != std::string::npos, again.error().message.c_str());
}

void TestBpuir::saysWhatTheDiskSays()
{
    QCOMPARE(importer::readBpuir(file("none.bpuir")).error().code, std::string("file.missing"));
    QCOMPARE(importer::readBpuir(m_folder.path().toStdString()).error().code, std::string("file.directory"));
    const auto full = exporter::writeBpuir(everything(), "/dev/full");
    QVERIFY(!full);
    QCOMPARE(full.error().code, std::string("file.disk-full"));
    QCOMPARE(full.error().kind, ErrorKind::Machine);
}

void TestBpuir::refusesGraphsNestedTooDeep()
{
    ir::GraphPtr graph = std::make_shared<const ir::Graph>();
    for (int i = 0; i < 150; ++i) {
        ir::GraphEditor editor;
        editor.addNode({.op = "if", .attributes = {{"then_branch", graph}}}, {});
        graph = std::make_shared<const ir::Graph>(*editor.finish());
        const auto written = exporter::writeBpuir(*graph, file("deep.bpuir"));
        QCOMPARE(written.has_value(), i < 100);
        if (written)
            QVERIFY(importer::readBpuir(file("deep.bpuir")));
        else
            QCOMPARE(written.error().code, std::string("bpuir.depth"));
    }
}

QTEST_GUILESS_MAIN(TestBpuir)
#include "tst_bpuir.moc"

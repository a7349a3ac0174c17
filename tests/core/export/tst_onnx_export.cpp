// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What stands in a written ONNX file besides the operators: names, module paths, weights beside the file, grids and
// their metadata; that onnx's own checker takes it; and the sentence for everything that cannot be written.
#include "core/export/export.h"
#include "core/import/import.h"
#include "tests/support/text_graph.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>

using namespace bpu;

namespace {

const char* const kNet = "graph net(%image: f32[1,2,6,6]) stage fused {\n"
                         "@conv1.weight: f32[2,2,3,3] = random 1\n@conv1.bias: f32[2] = [1,-1]\n"
                         "%c = conv2d(%image, @conv1.weight, @conv1.bias) {kernel_size=[3,3], padding=[1,1,1,1], activation=\"relu\"} scope \"layer1.0.conv1\" name \"conv1\"\n"
                         "%scores = flatten(%c) {start_dim=1, end_dim=3} name \"out\"\nreturn %scores }";

const char* const kQat = "graph net(%x: f32[1,2,6,6]) stage qat {\n%q: f32[1,2,6,6] qint8 [0.03] axis -1 = quant_stub(%x) {ch_axis=-1, qtype=\"qint8\"}\n"
                         "@w: f32[2,2,3,3] = random 5\n%wq: f32[2,2,3,3] qint8 [0.0078,0.0079] axis 0 = fake_quantize(@w) {ch_axis=0, qtype=\"qint8\"}\n"
                         "%c = conv2d(%q, %wq) {kernel_size=[3,3], padding=[1,1,1,1]}\n%r: f32[1,2,6,6] TYPE [0.05] axis -1 = fake_quantize(%c) {ch_axis=-1, qtype=\"TYPE\"}\n"
                         "%y = dequant_stub(%r)\nreturn %y }";

std::string qat(const std::string& type)
{
    std::string text = kQat;
    for (size_t at = text.find("TYPE"); at != std::string::npos; at = text.find("TYPE"))
        text.replace(at, 4, type);
    return text;
}

} // namespace

class TestOnnxExport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsNamesAndModulePaths();
    void putsLargeWeightsBesideTheFile();
    void onnxAcceptsIt_data();
    void onnxAcceptsIt();
    void storesWeightsAsIntegers();
    void belowOpset13GridsAreMetadata();
    void saysWhatItCannotWrite_data();
    void saysWhatItCannotWrite();
    void leavesNothingBehindWhenTheDiskIsFull();

private:
    std::filesystem::path file(const char* name) const { return std::filesystem::path(m_folder.path().toStdString()) / name; }

    QTemporaryDir m_folder;
};

void TestOnnxExport::keepsNamesAndModulePaths()
{
    const auto path = file("names.onnx");
    QVERIFY(exporter::writeOnnx(test::typedGraph(kNet), path));
    const auto imported = importer::importModel(path);
    QVERIFY(imported);
    const ir::Graph& graph = imported->graph;
    QCOMPARE(graph.name(), std::string("net"));
    QCOMPARE(graph.value(graph.inputs()[0]).name, std::string("image"));
    QCOMPARE(graph.value(graph.outputs()[0]).name, std::string("scores"));
    QVERIFY(graph.findValue("conv1.weight").isValid() && graph.findValue("conv1.bias").isValid() && graph.findValue("c").isValid());
    const ir::Node& relu = graph.node(graph.findNode("/layer1.0.conv1/conv1"));
    QCOMPARE(relu.op, std::string("relu"));
    QCOMPARE(relu.scope, std::string("layer1.0.conv1"));
    QCOMPARE(graph.order().size(), size_t{3});
    QCOMPARE(graph.node(graph.order()[0]).scope, std::string("layer1.0.conv1"));
}

void TestOnnxExport::putsLargeWeightsBesideTheFile()
{
    const ir::Graph graph = test::typedGraph("graph net(%x: f32[1,64]) {\n@w: f32[64,64] = random 1\n@b: f32[64] = random 2\n%y = linear(%x, @w, @b)\nreturn %y }");
    const auto path = file("beside.onnx");
    QVERIFY(exporter::writeOnnx(graph, path, {.largestInline = 1000}));
    QCOMPARE(std::filesystem::file_size(file("beside.onnx.data")), size_t{64 * 64 * 4});
    QVERIFY(std::filesystem::file_size(path) < 2000);
    const auto imported = importer::importModel(path);
    QVERIFY2(imported, imported ? "" : imported.error().text().c_str());
    QCOMPARE(*imported->graph.value(imported->graph.findValue("w")).constant, *graph.value(graph.findValue("w")).constant);
}

void TestOnnxExport::onnxAcceptsIt_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("opset");
    for (const int opset : {11, 13, 17}) {
        QTest::addRow("fused at opset %d", opset) << QByteArray(kNet) << opset;
        QTest::addRow("qat at opset %d", opset) << QByteArray::fromStdString(qat("qint8")) << opset;
    }
}

void TestOnnxExport::onnxAcceptsIt()
{
    QFETCH(QByteArray, text);
    QFETCH(int, opset);
    if (QProcess::execute(QStringLiteral("/usr/bin/python3"), {QStringLiteral("-c"), QStringLiteral("import onnx")}) != 0)
        QSKIP("python3-onnx is not installed");
    const auto path = file("checked.onnx");
    QVERIFY(exporter::writeOnnx(test::typedGraph(text.constData()), path, {.opset = opset}));
    QProcess checker;
    checker.start(QStringLiteral("/usr/bin/python3"), {QStringLiteral("-c"), QStringLiteral("import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)"),
                                                      QString::fromStdString(path.string())});
    QVERIFY(checker.waitForFinished(120'000));
    QVERIFY2(checker.exitCode() == 0, checker.readAllStandardError().constData());
}

void TestOnnxExport::storesWeightsAsIntegers()
{
    const auto path = file("qdq.onnx");
    QVERIFY(exporter::writeOnnx(test::typedGraph(qat("qint8").c_str()), path));
    const auto imported = importer::importModel(path);
    QVERIFY(imported);
    const ir::Graph& graph = imported->graph;
    QCOMPARE(graph.value(graph.findValue("w_quantized")).type.text(), std::string("i8[2,2,3,3]"));
    std::string operators;
    for (const NodeId id : graph.order())
        operators += graph.node(id).op + " ";
    QCOMPARE(operators, std::string("quantize_linear dequantize_linear dequantize_linear conv2d quantize_linear dequantize_linear identity "));
}

void TestOnnxExport::belowOpset13GridsAreMetadata()
{
    const auto path = file("scales.onnx");
    QVERIFY(exporter::writeOnnx(test::typedGraph(qat("qint16").c_str()), path, {.opset = 11}));
    const auto imported = importer::importModel(path);
    QVERIFY(imported);
    QCOMPARE(imported->graph.node(imported->graph.order()[0]).op, std::string("conv2d"));
    QFile written(QString::fromStdString(path.string()));
    QVERIFY(written.open(QIODevice::ReadOnly));
    const QByteArray bytes = written.readAll();
    QVERIFY(bytes.contains("bpu.scales"));
    QVERIFY(bytes.contains(R"("x":{"qtype":"qint8","axis":-1,"scales":[0.03]})"));
    QVERIFY(bytes.contains(R"("w":{"qtype":"qint8","axis":0,"scales":[0.0078,0.0079]})"));
    QVERIFY(bytes.contains(R"("c":{"qtype":"qint16","axis":-1,"scales":[0.05]})"));
}

void TestOnnxExport::saysWhatItCannotWrite_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("opset");
    QTest::addColumn<QByteArray>("message");
    const auto row = [](const char* name, const char* body, int opset, const char* message) {
        QTest::newRow(name) << QByteArray::fromStdString(fmt::format("graph net(%x: f32[1,2,8,8]) {{\n{}\nreturn %y }}", body)) << opset << QByteArray(message);
    };
    row("opset", "%y = relu(%x)", 18, "cannot be written at opset 18; choose one from 11 to 17");
    row("operator of a later opset", "@g: f32[1,4,4,2] = random 1\n%y = grid_sample(%x, @g) name \"warp\"", 13,
        "node 'warp' (grid_sample) cannot be written as ONNX: it needs GridSample, which opset 13 does not have; write it with --opset 16");
    row("attribute of a later opset", "@i: i64[1,2,8,8] = fill 0\n%y = scatter(%x, @i, %x) {dim=1, reduction=\"add\"} name \"s\"", 13, "write it with --opset 16");
    row("operator that ONNX has not", "%y = anchor_generator(%x) name \"anchors\"", 17, "node 'anchors' (anchor_generator) cannot be written as ONNX: ONNX has no operator for it; save the model as .bpuir");
    row("windows of unequal sizes", "%y = adaptive_max_pool2d(%x) {output_size=[3,3]}", 13, "its windows have unequal sizes; choose an output size that divides the input's");
    row("area", "%y = interpolate(%x) {mode=\"area\", size=[4,4]}", 13, "ONNX's Resize has no mode area");
    QTest::newRow("no scale yet") << QByteArray("graph net(%x: f32[1,2]) stage qat {\n%q = quant_stub(%x) {ch_axis=-1, qtype=\"qint8\"} name \"quant\"\n%y = relu(%q)\nreturn %y }") << 13
                                  << QByteArray("node 'quant' (quant_stub) cannot be written as ONNX: its grid has no scale yet; calibrate the model first");
}

void TestOnnxExport::saysWhatItCannotWrite()
{
    QFETCH(QByteArray, text);
    QFETCH(int, opset);
    QFETCH(QByteArray, message);
    const auto path = file("refused.onnx");
    const auto written = exporter::writeOnnx(test::typedGraph(text.constData()), path, {.opset = opset});
    QVERIFY(!written);
    QCOMPARE(written.error().where, path.string());
    QVERIFY2(written.error().message.find(message.toStdString()) != std::string::npos, written.error().message.c_str());
    QVERIFY(!std::filesystem::exists(path));
}

void TestOnnxExport::leavesNothingBehindWhenTheDiskIsFull()
{
    const auto written = exporter::writeOnnx(test::typedGraph(kNet), "/dev/full");
    QVERIFY(!written);
    QCOMPARE(written.error().code, std::string("file.disk-full"));
}

QTEST_APPLESS_MAIN(TestOnnxExport)
#include "tst_onnx_export.moc"

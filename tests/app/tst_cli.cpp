// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/cli.h"
#include "core/base/file.h"
#include "core/export/export.h"
#include "tests/support/golden.h"
#include "tests/support/text_graph.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <sstream>

using namespace bpu;

namespace {

struct Outcome {
    int status = 0;
    std::string out;
    std::string err;
};

Outcome bpuRun(const std::vector<std::string>& args)
{
    std::ostringstream out;
    std::ostringstream err;
    const int status = cli::run(args, out, err);
    return {status, out.str(), err.str()};
}

/// The words of a row, split at blanks; "@" stands for the folder of the test.
std::vector<std::string> words(const QByteArray& line, const QString& folder)
{
    std::vector<std::string> result;
    for (const QByteArray& word : line.split(' '))
        result.push_back(QByteArray(word).replace("@", folder.toUtf8()).toStdString());
    return result;
}

} // namespace

class TestCli : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void printsAsBefore_data();
    void printsAsBefore();
    void refusesInOneLine_data();
    void refusesInOneLine();
    void commandsChainThroughFiles();
    void closedOutputIsAMachineError();
    void drawsTheModel();

private:
    QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }
    QTemporaryDir m_folder;
};

void TestCli::initTestCase()
{
    const auto write = [&](const char* name, std::string_view text) { QVERIFY(writeFile(path(name).toStdString(), text)); };
    write("empty.onnx", "");
    write("text.onnx", "this is a text, not a model\n");
    write("noise.onnx", std::string_view("\x93\xf1\x00\x07\xfe\x81\x12\x44\x99\xab", 10));
    const auto model = readFile("samples/classic_net.onnx");
    QVERIFY(model);
    QVERIFY(writeFile(path("cut.onnx").toStdString(), model->span().first(model->size() / 2)));
    const ir::Graph prepared = test::typedGraph("graph(%x: f32[4]) stage qat {\n%q = quant_stub(%x) {qtype=\"qint8\"}\n%y = dequant_stub(%q)\nreturn %y }");
    QVERIFY(exporter::writeBpuir(prepared, path("uncalibrated.bpuir").toStdString()));
}

void TestCli::printsAsBefore_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("golden");
    QTest::newRow("check, one error") << QByteArray("check samples/classic_net.onnx --march bernoulli2") << QByteArray("check_classic_net.txt");
    QTest::newRow("check as JSON") << QByteArray("check samples/classic_net.onnx --march bayes --json") << QByteArray("check_classic_net.json");
    QTest::newRow("check as SARIF") << QByteArray("check samples/classic_net.onnx --march all --format sarif") << QByteArray("check_classic_net.sarif");
    QTest::newRow("check, all kept") << QByteArray("check samples/passes_both.onnx --march all") << QByteArray("check_passes_both.txt");
    QTest::newRow("help") << QByteArray("--help") << QByteArray("help.txt");
    QTest::newRow("help of a command") << QByteArray("fuse --help") << QByteArray("help_fuse.txt");
    QTest::newRow("info") << QByteArray("info samples/classic_net.onnx") << QByteArray("info_classic_net.txt");
    QTest::newRow("info as JSON") << QByteArray("info samples/classic_net.onnx --json") << QByteArray("info_classic_net.json");
    QTest::newRow("info, shape given") << QByteArray("info samples/dynamic_detector.onnx --json") << QByteArray("info_dynamic_detector.json");
    QTest::newRow("fuse") << QByteArray("fuse samples/classic_net.onnx") << QByteArray("fuse_classic_net.txt");
    QTest::newRow("fuse as JSON") << QByteArray("fuse samples/classic_net.onnx --json") << QByteArray("fuse_classic_net.json");
    QTest::newRow("fuse transformer") << QByteArray("fuse samples/transformer_block.onnx") << QByteArray("fuse_transformer_block.txt");
    QTest::newRow("no difference") << QByteArray("diff samples/classic_net.onnx samples/classic_net.onnx") << QByteArray("diff_none.txt");
    QTest::newRow("difference as JSON") << QByteArray("diff samples/classic_net.onnx samples/passes_both.onnx --json") << QByteArray("diff_two.json");
}

void TestCli::printsAsBefore()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, golden);
    const Outcome outcome = bpuRun(words(line, m_folder.path()));
    // 1 is "done, with findings of level error": two of the checks of a model that breaks one rule of Bernoulli2.
    const bool findsErrors = line.startsWith("check samples/classic_net.onnx") && !line.contains("bayes");
    QVERIFY2(outcome.status == (findsErrors ? 1 : 0), outcome.err.c_str());
    const std::string difference = test::compareGolden(golden.toStdString(), outcome.out);
    QVERIFY2(difference.empty(), difference.c_str());
}

void TestCli::refusesInOneLine_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("part");
    const auto row = [](const char* line, int status, const char* part) { QTest::newRow(line) << QByteArray(line) << status << QByteArray(part); };
    row("inof samples/classic_net.onnx", 2, "bpu: inof: is no command; did you mean info?");
    row("train samples/classic_net.onnx", 2, "is no command");
    row("info", 2, "bpu: MODEL: is missing");
    row("info a b", 2, "bpu: b: is one operand too many");
    row("info --jsn samples/classic_net.onnx", 2, "did you mean --json?");
    row("info samples/classic_net.onnx --input", 2, "bpu: --input: needs a value");
    row("info samples/classic_net.onnx --input 1xy", 2, "cannot read '1xy'");
    row("info samples/classic_net.onnx --input 1x1x5x5", 2, "/maxpool/MaxPool does not take inputs of these shapes: the kernel 2 is larger than the padded input 1; give the input shapes");
    row("info samples/classic_net.onnx --input nobody=1x3", 2, "bpu: ");
    row("info --json=3 samples/classic_net.onnx", 2, "takes no value");
    row("info --json --json samples/classic_net.onnx", 2, "is given twice");
    row("info @/none.onnx", 2, "none.onnx: there is no such file");
    row("info @", 2, "is a folder");
    row("info @/empty.onnx", 2, "empty.onnx: ");
    row("info @/text.onnx", 2, "text.onnx: ");
    row("info @/noise.onnx", 2, "noise.onnx: ");
    row("info @/cut.onnx", 2, "cut.onnx: ");
    row("check samples/classic_net.onnx", 2, "bpu: --march: is missing; write one of all, ");
    row("check samples/classic_net.onnx --march bayse", 2, "bpu: --march: cannot be 'bayse'");
    row("check samples/classic_net.onnx --march bayes --advice x", 2, "bpu: --advice: cannot be 'x'");
    row("check samples/classic_net.onnx --march bayes --format xml", 2, "--format");
    row("visualize samples/classic_net.onnx --march x", 2, "bpu: --march: cannot be 'x'");
    row("fuse samples/classic_net.onnx -o @/out.pt", 2, "cannot be written in this format yet; give it the ending .bpuir or .onnx");
    row("fuse samples/classic_net.onnx -o @/out.onnx --opset 10", 2, "bpu: --opset: cannot be '10'; write a number from 11 to 17");
    row("convert samples/classic_net.onnx", 2, "convert takes a calibrated qat model, this one is float; run bpu prepare and bpu calibrate first");
    row("sensitivity samples/classic_net.onnx --data random:2", 2, "bpu: samples/classic_net.onnx: sensitivity takes a calibrated qat model");
    row("sensitivity @/uncalibrated.bpuir --data random:2", 2, "has no scale yet; run bpu calibrate first");
    row("convert @/uncalibrated.bpuir", 2, "has no scale yet; run bpu calibrate first");
    row("fuse samples/classic_net.onnx -o /dev/full", 3, "bpu: /dev/full: disk full");
    row("fuse samples/classic_net.onnx -o @/none/out.bpuir", 2, "its folder does not exist");
    row("info samples/classic_net.onnx -o /dev/full", 3, "bpu: /dev/full: disk full");
}

void TestCli::refusesInOneLine()
{
    QFETCH(QByteArray, line);
    QFETCH(int, status);
    QFETCH(QByteArray, part);
    const Outcome outcome = bpuRun(words(line, m_folder.path()));
    QVERIFY2(outcome.err.find(part.toStdString()) != std::string::npos, outcome.err.c_str());
    QCOMPARE(outcome.status, status);
    QCOMPARE(std::ranges::count(outcome.err, '\n'), 1);
    QVERIFY(outcome.err.starts_with("bpu: ") && outcome.err.find(';') != std::string::npos);
    QVERIFY(outcome.out.empty());
}

void TestCli::commandsChainThroughFiles()
{
    const std::string fused = path("fused.bpuir").toStdString();
    QCOMPARE(bpuRun({"fuse", "samples/classic_net.onnx", "-o", fused}).status, 0);
    const Outcome info = bpuRun({"info", fused});
    QVERIFY2(info.status == 0, info.err.c_str());
    QVERIFY(info.out.find("stage       fused") != std::string::npos);
    QVERIFY(info.out.find("BatchNorm2d\n") == std::string::npos || info.out.find("Conv2d + BatchNorm2d") != std::string::npos);
    const Outcome shaped = bpuRun({"info", fused, "--input", "4x1x28x28"});
    QVERIFY2(shaped.out.find("f32[4,1,28,28]") != std::string::npos, shaped.err.c_str());
    const Outcome diff = bpuRun({"diff", "samples/classic_net.onnx", fused});
    QVERIFY(diff.out.find("removed node") != std::string::npos);
}

void TestCli::closedOutputIsAMachineError()
{
    std::ostringstream out;
    std::ostringstream err;
    out.setstate(std::ios::badbit);
    QCOMPARE(cli::run({"info", "samples/classic_net.onnx"}, out, err), 3);
    QVERIFY(err.str().starts_with("bpu: standard output: cannot be written"));
}

void TestCli::drawsTheModel()
{
    const Outcome whole = bpuRun({"visualize", "samples/transformer_block.onnx"});
    QVERIFY2(whole.status == 0, whole.err.c_str());
    QVERIFY(whole.out.find("<svg") != std::string::npos && whole.out.find("</svg>") != std::string::npos);
    const std::string target = path("net.svg").toStdString();
    QCOMPARE(bpuRun({"visualize", "samples/transformer_block.onnx", "-o", target, "--theme", "dark", "--depth", "1"}).status, 0);
    const auto svg = readFile(target);
    QVERIFY(svg && svg->size() > 500);
    QCOMPARE(bpuRun({"visualize", "samples/transformer_block.onnx", "-o", "/dev/full"}).status, 3);
    QCOMPARE(bpuRun({"visualize", "samples/transformer_block.onnx", "--depth", "0"}).status, 2);
    QCOMPARE(bpuRun({"visualize", "samples/transformer_block.onnx", "--collapse", "nobody"}).status, 2);
}

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Files that cannot be opened: each gets one sentence that says what is wrong and what to do.
#include "core/import/import.h"
#include "tests/support/onnx_builder.h"

#include <QTemporaryDir>
#include <QTest>
#include <fstream>
#include <random>
#include <thread>

using namespace bpu;

namespace {
const char* const kSmall = "(float[2] x) => (float[2] y) { y = Relu(x) }";
}

class TestBadInput : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();
    void saysWhereATruncatedFileStops();
    void survivesEveryTruncation();
    void survivesRandomBytes();
    void survivesFlippedBytes();
    void opensNinetyNineNestedSubgraphs();
    void refusesEndlessNesting();
    void readsExternalData_data();
    void readsExternalData();
    void refusesALinkOutOfTheFolder();
    void refusesAFileWithoutPermission();
    void refusesSizesThatCannotBe();

private:
    std::filesystem::path save(const std::string& bytes, const char* name = "net.onnx");
    /// Code and text without the folder.
    QString error(const std::string& bytes);
    QTemporaryDir m_folder;
};

std::filesystem::path TestBadInput::save(const std::string& bytes, const char* name)
{
    const auto path = std::filesystem::path(m_folder.path().toStdString()) / name;
    std::ofstream file(path, std::ios::binary); // writeFile waits for the disk, thousands of times here
    if (!file.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush())
        qFatal("cannot write the file");
    return path;
}

QString TestBadInput::error(const std::string& bytes)
{
    const auto result = importer::importModel(save(bytes));
    if (result)
        return QStringLiteral("opened");
    return QString::fromStdString(result.error().code + " " + result.error().text()).replace(m_folder.path() + QLatin1Char('/'), QString());
}

void TestBadInput::saysWhatIsWrong_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("expected");
    const auto text = [](const char* name, const QByteArray& bytes, const char* expected) { QTest::newRow(name) << bytes << QString::fromLatin1(expected); };
    const auto graph = [&](const char* name, const char* body, const char* expected) { text(name, QByteArray::fromStdString(test::onnxModel(body)), expected); };
    text("empty", "", "file.kind net.onnx: is empty; export or copy the model again");
    text("text", "hello, this is no model\n", "file.kind net.onnx: is a text file, not a model; choose an ONNX, TorchScript or .bpuir file");
    text("web page", "<!DOCTYPE html>\n<html>", "file.kind net.onnx: is a web page, not a model; download the file itself (its raw form)");
    text("Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "file.kind net.onnx: is a Git LFS pointer, not the model itself; fetch it with git lfs pull");
    text("zip", QByteArray("PK\x03\x04 something", 14), "file.kind net.onnx: is a zip archive; unpack it and open the model inside");
    text("TorchScript, cut off", QByteArray("PK\x03\x04 net/code/__torch__.py", 26), "torchscript.zip net.onnx: is no complete zip file: the directory at its end is missing or damaged; copy or save the file again");
    text("checkpoint", QByteArray("PK\x03\x04 archive/data.pkl", 22), "file.kind net.onnx: is a PyTorch checkpoint (weights without the network); load it in PyTorch and call torch.onnx.export");
    text("no graph", QByteArray("\x08\x07\x42\x02\x10\x0b", 6), "onnx.empty net.onnx: holds no graph, so it was cut off or is not a model; copy the file again");
    text("noise", QByteArray("\xff\x01\x02\x03\x80\x90", 6), "onnx.not-onnx net.onnx: is not an ONNX model; choose a file that torch.onnx.export or another exporter wrote");
    graph("cycle", "(float[2] x) => (float[2] y) { y = Add(x, z) z = Neg(y) }", "onnx.cycle net.onnx: node 'y' (Add) waits for its own result: the graph has a cycle; export the model again");
    graph("duplicate value", "(float[2] x) => (float[2] y) { y = Relu(x) y = Neg(x) }", "onnx.duplicate net.onnx: value 'y' is made twice; give the values unique names and export again");
    graph("duplicate input", "(float[2] x, float[2] x) => (float[2] y) { y = Relu(x) }", "onnx.duplicate net.onnx: value 'x' is made twice; give the values unique names and export again");
    graph("undefined value", "(float[2] x) => (float[2] y) { y = Add(x, lost) }", "onnx.undefined net.onnx: node 'y' (Add) reads 'lost', which no input, initializer or node provides; export the model again");
    graph("undefined output", "(float[2] x) => (float[2] y, float[2] z) { y = Relu(x) }", "onnx.undefined net.onnx: output 'z' is provided by no input, initializer or node; export the model again");
}

void TestBadInput::saysWhatIsWrong()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, expected);
    QCOMPARE(error(bytes.toStdString()), expected);
}

void TestBadInput::saysWhereATruncatedFileStops()
{
    const std::string whole = test::largeOnnxModel(100'000, true);
    const QString said = error(whole.substr(0, 40'960));
    QVERIFY2(said.startsWith(QStringLiteral("onnx.truncated net.onnx: stops at byte 40,960 of 400,")), qPrintable(said));
    QVERIFY(said.endsWith(QStringLiteral("; copy the file again")));
}

void TestBadInput::survivesEveryTruncation()
{
    const std::string whole = test::largeOnnxModel(20'000, true);
    for (size_t size = 1024; size < whole.size(); size += 1024) {
        const QString said = error(whole.substr(0, size));
        QVERIFY2(said.startsWith(QStringLiteral("onnx.truncated net.onnx: stops at byte ")), qPrintable(said));
    }
    const std::string small = test::onnxModel(kSmall);
    for (size_t size = 0; size < small.size(); ++size) {
        const QString said = error(small.substr(0, size));
        QVERIFY2(said.contains(QStringLiteral("net.onnx: ")) && said.contains(QStringLiteral("; ")), qPrintable(said));
    }
}

void TestBadInput::survivesRandomBytes()
{
    const uint32_t seed = qEnvironmentVariableIsSet("BPU_SEED") ? qEnvironmentVariable("BPU_SEED").toUInt() : std::random_device{}();
    qInfo("BPU_SEED=%u", seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
        std::string bytes(random() % 4096, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random());
        const QString said = error(bytes);
        QVERIFY2(said.contains(QStringLiteral("net.onnx: ")), qPrintable(said));
    }
}

/// Damage inside a valid model: any answer but a crash; what opens is a valid graph.
void TestBadInput::survivesFlippedBytes()
{
    const uint32_t seed = qEnvironmentVariableIsSet("BPU_SEED") ? qEnvironmentVariable("BPU_SEED").toUInt() : std::random_device{}();
    qInfo("BPU_SEED=%u", seed);
    std::mt19937 random(seed);
    const std::string whole = test::onnxModel("(bool c, float[1,2,4,4] x) => (float y) <float[3,2,1,1] w = {1,2,3,4,5,6}, int64[2] s = {1,-1}> "
                                              "{ a = Conv<pads=[1,1,1,1]>(x, w) b = Reshape(a, s) z = Softmax<axis=1>(b) "
                                              "y = If(c) <then_branch = t () => (float[2] p) { p = Neg(z) }, else_branch = e () => (float[2] q) { q = Abs(z) }> }");
    for (int round = 0; round < 2000; ++round) {
        std::string bytes = whole;
        for (auto flips = 1 + random() % 3; flips > 0; --flips)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        QVERIFY(!error(bytes).isEmpty());
    }
}

void TestBadInput::opensNinetyNineNestedSubgraphs()
{
    const auto path = save(test::nestedOnnxModel(99));
    QString said;
    std::thread worker([&] { // the stack that a job has
        const auto result = importer::importModel(path);
        said = result ? QString::number(result->graph.nodeCount()) : QString::fromStdString(result.error().text());
    });
    worker.join();
    QCOMPARE(said, QStringLiteral("2"));
}

void TestBadInput::refusesEndlessNesting()
{
    for (const int levels : {200, 2000})
        QCOMPARE(error(test::nestedOnnxModel(levels)),
                 QStringLiteral("onnx.nesting net.onnx: nests subgraphs more than 100 levels deep; export the model without such nesting"));
}

void TestBadInput::readsExternalData_data()
{
    QTest::addColumn<QString>("location");
    QTest::addColumn<int>("offset");
    QTest::addColumn<QString>("length");
    QTest::addColumn<QString>("expected");
    const QString outside = QStringLiteral("onnx.external net.onnx: %1 is outside the model's folder; move it beside net.onnx and name it without a path");
    QTest::newRow("beside the model") << "weights.bin" << 4 << "" << "opened";
    QTest::newRow("missing") << "lost.bin" << 0 << "" << "onnx.external net.onnx: its weights file lost.bin is missing; copy it beside the model";
    QTest::newRow("parent folder") << "../weights.bin" << 0 << "" << outside.arg(QStringLiteral("../weights.bin"));
    QTest::newRow("absolute") << "/etc/passwd" << 0 << "" << outside.arg(QStringLiteral("/etc/passwd"));
    QTest::newRow("too short") << "weights.bin" << 8 << "" << "onnx.external net.onnx: tensor 'w' lies at bytes 8 to 16 of weights.bin, which has only 12; copy weights.bin again";
    QTest::newRow("not a number") << "weights.bin" << 0 << "many" << "onnx.tensor net.onnx: tensor 'w' has the length 'many', which is no byte count; export the model again";
    QTest::newRow("another length") << "weights.bin" << 0 << "4" << "onnx.tensor net.onnx: tensor 'w' is f32 of 2 and needs 8 bytes, but 4 are stored; export the model again";
}

void TestBadInput::readsExternalData()
{
    QFETCH(QString, location);
    QFETCH(int, offset);
    QFETCH(QString, length);
    QFETCH(QString, expected);
    save("123456789012", "weights.bin");
    QCOMPARE(error(test::externalOnnxModel(location.toStdString(), 2, offset, length.toStdString())), expected);
}

void TestBadInput::refusesALinkOutOfTheFolder()
{
    std::filesystem::create_symlink("/etc/passwd", std::filesystem::path(m_folder.path().toStdString()) / "link.bin");
    QCOMPARE(error(test::externalOnnxModel("link.bin", 2)),
             QStringLiteral("onnx.external net.onnx: link.bin is outside the model's folder; move it beside net.onnx and name it without a path"));
}

void TestBadInput::refusesAFileWithoutPermission()
{
    const auto path = save(test::onnxModel(kSmall), "locked.onnx");
    std::filesystem::permissions(path, std::filesystem::perms::none);
    if (readFile(path))
        QSKIP("this user may read every file");
    QCOMPARE(QString::fromStdString(importer::importModel(path).error().code), QStringLiteral("file.permission"));
}

void TestBadInput::refusesSizesThatCannotBe()
{
    QCOMPARE(error(test::onnxModel("(float[2147483648,2147483648,2147483648] x) => (float y) { y = Relu(x) }")),
             QStringLiteral("input.shape net.onnx: input 'x' of 2147483648x2147483648x2147483648 is larger than any memory; give it a smaller shape with --input"));
    importer::ImportOptions options;
    options.inputShapes["x"] = {-5};
    QCOMPARE(importer::importModel(save(test::onnxModel(kSmall)), options).error().code, std::string("input.shape"));
}

QTEST_APPLESS_MAIN(TestBadInput)
#include "tst_bad_input.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// `bpu eval` as it is typed: on the digits of samples, on images, with bad data.
#include "app/cli/cli.h"
#include "core/base/file.h"
#include "core/data/npy.h"
#include "tests/support/onnx_builder.h"

#include <QDir>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <sstream>

using namespace bpu;

namespace {

struct Outcome {
    int status = 0;
    std::string out;
    std::string err;
};

Outcome bpuRun(std::vector<std::string> args)
{
    std::ostringstream out;
    std::ostringstream err;
    args.insert(args.begin(), "eval");
    const int status = cli::run(args, out, err);
    return {status, out.str(), err.str()};
}

const std::string kNet = "samples/digits_net.onnx";
const std::string kDigits = "samples/digits";

/// A classifier of three-channel images 4x4 by their mean colors.
const char* const kColors = "(float[1,3,4,4] image) => (float[1,3,1,1] scores) { scores = AveragePool<kernel_shape=[4,4]>(image) }";

} // namespace

class TestEval : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void recognizesTheDigitsOfTheSamples();
    void batchThreadsAndOrderChangeNoAnswer_data();
    void batchThreadsAndOrderChangeNoAnswer();
    void readsRealDigitsWhereTheyAre();
    void decodesImagesAndSkipsDamagedOnes();
    void namesWeightsThatAreNotFinite();
    void writesValuesAsNpy();
    void refusesInOneSentence_data();
    void refusesInOneSentence();

private:
    std::string path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)).toStdString(); }
    QJsonObject json(std::vector<std::string> args)
    {
        args.push_back("--json");
        const Outcome outcome = bpuRun(std::move(args));
        if (outcome.status != 0)
            qWarning("%s", outcome.err.c_str());
        return QJsonDocument::fromJson(QByteArray::fromStdString(outcome.out)).object();
    }
    void save(const QString& name, QRgb color, QImage::Format format = QImage::Format_RGB888)
    {
        QDir().mkpath(QFileInfo(m_folder.filePath(name)).path());
        QImage image(4, 4, format);
        image.fill(QColor(color));
        QVERIFY(image.save(m_folder.filePath(name)));
    }

    QTemporaryDir m_folder;
};

void TestEval::initTestCase()
{
    QVERIFY(QDir(m_folder.path()).mkpath(QStringLiteral("none")));
    const auto write = [&](const char* name, const std::string& text) { QVERIFY(writeFile(path(name), text)); };
    write("colors.onnx", test::onnxModel(kColors));
    std::string nan = test::onnxModel("(float[1,2] x) => (float[1,2] y) <float[2] shift = {1, 1234.5}> { y = Add(x, shift) }");
    const size_t at = nan.find(std::string("\x00\x50\x9a\x44", 4)); // 1234.5; the text form has no NaN
    QVERIFY(at != std::string::npos);
    write("nan.onnx", nan.replace(at, 4, std::string("\x00\x00\xc0\x7f", 4)));
    write("two.onnx", test::onnxModel("(float[1,2] a, float[1,2] b) => (float[1,2] y) { y = Add(a, b) }"));
    write("mixed.onnx", test::onnxModel("(float[1,2] x) => (float[1,2] y) { y = Softmax<axis=0>(x) }"));
    write("huge.onnx", test::onnxModel("(float[1,250000,100000] x) => (float[1,250000,100000] y) { y = Relu(x) }"));
    write("middle.onnx", test::onnxModel("(float[1,1] x) => (float[1,160000,160000] y) <int64[3] s = {1, 160000, 160000}> { t = Expand(x, s) y = Relu(t) }"));
    write("labels.txt", "1\n2\n99\n");
    write("none/readme.txt", "");
}

void TestEval::recognizesTheDigitsOfTheSamples()
{
    const QJsonObject report = json({kNet, "--data", kDigits, "--batch", "50"});
    const QJsonObject accuracy = report[QStringLiteral("accuracy")].toObject();
    QCOMPARE(report[QStringLiteral("samples")].toInt(), 1000);
    QCOMPARE(accuracy[QStringLiteral("samples")].toInt(), 1000);
    QVERIFY2(accuracy[QStringLiteral("top1")].toDouble() >= 0.95, qPrintable(QString::number(accuracy[QStringLiteral("top1")].toDouble())));
    QVERIFY(accuracy[QStringLiteral("top5")].toDouble() >= accuracy[QStringLiteral("top1")].toDouble());
    QVERIFY(report[QStringLiteral("imagesPerSecond")].toDouble() > 0);
    int right = 0;
    int confused = 0;
    for (const QJsonValue& of : accuracy[QStringLiteral("classes")].toArray())
        right += of[QStringLiteral("right")].toInt();
    for (const QJsonValue& pair : accuracy[QStringLiteral("confusion")].toArray())
        confused += pair[QStringLiteral("label")] == pair[QStringLiteral("taken")] ? 0 : pair[QStringLiteral("samples")].toInt();
    QCOMPARE(accuracy[QStringLiteral("classes")].toArray().size(), 10);
    QCOMPARE(right, qRound(accuracy[QStringLiteral("top1")].toDouble() * 1000));
    QCOMPARE(confused, 1000 - right);
}

void TestEval::batchThreadsAndOrderChangeNoAnswer_data()
{
    QTest::addColumn<QStringList>("args");
    const auto row = [](const char* args) { QTest::newRow(args) << QString::fromLatin1(args).split(u' '); };
    row("--batch 7 --threads 1");
    row("--batch 64 --threads 2");
    row("--shuffle 3 --batch 300 --threads 1");
}

void TestEval::batchThreadsAndOrderChangeNoAnswer()
{
    QFETCH(QStringList, args);
    static const QJsonObject plain = json({kNet, "--data", kDigits, "--threads", "1"});
    std::vector<std::string> typed{kNet, "--data", kDigits};
    for (const QString& word : args)
        typed.push_back(word.toStdString());
    const QJsonObject other = json(typed);
    QCOMPARE(other[QStringLiteral("accuracy")], plain[QStringLiteral("accuracy")]);
    QCOMPARE(other[QStringLiteral("outputs")][0][QStringLiteral("numbers")], plain[QStringLiteral("outputs")][0][QStringLiteral("numbers")]);
    for (const char* measure : {"min", "max", "mean", "deviation"}) {
        const double a = plain[QStringLiteral("outputs")][0][QLatin1String(measure)].toDouble();
        const double b = other[QStringLiteral("outputs")][0][QLatin1String(measure)].toDouble();
        QVERIFY2(std::abs(a - b) < 1e-4 * std::max(1.0, std::abs(a)), measure);
    }
}

void TestEval::readsRealDigitsWhereTheyAre()
{
    const QString given = qEnvironmentVariable("BPU_MNIST_DIR", QStringLiteral(BPU_SOURCE_DIR "/../shared/data/mnist"));
    if (!QDir(given).exists())
        QSKIP("no MNIST files here (BPU_MNIST_DIR names their folder)");
    const QJsonObject report = json({kNet, "--data", given.toStdString(), "--preprocess", kDigits + "/data.json", "--limit", "500", "--batch", "50"});
    QCOMPARE(report[QStringLiteral("samples")].toInt(), 500);
    QCOMPARE(report[QStringLiteral("skipped")].toArray().size(), 0);
    const double top1 = report[QStringLiteral("accuracy")][QStringLiteral("top1")].toDouble();
    QVERIFY2(top1 > 0.2, qPrintable(QString::number(top1))); // it has seen printed digits only, but a wrong byte order or label would give 0.1
}

void TestEval::decodesImagesAndSkipsDamagedOnes()
{
    save(QStringLiteral("c/0red/a.png"), 0xff4010);
    save(QStringLiteral("c/0red/b.bmp"), 0xff4010);
    save(QStringLiteral("c/1green/a.jpg"), 0x10ff40);
    save(QStringLiteral("c/2blue/a.png"), 0x1040ff, QImage::Format_ARGB32);
    save(QStringLiteral("c/2blue/b.png"), 0x1040ff, QImage::Format_RGB16);
    save(QStringLiteral("c/0red/gray.png"), 0x808080, QImage::Format_Grayscale8); // three equal scores: the first class
    QVERIFY(writeFile(path("c/1green/broken.png"), "\x89PNG\r\n\x1a\n, then nothing"));
    const QJsonObject report = json({path("colors.onnx"), "--data", path("c")});
    QCOMPARE(report[QStringLiteral("samples")].toInt(), 6);
    QCOMPARE(report[QStringLiteral("accuracy")][QStringLiteral("top1")].toDouble(), 1.0);
    QCOMPARE(report[QStringLiteral("accuracy")][QStringLiteral("classes")][1][QStringLiteral("name")].toString(), QStringLiteral("1green"));
    QCOMPARE(report[QStringLiteral("skipped")].toArray().size(), 1);
    QCOMPARE(report[QStringLiteral("skipped")][0][QStringLiteral("name")].toString(), QStringLiteral("1green/broken.png"));
    QVERIFY(report[QStringLiteral("skipped")][0][QStringLiteral("reason")].toString().startsWith(QStringLiteral("is a damaged PNG (it is cut off)")));
    QCOMPARE(report[QStringLiteral("outputs")][0][QStringLiteral("max")].toDouble(), 255.0);
    const Outcome text = bpuRun({path("colors.onnx"), "--data", path("c")});
    QVERIFY2(text.out.find("samples     6, 1 skipped\n") != std::string::npos, text.out.c_str());
    QVERIFY2(text.out.find("skipped     1green/broken.png: is a damaged PNG") != std::string::npos, text.out.c_str());
    QVERIFY2(text.err.find("note: no preprocess is given: pixels go in as stored, 0 to 255") != std::string::npos, text.err.c_str());
}

void TestEval::namesWeightsThatAreNotFinite()
{
    const Outcome outcome = bpuRun({path("nan.onnx"), "--data", "random:3"});
    QCOMPARE(outcome.status, 0);
    QVERIFY2(outcome.err.find("warning: shift: 1 of its 2 numbers are NaN or infinite; results behind it cannot be trusted") != std::string::npos, outcome.err.c_str());
    QVERIFY2(outcome.out.find("3 of 6 numbers are NaN or infinite") != std::string::npos, outcome.out.c_str());
}

void TestEval::writesValuesAsNpy()
{
    const Outcome outcome = bpuRun({path("two.onnx"), "--data", "a=random:4:1", "--data", "b=random:4:2", "--dump-values", path("dump"), "--values", "a,y", "--values", "b", "--batch", "4"});
    QVERIFY2(outcome.status == 0, outcome.err.c_str());
    const auto a = data::readNpy(path("dump/a.npy"));
    const auto b = data::readNpy(path("dump/b.npy"));
    const auto y = data::readNpy(path("dump/y.npy"));
    QVERIFY(a && b && y);
    QCOMPARE(y->shape(), (ir::Shape{4, 2}));
    for (int64_t i = 0; i < 8; ++i)
        QCOMPARE(y->at<float>(i), a->at<float>(i) + b->at<float>(i));
    QVERIFY2(outcome.err.find("dump/y.npy  y  f32[4,2]\n") != std::string::npos, outcome.err.c_str());
    QCOMPARE(bpuRun({path("two.onnx"), "--data", "random:1", "--dump-values", path("all"), "--values", "all"}).status, 0);
    QCOMPARE(QDir(m_folder.filePath(QStringLiteral("all"))).entryList(QDir::Files), (QStringList{QStringLiteral("a.npy"), QStringLiteral("b.npy"), QStringLiteral("y.npy")}));
    QCOMPARE(bpuRun({kNet, "--data", kDigits, "--limit", "1", "--dump-values", path("digits")}).status, 0);
    QVERIFY(data::readNpy(path("digits/scores.npy")));
}

void TestEval::refusesInOneSentence_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("sentence");
    const auto row = [](const char* line, int status, const char* sentence) { QTest::newRow(line) << QString::fromLatin1(line) << status << QByteArray(sentence); };
    row("NET", 2, "bpu: --data: is missing; name a file or folder, or random:10");
    row("NET --data nowhere", 2, "bpu: nowhere: there is no such file");
    row("NET --data @/none", 2, "none: is a folder with no images and no other data that is known");
    row("NET --data random:3 --labels @/labels.txt", 2, "bpu: random[2]: has label 99, but the model tells 10 classes apart (0 to 9); check the labels");
    row("NET --data random:2 --labels @/labels.txt", 2, "labels.txt: holds 3 labels for 2 samples of random numbers, seed 0; give one label for each");
    row("NET --data random:2 --batch 0", 2, "bpu: --batch: cannot be '0'; write a whole number from 1");
    row("NET --data random:2 --limit x", 2, "bpu: --limit: cannot be 'x'");
    row("NET --data random:2 --threads 5000", 2, "bpu: --threads: cannot be 5000");
    row("NET --data random:2 --values y", 2, "bpu: --values: says which values, but not where they go");
    row("NET --data random:2 --dump-values @/d --values scoers", 2, "bpu: --values: there is no value 'scoers'; did you mean scores?");
    row("NET --data random:2 --dump-values /proc/x", 2, "bpu: /proc/x: cannot be made");
    row("NET --data @/c --preprocess @/labels.txt", 2, "labels.txt: is no valid JSON");
    row("@/two.onnx --data a=random:2", 2, "bpu: b: this input has no data; add --data b=PATH");
    row("@/mixed.onnx --data random:2 --batch 3", 2, "bpu: y: the samples of a batch influence each other's results here; run with a batch of 1");
    row("@/colors.onnx --data @/c --labels @/labels.txt", 2, "labels.txt: holds 3 labels for 7 images in 3 class folders of c");
    row("@/huge.onnx --data random:1", 2, "bpu: x: is f32[1,250000,100000] and takes 100 GB, more than the ");
    row("@/middle.onnx --data random:1", 2, "is f32[1,160000,160000] and takes 102 GB, more than the ");
    row("@/colors.onnx --data random:1 --batch 65000000", 2, "bpu: --batch: cannot be 65000000; write a number up to 65536");
}

void TestEval::refusesInOneSentence()
{
    QFETCH(QString, line);
    QFETCH(int, status);
    QFETCH(QByteArray, sentence);
    std::vector<std::string> args;
    for (QString word : line.split(u' '))
        args.push_back(word.replace(QStringLiteral("@"), m_folder.path()).replace(QStringLiteral("NET"), QString::fromStdString(kNet)).toStdString());
    const Outcome outcome = bpuRun(args);
    QVERIFY2(outcome.err.find(sentence.toStdString()) != std::string::npos, outcome.err.c_str());
    QCOMPARE(outcome.status, status);
    QCOMPARE(outcome.out, std::string());
    QVERIFY2(outcome.err.starts_with("bpu: ") && outcome.err.find('\n') == outcome.err.size() - 1, outcome.err.c_str());
}

QTEST_GUILESS_MAIN(TestEval)
#include "tst_eval.moc"

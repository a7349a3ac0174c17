// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// IDX, gzip, labels, folders of images, raw files, .npz and the JSON that names them: what is read, and the sentence where it cannot be.
#include "core/data/batches.h"
#include "core/data/idx.h"
#include "core/data/image.h"
#include "core/data/npy.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace bpu;
using data::WantedInput;

namespace {

/// "P" and three numbers is an image of one pixel; all else is damaged.
class TinyReader : public data::ImageReader {
public:
    Result<data::Image> read(std::span<const std::byte> file) const override
    {
        if (file.size() != 4 || file[0] != std::byte{'P'})
            return Error{"image.read", {}, "is no image that can be read; replace it or take it out"};
        const auto* at = reinterpret_cast<const uint8_t*>(file.data());
        return data::Image{1, 1, 3, {at[1], at[2], at[3]}};
    }
};

QByteArray idx(char type, const QList<int>& sizes, const QByteArray& numbers)
{
    QByteArray file(2, '\0');
    file += type;
    file += static_cast<char>(sizes.size());
    for (const int size : sizes)
        for (int shift = 24; shift >= 0; shift -= 8)
            file += static_cast<char>(size >> shift);
    return file + numbers;
}

QByteArray packed(const QByteArray& bytes)
{
    QProcess gzip;
    gzip.start(QStringLiteral("gzip"), {QStringLiteral("-cn")});
    gzip.write(bytes);
    gzip.closeWriteChannel();
    gzip.waitForFinished();
    return gzip.readAllStandardOutput();
}

Bytes bytesOf(const QByteArray& bytes)
{
    return Bytes::copyOf({reinterpret_cast<const std::byte*>(bytes.constData()), static_cast<size_t>(bytes.size())});
}

const WantedInput kPixel{"image", {ir::DType::Float32, {1, 3, 1, 1}}};
const WantedInput kDigit{"image", {ir::DType::Float32, {1, 1, 2, 2}}};

} // namespace

class TestReaders : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void readsEveryIdxType_data();
    void readsEveryIdxType();
    void refusesDamagedIdx_data();
    void refusesDamagedIdx();
    void unpacksGzip();
    void everyCutOfGzipGivesASentence();
    void aFolderOfIdxFilesHasItsLabels();
    void theOtherSplitIsTakenWithANote();
    void classFoldersAreNumberedByName();
    void aDamagedImageAmongManyIsSkipped();
    void labelsComeFromText_data();
    void labelsComeFromText();
    void rawFilesAreFloatsOrBytes_data();
    void rawFilesAreFloatsOrBytes();
    void nv12FilesBecomeThreeChannels();
    void npzArraysGoToTheInputsOfTheirName();
    void aJsonFileSaysWhatTheDataIs();
    void everyInputHasAFolderOfItsOwn();
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();

private:
    void write(const QString& name, const QByteArray& bytes)
    {
        QDir(m_folder->path()).mkpath(QFileInfo(m_folder->filePath(name)).path());
        QFile file(m_folder->filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }
    std::string path(const QString& name) const { return m_folder->filePath(name).toStdString(); }
    static Result<data::DatasetPtr> open(const std::string& text, const WantedInput& input, const data::OpenOptions& options = {})
    {
        data::OpenOptions with = options;
        with.images = std::make_shared<TinyReader>();
        return data::openDataset({text}, {input}, with);
    }
    /// "NAME: NUMBERS (LABEL)" of each sample, or the error.
    static QByteArray listed(const Result<data::DatasetPtr>& dataset)
    {
        if (!dataset)
            return QByteArray::fromStdString(dataset.error().text());
        QByteArrayList lines;
        for (size_t i = 0; i < (*dataset)->size(); ++i) {
            const auto sample = (*dataset)->at(i);
            if (!sample) {
                lines.append(QByteArray::fromStdString(sample.error().text()));
                continue;
            }
            QByteArray line = QByteArray::fromStdString(sample->name) + ":";
            for (const double number : sample->inputs[0].toDoubles())
                line += " " + QByteArray::number(number);
            lines.append(sample->label ? line + " (" + QByteArray::number(qlonglong{*sample->label}) + ")" : line);
        }
        return lines.join("; ");
    }
    void python(const char* code) { QCOMPARE(QProcess::execute(QStringLiteral("/usr/bin/python3"), {QStringLiteral("-c"), QString::fromLatin1(code), m_folder->path()}), 0); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestReaders::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestReaders::readsEveryIdxType_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("type");
    const auto row = [](const char* name, char type, const char* numbers, const char* expected) {
        QTest::newRow(name) << idx(type, {2}, QByteArray::fromHex(numbers)) << QString::fromLatin1(expected);
    };
    row("ubyte", 0x08, "0103", "u8[2]");
    row("byte", 0x09, "01fd", "i8[2]");
    row("short", 0x0b, "0001fffd", "i16[2]");
    row("int", 0x0c, "00000001fffffffd", "i32[2]");
    row("float", 0x0d, "3f800000c0400000", "f32[2]");
    row("double", 0x0e, "3ff0000000000000c008000000000000", "f64[2]");
}

void TestReaders::readsEveryIdxType()
{
    QFETCH(QByteArray, file);
    QFETCH(QString, type);
    const auto tensor = data::parseIdx(bytesOf(file), "x");
    QVERIFY2(tensor, tensor ? "" : tensor.error().text().c_str());
    QCOMPARE(QString::fromStdString(tensor->type().text()), type);
    QCOMPARE(tensor->toInts(), (std::vector<int64_t>{1, type == QStringLiteral("u8[2]") ? 3 : -3}));
}

void TestReaders::refusesDamagedIdx_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("sentence");
    QTest::newRow("empty") << QByteArray() << QByteArray("x: is not an IDX file");
    QTest::newRow("text") << QByteArray("hello") << QByteArray("x: is not an IDX file");
    QTest::newRow("header cut off") << idx(8, {2, 3}, {}).first(9) << QByteArray("x: is cut off inside its header; copy the file again");
    QTest::newRow("numbers cut off") << idx(8, {2, 3}, "abc") << QByteArray("x: declares 2x3 numbers of 1 bytes, but holds only 3 bytes of them");
    QTest::newRow("100 GB") << idx(0x0d, {25000, 1000000}, "abcd") << QByteArray("x: declares 25000x1000000 numbers of 4 bytes, but holds only 4 bytes");
    QTest::newRow("beyond 2^63") << idx(8, {2000000000, 2000000000, 2000000000}, "a") << QByteArray("but holds only 1 bytes of them");
}

void TestReaders::refusesDamagedIdx()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, sentence);
    const auto tensor = data::parseIdx(bytesOf(file), "x");
    QVERIFY(!tensor);
    QVERIFY2(QByteArray::fromStdString(tensor.error().text()).contains(sentence), tensor.error().text().c_str());
}

void TestReaders::unpacksGzip()
{
    QByteArray numbers(3'000'000, 'a'); // more than one piece
    numbers[2'999'999] = 'z';
    const QByteArray file = idx(8, {3'000'000}, numbers);
    write(QStringLiteral("one.gz"), packed(file));
    write(QStringLiteral("two.gz"), packed(file.first(100)) + packed(file.mid(100)) + QByteArray(512, '\0')); // two members and padding
    for (const char* name : {"one.gz", "two.gz"}) {
        const auto tensor = data::readIdx(path(QString::fromLatin1(name)));
        QVERIFY2(tensor, tensor ? "" : tensor.error().text().c_str());
        QCOMPARE(tensor->elementCount(), 3'000'000);
        QCOMPARE(tensor->integer(2'999'999), int64_t{'z'});
    }
}

void TestReaders::everyCutOfGzipGivesASentence()
{
    const QByteArray whole = packed(idx(8, {2, 2}, "abcd"));
    for (qsizetype size = 2; size < whole.size(); ++size) {
        write(QStringLiteral("x.gz"), whole.first(size));
        const auto tensor = data::readIdx(path(QStringLiteral("x.gz")));
        QVERIFY(!tensor);
        QVERIFY2(QByteArray::fromStdString(tensor.error().text()).contains("x.gz: is cut off before the end of its packed data"), tensor.error().text().c_str());
    }
    QByteArray wrong = whole;
    wrong[wrong.size() - 6] = static_cast<char>(wrong[wrong.size() - 6] + 1); // in the checksum
    write(QStringLiteral("x.gz"), wrong);
    QVERIFY(data::readIdx(path(QStringLiteral("x.gz"))).error().message.starts_with("is damaged: gzip's checksum"));
}

void TestReaders::aFolderOfIdxFilesHasItsLabels()
{
    write(QStringLiteral("m/t10k-images-idx3-ubyte"), idx(8, {2, 2, 2}, QByteArray::fromHex("0001020304050607")));
    write(QStringLiteral("m/t10k-labels-idx1-ubyte.gz"), packed(idx(8, {2}, QByteArray::fromHex("0901"))));
    write(QStringLiteral("m/train-images-idx3-ubyte.gz"), packed(idx(8, {1, 2, 2}, QByteArray::fromHex("08080808"))));
    write(QStringLiteral("m/train-labels-idx1-ubyte"), idx(8, {1}, QByteArray::fromHex("02")));
    const auto test = open(path(QStringLiteral("m")), kDigit);
    QCOMPARE(listed(test), QByteArray("t10k-images-idx3-ubyte[0]: 0 1 2 3 (9); t10k-images-idx3-ubyte[1]: 4 5 6 7 (1)"));
    QVERIFY((*test)->info().hasLabels);
    QCOMPARE(QByteArray::fromStdString((*test)->info().text), QByteArray("2 images of t10k-images-idx3-ubyte"));
    QVERIFY((*test)->info().notes.size() == 1 && (*test)->info().notes[0].starts_with("no preprocess is given"));
    QCOMPARE(listed(open(path(QStringLiteral("m")), kDigit, {.split = "train"})), QByteArray("train-images-idx3-ubyte[0]: 8 8 8 8 (2)"));
    QCOMPARE(listed(open(path(QStringLiteral("m/train-images-idx3-ubyte.gz")), kDigit)), QByteArray("train-images-idx3-ubyte[0]: 8 8 8 8"));
}

void TestReaders::theOtherSplitIsTakenWithANote()
{
    write(QStringLiteral("m/train-images-idx3-ubyte"), idx(8, {1, 2, 2}, "abcd"));
    const auto dataset = open(path(QStringLiteral("m")), kDigit);
    QCOMPARE(listed(dataset), QByteArray("train-images-idx3-ubyte[0]: 97 98 99 100"));
    const std::string& note = (*dataset)->info().notes[0];
    QVERIFY2(note.find("has no test images, train-images-idx3-ubyte is read; train-images-idx3-ubyte has no labels beside it") != std::string::npos, note.c_str());
}

void TestReaders::classFoldersAreNumberedByName()
{
    write(QStringLiteral("d/dog/b.png"), QByteArray::fromHex("50010203"));
    write(QStringLiteral("d/cat/deep/z.JPG"), QByteArray::fromHex("50040506"));
    write(QStringLiteral("d/cat/a.bmp"), QByteArray::fromHex("50070809"));
    write(QStringLiteral("d/notes/readme.txt"), "no images here");
    write(QStringLiteral("d/cat/.hidden.png"), "x");
    const auto dataset = open(path(QStringLiteral("d")), kPixel);
    QCOMPARE(listed(dataset), QByteArray("cat/a.bmp: 7 8 9 (0); cat/deep/z.JPG: 4 5 6 (0); dog/b.png: 1 2 3 (1)"));
    QCOMPARE((*dataset)->info().classNames, (std::vector<std::string>{"cat", "dog"}));
    QCOMPARE(QByteArray::fromStdString((*dataset)->info().text), QByteArray("3 images in 2 class folders of d"));
}

void TestReaders::aDamagedImageAmongManyIsSkipped()
{
    for (int i = 0; i < 1000; ++i)
        write(QStringLiteral("d/c%1/%2.png").arg(i % 2).arg(i, 4, 10, QLatin1Char('0')), i == 501 ? QByteArray("not a PNG") : QByteArray::fromHex("50010203"));
    const auto dataset = open(path(QStringLiteral("d")), kPixel);
    data::Batches batches(*dataset, {{"image", {ir::DType::Float32, {64, 3, 1, 1}}}});
    size_t samples = 0;
    while (true) {
        const auto batch = batches.next();
        QVERIFY(batch);
        if (!*batch)
            break;
        samples += (*batch)->names.size();
    }
    QCOMPARE(samples, size_t{999});
    QCOMPARE(batches.skipped().size(), size_t{1});
    QCOMPARE(batches.skipped()[0].name, std::string("c1/0501.png"));
    QCOMPARE(batches.skipped()[0].reason, std::string("is no image that can be read; replace it or take it out"));
}

void TestReaders::labelsComeFromText_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const char* text, const char* expected) { QTest::newRow(name) << QByteArray(text) << QByteArray(expected); };
    row("by place", "4\n\n7\r\n", "a.png: 1 2 3 (4); b.png: 4 5 6 (7)");
    row("by name", "b.png 7\na.png 4\nother.png 9", "a.png: 1 2 3 (4); b.png: 4 5 6 (7)");
    row("by name, with commas", "a.png, 4\nb.png, 7\n", "a.png: 1 2 3 (4); b.png: 4 5 6 (7)");
    row("too few", "4\n", "l.txt: holds 1 label for 2 images of d; give one label for each");
    row("a name is missing", "a.png 4\nc.png 7", "l.txt: has no label for b.png");
    row("below 0", "4\n-1\n", "l.txt: line 2 is '-1', which is no label from 0; write LABEL, or NAME LABEL");
    row("a word", "cat\ndog\n", "l.txt: line 1 is 'cat', which is no label from 0");
    row("both forms", "4\nb.png 7\n", "l.txt: line 2 is 'b.png 7', unlike the first line");
    row("nothing", "", "l.txt: holds 0 labels for 2 images of d");
}

void TestReaders::labelsComeFromText()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    write(QStringLiteral("d/a.png"), QByteArray::fromHex("50010203"));
    write(QStringLiteral("d/b.png"), QByteArray::fromHex("50040506"));
    write(QStringLiteral("l.txt"), text);
    const QByteArray said = listed(open(path(QStringLiteral("d")), kPixel, {.labels = path(QStringLiteral("l.txt"))}));
    QVERIFY2(said.contains(expected), said.constData());
}

void TestReaders::rawFilesAreFloatsOrBytes_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("expected");
    const QByteArray floats = QByteArray::fromHex("0000803f 00000040 00004040 00008040 0000a040 0000c040");
    const auto row = [](const char* name, const QByteArray& file, const char* json, const char* expected) { QTest::newRow(name) << file << QByteArray(json) << QByteArray(expected); };
    row("floats", floats, "", "x.bin: 1 2 3 4 5 6");
    row("bytes", QByteArray::fromHex("010203040506"), "", "x.bin: 1 2 3 4 5 6");
    row("bytes with a sign", QByteArray::fromHex("0102030405ff"), R"({"kind": "raw", "path": "r", "dtype": "int8"})", "x.bin: 1 2 3 4 5 -1");
    row("NHWC for an NCHW input", floats, R"({"kind": "raw", "path": "r", "layout": "NHWC"})", "x.bin: 1 4 2 5 3 6");
    row("numbers scaled", floats, R"({"kind": "raw", "path": "r", "preprocess": {"mean": [1, 3, 5], "scale": 2}})", "x.bin: 0 2 0 2 0 2");
    row("another size", "abc", "", "x.bin: holds 3 bytes, one sample of 6 numbers takes 24 as f32");
}

void TestReaders::rawFilesAreFloatsOrBytes()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, json);
    QFETCH(QByteArray, expected);
    write(QStringLiteral("r/x.bin"), file);
    write(QStringLiteral("data.json"), json);
    const QByteArray said = listed(open(path(json.isEmpty() ? QStringLiteral("r") : QStringLiteral("data.json")), {"image", {ir::DType::Float32, {1, 3, 1, 2}}}));
    QVERIFY2(said.startsWith(expected), said.constData());
}

void TestReaders::nv12FilesBecomeThreeChannels()
{
    write(QStringLiteral("r/x.yuv"), QByteArray::fromHex("80818283 84858687 7f80ff00")); // 2 rows of 4; U V of the left, of the right
    write(QStringLiteral("data.json"), R"({"kind": "raw", "path": "r", "color": "nv12"})");
    const std::string json = path(QStringLiteral("data.json"));
    QCOMPARE(listed(open(json, {"image", {ir::DType::Float32, {1, 3, 2, 4}}})), QByteArray("x.yuv: 0 1 2 3 4 5 6 7 -1 -1 127 127 -1 -1 127 127 0 0 -128 -128 0 0 -128 -128"));
    QCOMPARE(listed(open(json, {"image", {ir::DType::Float32, {1, 2, 4, 3}}})), QByteArray("x.yuv: 0 -1 0 1 -1 0 2 127 -128 3 127 -128 4 -1 0 5 -1 0 6 127 -128 7 127 -128"));
    QVERIFY(listed(open(json, {"image", {ir::DType::Float32, {1, 3, 2, 6}}})).startsWith("x.yuv: holds 12 bytes, NV12 of 2x6 takes 18"));
    QVERIFY(listed(open(json, kDigit)).startsWith("x.yuv: NV12 becomes three channels"));
}

void TestReaders::npzArraysGoToTheInputsOfTheirName()
{
    python("import numpy, sys; f = sys.argv[1]; a = numpy.arange(4, dtype='float32').reshape(2, 2)\n"
           "numpy.savez(f + '/two.npz', a=a, b=a + 10)\nnumpy.savez_compressed(f + '/one.npz', anything=a, labels=numpy.array([3, 1]))\n"
           "numpy.savez(f + '/few.npz', a=a, labels=numpy.array([3]))");
    const WantedInput a{"a", {ir::DType::Float32, {1, 2}}};
    const auto two = data::openDataset({path(QStringLiteral("two.npz"))}, {a, {"b", a.type}});
    QVERIFY2(two, two ? "" : two.error().text().c_str());
    QCOMPARE((*two)->at(1)->inputs[1], ir::Tensor::floats({1, 2}, {12, 13}));
    QCOMPARE(listed(open(path(QStringLiteral("one.npz")), a)), QByteArray("one.npz/anything[0]: 0 1 (3); one.npz/anything[1]: 2 3 (1)"));
    QVERIFY(listed(open(path(QStringLiteral("few.npz")), a)).endsWith("few.npz/labels: holds 1 label for 2 samples of few.npz/a; give one label for each"));
    QVERIFY(listed(open(path(QStringLiteral("two.npz")), {"c", a.type})).endsWith("two.npz: has no array 'c' for that input, only a, b; save it under this name"));
}

void TestReaders::aJsonFileSaysWhatTheDataIs()
{
    write(QStringLiteral("m/images-idx3-ubyte"), idx(8, {1, 2, 2}, QByteArray::fromHex("00ff8000")));
    write(QStringLiteral("m/own.txt"), "1\n");
    write(QStringLiteral("m/data.json"), R"({"kind": "idx", "labels": "own.txt", "classes": ["no", "yes"], "preprocess": {"divide": 255}})"); // found in the folder
    const auto dataset = open(path(QStringLiteral("m")), kDigit);
    QCOMPARE(listed(dataset), QByteArray("images-idx3-ubyte[0]: 0 1 0.501961 0 (1)"));
    QCOMPARE((*dataset)->info().classNames, (std::vector<std::string>{"no", "yes"}));
    write(QStringLiteral("p.json"), R"({"divide": 51})");
    QCOMPARE(listed(open(path(QStringLiteral("m")), kDigit, {.preprocess = path(QStringLiteral("p.json"))})), QByteArray("images-idx3-ubyte[0]: 0 5 2.5098 0 (1)"));
    write(QStringLiteral("r.json"), R"({"kind": "random", "count": 2, "seed": 5})");
    QCOMPARE(listed(open(path(QStringLiteral("r.json")), kDigit)), listed(open("random:2:5", kDigit)));
}

void TestReaders::everyInputHasAFolderOfItsOwn()
{
    const std::vector<WantedInput> inputs{{"a", {ir::DType::UInt8, {1, 2}}}, {"b", {ir::DType::UInt8, {1, 1}}}};
    write(QStringLiteral("d/a/0.bin"), "xy");
    write(QStringLiteral("d/b/0.bin"), "z");
    write(QStringLiteral("both.json"), R"({"inputs": {"b": {"path": "d/b"}, "a": {"path": "d/a"}}})");
    for (const char* text : {"d", "both.json"}) {
        const auto dataset = data::openDataset({path(QString::fromLatin1(text))}, inputs);
        QVERIFY2(dataset, dataset ? "" : dataset.error().text().c_str());
        QCOMPARE((*dataset)->at(0)->inputs[0].toInts(), (std::vector<int64_t>{'x', 'y'}));
        QCOMPARE((*dataset)->at(0)->inputs[1].toInts(), (std::vector<int64_t>{'z'}));
    }
    write(QStringLiteral("wrong.json"), R"({"inputs": {"c": {"path": "d/a"}}})");
    QVERIFY(data::openDataset({path(QStringLiteral("wrong.json"))}, inputs).error().message.starts_with("\"c\" is no input of the model; its inputs are a, b"));
    QVERIFY(data::openDataset({path(QStringLiteral("d/a/0.bin"))}, inputs).error().message.starts_with("is data for one input, the model has 2: a, b"));
}

void TestReaders::saysWhatIsWrong_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("sentence");
    const auto row = [](const char* name, const QByteArray& bytes, const char* sentence) { QTest::addRow("%s %s", name, sentence) << QString::fromLatin1(name) << bytes << QByteArray(sentence); };
    row("d/readme.txt", "x", "d: is a folder with no images and no other data that is known, but for example readme.txt");
    row("d/.hidden", "x", "d: is a folder with no images and no other data in it");
    row("nowhere/x", {}, "nowhere/x: there is no such file");
    row("empty", "", "empty: is empty; name images");
    row("x.txt", "hello", "x.txt: is of no kind of data that is known");
    row("x.npz", "PK", "x.npz: ");
    row("x.json", "{", "x.json: is no valid JSON");
    row("x.json", R"({"kind": "tfrecord"})", "x.json: \"kind\" cannot be \"tfrecord\"; write one of idx, images, npy, npz, raw, random");
    row("x.json", R"({"kind": "random"})", "x.json: \"kind\": \"random\" needs a \"count\"");
    row("x.json", R"({"kind": "idx", "dtype": "uint8"})", "x.json: \"dtype\", \"layout\" and \"color\" of the data are for \"kind\": \"raw\"");
    row("x.json", R"({"path": "y", "speed": 1})", "x.json: has the unknown key \"speed\"");
    row("x.json", R"({"kind": "idx", "preprocess": {"mena": 1}})", "x.json: has the unknown key \"mena\"");
    row("x.json", "[[[[[[[[[[[[[[]]]]]]]]]]]]]]", "x.json: is no JSON object");
    row("m/t10k-images-idx3-ubyte", idx(8, {0, 2, 2}, {}), "holds no images (u8[0,2,2]); choose another file");
    row("m/t10k-images-idx3-ubyte", idx(8, {2000000000, 0, 2}, {}), "holds no images (u8[2000000000,0,2]); choose another file");
    row("m/t10k-images-idx3-ubyte", idx(8, {3, 2, 2}, "abcd"), "declares 3x2x2 numbers of 1 bytes, but holds only 4 bytes");
}

void TestReaders::saysWhatIsWrong()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, sentence);
    if (!bytes.isNull())
        write(name, bytes);
    const bool ofFolder = name.startsWith(QStringLiteral("d/")) || name.startsWith(QStringLiteral("m/"));
    const QByteArray said = listed(open(path(ofFolder ? name.left(1) : name), kDigit));
    QVERIFY2(said.contains(sentence), said.constData());
}

QTEST_APPLESS_MAIN(TestReaders)
#include "tst_readers.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// .npy files as numpy writes them, and back.
#include "core/data/npy.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace bpu;

namespace {

const char* const kDTypes[] = {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128"};

std::string headerOf(std::string dict)
{
    std::string file = "\x93NUMPY\x01";
    file += '\0';
    file += static_cast<char>(dict.size());
    file += '\0';
    return file + dict;
}

Bytes bytesOf(const std::string& text)
{
    return Bytes::copyOf(std::as_bytes(std::span(text)));
}

/// Element i as a real number; of a complex tensor the real part.
double numberAt(const ir::Tensor& tensor, int64_t i)
{
    if (tensor.dtype() == ir::DType::Complex64)
        return static_cast<double>(tensor.reshaped(tensor.shape()).bytes().size() > 0 ? std::bit_cast<float>(static_cast<uint32_t>(tensor.at<uint64_t>(i))) : 0);
    if (tensor.dtype() == ir::DType::Complex128) {
        double value = 0;
        std::memcpy(&value, tensor.bytes().data() + static_cast<size_t>(i) * 16, sizeof(value));
        return value;
    }
    return tensor.number(i);
}

} // namespace

class TestNpy : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void readsWhatNumpyWrites_data();
    void readsWhatNumpyWrites();
    void readsEveryVersionAndRank_data();
    void readsEveryVersionAndRank();
    void sharesTheBytesOfAPlainFile();
    void numpyReadsWhatIsWritten();
    void refusesWhatIsNoArray_data();
    void refusesWhatIsNoArray();
    void refusesFilesOfNumpyThatHoldNoNumbers_data();
    void refusesFilesOfNumpyThatHoldNoNumbers();
    void everyCutGivesASentence();

private:
    std::string path(const QString& name) const { return m_folder.filePath(name).toStdString(); }

    QTemporaryDir m_folder;
};

void TestNpy::initTestCase()
{
    QCOMPARE(QProcess::execute(QStringLiteral("/usr/bin/python3"), {QStringLiteral(BPU_SOURCE_DIR "/tests/core/data/make_arrays.py"), QStringLiteral("write"), m_folder.path()}), 0);
}

void TestNpy::readsWhatNumpyWrites_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("isBool");
    for (const char* dtype : kDTypes)
        for (const char* order : {"C", "F"})
            for (const char* endian : {"little", "big"}) {
                const QString file = QStringLiteral("%1-%2-%3.npy").arg(QLatin1String(dtype), QLatin1String(order), QLatin1String(endian));
                QTest::newRow(qPrintable(file)) << file << (QByteArray(dtype) == "bool");
            }
}

void TestNpy::readsWhatNumpyWrites()
{
    QFETCH(QString, file);
    QFETCH(bool, isBool);
    const Result<ir::Tensor> tensor = data::readNpy(path(file));
    QVERIFY2(tensor, tensor ? "" : tensor.error().text().c_str());
    QCOMPARE(tensor->shape(), (ir::Shape{2, 3, 4}));
    for (int64_t i = 0; i < 24; ++i)
        QCOMPARE(numberAt(*tensor, i), static_cast<double>(isBool ? i % 2 : i));
}

void TestNpy::readsEveryVersionAndRank_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("type");
    const auto row = [](const char* file, const char* type) { QTest::newRow(file) << QString::fromLatin1(file) << QString::fromLatin1(type); };
    row("version1.npy", "f32[4,6]");
    row("version2.npy", "f32[4,6]");
    row("version3.npy", "f32[4,6]");
    row("scalar.npy", "f32[]");
    row("vector.npy", "f32[5]");
    row("nothing.npy", "f32[0,3]");
}

void TestNpy::readsEveryVersionAndRank()
{
    QFETCH(QString, file);
    QFETCH(QString, type);
    const Result<ir::Tensor> tensor = data::readNpy(path(file));
    QVERIFY2(tensor, tensor ? "" : tensor.error().text().c_str());
    QCOMPARE(QString::fromStdString(tensor->type().text()), type);
    for (int64_t i = 0; i < tensor->elementCount(); ++i)
        QCOMPARE(tensor->number(i), file.startsWith(QStringLiteral("scalar")) ? 7.0 : static_cast<double>(i));
}

void TestNpy::sharesTheBytesOfAPlainFile()
{
    const Result<Bytes> file = readFile(path(QStringLiteral("vector.npy")));
    QVERIFY(file);
    const Result<ir::Tensor> tensor = data::parseNpy(*file, "vector");
    QVERIFY(tensor);
    QCOMPARE(tensor->bytes().data(), file->span().data() + (file->size() - 20));
}

void TestNpy::numpyReadsWhatIsWritten()
{
    QTemporaryDir folder;
    const auto write = [&](const QString& name, const ir::Tensor& tensor) {
        const Result<void> written = data::writeNpy(folder.filePath(name).toStdString(), tensor);
        QVERIFY2(written, written ? "" : written.error().text().c_str());
    };
    for (const char* dtype : kDTypes)
        if (QByteArray(dtype) != "bool") {
            const Result<ir::Tensor> tensor = data::readNpy(path(QStringLiteral("%1-C-little.npy").arg(QLatin1String(dtype))));
            QVERIFY(tensor);
            write(QStringLiteral("%1.npy").arg(QLatin1String(dtype)), *tensor);
        }
    write(QStringLiteral("r0.npy"), ir::Tensor::floats({}, {0}));
    write(QStringLiteral("r1.npy"), ir::Tensor::floats({2}, {0, 1}));
    write(QStringLiteral("r2.npy"), ir::Tensor::floats({1, 2}, {0, 1}));
    write(QStringLiteral("bf16.npy"), ir::Tensor::of<uint16_t>(ir::DType::BFloat16, {3}, {0, 0x3f80, 0x4000}));
    QProcess python;
    python.start(QStringLiteral("/usr/bin/python3"), {QStringLiteral(BPU_SOURCE_DIR "/tests/core/data/make_arrays.py"), QStringLiteral("check"), folder.path()});
    QVERIFY(python.waitForFinished());
    const QByteArray said = python.readAllStandardOutput();
    QVERIFY2(python.exitCode() == 0, python.readAllStandardError().constData());
    for (const char* line : {"r0 float32 ()", "r1 float32 (2,)", "r2 float32 (1, 2)", "bf16 float32 (3,)", "uint16 uint16 (2, 3, 4)", "complex64 complex64 (2, 3, 4)"})
        QVERIFY2(said.contains(line), said.constData());
}

void TestNpy::refusesWhatIsNoArray_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("sentence");
    const auto row = [](const char* name, const std::string& file, const char* sentence) { QTest::newRow(name) << QByteArray::fromStdString(file) << QByteArray(sentence); };
    row("empty", "", "x.npy: is not an .npy file; save the array with numpy.save");
    row("text", "a,b,c", "is not an .npy file");
    row("only the magic", "\x93NUMPY", "is cut off inside its header");
    row("version 9", std::string("\x93NUMPY\x09\0\0\0\0\0", 12), "is .npy of version 9, versions 1 to 3 are known");
    row("no dict", headerOf("[1]"), "is a damaged .npy file (its header is no dict)");
    row("a key that nobody knows", headerOf("{'descr': '<f4', 'evil': True}"), "its header has an unknown key");
    row("no shape", headerOf("{'descr': '<f4', 'fortran_order': False}"), "its header lacks descr, fortran_order or shape");
    row("a negative size", headerOf("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"), "its shape cannot be read");
    row("order is a number", headerOf("{'descr': '<f4', 'fortran_order': 3, 'shape': (1,)}"), "its fortran_order is neither True nor False");
    row("100 GB", headerOf("{'descr': '<f4', 'fortran_order': False, 'shape': (25000000000,)}"), "declares numbers of shape 25000000000 and 4 bytes each, but holds only 0 bytes");
    row("more than 2^63", headerOf("{'descr': '<f4', 'fortran_order': False, 'shape': (4000000000, 4000000000)}"), "but holds only 0 bytes");
    row("long double", headerOf("{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}"), "holds numbers of a kind that no network takes ('<f16')");
}

void TestNpy::refusesWhatIsNoArray()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, sentence);
    const Result<ir::Tensor> tensor = data::parseNpy(bytesOf(file.toStdString()), "x.npy");
    QVERIFY(!tensor);
    QVERIFY2(QByteArray::fromStdString(tensor.error().text()).contains(sentence), tensor.error().text().c_str());
}

void TestNpy::refusesFilesOfNumpyThatHoldNoNumbers_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("sentence");
    QTest::newRow("objects") << QStringLiteral("objects.npy") << QByteArray("holds Python objects, which could run code when they are opened ('|O')");
    QTest::newRow("text") << QStringLiteral("text.npy") << QByteArray("holds text ('<U2')");
    QTest::newRow("dates") << QStringLiteral("dates.npy") << QByteArray("holds dates or times");
    QTest::newRow("records") << QStringLiteral("records.npy") << QByteArray("holds records of several fields");
    QTest::newRow("missing") << QStringLiteral("missing.npy") << QByteArray("there is no such file");
}

void TestNpy::refusesFilesOfNumpyThatHoldNoNumbers()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, sentence);
    const Result<ir::Tensor> tensor = data::readNpy(path(file));
    QVERIFY(!tensor);
    QVERIFY2(QByteArray::fromStdString(tensor.error().text()).contains(sentence), tensor.error().text().c_str());
}

void TestNpy::everyCutGivesASentence()
{
    const Result<Bytes> file = readFile(path(QStringLiteral("float32-F-big.npy")));
    QVERIFY(file);
    for (size_t size = 0; size < file->size(); ++size)
        QVERIFY(!data::parseNpy(Bytes::copyOf(file->span().first(size)), "x.npy"));
    QVERIFY(data::parseNpy(*file, "x.npy"));
}

QTEST_APPLESS_MAIN(TestNpy)
#include "tst_npy.moc"

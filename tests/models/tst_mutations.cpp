// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Damaged TorchScript files, by the thousand: an error or a valid graph, whatever was changed in code, pickles or zip. It is what
// the fuzz targets do, without their compiler. BPU_SEED and BPU_FUZZ_SECONDS change the start and the time.
#include "core/import/torchscript/import_torchscript.h"
#include "core/import/zip_reader.h"
#include "core/ir/text.h"
#include "core/ir/verifier.h"
#include "tests/support/tab_rows.h"
#include "tests/support/zip_builder.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <algorithm>
#include <random>

using namespace bpu;
using bpu::test::ZipPart;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/varied/");

std::vector<ZipPart> partsOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray data = file.readAll();
    auto zip = importer::ZipReader::open(Bytes::copyOf(std::as_bytes(std::span(data.constData(), static_cast<size_t>(data.size())))), {"zip", "net.pt", "copy it again"});
    std::vector<ZipPart> parts;
    for (const importer::ZipEntry& entry : zip ? zip->entries() : std::vector<importer::ZipEntry>())
        if (const auto bytes = zip->read(entry); bytes && !entry.name.ends_with(".debug_pkl"))
            parts.push_back({.name = entry.name, .data = std::string(reinterpret_cast<const char*>(bytes->span().data()), bytes->size())});
    return parts;
}

class Mutator {
public:
    explicit Mutator(uint32_t seed) : m_random(seed) {}
    size_t below(size_t bound) { return bound == 0 ? 0 : std::uniform_int_distribution<size_t>(0, bound - 1)(m_random); }

    /// One place of the code or of a pickle is another's.
    void change(std::vector<ZipPart>& parts)
    {
        ZipPart& part = parts[below(parts.size())];
        if (part.name.ends_with(".py"))
            changeCode(part.data);
        else if (part.name.ends_with(".pkl"))
            changeBytes(part.data);
    }

    void changeBytes(std::string& data)
    {
        if (data.empty())
            return;
        const size_t at = below(data.size());
        const size_t length = std::min(1 + below(8), data.size() - at);
        switch (below(4)) {
        case 0: data[at] = static_cast<char>(below(256)); break;
        case 1: data.erase(at, length); break;
        case 2: data.insert(below(data.size()), data.substr(at, length)); break;
        default: data.insert(at, length, static_cast<char>(below(256))); break;
        }
    }

private:
    struct Word {
        size_t begin = 0;
        size_t size = 0;
    };

    /// Names, numbers and signs; blanks at the start of a line stay with what follows.
    static std::vector<Word> wordsOf(const std::string& code)
    {
        const auto isLetter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
        std::vector<Word> words;
        for (size_t i = 0; i < code.size();) {
            size_t end = i + 1;
            while (isLetter(code[i]) && end < code.size() && isLetter(code[end]))
                ++end;
            if (code[i] != ' ')
                words.push_back({i, end - i});
            i = end;
        }
        return words;
    }

    void changeCode(std::string& code)
    {
        static const char* const kWords[] = {"None", "0", "-1", "[]", "True", "9223372036854775807", "1e308", "\"\"", "self", "x", "torch.size(x)", "{}", "()", "break", "return x"};
        const std::vector<Word> words = wordsOf(code);
        if (words.empty())
            return;
        const Word at = words[below(words.size())];
        const Word other = words[below(words.size())];
        switch (below(4)) {
        case 0: code.erase(at.begin, at.size); break;
        case 1: code.replace(at.begin, at.size, kWords[below(std::size(kWords))]); break;
        case 2: code.replace(at.begin, at.size, code.substr(other.begin, other.size)); break;
        default: swapLines(code); break;
        }
    }

    /// A line comes twice, or at another place.
    void swapLines(std::string& code)
    {
        const size_t at = below(code.size());
        const size_t begin = at == 0 ? 0 : code.rfind('\n', at - 1) + 1;
        const size_t end = std::min(code.find('\n', at), code.size() - 1) + 1;
        const std::string line = code.substr(begin, end - begin);
        if (below(2) == 0)
            code.erase(begin, end - begin);
        const size_t place = code.find('\n', below(code.size()));
        code.insert(place == std::string::npos ? code.size() : place + 1, line);
    }

    std::mt19937 m_random;
};

} // namespace

class TestMutations : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void giveAnErrorOrAValidGraph();

private:
    std::vector<std::vector<ZipPart>> m_files;
};

void TestMutations::initTestCase()
{
    const auto rows = test::rowsOf(kFolder + QStringLiteral("varied.tsv"));
    QVERIFY2(!rows.isEmpty(), "no varied.tsv: run the test models.export_varied first (ctest does)");
    if (rows.front().front() == QStringLiteral("missing"))
        QSKIP(qPrintable(QStringLiteral("python3-torchvision is not installed: ") + rows.front().back()));
    for (const QStringList& row : rows)
        if (std::vector<ZipPart> parts = partsOf(kFolder + row[0] + QStringLiteral(".pt")); !parts.empty())
            m_files.push_back(std::move(parts));
    QVERIFY(m_files.size() > 50);
}

void TestMutations::giveAnErrorOrAValidGraph()
{
    const uint32_t seed = qEnvironmentVariableIsSet("BPU_SEED") ? qEnvironmentVariable("BPU_SEED").toUInt() : 1;
    const int seconds = qEnvironmentVariableIsSet("BPU_FUZZ_SECONDS") ? qEnvironmentVariableIntValue("BPU_FUZZ_SECONDS") : 5;
    Mutator mutator(seed);
    QElapsedTimer clock;
    clock.start();
    int opened = 0;
    int refused = 0;
    while (clock.elapsed() < 1000 * seconds) {
        std::vector<ZipPart> parts = m_files[mutator.below(m_files.size())];
        for (size_t i = 1 + mutator.below(4); i-- > 0;)
            mutator.change(parts);
        std::string file = test::zipOf(parts);
        if (mutator.below(8) == 0)
            mutator.changeBytes(file);
        if (qEnvironmentVariableIsSet("BPU_FUZZ_KEEP")) { // what was read last, after a crash
            QFile last(qEnvironmentVariable("BPU_FUZZ_KEEP"));
            QVERIFY(last.open(QIODevice::WriteOnly) && last.write(file.data(), static_cast<qint64>(file.size())) >= 0);
        }
        importer::ImportOptions options;
        if (mutator.below(2) == 0)
            options.inputShapes[""] = {1, 3, 8, 8};
        const auto imported = importer::importTorchScript("net.pt", Bytes::copyOf(std::as_bytes(std::span(file))), options);
        ++(imported ? opened : refused);
        if (!imported) {
            QVERIFY2(!imported.error().message.empty(), "an error without a sentence");
            continue;
        }
        const auto valid = ir::verify(imported->graph);
        QVERIFY2(valid, valid ? "" : qPrintable(QStringLiteral("seed %1: %2").arg(seed).arg(QString::fromStdString(valid.error().text()))));
        QVERIFY(!ir::print(imported->graph).empty());
    }
    qInfo("seed %u: %d opened, %d refused", seed, opened, refused);
    QVERIFY(opened > 0 && refused > 0);
}

QTEST_GUILESS_MAIN(TestMutations)
#include "tst_mutations.moc"

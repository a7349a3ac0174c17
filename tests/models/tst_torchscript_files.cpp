// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Files that torch.jit really wrote: every tensor against what PyTorch says of it. export_torchscript.py
// writes the files before this runs.
#include "core/import/import.h"
#include "core/import/torchscript/debug.h"
#include "core/import/torchscript/tensors.h"
#include "core/import/torchscript/what_is.h"
#include "tests/support/tab_rows.h"

#include <QCryptographicHash>
#include <QTest>

#include <fmt/format.h>
#include <map>

using namespace bpu;
using namespace bpu::importer::torchscript;
using bpu::test::rowsOf;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/");

QString digest(std::span<const std::byte> bytes)
{
    const QByteArray data = QByteArray::fromRawData(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
    return QString::fromLatin1(QCryptographicHash::hash(data, QCryptographicHash::Sha256).toHex());
}

/// Names as in a state_dict; an element of a tuple is "name[10]".
class TensorNames {
public:
    explicit TensorNames(const Pickle& pickle) : m_pickle(pickle) { add(pickle.root(), {}); }
    std::map<std::string, PickleId> take() { return std::move(m_found); }

private:
    void add(PickleId id, const std::string& name)
    {
        const PickleValue& value = m_pickle[id];
        if (value.kind == PickleKind::Tensor)
            m_found.emplace(name, id);
        else if (value.kind == PickleKind::Object && value.items.size() == 1)
            add(value.items[0], name);
        else if (value.kind == PickleKind::Tuple)
            for (size_t i = 0; i < value.items.size(); ++i)
                add(value.items[i], fmt::format("{}[{}]", name, i));
        else if (value.kind == PickleKind::Dict)
            for (size_t i = 0; i + 1 < value.items.size(); i += 2)
                add(value.items[i + 1], (name.empty() ? "" : name + ".") + std::string(m_pickle[value.items[i]].text));
    }

    const Pickle& m_pickle;
    std::map<std::string, PickleId> m_found;
};

/// As export_torchscript.py writes it.
QStringList described(const std::string& tensorName, const LoadedTensor& loaded)
{
    const ir::Tensor& tensor = loaded.tensor;
    QStringList row{QString::fromStdString(tensorName), QString::fromStdString(std::string(name(loaded.dtype))),
                    tensor.shape().empty() ? QString() : QString::fromStdString(shapeText(tensor.type())), digest(tensor.bytes())};
    if (!loaded.quantizer)
        return row + QStringList{{}, {}, {}};
    QStringList scales;
    QStringList zeroPoints;
    for (const double scale : loaded.quantizer->scales)
        scales.append(QString::number(scale, 'g', QLocale::FloatingPointShortest));
    for (const int64_t zeroPoint : loaded.quantizer->zeroPoints)
        zeroPoints.append(QString::number(zeroPoint));
    return row + QStringList{scales.join(u' '), zeroPoints.join(u' '), QString::number(loaded.quantizer->axis)};
}

} // namespace

class TestTorchscriptFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void holdsTheTensorsOfPyTorch_data() { addFiles(); }
    void holdsTheTensorsOfPyTorch();
    void everyCodeEntryHasItsLines_data() { addFiles(); }
    void everyCodeEntryHasItsLines();
    void tellsWhereTheAuthorWroteIt_data() { addFiles(); }
    void tellsWhereTheAuthorWroteIt();
    void saysWhatToDoWithOtherFiles_data();
    void saysWhatToDoWithOtherFiles();

private:
    void addFiles();
    /// Ends the test function when it cannot be opened.
    std::optional<Archive> open();

    QList<QStringList> m_files;
};

void TestTorchscriptFiles::initTestCase()
{
    m_files = rowsOf(kFolder + QStringLiteral("torchscript.tsv"));
    QVERIFY2(!m_files.isEmpty(), "no torchscript.tsv: run the test models.export_torchscript first (ctest does)");
    if (m_files.front().front() == QStringLiteral("missing"))
        QSKIP(qPrintable(QStringLiteral("python3-torch is not installed: ") + m_files.front().back()));
    QCOMPARE(m_files.size(), 4);
}

void TestTorchscriptFiles::addFiles()
{
    QTest::addColumn<QString>("name");
    for (const QStringList& row : m_files)
        QTest::newRow(qPrintable(row[0])) << row[0];
}

std::optional<Archive> TestTorchscriptFiles::open()
{
    QFETCH(QString, name);
    const std::string path = (kFolder + name + QStringLiteral(".pt")).toStdString();
    auto file = readFile(path);
    if (!file || whyNotTorchScript(path, *file))
        return std::nullopt;
    auto archive = Archive::open(path, *std::move(file));
    if (archive)
        return *std::move(archive);
    qWarning("%s", archive.error().text().c_str());
    return std::nullopt;
}

void TestTorchscriptFiles::holdsTheTensorsOfPyTorch()
{
    QFETCH(QString, name);
    auto archive = open();
    QVERIFY(archive);
    const auto pickle = Pickle::read(*archive->read("data.pkl"), "data.pkl");
    QVERIFY2(pickle, pickle ? "" : pickle.error().text().c_str());
    const auto names = TensorNames(*pickle).take();
    TensorLoader loader(*archive, *pickle, "data");
    const auto expected = rowsOf(kFolder + name + QStringLiteral(".tensors"));
    QVERIFY(expected.size() >= 6);
    for (const QStringList& row : expected) {
        const auto found = names.find(row[0].toStdString());
        QVERIFY2(found != names.end(), qPrintable(row[0]));
        const auto loaded = loader.load(found->second);
        QVERIFY2(loaded, loaded ? "" : loaded.error().text().c_str());
        QCOMPARE(described(found->first, *loaded).join(u' '), row.join(u' '));
    }
    QCOMPARE(static_cast<qsizetype>(names.size()), expected.size());
}

void TestTorchscriptFiles::everyCodeEntryHasItsLines()
{
    auto archive = open();
    QVERIFY(archive);
    size_t known = 0;
    for (const std::string& entry : archive->list("code/")) {
        if (!entry.ends_with(".py"))
            continue;
        const auto table = DebugTable::read(*archive->read(entry + ".debug_pkl"), entry);
        QVERIFY2(table, table ? "" : table.error().text().c_str());
        for (size_t offset = 0; offset < archive->read(entry)->size(); ++offset)
            known += table->at(offset) ? 1 : 0;
    }
    QVERIFY2(known > 0, "no place of the code has a line");
}

void TestTorchscriptFiles::tellsWhereTheAuthorWroteIt()
{
    QFETCH(QString, name);
    auto archive = open();
    QVERIFY(archive);
    for (const QStringList& row : rowsOf(kFolder + name + QStringLiteral(".lines"))) {
        int found = 0;
        for (const std::string& entry : archive->list("code/")) {
            const std::string code = entry.ends_with(".py") ? *archive->readText(entry) : std::string();
            const size_t offset = code.find(row[0].toStdString());
            if (offset == std::string::npos)
                continue;
            const auto table = DebugTable::read(*archive->read(entry + ".debug_pkl"), entry);
            const auto place = table->at(offset);
            QVERIFY(place);
            QCOMPARE(QString::fromUtf8(place->file.data(), static_cast<qsizetype>(place->file.size())), row[1]);
            QCOMPARE(place->line, row[2].toLongLong());
            if (!row[3].isEmpty())
                QCOMPARE(QString::fromUtf8(place->written.data(), static_cast<qsizetype>(place->written.size())), row[3]);
            ++found;
        }
        QCOMPARE(found, 1);
    }
}

void TestTorchscriptFiles::saysWhatToDoWithOtherFiles_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("line");
    const auto row = [](const char* name, const char* what, const char* line) {
        QTest::newRow(name) << QStringLiteral("other_%1.pt").arg(QLatin1String(name)) << QString::fromLatin1(what) << QString::fromLatin1(line);
    };
    row("state_dict", "weights without the network", "load_state_dict(torch.load(\"other_state_dict.pt\"))");
    row("checkpoint", "weights without the network", "load_state_dict(");
    row("module", "a pickled Python object of torch.nn.modules.linear.Linear", "model = torch.load(\"other_module.pt\"");
    row("old_state_dict", "weights without the network", "load_state_dict(");
    row("old_module", "a pickled Python object of torch.nn.modules.linear.Linear", "model = torch.load(\"other_old_module.pt\"");
}

void TestTorchscriptFiles::saysWhatToDoWithOtherFiles()
{
    QFETCH(QString, name);
    QFETCH(QString, what);
    QFETCH(QString, line);
    const auto imported = importer::importModel((kFolder + name).toStdString());
    QVERIFY(!imported);
    QCOMPARE(imported.error().code, std::string("torchscript.kind"));
    const QStringList lines = QString::fromStdString(imported.error().message).split(u'\n');
    QCOMPARE(lines.size(), 3);
    QVERIFY2(lines[0].contains(what), qPrintable(lines[0]));
    QVERIFY2(lines[1].contains(line), qPrintable(lines[1]));
    QVERIFY2(lines[2].contains(QStringLiteral("torch.jit.trace(")), qPrintable(lines[2]));
}

QTEST_GUILESS_MAIN(TestTorchscriptFiles)
#include "tst_torchscript_files.moc"

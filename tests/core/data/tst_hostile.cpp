// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Files with bytes changed or cut off: either they are read, or one sentence says why not. What counts is that nothing crashes;
// preset asan runs this too.
#include "core/data/batches.h"
#include "core/data/npy.h"
#include "core/data/random.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace bpu;

class TestHostile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void changedFilesAreReadOrRefused_data();
    void changedFilesAreReadOrRefused();

private:
    std::string path(const QString& name) const { return m_folder.filePath(name).toStdString(); }

    QTemporaryDir m_folder;
};

void TestHostile::initTestCase()
{
    const QString code = QStringLiteral("import gzip, json, numpy, struct, sys\n"
                                        "f = sys.argv[1] + '/'\n"
                                        "a = numpy.arange(8, dtype='>f4').reshape(2, 1, 2, 2)\n"
                                        "numpy.save(f + 'x.npy', numpy.asfortranarray(a))\n"
                                        "numpy.savez(f + 'x.npz', image=a, labels=numpy.array([1, 2]))\n"
                                        "numpy.savez_compressed(f + 'packed.npz', image=a)\n"
                                        "idx = struct.pack('>4B3I', 0, 0, 8, 3, 2, 2, 2) + bytes(range(8))\n"
                                        "open(f + 'x-idx3-ubyte', 'wb').write(idx)\n"
                                        "open(f + 'x-idx3-ubyte.gz', 'wb').write(gzip.compress(idx))\n"
                                        "json.dump({'kind': 'idx', 'path': 'x-idx3-ubyte', 'preprocess': {'resize': {'height': 2, 'width': 2}, 'crop': {'height': 2, 'width': 2},"
                                        " 'color': 'gray', 'divide': 255, 'mean': [0.5], 'std': 0.5, 'layout': 'NCHW'}}, open(f + 'x.json', 'w'))\n");
    QCOMPARE(QProcess::execute(QStringLiteral("/usr/bin/python3"), {QStringLiteral("-c"), code, m_folder.path()}), 0);
}

void TestHostile::changedFilesAreReadOrRefused_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"x.npy", "x.npz", "packed.npz", "x-idx3-ubyte", "x-idx3-ubyte.gz", "x.json"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestHostile::changedFilesAreReadOrRefused()
{
    QFETCH(QString, name);
    constexpr int kRounds = 150;
    const uint64_t seed = qEnvironmentVariableIsSet("BPU_SEED") ? qEnvironmentVariable("BPU_SEED").toULongLong() : 1;
    const std::vector<data::WantedInput> inputs{{"image", {ir::DType::Float32, {1, 1, 2, 2}}}};
    const auto whole = readFile(path(name));
    QVERIFY(whole);
    const std::string changed = path(QStringLiteral("changed-") + name);
    int opened = 0;
    for (int round = 0; round < kRounds; ++round) {
        data::Random random(seed * 1000 + static_cast<uint64_t>(round));
        std::vector<std::byte> bytes(whole->span().begin(), whole->span().end());
        for (uint64_t i = round == 0 ? 8 : random.below(8); i < 8; ++i) // the first round changes nothing
            bytes[random.below(bytes.size())] = static_cast<std::byte>(random.below(256));
        if (round % 4 == 3)
            bytes.resize(random.below(bytes.size()));
        QVERIFY(writeFile(changed, bytes));
        const auto dataset = data::openDataset({changed}, inputs);
        if (!dataset) {
            const std::string said = dataset.error().text();
            QVERIFY2(!said.empty() && said.find('\n') == std::string::npos, qPrintable(QStringLiteral("seed %1, round %2: %3").arg(seed).arg(round).arg(QString::fromStdString(said))));
            continue;
        }
        ++opened;
        data::Batches batches(*dataset, inputs, {.limit = 20});
        while (true) {
            const auto batch = batches.next();
            if (!batch || !*batch)
                break;
            QCOMPARE((*batch)->inputs[0].type(), inputs[0].type);
        }
    }
    QVERIFY(opened > 0);
}

QTEST_APPLESS_MAIN(TestHostile)
#include "tst_hostile.moc"

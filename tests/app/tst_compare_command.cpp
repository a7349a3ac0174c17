// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/cli.h"
#include "core/export/export.h"
#include "tests/support/text_graph.h"

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
    QString out;
    QString err;
    QJsonArray layers() const { return QJsonDocument::fromJson(out.toUtf8())[QStringLiteral("layers")].toArray(); }
};

Outcome bpuRun(const QStringList& args)
{
    std::vector<std::string> words;
    for (const QString& arg : args)
        words.push_back(arg.toStdString());
    std::ostringstream out;
    std::ostringstream err;
    const int status = cli::run(words, out, err);
    return {status, QString::fromStdString(out.str()), QString::fromStdString(err.str())};
}

/// Two layers; `weight` makes the second one differ.
std::string network(int weight)
{
    return R"(graph(%x: f32[?,4]) {
        @w: f32[4,4] = random 1
        @v: f32[4,4] = random )" + std::to_string(weight) + R"(
        %a = matmul(%x, @w)
        %y = matmul(%a, @v)
        return %y })";
}

} // namespace

class TestCompareCommand : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void fusedSamplesEqualTheirSource_data();
    void fusedSamplesEqualTheirSource();
    void failsBelowTheLimit();
    void sortsTheWorstFirst();
    void runsBatchesOfAnySize();
    void refusesInOneLine_data();
    void refusesInOneLine();

private:
    QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }
    QTemporaryDir m_folder;
};

void TestCompareCommand::initTestCase()
{
    for (const auto& [name, weight] : {std::pair{"a.bpuir", 2}, {"b.bpuir", 3}})
        QVERIFY(exporter::writeBpuir(test::typedGraph(network(weight)), path(name).toStdString()));
}

void TestCompareCommand::fusedSamplesEqualTheirSource_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("data");
    QTest::addColumn<int>("layers");
    QTest::newRow("camera_net") << "samples/camera_net.onnx" << "random:3:5" << 25;
    QTest::newRow("classic_net") << "samples/classic_net.onnx" << "random:3:5" << 5;
    QTest::newRow("passes_both") << "samples/passes_both.onnx" << "random:3:5" << 7;
    QTest::newRow("digits_net on the digits") << "samples/digits_net.onnx" << "samples/digits" << 5;
}

void TestCompareCommand::fusedSamplesEqualTheirSource()
{
    QFETCH(QString, model);
    QFETCH(QString, data);
    QFETCH(int, layers);
    const QString fused = path("fused.bpuir");
    QCOMPARE(bpuRun({QStringLiteral("fuse"), model, QStringLiteral("-o"), fused}).status, 0);
    const QStringList compare{QStringLiteral("compare"), model, fused, QStringLiteral("--data"), data, QStringLiteral("--limit"), QStringLiteral("3"), QStringLiteral("--fail-below"), QStringLiteral("0.999999")};
    const Outcome text = bpuRun(compare);
    QCOMPARE(text.status, 0);
    QCOMPARE(text.out.count(QStringLiteral("    1.0000  ")), layers);
    QVERIFY2(text.out.endsWith(QStringLiteral("%1 layers, 3 batches, 0 below 0.999999; all 1.0000\n").arg(layers)), qPrintable(text.out));
    const Outcome json = bpuRun(compare + QStringList{QStringLiteral("--json")});
    QCOMPARE(json.layers().size(), layers);
    for (const QJsonValue& layer : json.layers())
        QVERIFY2(layer[QStringLiteral("cosine")].toDouble() >= 0.999999, qPrintable(layer[QStringLiteral("name")].toString()));
}

void TestCompareCommand::failsBelowTheLimit()
{
    const QStringList compare{QStringLiteral("compare"), path("a.bpuir"), path("b.bpuir"), QStringLiteral("--data"), QStringLiteral("random:2")};
    QCOMPARE(bpuRun(compare).status, 0);
    const Outcome failed = bpuRun(compare + QStringList{QStringLiteral("--fail-below"), QStringLiteral("0.99")});
    QCOMPARE(failed.status, 1);
    QVERIFY2(failed.out.contains(QStringLiteral("1 below 0.99; worst: ")), qPrintable(failed.out));
    QCOMPARE(bpuRun({QStringLiteral("compare"), path("a.bpuir"), path("a.bpuir"), QStringLiteral("--data"), QStringLiteral("random:2"), QStringLiteral("--fail-below"), QStringLiteral("1")}).status, 0);
}

void TestCompareCommand::sortsTheWorstFirst()
{
    const QStringList compare{QStringLiteral("compare"), path("a.bpuir"), path("b.bpuir"), QStringLiteral("--data"), QStringLiteral("random:2"), QStringLiteral("--json")};
    const auto first = [&](const char* order) { return bpuRun(compare + QStringList{QStringLiteral("--sort"), QLatin1String(order)}).layers()[0][QStringLiteral("index")].toInt(); };
    QCOMPARE(first("order"), 1);
    QCOMPARE(first("similarity"), 2);
}

void TestCompareCommand::runsBatchesOfAnySize()
{
    const auto measured = [&](const QStringList& options) {
        const Outcome outcome = bpuRun(QStringList{QStringLiteral("compare"), path("a.bpuir"), path("b.bpuir"), QStringLiteral("--data"), QStringLiteral("random:8:3"), QStringLiteral("--json")} + options);
        return std::pair(outcome.layers()[1][QStringLiteral("elements")].toInt(), outcome.layers()[1][QStringLiteral("cosine")].toDouble());
    };
    const auto single = measured({});
    QCOMPARE(single.first, 8 * 4);
    const auto batched = measured({QStringLiteral("--batch"), QStringLiteral("4")});
    QCOMPARE(batched.first, 8 * 4);
    QVERIFY(std::abs(batched.second - single.second) < 1e-6);
    QCOMPARE(measured({QStringLiteral("--limit"), QStringLiteral("2")}).first, 2 * 4);
}

void TestCompareCommand::refusesInOneLine_data()
{
    QTest::addColumn<QString>("args");
    QTest::addColumn<QString>("error");
    QTest::newRow("no data") << "compare @/a.bpuir @/b.bpuir" << "bpu: --data: is missing; write --data PATH, or --data random:4 for random numbers\n";
    QTest::newRow("limit") << "compare @/a.bpuir @/b.bpuir --data random:1 --limit none" << "bpu: --limit: cannot be 'none'; write a whole number from 1\n";
    QTest::newRow("fail-below") << "compare @/a.bpuir @/b.bpuir --data random:1 --fail-below nan" << "bpu: --fail-below: cannot be 'nan'; write a number from -1 to 1, such as 0.99\n";
    QTest::newRow("open shape") << "compare samples/dynamic_detector.onnx samples/dynamic_detector.onnx --data random:1"
                                << "bpu: image: has the shape 1x3x?x?, which is not known yet; give it one with --input image=...\n";
    QTest::newRow("other network") << "compare @/a.bpuir samples/classic_net.onnx --data random:1"
                                   << "bpu: image: is f32[1,1,28,28], in the other model f32[1,4]; give both the same shape with --input\n";
}

void TestCompareCommand::refusesInOneLine()
{
    QFETCH(QString, args);
    QFETCH(QString, error);
    const Outcome outcome = bpuRun(args.replace(QLatin1Char('@'), m_folder.path()).split(QLatin1Char(' ')));
    QCOMPARE(outcome.status, 2);
    QCOMPARE(outcome.err, error);
    QVERIFY(outcome.out.isEmpty());
}

QTEST_APPLESS_MAIN(TestCompareCommand)
#include "tst_compare_command.moc"

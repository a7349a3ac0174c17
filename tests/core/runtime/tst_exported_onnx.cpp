// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What is written as ONNX is the network that was read: every sample and every model of Debian's libonnx-testdata is
// opened, written, opened again, and both graphs are compared node by node and run on the same numbers.
#include "tests/core/runtime/written_onnx.h"

#include <QTest>

#include <fmt/format.h>

using namespace bpu;
using namespace bpu::test;

namespace {

struct Tally {
    int written = 0, same = 0, equal = 0, run = 0;
    QStringList refused, changed, wrong;
    double worst = 0;
};

void compareRuns(const ir::Graph& before, const ir::Graph& after, const std::string& name, Tally& tally)
{
    const auto inputs = randomInputs(before);
    if (!inputs)
        return;
    const auto expected = resultsOf(before, *inputs);
    if (!expected)
        return; // the numbers do not suit the model, such as a random index
    const auto results = resultsOf(after, *inputs);
    ++tally.run;
    const double off = results ? distance(*expected, *results) : HUGE_VAL;
    tally.worst = std::max(tally.worst, std::isfinite(off) ? off : 0);
    if (off <= 1e-5)
        ++tally.equal;
    else
        tally.wrong << QString::fromStdString(fmt::format("{}: {}", name, results ? fmt::format("off by {:.3g}", off) : results.error().text()));
}

void compare(const std::filesystem::path& model, const std::filesystem::path& target, int64_t opset, const std::string& name, Tally& tally)
{
    const auto before = importer::importModel(model);
    if (!before)
        return;
    if (const auto written = exporter::writeOnnx(before->graph, target, {.opset = opset}); !written) {
        tally.refused << QString::fromStdString(name + ": " + written.error().message);
        return;
    }
    ++tally.written;
    const auto after = importer::importModel(target);
    if (!after) {
        tally.wrong << QString::fromStdString(name + ": " + after.error().text());
        return;
    }
    const std::string differs = difference(before->graph, after->graph);
    if (differs.empty())
        ++tally.same;
    else
        tally.changed << QString::fromStdString(name + ": " + differs);
    compareRuns(before->graph, after->graph, name, tally);
}

} // namespace

class TestExportedOnnx : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsBackAsItWas_data();
    void readsBackAsItWas();
};

/// Those that differ need an operator that the opset has not (the message says so), or are written with simpler ones that
/// mean the same: layer_norm whose mean is asked for, square, trilu, slopes per channel.
void TestExportedOnnx::readsBackAsItWas_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<int>("opset");
    QTest::addColumn<int>("written");
    QTest::addColumn<int>("same");
    const auto row = [](const char* folder, int opset, int written, int same) {
        QTest::newRow(fmt::format("{} at opset {}", folder, opset).c_str()) << QString::fromLatin1(folder) << opset << written << same;
    };
    row("samples", 11, 7, 6);
    row("samples", 13, 7, 7);
    row("samples", 17, 8, 8);
    row("node", 11, 721, 666);
    row("node", 13, 873, 841);
    row("node", 17, 925, 898);
    row("simple", 11, 23, 23);
    row("simple", 13, 23, 23);
    row("pytorch-operator", 11, 35, 35);
    row("pytorch-operator", 13, 35, 35);
    row("pytorch-converted", 11, 82, 79);
    row("pytorch-converted", 13, 82, 79);
}

void TestExportedOnnx::readsBackAsItWas()
{
    QFETCH(QString, folder);
    QFETCH(int, opset);
    QFETCH(int, written);
    QFETCH(int, same);
    const bool isSamples = folder == QStringLiteral("samples");
    const std::filesystem::path root = isSamples ? std::filesystem::path(BPU_SOURCE_DIR "/samples") : std::filesystem::path("/usr/share/libonnx-testdata/data") / folder.toStdString();
    QVERIFY2(std::filesystem::exists(root), "install libonnx-testdata");
    std::vector<std::filesystem::path> models;
    for (const auto& entry : std::filesystem::directory_iterator(root))
        if (entry.is_directory() ? std::filesystem::exists(entry.path() / "model.onnx") : entry.path().extension() == ".onnx")
            models.push_back(entry.is_directory() ? entry.path() / "model.onnx" : entry.path());
    std::ranges::sort(models);
    QTemporaryDir directory;
    Tally tally;
    for (const auto& model : models)
        compare(model, std::filesystem::path(directory.path().toStdString()) / "out.onnx", opset,
                (isSamples ? model.filename() : model.parent_path().filename()).string(), tally);
    for (const auto& [what, list] : {std::pair{"refused", &tally.refused}, {"changed", &tally.changed}, {"wrong", &tally.wrong}})
        for (const QString& line : *list)
            qInfo("%s %s", what, qPrintable(line));
    qInfo("%lld models: %d written, %d of them the same graph, %d of %d with the same numbers (largest difference %.2g)", static_cast<long long>(models.size()), tally.written,
          tally.same, tally.equal, tally.run, tally.worst);
    QVERIFY2(tally.wrong.isEmpty(), "see above");
    QVERIFY2(tally.written >= written && tally.same >= same, "see above");
}

QTEST_APPLESS_MAIN(TestExportedOnnx)
#include "tst_exported_onnx.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Fake-quantize and observers against PyTorch's. export_quant.py writes the files before this runs.
#include "core/data/npz.h"
#include "core/import/import.h"
#include "core/quant/fake_quantize.h"
#include "core/quant/observer.h"
#include "passes/calibrate/calibrate.h"
#include "passes/fuse/fuse.h"
#include "passes/insert_qat/insert_qat.h"

#include <QDir>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace bpu;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/quant/");

using Arrays = std::vector<data::NamedTensor>;

Arrays arraysOf(const QString& file)
{
    auto arrays = data::readNpz((kFolder + file).toStdString());
    return arrays ? std::move(*arrays) : Arrays{};
}

const ir::Tensor& array(const Arrays& arrays, const std::string& name)
{
    static const ir::Tensor missing;
    const auto found = std::ranges::find(arrays, name, &data::NamedTensor::name);
    return found == arrays.end() ? missing : found->tensor;
}

void addRows(const char* pattern)
{
    QTest::addColumn<QString>("file");
    for (const QString& file : QDir(kFolder).entryList({QString::fromLatin1(pattern)}, QDir::Files, QDir::Name))
        QTest::newRow(qPrintable(file)) << file;
}

/// Index of element `i` along the axis of `params`; 0 with one scale.
size_t channelOf(const ir::Tensor& tensor, int64_t i, int axis)
{
    if (axis < 0)
        return 0;
    int64_t inner = 1;
    for (int at = axis + 1; at < tensor.type().rank(); ++at)
        inner *= tensor.type().dim(at);
    return static_cast<size_t>(i / inner % tensor.type().dim(axis));
}

} // namespace

class TestQuantTorch : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void fakeQuantizesAsPyTorch_data() { addRows("fake_*.npz"); }
    void fakeQuantizesAsPyTorch();
    void observesAsPyTorch_data() { addRows("observe_*.npz"); }
    void observesAsPyTorch();
    void calibratesANetworkAsPyTorch();
};

void TestQuantTorch::initTestCase()
{
    QVERIFY2(QDir(kFolder).exists(), "export_quant.py writes the files; it needs python3-torch");
}

/// One step apart is right only where the number lies in the middle of two steps to float32's accuracy: PyTorch
/// multiplies by the reciprocal of the scale there, we divide.
void TestQuantTorch::fakeQuantizesAsPyTorch()
{
    QFETCH(QString, file);
    const Arrays arrays = arraysOf(file);
    const ir::Tensor& numbers = array(arrays, "numbers");
    const ir::Tensor& expected = array(arrays, "expected");
    const bool isByte = array(arrays, "range").integer(1) == 127;
    const ir::QuantParams params{isByte ? ir::QType::QInt8 : ir::QType::QInt16, array(arrays, "scales").toDoubles(), static_cast<int>(array(arrays, "axis").integer(0))};
    const auto ours = quant::fakeQuantize(numbers, params);
    QVERIFY(ours);
    QCOMPARE(ours->shape(), expected.shape());
    int apart = 0;
    for (int64_t i = 0; i < numbers.elementCount(); ++i) {
        const double scale = params.scales[channelOf(numbers, i, params.channelAxis)];
        const double difference = std::fabs(ours->number(i) - expected.number(i));
        if (difference <= 1e-6 * std::fabs(expected.number(i)))
            continue;
        const double steps = numbers.number(i) / scale;
        const double fromMiddle = std::fabs(std::fabs(steps - std::floor(steps)) - 0.5);
        QVERIFY2(fromMiddle <= 1e-6 * std::fabs(steps) && difference < 1.01 * scale, qPrintable(QStringLiteral("element %1: %2 / %3").arg(i).arg(numbers.number(i)).arg(scale)));
        ++apart;
    }
    QVERIFY2(apart <= 4, qPrintable(QString::number(apart)));
}

void TestQuantTorch::observesAsPyTorch()
{
    QFETCH(QString, file);
    const Arrays arrays = arraysOf(file);
    quant::ObserverOptions options;
    options.averaging = array(arrays, "averaging").number(0);
    options.channelAxis = static_cast<int>(array(arrays, "axis").integer(0));
    const auto observer = quant::makeObserver("min_max", options);
    QVERIFY(observer);
    const ir::Tensor& expected = array(arrays, "expected");
    const auto channels = static_cast<size_t>(expected.type().dim(1));
    for (int64_t batch = 0; batch < expected.type().dim(0); ++batch) {
        QVERIFY((*observer)->observe(array(arrays, "batch" + std::to_string(batch))));
        const std::vector<double> scales = (*observer)->params().scales;
        QCOMPARE(scales.size(), channels);
        for (size_t c = 0; c < channels; ++c) {
            const double theirs = expected.number(batch * static_cast<int64_t>(channels) + static_cast<int64_t>(c));
            QVERIFY2(std::fabs(scales[c] / theirs - 1) < 1e-5, qPrintable(QStringLiteral("%1 instead of %2").arg(scales[c]).arg(theirs)));
        }
    }
}

/// prepare and calibrate from the float TorchScript file, beside torch.ao's fuse_modules, prepare and run.
void TestQuantTorch::calibratesANetworkAsPyTorch()
{
    importer::ImportOptions shapes;
    shapes.inputShapes["x"] = {2, 3, 8, 8};
    const auto imported = importer::importModel((kFolder + QStringLiteral("network.pt")).toStdString(), shapes);
    QVERIFY(imported);
    const auto report = passes::insertQat(passes::fuse(imported->graph)->graph, *march::find("bayes"));
    QVERIFY2(report, report ? "" : report.error().text().c_str());
    const auto graph = std::make_shared<const ir::Graph>(report->graph);
    const Arrays arrays = arraysOf(QStringLiteral("network.npz"));
    auto calibration = passes::Calibration::make(graph, graph, {.observer = "min_max"});
    QVERIFY(calibration);
    for (int i = 0; i < 4; ++i)
        QVERIFY(calibration->observe({.inputs = {array(arrays, "batch" + std::to_string(i))}, .names = {"a", "b"}, .labels = {}}));
    std::vector<double> activations, weights;
    const auto calibrated = calibration->finish();
    QVERIFY(calibrated);
    for (const passes::CalibratedGrid& grid : calibrated->grids)
        (grid.isWeight ? weights : activations).insert((grid.isWeight ? weights : activations).end(), grid.params.scales.begin(), grid.params.scales.end());
    for (const auto& [ours, theirs] : {std::pair(activations, array(arrays, "activations").toDoubles()), std::pair(weights, array(arrays, "weights").toDoubles())}) {
        QCOMPARE(ours.size(), theirs.size());
        for (size_t i = 0; i < ours.size(); ++i)
            QVERIFY2(std::abs(ours[i] / theirs[i] - 1) < 1e-5, qPrintable(QStringLiteral("%1: %2, PyTorch %3").arg(i).arg(ours[i]).arg(theirs[i])));
    }
}

QTEST_APPLESS_MAIN(TestQuantTorch)
#include "tst_quant_torch.moc"

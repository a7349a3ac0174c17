// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The executor against ONNX's own data: every test of Debian's libonnx-testdata. A test is out of scope only when its
// model holds an operator of the list below, or is named there; whatever else cannot be opened, planned or run, or gives
// other numbers, has failed. Tolerance as ONNX's own runner: |a - b| <= 1e-3 |b| + 1e-7, and 1e-2 for half precision.
#include "core/import/import.h"
#include "core/import/onnx/import_onnx.h"
#include "core/runtime/float_executor.h"
#include "tests/support/onnx_builder.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <map>

using namespace bpu;

namespace {

struct Exemption {
    const char* name;   ///< an ONNX operator, or a test
    const char* reason;
};

/// None of these is in the operator tables of a march, and no pass makes them.
constexpr Exemption kOperators[] = {
    {"Adagrad", "training"}, {"Adam", "training"}, {"Momentum", "training"}, {"Gradient", "training"},
    {"NegativeLogLikelihoodLoss", "training"}, {"SoftmaxCrossEntropyLoss", "training"},
    {"StringNormalizer", "strings"}, {"TfIdfVectorizer", "text"},
    {"SequenceConstruct", "values that are no tensors"}, {"SequenceAt", "values that are no tensors"},
    {"SequenceInsert", "values that are no tensors"}, {"SequenceMap", "values that are no tensors"}, {"SequenceLength", "values that are no tensors"},
    {"OptionalHasElement", "values that are no tensors"},
    {"OptionalGetElement", "values that are no tensors"},
    {"RandomUniformLike", "random numbers"}, {"Bernoulli", "random numbers"},
    {"DFT", "signal processing"}, {"STFT", "signal processing"}, {"MelWeightMatrix", "signal processing"}, {"HannWindow", "signal processing"},
    {"HammingWindow", "signal processing"}, {"BlackmanWindow", "signal processing"},
    {"Det", "in no table"}, {"MaxUnpool", "in no table"},
};

/// Single tests of operators that are computed otherwise.
constexpr Exemption kTests[] = {
    {"test_batchnorm_epsilon_training_mode", "training"},
    {"test_batchnorm_example_training_mode", "training"},
    {"test_training_dropout", "random numbers"},
    {"test_training_dropout_default", "random numbers"},
    {"test_training_dropout_default_mask", "random numbers"},
    {"test_training_dropout_mask", "random numbers"},
    {"test_training_dropout_zero_ratio_mask", "the mask of a dropout"},
    {"test_dropout_default_mask", "the mask of a dropout"},
    {"test_dropout_default_mask_ratio", "the mask of a dropout"},
    {"test_maxpool_with_argmax_2d_precomputed_strides", "indices that count columns first"},
    {"test_cast_FLOAT_to_STRING", "strings"},
    {"test_cast_STRING_to_FLOAT", "strings"},
    {"test_castlike_FLOAT_to_STRING", "strings"},
    {"test_castlike_FLOAT_to_STRING_expanded", "strings"},
    {"test_castlike_STRING_to_FLOAT", "strings"},
    {"test_castlike_STRING_to_FLOAT_expanded", "strings"},
    {"test_castlike_BFLOAT16_to_FLOAT", "data of another shape than declared"},
    {"test_castlike_BFLOAT16_to_FLOAT_expanded", "data of another shape than declared"},
    {"test_castlike_FLOAT_to_BFLOAT16", "data of another shape than declared"},
    {"test_resize_downsample_scales_cubic_A_n0p5_exclude_outside", "cubic coefficients of its own"},
    {"test_resize_upsample_scales_cubic_A_n0p5_exclude_outside", "cubic coefficients of its own"},
    {"test_resize_tf_crop_and_resize", "crops before it resizes"},
    {"test_reshape_allowzero_reordered", "a size of 0 that is meant"},
    {"test_scan_sum", "Scan of opset 8, which has a batch of its own"},
    {"test_resize_downsample_scales_cubic_align_corners", "divides by a size that is not rounded, unlike torch and onnxruntime"},
    {"test_resize_downsample_scales_linear_align_corners", "divides by a size that is not rounded, unlike torch and onnxruntime"},
    {"test_identity_opt", "values that are no tensors"},
    {"test_identity_sequence", "values that are no tensors"},
    {"test_if_opt", "values that are no tensors"},
    {"test_if_seq", "values that are no tensors"},
};

template <size_t N>
const Exemption* find(const Exemption (&list)[N], const std::string& name)
{
    const auto found = std::ranges::find(list, name, &Exemption::name);
    return found == std::end(list) ? nullptr : found;
}

std::string difference(const ir::Tensor& ours, const ir::Tensor& expected)
{
    if (ours.type() != expected.type())
        return ours.type().text() + " instead of " + expected.type().text();
    const bool half = ours.dtype() == ir::DType::Float16 || ours.dtype() == ir::DType::BFloat16;
    for (int64_t i = 0; i < ours.elementCount(); ++i) {
        const double a = ours.number(i);
        const double b = expected.number(i);
        const bool close = !ir::isFloat(ours.dtype()) ? ours.integer(i) == expected.integer(i) : std::fabs(a - b) <= (half ? 1e-2 : 1e-3) * std::fabs(b) + 1e-7;
        if (!close && a != b && !(std::isnan(a) && std::isnan(b)))
            return "element " + std::to_string(i) + " is " + std::to_string(a) + " instead of " + std::to_string(b);
    }
    return {};
}

/// The data holds bfloat16 numbers as 16-bit integers.
ir::Tensor inDType(const ir::Tensor& tensor, ir::DType dtype)
{
    const bool isHidden = dtype == ir::DType::BFloat16 && tensor.dtype() == ir::DType::UInt16;
    return isHidden ? ir::Tensor(tensor.type().withDType(dtype), tensor.storage()) : tensor;
}

/// What the model computes of the first inputs of `inputs`: those that it has.
Result<std::vector<ir::Tensor>> resultsOf(const importer::Imported& imported, std::vector<ir::Tensor> inputs)
{
    inputs.resize(std::min(inputs.size(), imported.graph.inputs().size()));
    std::map<std::string, ir::Shape> shapes;
    for (size_t i = 0; i < inputs.size(); ++i)
        shapes[imported.graph.value(imported.graph.inputs()[i]).name] = inputs[i].shape();
    BPU_TRY(shaped, importer::withInputShapes(imported.graph, shapes));
    BPU_TRY(executor, runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(std::move(shaped))));
    return executor.run(inputs);
}

struct Tally {
    int passed = 0;
    int parameterized = 0;                 ///< of the passed ones: axes and sizes had to be constants
    QStringList failed;
    std::map<std::string, int> outOfScope; ///< name and reason -> tests
    int outOfScopeCount = 0;
};

const Exemption* exemptionOf(const std::filesystem::path& folder)
{
    if (const Exemption* test = find(kTests, folder.filename().string()))
        return test;
    for (const std::string& name : test::onnxOperators(folder / "model.onnx"))
        if (const Exemption* exempt = find(kOperators, name))
            return exempt;
    return nullptr;
}

/// Empty, or why the test has failed.
std::string problemOf(const std::filesystem::path& folder, Tally& tally)
{
    const test::OnnxData data = test::onnxData(folder);
    if (data.model.empty())
        return "its inputs and results are no tensors";
    const auto numbers = importer::importOnnx(folder / "data.onnx", Bytes::copyOf(std::as_bytes(std::span(data.model))), {});
    if (!numbers)
        return numbers.error().text();
    const auto tensor = [&](size_t i) { return *numbers->graph.value(numbers->graph.outputs()[i]).constant; };
    const auto imported = importer::importModel(folder / "model.onnx");
    std::vector<ir::Tensor> inputs;
    for (size_t i = 0; i < data.inputs; ++i)
        inputs.push_back(tensor(i));
    for (size_t i = 0; imported && i < std::min(inputs.size(), imported->graph.inputs().size()); ++i)
        inputs[i] = inDType(inputs[i], imported->graph.value(imported->graph.inputs()[i]).type.dtype());
    auto results = imported ? resultsOf(*imported, inputs) : Result<std::vector<ir::Tensor>>(imported.error());
    if (!results && data.inputs > 1) {
        const std::string model = test::parameterizedOnnxModel(folder);
        const auto again = importer::importOnnx(folder / "model.onnx", Bytes::copyOf(std::as_bytes(std::span(model))), {});
        auto second = again ? resultsOf(*again, inputs) : Result<std::vector<ir::Tensor>>(again.error());
        tally.parameterized += second ? 1 : 0;
        if (second)
            results = std::move(second);
    }
    if (!results)
        return results.error().text();
    for (size_t i = 0; i < results->size(); ++i)
        if (const std::string text = difference((*results)[i], inDType(tensor(data.inputs + i), (*results)[i].dtype())); !text.empty())
            return text;
    return {};
}

} // namespace

class TestOnnxData : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void givesTheExpectedResults_data();
    void givesTheExpectedResults();
    void everyExemptionIsUsed();

private:
    QStringList m_used;
};

void TestOnnxData::givesTheExpectedResults_data()
{
    QTest::addColumn<QString>("suite");
    for (const char* suite : {"node", "simple", "pytorch-operator", "pytorch-converted"})
        QTest::newRow(suite) << QString::fromLatin1(suite);
}

void TestOnnxData::givesTheExpectedResults()
{
    QFETCH(QString, suite);
    const std::filesystem::path root = std::filesystem::path("/usr/share/libonnx-testdata/data") / suite.toStdString();
    QVERIFY2(std::filesystem::exists(root), "install libonnx-testdata");
    std::vector<std::filesystem::path> folders;
    for (const auto& entry : std::filesystem::directory_iterator(root))
        if (entry.is_directory())
            folders.push_back(entry.path());
    std::ranges::sort(folders);
    Tally tally;
    for (const auto& folder : folders) {
        if (const Exemption* exempt = exemptionOf(folder)) {
            ++tally.outOfScope[std::string(exempt->name) + ": " + exempt->reason];
            ++tally.outOfScopeCount;
            m_used << QString::fromLatin1(exempt->name);
            continue;
        }
        if (const std::string problem = problemOf(folder, tally); problem.empty())
            ++tally.passed;
        else
            tally.failed << QString::fromStdString(folder.filename().string() + ": " + problem);
    }
    for (const auto& [name, count] : tally.outOfScope)
        qInfo("%4d  %s", count, name.c_str());
    qInfo("%s: %d passed, %lld failed, %d out of scope; %d of the passed with axes, sizes or counts as constants", qPrintable(suite), tally.passed,
          static_cast<long long>(tally.failed.size()), tally.outOfScopeCount, tally.parameterized);
    for (const QString& each : tally.failed)
        qWarning("%s", qPrintable(each));
    QVERIFY2(tally.failed.isEmpty(), qPrintable(QStringLiteral("%1 tests failed, see above").arg(tally.failed.size())));
}

/// So that the lists hold nothing that is computed by now, or never was tested.
void TestOnnxData::everyExemptionIsUsed()
{
    QStringList unused;
    const auto collect = [&](const auto& list) {
        for (const Exemption& each : list)
            if (!m_used.contains(QString::fromLatin1(each.name)))
                unused << QString::fromLatin1(each.name);
    };
    collect(kOperators);
    collect(kTests);
    QVERIFY2(unused.isEmpty(), qPrintable(unused.join(QLatin1String(", "))));
}

QTEST_APPLESS_MAIN(TestOnnxData)
#include "tst_onnx_data.moc"

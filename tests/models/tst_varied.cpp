// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Networks as people write them, traced and scripted: the results have PyTorch's types, every operator is known but for
// those listed here, and the graph computes PyTorch's numbers. export_varied.py writes the files.
#include "core/import/import.h"
#include "core/ops/op_spec.h"
#include "core/runtime/float_executor.h"
#include "tests/support/tab_rows.h"

#include <QFile>
#include <QTest>

#include <cmath>
#include <map>
#include <set>

using namespace bpu;
using bpu::test::rowsOf;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/varied/");

/// What no march has a name for: it is drawn and reported.
const std::map<QString, QString>& unknownOperators()
{
    static const QString kQuantized = QStringLiteral("1 x quantized.add_relu, 1 x quantized.cat, 1 x quantized.conv2d, 1 x quantized.conv2d_relu, 1 x quantized.linear");
    static const std::map<QString, QString> kUnknown{
        {QStringLiteral("involution_traced"), QStringLiteral("1 x torch.im2col")},
        {QStringLiteral("involution_scripted"), QStringLiteral("1 x torch.im2col")},
        {QStringLiteral("masks_traced"), QStringLiteral("5 x torch.slice_scatter")},
        {QStringLiteral("masks_scripted"), QStringLiteral("4 x torch.slice_scatter")},
        {QStringLiteral("quantized_traced"), kQuantized},
        {QStringLiteral("quantized_scripted"), kQuantized},
        {QStringLiteral("quantized_dynamic"), QStringLiteral("2 x quantized.linear_dynamic")},
        {QStringLiteral("spectrum"), QStringLiteral("1 x torch.fft_irfft2, 1 x torch.fft_rfft2")},
        {QStringLiteral("deformable"), QStringLiteral("1 x torchvision.deform_conv2d")},
        {QStringLiteral("packed_sequence"), QStringLiteral("1 x torch._pack_padded_sequence, 1 x torch._pad_packed_sequence, 1 x torch.lstm, 2 x torch.zeros")},
        {QStringLiteral("selected"), QStringLiteral("1 x prim.Loop, 1 x torch.index")},
        {QStringLiteral("optimized"), QStringLiteral("2 x prim.ConstantMKLDNNTensor, 1 x prim.mkldnn_convolution, 1 x torch.to_dense, 1 x torch.to_mkldnn")},
    };
    return kUnknown;
}

/// Results whose size such an operator hides, or that nobody ran.
const std::map<QString, QString>& hiddenTypes()
{
    static const std::map<QString, QString> kHidden{
        {QStringLiteral("spectrum"), QStringLiteral("?[*]")},         {QStringLiteral("packed_sequence"), QStringLiteral("?[*]")},
        {QStringLiteral("selected"), QStringLiteral("f32[1,5] ?[*]")}, {QStringLiteral("optimized"), QStringLiteral("f32[*]")},
        {QStringLiteral("function"), QStringLiteral("f32[*]")},
    };
    return kHidden;
}

struct Tensors {
    std::vector<ir::Tensor> inputs;
    std::vector<ir::Tensor> outputs;
};

ir::Shape shapeOf(const QString& text)
{
    ir::Shape shape;
    for (const QString& dim : text.split(u'x', Qt::SkipEmptyParts))
        shape.push_back(dim.toLongLong());
    return shape;
}

/// What PyTorch took and gave.
Tensors runOf(const QString& name)
{
    static const std::map<QString, ir::DType> kTypes{{QStringLiteral("float32"), ir::DType::Float32}, {QStringLiteral("int64"), ir::DType::Int64}, {QStringLiteral("bool"), ir::DType::Bool}};
    Tensors tensors;
    for (const QStringList& row : rowsOf(kFolder + name + QStringLiteral(".tsv"))) {
        QFile file(kFolder + row[3]);
        if (!file.open(QIODevice::ReadOnly))
            qFatal("no %s", qPrintable(row[3]));
        const QByteArray data = file.readAll();
        const ir::TensorType type(kTypes.at(row[1]), shapeOf(row[2]));
        (row[0] == QStringLiteral("input") ? tensors.inputs : tensors.outputs).emplace_back(type, Bytes::copyOf(std::as_bytes(std::span(data.constData(), static_cast<size_t>(data.size())))));
    }
    return tensors;
}

/// A file does not tell the types of its inputs: integers for what is taken for floats.
ir::Tensor asInput(const ir::Tensor& given, const ir::TensorType& type)
{
    if (type.dtype() != ir::DType::Float32 || given.dtype() != ir::DType::Int64)
        return given;
    const std::vector<double> numbers = given.toDoubles();
    return ir::Tensor::floats(given.shape(), std::vector<float>(numbers.begin(), numbers.end()));
}

std::string difference(const ir::Tensor& ours, const ir::Tensor& torch)
{
    if (ours.type() != torch.type())
        return ours.type().text() + " instead of " + torch.type().text();
    double largest = 1;
    for (int64_t i = 0; i < torch.elementCount(); ++i)
        largest = std::max(largest, std::fabs(torch.number(i)));
    for (int64_t i = 0; i < torch.elementCount(); ++i)
        if (!(std::fabs(ours.number(i) - torch.number(i)) <= (ir::isFloat(torch.dtype()) ? 1e-4 * largest : 0)))
            return "element " + std::to_string(i) + " is " + std::to_string(ours.number(i)) + " instead of " + std::to_string(torch.number(i));
    return {};
}

} // namespace

class TestVaried : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void resultsHaveTheTypesOfPyTorch_data() { addFiles(); }
    void resultsHaveTheTypesOfPyTorch();
    void everyOperatorIsKnown_data() { addFiles(); }
    void everyOperatorIsKnown();
    void computesTheNumbersOfPyTorch_data() { addFiles(); }
    void computesTheNumbersOfPyTorch();
    void mostOfThemWereComputed();

private:
    void addFiles();
    static Result<ir::Graph> open(const QString& name, const std::vector<ir::Tensor>& inputs);

    QList<QStringList> m_files;
    int m_computed = 0;
};

void TestVaried::initTestCase()
{
    m_files = rowsOf(kFolder + QStringLiteral("varied.tsv"));
    QVERIFY2(!m_files.isEmpty(), "no varied.tsv: run the test models.export_varied first (ctest does)");
    if (m_files.front().front() == QStringLiteral("missing"))
        QSKIP(qPrintable(QStringLiteral("python3-torchvision is not installed: ") + m_files.front().back()));
}

void TestVaried::addFiles()
{
    QTest::addColumn<QString>("name");
    for (const QStringList& row : m_files)
        QTest::newRow(qPrintable(row[0])) << row[0];
}

Result<ir::Graph> TestVaried::open(const QString& name, const std::vector<ir::Tensor>& inputs)
{
    const std::filesystem::path path = (kFolder + name + QStringLiteral(".pt")).toStdString();
    BPU_TRY(bare, importer::importModel(path));
    importer::ImportOptions options;
    for (size_t i = 0; i < inputs.size() && i < bare.graph.inputs().size(); ++i)
        options.inputShapes[bare.graph.value(bare.graph.inputs()[i]).name] = inputs[i].shape();
    BPU_TRY(imported, importer::importModel(path, options));
    return std::move(imported.graph);
}

void TestVaried::resultsHaveTheTypesOfPyTorch()
{
    QFETCH(QString, name);
    const Tensors torch = runOf(name);
    const auto graph = open(name, torch.inputs);
    QVERIFY2(graph, graph ? "" : graph.error().text().c_str());
    QStringList ours;
    QStringList theirs;
    for (size_t i = 0; i < graph->outputs().size(); ++i)
        ours << QString::fromStdString(graph->value(graph->outputs()[i]).type.text());
    for (const ir::Tensor& tensor : torch.outputs)
        theirs << QString::fromStdString(tensor.type().text());
    const auto hidden = hiddenTypes().find(name);
    QCOMPARE(ours.join(u' '), hidden == hiddenTypes().end() ? theirs.join(u' ') : hidden->second);
}

void TestVaried::everyOperatorIsKnown()
{
    QFETCH(QString, name);
    const auto graph = open(name, runOf(name).inputs);
    QVERIFY(graph);
    std::map<std::string, int> unknown;
    for (const NodeId id : graph->order())
        if (!ops::find(graph->node(id).op))
            ++unknown[graph->node(id).op];
    QStringList text;
    for (const auto& [op, count] : unknown)
        text << QStringLiteral("%1 x %2").arg(count).arg(QString::fromStdString(op));
    const auto expected = unknownOperators().find(name);
    QCOMPARE(text.join(QStringLiteral(", ")), expected == unknownOperators().end() ? QString() : expected->second);
}

void TestVaried::computesTheNumbersOfPyTorch()
{
    QFETCH(QString, name);
    const Tensors torch = runOf(name);
    const auto graph = open(name, torch.inputs);
    QVERIFY(graph);
    if (unknownOperators().contains(name) || torch.outputs.empty())
        QSKIP("has operators that nobody can compute");
    auto executor = runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(*graph));
    if (!executor && executor.error().code == "runtime.operator")
        QSKIP(executor.error().text().c_str()); // mostOfThemWereComputed() counts the others
    QVERIFY2(executor, executor ? "" : executor.error().text().c_str());
    std::vector<ir::Tensor> inputs;
    for (size_t i = 0; i < torch.inputs.size(); ++i)
        inputs.push_back(asInput(torch.inputs[i], graph->value(graph->inputs()[i]).type));
    const auto results = executor->run(inputs);
    QVERIFY2(results, results ? "" : results.error().text().c_str());
    QCOMPARE(results->size(), torch.outputs.size());
    for (size_t i = 0; i < results->size(); ++i)
        if (const std::string text = difference((*results)[i], torch.outputs[i]); !text.empty())
            QFAIL(("result " + std::to_string(i) + ": " + text).c_str());
    ++m_computed;
}

void TestVaried::mostOfThemWereComputed()
{
    QVERIFY2(m_computed >= 25, qPrintable(QString::number(m_computed)));
}

QTEST_GUILESS_MAIN(TestVaried)
#include "tst_varied.moc"

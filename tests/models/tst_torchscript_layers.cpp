// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Layers that PyTorch keeps in a form of its own: quantized ones with packed weights, recurrent ones with all gates in one
// matrix. export_torchscript.py writes the files before this runs.
#include "core/import/import.h"
#include "tests/support/tab_rows.h"

#include <QTest>

#include <algorithm>

using namespace bpu;
using bpu::test::rowsOf;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/");

std::vector<std::string> opsOf(const ir::Graph& graph)
{
    std::vector<std::string> ops;
    for (const NodeId id : graph.order())
        ops.push_back(graph.node(id).op);
    return ops;
}

} // namespace

class TestTorchscriptLayers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void showsQuantizedLayersWithTheirParameters_data();
    void showsQuantizedLayersWithTheirParameters();
    void recurrentLayersAreThoseOfTheOnnxFile();
};

void TestTorchscriptLayers::initTestCase()
{
    const auto files = rowsOf(kFolder + QStringLiteral("torchscript.tsv"));
    QVERIFY2(!files.isEmpty(), "no torchscript.tsv: run the test models.export_torchscript first (ctest does)");
    if (files.front().front() == QStringLiteral("missing"))
        QSKIP(qPrintable(QStringLiteral("python3-torch is not installed: ") + files.front().back()));
}

void TestTorchscriptLayers::showsQuantizedLayersWithTheirParameters_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<size_t>("scales");
    QTest::newRow("per tensor") << QStringLiteral("quantized_per_tensor") << size_t{1};
    QTest::newRow("per channel") << QStringLiteral("quantized_per_channel") << size_t{8};
}

/// The conv keeps a tuple for its __setstate__, the linear layer's parameters are an object of C++.
void TestTorchscriptLayers::showsQuantizedLayersWithTheirParameters()
{
    QFETCH(QString, name);
    QFETCH(size_t, scales);
    const auto imported = importer::importModel((kFolder + name + QStringLiteral(".pt")).toStdString(), {.inputShapes = {{"", {1, 3, 8, 8}}}, .control = {}});
    QVERIFY2(imported, imported ? "" : imported.error().text().c_str());
    const ir::Graph& graph = imported->graph;
    QCOMPARE(opsOf(graph), (std::vector<std::string>{"quantize_linear", "quantized.conv2d", "relu", "flatten", "quantized.linear", "dequantize_linear"}));
    const ir::Node& conv = graph.node(graph.order()[1]);
    const ir::Value& weight = *graph.inputOf(conv, 1);
    QCOMPARE(weight.name, std::string("1.weight"));
    QCOMPARE(ir::shapeText(weight.type), std::string("8x3x3x3"));
    QVERIFY(weight.quant);
    QCOMPARE(weight.quant->scales.size(), scales);
    QCOMPARE(graph.inputOf(conv, 2)->name, std::string("1.bias"));
    QVERIFY(conv.attributes.has("scale") && conv.attributes.has("zero_point"));
    QCOMPARE(ir::shapeText(graph.value(conv.outputs.front()).type), std::string("1x8x6x6"));
    const ir::Node& linear = graph.node(graph.order()[4]);
    QCOMPARE(graph.inputOf(linear, 1)->name, std::string("4.weight"));
    QCOMPARE(graph.value(graph.outputs().front()).type.text(), std::string("f32[1,5]"));
    QCOMPARE(std::ranges::count_if(imported->findings, [](const Finding& f) { return f.code == "torchscript.quantized-op"; }), 2);
}

/// PyTorch's own export puts gates, directions and layers into ONNX's order; so do we.
void TestTorchscriptLayers::recurrentLayersAreThoseOfTheOnnxFile()
{
    const auto layersOf = [](const ir::Graph& graph) {
        std::vector<const ir::Node*> layers;
        for (const NodeId id : graph.order())
            if (const ir::Node& node = graph.node(id); node.op == "lstm" || node.op == "gru" || node.op == "rnn")
                layers.push_back(&node);
        return layers;
    };
    const auto rows = rowsOf(kFolder + QStringLiteral("recurrent.tsv"));
    QCOMPARE(rows.size(), 7);
    for (const QStringList& row : rows) {
        const std::string path = (kFolder + QStringLiteral("rnn/") + row[0]).toStdString();
        const auto script = importer::importModel(path + ".pt", {.inputShapes = {{"", {4, 3, 5}}}, .control = {}});
        const auto onnx = importer::importModel(path + ".onnx");
        QVERIFY2(script && onnx, qPrintable(row[0]));
        const auto ours = layersOf(script->graph);
        const auto theirs = layersOf(onnx->graph);
        QVERIFY2(!ours.empty() && ours.size() == theirs.size(), qPrintable(row[0]));
        for (size_t layer = 0; layer < ours.size(); ++layer) {
            for (const char* attribute : {"hidden_size", "direction", "linear_before_reset"})
                QVERIFY2(ours[layer]->attributes.find(attribute) == nullptr ? theirs[layer]->attributes.integer("linear_before_reset", 0) == 0
                                                                             : *ours[layer]->attributes.find(attribute) == *theirs[layer]->attributes.find(attribute),
                         qPrintable(row[0] + QLatin1Char(' ') + QLatin1String(attribute)));
            for (size_t input = 1; input < 4; ++input) {
                const ir::Value* mine = script->graph.inputOf(*ours[layer], input);
                const ir::Value* other = onnx->graph.inputOf(*theirs[layer], input);
                QCOMPARE(mine != nullptr, other != nullptr);
                if (mine)
                    QVERIFY2(*mine->constant == *other->constant, qPrintable(QStringLiteral("%1, layer %2, input %3").arg(row[0]).arg(layer).arg(input)));
            }
        }
        QStringList shapes;
        for (const ValueId id : script->graph.outputs())
            shapes << QString::fromStdString(ir::shapeText(script->graph.value(id).type));
        QCOMPARE(shapes, row.mid(1));
    }
}

QTEST_GUILESS_MAIN(TestTorchscriptLayers)
#include "tst_torchscript_layers.moc"

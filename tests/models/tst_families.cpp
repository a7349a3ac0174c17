// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Every family of torchvision, traced and scripted, against what PyTorch itself reports when it runs the network:
// functions by its own hook, shapes by forward hooks, parameters by checksum. export_families.py writes the files.
#include "core/import/import.h"
#include "tests/support/tab_rows.h"

#include <QCryptographicHash>
#include <QTest>

#include <algorithm>
#include <map>
#include <set>

using namespace bpu;
using bpu::test::rowsOf;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/");

ir::Shape shapeOf(const QString& text)
{
    ir::Shape shape;
    for (const QString& dim : text.split(u'x'))
        shape.push_back(dim.toLongLong());
    return shape;
}

QString shapeText(const ir::Graph& graph, ValueId id)
{
    return QString::fromStdString(ir::shapeText(graph.value(id).type));
}

/// PyTorch's functions and ours. Those on shapes are left out, but for a few: sizes are computed when the file is opened.
const std::map<QString, std::set<std::string>>& operators()
{
    static const std::map<QString, std::set<std::string>> kOperators{
        {QStringLiteral("conv2d"), {"conv2d"}},
        {QStringLiteral("conv3d"), {"conv3d"}},
        {QStringLiteral("linear"), {"linear"}},
        {QStringLiteral("batch_norm"), {"batch_norm1d", "batch_norm2d", "batch_norm3d"}},
        {QStringLiteral("layer_norm"), {"layer_norm"}},
        {QStringLiteral("relu"), {"relu"}},
        {QStringLiteral("hardtanh"), {"relu6", "hardtanh"}},
        {QStringLiteral("hardswish"), {"hard_swish"}},
        {QStringLiteral("hardsigmoid"), {"hard_sigmoid"}},
        {QStringLiteral("silu"), {"silu"}},
        {QStringLiteral("gelu"), {"gelu"}},
        {QStringLiteral("sigmoid"), {"sigmoid"}},
        {QStringLiteral("softmax"), {"softmax"}},
        {QStringLiteral("max_pool2d"), {"max_pool2d"}},
        {QStringLiteral("avg_pool2d"), {"avg_pool2d"}},
        {QStringLiteral("adaptive_avg_pool2d"), {"adaptive_avg_pool2d"}},
        {QStringLiteral("adaptive_avg_pool3d"), {"adaptive_avg_pool3d"}},
        {QStringLiteral("cat"), {"cat"}},
        {QStringLiteral("add"), {"add"}},
        {QStringLiteral("mul"), {"mul"}},
        {QStringLiteral("matmul"), {"matmul"}},
        {QStringLiteral("lstm_cell"), {"lstm_cell"}},
        {QStringLiteral("gru_cell"), {"gru_cell"}},
        {QStringLiteral("interpolate"), {"interpolate"}},
    };
    return kOperators;
}

} // namespace

class TestFamilies : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void operatorsAreThoseThatPyTorchRuns_data() { addFiles(); }
    void operatorsAreThoseThatPyTorchRuns();
    void everyModuleHasTheShapeOfItsResult_data() { addFiles(); }
    void everyModuleHasTheShapeOfItsResult();
    void everyParameterIsThere_data() { addFiles(); }
    void everyParameterIsThere();

private:
    void addFiles();
    /// Ends the test function when it does not open.
    std::shared_ptr<const ir::Graph> open();
    QList<QStringList> facts(const char* kind);

    QList<QStringList> m_names;
    std::map<QString, std::shared_ptr<const ir::Graph>> m_graphs;
};

void TestFamilies::initTestCase()
{
    m_names = rowsOf(kFolder + QStringLiteral("families.tsv"));
    QVERIFY2(!m_names.isEmpty(), "no families.tsv: run the test models.export_families first (ctest does)");
    if (m_names.front().front() == QStringLiteral("missing"))
        QSKIP(qPrintable(QStringLiteral("python3-torchvision is not installed: ") + m_names.front().back()));
    QCOMPARE(m_names.size(), 24);
}

void TestFamilies::addFiles()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("form");
    for (const QStringList& row : m_names)
        for (const char* form : {"traced", "scripted"})
            QTest::newRow(qPrintable(row[0] + QStringLiteral(", ") + QLatin1String(form))) << row[0] << QString::fromLatin1(form);
}

QList<QStringList> TestFamilies::facts(const char* kind)
{
    QFETCH(QString, name);
    QList<QStringList> rows;
    for (const QStringList& row : rowsOf(kFolder + QStringLiteral("family_%1.tsv").arg(name)))
        if (row[0] == QLatin1String(kind))
            rows.append(row.mid(1));
    return rows;
}

std::shared_ptr<const ir::Graph> TestFamilies::open()
{
    QFETCH(QString, name);
    QFETCH(QString, form);
    const QString path = kFolder + QStringLiteral("family_%1.%2.pt").arg(name, form);
    auto& graph = m_graphs[path];
    if (graph)
        return graph;
    importer::ImportOptions options;
    const QList<QStringList> inputs = facts("input");
    if (inputs.size() == 1) {
        options.inputShapes[""] = shapeOf(inputs[0][0]);
    } else { // by position: a trace may call them otherwise
        const auto bare = importer::importModel(path.toStdString());
        for (qsizetype i = 0; bare && i < inputs.size(); ++i)
            options.inputShapes[bare->graph.value(bare->graph.inputs()[static_cast<size_t>(i)]).name] = shapeOf(inputs[i][0]);
    }
    auto imported = importer::importModel(path.toStdString(), options);
    if (imported)
        graph = std::make_shared<const ir::Graph>(std::move(imported->graph));
    else
        qWarning("%s", imported.error().text().c_str());
    return graph;
}

void TestFamilies::operatorsAreThoseThatPyTorchRuns()
{
    const auto graph = open();
    QVERIFY(graph);
    std::map<QString, int> expected;
    for (const QStringList& row : facts("count"))
        if (operators().contains(row[0]))
            expected[row[0]] = row[1].toInt();
    QVERIFY(!expected.empty());
    std::map<QString, int> found;
    // Attention is one function; a trace has its steps, under the module's name.
    std::set<std::string> attention;
    for (const NodeId id : graph->order()) {
        const ir::Node& node = graph->node(id);
        if (node.origins.front().what == "torch.nn.MultiheadAttention") {
            attention.insert(node.scope);
            continue;
        }
        if (node.origins.front().what == "torch.roll") // slices and cat, as in ONNX
            continue;
        for (const auto& [torch, ours] : operators())
            if (ours.contains(node.op))
                ++found[torch];
    }
    for (const QStringList& row : facts("count"))
        if (row[0] == QStringLiteral("multi_head_attention_forward"))
            QCOMPARE(static_cast<int>(attention.size()), row[1].toInt());
    for (const auto& [torch, number] : found)
        QVERIFY2(expected[torch] == number, qPrintable(QStringLiteral("%1: %2, PyTorch ran %3").arg(torch).arg(number).arg(expected[torch])));
    for (const auto& [torch, number] : expected)
        QVERIFY2(found[torch] == number, qPrintable(QStringLiteral("%1: %2, PyTorch ran %3").arg(torch).arg(found[torch]).arg(number)));
}

void TestFamilies::everyModuleHasTheShapeOfItsResult()
{
    const auto graph = open();
    QVERIFY(graph);
    std::map<QString, QStringList> expected;
    for (const QStringList& row : facts("module"))
        expected[row[0]] << row[1];
    std::map<QString, QStringList> found;
    for (const NodeId id : graph->order())
        if (const ir::Node& node = graph->node(id); !node.scope.empty())
            found[QString::fromStdString(node.scope)] << shapeText(*graph, node.output());
    int compared = 0;
    for (const auto& [path, shapes] : expected) {
        const auto ours = found.find(path);
        if (ours == found.end()) { // only what returns its input has no node
            const auto type = graph->moduleTypes().find(path.toStdString());
            static const std::set<std::string> kNothing{"Identity", "Dropout", "StochasticDepth", "Flatten"};
            QVERIFY2(type != graph->moduleTypes().end() && kNothing.contains(type->second), qPrintable(path + QStringLiteral(" has no node")));
            continue;
        }
        if (shapes.size() == 1) // a module of several operators: the last one makes its result
            ours->second = {ours->second.constLast()};
        QVERIFY2(ours->second == shapes, qPrintable(QStringLiteral("%1: %2, PyTorch %3").arg(path, ours->second.join(u' '), shapes.join(u' '))));
        ++compared;
    }
    QVERIFY2(compared > 0, "no module was compared");
    const QList<QStringList> outputs = facts("output");
    QCOMPARE(static_cast<qsizetype>(graph->outputs().size()), outputs.size());
    for (qsizetype i = 0; i < outputs.size(); ++i)
        QCOMPARE(shapeText(*graph, graph->outputs()[static_cast<size_t>(i)]), outputs[i][0]);
}

void TestFamilies::everyParameterIsThere()
{
    const auto graph = open();
    QVERIFY(graph);
    std::map<QString, const ir::Tensor*> constants;
    for (uint32_t i = 0; i < graph->valueIdBound(); ++i)
        if (const ir::Value* value = graph->find(ValueId{i}); value && value->isConstant())
            constants[QString::fromStdString(value->name)] = &*value->constant;
    const QList<QStringList> parameters = facts("parameter");
    QVERIFY(!parameters.isEmpty());
    for (const QStringList& row : parameters) {
        // Computed with once, when the file is opened: the network holds the result.
        if (row[0] == QStringLiteral("class_token") || row[0].endsWith(QStringLiteral(".relative_position_bias_table")))
            continue;
        const auto found = constants.find(row[0]);
        QVERIFY2(found != constants.end(), qPrintable(row[0] + QStringLiteral(" is not there")));
        const auto bytes = found->second->bytes();
        const QByteArray data = QByteArray::fromRawData(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
        QVERIFY2(QString::fromLatin1(QCryptographicHash::hash(data, QCryptographicHash::Sha256).toHex()) == row[1], qPrintable(row[0] + QStringLiteral(" differs")));
    }
}

QTEST_GUILESS_MAIN(TestFamilies)
#include "tst_families.moc"

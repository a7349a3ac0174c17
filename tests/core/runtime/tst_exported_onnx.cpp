// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What is written as ONNX is the network that was read: every sample and every model of Debian's libonnx-testdata is
// opened, written, opened again, and both graphs are compared node by node and run on the same numbers.
#include "core/ir/bodies.h"
#include "tests/core/runtime/written_onnx.h"

#include <QTest>

#include <fmt/format.h>

using namespace bpu;
using namespace bpu::test;

namespace {

/// A value by what makes it: "3.0" is result 0 of the third node, "in1" an input, "const:<hash>" a constant.
std::string sourceOf(const ir::Graph& graph, ValueId id, const std::map<uint32_t, size_t>& places)
{
    const ir::Value* value = graph.find(id);
    if (!value)
        return "_";
    if (value->isConstant())
        return fmt::format("const:{}:{:x}", value->type.text(), ir::hash(*value->constant));
    if (const ir::Node* producer = graph.producerOf(*value))
        return fmt::format("{}.{}", places.at(producer->id.index), value->producerIndex);
    const auto at = std::ranges::find(graph.inputs(), id);
    return fmt::format("in{}", at - graph.inputs().begin());
}

/// Operators, attributes, operands with the weights' hashes, and the types of the results; one line per node.
std::vector<std::string> linesOf(const ir::Graph& graph)
{
    std::map<uint32_t, size_t> places;
    std::vector<std::string> lines;
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        places.emplace(id.index, places.size());
        std::string line = node.op;
        for (const ValueId input : node.inputs)
            line += " " + sourceOf(graph, input, places);
        for (const auto& [name, attribute] : node.attributes) {
            line += " " + name + "=";
            if (const auto* number = std::get_if<double>(&attribute))
                line += fmt::format("{:.6g}", *number);
            else if (const auto* integer = std::get_if<int64_t>(&attribute))
                line += fmt::format("{}", *integer);
            else if (const auto* flag = std::get_if<bool>(&attribute))
                line += fmt::format("{}", *flag ? 1 : 0);
            else if (const auto* text = std::get_if<std::string>(&attribute))
                line += *text;
            else if (const auto* tensor = std::get_if<ir::Tensor>(&attribute))
                line += fmt::format("{}:{:x}", tensor->type().text(), ir::hash(*tensor));
            else if (std::holds_alternative<ir::GraphPtr>(attribute))
                line += "body";
            else
                for (const int64_t item : node.attributes.integers(name))
                    line += fmt::format("{},", item);
        }
        for (const ValueId output : node.outputs)
            if (const ir::Value* value = graph.find(output); value && (!value->users.empty() || value->isGraphOutput()))
                line += " -> " + value->type.text();
        lines.push_back(line);
        for (const ir::Body& body : ir::bodiesOf(node))
            for (const std::string& inner : linesOf(*body.graph))
                lines.push_back("  " + inner);
    }
    return lines;
}

/// Empty, or the first line that differs.
std::string difference(const ir::Graph& before, const ir::Graph& after)
{
    const auto a = linesOf(before), b = linesOf(after);
    for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        const std::string left = i < a.size() ? a[i] : "nothing", right = i < b.size() ? b[i] : "nothing";
        if (left != right)
            return fmt::format("line {}: {} | became {}", i, left.substr(0, 300), right.substr(0, 300));
    }
    const auto names = [](const ir::Graph& graph, const std::vector<ValueId>& values) {
        std::string text;
        for (const ValueId id : values)
            text += graph.value(id).name + " ";
        return text;
    };
    if (names(before, before.inputs()) != names(after, after.inputs()) || names(before, before.outputs()) != names(after, after.outputs()))
        return "inputs or outputs have other names";
    return {};
}

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

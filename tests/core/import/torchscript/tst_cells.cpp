// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The steps that a trace writes for a recurrent cell are put together again, and only those of a cell.
#include "core/import/torchscript/import_torchscript.h"
#include "core/ir/verifier.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/script_builder.h"

#include <QTest>

using namespace bpu;
using namespace bpu::test;

namespace {

constexpr int kIn = 5;
constexpr int kHidden = 7;

// As PyTorch 1.13 writes them.
const QString kGru = QStringLiteral("_0 = torch.unsafe_chunk(torch.linear(x, self.weight_ih, self.bias_ih), 3, 1)\n_1, _2, _3, = _0\n"
                                    "_4 = torch.unsafe_chunk(torch.linear(h, self.weight_hh, self.bias_hh), 3, 1)\n_5, _6, _7, = _4\n"
                                    "_8 = torch.sigmoid_(torch.add_(_5, _1))\n_9 = torch.sigmoid_(torch.add_(_6, _2))\n"
                                    "_10 = torch.tanh_(torch.add(_3, torch.mul_(_7, _8)))\nreturn torch.add_(torch.mul_(torch.sub(h, _10), _9), _10)\n");
const QString kLstm = QStringLiteral("_0 = torch.add_(torch.linear(h, self.weight_hh, self.bias_hh), torch.linear(x, self.weight_ih, self.bias_ih))\n"
                                     "_1, _2, _3, _4, = torch.unsafe_chunk(_0, 4, 1)\n_5 = torch.sigmoid_(_1)\n_6 = torch.sigmoid_(_2)\n_7 = torch.tanh_(_3)\n_8 = torch.sigmoid_(_4)\n"
                                     "_9 = torch.add_(torch.mul(_6, c), torch.mul(_5, _7))\nreturn (torch.mul(_8, torch.tanh(_9)), _9)\n");

std::string matrix(const char* key, int rows, int columns)
{
    using namespace pickle;
    return tensor(storage("FloatStorage", key, rows * columns), 0, tuple(integer(rows) + integer(columns)), tuple(integer(columns) + integer(1)));
}

std::string vector(const char* key, int size)
{
    using namespace pickle;
    return tensor(storage("FloatStorage", key, size), 0, tuple(integer(size)), tuple(integer(1)));
}

/// A network whose submodule `cell` is of that class, "torch.nn.modules.rnn.GRUCell", and has these lines for x, h and c.
std::string network(const QString& className, const QString& lines, int gates, const char* call)
{
    const std::string name = className.toStdString();
    const size_t dot = name.rfind('.');
    const int rows = gates * kHidden;
    using namespace pickle;
    const std::string state = dict(text("training") + boolean(false) + text("weight_ih") + matrix("0", rows, kIn) + text("weight_hh") + matrix("1", rows, kHidden) + text("bias_ih") +
                                   vector("2", rows) + text("bias_hh") + vector("3", rows));
    std::string code = "class " + name.substr(dot + 1) + "(Module):\n  def forward(self, x: Tensor, h: Tensor, c: Tensor) -> Tensor:\n";
    for (const QString& line : lines.split(u'\n', Qt::SkipEmptyParts))
        code += "    " + line.toStdString() + "\n";
    std::string entry = "m/code/__torch__." + name.substr(0, dot) + ".py";
    std::replace(entry.begin() + 7, entry.end() - 3, '.', '/');
    const auto floats = [](int count) { return std::string(static_cast<size_t>(count) * 4, '\0'); };
    return scriptFile({.lines = call, .arguments = "x: Tensor, h: Tensor, c: Tensor", .attributes = text("cell") + object("__torch__." + name.substr(0, dot), name.substr(dot + 1), state),
                       .more = {{.name = entry, .data = code}, {.name = "m/data/0", .data = floats(rows * kIn)}, {.name = "m/data/1", .data = floats(rows * kHidden)},
                                {.name = "m/data/2", .data = floats(rows)}, {.name = "m/data/3", .data = floats(rows)}}});
}

/// "gru_cell(x, h, cell.weight_ih, cell.weight_hh) relu -> f32[?,7]", with operands for cells.
QString summary(const std::string& file, const std::map<std::string, ir::Shape>& shapes)
{
    const auto imported = importer::importTorchScript("m.pt", Bytes::copyOf(std::as_bytes(std::span(file))), {.inputShapes = shapes, .control = {}});
    if (!imported)
        return QString::fromStdString(imported.error().code + " " + imported.error().text());
    const ir::Graph& graph = imported->graph;
    if (const auto valid = ir::verify(graph); !valid)
        return QString::fromStdString(valid.error().text());
    QString text;
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        text += QString::fromStdString(node.op);
        if (node.op.ends_with("_cell")) {
            QStringList operands;
            for (size_t i = 0; i < node.inputs.size(); ++i)
                operands << (graph.inputOf(node, i) ? QString::fromStdString(graph.inputOf(node, i)->name) : QStringLiteral("-"));
            text += QLatin1Char('(') + operands.join(QStringLiteral(", ")) + QLatin1Char(')');
        }
        text += QLatin1Char(' ');
    }
    text += QStringLiteral("->");
    for (const ValueId id : graph.outputs())
        text += QLatin1Char(' ') + QString::fromStdString(graph.value(id).type.text());
    return text;
}

const QString kGruClass = QStringLiteral("torch.nn.modules.rnn.GRUCell");
const QString kLstmClass = QStringLiteral("torch.nn.modules.rnn.LSTMCell");

} // namespace

class TestCells : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void putsStepsTogether_data();
    void putsStepsTogether();
    void leavesOtherStepsAlone_data();
    void leavesOtherStepsAlone();
    void keepsNameAndOrigin();
};

void TestCells::putsStepsTogether_data()
{
    QTest::addColumn<QString>("className");
    QTest::addColumn<QString>("lines");
    QTest::addColumn<QString>("call");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<bool>("withShapes");
    const auto row = [](const char* name, const QString& className, const QString& lines, const char* call, const char* expected, const char* types) {
        for (const bool withShapes : {false, true})
            QTest::addRow("%s, %s shapes", name, withShapes ? "with" : "without")
                << className << lines << QString::fromLatin1(call) << QString::fromLatin1(expected) + QString::fromLatin1(types).replace(QLatin1String("N"), withShapes ? QLatin1String("2") : QLatin1String("?"))
                << withShapes;
    };
    const auto without = [](QString lines, const char* part) { return lines.replace(QLatin1String(part), QString()); };
    const char* kCall = "return (self.cell).forward(x, h, c, )";
    const char* kGruNode = "gru_cell(x, h, -, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)";
    row("GRU", kGruClass, kGru, kCall, kGruNode, " -> f32[N,7]");
    row("GRU without biases", kGruClass, without(without(kGru, ", self.bias_ih"), ", self.bias_hh"), kCall, "gru_cell(x, h, -, cell.weight_ih, cell.weight_hh)", " -> f32[N,7]");
    row("GRU with operands in another order", kGruClass,
        QString(kGru).replace(QStringLiteral("add_(_5, _1)"), QStringLiteral("add(_1, _5)")).replace(QStringLiteral("mul_(_7, _8)"), QStringLiteral("mul(_8, _7)")), kCall, kGruNode, " -> f32[N,7]");
    row("GRU of another PyTorch", kGruClass, QString(kGru).replace(QStringLiteral("unsafe_chunk"), QStringLiteral("chunk")), kCall, kGruNode, " -> f32[N,7]");
    row("what follows", kGruClass, kGru, "return torch.relu((self.cell).forward(x, h, c, ))", (std::string(kGruNode) + " relu").c_str(), " -> f32[N,7]");
    row("LSTM", kLstmClass, kLstm, kCall, "lstm_cell(x, h, c, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)", " -> f32[N,7] f32[N,7]");
    row("LSTM without biases", kLstmClass, without(without(kLstm, ", self.bias_ih"), ", self.bias_hh"), kCall, "lstm_cell(x, h, c, cell.weight_ih, cell.weight_hh)", " -> f32[N,7] f32[N,7]");
}

void TestCells::putsStepsTogether()
{
    QFETCH(QString, className);
    QFETCH(QString, lines);
    QFETCH(QString, call);
    QFETCH(QString, expected);
    QFETCH(bool, withShapes);
    const std::map<std::string, ir::Shape> shapes{{"x", {2, kIn}}, {"h", {2, kHidden}}, {"c", {2, kHidden}}};
    const std::string file = network(className, lines, className == kGruClass ? 3 : 4, call.toStdString().c_str());
    QCOMPARE(summary(file, withShapes ? shapes : std::map<std::string, ir::Shape>()), expected);
}

/// Each differs from a cell by one thing.
void TestCells::leavesOtherStepsAlone_data()
{
    QTest::addColumn<QString>("className");
    QTest::addColumn<QString>("lines");
    const auto gru = [](const char* name, const char* part, const char* instead) {
        QTest::newRow(name) << kGruClass << QString(kGru).replace(QLatin1String(part), QLatin1String(instead));
        QVERIFY(kGru.contains(QLatin1String(part)));
    };
    const auto lstm = [](const char* name, const char* part, const char* instead) {
        QTest::newRow(name) << kLstmClass << QString(kLstm).replace(QLatin1String(part), QLatin1String(instead));
        QVERIFY(kLstm.contains(QLatin1String(part)));
    };
    QTest::newRow("GRU of the author's own") << QStringLiteral("model.GRUCell") << kGru;
    QTest::newRow("LSTM of the author's own") << QStringLiteral("model.LSTMCell") << kLstm;
    gru("another gate resets", "torch.mul_(_7, _8)", "torch.mul_(_7, _9)");
    gru("another gate updates", "torch.sub(h, _10), _9)", "torch.sub(h, _10), _8)");
    gru("another state", "torch.sub(h, _10)", "torch.sub(c, _10)");
    gru("a gate of one share only", "torch.add_(_5, _1)", "torch.add_(_5, _5)");
    gru("another activation", "torch.tanh_(", "torch.sigmoid_(");
    gru("a difference the other way round", "torch.sub(h, _10)", "torch.sub(_10, h)");
    gru("cut along the batch", "self.bias_ih), 3, 1)", "self.bias_ih), 3, 0)");
    lstm("gates in another order", "_5 = torch.sigmoid_(_1)", "_5 = torch.sigmoid_(_2)");
    lstm("another gate lets out", "torch.mul(_8, torch.tanh(_9))", "torch.mul(_6, torch.tanh(_9))");
    lstm("weights the other way round", "self.weight_ih", "self.weight_hh");
    lstm("no sum", "torch.add_(torch.linear", "torch.sub(torch.linear");
}

void TestCells::leavesOtherStepsAlone()
{
    QFETCH(QString, className);
    QFETCH(QString, lines);
    const QString said = summary(network(className, lines, className.endsWith(QStringLiteral("GRUCell")) ? 3 : 4, "return (self.cell).forward(x, h, c, )"), {});
    QVERIFY2(!said.contains(QStringLiteral("_cell")) && said.contains(QStringLiteral("linear")), qPrintable(said));
}

void TestCells::keepsNameAndOrigin()
{
    const std::string file = network(kGruClass, kGru, 3, "y = (self.cell).forward(x, h, c, )\nreturn (self.cell).forward(x, y, c, )");
    const auto imported = importer::importTorchScript("m.pt", Bytes::copyOf(std::as_bytes(std::span(file))), {});
    QVERIFY(imported);
    const ir::Graph& graph = imported->graph;
    QCOMPARE(graph.order().size(), 2U);
    const ir::Node& first = graph.node(graph.order()[0]);
    const ir::Node& second = graph.node(graph.order()[1]);
    QCOMPARE(first.name, std::string("cell"));
    QCOMPARE(first.scope, std::string("cell"));
    QCOMPARE(first.origins.front().what, std::string("torch.nn.GRUCell"));
    QVERIFY2(second.name.starts_with("cell_"), second.name.c_str());
    QCOMPARE(second.input(1), first.output());
}

QTEST_APPLESS_MAIN(TestCells)
#include "tst_cells.moc"

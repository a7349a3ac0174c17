// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Archives of every file-format version: operators whose meaning or signature changed mean what they meant then.
#include "core/import/torchscript/import_torchscript.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/script_builder.h"

#include <QTest>
#include <fmt/format.h>

using namespace bpu;
using namespace bpu::test;

namespace {

/// "cast div -> f32[2] 3.5 -3.5": the nodes, and of each output its type and, where it is constant, its values.
std::string summary(const std::string& file)
{
    const auto imported = importer::importTorchScript("m.pt", Bytes::copyOf(std::as_bytes(std::span(file))), {.inputShapes = {{"x", {1, 3, 8, 8}}}, .control = {}});
    if (!imported)
        return imported.error().code + " " + imported.error().text();
    const ir::Graph& graph = imported->graph;
    std::string text;
    for (const NodeId id : graph.order())
        text += graph.node(id).op + " ";
    text += "->";
    for (const ValueId id : graph.outputs()) {
        const ir::Value& value = graph.value(id);
        text += " " + value.type.text();
        if (value.constant && value.constant->elementCount() < 9)
            for (const double number : value.constant->toDoubles())
                text += fmt::format(" {:.6g}", number);
    }
    return text;
}

/// The sum and the ends of a long constant tell one row of numbers from another.
constexpr char kEnds[] = "y = %1\nreturn (torch.select(y, 0, 0), torch.select(y, 0, 1), torch.select(y, 0, -1), y)";

} // namespace

class TestVersions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void operatorsMeanWhatTheyMeantThen_data();
    void operatorsMeanWhatTheyMeantThen();
    void oldSignaturesAreRead_data();
    void oldSignaturesAreRead();
    void readsTheNumberFromEitherEntry();
    void readsTheFirstLineOfVersionOne();
};

void TestVersions::operatorsMeanWhatTheyMeantThen_data()
{
    QTest::addColumn<int>("version");
    QTest::addColumn<QString>("lines");
    QTest::addColumn<QString>("expected");
    const auto both = [](const char* name, int changed, const QString& lines, const char* before, const char* after) {
        QTest::addRow("%s, version %d", name, changed - 1) << changed - 1 << lines << QString::fromLatin1(before);
        QTest::addRow("%s, version %d", name, changed) << changed << lines << QString::fromLatin1(after);
        QTest::addRow("%s, version 1", name) << 1 << lines << QString::fromLatin1(before);
        QTest::addRow("%s, version 10", name) << 10 << lines << QString::fromLatin1(after);
    };
    const auto line = [](const char* text) { return QStringLiteral("return ") + QString::fromLatin1(text); };
    both("div of integers", 4, line("torch.div(torch.tensor([7, -7]), torch.tensor([2, 2]))"), "-> i64[2] 3 -3", "-> f32[2] 3.5 -3.5");
    both("div by an integer", 4, line("torch.div(torch.tensor([7, -7]), 2)"), "-> i64[2] 3 -3", "-> f32[2] 3.5 -3.5");
    both("div in place", 4, QStringLiteral("y = torch.tensor([7, -7])\n_0 = torch.div_(y, 2)\nreturn y"), "-> i64[2] 3 -3", "-> f32[2] 3.5 -3.5");
    both("div by a float", 4, line("torch.div(torch.tensor([7, -7]), 2.)"), "-> f32[2] 3.5 -3.5", "-> f32[2] 3.5 -3.5");
    both("div of floats", 4, line("torch.div(x, 2)"), "div -> f32[1,3,8,8]", "div -> f32[1,3,8,8]");
    both("div of a cast", 4, line("torch.div(torch.to(x, 4), 2)"), "cast div -> i64[1,3,8,8]", "cast cast div -> f32[1,3,8,8]");
    both("true_divide", 4, line("torch.true_divide(torch.tensor([7, -7]), 2)"), "-> f32[2] 3.5 -3.5", "-> f32[2] 3.5 -3.5");
    both("div of Python's numbers", 4, line("torch.tensor(torch.div(7, 2))"), "-> f32[] 3.5", "-> f32[] 3.5");
    both("div of sizes in a trace", 4, line("torch.tensor(int(torch.mul(torch.div(ops.prim.NumToTensor(torch.size(x, 1)), 2), 4)))"), "-> i64[] 4", "-> i64[] 6");
    const auto modes = [&](const char* mode, const char* integers, const char* floats) {
        both(mode, 4, line("torch.div(torch.tensor([7, -7]), 2, rounding_mode=\"%1\")").arg(QLatin1String(mode)), integers, integers);
        both(qPrintable(QLatin1String(mode) + QStringLiteral(" of floats")), 4, line("torch.div(torch.tensor([7., -7.]), 2., rounding_mode=\"%1\")").arg(QLatin1String(mode)), floats, floats);
    };
    modes("floor", "-> i64[2] 3 -4", "-> f32[2] 3 -4");
    modes("trunc", "-> i64[2] 3 -3", "-> f32[2] 3 -3");
    both("full of an integer", 5, line("torch.full([2], 3)"), "-> f32[2] 3 3", "-> i64[2] 3 3");
    both("full of a bool", 5, line("torch.full([2], True)"), "-> f32[2] 1 1", "-> bool[2] 1 1");
    both("full of a float", 5, line("torch.full([2], 3.)"), "-> f32[2] 3 3", "-> f32[2] 3 3");
    both("full with a dtype", 5, line("torch.full([2], 3, dtype=3)"), "-> i32[2] 3 3", "-> i32[2] 3 3");
    const QString ends = QString::fromLatin1(kEnds);
    both("linspace without a count", 8, ends.arg(QLatin1String("torch.linspace(0, 99, None)")), "-> f32[] 0 f32[] 1 f32[] 99 f32[100]", "torch.linspace select select select -> f32[] f32[] f32[] f32[?]");
    both("linspace", 8, line("torch.linspace(-1, 1, 5)"), "-> f32[5] -1 -0.5 0 0.5 1", "-> f32[5] -1 -0.5 0 0.5 1");
    both("logspace without a count", 9, ends.arg(QLatin1String("torch.logspace(0, 99, None, 2.)")), "-> f32[] 1 f32[] 2 f32[] 6.33825e+29 f32[100]",
         "torch.logspace select select select -> f32[] f32[] f32[] f32[?]");
    both("logspace", 9, line("torch.logspace(-1, 1, 3)"), "-> f32[3] 0.1 1 10", "-> f32[3] 0.1 1 10");
}

void TestVersions::operatorsMeanWhatTheyMeantThen()
{
    QFETCH(int, version);
    QFETCH(QString, lines);
    QFETCH(QString, expected);
    QCOMPARE(QString::fromStdString(summary(scriptFile({.lines = lines.toStdString(), .version = version}))), expected);
}

void TestVersions::oldSignaturesAreRead_data()
{
    QTest::addColumn<QString>("lines");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* lines, const char* expected) { QTest::newRow(name) << QString::fromLatin1(lines) << QString::fromLatin1(expected); };
    const auto conv = [&](const char* name, const char* rest) {
        row(name, qPrintable(QStringLiteral("w = torch.ones([4, 3, 3, 3])\nreturn torch._convolution(x, w, None, [2, 2], [1, 1], [1, 1], False, [0, 0], 1%1)").arg(QLatin1String(rest))),
            "conv2d -> f32[1,4,4,4]");
    };
    conv("_convolution, 12 arguments", ", False, False, True");
    conv("_convolution, 13 arguments", ", False, False, True, True");
    row("gelu without a form", "return torch.gelu(x)", "gelu -> f32[1,3,8,8]");
    row("gelu with a form", "return torch.gelu(x, approximate=\"tanh\")", "gelu -> f32[1,3,8,8]");
    row("nearest, a size", "return torch.upsample_nearest2d(x, [16, 24])", "interpolate -> f32[1,3,16,24]");
    row("nearest, a size and no scales", "return torch.upsample_nearest2d(x, [16, 24], None, None)", "interpolate -> f32[1,3,16,24]");
    row("nearest, a size and scales", "return torch.upsample_nearest2d(x, [16, 24], 2., 3.)", "interpolate -> f32[1,3,16,24]");
    row("nearest, a size and a list of scales", "return torch.upsample_nearest2d(x, [16, 24], None)", "interpolate -> f32[1,3,16,24]");
    row("nearest, a list of scales", "return torch.upsample_nearest2d(x, None, [2., 3.])", "interpolate -> f32[1,3,16,24]");
    row("nearest-exact", "return torch._upsample_nearest_exact2d(x, None, [2., 3.])", "interpolate -> f32[1,3,16,24]");
    row("bilinear, a size", "return torch.upsample_bilinear2d(x, [16, 24], True)", "interpolate -> f32[1,3,16,24]");
    row("bilinear, a size and scales", "return torch.upsample_bilinear2d(x, [16, 24], False, 2., 3.)", "interpolate -> f32[1,3,16,24]");
    row("bilinear, a list of scales", "return torch.upsample_bilinear2d(x, None, False, [2., 3.])", "interpolate -> f32[1,3,16,24]");
    row("bicubic, a list of scales", "return torch.upsample_bicubic2d(x, None, False, [2., 3.])", "interpolate -> f32[1,3,16,24]");
    row("avg_pool2d without a divisor", "return torch.avg_pool2d(x, [2, 2], [2, 2], [0, 0], False, True)", "avg_pool2d -> f32[1,3,4,4]");
    row("softmax without a dtype", "return torch.softmax(x, 1)", "softmax -> f32[1,3,8,8]");
    row("to, 1.0", "return torch.to(x, 5, 0, torch.device(\"cpu\"), False, False)", "cast -> f16[1,3,8,8]");
    row("to, 1.2", "return torch.to(x, 5, 0, torch.device(\"cpu\"), False, False, False)", "cast -> f16[1,3,8,8]");
    row("to, 1.4", "return torch.to(x, 5, False, False)", "cast -> f16[1,3,8,8]");
    row("to, 1.5", "return torch.to(x, dtype=5, layout=0, device=torch.device(\"cpu\"), pin_memory=None, non_blocking=False, copy=False, memory_format=None)", "cast -> f16[1,3,8,8]");
    row("to, a device", "return torch.relu(torch.to(x, torch.device(\"cpu\"), 5, False, False, None))", "cast relu -> f16[1,3,8,8]");
    row("cast of 1.0", "return torch._cast_Half(x, False)", "cast -> f16[1,3,8,8]");
    row("sum without a dtype", "return torch.sum(x, [1], True)", "sum -> f32[1,1,8,8]");
    row("max_pool2d without ceil_mode", "return torch.max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1])", "max_pool2d -> f32[1,3,4,4]");
    row("contiguous without a format", "return torch.relu(torch.contiguous(x))", "relu -> f32[1,3,8,8]");
    row("clamp", "return torch.clamp(x, 0, None)", "clamp -> f32[1,3,8,8]");
    row("clamp_max", "return torch.clamp_max_(x, 2)", "clamp -> f32[1,3,8,8]");
    row("clamp by tensors", "return torch.clamp(x, torch.mean(x), None)", "mean clamp -> f32[1,3,8,8]");
    row("argmax", "return torch.argmax(x, 1, False)", "argmax -> i64[1,8,8]");
    row("dropout", "return torch.relu(torch.dropout(x, 0.5, False))", "dropout relu -> f32[1,3,8,8]");
}

void TestVersions::oldSignaturesAreRead()
{
    QFETCH(QString, lines);
    QFETCH(QString, expected);
    for (const int version : {1, 3, 10})
        QCOMPARE(QString::fromStdString(summary(scriptFile({.lines = lines.toStdString(), .version = version}))), expected);
}

/// PyTorch believes .data/version where a file has both.
void TestVersions::readsTheNumberFromEitherEntry()
{
    const auto file = [](const std::vector<ZipPart>& versions) {
        std::vector<ZipPart> parts = versions;
        parts.push_back({.name = "m/data.pkl", .data = pickle::whole(pickle::object("__torch__", "M", pickle::dict(pickle::text("training") + pickle::boolean(false))))});
        parts.push_back({.name = "m/code/__torch__.py", .data = "class M(Module):\n  def forward(self: __torch__.M, x: Tensor) -> Tensor:\n    return torch.full([1], 3)\n"});
        return summary(zipOf(parts));
    };
    QCOMPARE(file({{.name = "m/version", .data = "4\n"}}), std::string("-> f32[1] 3"));
    QCOMPARE(file({{.name = "m/.data/version", .data = "5\n"}}), std::string("-> i64[1] 3"));
    QCOMPARE(file({{.name = "m/version", .data = "4\n"}, {.name = "m/.data/version", .data = "5\n"}}), std::string("-> i64[1] 3"));
    QCOMPARE(file({{.name = "m/version", .data = "5\n"}, {.name = "m/.data/version", .data = "4\n"}}), std::string("-> f32[1] 3"));
}

void TestVersions::readsTheFirstLineOfVersionOne()
{
    QCOMPARE(summary(scriptFile({.lines = "return torch.relu(x)", .version = 1, .before = "op_version_set = 1\n"})), std::string("relu -> f32[1,3,8,8]"));
}

QTEST_APPLESS_MAIN(TestVersions)
#include "tst_versions.moc"

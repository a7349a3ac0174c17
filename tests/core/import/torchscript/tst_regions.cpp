// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Conditions that depend on data: what is known of the results is what both branches agree on.
#include "tests/support/script_builder.h"

#include <QTest>

using namespace bpu;
using namespace bpu::test;

namespace {

QString asLines(const char* text)
{
    return QString::fromLatin1(text).replace(QStringLiteral(" / "), QStringLiteral("\n"));
}

} // namespace

class TestRegions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knowsWhatBothBranchesAgreeOn_data();
    void knowsWhatBothBranchesAgreeOn();
    void knowsTheRankOfWhatIsUndecided_data();
    void knowsTheRankOfWhatIsUndecided();
    void takesNumbersForArgumentsThatAreNumbers_data();
    void takesNumbersForArgumentsThatAreNumbers();
};

void TestRegions::knowsWhatBothBranchesAgreeOn_data()
{
    QTest::addColumn<QString>("then");
    QTest::addColumn<QString>("orElse");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* then, const char* orElse, const char* after, const char* expected) {
        QTest::newRow(name) << asLines(then) << asLines(orElse) << asLines(after) << QString::fromLatin1(expected);
    };
    row("all sizes", "y = torch.relu(x)", "y = torch.exp(x)", "return y", "sum if -> f32[1,3,8,8]");
    row("all but one", "y = torch.slice(x, 2, 0, 4)", "y = torch.exp(x)", "return y", "sum if -> f32[1,3,?,8]");
    row("all but two", "y = torch.slice(x, 2, 0, 4)", "y = torch.slice(x, 3, 0, 4)", "return y", "sum if -> f32[1,3,?,?]");
    row("the channels alone", "y = torch.avg_pool2d(x, [2, 2])", "y = torch.cat([x, x], 0)", "return y", "sum if -> f32[?,3,?,?]");
    row("not even the rank", "y = torch.flatten(x, 1)", "y = x", "return y", "sum if -> f32[*]");
    row("not the element type", "y = torch.to(x, 4)", "y = x", "return y", "sum if -> ?[1,3,8,8]");
    row("sizes that follow", "y = torch.slice(x, 2, 0, 4)", "y = x", "return torch.permute(torch.relu(y), [0, 2, 3, 1])", "sum if relu permute -> f32[1,?,8,3]");
    row("size asked for afterwards", "y = torch.slice(x, 2, 0, 4)", "y = x", "return torch.reshape(y, [torch.size(y, 1), -1])", "sum if reshape -> f32[3,?]");
    row("two results", "y = torch.relu(x) / z = torch.slice(x, 1, 0, 2)", "y = x / z = torch.exp(x)", "return (y, z)", "sum if -> f32[1,3,8,8] f32[1,?,8,8]");
    row("in a list", "y = [torch.relu(x), torch.slice(x, 1, 0, 2)]", "y = [x, x]", "return torch.cat(y, 1)", "sum if cat -> f32[1,?,8,8]");
    row("one in the other", "if bool(torch.mean(x)): /   y = torch.slice(x, 2, 0, 2) / else: /   y = torch.slice(x, 2, 0, 4)", "y = torch.slice(x, 3, 0, 4)", "return y", "sum if -> f32[1,3,?,?]");
    row("of a constant", "y = torch.zeros([1, 3, 8, 4])", "y = x", "return y", "sum if -> f32[1,3,8,?]");
    row("changed in place", "_0 = torch.relu_(x)", "pass", "return torch.exp(x)", "sum if exp -> f32[1,3,8,8]");
    row("attribute", "self.last = torch.slice(x, 2, 0, 4)", "self.last = x", "return torch.exp(self.last)", "sum if exp -> f32[1,3,?,8]");
    row("number that both agree on", "n = 2", "n = 2", "return torch.slice(x, 2, 0, n)", "slice -> f32[1,3,2,8]");
    row("number that differs", "n = 2", "n = 4", "return torch.relu(torch.slice(x, 2, 0, n))", "torch.slice relu -> f32[1,3,?,8]");
}

void TestRegions::knowsWhatBothBranchesAgreeOn()
{
    QFETCH(QString, then);
    QFETCH(QString, orElse);
    QFETCH(QString, after);
    QFETCH(QString, expected);
    const auto indented = [](const QString& lines) { return "  " + QString(lines).replace(QStringLiteral("\n"), QStringLiteral("\n  ")).toStdString() + "\n"; };
    const Script script{.lines = "if bool(torch.sum(x)):\n" + indented(then) + "else:\n" + indented(orElse) + after.toStdString()};
    QCOMPARE(QString::fromStdString(summary(opened(script, {{"x", {1, 3, 8, 8}}}))), expected);
}

/// `n` is an argument without a value.
void TestRegions::knowsTheRankOfWhatIsUndecided_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("expected");
    const auto rows = [&](const char* op, std::initializer_list<std::pair<const char*, const char*>> all) {
        for (const auto& [line, type] : all)
            QTest::newRow(line) << QStringLiteral("return torch.relu(%1)").arg(QLatin1String(line)) << QStringLiteral("torch.%1 relu -> %2").arg(QLatin1String(op), QLatin1String(type));
    };
    rows("slice", {{"torch.slice(x, 2, 0, n)", "f32[1,3,?,8]"}, {"torch.slice(x, -1, n)", "f32[1,3,8,?]"}, {"torch.slice(x, 1, None, None, n)", "f32[1,?,8,8]"}});
    rows("narrow", {{"torch.narrow(x, 2, 0, n)", "f32[1,3,?,8]"}});
    rows("zeros", {{"torch.zeros([1, n])", "f32[1,?]"}, {"torch.zeros([n, 3], dtype=5)", "f16[?,3]"}});
    rows("full", {{"torch.full([n, 4], 1.)", "f32[?,4]"}});
    rows("new_zeros", {{"torch.new_zeros(x, [n])", "f32[?]"}});
    rows("zeros_like", {{"torch.zeros_like(torch.slice(x, 2, 0, 4), dtype=n)", "?[1,3,4,8]"}});
    rows("reshape", {{"torch.reshape(x, [n, n, 8])", "f32[?,?,8]"}});
    rows("view", {{"torch.view(x, [n, -1, 8])", "f32[?,?,8]"}});
    rows("expand", {{"torch.expand(x, [n, 3, 8, 8])", "f32[?,3,8,8]"}});
    rows("repeat", {{"torch.repeat(x, [1, n, 1, 1])", "f32[?,?,?,?]"}});
    rows("pad", {{"torch.pad(x, [0, n])", "f32[1,3,8,?]"}, {"torch.pad(x, [n, n, 1, 1])", "f32[1,3,?,?]"}});
    rows("arange", {{"torch.arange(n, dtype=6)", "f32[?]"}, {"torch.arange(0., n)", "f32[?]"}, {"torch.arange(0, n, 2)", "i64[?]"}, {"torch.arange(n)", "i64[?]"}});
    rows("linspace", {{"torch.linspace(0, 1, n)", "f32[?]"}});
    rows("upsample_nearest2d", {{"torch.upsample_nearest2d(x, [n, 16])", "f32[1,3,?,16]"}, {"torch.upsample_nearest2d(x, None, [float(n), 2.])", "f32[1,3,?,?]"}});
    rows("index", {{"torch.index(x, [torch.gt(torch.select(x, 3, 0), 0)])", "f32[?,8]"}});
}

void TestRegions::knowsTheRankOfWhatIsUndecided()
{
    QFETCH(QString, line);
    QFETCH(QString, expected);
    const auto imported = opened({.lines = line.toStdString(), .arguments = "x: Tensor, n: int"}, {{"x", {1, 3, 8, 8}}});
    const QString said = QString::fromStdString(summary(imported));
    QVERIFY2(said.endsWith(expected), qPrintable(said + QStringLiteral(" instead of ") + expected));
    QVERIFY(std::ranges::any_of(imported->findings, [](const Finding& finding) { return finding.code == "torchscript.undecided-op"; }));
}

void TestRegions::takesNumbersForArgumentsThatAreNumbers_data()
{
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<QString>("lines");
    QTest::addColumn<int>("number");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* arguments, const char* lines, int number, const char* expected) {
        QTest::newRow(name) << QString::fromLatin1(arguments) << asLines(lines) << number << QString::fromLatin1(expected);
    };
    const char* choice = "if torch.eq(n, 4): /   y = torch.relu(x) / else: /   y = torch.slice(x, 2, 0, n) / return y";
    row("int", "x: Tensor, n: int", choice, 4, "relu -> f32[1,3,8,8]");
    row("another int", "x: Tensor, n: int", choice, 3, "slice -> f32[1,3,3,8]");
    row("float", "x: Tensor, n: float", "return torch.slice(x, 2, 0, int(torch.mul(n, 0.5)))", 4, "slice -> f32[1,3,2,8]");
    row("bool", "x: Tensor, n: bool", "if n: /   y = torch.relu(x) / else: /   y = torch.exp(x) / return y", 1, "relu -> f32[1,3,8,8]");
    row("bool, false", "x: Tensor, n: bool", "if n: /   y = torch.relu(x) / else: /   y = torch.exp(x) / return y", 0, "exp -> f32[1,3,8,8]");
    row("a tensor of one dimension is a tensor", "x: Tensor, n: Tensor", "return torch.add(x, n)", 8, "add -> f32[1,3,8,8]");
    row("a list of one tensor", "x: Tensor, n: List[Tensor]", "return torch.add(x, n[0])", 8, "add -> f32[1,3,8,8]");
    row("a list that loops walk", "x: Tensor, n: List[Tensor]", "y = x / for i in range(torch.len(n)): /   y = torch.add(y, n[i]) / return y", 8, "add -> f32[1,3,8,8]");
    row("nobody's", "x: Tensor, m: int", "return torch.relu(x)", 8, "input.unknown m: has no input 'n'; its inputs are x (?), m (scalar)");
}

void TestRegions::takesNumbersForArgumentsThatAreNumbers()
{
    QFETCH(QString, arguments);
    QFETCH(QString, lines);
    QFETCH(int, number);
    QFETCH(QString, expected);
    QCOMPARE(QString::fromStdString(summary(opened({.lines = lines.toStdString(), .arguments = arguments.toStdString()}, {{"x", {1, 3, 8, 8}}, {"n", {number}}}))), expected);
}

QTEST_APPLESS_MAIN(TestRegions)
#include "tst_regions.moc"

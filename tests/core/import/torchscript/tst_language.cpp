// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What authors use of Python and of torch's larger functions, and that nothing of a network is lost in silence.
#include "tests/support/script_builder.h"

#include <QTest>

using namespace bpu;
using namespace bpu::test;

class TestLanguage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void follows_data();
    void follows();
    void losesNothingInSilence_data();
    void losesNothingInSilence();
};

void TestLanguage::follows_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* lines, const char* expected) { QTest::newRow(name) << QByteArray(lines) << QString::fromLatin1(expected); };
    const auto size = [&](const char* name, const char* number, const char* expected) {
        QTest::newRow(name) << QByteArray("n = ") + number + "\nreturn torch.slice(x, 3, 0, n)" << QStringLiteral("slice -> f32[1,3,8,%1]").arg(QLatin1String(expected));
    };
    size("list backwards", "torch.slice([1, 2, 3], None, None, -1)[0]", "3");
    size("list backwards from a place", "torch.len(torch.slice([1, 2, 3, 4], 2, None, -1))", "3");
    size("list backwards to a place", "torch.slice([1, 2, 3, 4], None, -4, -2)[1]", "2");
    size("sorted", "torch.sorted([3, 1, 2])[1]", "2");
    size("sorted keys", "torch.len(torch.sorted({\"b\": 1, \"a\": 2})[0])", "1");
    size("split at a text", "torch.len(torch.split(\"a,b,,c\", \",\"))", "4");
    size("split at blanks", "torch.len(torch.split(\" a  b \"))", "2");
    size("join", "torch.len(torch.join(\"--\", [\"a\", \"b\"]))", "4");
    size("strip", "torch.len(torch.strip(\"  ab \"))", "2");
    size("rstrip of characters", "torch.len(torch.rstrip(\"abcc\", \"c\"))", "2");
    size("upper", "torch.find(torch.upper(\"ab\"), \"B\")", "1");
    size("replace", "torch.len(torch.replace(\"a.b.c\", \".\", \"__\"))", "7");
    row("member of an Enum", "if torch.eq(__torch__.Mode.SUM, __torch__.Mode.SUM):\n  y = torch.relu(x)\nelse:\n  y = torch.exp(x)\nreturn y", "relu -> f32[1,3,8,8]");
    row("members that differ", "if torch.eq(__torch__.Mode.SUM, __torch__.Mode.MEAN):\n  y = torch.relu(x)\nelse:\n  y = torch.exp(x)\nreturn y", "exp -> f32[1,3,8,8]");
    row("value of a member", "if torch.eq((__torch__.Mode.SUM).value, \"sum\"):\n  y = torch.relu(x)\nelse:\n  y = x\nreturn y", "relu -> f32[1,3,8,8]");
    row("name of a member", "m = __torch__.Mode.MEAN\nif torch.eq((m).name, \"MEAN\"):\n  y = torch.relu(x)\nelse:\n  y = x\nreturn y", "relu -> f32[1,3,8,8]");
    row("tensor of rows", "return torch.tensor([[1, 2, 3], [4, 5, 6]])", "-> i64[2,3]");
    row("tensor of truths", "return torch.tensor([True, False])", "-> bool[2]");
    row("tensor of another type", "return torch.tensor([1, 2], dtype=3)", "-> i32[2]");
    row("rows of different lengths", "return torch.relu(torch.tensor([[1, 2], [3]]))", "torch.tensor relu -> ?[*]");
    row("x.T of four axes", "return ops.prim.T(x)", "permute -> f32[8,8,3,1]");
    row("movedim", "return torch.movedim(x, 1, -1)", "permute -> f32[1,8,8,3]");
    row("unflatten", "return torch.unflatten(x, 2, [2, -1])", "reshape -> f32[1,3,2,4,8]");
    row("flip", "return torch.flip(x, [-1, 2])", "slice -> f32[1,3,8,8]");
    row("index of a later axis", "return torch.index(x, [None, torch.tensor([2, 0])])", "index_select -> f32[1,2,8,8]");
    row("repeat_interleave", "return torch.repeat_interleave(x, 2, 1)", "index_select -> f32[1,6,8,8]");
    row("std", "return torch.std(x, [2, 3])", "mean sub mul mean mul sqrt -> f32[1,3]");
    row("var of all", "return torch.var(x, False)", "mean sub mul mean -> f32[]");
    row("addcmul", "return torch.addcmul(x, x, x, value=0.5)", "mul mul add -> f32[1,3,8,8]");
    row("unfold", "return torch.im2col(x, [3, 3], [1, 1], [1, 1], [2, 2])", "torch.im2col -> f32[1,27,16]");
    row("a known type of an unknown operator", "return torch.relu(torch.cumprod(x, 1))", "torch.cumprod relu -> f32[1,3,8,8]");
    row("float beside an integer constant", "return torch.mul(x, torch.tensor(2))", "mul -> f32[1,3,8,8]");
    row("a number beside half precision", "return torch.mul(torch.to(x, 5), 2.)", "cast mul -> f16[1,3,8,8]");
    row("embedding", "return torch.embedding(torch.ones([9, 5]), x)", "index_select -> f32[1,3,8,8,5]");
}

void TestLanguage::follows()
{
    QFETCH(QByteArray, lines);
    QFETCH(QString, expected);
    const Script script{.lines = lines.toStdString(), .before = "class Mode(Enum):\n  SUM = \"sum\"\n  MEAN = \"mean\"\n"};
    QCOMPARE(QString::fromStdString(summary(opened(script, {{"x", {1, 3, 8, 8}}}))), expected);
}

void TestLanguage::losesNothingInSilence_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* lines, const char* expected) { QTest::newRow(name) << QByteArray(lines) << QString::fromLatin1(expected); };
    const char returned[] = "_0 = uninitialized(Tensor)\nif bool(torch.sum(x)):\n  a, b = True, torch.exp(x)\nelse:\n  a, b = False, _0\n"
                            "if a:\n  y = b\nelse:\n  y = torch.relu(x)\nreturn y";
    row("a return under a condition", returned, "sum if if -> f32[1,3,8,8]");
    row("a list extended by one of unknown length", "l = [x]\n_0 = torch.extend(l, torch.frobnicate(x))\nreturn torch.cat(l, 1)", "torch.frobnicate cat -> f32[*]");
    row("a result that cannot be followed", "y = torch.relu(x)\nif bool(torch.sum(x)):\n  z = [y]\nelse:\n  z = [y, y]\nreturn z", "relu sum prim.Result -> ?[*]");
}

void TestLanguage::losesNothingInSilence()
{
    QFETCH(QByteArray, lines);
    QFETCH(QString, expected);
    QCOMPARE(QString::fromStdString(summary(opened({.lines = lines.toStdString()}, {{"x", {1, 3, 8, 8}}}))), expected);
}

QTEST_APPLESS_MAIN(TestLanguage)
#include "tst_language.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The code/*.py subset: what is read, how it groups, and the sentence for what is not.
#include "core/import/torchscript/syntax/parser.h"

#include <QTest>
#include <fmt/format.h>

using namespace bpu;
using namespace bpu::importer::torchscript;

namespace {

std::string repeated(std::string_view text, int count)
{
    std::string out;
    for (int i = 0; i < count; ++i)
        out += text;
    return out;
}

/// The printed tree, or "error: ...".
std::string printed(const std::string& source)
{
    const auto tree = parseSource("code/net.py", source);
    return tree ? print(*tree) : "error: " + tree.error().code + " " + tree.error().text();
}

} // namespace

class TestSyntax : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void groupsExpressions_data();
    void groupsExpressions();
    void readsStatements_data();
    void readsStatements();
    void saysWhatItMet_data();
    void saysWhatItMet();
    void boundsNesting_data();
    void boundsNesting();
    void knowsOffsetAndLine();
    void survivesEveryTruncation();
    void readsWhatTraceWrites();
};

void TestSyntax::groupsExpressions_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* source, const char* expected) { QTest::newRow(source) << QByteArray(source) << QByteArray(expected); };
    row("a + b * c", "(a + (b * c))");
    row("a - b - c", "((a - b) - c)");
    row("(a + b) * c", "((a + b) * c)");
    row("a // b % c @ d", "(((a // b) % c) @ d)");
    row("-a ** -b ** c", "(-(a ** (-(b ** c))))");
    row("-2 ** 2", "(-(2 ** 2))");
    row("2 ** -1", "(2 ** -1)");
    row("~a | b ^ c & d << 1 >> 2", "((~a) | (b ^ (c & ((d << 1) >> 2))))");
    row("not a == b and c or d", "(((not (a == b)) and c) or d)");
    row("not not a", "(not (not a))");
    row("a < b <= c", "((a < b) and (b <= c))");
    row("a is None", "(a is None)");
    row("a is not None", "(a is not None)");
    row("a in b", "(a in b)");
    row("a not in b + c", "(a not in (b + c))");
    row("a if b else c if d else e", "(a if b else (c if d else e))");
    row("1", "1");
    row("-9223372036854775808", "-9223372036854775808");
    row("9223372036854775807", "9223372036854775807");
    row("0x1F", "31");
    row("1.", "float(1)");
    row("-0.", "float(-0)");
    row("1.e-05", "float(1e-05)");
    row("1.0000000000000001e-05", "float(1e-05)");
    row("-.5E+3", "float(-500)");
    row("inf", "float(inf)");
    row("-inf", "(-float(inf))");
    row("nan", "float(nan)");
    row("2.5j", "imag(2.5)");
    row("1.+2.j", "(float(1) + imag(2))");
    row("None", "None");
    row("[True, False]", "[True, False]");
    row("()", "()");
    row("(a)", "a");
    row("(a,)", "(a,)");
    row("(a, *b, )", "(a, *b)");
    row("a, b,", "(a, b)");
    row("[]", "[]");
    row("[a, b, ]", "[a, b]");
    row("{}", "{}");
    row("{\"a\": 1, b: [2],}", "{\"a\": 1, b: [2]}");
    row("[x + 1 for x in y if x > 0 if z]", "[(x + 1) for x in y if (x > 0) if z]");
    row("[a for a, b in zip(c, d)]", "[a for (a, b) in zip(c, d)]");
    row("{k: v for k, v in x.items()}", "{k: v for (k, v) in x.items()}");
    row("x[0][-1]", "x[0][-1]");
    row("x[1:]", "x[1::]");
    row("x[:, ::2, ..., None]", "x[::, ::2, ..., None]");
    row("x[a:b:c]", "x[a:b:c]");
    row("Tuple[()]", "Tuple[()]");
    row("Dict[str, Tuple[Tensor, int]]", "Dict[str, Tuple[Tensor, int]]");
    row("(self).forward(x, y, )", "self.forward(x, y)");
    row("f(a, *b, c=1, **d)", "f(a, *b, c=1, **d)");
    row("torch.normal(0., 1., from=2)", "torch.normal(float(0), float(1), from=2)");
    row("ops.prim.RaiseException(torch.format(_0, x), \"builtins.ValueError\")", "ops.prim.RaiseException(torch.format(_0, x), \"builtins.ValueError\")");
    row("__torch__.a.___torch_mangle_0.C", "__torch__.a.___torch_mangle_0.C");
    row("annotate(Optional[Tensor], None)", "annotate(Optional[Tensor], None)");
    row("CONSTANTS.c0", "CONSTANTS.c0");
    row("\"a\\n\\t\\\\\\\"\\x41\\101\\u00e9\"", "\"a\\x0a\\x09\\\\\\\"AA\xc3\xa9\"");
    row("'it' \"s\"", "\"its\"");
    row("\"\\q\"", "\"\\\\q\"");
    row("f(a,\n  # a remark\n\n  b)", "f(a, b)");
    row("a + \\\n  b", "(a + b)");
}

void TestSyntax::groupsExpressions()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, expected);
    QCOMPARE(QByteArray::fromStdString(printed(source.toStdString())), expected + '\n');
}

void TestSyntax::readsStatements_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const char* source, const char* expected) { QTest::newRow(name) << QByteArray(source) << QByteArray(expected); };
    row("nothing", "", "");
    row("remarks only", "# a\n\n  # b\n", "");
    row("old header", "op_version_set = 1\nimport __torch__.torch.nn\n", "op_version_set = 1\nimport __torch__.torch.nn\n");
    row("module",
        "class Net(Module):\n  __parameters__ = [\"w\", ]\n  __annotations__ = []\n  __annotations__[\"0\"] = __torch__.B\n  w : Tensor\n"
        "  k : Final[int] = 3\n  def forward(self: __torch__.Net,\n    x: Tensor,\n    y: Optional[int]=None) -> Tensor:\n    return x\n",
        "class Net(Module,):\n  __parameters__ = [\"w\"]\n  __annotations__ = []\n  __annotations__[\"0\"] = __torch__.B\n  w: Tensor\n"
        "  k: Final[int] = 3\n  def forward(self: __torch__.Net, x: Tensor, y: Optional[int] = None) -> Tensor:\n    return x\n");
    row("two bases", "class C(A, B):\n  pass\n", "class C(A, B):\n  pass\n");
    row("no base", "class C:\n  pass\n", "class C:\n  pass\n");
    row("enum", "class Color(Enum):\n  RED = 1\n", "class Color(Enum,):\n  RED = 1\n");
    row("parameters", "def f(a, *b, c=1, **d):\n  pass\n", "def f(a, *b, c = 1, **d):\n  pass\n");
    row("by name only", "def f(a, *, c):\n  pass\n", "def f(a, *, c):\n  pass\n");
    row("targets", "a, (b, *c), = d\nself.x = 1\ny[0] = 2\n", "(a, (b, *c)) = d\nself.x = 1\ny[0] = 2\n");
    row("annotated", "a : int = 1\nb : str\n", "a: int = 1\nb: str\n");
    row("augmented", "a += 1\nb //= 2\nc >>= 3\nd **= 4\n", "a += 1\nb //= 2\nc >>= 3\nd **= 4\n");
    row("elif", "if a:\n  pass\nelif b:\n  x = 1\nelse:\n  x = 2\n", "if a:\n  pass\nelse:\n  if b:\n    x = 1\n  else:\n    x = 2\n");
    row("loops", "for i, x in enumerate(y):\n  continue\nwhile True:\n  break\n", "for (i, x) in enumerate(y):\n  continue\nwhile True:\n  break\n");
    row("for over a tuple", "for i in 1, 2:\n  pass\n", "for i in (1, 2):\n  pass\n");
    row("with", "with a as b, c:\n  pass\n", "with a as b:\n  with c:\n    pass\n");
    row("raise and assert", "assert a, \"b\"\nassert c\nraise E(\"x\")\nraise\n", "assert a, \"b\"\nassert c\nraise E(\"x\")\nraise\n");
    row("return", "return\nreturn a, b\ndel x\n", "return\nreturn (a, b)\ndel x\n");
    row("one line", "if a: return b\nc = 1", "if a:\n  return b\nc = 1\n");
    row("no line break at the end", "def f(x):\n  if x:\n    return x", "def f(x):\n  if x:\n    return x\n");
    row("Windows line breaks", "if a:\r\n  b = 1\r\n\r\nc = 2\r\n", "if a:\n  b = 1\nc = 2\n");
    row("remark between blocks", "if a:\n  b = 1\n# remark\nc = 2\n", "if a:\n  b = 1\nc = 2\n");
}

void TestSyntax::readsStatements()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, expected);
    QCOMPARE(QByteArray::fromStdString(printed(source.toStdString())), expected);
}

void TestSyntax::saysWhatItMet_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const QByteArray& source, const char* expected) { QTest::newRow(name) << source << QByteArray(expected); };
    row("missing operand", "a = \nb = 1", "1: the end of the line was met where an expression was expected");
    row("lambda", "x = 1\ny = lambda a: a\n", "2: 'lambda' was met where an expression was expected");
    row("two words", "a b\n", "1: 'b' was met where the end of the line was expected");
    row("open bracket", "f(a,\nb\n", "3: the code ends inside of brackets");
    row("closing bracket", "a)\n", "1: ')' was met where the end of the line was expected");
    row("wrong bracket", "f(a]\n", "1: ']' was met where ')' was expected");
    row("open string", "a = \"b\n", "1: a string does not end");
    row("short escape", "a = \"\\x4\"\n", "1: a string holds an escape with too few digits");
    row("no such character", "a = \"\\U7fffffff\"\n", "1: a string holds a character that does not exist");
    row("unknown character", "a = b ? c\n", "1: the character '?' (byte 63) is no part of TorchScript");
    row("zero byte", QByteArray("a = \0b\n", 7), "1: the character '?' (byte 0) is no part of TorchScript");
    row("number with letters", "a = 12ab\n", "1: '12a' is no number of 64 bits");
    row("large integer", "a = 9223372036854775808\n", "1: 9223372036854775808 is no number of 64 bits");
    row("large negative integer", "a = -9223372036854775809\n", "1: -9223372036854775809 is no number of 64 bits");
    row("larger integer", "a = 99999999999999999999\n", "1: '99999999999999999999\n' is no number of 64 bits");
    row("no exponent", "a = 1e\n", "1: '1e\n' is no number of 64 bits");
    row("no hex digits", "a = 0x\n", "1: a hexadecimal number has no digits or more than 64 bits");
    row("stray indent", "a = 1\n  b = 2\n", "2: an indented line was met where an expression was expected");
    row("uneven dedent", "if a:\n    b\n  c\n", "3: the line is indented unlike any block around it");
    row("empty block", "if a:\nb\n", "2: 'b' was met where an indented line was expected");
    row("no colon", "if a\n  b\n", "1: the end of the line was met where ':' was expected");
    row("number as target", "1 = a\n", "1: nothing can be assigned to '1'");
    row("call in a target", "a, f(x) = b\n", "1: nothing can be assigned to 'f(x)'");
    row("sum as loop target", "for a + b in c:\n  pass\n", "1: nothing can be assigned to '(a + b)'");
    row("two targets", "a = b = c\n", "1: '=' was met where the end of the line was expected");
    row("unnamed class", "class (A):\n  pass\n", "1: '(' was met where the name of a class was expected");
    row("unnamed function", "def 3():\n  pass\n", "1: '3' was met where the name of a function was expected");
    row("parameter", "def f(a, 1):\n  pass\n", "1: '1' was met where the name of a parameter was expected");
    row("attribute", "a. = 1\n", "1: '=' was met where the name of an attribute was expected");
    row("set", "a = {1, 2}\n", "1: ',' was met where ':' was expected");
    row("empty index", "a[]\n", "1: ']' was met where an index was expected");
    row("import", "import 1\n", "1: '1' was met where a module's name was expected");
    row("half ternary", "a = b if c\n", "1: the end of the line was met where 'else' was expected");
    row("not without in", "a = b not c\n", "1: 'c' was met where 'in' was expected");
}

void TestSyntax::saysWhatItMet()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, expected);
    QCOMPARE(QByteArray::fromStdString(printed(source.toStdString())), "error: torchscript.syntax code/net.py:" + expected + "; export the model again");
}

void TestSyntax::boundsNesting_data()
{
    QTest::addColumn<QByteArray>("part");
    QTest::addColumn<bool>("isBlock");
    for (const char* part : {"(", "[", "-", "not ", "f(", "x[", "{1:", "2 ** ", "1 if 1 else "})
        QTest::newRow(part) << QByteArray(part) << false;
    for (const char* part : {"a + ", "a.", "a and ", "a < "})
        QTest::newRow(part) << QByteArray(part) << false;
    for (const char* part : {"if a", "while a", "for a in b", "with a", "def f()", "class C"})
        QTest::newRow(part) << QByteArray(part) << true;
    QTest::newRow("elif") << QByteArray("elif") << true;
}

void TestSyntax::boundsNesting()
{
    QFETCH(QByteArray, part);
    QFETCH(bool, isBlock);
    constexpr int kMany = 100'000;
    std::string source;
    if (part == "elif") {
        source = "if a: b\n" + repeated("elif a: b\n", kMany);
    } else if (isBlock) {
        for (int i = 0; i < 300; ++i)
            source += std::string(static_cast<size_t>(i), ' ') + part.toStdString() + ":\n";
    } else {
        source = repeated(part.toStdString(), kMany) + "a";
    }
    const std::string text = printed(source);
    QVERIFY2(text.find("than the 200 levels that are read; export the model again") != std::string::npos, text.substr(0, 300).c_str());
}

void TestSyntax::knowsOffsetAndLine()
{
    const auto tree = parseSource("code/net.py", "def f(x):\n  y = torch.add(\n    torch.relu(x), (x).neg())\n");
    QVERIFY(tree);
    const Stmt& def = (*tree)[tree->topLevel()[0]];
    const Stmt& assign = (*tree)[tree->statements(def.body)[0]];
    QCOMPARE(assign.line, 2U);
    QCOMPARE(assign.offset, 12U);
    const Expr& add = (*tree)[assign.b];
    QCOMPARE(add.offset, 25U); // of a call: its parenthesis
    const Expr& relu = (*tree)[tree->item(add, 1)];
    QCOMPARE(relu.line, 3U);
    QCOMPARE(tree->source().substr(relu.offset, 3), "(x)");
    const Expr& neg = (*tree)[tree->item(add, 2)];
    QCOMPARE(tree->source().substr(neg.offset, 2), "()");
}

namespace {
const std::string kTraced = R"(class Net(Module):
  __parameters__ = ["weight", ]
  __buffers__ = []
  weight : Tensor
  training : bool
  conv : __torch__.torch.nn.modules.conv.___torch_mangle_1.Conv2d
  def forward(self: __torch__.Net,
    x: Tensor) -> Tuple[Tensor, Dict[str, Tensor]]:
    conv = self.conv
    weight = self.weight
    _0 = torch.mul((conv).forward(x, ), CONSTANTS.c0)
    _1 = ops.prim.NumToTensor(torch.size(_0, 0))
    _2 = int(_1)
    input = torch._convolution(_0, weight, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1, False, False, True, True)
    h, c, _3 = torch.lstm(input, [x, x], [weight], False, 1, 0., False, False, True)
    if torch.__isnot__(h, None):
      h0 = unchecked_cast(Tensor, h)
    else:
      ops.prim.RaiseException("no h", "builtins.ValueError")
      h0 = uninitialized(Tensor)
    return (torch.view(h0, [_2, -1]), {"c": c})
)";
}

void TestSyntax::survivesEveryTruncation()
{
    for (size_t size = 0; size < kTraced.size(); ++size) {
        const auto tree = parseSource("code/net.py", kTraced.substr(0, size));
        if (!tree)
            QCOMPARE(tree.error().code, "torchscript.syntax");
    }
}

void TestSyntax::readsWhatTraceWrites()
{
    const std::string text = printed(kTraced);
    QVERIFY2(text.find("    input = torch._convolution(_0, weight, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1, False, False, True, True)\n") != std::string::npos,
             text.c_str());
    QVERIFY(text.find("    (h, c, _3) = torch.lstm(") != std::string::npos);
    QCOMPARE(printed(text.substr(0, text.find("(Module,)")) + text.substr(text.find("(Module,)") + 9)),
             text.substr(0, text.find("(Module,)")) + text.substr(text.find("(Module,)") + 9)); // print is Python again but for numbers
}

QTEST_APPLESS_MAIN(TestSyntax)
#include "tst_syntax.moc"

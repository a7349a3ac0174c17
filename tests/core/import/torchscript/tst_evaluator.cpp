// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Following `forward`: what becomes a node, what is computed, what is refused.
#include "core/import/torchscript/eval/evaluator.h"
#include "core/ir/verifier.h"

#include <QElapsedTimer>
#include <QTest>
#include <fmt/format.h>

using namespace bpu;
using namespace bpu::importer::torchscript;

namespace {

Value tensor(ir::Shape shape, const std::string& name)
{
    return Value::tensor(ir::Tensor::floats(shape, std::vector<float>(static_cast<size_t>(ir::TensorType(ir::DType::Float32, shape).elementCount()), 0.5F)), name);
}

Value module(const std::string& className, const std::string& path, std::unordered_map<std::string, Value> attributes)
{
    auto object = std::make_shared<Object>();
    object->className = className;
    object->path = path;
    object->isModule = true;
    object->attributes = std::move(attributes);
    object->attributes.insert_or_assign("training", Value::of(false));
    return Value::object(object);
}

const std::map<std::string, std::string> kLibrary = {
    {"code/__torch__/torch/nn/modules/activation.py",
     "class ReLU(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    return __torch__.torch.nn.functional.relu(x, False, )\n"},
    {"code/__torch__/torch/nn/modules/conv/___torch_mangle_1.py",
     "class Conv2d(Module):\n  stride : Final[int] = 2\n  def forward(self, x: Tensor) -> Tensor:\n"
     "    return torch.conv2d(x, self.weight, None, [self.stride, 2], [1, 1])\n"},
    {"code/__torch__/torch/nn/functional.py",
     "def relu(input: Tensor, inplace: bool=False) -> Tensor:\n  if inplace:\n    r = torch.relu_(input)\n  else:\n    r = torch.relu(input)\n  return r\n"},
};

/// A module __torch__.Net with a ReLU `act`, a Conv2d `conv`, a buffer `state` and a list `sizes`, whose code is `code`.
Program program(const std::string& code)
{
    Program result;
    result.name = "net";
    result.root = module("__torch__.Net", "", {{"act", module("__torch__.torch.nn.modules.activation.ReLU", "act", {})},
                                               {"conv", module("__torch__.torch.nn.modules.conv.___torch_mangle_1.Conv2d", "conv", {{"weight", tensor({4, 3, 3, 3}, "conv.weight")}})},
                                               {"state", tensor({2, 3}, "state")}, {"sizes", Value::ints({1, 2, 3})}});
    result.constants = {tensor({3}, "CONSTANTS.0")};
    result.source = [code](const std::string& entry) -> Result<std::optional<std::string>> {
        if (entry == "code/__torch__.py")
            return std::optional<std::string>(code);
        const auto found = kLibrary.find(entry);
        return found == kLibrary.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
    return result;
}

Result<Evaluated> run(const std::string& code, const std::map<std::string, ir::Shape>& shapes)
{
    EvalOptions options;
    options.inputShapes = shapes;
    return evaluate(program(code), options);
}

/// forward(self, x: Tensor) with these lines.
std::string forward(const std::string& lines)
{
    std::string code = "class Net(Module):\n  def forward(self: __torch__.Net, x: Tensor) -> Tensor:\n";
    for (size_t at = 0; at < lines.size();) {
        const size_t end = std::min(lines.find('\n', at), lines.size());
        code += "    " + lines.substr(at, end - at) + "\n";
        at = end + 1;
    }
    return code;
}

/// "conv2d relu -> f32[1,4]", or the error.
std::string summary(const Result<Evaluated>& evaluated)
{
    if (!evaluated)
        return evaluated.error().code + " " + evaluated.error().text();
    if (const auto valid = ir::verify(evaluated->graph); !valid)
        return valid.error().text();
    std::string text;
    for (const NodeId id : evaluated->graph.order())
        text += evaluated->graph.node(id).op + " ";
    text += "->";
    for (const ValueId id : evaluated->graph.outputs())
        text += " " + evaluated->graph.value(id).type.text();
    return text;
}

} // namespace

class TestEvaluator : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void follows_data();
    void follows();
    void refuses_data();
    void refuses();
    void tellsModulesFromFunctions();
    void keepsBranchesThatDependOnData();
    void boundsWork_data();
    void boundsWork();
};

void TestEvaluator::follows_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const char* lines, const char* expected) { QTest::newRow(name) << QByteArray(lines) << QByteArray(expected); };
    row("module", "return (self.conv).forward(x, )", "conv2d -> f32[1,4,4,4]");
    row("getattr", "return (getattr(self, \"conv\")).forward(x, )", "conv2d -> f32[1,4,4,4]");
    row("two results", "return (torch.relu(x), {\"a\": torch.exp(x)})", "relu exp -> f32[1,3,8,8] f32[1,3,8,8]");
    row("training is off", "if self.training:\n  y = torch.exp(x)\nelse:\n  y = torch.relu(x)\nreturn y", "relu -> f32[1,3,8,8]");
    row("size decides", "if torch.eq(torch.size(x, 2), 8):\n  y = torch.relu(x)\nelse:\n  y = x\nreturn y", "relu -> f32[1,3,8,8]");
    row("sizes in traced code", "a = ops.prim.NumToTensor(torch.size(x, 1))\nb = torch.mul(a, torch.floor_divide(ops.prim.NumToTensor(torch.size(x, 2)), 2))\n"
        "return torch.view(x, [1, int(b), -1])", "reshape -> f32[1,12,16]");
    row("check of the rank", "if torch.ne(torch.dim(x), 4):\n  ops.prim.RaiseException(\"no\")\nelse:\n  pass\nreturn torch.relu(x)", "relu -> f32[1,3,8,8]");
    row("loop over a list", "y = x\nfor i in range(torch.len(self.sizes)):\n  y = torch.add(y, self.sizes[i])\nreturn y", "add add add -> f32[1,3,8,8]");
    row("while", "i = 0\ny = x\n_0 = torch.lt(i, 2)\nwhile _0:\n  y = torch.relu(y)\n  i = torch.add(i, 1)\n  _0 = torch.lt(i, 2)\nreturn y", "relu relu -> f32[1,3,8,8]");
    row("Optional", "y = annotate(Optional[Tensor], None)\nif torch.__is__(y, None):\n  z = x\nelse:\n  z = torch.exp(unchecked_cast(Tensor, y))\nreturn torch.relu(z)",
        "relu -> f32[1,3,8,8]");
    row("list of tensors", "l = annotate(List[Tensor], [])\n_0 = torch.append(l, x)\n_1 = torch.append(l, torch.relu(x))\nreturn torch.cat(l, 1)", "relu cat -> f32[1,6,8,8]");
    row("comprehension", "return torch.cat([torch.relu(y) for y in [x, x]], 1)", "relu relu cat -> f32[1,6,8,8]");
    row("chunk", "a, b, c, = torch.chunk(x, 3, 1)\nreturn torch.add(a, torch.mul(b, c))", "split mul add -> f32[1,1,8,8]");
    row("alpha", "return torch.add(x, x, alpha=2)", "mul add -> f32[1,3,8,8]");
    row("constants", "return torch.add(torch.permute(x, [0, 2, 3, 1]), CONSTANTS.c0)", "permute add -> f32[1,8,8,3]");
    row("in place", "y = x\n_0 = torch.relu_(y)\nreturn torch.exp(x)", "relu exp -> f32[1,3,8,8]");
    row("in place through a window", "_0 = torch.copy_(torch.slice(self.state), torch.exp(self.state))\nreturn self.state",
        "-> f32[2,3]");
    row("in place in a part", "_0 = torch.copy_(torch.select(x, 1, 0), torch.zeros([1, 8, 8]))\nreturn torch.relu(x)",
        "torch.slice_scatter relu -> f32[1,3,8,8]");
    row("attribute", "self.last = torch.relu(x)\nreturn torch.exp(self.last)", "relu exp -> f32[1,3,8,8]");
    row("unused", "y = torch.exp(x)\nreturn torch.relu(x)", "relu -> f32[1,3,8,8]");
    row("another namespace", "return torch.relu(ops.horizon.warp(x, 3))", "horizon.warp relu -> ?[*]");
    row("unknown operator", "a, b, = torch.frobnicate(x)\nreturn torch.relu(b)", "torch.frobnicate relu -> ?[*]");
    row("loop that depends on data", "y = x\nn = int(torch.sum(x))\nfor i in range(n):\n  y = torch.relu(y)\nreturn torch.exp(y)", "sum prim.Loop exp -> ?[*]");
    row("insert", "l = [x]\n_0 = torch.insert(l, 0, torch.relu(x))\n_1 = torch.insert(l, -1, torch.exp(x))\nreturn torch.cat([l[0], l[1]], 1)", "relu exp cat -> f32[1,6,8,8]");
    row("insert beyond the end", "l = [x]\n_0 = torch.insert(l, 7, torch.relu(x))\nreturn l[1]", "relu -> f32[1,3,8,8]");
    row("clear", "l = [x]\n_0 = torch.clear(l)\nreturn torch.tensor(torch.len(l))", "-> i64[]");
    row("reverse", "l = [x, torch.relu(x)]\n_0 = torch.reverse(l)\nreturn l[0]", "relu -> f32[1,3,8,8]");
    row("sort", "l = [3, 1, 2]\n_0 = torch.sort(l)\nreturn torch.slice(x, 3, l[0], l[2])", "slice -> f32[1,3,8,2]");
    row("delete", "l = [x, torch.relu(x)]\n_0 = torch.Delete(l, 0)\nd = {\"a\": x, \"b\": l[0]}\n_1 = torch.Delete(d, \"a\")\nreturn torch.values(d)", "relu -> f32[1,3,8,8]");
    row("dict of pairs", "d = torch.dict([(\"a\", x), (\"b\", torch.relu(x)), (\"a\", torch.exp(x))])\nreturn (d[\"b\"], d[\"a\"])", "relu exp -> f32[1,3,8,8] f32[1,3,8,8]");
    row("a dict that a loop reads", "d = {\"a\": torch.exp(x)}\ny = x\nfor i in range(int(torch.sum(x))):\n  y = torch.add(y, d[\"a\"])\nreturn y", "exp prim.Loop -> ?[*]");
    row("a number as the result", "return torch.mul(ops.prim.NumToTensor(torch.size(x, 2)), 2)", "-> i64[]");
    row("as_tensor", "return torch.as_tensor([1., 2.], dtype=6, device=torch.device(\"cpu\"))", "-> f32[2]");
    row("meshgrid", "return torch.meshgrid([torch.arange(3), torch.select(torch.select(torch.select(x, 0, 0), 0, 0), 0, 0)])",
        "select select select reshape expand -> i64[3,8] f32[3,8]");
    row("roll", "return torch.roll(x, [1], [2])", "slice slice cat -> f32[1,3,8,8]");
    row("padding", "return torch.pad(x, [1, 2, 0, 0], \"constant\", 0.)", "pad -> f32[1,3,8,11]");
    row("arguments that need their name", "return (torch.arange(0, 8), torch.arange(2, 8, 2, dtype=6, layout=None))", "-> i64[8] f32[3]");
    row("named arguments", "return torch.max_pool2d(x, [2, 2], stride=[2, 2], ceil_mode=False)", "max_pool2d -> f32[1,3,4,4]");
}

void TestEvaluator::follows()
{
    QFETCH(QByteArray, lines);
    QFETCH(QByteArray, expected);
    QCOMPARE(QByteArray::fromStdString(summary(run(forward(lines.toStdString()), {{"x", {1, 3, 8, 8}}}))), expected);
}

void TestEvaluator::refuses_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const char* lines, const char* expected) { QTest::newRow(name) << QByteArray(lines) << QByteArray(expected); };
    row("exception", "if torch.ne(torch.dim(x), 3):\n  ops.prim.RaiseException(\"need 3\")\nelse:\n  pass\nreturn x",
        "torchscript.raises code/__torch__.py:4: forward refuses these inputs: need 3; give it other shapes with --input");
    row("attribute", "return self.nothing", "torchscript.code code/__torch__.py:3: Net has no attribute 'nothing'");
    row("method", "return (self.conv).fly(x)", "torchscript.code code/__torch__.py:3: torch.nn.modules.conv.Conv2d has no method 'fly'");
    row("function", "return __torch__.other.f(x)", "torchscript.code code/__torch__.py:3: the archive has no function 'other.f'");
    row("system", "return os(x)", "torchscript.code code/__torch__.py:3: 'os' is no function that is known");
    row("arguments", "return (self.act).forward(x, x, x)", "torchscript.code code/__torch__.py:3: torch.nn.modules.activation.ReLU.forward takes 2 arguments and is given 4");
    row("missing argument", "return (self.act).forward()", "torchscript.code code/__torch__/torch/nn/modules/activation.py:0: torch.nn.modules.activation.ReLU.forward needs the argument 'x'");
    row("constant", "return CONSTANTS.c7", "torchscript.code code/__torch__.py:3: the archive has 1 constants and none of the name 'CONSTANTS.c7'");
    row("too few values", "a, b, = [1]\nreturn x", "torchscript.code code/__torch__.py:3: 1 values are assigned to 2 names");
    row("index", "return [x][3]", "torchscript.raises code/__torch__.py:3: forward refuses these inputs: index 3 is outside of 1 items; give it other shapes with --input");
    row("division", "a = torch.div(1, 0)\nreturn x", "torchscript.raises code/__torch__.py:3: forward refuses these inputs: a division by zero; give it other shapes with --input");
    row("syntax", "return (x", "torchscript.syntax code/__torch__.py:4: the code ends inside of brackets; export the model again");
}

void TestEvaluator::refuses()
{
    QFETCH(QByteArray, lines);
    QFETCH(QByteArray, expected);
    QCOMPARE(QByteArray::fromStdString(summary(run(forward(lines.toStdString()), {{"x", {1, 3, 8, 8}}}))), expected);
}

void TestEvaluator::tellsModulesFromFunctions()
{
    const auto evaluated = run(forward("y = (self.act).forward(x)\nz = __torch__.torch.nn.functional.relu(y)\nreturn torch.view((self.conv).forward(torch.relu(z)), [-1])"), {});
    QVERIFY(evaluated);
    std::string text;
    for (const NodeId id : evaluated->graph.order()) {
        const ir::Node& node = evaluated->graph.node(id);
        text += fmt::format("{} {} in '{}'\n", node.name, node.origins.front().what, node.scope);
    }
    QCOMPARE(QByteArray::fromStdString(text), QByteArray("act torch.nn.ReLU in 'act'\nrelu torch.nn.functional.relu in ''\nrelu_2 torch.relu in ''\n"
                                                         "conv torch.nn.Conv2d in 'conv'\nview torch.Tensor.view in ''\n"));
    QCOMPARE(evaluated->graph.moduleTypes().at("conv"), "Conv2d");
}

void TestEvaluator::keepsBranchesThatDependOnData()
{
    const auto evaluated = run(forward("if bool(torch.sum(x)):\n  y = torch.relu(x)\n  self.state = y\nelse:\n  y = torch.exp(x)\nreturn torch.add(y, torch.neg(self.state))"),
                               {{"x", {2, 3}}});
    QCOMPARE(QByteArray::fromStdString(summary(evaluated)), QByteArray("state sum if neg add set_state -> f32[2,3]"));
    const ir::Node& node = evaluated->graph.node(evaluated->graph.findNode("prim.If"));
    QCOMPARE(node.outputs.size(), 2U);
    const auto* branch = std::get_if<ir::GraphPtr>(node.attributes.find("then_branch"));
    QVERIFY(branch);
    QCOMPARE((*branch)->nodeCount(), 1U);
    QVERIFY(ir::verify(**branch));
    QCOMPARE(evaluated->findings.size(), 1U);
    QCOMPARE(evaluated->findings.front().code, "torchscript.data-dependent");
}

void TestEvaluator::boundsWork_data()
{
    QTest::addColumn<QByteArray>("code");
    QTest::newRow("endless loop") << QByteArray::fromStdString(forward("while True:\n  pass\nreturn x"));
    QTest::newRow("long range") << QByteArray::fromStdString(forward("for i in range(1000000000000):\n  pass\nreturn x"));
    QTest::newRow("long list") << QByteArray::fromStdString(forward("l = torch.mul([x], 1000000000000)\nreturn x"));
    QTest::newRow("doubling list") << QByteArray::fromStdString(forward("l = [x]\nfor i in range(100):\n  l = torch.add(l, l)\nreturn x"));
    QTest::newRow("nested list") << QByteArray::fromStdString(forward("l = [x]\nfor i in range(100000):\n  _0 = torch.append(l, l)\nreturn x"));
    QTest::newRow("many nodes") << QByteArray::fromStdString(forward("y = x\nwhile True:\n  y = torch.relu(y)\nreturn y"));
    QTest::newRow("recursion") << QByteArray::fromStdString(forward("return (self).forward(x)"));
}

void TestEvaluator::boundsWork()
{
    QFETCH(QByteArray, code);
    QElapsedTimer timer;
    timer.start();
    const auto evaluated = run(code.toStdString(), {});
    QVERIFY(!evaluated);
    QCOMPARE(evaluated.error().code, "torchscript.limit");
    QVERIFY2(timer.elapsed() < 20'000, "the bound is no bound"); // generous: other work runs beside
}

QTEST_APPLESS_MAIN(TestEvaluator)
#include "tst_evaluator.moc"

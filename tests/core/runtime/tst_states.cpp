// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Modules that leave computed tensors in their attributes: a second run goes on where the first one ended.
#include "core/import/torchscript/import_torchscript.h"
#include "core/runtime/float_executor.h"
#include "tests/core/runtime/run_onnx.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/script_builder.h"

#include <QTest>

using namespace bpu;
using namespace bpu::test;

namespace {

/// An attribute of two zeros.
Script withMemory(const std::string& lines)
{
    Script script{.lines = lines};
    script.attributes = pickle::text("h") + pickle::tensor(pickle::storage("FloatStorage", "0", 2), 0, pickle::tuple(pickle::integer(2)), pickle::tuple(pickle::integer(1)))
        + pickle::text("count") + pickle::integer(0) + pickle::text("seen") + pickle::boolean(false);
    script.before = "";
    script.more = {{"m/data/0", std::string(8, '\0')}};
    return script;
}

Result<ir::GraphPtr> opened(const Script& script)
{
    const std::string file = scriptFile(script);
    BPU_TRY(imported, importer::importTorchScript("m.pt", Bytes::copyOf(std::as_bytes(std::span(file))), {.inputShapes = {{"x", {2}}}, .control = {}}));
    return std::make_shared<const ir::Graph>(std::move(imported.graph));
}

} // namespace

class TestStates : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void goesOnWhereTheLastRunEnded_data();
    void goesOnWhereTheLastRunEnded();
    void keepsTheFirstCallWhereCallsGoOnChanging();
};

void TestStates::goesOnWhereTheLastRunEnded_data()
{
    QTest::addColumn<QString>("lines");
    QTest::newRow("an attribute is set") << QStringLiteral("self.h = torch.add(self.h, x)\nreturn torch.mul(self.h, 2)");
    QTest::newRow("a buffer is written in place") << QStringLiteral("_0 = torch.add_(self.h, x)\nreturn torch.mul(self.h, 2)");
    QTest::newRow("through a window") << QStringLiteral("h0 = torch.add(self.h, x)\n_0 = torch.copy_(torch.slice(self.h), h0)\nreturn torch.mul(h0, 2)");
    QTest::newRow("made by the first call") << QStringLiteral("if torch.__not__(self.seen):\n  self.h = torch.zeros([2])\n  self.seen = True\nself.h = torch.add(self.h, x)\nreturn torch.mul(self.h, 2)");
}

void TestStates::goesOnWhereTheLastRunEnded()
{
    QFETCH(QString, lines);
    const auto graph = opened(withMemory(lines.toStdString()));
    QVERIFY2(graph.has_value(), graph ? "" : graph.error().text().c_str());
    auto executor = runtime::FloatExecutor::make(*graph);
    QVERIFY2(executor.has_value(), executor ? "" : executor.error().text().c_str());
    const std::vector x{ir::Tensor::floats({2}, {1, 10})};
    for (int round = 0; round < 2; ++round) {
        QCOMPARE(text(executor->run(x)), "f32[2] 2 20");
        QCOMPARE(text(executor->run(x)), "f32[2] 4 40");
        QCOMPARE(text(executor->run(x)), "f32[2] 6 60");
        executor->forget();
    }
}

/// The second call differs from the third: there is no graph for both.
void TestStates::keepsTheFirstCallWhereCallsGoOnChanging()
{
    const auto graph = opened(withMemory("self.count = torch.add(self.count, 1)\nself.h = torch.add(self.h, x)\nreturn torch.mul(self.h, self.count)"));
    QVERIFY2(graph.has_value(), graph ? "" : graph.error().text().c_str());
    for (const NodeId id : (*graph)->order())
        QVERIFY2((*graph)->node(id).op != "state" && (*graph)->node(id).op != "set_state", "a state of a graph that is right for one call only");
}

QTEST_APPLESS_MAIN(TestStates)
#include "tst_states.moc"

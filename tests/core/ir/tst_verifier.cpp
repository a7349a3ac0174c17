// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/rewriter.h"
#include "core/ir/text.h"
#include "core/ir/verifier.h"

#include <QTest>

using namespace bpu;

namespace {

/// Breaks what the editor would keep.
class Vandal : public ir::GraphEditor {
public:
    using GraphEditor::GraphEditor;
    using GraphEditor::edit;
};

using Damage = void (*)(Vandal&, const ir::Graph&);

} // namespace

Q_DECLARE_METATYPE(Damage)

class TestVerifier : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsTheDamage_data();
    void findsTheDamage();
};

void TestVerifier::findsTheDamage_data()
{
    QTest::addColumn<Damage>("damage");
    QTest::addColumn<QByteArray>("message");
    const auto row = [](const char* name, Damage damage, const char* message) {
        QTest::newRow(name) << damage << QByteArray(message);
    };
    row("none", [](Vandal&, const ir::Graph&) {}, "");
    row("node id", [](Vandal& v, const ir::Graph& g) { v.edit(g.findNode("y")).id = NodeId{7}; }, "y: the node's id differs from its place");
    row("value id", [](Vandal& v, const ir::Graph& g) { v.edit(g.findValue("y")).id = ValueId{7}; },
        "y: the value's id differs from its place");
    row("unlisted user", [](Vandal& v, const ir::Graph& g) { v.edit(g.findValue("x")).users.clear(); },
        "x: 0 users are listed, 1 inputs read it");
    row("wrong user", [](Vandal& v, const ir::Graph& g) { v.edit(g.findValue("x")).users[0].index = 1; },
        "x: a listed user does not read it");
    row("producer", [](Vandal& v, const ir::Graph& g) { v.edit(g.findValue("z")).producer = g.findNode("y"); },
        "z: the producer does not make it");
    row("node names", [](Vandal& v, const ir::Graph& g) { v.edit(g.findNode("z")).name = "y"; }, "y: two nodes have this name");
    row("value names", [](Vandal& v, const ir::Graph& g) { v.edit(g.findValue("z")).name = "x"; }, "x: two values have this name");
    row("outputs", [](Vandal& v, const ir::Graph& g) { v.edit(g.findValue("y")).graphOutputs = 1; },
        "y: the count of graph outputs is wrong");
    row("inputs", [](Vandal& v, const ir::Graph& g) { v.edit(g.findValue("x")).isGraphInput = false; },
        "net: a graph input is not marked as one");
    row("constant type", [](Vandal& v, const ir::Graph& g) { v.edit(g.findValue("c")).type = ir::TensorType(); },
        "c: the constant's type differs from its tensor's");
    row("missing input", [](Vandal& v, const ir::Graph& g) { v.edit(g.findNode("z")).inputs[1] = ValueId{99}; },
        "z: input 1 is a value that does not exist");
}

void TestVerifier::findsTheDamage()
{
    QFETCH(Damage, damage);
    QFETCH(QByteArray, message);
    const auto graph = ir::parse("graph net(%x: f32[2]) { @c: f32[2] %y = relu(%x) %z = add(%y, @c) return %z }");
    QVERIFY(graph);
    Vandal vandal(*graph);
    damage(vandal, *graph);
    const auto verified = ir::verify(vandal.graph());
    QCOMPARE(verified ? QByteArray() : QByteArray::fromStdString(verified.error().text()), message);
}

QTEST_APPLESS_MAIN(TestVerifier)
#include "tst_verifier.moc"

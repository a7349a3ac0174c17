// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/bodies.h"
#include "core/ir/rewriter.h"
#include "tests/support/text_graph.h"

#include <QTest>

using namespace bpu;

namespace {

/// A node "a/if" with `body` as its two branches.
ir::GraphPtr holding(const ir::GraphPtr& body)
{
    ir::Graph graph = test::graphOf("graph g(%c: bool[]) { %y: f32[1] = onnx.If(%c) name \"a/if\" return %y }");
    const NodeId holder = graph.order().front();
    ir::GraphEditor editor(std::move(graph));
    editor.setAttribute(holder, "then_branch", body);
    editor.setAttribute(holder, "else_branch", body);
    return std::make_shared<const ir::Graph>(*editor.finish());
}

} // namespace

class BodiesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsBodiesInBodies()
    {
        const auto leaf = std::make_shared<const ir::Graph>(test::graphOf("graph g(%x: f32[1]) { %y: f32[1] = relu(%x) return %y }"));
        const ir::GraphPtr graph = holding(holding(leaf));
        QCOMPARE(ir::bodiesOf(graph->node(graph->order().front())).size(), size_t(2));
        const Result<ir::GraphPtr> outer = ir::findBody(*graph, "a/if/else_branch");
        QVERIFY(outer && (*outer)->nodeCount() == 1);
        const Result<ir::GraphPtr> inner = ir::findBody(*graph, "a/if/then_branch/a/if/else_branch");
        QVERIFY(inner);
        QCOMPARE(inner->get(), leaf.get());
    }

    void namesTheBodiesThatThereAre()
    {
        const ir::GraphPtr leaf = std::make_shared<const ir::Graph>(test::graphOf("graph g(%x: f32[1]) { %y: f32[1] = relu(%x) return %y }"));
        QCOMPARE(ir::findBody(*holding(leaf), "a/if/body").error().text().c_str(), "a/if/body: is no body of this graph; choose of a/if/else_branch, a/if/then_branch");
        QCOMPARE(ir::findBody(*leaf, "x").error().text().c_str(), "x: this graph has no branch, loop or function to look into");
    }
};

QTEST_APPLESS_MAIN(BodiesTest)
#include "tst_bodies.moc"

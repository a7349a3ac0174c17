// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/rewriter.h"
#include "core/ir/text.h"
#include "core/layout/diagram.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <random>

using namespace bpu;
using layout::Diagram;
using layout::Item;
using layout::ItemKind;

namespace {

Diagram laidOut(const ir::Graph& graph, const layout::DiagramOptions& options = {})
{
    auto diagram = layout::layoutGraph(graph, options, layout::builtinTextMeasure());
    if (!diagram)
        qFatal("%s", diagram.error().text().c_str());
    return *diagram;
}

double center(const Item& item)
{
    return item.rect.x + item.rect.width / 2;
}

ir::Graph chain(int length)
{
    ir::GraphEditor editor("chain");
    ValueId last = editor.addInput("x", ir::TensorType(ir::DType::Float32, {1, 8}));
    for (int i = 0; i < length; ++i)
        last = editor.graph().node(editor.addNode({.op = "relu", .name = "r", .inputs = {last}}, {ir::TensorType(ir::DType::Float32, {1, 8})})).output();
    editor.addOutput(last);
    return *editor.finish();
}

ir::Graph randomGraph(uint32_t seed, int nodes, size_t reach = 9)
{
    std::mt19937 random(seed);
    ir::GraphEditor editor("random");
    std::vector<ValueId> values{editor.addInput("x", ir::TensorType(ir::DType::Float32, {4}))};
    for (int i = 0; i < nodes; ++i) {
        const size_t window = std::min<size_t>(values.size(), 1 + random() % reach);
        std::vector<ValueId> inputs;
        for (size_t k = 0; k < 1 + random() % 3; ++k)
            inputs.push_back(values[values.size() - 1 - random() % window]);
        const NodeId id = editor.addNode({.op = "add", .name = "n", .inputs = inputs}, {ir::TensorType(ir::DType::Float32, {4})});
        values.push_back(editor.graph().node(id).output());
    }
    editor.addOutput(values.back());
    return *editor.finish();
}

/// Empty when all is well: no two frames overlap, edges run from bottom middles to top middles or between right sides
/// (from a stub to the left side), all inside the bounds.
std::string complaint(const Diagram& diagram)
{
    for (size_t i = 0; i < diagram.items.size(); ++i)
        for (size_t k = i + 1; k < diagram.items.size(); ++k) {
            const layout::Rect& a = diagram.items[i].rect;
            const layout::Rect& b = diagram.items[k].rect;
            if (a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom())
                return fmt::format("items {} and {} overlap", i, k);
        }
    for (size_t i = 0; i < diagram.edges.size(); ++i) {
        const layout::Edge& edge = diagram.edges[i];
        if (edge.path.size() < 4 || edge.path.size() % 3 != 1)
            return fmt::format("edge {} has a path of {} points", i, edge.path.size());
        const Item& from = diagram.items[edge.from];
        const Item& to = diagram.items[edge.to];
        const layout::Point start = edge.path.front();
        const bool downwards = std::hypot(start.x - center(from), start.y - from.rect.bottom()) < 0.6;
        const bool sidewards = std::abs(start.x - from.rect.right()) < 0.6 && start.y > from.rect.y && start.y < from.rect.bottom();
        if (!downwards && !sidewards)
            return fmt::format("edge {} does not leave its source", i);
        const layout::Point end = edge.path.back();
        const bool fromAbove = std::hypot(end.x - center(to), end.y - to.rect.y) < 0.6;
        const bool fromAside = std::abs(end.x - to.rect.right()) < 0.6 && end.y > to.rect.y && end.y < to.rect.bottom();
        const bool fromStub = from.kind == ItemKind::Stub && std::abs(end.x - to.rect.x) < 0.6 && end.y > to.rect.y && end.y < to.rect.bottom();
        if (!fromAbove && !fromAside && !fromStub)
            return fmt::format("edge {} does not reach its target", i);
        for (const layout::Point& point : edge.path)
            if (point.x < diagram.bounds.x || point.x > diagram.bounds.right())
                return fmt::format("edge {} leaves the bounds", i);
    }
    return {};
}

layout::Point onCurve(const layout::Point* p, double t)
{
    const double u = 1 - t;
    const auto at = [&](double a, double b, double c, double d) { return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d; };
    return {at(p[0].x, p[1].x, p[2].x, p[3].x), at(p[0].y, p[1].y, p[2].y, p[3].y)};
}

/// Empty when no edge runs through a frame. (Lines from stubs may pass behind other stubs.)
std::string crossedFrame(const Diagram& diagram)
{
    for (size_t e = 0; e < diagram.edges.size(); ++e) {
        const layout::Edge& edge = diagram.edges[e];
        for (size_t i = 0; i + 3 < edge.path.size(); i += 3)
            for (int k = 0; k <= 16; ++k) {
                const layout::Point p = onCurve(&edge.path[i], k / 16.0);
                for (size_t n = 0; n < diagram.items.size(); ++n) {
                    const layout::Rect& r = diagram.items[n].rect;
                    const bool inside = p.x > r.x + 1 && p.x < r.right() - 1 && p.y > r.y + 1 && p.y < r.bottom() - 1;
                    if (inside && diagram.items[n].kind != ItemKind::Stub)
                        return fmt::format("edge {} runs through item {}", e, n);
                }
            }
    }
    return {};
}

/// Empty when the drawing's labels touch neither frames nor each other.
std::string touchingLabel(const Diagram& diagram)
{
    std::vector<layout::Rect> taken;
    for (const Item& item : diagram.items)
        taken.push_back(item.rect);
    for (const layout::Edge& edge : diagram.edges) {
        if (edge.label.empty())
            continue;
        const layout::Rect label{edge.labelAt.x, edge.labelAt.y - 6, layout::builtinTextMeasure().width(edge.label, layout::TextStyle::Edge), 12};
        for (const layout::Rect& r : taken)
            if (label.x < r.right() && r.x < label.right() && label.y < r.bottom() && r.y < label.bottom())
                return "label " + edge.label + " touches something";
        taken.push_back(label);
    }
    return {};
}

} // namespace

class TestLayout : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void drawsAnEmptyGraph();
    void keepsAChainStraight();
    void keepsTheMainChainStraightThroughBranches();
    void drawsGroupsAsOneCard();
    void collapsesModules();
    void cutsFarValuesIntoStubs();
    void knowsModuleBorders();
    void labelsEveryValueOnceAndClear();
    void drawsAnEarlyOutputBelowItsOperator();
    void drawsOneNode();
    void drawsSeparateGraphs();
    void neverOverlaps_data();
    void neverOverlaps();
    void isDeterministic();
    void stopsWhenAsked();
    void elidesLongNames();
    void pillsHoldTheirBoldNames();
    void spansOpenModules();
};

void TestLayout::drawsAnEmptyGraph()
{
    const Diagram diagram = laidOut(test::graphOf("graph() { return }"));
    QVERIFY(diagram.items.empty());
    QVERIFY(diagram.bounds.width > 0);
}

void TestLayout::keepsAChainStraight()
{
    const Diagram diagram = laidOut(chain(40));
    QCOMPARE(diagram.items.size(), size_t(42)); // with input and output
    for (const Item& item : diagram.items)
        QVERIFY(std::abs(center(item)) < 0.01);
    QCOMPARE(complaint(diagram), std::string());
}

void TestLayout::keepsTheMainChainStraightThroughBranches()
{
    const ir::Graph graph = test::graphOf(R"(graph(%x: f32[1,8]) {
        %a = relu(%x)
        %b = sigmoid(%a)
        %c = tanh(%a)
        %c2 = tanh(%c)
        %d = exp(%a)
        %y = cat(%b, %c2, %d) {dim=1}
        %z = relu(%y)
        return %z })");
    const Diagram diagram = laidOut(graph);
    QCOMPARE(complaint(diagram), std::string());
    for (const char* name : {"a", "y", "z"})
        QVERIFY(std::abs(center(diagram.items[static_cast<size_t>(diagram.itemOf(graph.findNode(name)))])) < 0.01);
}

void TestLayout::drawsGroupsAsOneCard()
{
    const ir::Graph graph = test::graphOf("graph(%x: f32[1,8]) { %a = relu(%x) %b = sigmoid(%a) %c = exp(%b) return %c }");
    layout::DiagramOptions options;
    options.groups = {{graph.findNode("a"), graph.findNode("b")}};
    const Diagram diagram = laidOut(graph, options);
    const int card = diagram.itemOf(graph.findNode("a"));
    QCOMPARE(card, diagram.itemOf(graph.findNode("b")));
    const Item& item = diagram.items[static_cast<size_t>(card)];
    QCOMPARE(item.rows.size(), size_t(2));
    QCOMPARE(item.rows[0].title, std::string("ReLU"));
    QCOMPARE(item.rows[1].rect.y, item.rows[0].rect.bottom());
}

void TestLayout::collapsesModules()
{
    const ir::Graph graph = test::graphOf(R"(graph(%x: f32[1,8]) {
        %a = relu(%x) scope "layer1.0"
        %b = sigmoid(%a) scope "layer1.1"
        %c = exp(%b) scope "layer2"
        return %c })");
    layout::DiagramOptions options;
    options.collapsed = {"layer1"};
    const Diagram diagram = laidOut(graph, options);
    const int module = diagram.itemOf(graph.findNode("a"));
    QCOMPARE(module, diagram.itemOf(graph.findNode("b")));
    const Item& item = diagram.items[static_cast<size_t>(module)];
    QVERIFY(item.kind == ItemKind::Module);
    QCOMPARE(item.rows.front().title, std::string("layer1"));
    QVERIFY(item.rows.front().attributes.starts_with("2 operators"));
    QVERIFY(diagram.itemOf(graph.findNode("c")) != module);
    QCOMPARE(complaint(diagram), std::string());
}

void TestLayout::cutsFarValuesIntoStubs()
{
    ir::GraphEditor editor("mask");
    const ir::TensorType type(ir::DType::Float32, {1, 8});
    const ValueId mask = editor.addInput("attention_mask", type);
    ValueId last = editor.addInput("x", type);
    for (int i = 0; i < 600; ++i)
        last = editor.graph().node(editor.addNode({.op = i % 20 == 0 ? "add" : "relu", .name = "n", .inputs = i % 20 == 0 ? std::vector{last, mask} : std::vector{last}}, {type})).output();
    editor.addOutput(last);
    const Diagram diagram = laidOut(*editor.finish());
    size_t stubs = 0;
    for (const Item& item : diagram.items)
        if (item.kind == ItemKind::Stub) {
            ++stubs;
            QCOMPARE(item.rows.front().name, std::string("attention_mask"));
            QCOMPARE(item.value, mask);
        }
    QVERIFY2(stubs >= 20 && stubs < 30, fmt::format("{} stubs", stubs).c_str());
    QCOMPARE(complaint(diagram), std::string());
}

void TestLayout::knowsModuleBorders()
{
    const ir::Graph graph = test::graphOf(R"(graph(%x: f32[1,8]) {
        %a = relu(%x) scope "block0.act1"
        %b = sigmoid(%a) scope "block0.act2"
        %c = add(%b, %x) scope "block0"
        %d = tanh(%c) scope "block1.act1"
        return %d })");
    const Diagram diagram = laidOut(graph);
    std::string borders;
    for (const layout::Edge& edge : diagram.edges)
        borders += (edge.atModuleBorder ? "+" : "-") + graph.value(edge.value).name + " ";
    QCOMPARE(borders, std::string("+x -a -b +x +c +d "));
}

void TestLayout::labelsEveryValueOnceAndClear()
{
    const ir::Graph graph = test::graphOf(R"(graph(%x: f32[1,8,16,16]) {
        %a = relu(%x)
        %b = sigmoid(%a)
        %c = tanh(%a)
        %d = exp(%a)
        %y = cat(%b, %c, %d, %a) {dim=1}
        return %y })");
    const Diagram diagram = laidOut(graph);
    QCOMPARE(touchingLabel(diagram), std::string());
    std::vector<ValueId> labelled;
    for (const layout::Edge& edge : diagram.edges)
        if (!edge.label.empty())
            labelled.push_back(edge.value);
    std::ranges::sort(labelled);
    QVERIFY(std::ranges::adjacent_find(labelled) == labelled.end());
    QCOMPARE(labelled.size(), size_t(6));
}

void TestLayout::drawsAnEarlyOutputBelowItsOperator()
{
    ir::GraphEditor editor("two heads");
    const ir::TensorType type(ir::DType::Float32, {1, 8});
    ValueId last = editor.addInput("x", type);
    for (int i = 0; i < 60; ++i) {
        last = editor.graph().node(editor.addNode({.op = "relu", .name = "r", .inputs = {last}}, {type})).output();
        if (i == 5)
            editor.addOutput(last);
    }
    editor.addOutput(last);
    const Diagram diagram = laidOut(*editor.finish());
    QCOMPARE(complaint(diagram), std::string());
    double highest = diagram.bounds.bottom();
    for (const Item& item : diagram.items)
        if (item.kind == ItemKind::Output)
            highest = std::min(highest, item.rect.y);
    QVERIFY(highest < diagram.bounds.height / 4);
}

void TestLayout::drawsOneNode()
{
    const Diagram diagram = laidOut(test::graphOf("graph(%x: f32[1]) { %y = relu(%x) return %y }"));
    QCOMPARE(diagram.items.size(), size_t(3));
    QCOMPARE(complaint(diagram), std::string());
}

void TestLayout::drawsSeparateGraphs()
{
    const Diagram diagram = laidOut(test::graphOf(R"(graph(%x: f32[1], %z: f32[1]) {
        %a = relu(%x)
        %b = sigmoid(%z)
        %c = tanh(%b)
        return %a, %c })"));
    QCOMPARE(diagram.items.size(), size_t(7));
    QCOMPARE(complaint(diagram), std::string());
    QCOMPARE(crossedFrame(diagram), std::string());
}

void TestLayout::neverOverlaps_data()
{
    QTest::addColumn<uint32_t>("seed");
    QTest::addColumn<int>("nodes");
    QTest::addColumn<int>("reach"); // how far back a node looks for its inputs
    for (uint32_t seed = 1; seed <= 12; ++seed)
        QTest::newRow(fmt::format("seed {}", seed).c_str()) << seed << static_cast<int>(5 + 23 * (seed % 5)) << 9;
    QTest::newRow("wide") << 98U << 100 << 60; // dot
    QTest::newRow("large") << 99U << 900 << 9;
    QTest::newRow("large and wide") << 97U << 900 << 150; // our own layers
}

void TestLayout::neverOverlaps()
{
    QFETCH(uint32_t, seed);
    QFETCH(int, nodes);
    QFETCH(int, reach);
    const Diagram diagram = laidOut(randomGraph(seed, nodes, static_cast<size_t>(reach)));
    QCOMPARE(complaint(diagram), std::string());
    QCOMPARE(crossedFrame(diagram), std::string());
}

void TestLayout::isDeterministic()
{
    const ir::Graph graph = randomGraph(7, 120);
    const Diagram a = laidOut(graph);
    const Diagram b = laidOut(graph);
    for (size_t i = 0; i < a.items.size(); ++i) {
        QCOMPARE(a.items[i].rect.x, b.items[i].rect.x);
        QCOMPARE(a.items[i].rect.y, b.items[i].rect.y);
    }
}

void TestLayout::stopsWhenAsked()
{
    std::stop_source source;
    source.request_stop();
    JobControl control;
    control.stop = source.get_token();
    const auto diagram = layout::layoutGraph(chain(50), {}, layout::builtinTextMeasure(), control);
    QVERIFY(!diagram);
    QCOMPARE(diagram.error().code, std::string("job.cancelled"));
}

void TestLayout::pillsHoldTheirBoldNames()
{
    for (const char* name : {"x", "stage178.block3.relu2.Relu.out", "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"}) {
        const Diagram diagram = laidOut(test::graphOf(fmt::format("graph g(%{0}: f32[1,8]) {{ %y = relu(%{0}) return %y }}", name)));
        const auto input = std::ranges::find(diagram.items, ItemKind::Input, &Item::kind);
        QVERIFY(input != diagram.items.end());
        const std::string& shown = input->rows.front().name;
        QVERIFY2(layout::builtinTextMeasure().width(shown, layout::TextStyle::Title) + 20 <= input->rect.width, name);
    }
}

void TestLayout::elidesLongNames()
{
    ir::GraphEditor editor("long");
    const ir::TensorType type(ir::DType::Float32, {1});
    const ValueId x = editor.addInput(std::string(300, 'i'), type);
    editor.addOutput(editor.graph().node(editor.addNode({.op = "relu", .name = std::string(300, 'n'), .inputs = {x}}, {type})).output());
    for (const Item& item : laidOut(*editor.finish()).items) {
        QVERIFY(item.rect.width <= 260);
        QVERIFY(item.rows.front().name.find("…") != std::string::npos);
    }
}

void TestLayout::spansOpenModules()
{
    const ir::Graph graph = test::graphOf(R"(graph(%x: f32[1,8]) {
        %a = relu(%x) scope "layer1.0"
        %b = sigmoid(%a) scope "layer1.0"
        %c = tanh(%b) scope "layer1.1"
        return %c })");
    const Diagram diagram = laidOut(graph);
    QCOMPARE(diagram.scopes.size(), size_t(2)); // layer1.1 is one card, which names it
    QCOMPARE(diagram.scopes[0].scope, std::string("layer1"));
    QCOMPARE(diagram.scopes[0].depth, 0);
    QCOMPARE(diagram.scopes[1].scope, std::string("layer1.0"));
    QCOMPARE(diagram.scopes[1].depth, 1);
    QVERIFY(diagram.scopes[0].bottom > diagram.scopes[1].bottom);
}

QTEST_APPLESS_MAIN(TestLayout)
#include "tst_layout.moc"

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/base/file.h"
#include "core/export/export.h"
#include "core/export/palette.h"
#include "core/ir/rewriter.h"
#include "core/ir/text.h"
#include "tests/support/text_graph.h"

#include <QSet>
#include <QTest>
#include <QXmlStreamReader>

using namespace bpu;

namespace {

/// What a reader of the file sees: its elements, ids and texts. Fails the program when it is not well-formed.
struct SvgFacts {
    QStringList ids;
    QStringList texts;
    QStringList titles;
    QHash<QString, int> elements;
    QSet<QString> strokes;
};

SvgFacts facts(const std::string& svg)
{
    SvgFacts result;
    QXmlStreamReader reader(QByteArray::fromStdString(svg));
    while (!reader.atEnd()) {
        if (reader.readNext() != QXmlStreamReader::StartElement)
            continue;
        const QString element = reader.name().toString();
        ++result.elements[element];
        if (const QString id = reader.attributes().value(QStringLiteral("id")).toString(); !id.isEmpty())
            result.ids.append(id);
        result.strokes.insert(reader.attributes().value(QStringLiteral("stroke")).toString());
        if (element == QLatin1String("text"))
            result.texts.append(reader.readElementText());
        else if (element == QLatin1String("title"))
            result.titles.append(reader.readElementText());
    }
    if (reader.hasError())
        qFatal("not well-formed: %s", qPrintable(reader.errorString()));
    return result;
}

exporter::Palette palette(const char* theme = "light")
{
    const auto text = readFile(std::string(BPU_SOURCE_DIR) + "/resources/themes/" + theme + ".json");
    if (!text)
        qFatal("%s", text.error().text().c_str());
    const auto colors = exporter::parsePalette({reinterpret_cast<const char*>(text->span().data()), text->size()});
    if (!colors)
        qFatal("%s", colors.error().text().c_str());
    return *colors;
}

std::string drawn(const ir::Graph& graph, const Findings& findings = {}, const layout::DiagramOptions& options = {})
{
    const auto diagram = layout::layoutGraph(graph, options, layout::builtinTextMeasure());
    if (!diagram)
        qFatal("%s", diagram.error().text().c_str());
    return exporter::diagramSvg(*diagram, graph, findings, palette());
}

Finding findingOn(NodeId node, Severity severity)
{
    Finding finding;
    finding.node = node;
    finding.severity = severity;
    return finding;
}

const char* const kPlain = R"(graph net(%x: f32[1,8,4,4]) {
    %a = relu(%x) scope "layer1.relu"
    %b = sigmoid(%a)
    %y = add(%a, %b)
    return %y })";

} // namespace

class TestSvg : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void givesEveryNodeOneId();
    void writesRealText();
    void saysWhatIsWhereInTitles();
    void marksSeverityByShape_data();
    void marksSeverityByShape();
    void drawsCollapsedModulesAsSheets();
    void escapesWhatXmlCannotHold();
    void usesOnlyWhatSvgTinyKnows();
    void takesColorsFromThePalette();
    void drawsAnEmptyGraph();
    void refusesAThemeThatIsNotOne();
};

void TestSvg::givesEveryNodeOneId()
{
    ir::GraphEditor editor("odd names");
    const ir::TensorType type(ir::DType::Float32, {1});
    ValueId last = editor.addInput("x", type);
    for (const char* name : {"a b", "a:20b", "a_b", "a/b", "\xE5\xB1\x82", "<&\"'>"})
        last = editor.graph().node(editor.addNode({.op = "relu", .name = name, .inputs = {last}}, {type})).output();
    editor.addOutput(last);
    const ir::Graph graph = *editor.finish();
    const SvgFacts svg = facts(drawn(graph));
    QCOMPARE(QSet<QString>(svg.ids.begin(), svg.ids.end()).size(), svg.ids.size());
    QCOMPARE(svg.ids.filter(QStringLiteral("node-")).size(), qsizetype(graph.nodeCount()));
    QVERIFY(svg.ids.contains(QStringLiteral("node-a:20b")));
    QVERIFY(svg.ids.contains(QStringLiteral("node-a_b")));
    QVERIFY(svg.ids.contains(QStringLiteral("node-a:3a20b")));
}

void TestSvg::writesRealText()
{
    const SvgFacts svg = facts(drawn(test::graphOf(kPlain)));
    for (const char* text : {"ReLU", "Sigmoid", "add", "x", "y"})
        QVERIFY2(svg.texts.contains(QString::fromUtf8(text)), text);
    QVERIFY(svg.texts.contains(QStringLiteral("1×8×4×4")));
}

void TestSvg::saysWhatIsWhereInTitles()
{
    const SvgFacts svg = facts(drawn(test::graphOf(R"(graph net(%x: f32[1,8]) { %y = relu(%x) origin "torch.nn.ReLU" name "act" return %y })")));
    QVERIFY(svg.titles.contains(QStringLiteral("x: f32[1,8]")));
    QVERIFY(std::ranges::any_of(svg.titles, [](const QString& title) { return title.startsWith(QLatin1String("act\n")) && title.contains(QLatin1String("torch.nn.ReLU")); }));
}

void TestSvg::marksSeverityByShape_data()
{
    QTest::addColumn<int>("severity");
    QTest::addColumn<QString>("mark");
    QTest::newRow("error: circle") << static_cast<int>(Severity::Error) << "<circle ";
    QTest::newRow("warning: triangle") << static_cast<int>(Severity::Warning) << "l8 14h-16z";
    QTest::newRow("advice: square") << static_cast<int>(Severity::Advice) << "width=\"13\" height=\"13\" rx=\"2\"";
    QTest::newRow("undecided: diamond") << static_cast<int>(Severity::Undecided) << "l7.5 7.5l-7.5 7.5l-7.5 -7.5z";
}

void TestSvg::marksSeverityByShape()
{
    QFETCH(int, severity);
    QFETCH(QString, mark);
    const ir::Graph graph = test::graphOf(kPlain);
    const auto asked = static_cast<Severity>(severity);
    const std::string svg = drawn(graph, {findingOn(graph.findNode("b"), Severity::Undecided), findingOn(graph.findNode("b"), asked)});
    facts(svg);
    const QString text = QString::fromStdString(svg);
    QCOMPARE(text.count(mark), 1);
    QVERIFY(!QString::fromStdString(drawn(graph)).contains(mark));
    QCOMPARE(text.contains(QLatin1String("stroke-width=\"1.6\"/>\n<g id=\"node-b\"")), asked == Severity::Error);
    const std::string color = palette()[std::string(name(asked))];
    QVERIFY(text.contains(QString::fromStdString("fill=\"" + color + "\"")));
}

void TestSvg::drawsCollapsedModulesAsSheets()
{
    layout::DiagramOptions options;
    options.collapsed = {"layer1"};
    const ir::Graph graph = test::graphOf(R"(graph(%x: f32[1,8]) {
        %a = relu(%x) scope "layer1.0"
        %b = sigmoid(%a) scope "layer1.1"
        return %b })");
    const SvgFacts svg = facts(drawn(graph, {findingOn(graph.findNode("a"), Severity::Error)}, options));
    QVERIFY(svg.ids.contains(QStringLiteral("module-layer1")));
    QVERIFY(svg.texts.contains(QStringLiteral("layer1")));
    QVERIFY(svg.ids.filter(QStringLiteral("node-")).isEmpty());
    QCOMPARE(svg.elements[QStringLiteral("circle")], 1); // the error inside is seen from outside
}

void TestSvg::escapesWhatXmlCannotHold()
{
    ir::GraphEditor editor("<&>\x01\xff");
    const ir::TensorType type(ir::DType::Float32, {1});
    const ValueId x = editor.addInput("in\x02<", type);
    editor.addOutput(editor.graph().node(editor.addNode({.op = "com.acme.<Warp>", .name = "n\xff", .inputs = {x}}, {type})).output());
    const SvgFacts svg = facts(drawn(*editor.finish()));
    QVERIFY(svg.titles.contains(QStringLiteral("<&>") + QChar(0xFFFD) + QChar(0xFFFD)));
    QVERIFY(svg.texts.contains(QStringLiteral("in") + QChar(0xFFFD) + QLatin1Char('<')));
}

void TestSvg::usesOnlyWhatSvgTinyKnows()
{
    const SvgFacts svg = facts(drawn(test::graphOf(kPlain)));
    const QStringList known{QStringLiteral("svg"), QStringLiteral("g"), QStringLiteral("path"), QStringLiteral("rect"),
                            QStringLiteral("text"), QStringLiteral("title"), QStringLiteral("circle")};
    for (auto it = svg.elements.begin(); it != svg.elements.end(); ++it)
        QVERIFY2(known.contains(it.key()), qPrintable(it.key()));
}

void TestSvg::takesColorsFromThePalette()
{
    const ir::Graph graph = test::graphOf(kPlain);
    const auto diagram = layout::layoutGraph(graph, {}, layout::builtinTextMeasure());
    const SvgFacts light = facts(exporter::diagramSvg(*diagram, graph, {}, palette("light")));
    const SvgFacts dark = facts(exporter::diagramSvg(*diagram, graph, {}, palette("dark")));
    QVERIFY(light.strokes.contains(QString::fromStdString(palette("light")["edge"])));
    QVERIFY(dark.strokes.contains(QString::fromStdString(palette("dark")["edge"])));
    QVERIFY(!dark.strokes.contains(QString::fromStdString(palette("light")["edge"])));
    QCOMPARE(light.ids, dark.ids);
}

void TestSvg::drawsAnEmptyGraph()
{
    QVERIFY(facts(drawn(test::graphOf("graph() { return }"))).ids.filter(QStringLiteral("node-")).isEmpty());
}

void TestSvg::refusesAThemeThatIsNotOne()
{
    for (const char* text : {"", "[]", "{", "null"}) {
        const auto colors = exporter::parsePalette(text);
        QVERIFY2(!colors, text);
        QCOMPARE(colors.error().code, std::string("palette.json"));
    }
}

QTEST_APPLESS_MAIN(TestSvg)
#include "tst_svg.moc"

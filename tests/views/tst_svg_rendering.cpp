// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// model.svg as Qt's renderer sees it: what a node draws, its texts included, stays inside its card.
#include "core/export/export.h"
#include "core/ir/text.h"

#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <QSvgRenderer>
#include <QTest>

using namespace bpu;

static const char* const kModel = R"(graph net(%image: f32[1,3,32,32]) {
    @w: f32[64,3,3,3]
    %conv = conv2d(%image, @w, _) {kernel_size=[3,3], padding=[1,1,1,1]}
    %"a_rather_long_name_of_an_activation_that_cannot_fit" = relu(%conv)
    %skip = sigmoid(%"a_rather_long_name_of_an_activation_that_cannot_fit")
    %join = cat(%"a_rather_long_name_of_an_activation_that_cannot_fit", %skip) {dim=1}
    return %join })";

class TestSvgRendering : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void isReadByTheRenderer();
    void keepsEveryTextInsideItsCard();
    void drawsTextOnEveryCard();

private:
    /// Pixels of text in a part of the drawing: the palette of this test writes in red.
    int redPixels(const layout::Rect& rect) const;

    ir::Graph m_graph;
    layout::Diagram m_diagram;
    QSvgRenderer m_renderer;
    QImage m_image;
};

void TestSvgRendering::initTestCase()
{
    auto graph = ir::parse(kModel);
    QVERIFY2(graph, graph ? "" : graph.error().text().c_str());
    m_graph = *graph;
    m_diagram = *layout::layoutGraph(m_graph, {}, layout::builtinTextMeasure());
    const exporter::Palette palette{{"surface", "#FFFFFF"}, {"canvas", "#FFFFFF"}, {"text", "#FF0000"}, {"muted", "#FF0000"}, {"strong", "#000000"}, {"edge", "#000000"}};
    QVERIFY(m_renderer.load(QByteArray::fromStdString(exporter::diagramSvg(m_diagram, m_graph, {}, palette))));
    m_image = QImage(m_renderer.defaultSize(), QImage::Format_RGB32);
    m_image.fill(Qt::white);
    QPainter painter(&m_image);
    m_renderer.render(&painter);
}

void TestSvgRendering::isReadByTheRenderer()
{
    QVERIFY(m_renderer.isValid());
    QCOMPARE(m_renderer.viewBoxF().width(), std::round(m_diagram.bounds.width * 10) / 10);
    for (const NodeId id : m_graph.order())
        QVERIFY2(m_renderer.elementExists(QString::fromStdString("node-" + m_graph.node(id).name)), m_graph.node(id).name.c_str());
}

void TestSvgRendering::keepsEveryTextInsideItsCard()
{
    for (const layout::Item& item : m_diagram.items)
        for (const layout::Row& row : item.rows) {
            const layout::Rect& r = row.rect;
            QCOMPARE(redPixels({r.x - 12, r.y, 16, r.height}), 0);
            QCOMPARE(redPixels({r.right() - 5, r.y, 20, r.height}), 0);
        }
}

void TestSvgRendering::drawsTextOnEveryCard()
{
    for (const layout::Item& item : m_diagram.items)
        for (const layout::Row& row : item.rows)
            QVERIFY2(redPixels(row.rect) > 20, row.name.c_str());
}

int TestSvgRendering::redPixels(const layout::Rect& rect) const
{
    const QRect area = QRectF(rect.x - m_diagram.bounds.x, rect.y - m_diagram.bounds.y, rect.width, rect.height).toRect() & m_image.rect();
    int count = 0;
    for (int y = area.top(); y <= area.bottom(); ++y)
        for (int x = area.left(); x <= area.right(); ++x) {
            const QColor color = m_image.pixelColor(x, y);
            count += color.red() > color.green() + 60 ? 1 : 0;
        }
    return count;
}

QTEST_MAIN(TestSvgRendering)
#include "tst_svg_rendering.moc"

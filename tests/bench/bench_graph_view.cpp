// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Frames per second of the graph view while it pans and zooms over 10,000 nodes, painted into an image.
//     bench_graph_view            prints the figures
//     bench_graph_view DIRECTORY  also writes pictures of it, to look at
#include "tests/views/column_diagram.h"
#include "views/graph/graph_header.h"
#include "views/graph/graph_view.h"
#include "views/stages/stage_strip.h"
#include "views/widgets/message_bar.h"
#include "views/widgets/segmented_control.h"
#include "views/widgets/severity_toggle.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QPainter>
#include <QVBoxLayout>

#include <cmath>
#include <cstdio>

using namespace bpu;
using namespace bpu::views;

static FindingListPtr someFindings(const ir::Graph& graph)
{
    auto list = std::make_shared<FindingList>();
    for (const NodeId id : graph.order()) {
        Finding finding;
        finding.node = id;
        const std::string& name = graph.node(id).name;
        finding.severity = name.ends_with("relu1_") ? Severity::Warning : Severity::Error;
        if (name.ends_with("relu1_") || name == "avgpool" || name == "flatten" || name == "fc")
            list->findings.push_back(finding);
    }
    return list;
}

template <typename Move>
static void measure(const char* what, GraphView& view, int frames, Move move)
{
    QImage image(view.size(), QImage::Format_ARGB32_Premultiplied);
    QElapsedTimer timer;
    double worst = 0;
    double total = 0;
    for (int i = 0; i < frames; ++i) {
        timer.start();
        move(i);
        view.render(&image);
        const double ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
        worst = std::max(worst, ms);
        total += ms;
    }
    std::printf("%-34s %6.0f frames/s, worst frame %5.1f ms\n", what, 1000 * frames / total, worst);
}

static void fillStrip(StageStrip& strip, const Theme& theme)
{
    using State = StageInfo::State;
    const State states[] = {State::Made, State::Made, State::OutOfDate, State::Running, State::NotMade};
    const char* facts[] = {"70 operators", "41 operators", "mse, 100 images", "31 of 54", ""};
    for (int i = 0; i < StageStrip::kCount; ++i)
        strip.setStage(i, {states[i], QString::fromLatin1(facts[i]), i == 0 ? QStringLiteral("4 errors") : QString(), Severity::Error, {}});
    strip.setCurrent(0);
    auto* views = new SegmentedControl(theme, QStringLiteral("View"));
    views->addSegment(QStringLiteral("Graph"), QLatin1StringView("graph"));
    views->addSegment(QStringLiteral("Compare"), QLatin1StringView("compare"));
    views->setSegmentEnabled(1, false);
    for (const Severity severity : {Severity::Error, Severity::Warning, Severity::Advice, Severity::Undecided}) {
        auto* toggle = new SeverityToggle(severity, theme);
        toggle->setCount(severity == Severity::Undecided ? 0 : 4);
        strip.addRight(toggle);
    }
    strip.addRight(views);
}

static void writePictures(Theme& theme, const QString& directory)
{
    const auto graph = test::residualNet(8);
    QWidget window;
    auto* layout = new QVBoxLayout(&window);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* strip = new StageStrip(theme);
    fillStrip(*strip, theme);
    auto* bar = new MessageBar(theme);
    auto* view = new GraphView(theme);
    auto* header = new GraphHeader(theme, *view);
    header->setPath({QStringLiteral("resnet18_cam"), QStringLiteral("avgpool")});
    for (QWidget* part : std::initializer_list<QWidget*>{strip, header, bar, view})
        layout->addWidget(part);
    window.resize(1200, 800);
    window.show();
    bar->showMessage(Severity::Error, QStringLiteral("net.onnx: stops at byte 40,960 of 4,194,304; copy the file again"));
    view->setDiagram(graph, test::columnDiagram(*graph, {"layer4.0"}));
    view->setFindings(someFindings(*graph));
    view->setCosts(macCosts(*graph));
    const NodeId pool = graph->findNode("avgpool");
    const auto shot = [&](const char* name) { window.grab().save(directory + QLatin1Char('/') + QString::fromLatin1(name) + QStringLiteral(".png")); };
    for (const bool dark : {false, true}) {
        theme.setMode(dark ? Theme::Mode::Dark : Theme::Mode::Light);
        view->setSelection(pool);
        view->resetZoom();
        view->centerOn(pool);
        view->setPreview(pool, {{QStringLiteral("AvgPool2d"), QStringLiteral("avgpool_a"), QStringLiteral("4×4 s4 p0"), ops::Family::Pool, {}},
                                {QStringLiteral("AvgPool2d"), QStringLiteral("avgpool_b"), QStringLiteral("2×2 s2 p0"), ops::Family::Pool, QStringLiteral("1×512×2×2")}});
        shot(dark ? "detail-dark" : "detail-light");
        view->setPreview({}, {});
        view->setColorMode(ColorMode::Cost);
        shot(dark ? "cost-dark" : "cost-light");
        view->setColorMode(ColorMode::Family);
        view->zoomAt(view->camera().middle(), 0.5);
        shot(dark ? "overview-dark" : "overview-light");
        view->fitAll();
        shot(dark ? "map-dark" : "map-light");
    }
}

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    const QApplication app(argc, argv);
    Theme theme;
    theme.install();
    if (argc > 1)
        writePictures(theme, QString::fromLocal8Bit(argv[1]));
    theme.setMode(Theme::Mode::Light);

    const auto graph = test::residualNet(1428);
    GraphView view(theme);
    view.resize(1600, 1000);
    view.show();
    view.setDiagram(graph, test::columnDiagram(*graph));
    view.setFindings(someFindings(*graph));
    std::printf("%zu nodes, 1600 x 1000\n", graph->nodeCount());
    view.resetZoom();
    measure("pan at 100 %", view, 300, [&](int) { view.scrollBy({0, 37}); });
    view.zoomAt({800, 500}, 0.5);
    measure("pan at 50 %", view, 300, [&](int) { view.scrollBy({0, 37}); });
    view.zoomAt({800, 500}, 0.4);
    measure("pan at 20 %", view, 300, [&](int) { view.scrollBy({0, 37}); });
    view.resetZoom();
    measure("zoom 100 % to all and back", view, 400, [&](int i) { view.zoomAt({800, 500}, i < 200 ? 0.965 : 1 / 0.965); });
    view.fitAll();
    measure("all of it", view, 60, [&](int i) { view.scrollBy({0, i % 2 ? 3.0 : -3.0}); });
}

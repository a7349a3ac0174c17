// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// bench_open FILE...: from a file to its findings and its drawing, step by step, one line of
// figures a file. Each file runs in a process of its own, so that the peak memory is that file's.
#include "core/export/export.h"
#include "core/import/import.h"
#include "core/ir/rewriter.h"
#include "core/layout/diagram.h"
#include "core/march/march.h"
#include "passes/check_march/check_march.h"
#include "passes/fuse/fuse.h"
#include "resources/resources.h"
#include "tests/bench/figures.h"

#include <fmt/format.h>

#include <filesystem>

using namespace bpu;
using namespace bpu::bench;

namespace {

/// The graph after one edit in its middle: a node is renamed.
ir::Graph edited(const ir::Graph& graph)
{
    ir::GraphEditor editor(graph);
    editor.renameNode(graph.order()[graph.nodeCount() / 2], "edited");
    auto result = editor.finish();
    BPU_ASSERT(result.has_value());
    return std::move(*result);
}

std::string checkFigures(const ir::Graph& graph)
{
    std::string line;
    const ir::Graph after = edited(graph);
    for (const march::MarchPtr& march : march::all()) {
        Findings before;
        Findings now;
        const double check = best(5, [&] { before = passes::checkMarch(graph, *march); });
        const double recheck = best(5, [&] { now = passes::recheckMarch(graph, before, after, *march); });
        line += fmt::format(" | {:.2f} | {:.2f}", check, recheck);
    }
    return line;
}

std::string drawFigures(const ir::Graph& graph)
{
    layout::DiagramOptions options;
    for (const passes::FusedGroup& group : passes::planFusion(graph))
        options.groups.push_back(group.nodes);
    size_t items = 0;
    size_t bytes = 0;
    double svg = 0;
    const double place = timed([&] {
        const auto diagram = layout::layoutGraph(graph, options, layout::builtinTextMeasure());
        if (!diagram)
            return;
        items = diagram->items.size();
        svg = timed([&] { bytes = exporter::diagramSvg(*diagram, graph, {}, {}).size(); });
    });
    return fmt::format(" | {} | {:.0f} | {:.0f}", items, place - svg, svg) + (bytes == 0 ? " | nothing drawn" : "");
}

int measure(const std::filesystem::path& path)
{
    initResources();
    ir::Graph graph;
    std::string failure;
    const double import = timed([&] {
        auto imported = importer::importModel(path);
        if (imported)
            graph = std::move(imported->graph);
        else
            failure = imported.error().text();
    });
    if (!failure.empty()) {
        fmt::print(stderr, "bench_open: {}\n", failure);
        return 2;
    }
    fmt::print("| {} | {} | {:.0f}{}{} | {:.0f} |\n", path.stem().string(), graph.nodeCount(), import, checkFigures(graph), drawFigures(graph), peakMiB());
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    fmt::print("| file | nodes | import ms | check bayes ms | recheck ms | check bernoulli2 ms | recheck ms | items | layout ms | svg ms | peak MiB |\n");
    return bench::forEachFile(argc, argv, [](const char* path) { return measure(path); });
}

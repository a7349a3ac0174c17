// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/export/export.h"
#include "core/export/palette.h"
#include "core/ir/bodies.h"
#include "core/layout/diagram.h"
#include "core/march/march.h"
#include "passes/check_march/check_march.h"
#include "passes/fuse/fuse.h"
#include "resources/resources.h"

#include <QFile>
#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace bpu::cli {
namespace {

Result<exporter::Palette> readPalette(const std::string& theme)
{
    initResources();
    QFile file(QStringLiteral(":/themes/%1.json").arg(QString::fromStdString(theme)));
    if (!file.open(QIODevice::ReadOnly))
        return Error{"theme", theme, "is not part of this program; build it again", ErrorKind::Machine};
    return exporter::parsePalette(file.readAll().toStdString());
}

/// The module path cut to `depth` parts; empty when it has no more than that: a leaf stays a card.
std::string_view moduleAtDepth(std::string_view scope, size_t depth)
{
    size_t at = 0;
    for (size_t part = 0; part < depth; ++part) {
        at = scope.find('.', at + (part > 0 ? 1 : 0));
        if (at == std::string_view::npos)
            return {};
    }
    return scope.substr(0, at);
}

Result<size_t> parseDepth(const std::string& text)
{
    size_t depth = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), depth);
    if (code != std::errc() || end != text.data() + text.size() || depth < 1)
        return Error{"usage", "--depth", fmt::format("cannot be '{}'; write a number from 1", text)};
    return depth;
}

/// Modules to draw as one item: those of --collapse, which must exist, and those at --depth.
Result<std::set<std::string, std::less<>>> collapsedModules(const Arguments& arguments, const ir::Graph& graph)
{
    std::set<std::string, std::less<>> collapsed;
    for (const std::string& module : arguments.values("--collapse")) {
        const bool exists = std::ranges::any_of(graph.order(), [&](NodeId id) {
            const std::string& scope = graph.node(id).scope;
            return scope == module || scope.starts_with(module + ".");
        });
        if (!exists)
            return Error{"usage", "--collapse", fmt::format("there is no module '{}'; bpu visualize without it shows the names", module)};
        collapsed.insert(module);
    }
    if (arguments.has("--depth")) {
        BPU_TRY(depth, parseDepth(arguments.value("--depth")));
        for (const NodeId id : graph.order())
            if (const std::string_view module = moduleAtDepth(graph.node(id).scope, depth); !module.empty())
                collapsed.emplace(module);
    }
    return collapsed;
}

/// What the badges show: the findings of the march, or those of the import when none is named.
Result<Findings> shownFindings(const Arguments& arguments, const ir::Graph& graph, const Findings& imported)
{
    if (!arguments.has("--march"))
        return arguments.has("--body") ? Findings{} : imported;
    const march::MarchPtr march = march::find(arguments.value("--march"));
    if (march)
        return passes::checkMarch(graph, *march);
    std::string names;
    for (const march::MarchPtr& known : march::all())
        names += (names.empty() ? "" : ", ") + known->name();
    return Error{"usage", "--march", fmt::format("cannot be '{}'; write one of {}", arguments.value("--march"), names)};
}

Result<int> run(const Arguments& arguments, Streams streams)
{
    BPU_TRY(imported, openModel(arguments, 0, streams));
    ir::GraphPtr body;
    if (arguments.has("--body")) {
        BPU_TRY(found, ir::findBody(imported.graph, arguments.value("--body")));
        body = std::move(found);
    }
    const ir::Graph& graph = body ? *body : imported.graph;
    BPU_TRY(palette, readPalette(arguments.value("--theme", "light")));
    BPU_TRY(collapsed, collapsedModules(arguments, graph));
    BPU_TRY(findings, shownFindings(arguments, graph, imported.findings));
    layout::DiagramOptions options;
    options.collapsed = std::move(collapsed);
    for (passes::FusedGroup& group : passes::planFusion(graph))
        options.groups.push_back(std::move(group.nodes));
    BPU_TRY(diagram, layout::layoutGraph(graph, options, layout::builtinTextMeasure()));
    BPU_CHECK(writeResult(arguments, exporter::diagramSvg(diagram, graph, findings, palette), streams));
    return 0;
}

} // namespace

const Command& visualizeCommand()
{
    static const Command command{.name = "visualize", .summary = "the drawing that the graph view shows, as SVG", .operands = {"MODEL"},
                                 .options = {outputOption("model.svg"),
                                             {"--body", "NODE/NAME", "draw the branch, loop or function body of this node instead"},
                                             {"--collapse", "MODULE", "draw this module as one item", true},
                                             {"--depth", "N", "draw modules N levels deep as one item each"},
                                             {"--march", "NAME", "mark the findings of bernoulli2 or bayes"},
                                             {"--theme", "NAME", "colors", false, {"light", "dark"}},
                                             inputOption()},
                                 .run = run};
    return command;
}

} // namespace bpu::cli

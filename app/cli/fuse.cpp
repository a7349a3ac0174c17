// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "passes/fuse/fuse.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bpu::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string listText(const ir::Graph& before, const passes::FuseReport& report)
{
    std::string text;
    for (const auto& group : report.fused)
        text += "fused   " + group.text + "\n";
    for (const auto& miss : report.missed)
        text += fmt::format("missed  {}: {}\n", before.node(miss.node).name, miss.reason);
    return text + fmt::format("{} fused, {} missed; {} nodes before, {} after\n", report.fused.size(), report.missed.size(), before.nodeCount(), report.graph.nodeCount());
}

std::string listJson(const ir::Graph& before, const passes::FuseReport& report)
{
    Json json{{"fused", Json::array()}, {"missed", Json::array()}, {"nodesBefore", before.nodeCount()}, {"nodesAfter", report.graph.nodeCount()}};
    for (const auto& group : report.fused) {
        Json names = Json::array();
        for (const NodeId id : group.nodes)
            names.push_back(before.node(id).name);
        json["fused"].push_back({{"nodes", std::move(names)}, {"text", group.text}});
    }
    for (const auto& miss : report.missed)
        json["missed"].push_back({{"node", before.node(miss.node).name}, {"reason", miss.reason}});
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<int> run(const Arguments& arguments, Streams streams)
{
    const std::string target = arguments.value("-o");
    if (!target.empty())
        BPU_CHECK(checkModelTarget(target));
    BPU_TRY(opset, opsetOf(arguments));
    BPU_TRY(imported, openModel(arguments, 0, streams));
    Result<passes::FuseReport> report = passes::fuse(imported.graph);
    if (!report)
        return Error{report.error().code, arguments.operand(0), report.error().message, report.error().kind};
    if (!target.empty())
        BPU_CHECK(writeModel(report->graph, target, opset));
    streams.out << (arguments.has("--json") ? listJson(imported.graph, *report) : listText(imported.graph, *report));
    return 0;
}

} // namespace

const Command& fuseCommand()
{
    static const Command command{.name = "fuse", .summary = "absorb batch norm, fuse add and ReLU; list what fused and what did not, and why", .operands = {"MODEL"},
                                 .options = {{"-o", "OUT", "write the fused model (.bpuir or .onnx); without it the fusions are only listed"}, opsetOption(), inputOption(), jsonOption()}, .run = run};
    return command;
}

} // namespace bpu::cli

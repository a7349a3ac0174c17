// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/march_options.h"
#include "core/base/file.h"
#include "passes/fuse/fuse.h"
#include "passes/insert_qat/insert_qat.h"
#include "passes/insert_qat/qconfig_file.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bpu::cli {
namespace {

using Json = nlohmann::ordered_json;

size_t gridCount(const ir::Graph& graph)
{
    return static_cast<size_t>(std::ranges::count_if(graph.order(), [&](NodeId id) { return graph.node(id).attributes.has("qtype"); }));
}

size_t nodesOn(const passes::InsertQatReport& report, bool bpu)
{
    size_t count = 0;
    for (const passes::Segment& segment : report.segments)
        count += segment.isOnBpu == bpu ? segment.nodes.size() : 0;
    return count;
}

std::string reportText(const passes::InsertQatReport& report)
{
    std::string text;
    for (const Finding& f : report.findings)
        text += fmt::format("{:<8} {}{}{}{}{}\n", f.severity == Severity::Advice ? "note" : name(f.severity), f.where, f.where.empty() ? "" : ": ", f.message, f.advice.empty() ? "" : "; ", f.advice);
    const size_t onCpu = nodesOn(report, false);
    text += fmt::format("{} grids for {} nodes on the BPU", gridCount(report.graph), nodesOn(report, true));
    if (onCpu > 0)
        text += fmt::format(", {} on the CPU, {} segments", onCpu, report.segments.size());
    return text + "; next: bpu calibrate\n";
}

std::string reportJson(const passes::InsertQatReport& report)
{
    Json json{{"grids", gridCount(report.graph)}, {"findings", Json::array()}, {"segments", Json::array()}};
    for (const Finding& f : report.findings)
        json["findings"].push_back({{"code", f.code}, {"severity", name(f.severity)}, {"node", f.where}, {"message", f.message}, {"advice", f.advice}});
    for (const passes::Segment& segment : report.segments) {
        Json names = Json::array();
        for (const NodeId id : segment.nodes)
            names.push_back(report.graph.node(id).name);
        json["segments"].push_back({{"device", segment.isOnBpu ? "bpu" : "cpu"}, {"nodes", std::move(names)}});
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<passes::InsertQatOptions> optionsOf(const Arguments& arguments, const ir::Graph& graph, const march::March& march, Findings& notes)
{
    passes::InsertQatOptions options{.hybrid = arguments.has("--hybrid"), .inputSource = inputSource(arguments)};
    if (!arguments.has("--qconfig"))
        return options;
    const std::string file = arguments.value("--qconfig");
    BPU_TRY(bytes, readFile(file));
    const auto text = bytes.span();
    BPU_TRY(set, passes::readQConfig({reinterpret_cast<const char*>(text.data()), text.size()}, file, graph, march, notes));
    options.qconfigs = std::move(set);
    return options;
}

Result<int> run(const Arguments& arguments, Streams streams)
{
    const std::string target = arguments.value("-o");
    if (!target.empty())
        BPU_CHECK(checkModelTarget(target));
    BPU_TRY(opset, opsetOf(arguments));
    BPU_TRY(marches, chosenMarches(arguments, false));
    BPU_TRY(imported, openModel(arguments, 0, streams));
    const auto ofModel = [&](const Error& error) {
        return Error{error.code, arguments.operand(0), error.text(), error.kind};
    };
    const auto fused = passes::fuse(imported.graph);
    if (!fused)
        return ofModel(fused.error());
    Findings notes;
    BPU_TRY(options, optionsOf(arguments, fused->graph, *marches.front(), notes));
    auto report = passes::insertQat(fused->graph, *marches.front(), options);
    if (!report)
        return ofModel(report.error());
    report->findings.insert(report->findings.begin(), notes.begin(), notes.end());
    if (!target.empty())
        BPU_CHECK(writeModel(report->graph, target, opset));
    streams.out << (arguments.has("--json") ? reportJson(*report) : reportText(*report));
    return 0;
}

} // namespace

const Command& prepareCommand()
{
    static const Command command{.name = "prepare", .summary = "fuse, and say where the grids of the fixed-point network are", .operands = {"MODEL"},
                                 .options = {{"--march", "MARCH", "the BPU: bernoulli2 or bayes"},
                                             {"--qconfig", "FILE.json", "which operator is quantized how (docs/qconfig.md)"},
                                             {"--hybrid", "", "what the march cannot run stays in float on the CPU"},
                                             inputSourceOption(),
                                             {"-o", "OUT", "write the prepared model (.bpuir or .onnx); without it only what would be done is told"}, opsetOption(), inputOption(), jsonOption()},
                                 .run = run};
    return command;
}

} // namespace bpu::cli

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "passes/convert/convert.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bpu::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string reportText(const passes::ConvertReport& report)
{
    std::string text;
    for (const std::string& note : report.notes)
        text += "note    " + note + "\n";
    return text + fmt::format("{} nodes, {} tables, {} rescales inserted\n", report.graph.nodeCount(), report.tables, report.rescales);
}

std::string reportJson(const passes::ConvertReport& report)
{
    const Json json{{"nodes", report.graph.nodeCount()}, {"tables", report.tables}, {"rescales", report.rescales}, {"notes", report.notes}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Every node that stands in the way gets a line, when there are several; the error after them names the first one.
void listObstacles(const ir::Graph& graph, Streams streams)
{
    const Findings findings = passes::checkConvert(graph);
    if (findings.size() > 1)
        for (const Finding& finding : findings)
            streams.err << fmt::format("error: {}: {}{}{}\n", finding.where, finding.message, finding.advice.empty() ? "" : "; ", finding.advice);
}

Result<int> run(const Arguments& arguments, Streams streams)
{
    const std::string target = arguments.value("-o");
    if (!target.empty())
        BPU_CHECK(checkModelTarget(target));
    BPU_TRY(opset, opsetOf(arguments));
    BPU_TRY(imported, openModel(arguments, 0, streams));
    const auto report = passes::convert(imported.graph);
    if (!report) {
        listObstacles(imported.graph, streams);
        return Error{report.error().code, arguments.operand(0), report.error().text(), report.error().kind};
    }
    if (!target.empty())
        BPU_CHECK(writeModel(report->graph, target, opset));
    streams.out << (arguments.has("--json") ? reportJson(*report) : reportText(*report));
    return 0;
}

} // namespace

const Command& convertCommand()
{
    static const Command command{.name = "convert", .summary = "make the fixed-point network of a calibrated model", .operands = {"MODEL"},
                                 .options = {{"-o", "OUT", "write the quantized model (.bpuir or .onnx); without it only what would be done is told"}, opsetOption(), inputOption(), jsonOption()},
                                 .run = run};
    return command;
}

} // namespace bpu::cli

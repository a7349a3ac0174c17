// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/ops/totals.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bpu::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string valuesText(const ir::Graph& graph, const std::vector<ValueId>& values, const char* title)
{
    std::string text;
    for (const ValueId id : values)
        text += fmt::format("{:<11} {}  {}\n", text.empty() ? title : "", graph.value(id).name, graph.value(id).type.text());
    return text;
}

std::string countsText(const std::map<std::string, size_t>& operators)
{
    std::string text;
    for (const auto& [title, count] : operators)
        text += fmt::format("{:<11} {:>6} {}\n", "", count, title);
    return text;
}

std::string infoText(const ir::Graph& graph, const ops::Totals& info)
{
    std::string text;
    for (const auto& [key, value] : graph.facts())
        text += fmt::format("{:<11} {}\n", key, value);
    text += fmt::format("{:<11} {}\n", "stage", name(graph.stage()));
    text += valuesText(graph, graph.inputs(), "inputs") + valuesText(graph, graph.outputs(), "outputs");
    text += fmt::format("{:<11} {}\n", "operators", graph.nodeCount());
    text += countsText(info.operators);
    if (info.bodyNodes > 0)
        text += fmt::format("{:<11} {}, in branches, loops and functions\n", "in bodies", info.bodyNodes) + countsText(info.bodyOperators);
    text += fmt::format("{:<11} {}\n{:<11} {}", "parameters", info.parameters, "MACs", info.macs);
    if (info.unknownCosts > 0)
        text += fmt::format(" and those of {} operators whose sizes are unknown", info.unknownCosts);
    return text + "\n";
}

std::string infoJson(const ir::Graph& graph, const ops::Totals& info)
{
    const auto values = [&](const std::vector<ValueId>& ids) {
        Json list = Json::array();
        for (const ValueId id : ids) {
            Json shape; // null while the rank is unknown
            if (graph.value(id).type.hasRank())
                shape = graph.value(id).type.shape();
            list.push_back({{"name", graph.value(id).name}, {"dtype", std::string(name(graph.value(id).type.dtype()))}, {"shape", std::move(shape)}});
        }
        return list;
    };
    Json json{{"facts", Json::object()}, {"stage", std::string(name(graph.stage()))}, {"inputs", values(graph.inputs())}, {"outputs", values(graph.outputs())},
              {"nodes", graph.nodeCount()}, {"operators", Json::object()}, {"parameters", info.parameters}, {"macs", info.macs}, {"unknownCosts", info.unknownCosts}};
    for (const auto& [key, value] : graph.facts())
        json["facts"][key] = value;
    for (const auto& [title, count] : info.operators)
        json["operators"][title] = count;
    json["bodies"] = {{"nodes", info.bodyNodes}, {"operators", Json::object()}};
    for (const auto& [title, count] : info.bodyOperators)
        json["bodies"]["operators"][title] = count;
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<int> run(const Arguments& arguments, Streams streams)
{
    BPU_TRY(imported, openModel(arguments, 0, streams));
    const ops::Totals info = ops::totals(imported.graph);
    BPU_CHECK(writeResult(arguments, arguments.has("--json") ? infoJson(imported.graph, info) : infoText(imported.graph, info), streams));
    return 0;
}

} // namespace

const Command& infoCommand()
{
    static const Command command{.name = "info", .summary = "format, producer, inputs, outputs, operators, parameters, multiply-accumulates", .operands = {"MODEL"},
                                 .options = {outputOption("FILE"), inputOption(), jsonOption()}, .run = run};
    return command;
}

} // namespace bpu::cli

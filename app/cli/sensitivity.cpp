// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/data_options.h"
#include "passes/compare/report.h"
#include "passes/sensitivity/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bpu::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kMostThreads = 1024;
constexpr uint64_t kDefaultLayers = 5;

struct Answer {
    passes::Sensitivity sensitivity;
    std::vector<passes::WiderGrid> wider;
};

Result<std::vector<passes::Batch>> allBatches(const data::DatasetPtr& dataset, const ir::Graph& graph, const data::BatchOptions& order, Streams streams)
{
    data::Batches batches(dataset, data::wantedInputs(graph), order);
    std::vector<passes::Batch> all;
    while (true) {
        BPU_TRY(batch, batches.next());
        if (!batch)
            break;
        all.push_back(std::move(batch->inputs));
    }
    for (const data::Skipped& skipped : batches.skipped())
        streams.err << fmt::format("skipped: {}: {}\n", skipped.name, skipped.reason);
    return all;
}

/// qint8 results of the most harmful layers.
std::vector<NodeId> candidates(const passes::Sensitivity& sensitivity, size_t most)
{
    std::vector<NodeId> nodes;
    for (const passes::LayerSensitivity& layer : sensitivity.layers)
        if (layer.type == ir::QType::QInt8 && nodes.size() < most)
            nodes.push_back(layer.node);
    return nodes;
}

std::string text(const Answer& answer)
{
    const passes::Sensitivity& all = answer.sensitivity;
    size_t width = 5;
    for (const passes::LayerSensitivity& layer : all.layers)
        width = std::max(width, layer.name.size());
    std::string text = fmt::format("{:<{}}  {:<28}  {:>6}  {:>10}  {:>8}\n", "layer", width, "operator", "type", "similarity", "SQNR dB");
    for (const passes::LayerSensitivity& layer : all.layers)
        text += fmt::format("{:<{}}  {:<28}  {:>6}  {:>10}  {:>8}\n", layer.name, width, layer.title, name(layer.type), passes::similarityText(layer.cosine), passes::sqnrText(layer.sqnrDb));
    text += fmt::format("{} layers one at a time, {} batches; all together: similarity {}, SQNR {} dB\n", all.layers.size(), all.batches, passes::similarityText(all.cosineOfAll),
                        passes::sqnrText(all.sqnrOfAllDb));
    for (const passes::WiderGrid& wider : answer.wider)
        text += fmt::format("with qint16 at {}: SQNR {} dB ({:+.1f})\n", wider.name, passes::sqnrText(wider.sqnrDb), wider.sqnrDb - all.sqnrOfAllDb);
    return text;
}

Json number(double x)
{
    return std::isfinite(x) ? Json(x) : Json(passes::sqnrText(x));
}

std::string json(const Answer& answer)
{
    Json json{{"batches", answer.sensitivity.batches}, {"cosine", number(answer.sensitivity.cosineOfAll)}, {"sqnrDb", number(answer.sensitivity.sqnrOfAllDb)}, {"layers", Json::array()},
              {"qint16", Json::array()}};
    for (const passes::LayerSensitivity& layer : answer.sensitivity.layers)
        json["layers"].push_back({{"name", layer.name}, {"operator", layer.title}, {"type", std::string(name(layer.type))}, {"cosine", number(layer.cosine)}, {"sqnrDb", number(layer.sqnrDb)}});
    for (const passes::WiderGrid& wider : answer.wider)
        json["qint16"].push_back({{"name", wider.name}, {"sqnrDb", number(wider.sqnrDb)}});
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<int> run(const Arguments& arguments, Streams streams)
{
    if (!arguments.has("--data"))
        return Error{"usage", "--data", "is missing; write --data PATH, or --data random:4 for random numbers"};
    BPU_TRY(order, batchOptions(arguments));
    BPU_TRY(threads, wholeNumber(arguments, "--threads", 1));
    BPU_TRY(most, wholeNumber(arguments, "--try-qint16", 0));
    const std::string target = arguments.value("--apply");
    if (!target.empty())
        BPU_CHECK(checkModelTarget(target));
    BPU_TRY(imported, openModel(arguments, 0, streams));
    BPU_TRY(graph, withBatch(imported.graph, arguments));
    BPU_TRY(dataset, openData(arguments, *graph, streams));
    BPU_TRY(batches, allBatches(dataset, *graph, order, streams));
    const passes::SensitivityOptions options{.threads = static_cast<int>(std::min(threads.value_or(0), kMostThreads))};
    const auto ofModel = [&](const Error& error) { return Error{error.code, arguments.operand(0), error.code == "sensitivity.uncalibrated" ? error.text() : error.message, error.kind}; };
    auto sensitivity = passes::rankSensitivity(*graph, batches, options);
    if (!sensitivity)
        return ofModel(sensitivity.error());
    Answer answer{std::move(*sensitivity), {}};
    const size_t tries = most.value_or(target.empty() ? 0 : kDefaultLayers);
    if (tries > 0) {
        auto wider = passes::tryQInt16(*graph, candidates(answer.sensitivity, tries), batches, options);
        if (!wider)
            return ofModel(wider.error());
        answer.wider = std::move(*wider);
    }
    const bool helps = !answer.wider.empty() && answer.wider.front().sqnrDb > answer.sensitivity.sqnrOfAllDb;
    if (!target.empty() && !helps)
        streams.err << fmt::format("{} is not written: no layer gains from qint16\n", target);
    if (!target.empty() && helps)
        BPU_CHECK(writeModel(passes::withQInt16(imported.graph, {answer.wider.front().node}), target));
    BPU_CHECK(writeResult(arguments, arguments.has("--json") ? json(answer) : text(answer), streams));
    return 0;
}

std::vector<Option> options()
{
    std::vector<Option> list = dataOptions();
    list.insert(list.end(), {{"--try-qint16", "N", "measure what qint16 results at the N most harmful layers would win"},
                             {"--apply", "OUT.bpuir", "write the model with the best of them on qint16 (N is 5 by default)"},
                             outputOption("FILE"), inputOption(), jsonOption()});
    return list;
}

} // namespace

const Command& sensitivityCommand()
{
    static const Command command{.name = "sensitivity", .summary = "which layers of a calibrated model cost accuracy, and what qint16 there would win", .operands = {"QAT"},
                                 .options = options(), .run = run};
    return command;
}

} // namespace bpu::cli

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/data_options.h"
#include "passes/calibrate/equalize.h"
#include "passes/calibrate/refine.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bpu::cli {
namespace {

using Json = nlohmann::ordered_json;

Result<std::optional<double>> averagingOf(const Arguments& arguments)
{
    if (!arguments.has("--averaging"))
        return std::optional<double>();
    const std::string text = arguments.value("--averaging");
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1))
        return Error{"usage", "--averaging", fmt::format("cannot be '{}'; write a number from 0 to 1, such as 0.1", text)};
    return std::optional(value);
}

std::string scalesText(const ir::QuantParams& params)
{
    const auto [least, most] = std::ranges::minmax(params.scales);
    return params.scales.size() == 1 ? fmt::format("{:.6g}", least) : fmt::format("{:.6g} to {:.6g}", least, most);
}

std::string reportText(const passes::CalibrateReport& report)
{
    size_t width = 4;
    for (const passes::CalibratedGrid& grid : report.grids)
        width = std::max(width, grid.node.size());
    std::string text = fmt::format("{:<{}}  {:<7} {:<11} scale\n", "grid", width, "type", "observer");
    for (const passes::CalibratedGrid& grid : report.grids)
        text += fmt::format("{:<{}}  {:<7} {:<11} {}\n", grid.node, width, ir::name(grid.params.type), grid.observer, scalesText(grid.params));
    for (const Finding& f : report.findings)
        text += fmt::format("{}: {}: {}; {}\n", name(f.severity), f.where, f.message, f.advice);
    const auto unseen = std::ranges::count(report.findings, "calibrate.unseen", &Finding::code);
    return text + fmt::format("{} grids from {} samples{}\n", report.grids.size(), report.samples, unseen > 0 ? fmt::format(", {} without data", unseen) : "");
}

std::string reportJson(const passes::CalibrateReport& report)
{
    Json json{{"samples", report.samples}, {"runSeconds", report.runSeconds}, {"observeSeconds", report.observeSeconds}, {"grids", Json::array()}, {"findings", Json::array()}};
    for (const passes::CalibratedGrid& grid : report.grids)
        json["grids"].push_back({{"node", grid.node}, {"type", ir::name(grid.params.type)}, {"observer", grid.observer}, {"axis", grid.params.channelAxis}, {"scales", grid.params.scales},
                                 {"weight", grid.isWeight}});
    for (const Finding& f : report.findings)
        json["findings"].push_back({{"code", f.code}, {"severity", name(f.severity)}, {"node", f.where}, {"message", f.message}, {"advice", f.advice}});
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

constexpr size_t kRefiningBatches = 10; // they are read several times; as many as the vendor's auto-calibration takes

using Graph = std::shared_ptr<const ir::Graph>;

/// What changes weights and biases after the scales are chosen.
Result<void> refine(const Arguments& arguments, passes::CalibrateReport& report, std::span<const data::Batch> batches, const passes::RunSettings& settings, Streams streams)
{
    if (arguments.has("--adaround")) {
        BPU_TRY(running, withBatch(report.graph, arguments));
        BPU_TRY(rounding, passes::roundWeights(report.graph, running, batches, {}, settings));
        report.graph = std::move(rounding.graph);
        streams.err << fmt::format("note: {} weights of {} layers are not rounded to the nearest\n", rounding.changed, rounding.layers);
    }
    if (arguments.has("--correct-bias")) {
        BPU_TRY(running, withBatch(report.graph, arguments));
        BPU_TRY(corrected, passes::correctBiases(report.graph, running, batches, settings));
        report.graph = std::move(corrected.graph);
        streams.err << fmt::format("note: biases of {} layers corrected\n", corrected.layers);
    }
    return {};
}

/// Scales from batches that are kept, because they are read again.
Result<passes::CalibrateReport> calibrateAndRefine(const Arguments& arguments, const Graph& qat, const Graph& running, data::Batches& source, size_t most,
                                                   const passes::CalibrateOptions& options, Streams streams)
{
    const passes::RunSettings settings{.threads = options.threads, .control = {.onProgress = progressTo(streams.err), .stop = {}}};
    BPU_TRY(batches, passes::readAll(source, most == 0 ? kRefiningBatches : most));
    if (arguments.has("--auto")) {
        BPU_TRY(report, passes::autoCalibrate(qat, running, batches, settings));
        BPU_CHECK(refine(arguments, report, batches, settings, streams));
        return std::move(report);
    }
    BPU_TRY(calibration, passes::Calibration::make(qat, running, options));
    for (const data::Batch& batch : batches)
        BPU_CHECK(calibration.observe(batch));
    BPU_TRY(report, calibration.finish());
    BPU_CHECK(refine(arguments, report, batches, settings, streams));
    return std::move(report);
}

Result<Graph> equalized(const Arguments& arguments, const ir::Graph& graph, Streams streams)
{
    if (!arguments.has("--equalize"))
        return std::make_shared<const ir::Graph>(graph);
    BPU_TRY(result, passes::equalize(graph));
    streams.err << fmt::format("note: {} pairs of layers equalized\n", result.pairs);
    return std::make_shared<const ir::Graph>(std::move(result.graph));
}

Result<passes::CalibrateReport> calibrate(const Arguments& arguments, const ir::Graph& graph, const passes::CalibrateOptions& options, Streams streams)
{
    BPU_TRY(most, wholeNumber(arguments, "--batches", 1));
    BPU_TRY(order, batchOptions(arguments));
    if (graph.stage() != ir::Stage::Qat) // said before data is opened
        return passes::Calibration::make(std::make_shared<const ir::Graph>(graph), std::make_shared<const ir::Graph>(graph), options).error();
    BPU_TRY(qat, equalized(arguments, graph, streams));
    BPU_TRY(running, withBatch(*qat, arguments));
    BPU_TRY(dataset, openData(arguments, *running, streams, "train"));
    data::Batches batches(dataset, data::wantedInputs(*running), order);
    const auto limit = static_cast<size_t>(most.value_or(0));
    if (arguments.has("--auto") || arguments.has("--adaround") || arguments.has("--correct-bias"))
        return calibrateAndRefine(arguments, qat, running, batches, limit, options, streams);
    BPU_TRY(calibration, passes::Calibration::make(qat, running, options));
    BPU_CHECK(calibration.observe(batches, limit, {.onProgress = progressTo(streams.err), .stop = {}}));
    for (const data::Skipped& skipped : batches.skipped())
        streams.err << fmt::format("skipped: {}: {}\n", skipped.name, skipped.reason);
    return calibration.finish();
}

Result<int> run(const Arguments& arguments, Streams streams)
{
    const std::string target = arguments.value("-o");
    if (!target.empty())
        BPU_CHECK(checkModelTarget(target));
    BPU_TRY(opset, opsetOf(arguments));
    if (!arguments.has("--data"))
        return Error{"usage", "--data", "is missing; write --data PATH with a hundred or so samples of what the network will see"};
    BPU_TRY(threads, wholeNumber(arguments, "--threads", 1));
    BPU_TRY(averaging, averagingOf(arguments));
    BPU_TRY(imported, openModel(arguments, 0, streams));
    const passes::CalibrateOptions options{.observer = arguments.value("--observer"), .averaging = averaging, .threads = static_cast<int>(std::min<uint64_t>(threads.value_or(0), 1024))};
    const auto report = calibrate(arguments, imported.graph, options, streams);
    if (!report)
        return Error{report.error().code, report.error().code == "usage" ? report.error().where : arguments.operand(0),
                     report.error().code == "usage" ? report.error().message : report.error().text(), report.error().kind};
    if (!target.empty())
        BPU_CHECK(writeModel(report->graph, target, opset));
    streams.out << (arguments.has("--json") ? reportJson(*report) : reportText(*report));
    return 0;
}

std::vector<Option> options()
{
    std::vector<Option> list = dataOptions();
    const auto observers = quant::observerNames();
    list.insert(list.end(), {{"--observer", "NAME", "for all activations, in place of what the qconfig says: min_max, percentile, mse, kl, mix, ...", false, {observers.begin(), observers.end()}},
                             {"--averaging", "X", "weight of a batch in the moving average, 0.01 unless the qconfig says otherwise"},
                             {"--batches", "N", "at most so many batches; those that are read several times are 10 without it"},
                             {"--auto", "", "for each activation the observer that leaves the outputs nearest to the float network's"},
                             {"--equalize", "", "balance the channels of neighboring layers before"},
                             {"--adaround", "", "round weights up or down by the error of the layer's result"},
                             {"--correct-bias", "", "let biases take up the mean error of their channel"},
                             {"-o", "OUT", "write the calibrated model (.bpuir or .onnx); without it the scales are only listed"}, opsetOption(), inputOption(), jsonOption()});
    return list;
}

} // namespace

const Command& calibrateCommand()
{
    static const Command command{.name = "calibrate", .summary = "run data through a prepared model and choose the scales of its grids", .operands = {"QAT"}, .options = options(), .run = run};
    return command;
}

} // namespace bpu::cli

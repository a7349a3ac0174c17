// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/data_options.h"
#include "passes/compare/batch_source.h"
#include "passes/compare/report.h"
#include "passes/compare/same_input.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace bpu::cli {
namespace {

constexpr uint64_t kMostThreads = 1024;

Result<std::optional<double>> similarityOf(const Arguments& arguments, std::string_view option)
{
    if (!arguments.has(option))
        return std::optional<double>();
    const std::string text = arguments.value(option);
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || !(value >= -1 && value <= 1))
        return Error{"usage", std::string(option), fmt::format("cannot be '{}'; write a number from -1 to 1, such as 0.99", text)};
    return std::optional(value);
}

struct Models {
    ir::GraphPtr a;
    ir::GraphPtr b;
};

Result<Models> openModels(const Arguments& arguments, Streams streams)
{
    BPU_TRY(openedA, openModel(arguments, 0, streams));
    BPU_TRY(openedB, openModel(arguments, 1, streams));
    BPU_TRY(a, withBatch(openedA.graph, arguments));
    BPU_TRY(shaped, passes::withShapesOf(*a, std::make_shared<const ir::Graph>(std::move(openedB.graph))));
    BPU_TRY(b, withBatch(*shaped, arguments));
    return Models{std::move(a), std::move(b)};
}

Result<passes::Comparison> compare(const Arguments& arguments, const Models& models, Streams streams)
{
    BPU_TRY(order, batchOptions(arguments));
    BPU_TRY(threads, wholeNumber(arguments, "--threads", 1));
    BPU_TRY(dataset, openData(arguments, *models.a, streams));
    data::Batches batches(dataset, data::wantedInputs(*models.a), order);
    passes::CompareOptions options;
    options.batches = batches.batchCount();
    options.threads = static_cast<int>(std::min(threads.value_or(0), kMostThreads));
    auto compared = passes::compareGraphs(models.a, models.b, passes::sourceOf(batches), options);
    if (compared && arguments.has("--same-input")) {
        data::Batches again(dataset, data::wantedInputs(*models.a), order);
        BPU_CHECK(passes::compareSameInput(*compared, passes::sourceOf(again), options));
    }
    for (const data::Skipped& skipped : batches.skipped())
        streams.err << fmt::format("skipped: {}: {}\n", skipped.name, skipped.reason);
    if (!batches.skipped().empty())
        streams.err << fmt::format("{} of {} samples skipped\n", batches.skipped().size(), batches.sampleCount());
    return compared;
}

Result<int> run(const Arguments& arguments, Streams streams)
{
    if (!arguments.has("--data"))
        return Error{"usage", "--data", "is missing; write --data PATH, or --data random:4 for random numbers"};
    BPU_TRY(limit, similarityOf(arguments, "--fail-below"));
    BPU_TRY(models, openModels(arguments, streams));
    BPU_TRY(comparison, compare(arguments, models, streams));
    const passes::CompareReportOptions report{.order = arguments.value("--sort") == "similarity" ? passes::LayerOrder::Similarity : passes::LayerOrder::Execution, .limit = limit};
    BPU_CHECK(writeResult(arguments, arguments.has("--json") ? passes::compareJson(comparison, report) : passes::compareText(comparison, report), streams));
    return limit && !passes::layersBelow(comparison, *limit).empty() ? 1 : 0;
}

std::vector<Option> options()
{
    std::vector<Option> list = dataOptions();
    list.insert(list.end(), {{"--sort", "ORDER", "order (of execution, the default) or similarity (the worst first)", false, {"order", "similarity"}},
                             {"--fail-below", "X", "exit status 1 when the similarity of a layer is below X"},
                             {"--same-input", "", "B is quantized from A: also the error of each layer alone, given A's numbers"},
                             outputOption("FILE"), inputOption(), jsonOption()});
    return list;
}

} // namespace

const Command& compareCommand()
{
    static const Command command{.name = "compare", .summary = "similarity and error of every layer that two models have in common", .operands = {"A", "B"}, .options = options(), .run = run};
    return command;
}

} // namespace bpu::cli

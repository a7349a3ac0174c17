// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/data_options.h"
#include "passes/compare/batch_source.h"
#include "passes/compare/report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace bpu::cli {
namespace {

/// The option's number, or `fallback` where it is not given.
template <typename T>
Result<T> number(const Arguments& arguments, std::string_view option, T fallback, T least, T most, std::string_view example)
{
    if (!arguments.has(option))
        return fallback;
    const std::string text = arguments.value(option);
    T value{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || !(value >= least && value <= most))
        return Error{"usage", std::string(option), fmt::format("cannot be '{}'; write a number from {} to {}, such as {}", text, least, most, example)};
    return value;
}

struct Models {
    ir::GraphPtr a;
    ir::GraphPtr b;
};

Result<Models> openModels(const Arguments& arguments, int64_t batch, Streams streams)
{
    BPU_TRY(openedA, openModel(arguments, 0, streams));
    BPU_TRY(openedB, openModel(arguments, 1, streams));
    BPU_TRY(a, passes::withBatch(std::make_shared<const ir::Graph>(std::move(openedA.graph)), batch));
    BPU_TRY(shaped, passes::withShapesOf(*a, std::make_shared<const ir::Graph>(std::move(openedB.graph))));
    BPU_TRY(b, passes::withBatch(shaped, batch));
    return Models{std::move(a), std::move(b)};
}

Result<passes::Comparison> compare(const Arguments& arguments, const Models& models, size_t limit, Streams streams)
{
    const std::vector<data::WantedInput> inputs = data::wantedInputs(*models.a);
    BPU_TRY(dataset, openData(arguments, *models.a, streams));
    data::Batches batches(dataset, inputs, {.limit = limit});
    passes::CompareOptions options;
    options.batches = batches.batchCount();
    auto compared = passes::compareGraphs(models.a, models.b, passes::sourceOf(batches), options);
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
    BPU_TRY(samples, number<int64_t>(arguments, "--limit", 0, 1, 1'000'000'000, "100"));
    BPU_TRY(batch, number<int64_t>(arguments, "--batch", 0, 1, 4096, "8"));
    BPU_TRY(failBelow, number<double>(arguments, "--fail-below", std::nan(""), -1, 1, "0.99"));
    BPU_TRY(models, openModels(arguments, batch, streams));
    BPU_TRY(comparison, compare(arguments, models, static_cast<size_t>(samples), streams));
    passes::CompareReportOptions report{.order = arguments.value("--sort") == "similarity" ? passes::LayerOrder::Similarity : passes::LayerOrder::Execution};
    if (!std::isnan(failBelow))
        report.limit = failBelow;
    BPU_CHECK(writeResult(arguments, arguments.has("--json") ? passes::compareJson(comparison, report) : passes::compareText(comparison, report), streams));
    return report.limit && !passes::layersBelow(comparison, *report.limit).empty() ? 1 : 0;
}

} // namespace

const Command& compareCommand()
{
    static const Command command{.name = "compare", .summary = "similarity and error of every layer that two models have in common", .operands = {"A", "B"},
                                 .options = {{"--data", "DATA", "what both models are run on: a file, a folder, or random:COUNT:SEED; NAME=DATA for each of several inputs", true},
                                             {"--preprocess", "FILE.json", "how images become numbers, in place of what the data says"},
                                             {"--limit", "N", "run at most N samples"},
                                             {"--batch", "N", "run N samples at a time"},
                                             {"--sort", "ORDER", "order (of execution, the default) or similarity (the worst first)", false, {"order", "similarity"}},
                                             {"--fail-below", "X", "exit status 1 when the similarity of a layer is below X"},
                                             outputOption("FILE"), inputOption(), jsonOption()},
                                 .run = run};
    return command;
}

} // namespace bpu::cli

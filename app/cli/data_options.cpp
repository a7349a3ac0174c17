// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/data_options.h"

#include "app/cli/image_module.h"
#include "passes/compare/batch_source.h"

#include <charconv>
#include <chrono>
#include <fmt/format.h>

namespace bpu::cli {
namespace {

constexpr uint64_t kMaxBatch = 65536;
constexpr std::chrono::seconds kBetweenReports{2};

} // namespace

std::vector<Option> dataOptions()
{
    return {{"--data", "[NAME=]DATA", "file, folder, JSON file or random:COUNT[:SEED]; NAME= when there are several inputs", true},
            {"--preprocess", "FILE.json", "how images become numbers, in place of what the data says"},
            {"--labels", "FILE", "labels in place of those that the data has: text, .npy or IDX"},
            {"--split", "NAME", "which half of a data set in two", false, {"test", "train"}},
            {"--batch", "N", "samples at a time, also where the model was exported for one"},
            {"--limit", "N", "at most so many samples"},
            {"--shuffle", "SEED", "in an order that the seed decides"},
            {"--threads", "N", "threads inside an operator; all cores without it"}};
}

Result<std::optional<uint64_t>> wholeNumber(const Arguments& arguments, std::string_view option, uint64_t least)
{
    if (!arguments.has(option))
        return std::optional<uint64_t>();
    const std::string text = arguments.value(option);
    uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || value < least)
        return Error{"usage", std::string(option), fmt::format("cannot be '{}'; write a whole number from {}", text, least)};
    return std::optional(value);
}

Result<ir::GraphPtr> withBatch(const ir::Graph& graph, const Arguments& arguments)
{
    BPU_TRY(wanted, wholeNumber(arguments, "--batch", 1));
    if (wanted && *wanted > kMaxBatch)
        return Error{"usage", "--batch", fmt::format("cannot be {}; write a number up to {}", *wanted, kMaxBatch)};
    return passes::withBatch(std::make_shared<const ir::Graph>(graph), static_cast<int64_t>(wanted.value_or(0)));
}

Result<data::DatasetPtr> openData(const Arguments& arguments, const ir::Graph& graph, Streams streams, std::string_view split)
{
    const data::OpenOptions options{.images = loadImageReader(), .preprocess = arguments.value("--preprocess"), .labels = arguments.value("--labels"),
                                    .split = arguments.value("--split", split)};
    BPU_TRY(dataset, data::openDataset(arguments.values("--data"), data::wantedInputs(graph), options));
    for (const std::string& note : dataset->info().notes)
        streams.err << "note: " << note << '\n';
    return std::move(dataset);
}

Result<data::BatchOptions> batchOptions(const Arguments& arguments)
{
    BPU_TRY(limit, wholeNumber(arguments, "--limit", 1));
    BPU_TRY(shuffle, wholeNumber(arguments, "--shuffle", 0));
    return data::BatchOptions{.limit = static_cast<size_t>(limit.value_or(0)), .shuffle = shuffle};
}

std::function<void(double, std::string_view)> progressTo(std::ostream& err)
{
    return [&err, last = std::chrono::steady_clock::now()](double, std::string_view text) mutable {
        const auto now = std::chrono::steady_clock::now();
        if (now - last < kBetweenReports)
            return;
        last = now;
        err << text << std::endl; // it is to be seen now
    };
}

} // namespace bpu::cli

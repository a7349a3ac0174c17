// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/data_options.h"
#include "app/cli/dump_values.h"
#include "passes/evaluate/report.h"
#include "passes/set_batch/set_batch.h"

#include <fmt/format.h>

namespace bpu::cli {
namespace {

constexpr uint64_t kMaxThreads = 1024;
/// Where --batch enlarged the model, one batch of random numbers tells whether its samples stay apart.
Result<void> checkEnlarged(const ir::Graph& file, const ir::GraphPtr& graph)
{
    const std::vector<data::WantedInput> inputs = data::wantedInputs(*graph);
    const bool isEnlarged = !inputs.empty() && file.value(file.inputs()[0]).type.dim(0) == 1 && inputs[0].type.dim(0) > 1;
    if (!isEnlarged)
        return {};
    BPU_TRY(random, data::openDataset({fmt::format("random:{}:1", inputs[0].type.dim(0))}, inputs));
    BPU_TRY(batch, data::Batches(random, inputs).next());
    return passes::checkBatch(std::make_shared<const ir::Graph>(file), graph, batch->inputs);
}

void warn(const Findings& findings, Streams streams)
{
    for (const Finding& finding : findings)
        streams.err << fmt::format("{}: {}: {}; {}\n", name(finding.severity), finding.where, finding.message, finding.advice);
}

Result<int> run(const Arguments& arguments, Streams streams)
{
    BPU_TRY(threads, wholeNumber(arguments, "--threads", 1));
    if (threads && *threads > kMaxThreads)
        return Error{"usage", "--threads", fmt::format("cannot be {}; write a number up to {}", *threads, kMaxThreads)};
    if (arguments.has("--values") && !arguments.has("--dump-values"))
        return Error{"usage", "--values", "says which values, but not where they go; add --dump-values DIR"};
    BPU_TRY(options, batchOptions(arguments));
    BPU_TRY(imported, openModel(arguments, 0, streams));
    BPU_TRY(graph, withBatch(imported.graph, arguments));
    BPU_TRY(dataset, openData(arguments, *graph, streams));
    warn(passes::notFiniteConstants(*graph), streams);
    BPU_CHECK(checkEnlarged(imported.graph, graph));

    passes::EvaluateOptions evaluation{.threads = static_cast<int>(threads.value_or(0)), .control = {.onProgress = progressTo(streams.err), .stop = {}}};
    std::optional<ValueDump> dump;
    if (arguments.has("--dump-values")) {
        BPU_TRY(made, ValueDump::make(*graph, arguments.value("--dump-values"), arguments.values("--values")));
        dump = std::move(made);
        evaluation.observed = dump->values();
        evaluation.observe = [&dump](ValueId id, const ir::Tensor& numbers) { return dump->write(id, numbers); };
    }
    data::Batches batches(dataset, data::wantedInputs(*graph), options);
    BPU_TRY(result, passes::evaluate(graph, batches, dataset->info().hasLabels, evaluation));
    const passes::EvaluationHeader header{.model = arguments.operand(0), .data = dataset->info().text, .classNames = dataset->info().classNames,
                                          .threads = evaluation.threads};
    BPU_CHECK(writeResult(arguments, arguments.has("--json") ? passes::evaluationJson(result, header) : passes::evaluationText(result, header), streams));
    if (dump)
        streams.err << dump->listing(*graph);
    return 0;
}

std::vector<Option> options()
{
    std::vector<Option> list = dataOptions();
    list.insert(list.end(), {{"--dump-values", "DIR", "write values of the first batch to this folder as .npy: the outputs, or those of --values"},
                             {"--values", "a,b", "names of values for --dump-values; all: every one", true},
                             inputOption(), outputOption("FILE"), jsonOption()});
    return list;
}

} // namespace

const Command& evalCommand()
{
    static const Command command{.name = "eval", .summary = "run the model on data: top-1, top-5, images per second", .operands = {"MODEL"}, .options = options(), .run = run};
    return command;
}

} // namespace bpu::cli

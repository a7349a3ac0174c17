// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "passes/diff/diff.h"

namespace bpu::cli {
namespace {

Result<int> run(const Arguments& arguments, Streams streams)
{
    BPU_TRY(before, openModel(arguments, 0, streams));
    BPU_TRY(after, openModel(arguments, 1, streams));
    const auto changes = passes::diffGraphs(before.graph, after.graph);
    BPU_CHECK(writeResult(arguments, arguments.has("--json") ? passes::diffJson(changes) : passes::diffText(changes), streams));
    return 0;
}

} // namespace

const Command& diffCommand()
{
    static const Command command{.name = "diff", .summary = "nodes and values added, removed and changed between two models", .operands = {"A", "B"},
                                 .options = {outputOption("FILE"), inputOption(), jsonOption()}, .run = run};
    return command;
}

} // namespace bpu::cli

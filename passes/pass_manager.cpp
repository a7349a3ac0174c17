// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/pass_manager.h"

#include "core/ir/verifier.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::passes {

#define BPU_PASS(function) const Pass& function();
#include "passes/registry.def"
#undef BPU_PASS

namespace {

Result<void> checkStage(const Pass& pass, const ir::Graph& graph)
{
    if (std::ranges::find(pass.takes, graph.stage()) != pass.takes.end())
        return {};
    std::vector<std::string_view> stages;
    for (const ir::Stage stage : pass.takes)
        stages.push_back(name(stage));
    return Error{"pass.stage", graph.name(), fmt::format("{} takes a model of stage {}, this one is {}; open the model of that stage", pass.name, fmt::join(stages, " or "), name(graph.stage()))};
}

} // namespace

const std::vector<const Pass*>& allPasses()
{
    static const std::vector<const Pass*> passes{
#define BPU_PASS(function) &function(),
#include "passes/registry.def"
#undef BPU_PASS
    };
    return passes;
}

const Pass* findPass(std::string_view name)
{
    const auto found = std::ranges::find(allPasses(), name, [](const Pass* pass) { return pass->name; });
    return found == allPasses().end() ? nullptr : *found;
}

Result<PassResult> runPasses(const ir::Graph& graph, const std::vector<std::string>& names, const std::set<std::string, std::less<>>& off)
{
    PassResult result{graph, {}};
    for (const std::string& name : names) {
        const Pass* pass = findPass(name);
        if (!pass)
            return Error{"pass.unknown", name, "is no pass; passes/registry.def lists them"};
        if (off.contains(name))
            continue;
        BPU_CHECK(checkStage(*pass, result.graph));
        const auto start = std::chrono::steady_clock::now();
        BPU_TRY(after, pass->run(result.graph));
        const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
        if (const auto valid = ir::verify(after); !valid)
            return Error{valid.error().code, valid.error().where, fmt::format("pass {} left a broken graph: {}; report it with the model", name, valid.error().message), ErrorKind::Machine};
        result.runs.push_back({pass->name, time.count(), result.graph.nodeCount(), after.nodeCount()});
        result.graph = std::move(after);
    }
    return result;
}

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Runs passes one after the other: checks the stage each one takes, times it, verifies what it made.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::passes {

/// A pass that needs nothing but a graph.
struct Pass {
    std::string_view name;
    std::string_view purpose;          ///< one line
    std::vector<ir::Stage> takes;
    /// Stage of the result; the stage it was given when it takes several.
    Result<ir::Graph> (*run)(const ir::Graph&) = nullptr;
};

/// In running order: the lines of registry.def.
const std::vector<const Pass*>& allPasses();
/// Null when there is none of that name.
const Pass* findPass(std::string_view name);

struct PassRun {
    std::string_view name;
    double milliseconds = 0;
    size_t nodesBefore = 0;
    size_t nodesAfter = 0;
};

struct PassResult {
    ir::Graph graph;
    std::vector<PassRun> runs;
};

/// Runs the named passes in the order given, those in `off` left out. Errors: "pass.unknown", "pass.stage",
/// a pass's own, and "graph.invalid" naming the pass that left a broken graph behind.
Result<PassResult> runPasses(const ir::Graph& graph, const std::vector<std::string>& names, const std::set<std::string, std::less<>>& off = {});

} // namespace bpu::passes

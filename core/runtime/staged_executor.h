// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Graphs whose sizes depend on numbers, and graphs with branches and loops. What is known ahead is planned ahead. Where
// a size is known only when a node has run, the rest is planned at that moment, and the plan is kept for the next time
// that the sizes are the same.
#pragma once

#include "core/runtime/float_executor.h"

namespace bpu::runtime {

class StagedExecutor {
public:
    /// Whether the graph has nodes whose results have no size yet, or that have graphs inside.
    static bool isNeeded(const ir::Graph& graph);
    /// The inputs' types are static.
    static Result<std::unique_ptr<StagedExecutor>> make(ir::GraphPtr graph, const PlanOptions& options);
    ~StagedExecutor();

    Result<std::vector<ir::Tensor>> run(std::span<const ir::Tensor> inputs, const RunOptions& options);
    size_t peakBytes() const;

private:
    class Stage;
    explicit StagedExecutor(std::unique_ptr<Stage> first);
    std::unique_ptr<Stage> m_first;
};

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Constant folding: the Shape, Gather, Concat, Reshape scaffolding that exporters leave becomes constants.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

namespace bpu::ops {

/// What folding may still compute in one graph, in bytes made and elements touched. Each fold has a limit of its
/// own; this one bounds their sum, so that a small file cannot chain many.
class FoldBudget {
public:
    /// 128 MiB, and twice what the source holds: a weight may be rearranged, a chain of its size may not go on.
    explicit FoldBudget(int64_t sourceBytes = 0);
    /// For a graph in memory: the source is its constants.
    static FoldBudget of(const ir::Graph& graph);

    /// More of the source was read.
    void admit(int64_t sourceBytes);
    /// The node's results when its spec can compute them and there is room, which they then use up (a view uses none).
    std::optional<std::vector<ir::Tensor>> evaluate(const ir::Graph& graph, const ir::Node& node);

private:
    int64_t m_left;
};

/// One sweep in execution order: infers types, evaluates nodes whose inputs are constants (shape and size
/// need only a static type), removes what nobody uses any more. A result that becomes constant keeps its
/// name and id. Results above 64 MiB are not folded unless an input is as large, nor is what a FoldBudget refuses.
/// The Error is that of inferTypes.
Result<ir::Graph> foldConstants(ir::Graph graph);

} // namespace bpu::ops

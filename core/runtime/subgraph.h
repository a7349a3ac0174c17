// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A part of a graph as a graph of its own.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <unordered_map>
#include <vector>

namespace bpu::runtime {

using TypesByValue = std::unordered_map<ValueId, ir::TensorType>;

struct Subgraph {
    ir::GraphPtr graph;
    std::vector<ValueId> inputs;                  ///< values around that graph->inputs() stand for
    std::unordered_map<ValueId, ValueId> sources; ///< value of the part -> value around
};

/// `nodes` in execution order, and what they read from the rest as inputs. An output may also be an input or a constant.
/// `types` replaces those of inputs.
Result<Subgraph> extract(const ir::Graph& graph, const std::vector<NodeId>& nodes, const std::vector<ValueId>& outputs, const TypesByValue& types = {});

/// The graph with inputs of these types, which are static, and what follows from them: all else that was known of sizes
/// is forgotten, results that are constant then are folded. Ids stay.
Result<ir::GraphPtr> withInputTypes(const ir::Graph& graph, const std::vector<ir::TensorType>& types);

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which node runs when: files need not be sorted, and a subgraph depends on the values it takes from around.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

namespace onnx {
class GraphProto;
} // namespace onnx

namespace bpu::importer {

struct NodeOrder {
    std::vector<int> nodes;   ///< indices in execution order; the file's own order where that is valid
    std::vector<int> onCycle; ///< empty unless there is a cycle: nodes that can never run
};

NodeOrder orderNodes(const onnx::GraphProto& graph);

/// How often each value name is read, by nodes, by subgraphs and as output. The views live as long as `graph`.
void countUses(const onnx::GraphProto& graph, std::unordered_map<std::string_view, int>& counts);

} // namespace bpu::importer

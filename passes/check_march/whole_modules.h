// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Modules that a file holds in steps: a trace has no call of torch.nn.MultiheadAttention, only what happened inside.
#pragma once

#include "core/ir/graph.h"

#include <vector>

namespace bpu::passes {

/// The tables have a row for the module and none of its steps is of the author's making, so they are judged as one node.
class WholeModules {
public:
    explicit WholeModules(const ir::Graph& graph);

    /// The module as one node, for each of its steps; null for any other node. Its id is that of the first step, its
    /// name the module path, its inputs are query, key and value, absent where the steps do not tell which is which.
    const ir::Node* of(NodeId node) const
    {
        return m_moduleOf[node.index] == 0 ? nullptr : &m_modules[m_moduleOf[node.index] - 1];
    }

private:
    std::vector<uint32_t> m_moduleOf; ///< by node: 1 + index of the module
    std::vector<ir::Node> m_modules;
};

} // namespace bpu::passes

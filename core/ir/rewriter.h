// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// How passes change a graph: scope and origins are carried over, so that no pass can forget them.
#pragma once

#include "core/ir/graph_editor.h"

namespace bpu::ir {

/// Replaces groups of nodes and keeps what the author wrote.
class Rewriter : public GraphEditor {
public:
    using GraphEditor::GraphEditor;

    /// Puts one new node in the place of `group` (execution order): it takes the place of the last one,
    /// gets the origins of all (in order), the scope of the first unless `spec.scope` is set, and the
    /// result values of the last one keep their ids, names and users. The group's other results must
    /// have no users outside the group. Returns the new node.
    NodeId fuse(const std::vector<NodeId>& group, NodeSpec spec);

    /// Puts a chain of new nodes in the place of `node`: each takes its inputs from its spec, where an
    /// invalid id in a spec's input 0 stands for the result of the spec before it. The last result
    /// takes over the uses and the name of the first result of `node`. Scope and origins come from `node`.
    std::vector<NodeId> replaceByChain(NodeId node, std::vector<NodeSpec> chain, const std::vector<TensorType>& types);

    /// Removes a node that passes its first input through: users read the input instead.
    void bypass(NodeId node);
};

} // namespace bpu::ir

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The modules of a graph as a tree: built once per snapshot (on a worker for large graphs), shown by ModuleModel.
#pragma once

#include "core/base/finding.h"
#include "core/ir/graph.h"

#include <QString>

#include <memory>
#include <vector>

namespace bpu::views {

/// A module or an operator. A module that holds nothing but uses of one operator is shown as that operator:
/// "conv1  Conv2d", "relu  ReLU ×2".
struct ModuleEntry {
    QString name;               ///< last part of the path, or the node's short name
    std::string scope;          ///< module path; of an operator the module it is in
    bool isModule = false;      ///< can be opened and closed in the graph
    QString op;                 ///< operator, or the module's type when known
    std::vector<NodeId> nodes;  ///< of a leaf
    size_t operators = 0;       ///< below, or of a leaf its uses
    int firstNode = 0;          ///< position in `tree.nodes` of the first node below
    int lastNode = 0;           ///< and one behind the last
    int row = 0;
    ModuleEntry* parent = nullptr;
    std::vector<std::unique_ptr<ModuleEntry>> children;
};

struct ModuleTree {
    std::unique_ptr<ModuleEntry> root;           ///< the model itself
    std::vector<NodeId> nodes;                   ///< in tree order: every entry holds a contiguous run
    std::vector<const ModuleEntry*> entryOfNode; ///< by node id; null for ids without a node
};

using ModuleTreePtr = std::shared_ptr<const ModuleTree>;

/// Children in the order of execution. Linear.
ModuleTreePtr buildModuleTree(const ir::Graph& graph);

} // namespace bpu::views

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What differs between two graphs: nodes and values added, removed and changed.
#pragma once

#include "core/ir/graph.h"

#include <string>
#include <vector>

namespace bpu::passes {

struct GraphChange {
    enum class Kind : uint8_t { Added, Removed, Changed };
    Kind kind = Kind::Changed;
    bool isNode = true;       ///< else a value
    std::string name;         ///< in the graph before; for Added in the one after
    std::string detail;       ///< "conv2d", "op relu -> relu6; stride [1,1] -> [2,2]"
    NodeId before;            ///< invalid where there is none, and for values
    NodeId after;
};

/// Nodes are matched by name, those left over by their first origin (what, name); values by name. Removed
/// and changed ones in the order of `before`, then added ones in the order of `after`. Linear.
std::vector<GraphChange> diffGraphs(const ir::Graph& before, const ir::Graph& after);

/// One line per change and a last line with the counts.
std::string diffText(const std::vector<GraphChange>& changes);
std::string diffJson(const std::vector<GraphChange>& changes);

} // namespace bpu::passes

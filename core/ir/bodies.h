// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Graphs inside nodes: the branches of an If, the body of a Loop or Scan, the body of a function.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <string>
#include <string_view>
#include <vector>

namespace bpu::ir {

/// What a body takes from the graph around it is among its inputs, under the name it has there.
struct Body {
    std::string attribute; ///< "then_branch"
    GraphPtr graph;        ///< never null
};

/// In the order of the attributes' names; empty for an ordinary node.
std::vector<Body> bodiesOf(const Node& node);

/// The body at `path`: "If_0/else_branch", deeper "If_0/else_branch/If_3/then_branch". Error "ir.body" says which
/// bodies there are.
Result<GraphPtr> findBody(const Graph& graph, std::string_view path);

} // namespace bpu::ir

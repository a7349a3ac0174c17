// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What is done to a fused graph before grids are put into it.
#pragma once

#include "core/base/finding.h"
#include "core/ir/graph.h"

#include <map>

namespace bpu::passes {

/// A QuantStub that the author wrote behind an input: it stands there again, with its name.
struct AuthorStub {
    std::string name;
    std::string scope;
    std::vector<ir::Origin> origins;
    double scale = 0; ///< 0: not fixed
};

struct PreparedGraph {
    ir::Graph graph;
    std::map<ValueId, AuthorStub> stubs; ///< by graph input
    Findings findings;
};

/// Takes the author's stubs out and turns a batch norm that no layer took in, over [N, C, H, W], into the depthwise 1x1
/// convolution that the BPU carries it out with.
Result<PreparedGraph> prepareGraph(const ir::Graph& fused);

} // namespace bpu::passes

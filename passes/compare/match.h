// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which results of two graphs are the same layer: the float model and its fused, quantized or edited form,
// or two exports of one network. Reads only; docs/compare.md explains the rules to users.
#pragma once

#include "core/ir/graph.h"

#include <string>
#include <vector>

namespace bpu::passes {

/// One result that both graphs compute: float numbers, or integers on a grid.
struct LayerMatch {
    enum class By : uint8_t { Name, Origin, Scope, Output };
    NodeId nodeA, nodeB;
    ValueId valueA, valueB;
    By by = By::Name;
};

/// A result of one graph that stands alone, and why.
struct Unmatched {
    enum class Reason : uint8_t {
        Inside,    ///< within a layer that the other graph has fused
        Folded,    ///< the other graph has the batch norm after it in its weights
        Ambiguous, ///< several candidates, not the same number in both graphs
        Alone,     ///< nothing in the other graph has its name, origin or scope
        Shape,     ///< matched, but the shapes differ
    };
    bool inA = true;
    NodeId node;
    ValueId value;
    Reason reason = Reason::Alone;
    std::string text; ///< "is part of conv1 in B"
};

struct LayerMatches {
    std::vector<LayerMatch> layers;   ///< in the execution order of A
    std::vector<Unmatched> unmatched; ///< those of A in its order, then those of B
};

/// Each result is matched once, by the first rule that fits:
/// 1. same value name, with the same last origin or the same operator (fusion keeps the name of the last result);
/// 2. same last origin (what the author wrote, and its name);
/// 3. same module path and operator; a fused node stands for the last node of the run that would fuse to it;
///    a number that an exporter hangs on a path for the second call ("relu_1") is left out when needed;
/// 4. same position among the graph outputs.
/// By 2 and 3 several candidates are matched in execution order when both graphs have equally many.
/// Where one graph has a batch norm that the other has in its weights, the layer is the batch norm's result.
/// Results that are no numbers (indices, masks) are no layers. Of a qat graph the value behind the fake-quantize is compared. Linear.
LayerMatches matchLayers(const ir::Graph& a, const ir::Graph& b);

} // namespace bpu::passes

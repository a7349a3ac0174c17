// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/patterns/patterns.h"

#include "core/import/onnx/patterns/match.h"

#include <algorithm>
#include <unordered_map>

namespace bpu::importer {

// One line per pattern in registry.def: BPU_PATTERN(anchor, function).
#define BPU_PATTERN(anchor, function) bool function(Match& match, const ir::Node& node);
#include "core/import/onnx/patterns/registry.def"
#undef BPU_PATTERN

namespace {

constexpr Pattern kPatterns[] = {
#define BPU_PATTERN(anchor, function) {#anchor, function},
#include "core/import/onnx/patterns/registry.def"
#undef BPU_PATTERN
};

bool sweep(ir::Rewriter& rewriter, Sizes& sizes, const std::unordered_multimap<std::string_view, const Pattern*>& byAnchor)
{
    Match match(rewriter, sizes);
    bool changed = false;
    const std::vector<NodeId> order = rewriter.graph().order();
    for (const NodeId id : order) {
        if (!rewriter.graph().contains(id))
            continue;
        const auto [first, last] = byAnchor.equal_range(rewriter.graph().node(id).op);
        for (auto it = first; it != last; ++it)
            if (it->second->apply(match, rewriter.graph().node(id))) {
                changed = true;
                break;
            }
    }
    rewriter.restoreOrder();
    return changed;
}

bool isUsed(const ir::Graph& graph, NodeId id)
{
    return std::ranges::any_of(graph.node(id).outputs, [&](ValueId output) {
        const ir::Value& value = graph.value(output);
        return !value.users.empty() || value.isGraphOutput();
    });
}

/// Nodes that lost their users, such as the computation of a shape that nobody asks for any more.
void removeLeftovers(ir::Rewriter& rewriter, const std::vector<bool>& wasUsed)
{
    const std::vector<NodeId> order = rewriter.graph().order();
    for (auto it = order.rbegin(); it != order.rend(); ++it)
        if (it->index < wasUsed.size() && wasUsed[it->index] && !isUsed(rewriter.graph(), *it))
            rewriter.removeNode(*it);
    rewriter.restoreOrder();
}

} // namespace

void recognizePatterns(ir::Rewriter& rewriter)
{
    Sizes sizes(rewriter.graph());
    std::vector<bool> wasUsed(rewriter.graph().nodeIdBound());
    for (const NodeId id : rewriter.graph().order()) {
        sizes.visit(rewriter.graph().node(id));
        wasUsed[id.index] = isUsed(rewriter.graph(), id);
    }
    std::unordered_multimap<std::string_view, const Pattern*> byAnchor;
    for (const Pattern& pattern : kPatterns)
        byAnchor.emplace(pattern.anchor, &pattern);
    // What one pattern makes can be part of another, at most a few deep (hard sigmoid, hard swish).
    bool changed = false;
    for (int round = 0; round < 4 && sweep(rewriter, sizes, byAnchor); ++round)
        changed = true;
    if (changed)
        removeLeftovers(rewriter, wasUsed);
}

} // namespace bpu::importer

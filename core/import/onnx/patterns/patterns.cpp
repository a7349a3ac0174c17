// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/patterns/patterns.h"

#include "core/import/onnx/patterns/match.h"

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

bool sweep(ir::Rewriter& rewriter, const std::unordered_multimap<std::string_view, const Pattern*>& byAnchor)
{
    Match match(rewriter);
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

} // namespace

void recognizePatterns(ir::Rewriter& rewriter)
{
    std::unordered_multimap<std::string_view, const Pattern*> byAnchor;
    for (const Pattern& pattern : kPatterns)
        byAnchor.emplace(pattern.anchor, &pattern);
    // What one pattern makes can be part of another, at most a few deep (hard sigmoid, hard swish).
    for (int round = 0; round < 4 && sweep(rewriter, byAnchor); ++round) {
    }
}

} // namespace bpu::importer

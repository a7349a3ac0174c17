// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/fixes/fixes.h"

#include "core/ops/infer_types.h"
#include "passes/fixes/fix.h"

#include <fmt/format.h>

namespace bpu::passes {

#define BPU_FIX(function) const FixKind& function();
#include "passes/fixes/registry.def"
#undef BPU_FIX

namespace {

const std::vector<const FixKind*>& allFixes()
{
    static const std::vector<const FixKind*> fixes{
#define BPU_FIX(function) &function(),
#include "passes/fixes/registry.def"
#undef BPU_FIX
    };
    return fixes;
}

} // namespace

std::optional<int64_t> largestAllowed(const march::March& march, std::string_view row, std::string_view subject)
{
    const march::Row* found = march.find(row);
    if (!found)
        return std::nullopt;
    for (const march::Constraint& constraint : march.resolve(*found).constraints)
        if (constraint.kind == march::ConstraintKind::Range && constraint.subject == subject && constraint.when.empty() && constraint.max)
            return static_cast<int64_t>(*constraint.max);
    return std::nullopt;
}

void becomes(ir::Rewriter& rewriter, NodeId node, std::string_view torchName)
{
    std::vector<ir::Origin> origins = rewriter.graph().node(node).origins;
    if (origins.empty() || !origins.front().what.starts_with("torch"))
        return;
    origins.resize(1);
    origins.front().what = torchName;
    rewriter.setOrigins(node, std::move(origins));
}

bool isSupported(const march::March& march, std::string_view row)
{
    const march::Row* found = march.find(row);
    return found && march.resolve(*found).support != march::Support::No;
}

std::vector<FixPlan> fixesFor(const ir::Graph& graph, const Finding& finding, const march::March& march)
{
    std::vector<FixPlan> plans;
    const ir::Node* node = graph.find(finding.node);
    if (!node || finding.severity != Severity::Error)
        return plans;
    for (const FixKind* fix : allFixes())
        if (auto text = fix->plan(graph, *node, march))
            plans.push_back({std::string(fix->id), std::string(fix->button), std::move(*text)});
    return plans;
}

Result<FixResult> applyFix(const ir::Graph& graph, const Finding& finding, std::string_view fixId, const march::March& march)
{
    const ir::Node* node = graph.find(finding.node);
    for (const FixKind* fix : allFixes()) {
        if (fix->id != fixId || !node || !fix->plan(graph, *node, march))
            continue;
        ir::Rewriter rewriter(graph);
        FixResult result;
        result.added = fix->apply(rewriter, finding.node, march);
        rewriter.removeDead();
        BPU_TRY(rewritten, rewriter.finish());
        BPU_TRY(typed, ops::inferTypes(std::move(rewritten)));
        result.graph = std::move(typed);
        return result;
    }
    return Error{"fix.stale", finding.where, fmt::format("the fix '{}' no longer applies to this node; check again", fixId)};
}

} // namespace bpu::passes

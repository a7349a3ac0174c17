// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/ignored.h"

#include "core/ir/graph_editor.h"

namespace bpu::passes {
namespace {

std::string factOf(const Finding& finding)
{
    return std::string(kIgnoredFact) + finding.code + ":" + finding.where;
}

} // namespace

void markIgnored(const ir::Graph& graph, Findings& findings)
{
    const ir::Graph::Facts& facts = graph.facts();
    if (const auto first = facts.lower_bound(kIgnoredFact); first == facts.end() || !first->first.starts_with(kIgnoredFact))
        return;
    for (Finding& finding : findings) {
        if (const auto reason = facts.find(factOf(finding)); reason != facts.end())
            finding.ignored = reason->second;
    }
}

Result<ir::Graph> withIgnored(const ir::Graph& graph, const Findings& findings, const std::string& reason)
{
    ir::GraphEditor editor(graph);
    for (const Finding& finding : findings)
        editor.setFact(factOf(finding), reason);
    return editor.finish();
}

} // namespace bpu::passes

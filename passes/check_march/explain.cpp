// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Every rule of one node, the kept ones too: what the inspector lists.
#include "passes/check_march/check_march.h"
#include "passes/check_march/judge.h"
#include "passes/check_march/whole_modules.h"
#include "passes/check_march/wording.h"

#include "core/ops/op_spec.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

RuleResult::State stateOf(Outcome::State state)
{
    switch (state) {
    case Outcome::State::Kept: return RuleResult::State::Kept;
    case Outcome::State::Broken: return RuleResult::State::Broken;
    case Outcome::State::Risk: return RuleResult::State::Risk;
    case Outcome::State::Undecided: return RuleResult::State::Undecided;
    default: return RuleResult::State::Info;
    }
}

/// The candidate whose findings the check reports.
const Candidate& reported(const Choice& choice, const Site& site, const Rules& rules)
{
    const Candidate* best = nullptr;
    Verdict verdict = Verdict::Refused;
    for (const Candidate& candidate : choice.candidates) {
        Verdict its = candidate.row->row->support == march::Support::No ? Verdict::Refused : Verdict::Allowed;
        eachRule(candidate, site, rules, [&](const Rule& rule, const Site& own) {
            const Outcome::State state = evaluate(rule, own).state;
            if (state == Outcome::State::Broken && !(rule.relation && rule.relation->spellingOnly))
                its = Verdict::Refused;
            else if (state == Outcome::State::Undecided)
                its = std::max(its, Verdict::Open);
        });
        if (!best || its < verdict) {
            best = &candidate;
            verdict = its;
        }
    }
    return *best;
}

} // namespace

std::vector<RuleResult> explainRules(const ir::Graph& graph, NodeId node, const march::March& march, const CheckOptions& options)
{
    const Rules rules(march);
    const Fusion fusion(graph);
    const WholeModules wholes(graph);
    const ir::Node* whole = wholes.of(node);
    const Site site{graph, whole ? *whole : graph.node(node), Role::Own, options.inputSource, whole ? nullptr : &fusion};
    const Choice choice = chooseRow(site, rules);
    if (choice.kind == Choice::Kind::Skip)
        return {{RuleResult::State::Kept, "Operator", ops::qualifiedName(site.node), "any", "It disappears from the deployed model."}};
    if (choice.kind == Choice::Kind::Waits)
        return {{RuleResult::State::Undecided, "Operator", ops::qualifiedName(site.node), {}, "Its arguments come from sizes that are not known."}};
    if (choice.kind != Choice::Kind::Listed)
        return {{RuleResult::State::Broken, "Operator", ops::qualifiedName(site.node), {}, "It is not in the operator tables."}};
    const Candidate& candidate = reported(choice, site, rules);
    const march::Row& row = *candidate.row->row;
    std::vector<RuleResult> results;
    const RuleResult::State support = row.support == march::Support::No            ? RuleResult::State::Broken
                                      : row.support == march::Support::Unspecified ? RuleResult::State::Risk
                                                                                   : RuleResult::State::Kept;
    results.push_back({support, "Operator", ops::qualifiedName(site.node), support == RuleResult::State::Broken ? std::string("not supported") : candidate.row->printed->name,
                       fmt::format("{}: {}", candidate.row->printed->name, support == RuleResult::State::Kept     ? "supported"
                                                                           : support == RuleResult::State::Broken ? "not supported"
                                                                                                                  : "support not stated")});
    if (support == RuleResult::State::Broken)
        return results;
    if (const std::string refused = refusedType(site, row); !refused.empty())
        results.push_back({RuleResult::State::Risk, "Input dtype", refused, row.inputs.front(), "The row does not take the planned dtype."});
    eachRule(candidate, site, rules, [&](const Rule& rule, const Site& own) {
        const Outcome outcome = evaluate(rule, own);
        if (outcome.state == Outcome::State::NotApplicable)
            return;
        results.push_back({stateOf(outcome.state), labelOf(rule), foundText(outcome.reading, rule.constraint->subject),
                           allowedText(*rule.constraint, outcome), rule.constraint->text});
    });
    return results;
}

} // namespace bpu::passes

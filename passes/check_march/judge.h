// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The findings of one node.
#pragma once

#include "passes/check_march/choose_row.h"

namespace bpu::passes {

/// Of one row of the tables on a node; open when rules of it could not be decided and none is broken.
enum class Verdict : uint8_t { Allowed, Open, Refused };

/// Appends the findings of one node, of one row at most: the first of the candidates with the best verdict.
void judgeNode(const Site& site, const Rules& rules, Findings& findings);
/// Calls use(rule, site) for every rule of the candidate, with the default rules and those of rows referred to.
template <typename F>
void eachRule(const Candidate& candidate, const Site& site, const Rules& rules, F use)
{
    const Site own = site.as(candidate.role);
    if (!candidate.row->ownRank && candidate.row->row->family != "quantization") {
        for (const Rule& rule : rules.defaults())
            use(rule, own);
    }
    for (const Rule& rule : candidate.row->rules) {
        const std::string& other = rule.constraint->referTo;
        const RowRules* target = other.empty() ? nullptr : rules.find(other);
        if (!target || (rule.when && rule.when->holds(own) != Holds::Yes)) {
            use(rule, own);
            continue;
        }
        const Site norm = site.as(Role::Norm);
        for (const Rule& inner : target->rules)
            use(inner, norm);
    }
}
/// How the same rule stands on another march: "allowed", "1 to 256; support not stated", "not supported".
std::string verdictOn(const Site& site, const Rules& other, std::string_view subject);
/// The dtype that the row takes, where the planned qint8 (or the value's own) is not among them; else empty.
std::string refusedType(const Site& site, const march::Row& row);

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/rules.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

using march::ConstraintKind;
using State = Outcome::State;

Rule prepare(const march::Constraint& constraint)
{
    Rule rule;
    rule.constraint = &constraint;
    rule.subject = findSubject(constraint.subject);
    const bool bounded = constraint.min || constraint.max || !constraint.minExpr.empty() || !constraint.maxExpr.empty() || !constraint.values.empty();
    if (constraint.kind == ConstraintKind::Relation && !bounded)
        rule.relation = findRelation(constraint.subject);
    if (!constraint.when.empty())
        rule.when = findCondition(constraint.when);
    if (!constraint.minExpr.empty())
        rule.min = Expression::parse(constraint.minExpr);
    if (!constraint.maxExpr.empty())
        rule.max = Expression::parse(constraint.maxExpr);
    return rule;
}

std::vector<Rule> prepareAll(const std::vector<march::Constraint>& constraints)
{
    std::vector<Rule> result;
    result.reserve(constraints.size());
    for (const march::Constraint& constraint : constraints)
        result.push_back(prepare(constraint));
    return result;
}

/// The value of a name in a bound: component i of a per-axis subject, or its only number.
std::optional<double> nameValue(const Site& site, std::string_view name, size_t i)
{
    const Subject* subject = findSubject(name);
    const Reading r = subject ? subject->read(site) : Reading::absent();
    if (r.state != Reading::State::Known || r.numbers.empty())
        return std::nullopt;
    return r.numbers[std::min(i, r.numbers.count - 1)];
}

std::optional<double> bound(const std::optional<Expression>& expression, std::optional<double> fixed, const Site& site, size_t i)
{
    if (!expression)
        return fixed;
    return expression->evaluate([&](std::string_view name) { return nameValue(site, name, i); });
}

void judgeRange(const Rule& rule, const Site& site, Outcome& outcome)
{
    const march::Constraint& c = *rule.constraint;
    outcome.min = c.min;
    outcome.max = c.max;
    for (size_t i = 0; i < outcome.reading.numbers.count; ++i) {
        const double number = outcome.reading.numbers[i];
        const std::optional<double> min = bound(rule.min, c.min, site, i);
        const std::optional<double> max = bound(rule.max, c.max, site, i);
        if ((rule.min && !min) || (rule.max && !max)) {
            outcome.state = State::Undecided;
            outcome.reading.unknown = "a value that the limit depends on";
            return;
        }
        const bool small = min && (c.exclusiveMin ? number <= *min : number < *min);
        const bool large = max && (c.exclusiveMax ? number >= *max : number > *max);
        if (small || large || i == 0) {
            // What a formula bounds is a whole number: a padding of at most 1.5 is one of at most 1.
            outcome.min = rule.min ? std::ceil(*min) : min;
            outcome.max = rule.max ? std::floor(*max) : max;
        }
        if (small || large) {
            outcome.state = State::Broken;
            outcome.tooLarge = large;
            return;
        }
    }
}

/// "(2, 2)" against all components; "2" against each.
bool isTuple(const Reading& reading, std::string_view value)
{
    std::string text = "(";
    for (size_t i = 0; i < reading.numbers.count; ++i)
        text += fmt::format("{}{:g}", i ? ", " : "", reading.numbers[i]);
    return text + ")" == value;
}

bool isOneOf(const std::vector<std::string>& values, double number)
{
    return std::ranges::any_of(values, [&](const std::string& value) {
        double parsed = 0;
        return std::from_chars(value.data(), value.data() + value.size(), parsed).ec == std::errc() && parsed == number;
    });
}

bool isListed(const march::Constraint& c, const Reading& r)
{
    if (!r.texts.empty())
        return std::all_of(r.texts.begin(), r.texts.end(), [&](std::string_view text) { return std::ranges::find(c.values, text) != c.values.end(); });
    if (std::ranges::any_of(c.values, [&](const std::string& value) { return isTuple(r, value); }))
        return true;
    return std::all_of(r.numbers.begin(), r.numbers.end(), [&](double number) { return isOneOf(c.values, number); });
}

bool isForbidden(const march::Constraint& c, const Reading& r)
{
    return std::any_of(r.texts.begin(), r.texts.end(), [&](std::string_view text) { return std::ranges::find(c.values, text) != c.values.end(); });
}

/// Puts what the reading already decides into the outcome; true when the limits still have to be compared.
bool needsComparison(Outcome& outcome)
{
    if (outcome.reading.overflow()) {
        outcome.reading.unknown = "a list that is too long";
        outcome.state = State::Undecided;
        return false;
    }
    if (outcome.reading.state == Reading::State::Unknown)
        outcome.state = State::Undecided;
    else if (outcome.reading.state == Reading::State::Absent)
        outcome.state = State::NotApplicable;
    return outcome.reading.state == Reading::State::Known;
}

void judgeValues(const Rule& rule, const Site& site, Outcome& outcome)
{
    const march::Constraint& c = *rule.constraint;
    const bool bounds = c.min || c.max || rule.min || rule.max;
    if (bounds)
        judgeRange(rule, site, outcome);
    else if (c.kind == ConstraintKind::Forbid)
        outcome.state = isForbidden(c, outcome.reading) ? State::Broken : State::Kept;
    else
        outcome.state = isListed(c, outcome.reading) ? State::Kept : State::Broken;
}

} // namespace

Rules::Rules(const march::March& march) : m_march(march), m_defaults(prepareAll(march.defaultConstraints())), m_model(prepareAll(march.modelConstraints()))
{
    m_rows.reserve(march.rows().size());
    for (const march::Row& printed : march.rows()) {
        RowRules rules{&printed, &march.resolve(printed), {}, false};
        rules.rules = prepareAll(rules.row->constraints);
        rules.ownRank = std::ranges::any_of(rules.row->constraints, [](const march::Constraint& c) { return c.kind == ConstraintKind::Rank; });
        m_rows.emplace(printed.name, std::move(rules));
    }
}

const RowRules* Rules::find(std::string_view name) const
{
    const auto it = m_rows.find(name);
    return it == m_rows.end() ? nullptr : &it->second;
}

Outcome evaluate(const Rule& rule, const Site& site)
{
    Outcome outcome;
    const march::Constraint& c = *rule.constraint;
    const Holds when = c.when.empty() ? Holds::Yes : rule.when ? rule.when->holds(site) : Holds::Unknown;
    if (when == Holds::No) {
        outcome.state = State::NotApplicable;
        return outcome;
    }
    if (c.kind == ConstraintKind::Info || (rule.subject && rule.subject->dependsOnData)) {
        outcome.state = State::Info;
        return outcome;
    }
    if (c.kind == ConstraintKind::PrecisionRisk) {
        outcome.state = State::Risk;
        return outcome;
    }
    if (when == Holds::Unknown || (!rule.subject && !rule.relation)) {
        outcome.state = State::Undecided;
        outcome.reading.unknown = "a word of the march file that this version does not know";
        return outcome;
    }
    outcome.reading = rule.relation ? rule.relation->judge(site) : rule.subject->read(site);
    if (!needsComparison(outcome))
        return outcome;
    if (rule.relation)
        outcome.state = outcome.reading.texts.empty() ? State::Kept : State::Broken;
    else
        judgeValues(rule, site, outcome);
    return outcome;
}

} // namespace bpu::passes

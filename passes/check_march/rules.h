// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The rules of a march with every word looked up once, so that a check only evaluates.
#pragma once

#include "core/march/march.h"
#include "passes/check_march/expression.h"
#include "passes/check_march/subjects.h"

#include <unordered_map>

namespace bpu::passes {

struct Rule {
    const march::Constraint* constraint = nullptr;
    const Subject* subject = nullptr;
    const Relation* relation = nullptr;
    const Condition* when = nullptr;
    std::optional<Expression> min;
    std::optional<Expression> max;
};

/// The rules that hold for one printed row: those of the row that it refers to.
struct RowRules {
    const march::Row* printed = nullptr;
    const march::Row* row = nullptr;
    std::vector<Rule> rules;
    bool ownRank = false; ///< a rank rule of its own replaces the default one
};

class Rules {
public:
    explicit Rules(const march::March& march);

    const march::March& march() const { return m_march; }
    const RowRules* find(std::string_view name) const;
    const std::vector<Rule>& defaults() const { return m_defaults; }
    const std::vector<Rule>& model() const { return m_model; }

private:
    const march::March& m_march;
    std::unordered_map<std::string_view, RowRules> m_rows;
    std::vector<Rule> m_defaults;
    std::vector<Rule> m_model;
};

/// What evaluating one rule gave.
struct Outcome {
    enum class State : uint8_t { NotApplicable, Kept, Broken, Risk, Undecided, Info };
    State state = State::Kept;
    Reading reading;
    std::optional<double> min;
    std::optional<double> max;
    bool tooLarge = false;
};

Outcome evaluate(const Rule& rule, const Site& site);

} // namespace bpu::passes

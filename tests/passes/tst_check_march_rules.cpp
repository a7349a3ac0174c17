// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Every constraint of every row of every march, taken from the same files as the check: models that keep it,
// models that break it, and what the check and the explanation say about each. A constraint that no model
// exercises fails, unless it is one that no model can break; those are counted and named.
#include "core/ops/op_spec.h"
#include "passes/check_march/wording.h"
#include "tests/support/march_edits.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace bpu;
using test::RowModel;
using march::ConstraintKind;
using State = passes::RuleResult::State;

namespace {

/// Rules that no model of the operator can break, and why.
struct Unbreakable {
    std::string_view op;
    std::string_view subject;
    std::string_view why;
};
constexpr Unbreakable kUnbreakable[] = {
    {"roi_align", "feature_count", "it takes one feature map"},
    {"max", "min_max_argument", "has no such argument (wording of torch.clamp)"},
    {"min", "min_max_argument", "has no such argument (wording of torch.clamp)"},
    {"argmax", "min_max_argument", "has no such argument (wording of torch.clamp)"},
    {"argmin", "min_max_argument", "has no such argument (wording of torch.clamp)"},
};
/// A batch norm on its own is a 1x1 convolution, stride 1, without padding.
constexpr std::string_view kFixedInNorm[] = {"kernel", "dilation", "stride", "weight.C", "weight.H", "weight.W", "weight.size", "padding"};

/// What a broken rule may be left to: the same limit said in other words. Transposed weights are [in, out, H, W].
constexpr std::pair<std::string_view, std::string_view> kSaidBy[] = {
    {"weight.N", "out_channels"}, {"weight.C", "in_channels"}, {"weight.N", "channels"}, {"weight.C", "channels"}, {"in_channels", "channels"},
    {"out_channels", "channels"}, {"weight.D", "kernel"},      {"weight.H", "kernel"},   {"weight.W", "kernel"}};

std::string slug(std::string text)
{
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::isalnum(c) ? static_cast<char>(std::tolower(c)) : '-'; });
    return text;
}

std::string codeOf(const march::Constraint& rule)
{
    if (rule.kind == ConstraintKind::PrecisionRisk)
        return fmt::format("march.{}.risk", slug(rule.subject));
    const std::string_view kind = march::name(rule.kind);
    return rule.subject == kind ? fmt::format("march.{}", kind) : fmt::format("march.{}.{}", slug(rule.subject), kind);
}

/// What the explanation and the check say about one rule of a model, which have to agree.
struct Verdict {
    std::string state; ///< kept, broken, risk, undecided, info, absent; anything else is a contradiction
    std::string found;
    std::string allowed;
    bool runs = true;
};

std::string_view stateName(State state)
{
    switch (state) {
    case State::Kept: return "kept";
    case State::Broken: return "broken";
    case State::Risk: return "risk";
    case State::Undecided: return "undecided";
    case State::Info: return "info";
    }
    return {};
}

bool isFiring(std::string_view state)
{
    return state == "broken" || state == "risk" || state == "undecided";
}

/// One constraint of one row and all that is said about it.
class RuleCase {
public:
    RuleCase(const march::March& march, const march::Row& row, const march::Constraint& rule, RowModel base, bool inNorm)
        : m_march(march), m_row(row), m_rule(rule), m_base(std::move(base)), m_inNorm(inNorm)
    {
    }

    QStringList failures;
    std::string exempt; ///< why no model breaks it; empty when models do
    int models = 0;

    void run()
    {
        if (!m_rule.when.empty() && m_rule.kind != ConstraintKind::Info && !isUnbreakable() && !test::setCondition(m_base, m_rule.when, true))
            return fail("no model for its condition", m_rule.when);
        const passes::Subject* subject = passes::findSubject(m_rule.subject);
        if (m_rule.kind == ConstraintKind::Info)
            remark("a remark");
        else if (subject && subject->dependsOnData)
            remark("depends on data");
        else if (isUnbreakable())
            unbreakable();
        else if (m_rule.kind == ConstraintKind::PrecisionRisk)
            expect({m_base}, "risk");
        else if (hasBounds())
            bounds();
        else if (!m_rule.values.empty())
            values();
        else
            relation();
    }

private:
    bool hasBounds() const { return m_rule.min || m_rule.max || !m_rule.minExpr.empty() || !m_rule.maxExpr.empty(); }

    void fail(std::string_view what, std::string_view detail = {})
    {
        failures += QString::fromStdString(fmt::format("{} ({}): {} {}", m_rule.subject, m_rule.text, what, detail));
    }

    bool isUnbreakable()
    {
        for (const Unbreakable& entry : kUnbreakable) {
            if (entry.op == m_base.op && entry.subject == m_rule.subject)
                return exempt = entry.why, true;
        }
        if (m_inNorm && std::ranges::find(kFixedInNorm, m_rule.subject) != std::end(kFixedInNorm))
            exempt = "a batch norm is a 1x1 convolution";
        else if (m_inNorm && m_rule.when == "convolution has a fused addend (sumin)")
            exempt = "a batch norm on its own has no addend";
        return !exempt.empty();
    }

    void remark(std::string_view why)
    {
        exempt = why;
        const Verdict v = verdict(m_base);
        const bool conditional = m_rule.kind == ConstraintKind::Info && !m_rule.when.empty();
        if (v.state != "info" && !(conditional && v.state == "absent"))
            fail("should be listed as a remark, is", v.state);
    }

    void unbreakable()
    {
        const Verdict v = verdict(m_base);
        if (v.state != "kept" && v.state != "absent")
            fail("should be kept, is", v.state);
    }

    Verdict verdict(const RowModel& model)
    {
        ++models;
        const test::BuiltModel built = test::build(model);
        Verdict v{"absent", {}, {}, built.runs};
        const passes::Subject* subject = passes::findSubject(m_rule.subject);
        const std::string label = subject ? std::string(subject->label) : m_rule.subject;
        for (const passes::RuleResult& r : passes::explainRules(built.graph, built.node, m_march, {model.source})) {
            if (r.text == m_rule.text && r.label == label)
                v = {std::string(stateName(r.state)), r.found, r.allowed, built.runs};
        }
        const Finding* finding = nullptr;
        const Findings findings = passes::checkMarch(built.graph, m_march, {model.source});
        for (const Finding& f : findings) {
            if (f.node == built.node && f.code == codeOf(m_rule) && f.rule == ruleText())
                finding = &f;
        }
        if (!finding && v.state == "broken" && saidByAnother(findings, v.found))
            return v;
        if ((finding != nullptr) != isFiring(v.state))
            v.state = fmt::format("'{}' in the explanation but {} by the check", v.state, finding ? "found" : "not found");
        else if (finding && v.state == "broken" && (finding->found != v.found || finding->severity != severity()))
            v.state = fmt::format("found '{}', explained '{}', severity {}", finding->found, v.found, name(finding->severity));
        return v;
    }

    std::string ruleText() const
    {
        return fmt::format("{}{}: {}", m_base.origin == m_row.name ? "" : "checked as ", m_row.name, m_rule.text);
    }

    Severity severity() const
    {
        const passes::Relation* relation = passes::findRelation(m_rule.subject);
        return relation && relation->spellingOnly ? Severity::Advice : Severity::Error;
    }

    bool saidByAnother(const Findings& findings, const std::string& found) const
    {
        return std::ranges::any_of(kSaidBy, [&](const auto& entry) {
            const auto same = [&](const Finding& f) {
                return f.severity == Severity::Error && f.code == fmt::format("march.{}.range", slug(std::string(entry.second))) &&
                       f.found.find(found) != std::string::npos;
            };
            return entry.first == m_rule.subject && std::ranges::any_of(findings, same);
        });
    }

    void expect(const std::vector<RowModel>& models_, std::string_view state, const std::string& found = {})
    {
        for (size_t i = 0; i < models_.size(); ++i) {
            const Verdict v = verdict(models_[i]);
            if (v.state != state)
                fail(fmt::format("way {} to '{}' should be {}, is {}", i + 1, found, state, v.state), fmt::format("(found {}, allowed {})", v.found, v.allowed));
            if (state == "kept" && !v.runs)
                fail(fmt::format("way {} to '{}' should be a model that runs", i + 1, found));
            if (v.found.find(found) == std::string::npos)
                fail(fmt::format("way {} to '{}' is {}, but the text says found '{}'", i + 1, found, v.state, v.found));
            if (state == "broken" || state == "risk")
                withoutCondition(models_[i]);
        }
    }

    /// The same model under the opposite condition: the rule does not speak.
    void withoutCondition(RowModel model)
    {
        if (m_rule.when.empty())
            return;
        test::setCondition(model, m_rule.when, false);
        const Verdict v = verdict(model);
        if (isFiring(v.state))
            fail("speaks where its condition does not hold:", v.state);
    }

    void bounds()
    {
        std::optional<double> min = m_rule.min;
        std::optional<double> max = m_rule.max;
        if (!m_rule.minExpr.empty() && !(min = test::boundByHand(m_base, m_rule.minExpr)))
            return fail("no value by hand for", m_rule.minExpr);
        if (!m_rule.maxExpr.empty() && !(max = test::boundByHand(m_base, m_rule.maxExpr)))
            return fail("no value by hand for", m_rule.maxExpr);
        if (min)
            atBound(*min, std::ceil(*min), -1, m_rule.exclusiveMin);
        if (max)
            atBound(*max, std::floor(*max), 1, m_rule.exclusiveMax);
    }

    void atBound(double bound, double last, int outwards, bool exclusive)
    {
        // Only the scaling ratio is no whole number: there the bound itself and its neighbourhood are tried.
        const bool real = m_rule.subject == "scale_factor";
        const double inside = !real ? last : exclusive ? bound * (1 - outwards * 0.25) : bound;
        const double outside = !real ? last + outwards : exclusive ? bound : bound * (1 + outwards * 0.25);
        const std::vector<RowModel> keep = test::withNumber(m_base, m_rule.subject, inside);
        const std::vector<RowModel> broken = test::withNumber(m_base, m_rule.subject, outside);
        if (keep.empty() || broken.empty())
            return fail("no model sets this subject");
        expect({keep.front()}, "kept", passes::numberText(inside));
        expect(broken, "broken", passes::numberText(outside));
        const Verdict v = verdict(broken.front());
        if (v.state == "broken" && v.allowed.find(passes::numberText(real ? bound : last)) == std::string::npos)
            fail("the allowed range does not show the limit:", v.allowed);
    }

    void values()
    {
        const bool forbid = m_rule.kind == ConstraintKind::Forbid;
        int broken = 0;
        int kept = 0;
        for (const std::string& value : test::valuesOf(m_base, m_rule.subject)) {
            const bool named = std::ranges::find(m_rule.values, value) != m_rule.values.end() || isTupleOfNamed(value);
            const std::vector<RowModel> models_ = test::withValue(m_base, m_rule.subject, value);
            (named == forbid ? broken : kept) += models_.empty() ? 0 : 1;
            expect(models_, named == forbid ? "broken" : "kept");
        }
        for (const std::string& value : m_rule.values) {
            if (const auto all = test::valuesOf(m_base, m_rule.subject); std::ranges::find(all, value) == all.end())
                fail("no model has the value", value);
        }
        if (kept == 0)
            fail("no value keeps it");
        if (broken == 0 && m_rule.subject == "min_max_argument")
            exempt = "it names every value that there is";
        else if (broken == 0)
            fail("no value breaks it");
    }

    /// "(1, 2)" where 1 and 2 are named each, "1" where "(1, 1)" is named.
    bool isTupleOfNamed(const std::string& value) const
    {
        const auto named = [&](const std::string& text) { return std::ranges::find(m_rule.values, text) != m_rule.values.end(); };
        if (m_rule.subject != "stride")
            return false;
        if (!value.starts_with('('))
            return named(fmt::format("({0}, {0})", value));
        return named(value.substr(1, 1)) && named(value.substr(4, 1));
    }

    void relation()
    {
        if (m_rule.subject == "scalar_operand")
            return expect({m_base}, "broken");
        const auto models_ = test::relationModels(m_base, m_rule.subject);
        if (!models_ || models_->keep.empty() || models_->broken.empty())
            return fail("no models for this relation");
        expect(models_->keep, "kept");
        expect(models_->broken, "broken");
    }

    const march::March& m_march;
    const march::Row& m_row;
    const march::Constraint& m_rule;
    RowModel m_base;
    bool m_inNorm;
};

bool hasOwnRank(const march::Row& row)
{
    return std::ranges::any_of(row.constraints, [](const march::Constraint& c) { return c.kind == ConstraintKind::Rank; });
}

} // namespace

class CheckMarchRulesTest : public QObject {
    Q_OBJECT

    int m_exercised = 0;
    int m_models = 0;
    std::map<std::string, std::vector<std::string>> m_exempt;

    void exercise(const march::March& march, const march::Row& row, const march::Constraint& rule, const RowModel& base, bool inNorm, QStringList& failures)
    {
        RuleCase one(march, row, rule, base, inNorm);
        one.run();
        failures += one.failures;
        m_models += one.models;
        if (one.exempt.empty())
            ++m_exercised;
        else
            m_exempt[one.exempt].push_back(fmt::format("{} {} {}", march.name(), row.name, rule.subject));
    }

    static void everyRow()
    {
        QTest::addColumn<std::string>("march");
        QTest::addColumn<std::string>("row");
        for (const march::MarchPtr& march : march::all()) {
            for (const march::Row& row : march->rows())
                QTest::addRow("%s %s", march->name().c_str(), row.name.c_str()) << march->name() << row.name;
        }
    }

private Q_SLOTS:
    void everyRuleIsKeptAndBroken_data() { everyRow(); }
    void everyRuleIsKeptAndBroken()
    {
        QFETCH(std::string, march);
        QFETCH(std::string, row);
        const march::March& tables = *march::find(march);
        const march::Row& printed = *tables.find(row);
        const march::Row& rules = tables.resolve(printed);
        const std::optional<RowModel> base = test::modelOfRow(row);
        QVERIFY2(base, "no model for this row");
        if (rules.support == march::Support::No) {
            QVERIFY2(rules.constraints.empty(), "rules of an operator that does not run at all");
            return;
        }
        QStringList failures;
        if (!hasOwnRank(rules) && rules.family != "quantization" && !ops::find(base->op)->transparent) {
            for (const march::Constraint& rule : tables.defaultConstraints())
                exercise(tables, printed, rule, *base, false, failures);
        }
        for (const march::Constraint& rule : rules.constraints) {
            if (rule.referTo.empty()) {
                exercise(tables, printed, rule, *base, false, failures);
                continue;
            }
            for (const march::Constraint& inner : tables.resolve(*tables.find(rule.referTo)).constraints)
                exercise(tables, printed, inner, *base, true, failures);
            RowModel absorbed = *base;
            QVERIFY(test::setCondition(absorbed, rule.when, false));
            const test::BuiltModel built = test::build(absorbed);
            QCOMPARE(passes::explainRules(built.graph, built.node, tables).size(), size_t(1));
        }
        QVERIFY2(failures.empty(), qPrintable(QStringLiteral("\n") + failures.join(QLatin1Char('\n'))));
    }

    void everyRowIsSupportedAsItSays_data() { everyRow(); }
    void everyRowIsSupportedAsItSays()
    {
        QFETCH(std::string, march);
        QFETCH(std::string, row);
        const march::March& tables = *march::find(march);
        const march::Row& rules = tables.resolve(*tables.find(row));
        const std::optional<RowModel> base = test::modelOfRow(row);
        QVERIFY2(base, "no model for this row");
        const test::BuiltModel built = test::build(*base);
        QVERIFY2(built.runs, "the model of this row does not run");
        std::vector<std::string> codes;
        for (const Finding& f : passes::checkMarch(built.graph, tables)) {
            if (f.severity == Severity::Error || f.severity == Severity::Undecided || f.code == "march.unspecified")
                codes.push_back(fmt::format("{} {}", name(f.severity), f.code));
        }
        std::vector<std::string> expected;
        if (rules.support == march::Support::No)
            expected = {"error march.unsupported"};
        else if (rules.support == march::Support::Unspecified)
            expected = {"warning march.unspecified"};
        // A batch norm over volumes has five dimensions whatever it is given, where the table wants four.
        if (base->op == "batch_norm3d" && !tables.defaultConstraints().empty())
            expected.emplace_back("error march.rank");
        QCOMPARE(codes, expected);
    }

    void everyModelRuleIsKeptAndBroken()
    {
        for (const march::MarchPtr& march : march::all()) {
            for (const march::Constraint& rule : march->modelConstraints()) {
                const auto fires = [&](const RowModel& model) {
                    const Findings findings = passes::checkMarch(test::build(model).graph, *march, {model.source});
                    return std::ranges::any_of(findings, [&](const Finding& f) { return f.code == "march.input-source" && f.rule == rule.text; });
                };
                RowModel model = *test::modelOfRow("torch.nn.ReLU");
                QVERIFY2(test::setCondition(model, rule.when, true), rule.when.c_str());
                for (const auto& [bound, outwards] : {std::pair(rule.min, -1), std::pair(rule.max, 1)}) {
                    if (!bound)
                        continue;
                    QVERIFY2(!fires(test::withNumber(model, rule.subject, *bound).front()), rule.text.c_str());
                    RowModel broken = test::withNumber(model, rule.subject, *bound + outwards).front();
                    QVERIFY2(fires(broken), rule.text.c_str());
                    QVERIFY(test::setCondition(broken, rule.when, false));
                    QVERIFY2(!fires(broken), rule.text.c_str());
                }
                ++m_exercised;
            }
        }
    }

    void cleanupTestCase()
    {
        size_t exempt = 0;
        for (const auto& [why, rules] : m_exempt) {
            exempt += rules.size();
            qInfo("%zu not broken, %s: %s", rules.size(), why.c_str(), fmt::format("{}", fmt::join(rules, ", ")).c_str());
        }
        qInfo("%d constraints exercised, %zu exempt, %d models", m_exercised, exempt, m_models);
        QVERIFY(m_exercised > 150);
    }
};

QTEST_APPLESS_MAIN(CheckMarchRulesTest)
#include "tst_check_march_rules.moc"

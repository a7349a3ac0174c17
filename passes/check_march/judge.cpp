// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/judge.h"

#include "core/ir/bodies.h"
#include "core/ops/op_spec.h"
#include "passes/check_march/eager_words.h"
#include "passes/check_march/wording.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace bpu::passes {
namespace {

using State = Outcome::State;

/// What a subject measures under its plainest name: a kernel is the weight's H and W.
std::string_view plainName(const Site& site, std::string_view subject)
{
    const bool transposed = site.node.op.starts_with("conv_transpose");
    if (subject == "weight.H" || subject == "weight.W" || subject == "weight.D")
        return "kernel";
    if (subject == "weight.N")
        return transposed ? "in_channels" : "out_channels";
    if (subject == "weight.C")
        return transposed ? "out_channels" : "in_channels";
    return subject;
}

/// A limit that was found broken; the same one under another name is not said again.
struct Broken {
    std::string_view subject;
    bool tooLarge = false;
    double bound = 0;

    bool says(const Broken& other) const
    {
        const bool channels = subject == "channels" && (other.subject == "in_channels" || other.subject == "out_channels");
        return (channels || subject == other.subject) && tooLarge == other.tooLarge && bound == other.bound;
    }
};

class Judge {
public:
    Judge(const Site& site, const Rules& rules) : m_site(site), m_rules(rules) {}

    Findings judge(const Candidate& candidate)
    {
        m_findings.clear();
        m_broken.count = 0;
        m_candidate = candidate;
        const march::Row& row = *candidate.row->row;
        if (row.support == march::Support::No) {
            unsupported();
            return std::move(m_findings);
        }
        if (row.support == march::Support::Unspecified)
            unspecified();
        eachRule(candidate, m_site, m_rules, [&](const Rule& rule, const Site& site) { judgeRule(rule, site); });
        judgeType(row);
        eagerMode();
        return std::move(m_findings);
    }

    Finding base(std::string code, Severity severity) const
    {
        Finding f;
        f.code = std::move(code);
        f.severity = severity;
        f.node = m_site.node.id;
        f.where = m_site.node.name;
        f.op = ops::qualifiedName(m_site.node);
        return f;
    }

    void undecidedOperator()
    {
        Finding f = base("march.undecided-operator", Severity::Undecided);
        f.message = fmt::format("{} cannot be checked: its arguments come from sizes that are not known", ir::lastPart(f.op));
        f.found = f.op;
        f.advice = "Give the input a shape";
        m_findings.push_back(std::move(f));
    }

    void notListed(bool opaque)
    {
        Finding f = base(opaque ? "march.unknown-operator" : "march.not-listed", Severity::Error);
        f.message = fmt::format("{} is not an operator that {} knows", ir::lastPart(f.op), title());
        f.found = f.op;
        f.advice = nearest();
        m_findings.push_back(std::move(f));
    }

    Findings takeFindings() { return std::move(m_findings); }

private:
    const std::string& title() const { return m_rules.march().title(); }

    std::string nearest() const
    {
        const auto& table = m_rules.march().nearest();
        auto it = table.find(ops::qualifiedName(m_site.node));
        const ops::OpSpec* spec = ops::find(m_site.node.op);
        for (size_t i = 0; spec && it == table.end() && i < spec->torch.size(); ++i)
            it = table.find(std::string(spec->torch[i]));
        if (it != table.end())
            return fmt::format("Use {}{}, the nearest that {} runs", it->second, onlyAtTheEnd(it->second) ? " as a model output" : "", title());
        if (m_site.node.op.starts_with("quantize_per_") || m_site.node.op == "dequantize")
            return "Export the model without quantization nodes; those of the BPU are inserted after fusing";
        if (!ir::bodiesOf(m_site.node).empty())
            return m_site.node.attributes.has("body") && !ops::find(m_site.node.op)
                ? "Export the model without functions of its own, so that each operator is judged where it stands"
                : "Export the model so that this is decided: trace it, or write the branch that is used into forward";
        return "Replace it with listed operators, or run this part outside the BPU";
    }

    bool onlyAtTheEnd(std::string_view row) const
    {
        const RowRules* rules = m_rules.find(row);
        return rules && std::ranges::any_of(rules->rules, [](const Rule& rule) { return rule.constraint->subject == "position"; });
    }

    std::string ruleText(std::string_view text) const
    {
        const std::string& name = m_candidate.row->printed->name;
        return fmt::format("{}{}: {}", m_candidate.otherSpelling ? "checked as " : "", name, text);
    }

    void unsupported()
    {
        Finding f = base("march.unsupported", Severity::Error);
        f.message = fmt::format("{} is not supported on {}", ir::lastPart(f.op), title());
        f.found = f.op;
        f.advice = nearest();
        f.rule = ruleText("not supported");
        m_findings.push_back(std::move(f));
    }

    void unspecified()
    {
        Finding f = base("march.unspecified", Severity::Warning);
        f.message = fmt::format("Support for {} on {} is not stated", ir::lastPart(f.op), title());
        f.found = f.op;
        f.advice = "Try it on the board before relying on it";
        f.rule = ruleText("the table leaves the data types open");
        m_findings.push_back(std::move(f));
    }

    void judgeRule(const Rule& rule, const Site& site)
    {
        const Outcome outcome = evaluate(rule, site);
        if (outcome.state == State::Broken)
            broken(rule, outcome);
        else if (outcome.state == State::Risk)
            risk(rule);
        else if (outcome.state == State::Undecided)
            undecided(rule, outcome);
    }

    void broken(const Rule& rule, const Outcome& outcome)
    {
        const march::Constraint& c = *rule.constraint;
        const std::optional<double>& bound = outcome.tooLarge ? outcome.max : outcome.min;
        const Broken now{plainName(m_site, c.subject), outcome.tooLarge, bound.value_or(0)};
        if (std::any_of(m_broken.begin(), m_broken.end(), [&](const Broken& earlier) { return earlier.says(now); }))
            return;
        m_broken.add(now);
        if (rule.relation && rule.relation->spellingOnly)
            return scalarSpelling(rule, outcome);
        Finding f = base(codeOf(rule), Severity::Error);
        f.found = foundText(outcome.reading, c.subject);
        f.allowed = rule.relation ? sentencePart(c.text) : allowedText(c, outcome);
        f.rule = ruleText(c.text);
        if (rule.relation)
            f.message = fmt::format("{} does not fit {}", labelOf(rule), title());
        else if (outcome.min || outcome.max)
            f.message = fmt::format("{} is {} than {} allows", labelOf(rule), outcome.tooLarge ? "larger" : "smaller", title());
        else
            f.message = fmt::format("{} is not one that {} allows", labelOf(rule), title());
        f.advice = remedy(rule, outcome, f.allowed);
        m_findings.push_back(std::move(f));
    }

    /// The row is written for add; the operators that refer to it have a method of their own name.
    void scalarSpelling(const Rule& rule, const Outcome& outcome)
    {
        Finding f = base(codeOf(rule), Severity::Advice);
        const std::string_view method = ir::lastPart(f.op);
        f.message = "One operand is a scalar";
        f.found = foundText(outcome.reading, rule.constraint->subject);
        f.allowed = fmt::format("{}_scalar", method);
        f.advice = fmt::format("Use {0}_scalar instead of {0} in eager mode", method);
        f.rule = ruleText(rule.constraint->text);
        m_findings.push_back(std::move(f));
    }

    void risk(const Rule& rule)
    {
        Finding f = base(fmt::format("march.{}.risk", slugOf(rule.constraint->subject)), Severity::Warning);
        f.message = fmt::format("{} can lose accuracy on {}", ir::lastPart(f.op), title());
        f.advice = rule.subject ? rule.subject->advice : std::string_view();
        const std::vector<std::string>& inputs = m_candidate.row->row->inputs;
        if (rule.constraint->subject == "precision" && std::ranges::find(inputs, "qint16") != inputs.end())
            f.advice += "; keep it in qint16 where that helps";
        f.rule = ruleText(rule.constraint->text);
        m_findings.push_back(std::move(f));
    }

    void undecided(const Rule& rule, const Outcome& outcome)
    {
        const bool sourceOnly = outcome.reading.sourceOnly;
        Finding f = base(codeOf(rule), sourceOnly ? Severity::Advice : Severity::Undecided);
        f.message = sourceOnly ? fmt::format("The file does not record {}; look at the source", outcome.reading.unknown)
                               : fmt::format("{} rule not decided: {} unknown", labelOf(rule), outcome.reading.unknown);
        Outcome limits;
        limits.min = rule.constraint->min;
        limits.max = rule.constraint->max;
        f.allowed = allowedText(*rule.constraint, limits);
        f.advice = sourceOnly && rule.subject ? std::string(rule.subject->advice) : "Give the input a shape";
        f.rule = ruleText(rule.constraint->text);
        m_findings.push_back(std::move(f));
    }

    void judgeType(const march::Row& row)
    {
        const std::string refused = refusedType(m_site, row);
        if (refused.empty())
            return;
        const bool fixed = m_site.graph.inputOf(m_site.node, 0)->quant.has_value();
        Finding f = base("march.dtype", fixed ? Severity::Error : Severity::Warning);
        f.message = fmt::format("{} does not take {} on {}", ir::lastPart(f.op), refused, title());
        f.found = refused;
        f.allowed = fmt::format("{}", fmt::join(row.inputs, " or "));
        f.advice = fmt::format("Quantize its input to {}", row.inputs.front());
        f.rule = ruleText(fmt::format("input {}", f.allowed));
        m_findings.push_back(std::move(f));
    }

    /// Advice for the author's code; in later stages that is past.
    void eagerMode()
    {
        if (m_site.graph.stage() > ir::Stage::Fused)
            return;
        Finding f = base("eager.replace", Severity::Advice);
        f.rule = ruleText("replaced by hand in eager mode");
        if (adviseEager(m_site, m_candidate, f))
            m_findings.push_back(std::move(f));
    }

    const Site& m_site;
    const Rules& m_rules;
    Candidate m_candidate;
    Findings m_findings;
    Few<Broken, 32> m_broken;
};

} // namespace

std::string refusedType(const Site& site, const march::Row& row)
{
    const ir::Value* input = site.graph.inputOf(site.node, 0);
    if (!input || row.inputs.empty() || (!input->quant && !ir::isFloat(input->type.dtype())))
        return {};
    if (std::ranges::find(row.inputs, "float32") != row.inputs.end())
        return {};
    const std::string planned(ir::name(input->quant ? input->quant->type : ir::QType::QInt8));
    return std::ranges::find(row.inputs, planned) == row.inputs.end() ? planned : std::string();
}

void judgeNode(const Site& site, const Rules& rules, Findings& findings)
{
    const Choice choice = chooseRow(site, rules);
    if (choice.kind == Choice::Kind::Skip)
        return;
    Judge judge(site, rules);
    if (choice.kind == Choice::Kind::Waits)
        judge.undecidedOperator();
    else if (choice.kind != Choice::Kind::Listed)
        judge.notListed(choice.kind == Choice::Kind::Opaque);
    Findings best = judge.takeFindings();
    Verdict verdict = Verdict::Refused;
    for (size_t i = 0; i < choice.candidates.count && verdict != Verdict::Allowed; ++i) {
        Findings now = judge.judge(choice.candidates[i]);
        const Verdict its = count(now, Severity::Error) > 0 ? Verdict::Refused : count(now, Severity::Undecided) > 0 ? Verdict::Open : Verdict::Allowed;
        if (i == 0 || its < verdict) {
            best = std::move(now);
            verdict = its;
        }
    }
    std::ranges::move(best, std::back_inserter(findings));
}

std::string verdictOn(const Site& site, const Rules& other, std::string_view subject)
{
    const Choice choice = chooseRow(site, other);
    if (choice.kind == Choice::Kind::Waits)
        return "undecided";
    if (choice.kind == Choice::Kind::NotListed || choice.kind == Choice::Kind::Opaque)
        return "not listed";
    if (choice.kind == Choice::Kind::Skip)
        return "allowed";
    const Candidate& candidate = choice.candidates[0];
    if (candidate.row->row->support == march::Support::No)
        return "not supported";
    std::string text;
    bool breaksOther = false;
    eachRule(candidate, site, other, [&](const Rule& rule, const Site& own) {
        const bool isAsked = rule.constraint->subject == subject;
        if (!text.empty() || (!isAsked && !subject.empty()))
            return;
        const Outcome outcome = evaluate(rule, own);
        if (!isAsked)
            breaksOther = breaksOther || (outcome.state == State::Broken && !(rule.relation && rule.relation->spellingOnly));
        else if (outcome.state != State::NotApplicable && outcome.state != State::Info)
            text = outcome.state == State::Risk ? "accuracy risk" : allowedText(*rule.constraint, outcome);
    });
    if (text.empty())
        text = breaksOther ? "allowed, but breaks another rule" : "allowed";
    return candidate.row->row->support == march::Support::Unspecified ? text + "; support not stated" : text;
}

} // namespace bpu::passes

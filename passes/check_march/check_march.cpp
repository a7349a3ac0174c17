// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/check_march.h"

#include "passes/check_eager/check_eager.h"

#include "passes/check_march/changes.h"
#include "passes/check_march/ignored.h"
#include "passes/check_march/judge.h"
#include "passes/check_march/whole_modules.h"
#include "passes/check_march/wording.h"
#include "passes/fixes/fixes.h"

#include "core/ir/bodies.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <span>
#include <unordered_set>

namespace bpu::passes {
namespace {

/// Nodes that compute shapes: they vanish once the shapes are known, so no rule of the BPU is for them.
std::vector<bool> shapeArithmetic(const ir::Graph& graph)
{
    std::vector<bool> host(graph.nodeIdBound());
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        bool fromShape = node.op == "shape" || node.op == "size";
        bool onlyHost = !node.inputs.empty();
        for (size_t i = 0; i < node.inputs.size() && onlyHost && !fromShape; ++i) {
            const ir::Value* value = graph.inputOf(node, i);
            onlyHost = !value || value->isConstant() || (value->producer.isValid() && host[value->producer.index]);
        }
        if (!fromShape && onlyHost)
            fromShape = std::ranges::any_of(node.inputs, [&](ValueId input) {
                const ir::Value* value = graph.find(input);
                return value && value->producer.isValid() && host[value->producer.index];
            });
        host[id.index] = fromShape;
    }
    return host;
}

/// Findings of an earlier snapshot by node, for nodes on which the verdict cannot have changed.
struct Earlier {
    std::vector<bool> changed;                         ///< by node
    std::vector<bool> host;                            ///< by node of the earlier snapshot: shapeArithmetic
    std::vector<std::pair<uint32_t, uint32_t>> places; ///< by node: its findings in `findings`, from and to
    const Findings* findings = nullptr;

    Earlier(const ir::Graph& before, const Findings& previous, const ir::Graph& now, const Fusion& fusionNow)
        : changed(mayHaveChanged(before, Fusion(before), now, fusionNow)), host(shapeArithmetic(before)), places(before.nodeIdBound()), findings(&previous)
    {
        for (uint32_t i = 0; i < previous.size(); ++i)
            if (const NodeId node = previous[i].node; node.isValid() && node.index < places.size()) {
                auto& [from, to] = places[node.index];
                from = to == 0 ? i : from;
                to = i + 1;
            }
    }

    bool knows(NodeId id, bool isHost) const { return id.index < places.size() && !changed[id.index] && host[id.index] == isHost; }
};

class Check {
public:
    using Bodies = std::unordered_set<const ir::Graph*>;

    Check(const ir::Graph& graph, Fusion fusion, const march::March& march, const CheckOptions& options, const std::shared_ptr<Bodies>& bodies,
          bool inBody = false)
        : m_graph(graph), m_rules(march), m_options(options), m_host(shapeArithmetic(graph)), m_fusion(std::move(fusion)), m_wholes(graph), m_rankCause(graph.nodeIdBound()),
          m_bodies(bodies), m_inBody(inBody)
    {
        for (const march::MarchPtr& other : options.others) {
            if (other && other->name() != march.name())
                m_others.emplace_back(*other);
        }
    }

    /// With what is known of an earlier snapshot.
    Findings run(const Earlier& earlier)
    {
        m_earlier = &earlier;
        m_findings.reserve(earlier.findings->size() + earlier.findings->size() / 8);
        return run();
    }

    Findings run()
    {
        checkModel();
        Findings eager = m_inBody || m_graph.stage() > ir::Stage::Fused ? Findings() : checkEager(m_graph, m_options.inputSource != InputSource::Ddr);
        auto next = eager.begin(); // in the order of the nodes, too
        const auto takeOf = [&](NodeId node) {
            for (; next != eager.end() && next->node == node; ++next)
                m_findings.push_back(std::move(*next));
        };
        takeOf({});
        for (const NodeId id : m_graph.order()) {
            if (!m_host[id.index])
                checkNode(m_graph.node(id));
            takeOf(id);
        }
        return std::move(m_findings);
    }

private:
    void checkNode(const ir::Node& node)
    {
        if (m_earlier && takeOver(node))
            return;
        checkOwn(node);
        for (const ir::Body& body : ir::bodiesOf(node))
            checkBody(node, body.attribute, *body.graph);
    }

    /// False when the verdict has to be made anew: the node or what its rules see has changed, it is part of a module that is
    /// judged as a whole, it holds bodies (which are checked once for all that share them), or another node is to blame now.
    bool takeOver(const ir::Node& node)
    {
        if (!m_earlier->knows(node.id, false) || m_wholes.of(node.id) || !ir::bodiesOf(node).empty())
            return false;
        const NodeId cause = causeOf(node);
        const auto [from, to] = m_earlier->places[node.id.index];
        const auto isOwn = [](const Finding& f) { return !f.code.starts_with("eager.") || f.code == "eager.replace"; };
        const auto own = std::span(*m_earlier->findings).subspan(from, to - from);
        for (const Finding& f : own)
            if (isOwn(f) && f.code == "march.rank" && f.severity == Severity::Error && f.cause != cause)
                return false;
        const size_t first = m_findings.size();
        for (const Finding& f : own)
            if (isOwn(f)) {
                m_findings.push_back(f);
                m_findings.back().ignored.clear(); // facts of the graph, which are looked up at the end
            }
        linkCauses(node, first);
        return true;
    }

    /// The node that made the rank of its input what it is, if that was reported.
    NodeId causeOf(const ir::Node& node) const
    {
        const ir::Value* input = m_graph.inputOf(node, 0);
        return input && input->producer.isValid() ? m_rankCause[input->producer.index] : NodeId{};
    }

    /// The branches of an If, the body of a Loop or of a function: their nodes are named behind the one that holds them.
    /// A body that several nodes share (functions do) is checked once.
    void checkBody(const ir::Node& holder, const std::string& name, const ir::Graph& body)
    {
        if (!m_bodies->insert(&body).second)
            return;
        Check inner(body, Fusion(body), m_rules.march(), m_options, m_bodies, true);
        for (Finding& f : inner.run()) {
            f.node = holder.id;
            if (f.where.empty())
                f.where = fmt::format("{}/{}", holder.name, name);
            else if (!m_inBody) // bodies in bodies: the outermost place and the node's own name say enough
                f.where = fmt::format("{}/{}/{}", holder.name, name, f.where);
            f.fix.clear(); // a fix edits the graph around, not a body
            f.cause = NodeId{};
            m_findings.push_back(std::move(f));
        }
    }

    void checkOwn(const ir::Node& node)
    {
        const ir::Node* whole = m_wholes.of(node.id);
        if (whole && whole->id != node.id)
            return;
        const Site site{m_graph, whole ? *whole : node, Role::Own, m_options.inputSource, whole ? nullptr : &m_fusion};
        const size_t first = m_findings.size();
        judgeNode(site, m_rules, m_findings);
        linkCauses(node, first);
        for (size_t i = first; i < m_findings.size() && !whole; ++i)
            offerFix(m_findings[i]);
        for (size_t i = first; i < m_findings.size() && !m_others.empty(); ++i)
            fillOtherMarch(site, m_findings[i]);
    }

    void offerFix(Finding& finding)
    {
        if (finding.severity != Severity::Error || finding.cause.isValid())
            return;
        const std::vector<FixPlan> plans = fixesFor(m_graph, finding, m_rules.march());
        if (plans.empty())
            return;
        finding.fix = plans.front().id;
        finding.advice = plans.front().text;
    }

    /// A rank that is wrong because an earlier node, itself reported, has changed it.
    void linkCauses(const ir::Node& node, size_t first)
    {
        const ir::Value* input = m_graph.inputOf(node, 0);
        const ir::Value* output = m_graph.outputOf(node);
        const NodeId cause = causeOf(node);
        bool error = false;
        for (size_t i = first; i < m_findings.size(); ++i) {
            if (m_findings[i].code == "march.rank" && cause.isValid() && m_findings[i].severity == Severity::Error)
                m_findings[i].cause = cause;
            error = error || m_findings[i].severity == Severity::Error;
        }
        if (!input || !output || !output->type.hasRank() || !input->type.hasRank())
            return;
        const bool changes = output->type.rank() != input->type.rank();
        m_rankCause[node.id.index] = !changes ? cause : error && !cause.isValid() ? node.id : output->type.rank() == 4 ? NodeId{} : cause;
    }

    void fillOtherMarch(const Site& site, Finding& finding)
    {
        if (finding.code == "eager.replace")
            return;
        std::string subject;
        for (const auto& [slugged, name] : subjectNames()) {
            if (finding.code.starts_with("march." + slugged) && (finding.code.size() == slugged.size() + 6 || finding.code[slugged.size() + 6] == '.'))
                subject = name;
        }
        for (const Rules& other : m_others) {
            const std::string verdict = verdictOn(site, other, subject);
            finding.otherMarch += (finding.otherMarch.empty() ? "" : "; ") + (m_others.size() > 1 ? other.march().title() + ": " + verdict : verdict);
        }
    }

    const std::vector<std::pair<std::string, std::string>>& subjectNames()
    {
        if (!m_subjectNames.empty())
            return m_subjectNames;
        const auto add = [&](const std::vector<march::Constraint>& constraints) {
            for (const march::Constraint& c : constraints) {
                std::string slugged = slugOf(c.subject);
                if (std::ranges::find(m_subjectNames, slugged, &std::pair<std::string, std::string>::first) == m_subjectNames.end())
                    m_subjectNames.emplace_back(std::move(slugged), c.subject);
            }
        };
        add(m_rules.march().defaultConstraints());
        for (const march::Row& row : m_rules.march().rows())
            add(row.constraints);
        return m_subjectNames;
    }

    void checkModel()
    {
        if (std::ranges::any_of(m_graph.order(), [&](NodeId id) { return m_host[id.index]; })) {
            Finding f;
            f.code = "march.shape-arithmetic";
            f.severity = Severity::Undecided;
            f.message = "Shapes are computed while the model runs";
            f.advice = "Give the input a shape: what only computes shapes then disappears";
            m_findings.push_back(std::move(f));
        }
        for (const ValueId id : m_graph.inputs())
            checkInput(m_graph.value(id));
    }

    /// Camera sources deliver pictures: the rules of the input source are for inputs of rank 4.
    void checkInput(const ir::Value& input)
    {
        if (m_options.inputSource == InputSource::Ddr || (input.type.hasRank() && input.type.rank() != 4))
            return;
        ir::Node reader;
        reader.op = "identity";
        reader.inputs = {input.id};
        const Site site{m_graph, reader, Role::Own, m_options.inputSource};
        for (const Rule& rule : m_rules.model()) {
            const Outcome outcome = evaluate(rule, site);
            if (outcome.state != Outcome::State::Broken && outcome.state != Outcome::State::Undecided)
                continue;
            Finding f;
            f.code = "march.input-source";
            f.where = input.name;
            f.severity = outcome.state == Outcome::State::Broken ? Severity::Error : Severity::Undecided;
            f.allowed = allowedText(*rule.constraint, outcome);
            f.found = foundText(outcome.reading, rule.constraint->subject);
            f.rule = rule.constraint->text;
            f.message = f.severity == Severity::Error ? fmt::format("{} does not fit the input source", rule.subject->label)
                                                     : fmt::format("{} rule not decided: {} unknown", rule.subject->label, outcome.reading.unknown);
            f.advice = f.severity == Severity::Error ? "Change the input's shape, or take the input from ddr" : "Give the input a shape";
            m_findings.push_back(std::move(f));
        }
    }

    const ir::Graph& m_graph;
    Rules m_rules;
    const CheckOptions& m_options;
    std::vector<Rules> m_others;
    std::vector<bool> m_host;
    Fusion m_fusion;
    WholeModules m_wholes;
    std::vector<NodeId> m_rankCause; ///< by node: who made the rank of its result what it is, if that was reported
    std::vector<std::pair<std::string, std::string>> m_subjectNames;
    std::shared_ptr<Bodies> m_bodies; ///< those that were checked
    bool m_inBody;
    const Earlier* m_earlier = nullptr;
    Findings m_findings;
};

} // namespace

Findings checkMarch(const ir::Graph& graph, const march::March& march, const CheckOptions& options)
{
    Findings findings = Check(graph, Fusion(graph), march, options, std::make_shared<std::unordered_set<const ir::Graph*>>()).run();
    markIgnored(graph, findings);
    return findings;
}

Findings recheckMarch(const ir::Graph& before, const Findings& previous, const ir::Graph& now, const march::March& march, const CheckOptions& options)
{
    if (!haveSameFrame(before, now))
        return checkMarch(now, march, options);
    Fusion fusion(now);
    const Earlier earlier(before, previous, now, fusion);
    Findings findings = Check(now, std::move(fusion), march, options, std::make_shared<std::unordered_set<const ir::Graph*>>()).run(earlier);
    markIgnored(now, findings);
    return findings;
}

} // namespace bpu::passes

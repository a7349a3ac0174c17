// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_eager/check_eager.h"

#include "core/ops/op_spec.h"
#include "passes/check_eager/authors.h"
#include "passes/fuse/plan.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace bpu::passes {
namespace {

constexpr double kCameraScale = 1.0 / 128;

bool isFunctional(std::string_view what)
{
    return what.find("FloatFunctional.") != std::string_view::npos;
}

/// The node is the whole call of one of the author's modules: torch.nn.ReLU, not torch.nn.functional.relu and not one
/// of the steps of torch.nn.MultiheadAttention.
bool isModuleCall(const ir::Graph& graph, const ir::Node& node)
{
    if (node.scope.empty() || node.origins.empty())
        return false;
    const std::string_view what = node.origins.front().what;
    if (isFunctional(what)) { // a trace does not tell which one of the module around
        const auto type = graph.moduleTypes().find(node.scope);
        return type != graph.moduleTypes().end() && type->second.ends_with("FloatFunctional");
    }
    constexpr std::string_view kSeveralNodes[] = {"lstm", "gru", "rnn"};
    const ops::OpSpec* spec = ops::find(node.op);
    return spec && what.starts_with("torch.nn.") && !what.starts_with("torch.nn.functional.") && std::ranges::find(spec->torch, what) != spec->torch.end()
        && std::ranges::find(kSeveralNodes, node.op) == std::end(kSeveralNodes);
}

/// Its result has the scale of its input, or it disappears: calls of one module do no harm to each other.
bool mayBeShared(const ir::Node& node)
{
    const ops::OpSpec* spec = ops::find(node.op);
    return (spec && (spec->transparent || spec->family == ops::Family::Shape)) || node.op.starts_with("max_pool");
}

bool isAlreadyQuantized(const ir::Graph& graph)
{
    return std::ranges::any_of(graph.order(), [&](NodeId id) {
        const std::string& op = graph.node(id).op;
        return op.starts_with("quantized.") || op == "quantize_linear" || op == "fake_quantize";
    });
}

class EagerCheck {
public:
    EagerCheck(const ir::Graph& graph, bool fromCamera) : m_graph(graph), m_fromCamera(fromCamera) {}

    Findings run()
    {
        for (const NodeId id : m_graph.order())
            if (const ir::Node& node = m_graph.node(id); isModuleCall(m_graph, node))
                m_calls[node.scope].push_back(id);
        const FusionPlan plan = planChains(m_graph);
        noteSequences(plan);
        noteStubs();
        for (const NodeId id : m_graph.order()) {
            noteSequence(m_graph.node(id), plan);
            noteShared(m_graph.node(id));
            noteScale(m_graph.node(id));
        }
        return std::move(m_findings);
    }

private:
    static constexpr char kFx[] = "fx mode does it by itself";

    struct Sequence {
        size_t chain = 0;   ///< of the plan
        size_t modules = 0; ///< how many of its nodes are modules
    };

    struct Words {
        std::string message;
        std::string found;
        std::string allowed;
        std::string advice;
        std::string rule;
    };

    Finding& add(const char* code, Severity severity, Words words)
    {
        Finding& f = m_findings.emplace_back();
        f.code = code;
        f.severity = severity;
        f.message = std::move(words.message);
        f.found = std::move(words.found);
        f.allowed = std::move(words.allowed);
        f.advice = std::move(words.advice);
        f.rule = std::move(words.rule);
        return f;
    }

    void addAt(const ir::Node& node, const char* code, Severity severity, Words words)
    {
        Finding& f = add(code, severity, std::move(words));
        f.node = node.id;
        f.where = node.name;
        f.op = ops::qualifiedName(node);
    }

    bool isCalledOnce(const ir::Node& node) const
    {
        const auto calls = m_calls.find(node.scope);
        return calls != m_calls.end() && calls->second.size() == 1;
    }

    /// The modules of a chain as far as fuse_modules can be given them: it needs a module of its own for each step.
    std::vector<std::string> sequence(const FusionChain& chain) const
    {
        std::vector<std::string> modules;
        for (const NodeId id : chain.nodes()) {
            const ir::Node& node = m_graph.node(id);
            if (!isCalledOnce(node))
                break;
            modules.push_back(fmt::format("\"{}\"", node.scope));
        }
        return modules;
    }

    void noteSequences(const FusionPlan& plan)
    {
        std::vector<std::string> sequences;
        for (const FusionChain& chain : plan.chains) {
            const auto modules = sequence(chain);
            if (modules.size() > 1) {
                sequences.push_back(fmt::format("[{}]", fmt::join(modules, ", ")));
                m_sequences.emplace(chain.base, Sequence{static_cast<size_t>(&chain - plan.chains.data()), modules.size()});
            }
            for (const NodeId inside : {chain.batchNorm, chain.add, chain.activation})
                if (inside.isValid())
                    m_inside.insert(inside);
        }
        if (sequences.empty())
            return;
        const bool one = sequences.size() == 1;
        add("eager.fuse", Severity::Advice,
            {.message = one ? "A module sequence fuses, which eager mode has to be told" : "Module sequences fuse, which eager mode has to be told",
             .found = fmt::format("{} sequence{}", sequences.size(), one ? "" : "s"),
             .allowed = {},
             .advice = fmt::format("Before prepare_qat call horizon.quantization.fuse_modules(model, [{}], inplace=True); {}", fmt::join(sequences, ", "), kFx),
             .rule = "In eager mode fusion is called by hand"});
    }

    /// At the first module of each sequence; the finding eager.fuse has the call.
    void noteSequence(const ir::Node& node, const FusionPlan& plan)
    {
        const auto found = m_sequences.find(node.id);
        if (found == m_sequences.end())
            return;
        std::vector<std::string> types;
        for (const NodeId id : plan.chains[found->second.chain].nodes())
            if (types.size() < found->second.modules)
                types.emplace_back(typeOf(m_graph.node(id)));
        addAt(node, "eager.fuse-sequence", Severity::Advice,
              {.message = fmt::format("{} fuse, which eager mode has to be told", fmt::join(types, " + ")),
               .found = fmt::format("{} modules", types.size()),
               .allowed = {},
               .advice = fmt::format("Name them in fuse_modules, as eager.fuse writes it; {}", kFx),
               .rule = "In eager mode fusion is called by hand"});
    }

    /// At the first of the calls.
    void noteShared(const ir::Node& node)
    {
        const auto found = isModuleCall(m_graph, node) && !mayBeShared(node) ? m_calls.find(node.scope) : m_calls.end();
        if (found == m_calls.end() || found->second.size() < 2 || found->second.front() != node.id)
            return;
        const bool blocks = std::ranges::any_of(found->second, [&](NodeId id) { return m_inside.contains(id); });
        addAt(node, "eager.shared-module", Severity::Warning,
              {.message = blocks ? "The module is called more than once, which blocks fusion" : "The module is called more than once, with one scale for all calls",
             .found = fmt::format("{} calls: {}", found->second.size(), fmt::join(callSites(found->second), ", ")),
             .allowed = "1 call",
             .advice = fmt::format("Give each call a module of its own: {}", ownModule(node)),
             .rule = "A module that is called more than once is shared: split it"});
    }

    /// Lines of the source, the same for all modules of a class; names of the nodes where a line is not known.
    std::vector<std::string> callSites(const std::vector<NodeId>& calls) const
    {
        std::vector<std::string> lines;
        std::vector<std::string> names;
        for (const NodeId id : calls) {
            lines.push_back(authorsLine(m_graph.node(id)));
            names.push_back(m_graph.node(id).name);
        }
        return std::ranges::find(lines, std::string()) == lines.end() ? lines : names;
    }

    /// "self.relu2 = torch.nn.ReLU(...)", a name that is still free beside the module.
    std::string ownModule(const ir::Node& node) const
    {
        const std::string what = node.origins.front().what;
        const std::string type = isFunctional(what) ? what.substr(0, what.rfind('.')) : what;
        const size_t dot = node.scope.rfind('.');
        const std::string name = dot == std::string::npos ? node.scope : node.scope.substr(dot + 1);
        if (std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) // an element of a list or Sequential
            return fmt::format("another {}(...)", type);
        int number = 2;
        while (m_graph.moduleTypes().contains(node.scope + fmt::to_string(number)))
            ++number;
        return fmt::format("self.{}{} = {}(...)", name, number, type);
    }

    static std::string_view typeOf(const ir::Node& node)
    {
        const std::string_view what = node.origins.front().what;
        return isFunctional(what) ? what.substr(what.rfind('.') + 1) : ir::lastPart(what);
    }

    /// A trace keeps the stubs but not where they stand: then nothing is said of them.
    bool hasUnplaced(std::string_view type) const
    {
        const std::string op = type == "QuantStub" ? "quant_stub" : "dequant_stub";
        const bool isThere = std::ranges::any_of(m_graph.moduleTypes(), [&](const auto& entry) { return entry.second == type; });
        return isThere && std::ranges::none_of(m_graph.order(), [&](NodeId id) { return m_graph.node(id).op == op; });
    }

    void noteStubs()
    {
        if (!hasUnplaced("QuantStub"))
            noteInputs();
        if (!hasUnplaced("DeQuantStub"))
            noteOutputs();
    }

    void noteInputs()
    {
        for (const ValueId id : m_graph.inputs()) {
            const ir::Value& input = m_graph.value(id);
            const bool isData = ir::isFloat(input.type.dtype()) || input.type.dtype() == ir::DType::Undefined;
            if (!isData || input.users.empty() || std::ranges::all_of(input.users, [&](const ir::Use& use) { return m_graph.node(use.node).op == "quant_stub"; }))
                continue;
            Finding& f = add("eager.quant-stub", Severity::Advice,
                {.message = "The input enters the network without a QuantStub",
                 .found = {},
                 .allowed = {},
                 .advice = fmt::format("Add self.quant = horizon.quantization.QuantStub({}) and call it first in forward", m_fromCamera ? "scale=1/128" : ""),
                 .rule = "A QuantStub stands at every input"});
            f.where = input.name;
        }
    }

    void noteOutputs()
    {
        for (const ValueId id : m_graph.outputs()) {
            const ir::Value& output = m_graph.value(id);
            const ir::Node* producer = m_graph.producerOf(output);
            if (!producer || producer->op == "dequant_stub" || (!ir::isFloat(output.type.dtype()) && output.type.dtype() != ir::DType::Undefined))
                continue;
            Finding& f = add("eager.dequant-stub", Severity::Advice,
                {.message = "The output leaves the network without a DeQuantStub",
                 .found = {},
                 .allowed = {},
                 .advice = "Add self.dequant = torch.quantization.DeQuantStub() and call it last in forward",
                 .rule = "A DeQuantStub stands at every output"});
            f.where = output.name;
        }
    }

    /// The camera delivers centered YUV444, -128 to 127.
    void noteScale(const ir::Node& node)
    {
        if (!m_fromCamera || node.op != "quant_stub" || m_graph.inputOf(node, 0)->producer.isValid())
            return;
        const bool hasScale = node.attributes.has("scale");
        const double scale = node.attributes.number("scale", 0);
        if (hasScale && std::abs(scale - kCameraScale) < 1e-9)
            return;
        addAt(node, "eager.quant-stub-scale", Severity::Error,
              {.message = "QuantStub needs a fixed scale for a camera input",
             .found = hasScale ? fmt::format("{:.6g}", scale) : "no scale",
             .allowed = "1/128",
             .advice = "Use horizon.quantization.QuantStub(scale=1/128): the camera delivers -128 to 127",
             .rule = "An input from the pyramid needs the scale 1/128"});
    }

    const ir::Graph& m_graph;
    bool m_fromCamera;
    std::unordered_map<std::string_view, std::vector<NodeId>> m_calls; ///< by module path
    std::unordered_map<NodeId, Sequence> m_sequences;          ///< by first node
    std::unordered_set<NodeId> m_inside;                       ///< nodes that fuse into the one before
    Findings m_findings;
};

} // namespace

Findings checkEager(const ir::Graph& graph, bool fromCamera)
{
    if (!hasAuthorsWords(graph) || graph.stage() != ir::Stage::Float || isAlreadyQuantized(graph))
        return {};
    return EagerCheck(graph, fromCamera).run();
}

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/insert_qat/placement.h"

#include "core/ir/bodies.h"
#include "core/ir/graph_editor.h"
#include "core/ops/keeps_grid.h"
#include "core/ops/op_spec.h"
#include "passes/check_march/whole_modules.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::passes {
namespace {

constexpr size_t kMostNamed = 20; // in one sentence

std::string listed(const std::vector<std::string>& names)
{
    const size_t shown = std::min(names.size(), kMostNamed);
    return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), "; "),
                       shown < names.size() ? fmt::format("; and {} more", names.size() - shown) : "");
}

bool isRefusal(const Finding& finding)
{
    return finding.severity == Severity::Error && finding.code.starts_with("march.") && finding.ignored.empty();
}

/// The operator in the author's words without what fused with it: "AvgPool2d".
std::string shortName(const ir::Graph& graph, const Finding& finding)
{
    return std::string(ir::lastPart(finding.op.empty() ? graph.node(finding.node).op : finding.op));
}

} // namespace

bool isNumeric(const ir::Value& value)
{
    return ir::isFloat(value.type.dtype());
}

bool isProduct(std::string_view op)
{
    return op == "linear" || op == "matmul" || op == "bmm" || op.starts_with("conv_transpose") || op == "conv1d" || op == "conv2d" || op == "conv3d";
}

bool wantsGrid(const ir::Graph& graph, const ir::Node& node, size_t slot)
{
    static constexpr auto kFirstOnly = std::to_array<std::string_view>({"batch_norm1d", "batch_norm2d", "batch_norm3d", "clamp", "group_norm", "instance_norm", "interpolate",
                                                                       "layer_norm", "pad", "pow", "rms_norm"});
    const ir::Value* value = graph.inputOf(node, slot);
    if (!value || !isNumeric(*value))
        return false;
    const bool isBias = slot == 2 && isProduct(node.op);
    return slot == 0 || (!isBias && std::ranges::find(kFirstOnly, node.op) == kFirstOnly.end());
}

class Placer {
public:
    Placer(const ir::Graph& graph, const march::March& march, const InsertQatOptions& options, const quant::QConfigs& qconfigs, Findings& findings)
        : m_graph(graph), m_march(march), m_options(options), m_qconfigs(qconfigs), m_findings(findings), m_placement(graph)
    {
    }

    Result<Placement> run()
    {
        const Findings check = checkMarch(m_graph, m_march, {.inputSource = m_options.inputSource, .others = {}});
        BPU_CHECK(checkTypes());
        BPU_CHECK(checkModel(check));
        BPU_CHECK(place(check));
        for (const NodeId id : m_graph.order())
            m_placement.m_moves[id.index] = m_placement.isOnBpu(id) && ops::keepsGrid(m_graph.node(id)) && !m_graph.inputOf(m_graph.node(id), 0)->isConstant();
        widenOutputs();
        BPU_CHECK(checkGrids());
        BPU_CHECK(checkPlannedTypes(check));
        return std::move(m_placement);
    }

private:
    Result<void> checkTypes() const
    {
        for (const NodeId id : m_graph.order())
            for (const ValueId output : m_graph.node(id).outputs)
                if (const ir::Value& value = m_graph.value(output); isNumeric(value) && value.type.dtype() != ir::DType::Float32)
                    return Error{"qat.type", m_graph.node(id).name, fmt::format("gives {}; only float32 models can be quantized, export it in float32", value.type.text())};
        return {};
    }

    /// A refusal that names no node is of the whole model: its input source.
    Result<void> checkModel(const Findings& check)
    {
        size_t undecided = 0;
        for (const Finding& f : check) {
            if (isRefusal(f) && !f.node.isValid())
                return Error{"qat.unsupported", f.where, fmt::format("{} ({} found, {} allowed); {}", f.message, f.found, f.allowed, f.advice)};
            undecided += f.severity == Severity::Undecided && f.ignored.empty() ? 1 : 0;
        }
        if (undecided > 0)
            note(nullptr, "qat.undecided", Severity::Warning, fmt::format("{} rules of {} could not be decided, so operators may be refused later", undecided, m_march.title()),
                 "Give the inputs their shapes with --input");
        return {};
    }

    /// Why the march cannot run a node, by node; empty for those that it can.
    std::vector<std::string> refusals(const Findings& check) const
    {
        std::vector<std::string> reasons(m_graph.nodeIdBound());
        for (const Finding& f : check)
            if (isRefusal(f) && f.code != "march.dtype" && reasons[f.node.index].empty())
                reasons[f.node.index] = f.message + (f.found.empty() || f.allowed.empty() ? "" : fmt::format(" ({} found, {} allowed)", f.found, f.allowed));
        const WholeModules wholes(m_graph); // their findings name the first step
        for (const NodeId id : m_graph.order())
            if (const ir::Node* whole = wholes.of(id))
                reasons[id.index] = reasons[whole->id.index];
        return reasons;
    }

    Result<void> place(const Findings& check)
    {
        const std::vector<std::string> why = refusals(check);
        std::vector<std::string> refused, left;
        for (const NodeId id : m_graph.order()) {
            const ir::Node& node = m_graph.node(id);
            const auto matters = [&](ValueId v) { return m_graph.find(v) && (isNumeric(m_graph.value(v)) || m_graph.value(v).type.dtype() == ir::DType::Undefined); };
            if (std::ranges::none_of(node.inputs, matters) && std::ranges::none_of(node.outputs, matters) && ir::bodiesOf(node).empty())
                continue;
            const bool isRefused = !why[id.index].empty();
            m_placement.m_devices[id.index] = isRefused || !m_qconfigs.of(id) ? Device::Cpu : Device::Bpu;
            if (m_placement.isOnBpu(id))
                continue;
            if (isRefused)
                refused.push_back(fmt::format("'{}' ({})", node.name, why[id.index]));
            else
                left.push_back(fmt::format("'{}'", node.name));
            note(&node, "qat.cpu", Severity::Advice, fmt::format("Runs on the CPU in float: {}", isRefused ? why[id.index] : "its qconfig is null"), "");
        }
        return m_options.hybrid ? Result<void>() : notPlaced(refused, left);
    }

    Result<void> notPlaced(const std::vector<std::string>& refused, const std::vector<std::string>& left) const
    {
        const bool isOne = refused.size() == 1;
        if (!refused.empty())
            return Error{"qat.unsupported", {}, fmt::format("{} cannot run on {}: {}; change {} as bpu check advises, or keep {} in float on the CPU with --hybrid",
                                                            isOne ? "1 operator" : fmt::format("{} operators", refused.size()), m_march.title(), listed(refused),
                                                            isOne ? "it" : "them", isOne ? "it" : "them")};
        if (!left.empty())
            return Error{"qat.unsupported", {}, fmt::format("the qconfig keeps {} in float; add --hybrid, which runs what is in float on the CPU", listed(left))};
        return {};
    }

    /// Behind a product whose result only leaves the BPU, at most through moves.
    void widenOutputs()
    {
        std::vector<bool> leaves(m_graph.valueIdBound());
        for (auto id = m_graph.order().rbegin(); id != m_graph.order().rend(); ++id)
            for (const ValueId output : m_graph.node(*id).outputs)
                leaves[output.index] = onlyLeaves(m_graph.value(output), leaves);
        for (const NodeId id : m_graph.order()) {
            const ir::Node& node = m_graph.node(id);
            if (!m_placement.isOnBpu(id) || !isProduct(node.op) || node.outputs.size() != 1)
                continue;
            const bool isOut = !m_qconfigs.of(id)->activation;
            if (!leaves[node.output().index] || (m_qconfigs.isNamed(id) && !isOut))
                continue;
            note(&node, "qat.output", Severity::Advice, "Output not quantized: it leaves the BPU with its 32 bits, for accuracy", "");
            widen(node.output(), channelAxisOf(node));
        }
    }

    bool onlyLeaves(const ir::Value& value, const std::vector<bool>& leaves) const
    {
        if (value.users.empty() && !value.isGraphOutput())
            return false;
        return std::ranges::all_of(value.users, [&](const ir::Use& use) {
            const ir::Node& user = m_graph.node(use.node);
            if (!m_placement.isOnBpu(use.node))
                return true;
            return m_placement.isMove(use.node) && use.index == 0 && std::ranges::all_of(user.outputs, [&](ValueId id) { return !isNumeric(m_graph.value(id)) || leaves[id.index]; });
        });
    }

    /// Along which the weights have one scale each; -1 where they have one in all.
    int channelAxisOf(const ir::Node& node) const
    {
        if (node.op == "matmul" || node.op == "bmm")
            return -1;
        return node.op == "linear" ? m_graph.value(node.output()).type.rank() - 1 : 1;
    }

    /// Moves that tear the channels apart would lose whose scale is whose: they run behind the dequantization, on the CPU.
    void widen(ValueId value, int axis)
    {
        m_placement.m_wide[value.index] = true;
        for (const ir::Use& use : m_graph.value(value).users) {
            const ir::Node& move = m_graph.node(use.node);
            if (!m_placement.isMove(use.node))
                continue;
            const auto behind = axis < 0 ? std::optional(-1) : ops::axisBehind(m_graph, move, axis);
            if (behind)
                for (const ValueId output : move.outputs)
                    widen(output, *behind);
            else
                leave(move);
        }
    }

    void leave(const ir::Node& node)
    {
        if (m_placement.of(node.id) == Device::Cpu)
            return;
        m_placement.m_devices[node.id.index] = Device::Cpu;
        m_placement.m_moves[node.id.index] = false;
        note(&node, "qat.output-move", Severity::Advice, "Runs behind the BPU, in float: it takes the channels of a 32-bit output apart", "");
        for (const ValueId output : node.outputs)
            for (const ir::Use& use : m_graph.value(output).users)
                if (m_placement.isMove(use.node))
                    leave(m_graph.node(use.node));
    }

    /// What stays on the BPU needs a grid, unless it is wide.
    Result<void> checkGrids() const
    {
        for (const NodeId id : m_graph.order()) {
            const ir::Node& node = m_graph.node(id);
            if (!m_placement.isOnBpu(id) || m_placement.isMove(id) || m_qconfigs.of(id)->activation || m_placement.isWide(node.output()))
                continue;
            if (!isProduct(node.op))
                return Error{"qat.no-grid", node.name, fmt::format("its qconfig leaves the result in 32 bits, which only conv, linear and matmul can; give {} an activation", ops::title(node))};
            return Error{"qat.no-grid", node.name, "its qconfig leaves the result in 32 bits, but an operator of the BPU reads it; give it an activation"};
        }
        return {};
    }

    ir::QType plannedType(ValueId id, const std::vector<ir::QType>& types) const
    {
        const ir::Value& value = m_graph.value(id);
        if (value.isGraphInput) {
            const quant::MaybeQConfig& config = m_qconfigs.ofInput(value.name);
            return config && config->activation ? config->activation->options.type : ir::QType::QInt8;
        }
        const ir::Node* producer = m_graph.producerOf(value);
        if (!producer)
            return ir::QType::QInt8;
        if (m_placement.isMove(producer->id))
            return types[producer->input(0).index];
        const quant::MaybeQConfig& config = m_qconfigs.of(producer->id);
        return config && config->activation ? config->activation->options.type : ir::QType::QInt8;
    }

    /// The check again, with the types that the qconfig plans: an operator that takes qint8 only is not given qint16.
    Result<void> checkPlannedTypes(const Findings& before)
    {
        std::vector<ir::QType> types(m_graph.valueIdBound(), ir::QType::QInt8);
        ir::GraphEditor editor(m_graph);
        bool hasWide = false;
        const auto plan = [&](ValueId id) {
            types[id.index] = plannedType(id, types);
            hasWide = hasWide || types[id.index] == ir::QType::QInt16;
            if (isNumeric(m_graph.value(id)))
                editor.setQuant(id, ir::QuantParams{types[id.index], {1.0}, -1});
        };
        for (const ValueId id : m_graph.inputs())
            plan(id);
        for (const NodeId id : m_graph.order())
            for (const ValueId output : m_graph.node(id).outputs)
                plan(output);
        if (!hasWide)
            return {};
        BPU_TRY(planned, editor.finish());
        std::vector<std::string> refused;
        for (const Finding& f : checkMarch(planned, m_march, {.inputSource = m_options.inputSource, .others = {}})) {
            const bool isKnown = std::ranges::any_of(before, [&](const Finding& known) { return known.node == f.node && known.code == f.code && isRefusal(known); });
            if (isRefusal(f) && f.node.isValid() && m_placement.isOnBpu(f.node) && !isKnown)
                refused.push_back(fmt::format("'{}' ({}: {} found, {} allowed)", f.where, shortName(m_graph, f), f.found, f.allowed));
        }
        if (refused.empty())
            return {};
        return Error{"qat.dtype", {}, fmt::format("the qconfig gives types that {} does not take here: {}; give what stands before them a qconfig with qint8", m_march.title(), listed(refused))};
    }

    void note(const ir::Node* node, std::string code, Severity severity, std::string message, std::string advice)
    {
        Finding f;
        f.code = std::move(code);
        f.severity = severity;
        f.node = node ? node->id : NodeId{};
        f.where = node ? node->name : std::string();
        f.op = node ? ops::qualifiedName(*node) : std::string();
        f.message = std::move(message);
        f.advice = std::move(advice);
        m_findings.push_back(std::move(f));
    }

    const ir::Graph& m_graph;
    const march::March& m_march;
    const InsertQatOptions& m_options;
    const quant::QConfigs& m_qconfigs;
    Findings& m_findings;
    Placement m_placement;
};

Result<Placement> Placement::make(const ir::Graph& graph, const march::March& march, const InsertQatOptions& options, const quant::QConfigs& qconfigs, Findings& findings)
{
    return Placer(graph, march, options, qconfigs, findings).run();
}

} // namespace bpu::passes

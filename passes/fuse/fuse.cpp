// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/fuse/fuse.h"

#include "core/ir/rewriter.h"
#include "core/ops/op_spec.h"
#include "passes/fuse/fold_batch_norm.h"
#include "passes/fuse/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::passes {
namespace {

std::string shortName(const ir::Node& node)
{
    const ops::OpSpec* spec = ops::find(node.op);
    return spec && !spec->torch.empty() ? std::string(ir::lastPart(spec->torch.front())) : node.op;
}

/// "conv1 + bn1 + relu -> Conv2d + ReLU"
std::string describe(const ir::Graph& graph, const FusionChain& chain)
{
    std::vector<std::string> names;
    for (const NodeId id : chain.nodes())
        names.push_back(graph.node(id).name);
    std::vector<std::string> result{shortName(graph.node(chain.base))};
    if (chain.add.isValid())
        result.emplace_back("add");
    if (chain.activation.isValid())
        result.push_back(shortName(graph.node(chain.activation)));
    return fmt::format("{} -> {}", fmt::join(names, " + "), fmt::join(result, " + "));
}

FusedGroup groupOf(const ir::Graph& graph, const FusionChain& chain)
{
    return {chain.nodes(), {}, describe(graph, chain)};
}

/// Carries out one plan on a copy of the graph.
class Fuser {
public:
    explicit Fuser(const ir::Graph& graph) : m_graph(graph), m_rewriter(graph) {}

    NodeId apply(const FusionChain& chain)
    {
        const ir::Node& base = m_graph.node(chain.base);
        ir::NodeSpec spec{.op = base.op, .name = base.name, .inputs = m_rewriter.graph().node(chain.base).inputs, .attributes = base.attributes};
        spec.inputs.resize(4);
        if (chain.batchNorm.isValid())
            absorb(base, m_graph.node(chain.batchNorm), spec);
        if (chain.add.isValid())
            spec.inputs[3] = chain.addend; // a fusion before this one keeps the id of its last result
        while (!spec.inputs.back().isValid())
            spec.inputs.pop_back();
        if (chain.activation.isValid())
            spec.attributes.set("activation", m_graph.node(chain.activation).op);
        const NodeId fused = m_rewriter.fuse(chain.nodes(), std::move(spec));
        m_rewriter.renameNode(fused, base.name);
        return fused;
    }

    Result<ir::Graph> finish()
    {
        m_rewriter.setStage(ir::Stage::Fused);
        m_rewriter.removeDead();
        for (const auto& [value, name] : m_renames)
            if (m_rewriter.graph().contains(value))
                m_rewriter.renameValue(value, name);
        return m_rewriter.finish();
    }

private:
    void absorb(const ir::Node& base, const ir::Node& norm, ir::NodeSpec& spec)
    {
        FoldedLayer folded = foldBatchNorm(m_graph, base, norm);
        const std::string weightName = m_graph.inputOf(base, 1)->name;
        const ir::Value* bias = m_graph.inputOf(base, 2);
        spec.inputs[1] = addConstant(weightName, std::move(folded.weight));
        spec.inputs[2] = addConstant(bias ? bias->name : biasName(weightName, base), std::move(folded.bias));
    }

    static std::string biasName(const std::string& weightName, const ir::Node& base)
    {
        constexpr std::string_view kWeight = ".weight";
        return weightName.ends_with(kWeight) ? weightName.substr(0, weightName.size() - kWeight.size()) + ".bias" : base.name + ".bias";
    }

    /// It takes over the name once the constant before it is gone.
    ValueId addConstant(const std::string& name, ir::Tensor tensor)
    {
        const ValueId id = m_rewriter.addConstant(name, std::move(tensor));
        m_renames.emplace_back(id, name);
        return id;
    }

    const ir::Graph& m_graph;
    ir::Rewriter m_rewriter;
    std::vector<std::pair<ValueId, std::string>> m_renames;
};

} // namespace

std::vector<FusedGroup> planFusion(const ir::Graph& graph)
{
    std::vector<FusedGroup> groups;
    if (graph.stage() == ir::Stage::Float)
        for (const FusionChain& chain : planChains(graph).chains)
            groups.push_back(groupOf(graph, chain));
    return groups;
}

Result<FuseReport> fuse(const ir::Graph& graph)
{
    if (graph.stage() == ir::Stage::Fused)
        return FuseReport{graph, {}, {}};
    if (graph.stage() != ir::Stage::Float)
        return Error{"fuse.stage", {}, fmt::format("fuse takes a float model, this one is {}; open the float model", name(graph.stage()))};
    FusionPlan plan = planChains(graph);
    Fuser fuser(graph);
    FuseReport report;
    for (const FusionChain& chain : plan.chains) {
        report.fused.push_back(groupOf(graph, chain));
        report.fused.back().result = fuser.apply(chain);
    }
    BPU_TRY(fused, fuser.finish());
    report.graph = std::move(fused);
    report.missed = std::move(plan.missed);
    return report;
}

} // namespace bpu::passes

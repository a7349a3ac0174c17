// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The sequences are those of the vendor's fuse_fx: base, batch norm?, add?, ReLU or ReLU6?, in this order.
// They are grown in three sweeps over the graph (batch norms, adds, activations), so an add between two
// convolutions is decided once, for its first operand as in the vendor's first pattern, and time is linear.
#include "passes/fuse/plan.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

bool isBatchNorm(const ir::Node& node)
{
    return node.op == "batch_norm1d" || node.op == "batch_norm2d" || node.op == "batch_norm3d";
}

bool isRelu(const ir::Node& node)
{
    return node.op == "relu" || node.op == "relu6";
}

/// Empty when the value may disappear inside a fused node.
std::string whyResultStays(const ir::Node& node, const ir::Value& result)
{
    if (result.isGraphOutput())
        return fmt::format("the result of '{}' is an output of the graph", node.name);
    if (result.users.size() != 1)
        return fmt::format("the result of '{}' has {} users", node.name, result.users.size());
    return {};
}

class Planner {
public:
    explicit Planner(const ir::Graph& graph) : m_graph(graph), m_chainOf(graph.nodeIdBound(), kNone) {}

    FusionPlan plan()
    {
        for (const NodeId id : m_graph.order())
            if (isFusionBase(m_graph.node(id)) && !m_graph.node(id).outputs.empty())
                startChain(id);
        sweep(isBatchNorm, &Planner::takeBatchNorm);
        sweep([](const ir::Node& node) { return node.op == "add"; }, &Planner::takeAdd);
        sweep(isRelu, &Planner::takeRelu);
        FusionPlan plan;
        std::ranges::copy_if(m_chains, std::back_inserter(plan.chains), &FusionChain::fuses);
        std::vector<std::string> reasons(m_graph.nodeIdBound());
        for (auto& [id, reason] : m_missed)
            reasons[id.index] = std::move(reason);
        for (const NodeId id : m_graph.order())
            if (!reasons[id.index].empty())
                plan.missed.push_back({id, std::move(reasons[id.index])});
        return plan;
    }

private:
    static constexpr uint32_t kNone = 0xffffffffU;

    template <typename Predicate>
    void sweep(Predicate matches, void (Planner::*take)(const ir::Node&))
    {
        for (const NodeId id : m_graph.order())
            if (const ir::Node& node = m_graph.node(id); matches(node) && !node.outputs.empty())
                (this->*take)(node);
    }

    void startChain(NodeId id)
    {
        m_chainOf[id.index] = static_cast<uint32_t>(m_chains.size());
        m_chains.push_back({.base = id, .batchNorm = {}, .add = {}, .activation = {}, .addend = {}});
    }

    /// The chain whose last node makes input `slot` of `node`; null when none does.
    FusionChain* chainBefore(const ir::Node& node, size_t slot)
    {
        const ir::Node* producer = producerOf(node, slot);
        const uint32_t chain = producer ? m_chainOf[producer->id.index] : kNone;
        return chain == kNone || m_chains[chain].nodes().back() != producer->id ? nullptr : &m_chains[chain];
    }

    const ir::Node* producerOf(const ir::Node& node, size_t slot) const
    {
        const ir::Value* value = m_graph.inputOf(node, slot);
        return value ? m_graph.producerOf(*value) : nullptr;
    }

    void join(FusionChain& chain, NodeId FusionChain::*place, const ir::Node& node)
    {
        chain.*place = node.id;
        m_chainOf[node.id.index] = static_cast<uint32_t>(&chain - m_chains.data());
    }

    void miss(const ir::Node& node, std::string reason) { m_missed.emplace_back(node.id, std::move(reason)); }

    /// What holds for anything that is to join: the value between is free, the layer is used once, no
    /// activation stands between.
    std::string whyClosed(const FusionChain& chain, const ir::Node& next) const
    {
        const ir::Node& base = m_graph.node(chain.base);
        const ir::Node& last = m_graph.node(chain.nodes().back());
        if (base.attributes.has("activation"))
            return fmt::format("'{}' already ends in {}, and nothing fuses behind it", base.name, base.attributes.text("activation"));
        if (chain.activation.isValid())
            return fmt::format("'{}' already takes in an activation", base.name);
        if ((chain.add.isValid() || base.input(3).isValid()) && !isRelu(next))
            return fmt::format("'{}' already holds an add, and {} does not fuse behind it", base.name, next.op);
        if (std::string reason = whyResultStays(last, m_graph.value(last.output())); !reason.empty())
            return reason;
        return whyShared(base);
    }

    /// A layer that runs twice has one weight for two places: what follows one of them must not enter it.
    std::string whyShared(const ir::Node& base) const
    {
        const ir::Value* weight = m_graph.inputOf(base, 1);
        if (!weight)
            return fmt::format("'{}' has no weight", base.name);
        for (const ir::Use& use : weight->users)
            if (use.node != base.id)
                return fmt::format("shared operator: the weight of '{}' is also used by '{}'", base.name, m_graph.node(use.node).name);
        return {};
    }

    void takeBatchNorm(const ir::Node& node)
    {
        FusionChain* chain = chainBefore(node, 0);
        std::string reason = chain ? whyNotBatchNorm(*chain, node) : whyOrder(node);
        if (reason.empty())
            join(*chain, &FusionChain::batchNorm, node);
        else
            miss(node, std::move(reason));
    }

    /// Why a batch norm that follows no convolution stays.
    std::string whyOrder(const ir::Node& node) const
    {
        constexpr char kOrder[] = "only convolution, batch norm, add, ReLU fuse, in this order";
        const ir::Node* before = producerOf(node, 0);
        if (before && isRelu(*before))
            return fmt::format("unsupported order: {} comes before batch norm; {}", before->op, kOrder);
        if (before && before->op == "add")
            return fmt::format("unsupported order: add comes before batch norm; {}", kOrder);
        for (const ir::Use& use : m_graph.value(node.output()).users)
            if (isFusionBase(m_graph.node(use.node)))
                return fmt::format("unsupported order: batch norm comes before '{}'; {}", m_graph.node(use.node).name, kOrder);
        return "no convolution or linear layer stands before the batch norm";
    }

    std::string whyNotBatchNorm(const FusionChain& chain, const ir::Node& node) const
    {
        const ir::Node& base = m_graph.node(chain.base);
        if (chain.batchNorm.isValid())
            return fmt::format("'{}' already takes in a batch norm", base.name);
        if (std::string reason = whyClosed(chain, node); !reason.empty())
            return reason;
        if (std::string reason = whyParametersUnknown(base, node); !reason.empty())
            return reason;
        if (std::string reason = whyChannelsDiffer(base, node); !reason.empty())
            return reason;
        return whySharedNorm(node);
    }

    /// Exporters merge equal initializers, so common parameters alone do not make a shared module: the scope must agree too.
    std::string whySharedNorm(const ir::Node& node) const
    {
        const ir::Value* gamma = m_graph.inputOf(node, 1);
        if (node.scope.empty() || gamma->users.size() < 2 || gamma->users.size() > kMaxCalls)
            return {};
        for (const ir::Use& use : gamma->users)
            if (const ir::Node& other = m_graph.node(use.node); use.node != node.id && other.scope == node.scope && isBatchNorm(other))
                return fmt::format("shared operator: '{}' is the same batch norm", other.name);
        return {};
    }

    std::string whyParametersUnknown(const ir::Node& base, const ir::Node& norm) const
    {
        const auto unusable = [this](const ir::Node& node, size_t slot) {
            const ir::Value* value = m_graph.inputOf(node, slot);
            return !value || !value->isConstant() || (value->type.dtype() != ir::DType::Float32 && value->type.dtype() != ir::DType::Float64);
        };
        if (unusable(base, 1) || (base.input(2).isValid() && unusable(base, 2)))
            return fmt::format("weight or bias of '{}' is not a float32 or float64 constant", base.name);
        for (size_t slot = 1; slot <= 4; ++slot)
            if (unusable(norm, slot))
                return "a parameter of the batch norm is not a float32 or float64 constant";
        return {};
    }

    std::string whyChannelsDiffer(const ir::Node& base, const ir::Node& norm) const
    {
        const ir::TensorType& weight = m_graph.inputOf(base, 1)->type;
        const ir::TensorType& result = m_graph.outputOf(base)->type;
        const int64_t groups = base.attributes.integer("groups", 1);
        const bool transposed = isConvTranspose(base);
        if (weight.rank() < 2 || groups < 1 || weight.dim(0) % groups != 0)
            return fmt::format("the weight of '{}' does not fit its groups", base.name);
        if (base.op == "linear" && result.rank() != 2)
            return result.hasRank() ? fmt::format("batch norm runs over dimension 1, the features of '{}' are dimension {}", base.name, result.rank() - 1)
                                    : fmt::format("the shape of the result of '{}' is unknown; give the input a shape", base.name);
        const int64_t channels = transposed ? weight.dim(1) * groups : weight.dim(0);
        for (const size_t slot : {size_t{1}, size_t{2}, size_t{3}, size_t{4}})
            if (m_graph.inputOf(norm, slot)->constant->elementCount() != channels)
                return fmt::format("'{}' has {} output channels, the batch norm another number", base.name, channels);
        if (base.input(2).isValid() && m_graph.inputOf(base, 2)->constant->elementCount() != channels)
            return fmt::format("'{}' has {} output channels, its bias another number", base.name, channels);
        return {};
    }

    void takeAdd(const ir::Node& node)
    {
        FusionChain* taken = nullptr;
        std::string firstReason;
        for (const size_t slot : {size_t{0}, size_t{1}}) {
            FusionChain* chain = chainBefore(node, slot);
            if (!chain)
                continue;
            std::string reason = whyNotAdd(*chain, node, slot);
            if (reason.empty() && taken)
                miss(m_graph.node(chain->base), fmt::format("the add '{}' fuses with its other operand '{}'", node.name, m_graph.node(taken->base).name));
            if (reason.empty() && !taken) {
                taken = chain;
                taken->addend = node.input(1 - slot);
            }
            if (firstReason.empty())
                firstReason = std::move(reason);
        }
        if (taken)
            join(*taken, &FusionChain::add, node);
        else if (!firstReason.empty())
            miss(node, std::move(firstReason));
    }

    std::string whyNotAdd(const FusionChain& chain, const ir::Node& node, size_t slot) const
    {
        if (std::string reason = whyClosed(chain, node); !reason.empty())
            return reason;
        const ir::Value* other = m_graph.inputOf(node, 1 - slot);
        if (!other)
            return "the add has one operand only";
        const ir::TensorType& type = m_graph.inputOf(node, slot)->type;
        if (other->type == type && type.hasRank())
            return {};
        if (!type.hasRank() || !other->type.hasRank())
            return "the shapes of the add are unknown; give the inputs a shape";
        return fmt::format("the add broadcasts {} of {} to {}", other->isConstant() ? "a constant" : "an operand", ir::shapeText(other->type), ir::shapeText(type));
    }

    void takeRelu(const ir::Node& node)
    {
        FusionChain* chain = chainBefore(node, 0);
        if (!chain)
            return;
        std::string reason = whyClosed(*chain, node);
        if (reason.empty())
            join(*chain, &FusionChain::activation, node);
        else
            miss(node, std::move(reason));
    }

    /// A module that runs more often than this is one of the equal initializers that exporters merge; keeps the sweep linear.
    static constexpr size_t kMaxCalls = 64;

    const ir::Graph& m_graph;
    std::vector<FusionChain> m_chains;
    std::vector<uint32_t> m_chainOf; ///< by node: index of the chain it belongs to
    std::vector<std::pair<NodeId, std::string>> m_missed;
};

} // namespace

std::vector<NodeId> FusionChain::nodes() const
{
    std::vector<NodeId> nodes;
    for (const NodeId id : {base, batchNorm, add, activation})
        if (id.isValid())
            nodes.push_back(id);
    return nodes;
}

bool isConvTranspose(const ir::Node& node)
{
    return node.op.starts_with("conv_transpose");
}

bool isFusionBase(const ir::Node& node)
{
    return node.op == "linear" || node.op == "conv1d" || node.op == "conv2d" || node.op == "conv3d" || node.op == "conv_transpose1d" ||
           node.op == "conv_transpose2d" || node.op == "conv_transpose3d";
}

FusionPlan planChains(const ir::Graph& graph)
{
    return Planner(graph).plan();
}

} // namespace bpu::passes

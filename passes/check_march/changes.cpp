// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/changes.h"

namespace bpu::passes {
namespace {

constexpr int kForward = 3;  ///< the fix that turns a linear layer into a convolution sees the input of a flatten
constexpr int kBackward = 9; ///< isModelOutput follows eight operators

class Changes {
public:
    Changes(const ir::Graph& before, const Fusion& fusionBefore, const ir::Graph& now, const Fusion& fusionNow)
        : m_before(before), m_now(now), m_fusionBefore(fusionBefore), m_fusionNow(fusionNow), m_changed(now.nodeIdBound())
    {
    }

    std::vector<bool> find()
    {
        std::vector<NodeId> seeds;
        for (const NodeId id : m_now.order())
            if (!m_now.sharesNode(m_before, id) || !hasSameChain(id))
                seeds.push_back(id);
        for (uint32_t i = 0; i < m_now.valueIdBound(); ++i)
            if (const ValueId id{i}; m_now.contains(id) && !m_now.sharesValue(m_before, id))
                addAround(id, seeds);
        spread(seeds, kForward, &Changes::addUsers);
        spread(seeds, kBackward, &Changes::addProducers);
        return std::move(m_changed);
    }

private:
    bool hasSameChain(NodeId id) const
    {
        const FusionChain* a = id.index < m_before.nodeIdBound() ? m_fusionBefore.chainOf(id) : nullptr;
        const FusionChain* b = m_fusionNow.chainOf(id);
        return (!a && !b) || (a && b && a->base == b->base && a->batchNorm == b->batchNorm && a->add == b->add && a->activation == b->activation);
    }

    /// The producer and the users of a value.
    void addAround(ValueId id, std::vector<NodeId>& list) const
    {
        const ir::Value& value = m_now.value(id);
        if (value.producer.isValid())
            list.push_back(value.producer);
        for (const ir::Use& use : value.users)
            list.push_back(use.node);
    }

    void addUsers(NodeId id, std::vector<NodeId>& list) const
    {
        for (const ValueId output : m_now.node(id).outputs)
            for (const ir::Use& use : m_now.value(output).users)
                list.push_back(use.node);
    }

    void addProducers(NodeId id, std::vector<NodeId>& list) const
    {
        for (const ValueId input : m_now.node(id).inputs)
            if (const ir::Value* value = m_now.find(input); value && value->producer.isValid())
                list.push_back(value->producer);
    }

    void spread(std::vector<NodeId> front, int steps, void (Changes::*next)(NodeId, std::vector<NodeId>&) const)
    {
        std::vector<bool> isReached(m_changed.size());
        for (int step = 0; step <= steps && !front.empty(); ++step) {
            std::vector<NodeId> further;
            for (const NodeId id : front)
                if (!isReached[id.index]) {
                    isReached[id.index] = m_changed[id.index] = true;
                    (this->*next)(id, further);
                }
            front = std::move(further);
        }
    }

    const ir::Graph& m_before;
    const ir::Graph& m_now;
    const Fusion& m_fusionBefore;
    const Fusion& m_fusionNow;
    std::vector<bool> m_changed;
};

} // namespace

std::vector<bool> mayHaveChanged(const ir::Graph& before, const Fusion& fusionBefore, const ir::Graph& now, const Fusion& fusionNow)
{
    return Changes(before, fusionBefore, now, fusionNow).find();
}

bool haveSameFrame(const ir::Graph& before, const ir::Graph& now)
{
    const auto formatOf = [](const ir::Graph& graph) {
        const auto found = graph.facts().find("format");
        return found == graph.facts().end() ? std::string_view() : std::string_view(found->second);
    };
    const bool hasSameTypes = &before.moduleTypes() == &now.moduleTypes() || before.moduleTypes() == now.moduleTypes();
    return before.stage() == now.stage() && formatOf(before) == formatOf(now) && hasSameTypes;
}

} // namespace bpu::passes

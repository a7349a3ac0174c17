// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/plan.h"

#include "core/runtime/aligned.h"
#include "core/runtime/onednn.h"
#include "core/runtime/parallel.h"
#include "core/runtime/tails.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

namespace bpu::runtime {

int Plan::rootOf(int slot) const
{
    while (slots[static_cast<size_t>(slot)].sharedWith >= 0)
        slot = slots[static_cast<size_t>(slot)].sharedWith;
    return slot;
}

size_t Plan::offsetOf(int slot) const
{
    size_t offset = 0;
    for (; slot >= 0; slot = slots[static_cast<size_t>(slot)].sharedWith)
        offset += slots[static_cast<size_t>(slot)].offset;
    return offset;
}

namespace {

bool checksAccumulators(const PlanOptions& options)
{
    const char* given = std::getenv("BPU_CHECK_ACCUMULATORS");
    return options.checkAccumulators || (given && std::string_view(given) == "1");
}

class Planner {
public:
    Planner(ir::GraphPtr graph, const PlanOptions& options, Isa isa)
        : m_graph(*graph), m_all(options.observeAll), m_inAnyOrder(options.observedInAnyOrder), m_observed(options.observed.begin(), options.observed.end()), m_isa(isa),
          m_checksAccumulators(checksAccumulators(options))
    {
        m_plan.graph = std::move(graph);
        m_plan.threads = threadCount(options.threads);
    }

    Result<Plan> run()
    {
        const ThreadScope threads(m_plan.threads);
        for (size_t i = 0; i < m_graph.inputs().size(); ++i) {
            const int slot = addSlot(m_graph.value(m_graph.inputs()[i]).type, nullptr);
            m_plan.slots[static_cast<size_t>(slot)].graphInput = static_cast<int>(i);
            m_slots[m_graph.inputs()[i]] = {slot};
            if (isObserved(m_graph.inputs()[i]))
                m_plan.shownFirst.emplace_back(m_graph.inputs()[i], slot);
        }
        const auto mustExist = [this](ValueId id) { return isObserved(id); };
        const Tails tails = findTails(m_graph, mustExist);
        for (const NodeId id : m_graph.order()) {
            if (const auto head = tails.headAt.find(id); head != tails.headAt.end())
                BPU_CHECK(addNode(m_graph.node(head->second), tails.of.at(head->second)));
            else if (!tails.inner.contains(id))
                BPU_CHECK(addNode(m_graph.node(id), {}));
        }
        for (const ValueId id : m_graph.outputs()) {
            BPU_TRY(slot, slotOf(id, nullptr, nullptr));
            m_plan.outputs.push_back(slot);
        }
        shareAccumulators();
        markLastUses();
        return std::move(m_plan);
    }

private:
    bool isObserved(ValueId id) const { return m_all || m_observed.contains(id); }

    int addSlot(const ir::TensorType& type, LayoutPtr layout)
    {
        const size_t bytes = layout ? byteSize(*layout) : static_cast<size_t>(type.elementCount()) * ir::byteSize(type.dtype());
        m_plan.slots.push_back({.type = type, .layout = std::move(layout), .bytes = bytes});
        return static_cast<int>(m_plan.slots.size()) - 1;
    }

    bool hasOtherRank(int slot, const Layout& layout) const
    {
        const LayoutPtr& own = m_plan.slots[static_cast<size_t>(slot)].layout;
        return own && own->desc.dims().size() != layout.desc.dims().size();
    }

    /// The slot from which a value is brought into another order.
    int sourceFor(const std::vector<int>& slots, const LayoutPtr& layout) const
    {
        const auto fits = std::ranges::find_if(slots, [&](int slot) { return !layout || !hasOtherRank(slot, *layout); });
        return fits == slots.end() ? slots.front() : *fits;
    }

    /// The value in this order: as it is, or through a change of order. `seenAs` is how a row-major source is to be read.
    Result<int> slotOf(ValueId id, const LayoutPtr& layout, const LayoutPtr& seenAs)
    {
        const ir::Value& value = m_graph.value(id);
        std::vector<int>& slots = m_slots[id];
        if (slots.empty() && value.isConstant()) {
            slots.push_back(addSlot(value.type, nullptr));
            m_plan.slots.back().constant = *value.constant;
        }
        if (!slots.empty() && value.isConstant() && !layout) // read as it lies; who packs it takes any place
            m_plan.slots[static_cast<size_t>(slots.front())].constant = aligned(*value.constant);
        for (const int slot : slots)
            if (sameLayout(m_plan.slots[static_cast<size_t>(slot)].layout, layout))
                return slot;
        if (slots.empty())
            return cannotRun(m_graph.node(value.producer), "its result is used before it is computed");
        if (layout && hasOtherRank(slots.front(), *layout)) // seen with more dimensions than it was made with
            BPU_CHECK(slotOf(id, nullptr, nullptr));
        const int source = sourceFor(slots, layout);
        const int target = addSlot(value.type, layout);
        slots.push_back(target);
        const Slot& from = m_plan.slots[static_cast<size_t>(source)];
        const LayoutPtr order = from.layout ? from.layout : seenAs;
        if (value.isConstant()) {
            Slot& to = m_plan.slots[static_cast<size_t>(target)];
            to.packed = m_plan.weights.take(to.bytes);
            BPU_CHECK(reorder(order, layout, from.constant.bytes().data(), to.packed));
            return target;
        }
        m_plan.steps.push_back({.node = nullptr, .run = [order, layout](const Call& call) {
            return reorder(order, layout, call.inputs[0].data, call.outputs[0].data);
        }, .inputs = {source}, .outputs = {target}, .covers = {m_user}});
        return target;
    }

    Result<void> addNode(const ir::Node& node, const Tail& tail)
    {
        Site site{m_graph, node, {}, tail, m_isa, m_checksAccumulators};
        m_user = node.id;
        std::vector<ValueId> operands = node.inputs;
        if (tail.add) {
            operands.resize(4);
            operands[3] = tail.addend;
        }
        for (const ValueId id : operands) {
            const auto slots = m_slots.find(id);
            site.layouts.push_back(slots == m_slots.end() || slots->second.empty() ? nullptr : m_plan.slots[static_cast<size_t>(slots->second.front())].layout);
        }
        BPU_TRY(kernel, makeKernel(site));
        if (kernel.isView)
            return addView(node, kernel);
        Step step{.node = &node, .run = kernel.run, .inputs = {}, .outputs = {}, .covers = {node.id}};
        for (const ir::Node* merged : {tail.batchNorm, tail.add, tail.activation})
            if (merged)
                step.covers.push_back(merged->id);
        operands.resize(std::max(operands.size(), kernel.constants.size()));
        for (size_t i = 0; i < operands.size(); ++i) {
            BPU_TRY(slot, operand(operands[i], kernel, i));
            step.inputs.push_back(slot);
        }
        if (kernel.accumulatesOnto >= 0)
            step.accumulatesOnto = step.inputs[static_cast<size_t>(kernel.accumulatesOnto)];
        const ir::Node& last = tail.activation ? *tail.activation : tail.add ? *tail.add : tail.batchNorm ? *tail.batchNorm : node;
        for (size_t i = 0; i < last.outputs.size(); ++i) {
            const int slot = addSlot(m_graph.value(last.outputs[i]).type, i < kernel.gives.size() ? kernel.gives[i] : nullptr);
            step.outputs.push_back(slot);
            m_slots[last.outputs[i]] = {slot};
        }
        m_plan.steps.push_back(std::move(step));
        return show(last);
    }

    Result<int> operand(ValueId id, const Kernel& kernel, size_t i)
    {
        const LayoutPtr wanted = i < kernel.wants.size() ? kernel.wants[i] : nullptr;
        const LayoutPtr seenAs = i < kernel.sourceOrders.size() ? kernel.sourceOrders[i] : nullptr;
        if (i == 1 && !kernel.weightScales.empty())
            return scaledWeights(id, wanted, seenAs, kernel.weightScales);
        const bool isReplaced = i < kernel.constants.size() && kernel.constants[i].elementCount() > 0;
        if (!isReplaced)
            return m_graph.find(id) ? slotOf(id, wanted, seenAs) : Result<int>(-1);
        const ir::Tensor& constant = kernel.constants[i];
        const int slot = addSlot(constant.type(), wanted);
        Slot& made = m_plan.slots.back();
        if (!wanted) {
            made.constant = constant;
            return slot;
        }
        made.packed = m_plan.weights.take(made.bytes);
        BPU_CHECK(reorder(seenAs, wanted, constant.bytes().data(), made.packed));
        return slot;
    }

    /// A constant's own copy for one kernel: scaled as it is packed.
    Result<int> scaledWeights(ValueId id, const LayoutPtr& wanted, const LayoutPtr& seenAs, const std::vector<float>& scales)
    {
        const ir::Value& value = m_graph.value(id);
        const int slot = addSlot(value.type, wanted);
        Slot& made = m_plan.slots.back();
        made.packed = m_plan.weights.take(made.bytes);
        BPU_CHECK(reorder(seenAs, wanted, value.constant->bytes().data(), made.packed, scales));
        return slot;
    }

    Result<void> addView(const ir::Node& node, const Kernel& kernel)
    {
        BPU_TRY(source, slotOf(node.input(0), kernel.wants.empty() ? nullptr : kernel.wants[0], nullptr));
        // Its own step shows it and keeps the memory alive for those behind.
        Step step{.node = &node, .run = {}, .inputs = {source}, .outputs = {}};
        for (size_t i = 0; i < node.outputs.size(); ++i) {
            const int slot = addSlot(m_graph.value(node.outputs[i]).type, i < kernel.gives.size() ? kernel.gives[i] : nullptr);
            m_plan.slots.back().sharedWith = source;
            m_plan.slots.back().offset = i < kernel.offsets.size() ? kernel.offsets[i] : 0;
            m_slots[node.outputs[i]] = {slot};
            step.outputs.push_back(slot);
        }
        m_plan.steps.push_back(std::move(step));
        return show(node);
    }

    /// In which an observed value is shown; null: row-major. Where the first dimension is not the outermost, or there is
    /// padding, it is brought into that order.
    LayoutPtr orderOf(ValueId id) const
    {
        const auto slots = m_slots.find(id);
        const LayoutPtr own = m_inAnyOrder && slots != m_slots.end() && !slots->second.empty() ? m_plan.slots[static_cast<size_t>(slots->second.front())].layout : nullptr;
        return own && isDense(*own, m_graph.value(id).type.elementCount()) && firstIsOutermost(*own) ? own : nullptr;
    }

    Result<void> show(const ir::Node& node)
    {
        for (const ValueId id : node.outputs)
            if (isObserved(id)) {
                BPU_TRY(slot, slotOf(id, orderOf(id), nullptr));
                m_plan.steps.back().shows.emplace_back(id, slot);
            }
        return {};
    }

    /// Step after which nobody needs the memory; the number of steps when it is returned.
    std::vector<size_t> lastUses() const
    {
        std::vector<size_t> last(m_plan.slots.size(), 0);
        const auto use = [&](int slot, size_t step) {
            if (slot >= 0)
                last[static_cast<size_t>(m_plan.rootOf(slot))] = std::max(last[static_cast<size_t>(m_plan.rootOf(slot))], step);
        };
        for (size_t i = 0; i < m_plan.steps.size(); ++i) {
            for (const int slot : m_plan.steps[i].inputs)
                use(slot, i);
            for (const int slot : m_plan.steps[i].outputs)
                use(slot, i);
        }
        for (const int slot : m_plan.outputs)
            use(slot, m_plan.steps.size());
        return last;
    }

    /// An addend that nobody needs afterwards gives its memory to the sum.
    void shareAccumulators()
    {
        std::vector<size_t> last = lastUses();
        for (size_t i = 0; i < m_plan.steps.size(); ++i) {
            const Step& step = m_plan.steps[i];
            if (step.accumulatesOnto < 0)
                continue;
            const int root = m_plan.rootOf(step.accumulatesOnto);
            const auto at = static_cast<size_t>(root);
            const auto result = static_cast<size_t>(step.outputs[0]);
            const bool isOperand = std::ranges::count_if(step.inputs, [&](int slot) { return slot >= 0 && m_plan.rootOf(slot) == root; }) > 1;
            if (m_plan.slots[at].isGiven() || m_plan.offsetOf(step.accumulatesOnto) > 0 || last[at] != i || isOperand || m_plan.slots[at].bytes != m_plan.slots[result].bytes)
                continue;
            m_plan.slots[result].sharedWith = root;
            last[at] = std::max(last[at], last[result]);
        }
    }

    void markLastUses()
    {
        const std::vector<size_t> last = lastUses();
        for (size_t i = 0; i < m_plan.slots.size(); ++i)
            if (m_plan.slots[i].sharedWith < 0 && !m_plan.slots[i].isGiven() && last[i] < m_plan.steps.size())
                m_plan.steps[last[i]].frees.push_back(static_cast<int>(i));
    }

    const ir::Graph& m_graph;
    bool m_all;
    bool m_inAnyOrder;
    std::unordered_set<ValueId> m_observed;
    Isa m_isa;
    bool m_checksAccumulators;
    Plan m_plan;
    NodeId m_user; ///< the node that is being added
    std::unordered_map<ValueId, std::vector<int>> m_slots; ///< of each value, the one that its node makes first
};

} // namespace

Result<Plan> makePlan(ir::GraphPtr graph, const PlanOptions& options)
{
    BPU_TRY(isa, chooseIsa(options.isa));
    return Planner(std::move(graph), options, isa).run();
}

} // namespace bpu::runtime

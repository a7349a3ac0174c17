// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/staged_executor.h"

#include "core/ops/op_spec.h"
#include "core/runtime/kernel.h"
#include "core/runtime/late_node.h"
#include "core/runtime/size_cache.h"
#include "core/runtime/subgraph.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <unordered_set>

namespace bpu::runtime {
namespace {

using Values = std::unordered_map<ValueId, ir::Tensor>;

/// Values of the whole graph that a run shows, and what a part's values are called there.
struct Watch {
    ir::GraphPtr whole;
    std::shared_ptr<const std::unordered_set<ValueId>> observed;
    std::optional<Isa> isa = {};        ///< PlanOptions of every part
    bool checksAccumulators = false;    ///< likewise
    std::unordered_map<ValueId, ValueId> sources = {}; ///< value of the part -> value of the whole; empty for the whole itself

    ValueId sourceOf(ValueId value) const
    {
        if (sources.empty())
            return value;
        const auto found = sources.find(value);
        return found == sources.end() ? ValueId{} : found->second;
    }
    bool shows(ValueId value) const { return observed->contains(sourceOf(value)); }

    /// A step's nodes, `graph`'s, as the whole graph's.
    std::vector<NodeId> sourcesOf(const ir::Graph& graph, std::span<const NodeId> nodes) const
    {
        std::vector<NodeId> result;
        for (const NodeId id : nodes)
            if (const ValueId value = sourceOf(graph.node(id).outputs.front()); value.isValid())
                result.push_back(whole->value(value).producer);
        return result;
    }

    Watch of(const Subgraph& part) const
    {
        Watch inner{whole, observed, isa, checksAccumulators, {}};
        for (const auto& [here, around] : part.sources)
            if (const ValueId source = sourceOf(around); source.isValid())
                inner.sources.emplace(here, source);
        return inner;
    }
};

/// What no sizes will make known.
Result<void> checkOperator(const ir::Graph& graph, const ir::Node& node)
{
    const ops::OpSpec* spec = ops::find(node.op);
    if (!spec && !hasBody(node))
        return unknownOperator(node);
    if (graph.stage() == ir::Stage::Quantized)
        return {}; // its kernels look at their operands
    if (spec && !spec->evaluate && !hasBody(node) && makersOf(node.op).empty())
        return cannotRun(node, fmt::format("{} cannot be computed yet", ops::title(node)));
    return {};
}

bool isLate(const ir::Graph& graph, const ir::Node& node)
{
    return hasBody(node) || std::ranges::any_of(node.outputs, [&](ValueId id) { return !graph.value(id).type.isStatic(); });
}

} // namespace

/// Nodes of which all is known, then those whose turn that makes it, then the rest: a stage of its own for each sizes
/// that these have given.
class StagedExecutor::Stage {
public:
    static Result<std::unique_ptr<Stage>> make(ir::GraphPtr graph, Watch watch, bool isFirst)
    {
        std::unique_ptr<Stage> stage(new Stage(std::move(graph), std::move(watch)));
        stage->sort();
        BPU_CHECK(stage->planFixed(isFirst));
        for (const NodeId id : stage->m_lateIds) {
            BPU_TRY(node, makeLateNode(stage->m_graph, stage->m_graph->node(id)));
            stage->m_late.push_back(std::move(node));
        }
        return stage;
    }

    Result<std::vector<ir::Tensor>> run(std::span<const ir::Tensor> inputs, const RunOptions& options)
    {
        Values values;
        for (size_t i = 0; i < inputs.size(); ++i)
            values.emplace(m_graph->inputs()[i], inputs[i]);
        BPU_CHECK(runFixed(values, options));
        std::vector<ir::TensorType> types;
        for (size_t i = 0; i < m_late.size(); ++i)
            BPU_CHECK(runLate(i, values, options, types));
        if (!m_rest.empty()) {
            BPU_TRY(next, stageFor(types, values));
            std::vector<ir::Tensor> operands;
            for (const ValueId id : next->part.inputs)
                operands.push_back(values.at(id));
            values.clear();
            return next->stage->run(operands, options);
        }
        std::vector<ir::Tensor> results;
        for (const ValueId id : m_graph->outputs())
            results.push_back(valueOf(id, values));
        return results;
    }

    size_t peakBytes() const
    {
        size_t peak = m_fixed ? m_fixed->peakBytes() : 0;
        for (const auto& node : m_late)
            peak = std::max(peak, node->peakBytes());
        for (const auto& [types, next] : m_next)
            peak = std::max(peak, next.stage->peakBytes());
        return peak;
    }

private:
    struct Next {
        Subgraph part;
        std::unique_ptr<Stage> stage;
    };

    Stage(ir::GraphPtr graph, Watch watch) : m_graph(std::move(graph)), m_watch(std::move(watch)) {}

    /// Every node is fixed, late, or of the rest: behind a late one.
    void sort()
    {
        std::unordered_set<ValueId> open; // results that this stage does not plan
        for (const NodeId id : m_graph->order()) {
            const ir::Node& node = m_graph->node(id);
            const bool waits = std::ranges::any_of(node.inputs, [&](ValueId input) { return open.contains(input); });
            auto& list = waits ? m_rest : isLate(*m_graph, node) ? m_lateIds : m_fixedIds;
            list.push_back(id);
            if (&list != &m_fixedIds)
                open.insert(node.outputs.begin(), node.outputs.end());
        }
    }

    Result<void> planFixed(bool isFirst)
    {
        if (m_fixedIds.empty())
            return {};
        std::unordered_set<ValueId> made;
        for (const NodeId id : m_fixedIds)
            made.insert(m_graph->node(id).outputs.begin(), m_graph->node(id).outputs.end());
        std::vector<ValueId> wanted;
        std::unordered_set<ValueId> isWanted;
        const auto want = [&](ValueId id) {
            if (made.contains(id) && isWanted.insert(id).second)
                wanted.push_back(id);
        };
        for (const auto* others : {&m_lateIds, &m_rest})
            for (const NodeId id : *others)
                std::ranges::for_each(m_graph->node(id).inputs, want);
        std::ranges::for_each(m_graph->outputs(), want);
        BPU_TRY(part, extract(*m_graph, m_fixedIds, wanted));
        m_fixedPart = part;
        m_fixedWatch = m_watch.of(part);
        PlanOptions options;
        for (const auto& [here, source] : m_fixedWatch.sources)
            if (m_watch.observed->contains(source) && (isFirst || part.graph->value(here).producer.isValid()))
                options.observed.push_back(here);
        options.isa = m_watch.isa;
        options.checkAccumulators = m_watch.checksAccumulators;
        BPU_TRY(executor, FloatExecutor::make(part.graph, options));
        m_fixed.emplace(std::move(executor));
        m_fixedResults = std::move(wanted);
        return {};
    }

    Result<void> runFixed(Values& values, const RunOptions& options)
    {
        if (!m_fixed)
            return {};
        std::vector<ir::Tensor> inputs;
        for (const ValueId id : m_fixedPart.inputs)
            inputs.push_back(values.at(id));
        RunOptions own = options;
        if (options.observe)
            own.observe = [&](ValueId value, const ir::Tensor& numbers) { options.observe(m_fixedWatch.sourceOf(value), numbers); };
        if (options.timed)
            own.timed = [&](const StepTime& step) { options.timed({m_fixedWatch.sourcesOf(*m_fixedPart.graph, step.nodes), step.isReorder, step.us}); };
        BPU_TRY(results, m_fixed->run(inputs, own));
        for (size_t i = 0; i < results.size(); ++i)
            values.insert_or_assign(m_fixedResults[i], std::move(results[i]));
        return {};
    }

    Result<void> runLate(size_t i, Values& values, const RunOptions& options, std::vector<ir::TensorType>& types)
    {
        if (options.control.stopRequested())
            return JobControl::cancelled();
        const ir::Node& node = m_graph->node(m_lateIds[i]);
        Operands operands;
        for (const ValueId input : node.inputs)
            operands.push_back(m_graph->find(input) ? std::optional(valueOf(input, values)) : std::nullopt);
        const auto start = std::chrono::steady_clock::now();
        BPU_TRY(results, m_late[i]->run(operands, options));
        if (options.timed) {
            const std::chrono::duration<double, std::micro> us = std::chrono::steady_clock::now() - start;
            options.timed({m_watch.sourcesOf(*m_graph, {&node.id, 1}), false, us.count()});
        }
        for (size_t k = 0; k < results.size(); ++k) {
            types.push_back(results[k].type());
            if (options.observe && m_watch.shows(node.outputs[k]))
                options.observe(m_watch.sourceOf(node.outputs[k]), results[k]);
            values.insert_or_assign(node.outputs[k], std::move(results[k]));
        }
        return {};
    }

    ir::Tensor valueOf(ValueId id, const Values& values) const
    {
        const ir::Value& value = m_graph->value(id);
        return value.isConstant() ? *value.constant : values.at(id);
    }

    Result<Next*> stageFor(const std::vector<ir::TensorType>& types, const Values& values)
    {
        if (Next* known = m_next.find(types))
            return known;
        TypesByValue typesOf;
        for (const auto& [id, tensor] : values)
            typesOf.emplace(id, tensor.type());
        BPU_TRY(part, extract(*m_graph, m_rest, m_graph->outputs(), typesOf));
        Next next{std::move(part), nullptr};
        std::vector<ir::TensorType> inputTypes;
        for (const ValueId id : next.part.inputs)
            inputTypes.push_back(typesOf.at(id));
        BPU_TRY(shaped, withInputTypes(*next.part.graph, inputTypes));
        BPU_TRY(stage, Stage::make(shaped, m_watch.of(next.part), false));
        next.stage = std::move(stage);
        return &m_next.add(types, std::move(next));
    }

    ir::GraphPtr m_graph;
    Watch m_watch;
    std::vector<NodeId> m_fixedIds, m_lateIds, m_rest;
    Subgraph m_fixedPart;
    Watch m_fixedWatch;
    std::vector<ValueId> m_fixedResults;
    std::optional<FloatExecutor> m_fixed;
    std::vector<std::unique_ptr<LateNode>> m_late;
    SizeCache<Next> m_next;
};

StagedExecutor::StagedExecutor(std::unique_ptr<Stage> first) : m_first(std::move(first)) {}
StagedExecutor::~StagedExecutor() = default;

bool StagedExecutor::isNeeded(const ir::Graph& graph)
{
    return std::ranges::any_of(graph.order(), [&](NodeId id) { return isLate(graph, graph.node(id)); });
}

Result<std::unique_ptr<StagedExecutor>> StagedExecutor::make(ir::GraphPtr graph, const PlanOptions& options)
{
    for (const NodeId id : graph->order())
        BPU_CHECK(checkOperator(*graph, graph->node(id)));
    auto observed = std::make_shared<std::unordered_set<ValueId>>(options.observed.begin(), options.observed.end());
    if (options.observeAll)
        for (uint32_t i = 0; i < graph->valueIdBound(); ++i)
            observed->insert(ValueId{i});
    BPU_TRY(first, Stage::make(graph, Watch{graph, std::move(observed), options.isa, options.checkAccumulators, {}}, true));
    return std::unique_ptr<StagedExecutor>(new StagedExecutor(std::move(first)));
}

Result<std::vector<ir::Tensor>> StagedExecutor::run(std::span<const ir::Tensor> inputs, const RunOptions& options)
{
    return m_first->run(inputs, options);
}

size_t StagedExecutor::peakBytes() const
{
    return m_first->peakBytes();
}

} // namespace bpu::runtime

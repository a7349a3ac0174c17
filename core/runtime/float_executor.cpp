// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/float_executor.h"

#include "core/runtime/aligned.h"
#include "core/runtime/check_types.h"
#include "core/runtime/fake_quantize.h"
#include "core/runtime/memory_of_runs.h"
#include "core/runtime/memory_pool.h"
#include "core/runtime/onednn.h"
#include "core/runtime/parallel.h"
#include "core/runtime/plan.h"
#include "core/runtime/staged_executor.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <mutex>
#include <new>

namespace bpu::runtime {

struct FloatExecutor::State {
    Plan plan;
    std::unique_ptr<StagedExecutor> staged = {}; ///< instead of the plan's steps
    std::vector<ir::Tensor> initial = {};        ///< of what is remembered from run to run
    std::vector<ir::Tensor> states = {};
    std::mutex session = {}; ///< of the states, held for a whole run
    std::mutex mutex = {}; ///< of what follows
    std::vector<std::unique_ptr<MemoryPool>> idle = {};
    size_t peak = 0;

    /// A pool that no other run uses. The last one that was given back is taken first: its memory is warm.
    std::unique_ptr<MemoryPool> takePool()
    {
        const std::scoped_lock lock(mutex);
        if (idle.empty())
            return std::make_unique<MemoryPool>();
        std::unique_ptr<MemoryPool> pool = std::move(idle.back());
        idle.pop_back();
        return pool;
    }
    void givePool(std::unique_ptr<MemoryPool> pool)
    {
        const std::scoped_lock lock(mutex);
        peak = std::max(peak, pool->peakBytes());
        idle.push_back(std::move(pool));
    }

    Result<std::vector<ir::Tensor>> run(std::span<const ir::Tensor> inputs, const RunOptions& options);
    Result<std::vector<ir::Tensor>> runSession(std::span<const ir::Tensor> inputs, const RunOptions& options);
};

namespace {

/// One pass through the steps.
class Pass {
public:
    Pass(const Plan& plan, MemoryPool& pool, std::span<const ir::Tensor> inputs, const RunOptions& options)
        : m_plan(plan), m_pool(pool), m_inputs(inputs), m_options(options), m_data(plan.slots.size(), nullptr)
    {
    }
    ~Pass()
    {
        for (size_t i = 0; i < m_data.size(); ++i)
            if (m_data[i] && !m_plan.slots[i].isGiven())
                m_pool.give(m_data[i]);
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

    Result<std::vector<ir::Tensor>> run()
    {
        for (const auto& [value, slot] : m_plan.shownFirst)
            show(value, slot);
        for (size_t i = 0; i < m_plan.steps.size(); ++i) {
            if (m_options.control.stopRequested())
                return JobControl::cancelled();
            const Step& step = m_plan.steps[i];
            BPU_CHECK(timed(step));
            if (step.node)
                m_options.control.report(static_cast<double>(i + 1) / static_cast<double>(m_plan.steps.size()), step.node->name);
        }
        std::vector<ir::Tensor> results;
        for (const int slot : m_plan.outputs)
            results.push_back(copyOf(slot));
        return results;
    }

private:
    Buffer buffer(int slot)
    {
        if (slot < 0)
            return {};
        return {&m_plan.slots[static_cast<size_t>(slot)].type, dataOf(slot)};
    }

    std::byte* dataOf(int slot)
    {
        std::byte* root = rootData(m_plan.rootOf(slot));
        return root ? root + m_plan.offsetOf(slot) : root;
    }

    std::byte* rootData(int root)
    {
        const Slot& s = m_plan.slots[static_cast<size_t>(root)];
        const auto given = [](std::span<const std::byte> bytes) { return const_cast<std::byte*>(bytes.data()); };
        if (s.graphInput >= 0)
            return given(m_inputs[static_cast<size_t>(s.graphInput)].bytes());
        if (s.packed)
            return s.packed;
        if (s.constant.storage().size() > 0)
            return given(s.constant.bytes());
        std::byte*& data = m_data[static_cast<size_t>(root)];
        if (!data)
            data = m_pool.take(s.bytes);
        return data;
    }

    Result<void> timed(const Step& step)
    {
        if (!m_options.timed || !step.run)
            return execute(step);
        const auto start = std::chrono::steady_clock::now();
        BPU_CHECK(execute(step));
        m_options.timed({step.covers, !step.node, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count()});
        return {};
    }

    Result<void> execute(const Step& step)
    {
        m_inputBuffers.clear();
        m_outputBuffers.clear();
        for (const int slot : step.inputs)
            m_inputBuffers.push_back(buffer(slot));
        for (const int slot : step.outputs)
            m_outputBuffers.push_back(buffer(slot));
        if (step.accumulatesOnto >= 0 && m_plan.rootOf(step.accumulatesOnto) != m_plan.rootOf(step.outputs[0]))
            std::memcpy(m_outputBuffers[0].data, dataOf(step.accumulatesOnto), m_plan.slots[static_cast<size_t>(step.outputs[0])].bytes);
        if (step.run)
            BPU_CHECK(step.run({m_inputBuffers, m_outputBuffers, m_pool}));
        for (const auto& [value, slot] : step.shows)
            show(value, slot);
        for (const int root : step.frees)
            if (std::byte*& data = m_data[static_cast<size_t>(root)]) {
                m_pool.give(data);
                data = nullptr;
            }
        return {};
    }

    void show(ValueId value, int slot)
    {
        if (!m_options.observe)
            return;
        const Slot& s = m_plan.slots[static_cast<size_t>(slot)];
        m_options.observe(value, ir::Tensor(s.type, Bytes(std::shared_ptr<const std::byte[]>(std::shared_ptr<void>(), dataOf(slot)), s.bytes)));
    }

    ir::Tensor copyOf(int slot)
    {
        const Slot& s = m_plan.slots[static_cast<size_t>(slot)];
        return {s.type, Bytes::copyOf({dataOf(slot), s.bytes})};
    }

    const Plan& m_plan;
    MemoryPool& m_pool;
    std::span<const ir::Tensor> m_inputs;
    const RunOptions& m_options;
    std::vector<std::byte*> m_data; ///< of the roots
    std::vector<Buffer> m_inputBuffers;
    std::vector<Buffer> m_outputBuffers;
};

Result<void> checkInputs(const ir::Graph& graph)
{
    for (const ValueId id : graph.inputs())
        if (!graph.value(id).type.isStatic())
            return Error{"runtime.shape", graph.value(id).name, fmt::format("its shape {} is not known; give it one with --input", graph.value(id).type.text())};
    return {};
}

Error noMemory(const ir::Graph& graph)
{
    return {"runtime.memory", graph.name(), "needs more memory than is free; run smaller batches or give the inputs a smaller shape", ErrorKind::Machine};
}

} // namespace

FloatExecutor::FloatExecutor(std::unique_ptr<State> state) : m_state(std::move(state)) {}
FloatExecutor::FloatExecutor(FloatExecutor&&) noexcept = default;
FloatExecutor& FloatExecutor::operator=(FloatExecutor&&) noexcept = default;
FloatExecutor::~FloatExecutor() = default;

Result<FloatExecutor> FloatExecutor::make(ir::GraphPtr graph, const PlanOptions& options)
{
    const ThreadScope threads(threadCount(options.threads));
    try {
        BPU_TRY(quantized, withQuantizedConstants(graph));
        BPU_TRY(forgetful, unrolled(quantized));
        BPU_CHECK(checkInputs(*forgetful.graph));
        BPU_CHECK(checkTypes(*forgetful.graph));
        std::unique_ptr<State> state(new State{.plan = {}, .staged = {}, .initial = forgetful.initial, .states = forgetful.initial});
        if (StagedExecutor::isNeeded(*forgetful.graph)) {
            BPU_TRY(staged, StagedExecutor::make(forgetful.graph, options));
            state->staged = std::move(staged);
            state->plan.graph = forgetful.graph;
            state->plan.threads = threadCount(options.threads);
        } else {
            BPU_TRY(plan, makePlan(forgetful.graph, options));
            state->plan = std::move(plan);
        }
        return FloatExecutor(std::move(state));
    } catch (const std::bad_alloc&) {
        return noMemory(*graph);
    }
}

Result<std::vector<ir::Tensor>> FloatExecutor::State::run(std::span<const ir::Tensor> inputs, const RunOptions& options)
{
    if (staged) {
        const std::scoped_lock lock(mutex); // its plans for new sizes are made as it runs
        return staged->run(inputs, options);
    }
    std::unique_ptr<MemoryPool> pool = takePool();
    auto results = Pass(plan, *pool, inputs, options).run();
    givePool(std::move(pool));
    return results;
}

/// The states go in behind the inputs and come back behind the results.
Result<std::vector<ir::Tensor>> FloatExecutor::State::runSession(std::span<const ir::Tensor> inputs, const RunOptions& options)
{
    const std::scoped_lock lock(session);
    std::vector<ir::Tensor> all(inputs.begin(), inputs.end());
    all.insert(all.end(), states.begin(), states.end());
    BPU_TRY(results, run(all, options));
    const auto first = results.end() - std::ssize(states);
    states.assign(first, results.end());
    results.erase(first, results.end());
    return std::move(results);
}

Result<std::vector<ir::Tensor>> FloatExecutor::run(std::span<const ir::Tensor> inputs, const RunOptions& options) const
{
    const ir::Graph& graph = *m_state->plan.graph;
    const size_t own = graph.inputs().size() - m_state->states.size();
    if (inputs.size() != own)
        return Error{"runtime.input", graph.name(), fmt::format("takes {} inputs, not {}", own, inputs.size())};
    for (size_t i = 0; i < inputs.size(); ++i) {
        const ir::Value& wanted = graph.value(graph.inputs()[i]);
        if (inputs[i].type() != wanted.type)
            return Error{"runtime.input", wanted.name, fmt::format("is {}, the data is {}; convert the data, or give the input its shape with --input",
                                                                   wanted.type.text(), inputs[i].type().text())};
    }
    const ThreadScope threads(m_state->plan.threads);
    try {
        std::vector<ir::Tensor> operands(inputs.size());
        std::ranges::transform(inputs, operands.begin(), aligned);
        if (!m_state->states.empty())
            return m_state->runSession(operands, options);
        return m_state->run(operands, options);
    } catch (const std::bad_alloc&) {
        return noMemory(graph);
    }
}

void FloatExecutor::forget()
{
    const std::scoped_lock lock(m_state->session);
    m_state->states = m_state->initial;
}

size_t FloatExecutor::peakBytes() const
{
    const std::scoped_lock lock(m_state->mutex);
    return m_state->staged ? m_state->staged->peakBytes() : m_state->peak;
}

} // namespace bpu::runtime

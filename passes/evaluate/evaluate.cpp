// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/evaluate/evaluate.h"

#include "core/ops/op_spec.h"
#include "core/runtime/float_executor.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Running sums of one output, in double: mean and deviation by Welford's update.
class Statistics {
public:
    explicit Statistics(const ir::Value& value) : m_result{.name = value.name, .type = value.type} {}

    void add(const ir::Tensor& numbers, int64_t count)
    {
        for (int64_t i = 0; i < count; ++i) {
            ++m_result.numbers;
            const double x = numbers.number(i);
            if (!std::isfinite(x)) {
                ++m_result.notFinite;
                continue;
            }
            const auto finite = static_cast<double>(m_result.numbers - m_result.notFinite);
            m_result.least = finite == 1 ? x : std::min(m_result.least, x);
            m_result.most = finite == 1 ? x : std::max(m_result.most, x);
            const double before = x - m_result.mean;
            m_result.mean += before / finite;
            m_squares += before * (x - m_result.mean);
        }
    }
    OutputStatistics result() const
    {
        OutputStatistics done = m_result;
        const size_t finite = done.numbers - done.notFinite;
        done.deviation = finite == 0 ? 0 : std::sqrt(m_squares / static_cast<double>(finite));
        return done;
    }

private:
    OutputStatistics m_result;
    double m_squares = 0;
};

class Evaluator {
public:
    Evaluator(const ir::Graph& graph, data::Batches& batches, bool hasLabels, const EvaluateOptions& options)
        : m_graph(graph), m_batches(batches), m_options(options)
    {
        for (const ValueId id : graph.outputs())
            m_statistics.emplace_back(graph.value(id));
        m_evaluation.batch = batches.batchSize();
        const std::optional<int64_t> classes = graph.outputs().empty() ? std::nullopt : classCount(graph.value(graph.outputs()[0]).type);
        if (!hasLabels)
            m_evaluation.whyNoAccuracy = "the data has no labels";
        else if (!classes)
            m_evaluation.whyNoAccuracy = graph.outputs().empty() ? "the model has no outputs"
                                                                 : fmt::format("{} ({}) does not score classes", m_statistics.front().result().name,
                                                                               graph.value(graph.outputs()[0]).type.text());
        else
            m_evaluation.accuracy.emplace(*classes);
    }

    Result<Evaluation> run(runtime::FloatExecutor& executor)
    {
        while (true) {
            if (m_options.control.stopRequested())
                return JobControl::cancelled();
            const Clock::time_point start = Clock::now();
            BPU_TRY(batch, m_batches.next());
            m_evaluation.dataSeconds += secondsSince(start);
            if (!batch)
                break;
            BPU_CHECK(runBatch(executor, *batch));
            m_options.control.report(static_cast<double>(m_batches.samplesDone()) / static_cast<double>(m_batches.sampleCount()),
                                     fmt::format("{} of {} samples", m_batches.samplesDone(), m_batches.sampleCount()));
        }
        for (const Statistics& statistics : m_statistics)
            m_evaluation.outputs.push_back(statistics.result());
        m_evaluation.skipped = m_batches.skipped();
        if (m_evaluation.timedSamples == 0) { // there was one batch only
            m_evaluation.timedSamples = m_evaluation.samples;
            m_evaluation.runSeconds = m_firstSeconds;
        }
        return std::move(m_evaluation);
    }
    void addPreparation(double seconds) { m_evaluation.prepareSeconds += seconds; }

private:
    Result<void> runBatch(runtime::FloatExecutor& executor, const data::Batch& batch)
    {
        const bool isFirst = m_evaluation.samples == 0;
        runtime::RunOptions options{.control = {.onProgress = {}, .stop = m_options.control.stop}, .observe = {}};
        Result<void> observed;
        if (isFirst && m_options.observe)
            options.observe = [&](ValueId id, const ir::Tensor& numbers) {
                if (observed)
                    observed = m_options.observe(id, numbers);
            };
        const Clock::time_point start = Clock::now();
        BPU_TRY(results, executor.run(batch.inputs, options));
        const double seconds = secondsSince(start);
        BPU_CHECK(std::move(observed));
        if (isFirst) {
            m_firstSeconds = seconds;
            m_evaluation.prepareSeconds += seconds;
        } else {
            m_evaluation.runSeconds += seconds;
            m_evaluation.timedSamples += batch.names.size();
        }
        m_evaluation.samples += batch.names.size();
        return take(results, batch);
    }

    Result<void> take(const std::vector<ir::Tensor>& results, const data::Batch& batch)
    {
        for (size_t i = 0; i < results.size(); ++i) {
            // The last batch may be filled up with a sample that counted already.
            const auto whole = static_cast<int64_t>(m_evaluation.batch);
            const bool isStacked = results[i].type().rank() > 0 && results[i].shape()[0] == whole;
            const int64_t each = results[i].elementCount() / whole;
            m_statistics[i].add(results[i], isStacked ? each * static_cast<int64_t>(batch.names.size()) : results[i].elementCount());
        }
        if (!m_evaluation.accuracy)
            return {};
        for (size_t i = 0; i < batch.names.size(); ++i)
            if (batch.labels[i])
                BPU_CHECK(m_evaluation.accuracy->add(results[0], static_cast<int64_t>(i), *batch.labels[i], batch.names[i]));
        return {};
    }

    const ir::Graph& m_graph;
    data::Batches& m_batches;
    const EvaluateOptions& m_options;
    std::vector<Statistics> m_statistics;
    Evaluation m_evaluation;
    double m_firstSeconds = 0;
};

} // namespace

Result<Evaluation> evaluate(const ir::GraphPtr& graph, data::Batches& batches, bool hasLabels, const EvaluateOptions& options)
{
    const Clock::time_point start = Clock::now();
    BPU_TRY(executor, runtime::FloatExecutor::make(graph, {.observed = options.observed, .threads = options.threads}));
    Evaluator evaluator(*graph, batches, hasLabels, options);
    evaluator.addPreparation(secondsSince(start));
    return evaluator.run(executor);
}

namespace {

/// Infinity is meant where it masks; among weights it is as wrong as NaN.
bool mayBeInfinite(const ir::Graph& graph, const ir::Value& constant)
{
    return std::ranges::none_of(constant.users, [&](const ir::Use& use) {
        const ops::Family family = ops::familyOf(graph.node(use.node));
        return family == ops::Family::Conv || family == ops::Family::Norm;
    });
}

int64_t wrongNumbers(const ir::Tensor& numbers, bool mayBeInfinite)
{
    int64_t wrong = 0;
    for (int64_t i = 0; i < numbers.elementCount(); ++i) {
        const double number = numbers.dtype() == ir::DType::Float32 ? static_cast<double>(numbers.at<float>(i)) : numbers.number(i);
        wrong += std::isnan(number) || (std::isinf(number) && !mayBeInfinite) ? 1 : 0;
    }
    return wrong;
}

} // namespace

Findings notFiniteConstants(const ir::Graph& graph)
{
    Findings findings;
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i) {
        const ir::Value* value = graph.find(ValueId{i});
        if (!value || !value->isConstant() || !ir::isFloat(value->type.dtype()))
            continue;
        const int64_t wrong = wrongNumbers(*value->constant, mayBeInfinite(graph, *value));
        if (wrong == 0)
            continue;
        Finding finding;
        finding.code = "weights.not-finite";
        finding.node = value->users.empty() ? NodeId{} : value->users.front().node;
        finding.where = value->name;
        finding.message = fmt::format("{} of its {} numbers are NaN or infinite", wrong, value->constant->elementCount());
        finding.advice = "results behind it cannot be trusted; train or export the model again";
        findings.push_back(std::move(finding));
    }
    return findings;
}

} // namespace bpu::passes

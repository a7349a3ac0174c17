// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/compare/compare.h"

#include "core/ops/op_spec.h"
#include "core/quant/fake_quantize.h"
#include "core/runtime/float_executor.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <unordered_map>

namespace bpu::passes {
namespace {

Result<void> checkInputs(const ir::Graph& a, const ir::Graph& b)
{
    if (a.inputs().size() != b.inputs().size())
        return Error{"compare.inputs", b.name(), fmt::format("takes {} inputs, the other model {}; compare models of the same network", b.inputs().size(), a.inputs().size())};
    for (size_t i = 0; i < a.inputs().size(); ++i) {
        const ir::Value& own = a.value(a.inputs()[i]);
        const ir::Value& other = b.value(b.inputs()[i]);
        if (own.type != other.type)
            return Error{"compare.inputs", other.name, fmt::format("is {}, in the other model {}; give both the same shape with --input", other.type.text(), own.type.text())};
    }
    return {};
}

/// Takes what cannot be compared out of the matches.
void dropOtherShapes(const ir::Graph& a, const ir::Graph& b, LayerMatches& matches)
{
    std::vector<LayerMatch> kept;
    for (const LayerMatch& match : matches.layers) {
        const ir::TensorType& own = a.value(match.valueA).type;
        const ir::TensorType& other = b.value(match.valueB).type;
        if (own.isStatic() && own.hasRank() && own.shape() == other.shape())
            kept.push_back(match);
        else
            matches.unmatched.push_back({true, match.nodeA, match.valueA, Unmatched::Reason::Shape,
                                         fmt::format("has the shape {}, in B {} ({})", shapeText(own), shapeText(other), b.node(match.nodeB).name)});
    }
    matches.layers = std::move(kept);
}

/// A copy, or what the integers stand for.
ir::Tensor asFloats(const ir::Value& value, const ir::Tensor& numbers)
{
    if (value.quant && isInteger(numbers.dtype()))
        if (auto floats = quant::dequantize(numbers, *value.quant))
            return std::move(*floats);
    return {numbers.type(), Bytes::copyOf(numbers.bytes())};
}

/// The scale of the result's grid; nothing when both are floats.
std::optional<double> stepOf(const ir::Value& a, const ir::Value& b)
{
    for (const ir::Value* value : {&b, &a})
        if (value->quant && !value->quant->scales.empty())
            return std::ranges::max(value->quant->scales);
    return std::nullopt;
}

/// Runs both graphs, some layers at a time.
class Comparer {
public:
    Comparer(Comparison& result, runtime::FloatExecutor a, runtime::FloatExecutor b, const CompareOptions& options)
        : m_result(result), m_a(std::move(a)), m_b(std::move(b)), m_options(options), m_stats(result.layers.size())
    {
        for (size_t i = 0; i < result.layers.size(); ++i) {
            m_layerOfA.emplace(result.layers[i].match.valueA, i);
            m_layerOfB.emplace(result.layers[i].match.valueB, i);
        }
        cutIntoParts();
    }

    Result<void> run(const BatchSource& source)
    {
        while (true) {
            BPU_TRY(batch, source());
            if (!batch)
                break;
            for (size_t part = 0; part + 1 < m_parts.size(); ++part)
                BPU_CHECK(runPart(*batch, part));
            ++m_result.batches;
        }
        if (m_result.batches == 0)
            return Error{"compare.data", {}, "the data holds no batch; name a data set with at least one full batch, or make the batch smaller"};
        m_options.control.report(1, "");
        for (size_t i = 0; i < m_stats.size(); ++i)
            m_result.layers[i].metrics = m_stats[i].metrics();
        return {};
    }

private:
    size_t bytesOf(const LayerComparison& layer) const
    {
        return static_cast<size_t>(layer.type.elementCount()) * byteSize(layer.type.dtype());
    }

    void cutIntoParts()
    {
        m_parts = {0};
        size_t bytes = 0;
        for (size_t i = 0; i < m_result.layers.size(); ++i) {
            const size_t own = bytesOf(m_result.layers[i]);
            if (bytes > 0 && bytes + own > m_options.keepBytes) {
                m_parts.push_back(i);
                bytes = 0;
            }
            bytes += own;
        }
        m_parts.push_back(m_result.layers.size());
    }

    bool isIn(size_t layer, size_t part) const { return layer >= m_parts[part] && layer < m_parts[part + 1]; }

    runtime::RunOptions runOptions(size_t part, int side) const
    {
        runtime::RunOptions run{.control = m_options.control, .observe = {}};
        if (!m_options.control.onProgress)
            return run;
        const auto runs = static_cast<double>(2 * (m_parts.size() - 1));
        const double before = static_cast<double>(m_result.batches) + static_cast<double>(2 * part + static_cast<size_t>(side)) / runs;
        run.control.onProgress = [this, runs, before](double fraction, std::string_view) {
            const double done = before + fraction / runs;
            // Of an unknown number of batches a hyperbola at least moves and never reaches the end.
            m_options.control.report(m_options.batches > 0 ? std::min(1.0, done / static_cast<double>(m_options.batches)) : done / (done + 1),
                                     m_options.batches > 0 ? fmt::format("batch {} of {}", m_result.batches + 1, m_options.batches) : fmt::format("batch {}", m_result.batches + 1));
        };
        return run;
    }

    Result<void> runPart(const Batch& batch, size_t part)
    {
        std::unordered_map<size_t, ir::Tensor> kept;
        size_t bytes = 0;
        runtime::RunOptions runA = runOptions(part, 0);
        runA.observe = [&](ValueId value, const ir::Tensor& numbers) {
            const auto layer = m_layerOfA.find(value);
            if (layer == m_layerOfA.end() || !isIn(layer->second, part))
                return;
            ir::Tensor own = asFloats(m_result.a->value(value), numbers);
            bytes += own.bytes().size();
            kept.emplace(layer->second, std::move(own));
        };
        BPU_CHECK(runOne(m_a, batch, runA));
        if (kept.size() != m_parts[part + 1] - m_parts[part])
            return notShown();
        m_result.peakBytes = std::max(m_result.peakBytes, bytes);
        runtime::RunOptions runB = runOptions(part, 1);
        runB.observe = [&](ValueId value, const ir::Tensor& numbers) {
            const auto layer = m_layerOfB.find(value);
            if (layer == m_layerOfB.end() || !isIn(layer->second, part))
                return;
            const auto own = kept.find(layer->second);
            if (own == kept.end())
                return;
            m_stats[layer->second].add(own->second, asFloats(m_result.b->value(value), numbers));
            kept.erase(own);
        };
        BPU_CHECK(runOne(m_b, batch, runB));
        if (!kept.empty())
            return notShown();
        return {};
    }

    static Error notShown()
    {
        return {"compare.layer", {}, "the executor did not show every result it was asked for; report it with the models", ErrorKind::Machine};
    }

    static Result<void> runOne(runtime::FloatExecutor& executor, const Batch& batch, const runtime::RunOptions& options)
    {
        BPU_TRY(results, executor.run(batch, options));
        (void)results;
        return {};
    }

    Comparison& m_result;
    runtime::FloatExecutor m_a;
    runtime::FloatExecutor m_b;
    const CompareOptions& m_options;
    std::vector<PairStats> m_stats;
    std::unordered_map<ValueId, size_t> m_layerOfA;
    std::unordered_map<ValueId, size_t> m_layerOfB;
    std::vector<size_t> m_parts; ///< layers [m_parts[i], m_parts[i + 1]) are compared in one run
};

Result<runtime::FloatExecutor> executorFor(const ir::GraphPtr& graph, const std::vector<LayerMatch>& layers, ValueId LayerMatch::*value, int threads)
{
    runtime::PlanOptions plan{.threads = threads};
    for (const LayerMatch& match : layers)
        plan.observed.push_back(match.*value);
    return runtime::FloatExecutor::make(graph, plan);
}

/// A number by which the worst layer is the least; NaN is worse than all.
double goodness(const LayerMetrics& metrics, LayerOrder order)
{
    const double value = order == LayerOrder::Similarity ? metrics.cosine : order == LayerOrder::MaxError ? -metrics.maxError : metrics.sqnrDb;
    return std::isnan(value) ? -INFINITY : value;
}

} // namespace

Result<Comparison> compareGraphs(ir::GraphPtr a, ir::GraphPtr b, const BatchSource& source, const CompareOptions& options)
{
    BPU_CHECK(checkInputs(*a, *b));
    LayerMatches matches = matchLayers(*a, *b);
    dropOtherShapes(*a, *b, matches);
    if (matches.layers.empty())
        return Error{"compare.match", b->name(), "has no layer in common with the other model; compare models of the same network, or give both an input shape"};
    BPU_TRY(executorA, executorFor(a, matches.layers, &LayerMatch::valueA, options.threads));
    BPU_TRY(executorB, executorFor(b, matches.layers, &LayerMatch::valueB, options.threads));
    Comparison result{.layers = {}, .unmatched = std::move(matches.unmatched), .batches = 0, .peakBytes = 0, .a = a, .b = b};
    for (const LayerMatch& match : matches.layers)
        result.layers.push_back({match, a->node(match.nodeA).name, b->node(match.nodeB).name, ops::title(b->node(match.nodeB)), a->value(match.valueA).type, {},
                                 stepOf(a->value(match.valueA), b->value(match.valueB))});
    BPU_CHECK(Comparer(result, std::move(executorA), std::move(executorB), options).run(source));
    return result;
}

std::vector<size_t> sortedLayers(const Comparison& comparison, LayerOrder order)
{
    std::vector<size_t> layers(comparison.layers.size());
    std::iota(layers.begin(), layers.end(), size_t{0});
    if (order != LayerOrder::Execution)
        std::ranges::stable_sort(layers, {}, [&](size_t i) { return goodness(comparison.layers[i].metrics, order); });
    return layers;
}

std::vector<size_t> layersBelow(const Comparison& comparison, double limit)
{
    std::vector<size_t> below;
    for (size_t i = 0; i < comparison.layers.size(); ++i)
        if (!(comparison.layers[i].metrics.cosine >= limit))
            below.push_back(i);
    return below;
}

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/compare/same_input.h"

#include "core/ir/graph_editor.h"
#include "core/quant/fake_quantize.h"
#include "core/runtime/float_executor.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

/// Copies one layer of a graph, and what belongs to it, into a graph of its own.
class Cutter {
public:
    Cutter(const ir::Graph& graph, const std::function<ValueId(ValueId)>& valueInA) : m_graph(graph), m_valueInA(valueInA), m_editor(graph.name())
    {
        m_editor.setStage(graph.stage());
    }

    /// False when an input is not to be had.
    bool copy(const ir::Node& node)
    {
        ir::NodeSpec spec{.op = node.op, .name = node.name, .attributes = node.attributes};
        for (const ValueId input : node.inputs) {
            const ValueId copied = m_graph.contains(input) ? copyInput(m_graph.value(input)) : ValueId{};
            if (m_graph.contains(input) && !copied.isValid())
                return false;
            spec.inputs.push_back(copied);
        }
        std::vector<ir::TensorType> types;
        for (const ValueId output : node.outputs)
            types.push_back(m_graph.value(output).type);
        const ir::Node made = m_editor.graph().node(m_editor.addNode(std::move(spec), types));
        for (size_t i = 0; i < node.outputs.size(); ++i) {
            m_editor.setQuant(made.outputs[i], m_graph.value(node.outputs[i]).quant);
            m_copies.emplace(node.outputs[i], made.outputs[i]);
        }
        return true;
    }

    Result<ir::Graph> finish(ValueId result)
    {
        m_editor.addOutput(m_copies.at(result));
        return m_editor.finish();
    }
    const std::vector<ValueId>& sources() const { return m_sources; }
    const std::vector<ir::QuantParams>& grids() const { return m_grids; }

private:
    ValueId copyInput(const ir::Value& value)
    {
        if (const auto found = m_copies.find(value.id); found != m_copies.end())
            return found->second;
        const ir::Node* producer = m_graph.producerOf(value);
        ValueId copied;
        if (value.constant)
            copied = m_editor.addConstant(value.name, *value.constant);
        else if (const ValueId source = m_valueInA(value.id); source.isValid() && value.quant)
            copied = addInput(value, source);
        else if (producer && producer->op == "requantize" && copy(*producer))
            return m_copies.at(value.id);
        if (copied.isValid()) {
            m_editor.setQuant(copied, value.quant);
            m_copies.emplace(value.id, copied);
        }
        return copied;
    }

    ValueId addInput(const ir::Value& value, ValueId source)
    {
        m_sources.push_back(source);
        m_grids.push_back(*value.quant);
        return m_editor.addInput(value.name, value.type);
    }

    const ir::Graph& m_graph;
    const std::function<ValueId(ValueId)>& m_valueInA;
    ir::GraphEditor m_editor;
    std::unordered_map<ValueId, ValueId> m_copies;
    std::vector<ValueId> m_sources; ///< of the inputs, in A
    std::vector<ir::QuantParams> m_grids;
};

/// A value of A by the name of the value that carries it in B.
ValueId behindFakeQuantize(const ir::Graph& graph, ValueId id)
{
    for (const ir::Use& use : graph.value(id).users)
        if (graph.node(use.node).op == "fake_quantize")
            return graph.node(use.node).output();
    return id;
}

/// Runs A batch by batch and gives its numbers to the layers of B.
class SameInput {
public:
    SameInput(Comparison& comparison, const CompareOptions& options) : m_comparison(comparison), m_options(options) {}

    Result<void> prepare()
    {
        const auto inA = valuesInA(*m_comparison.a, *m_comparison.b, m_comparison.layers);
        const auto valueInA = [&inA](ValueId value) {
            const auto found = inA.find(value);
            return found == inA.end() ? ValueId{} : found->second;
        };
        for (size_t i = 0; i < m_comparison.layers.size(); ++i) {
            BPU_TRY(alone, LayerAlone::make(*m_comparison.b, m_comparison.layers[i], valueInA, m_options.threads));
            if (!alone)
                continue;
            for (const ValueId value : alone->needs())
                m_kept.try_emplace(value);
            m_kept.try_emplace(m_comparison.layers[i].match.valueA);
            m_layers.emplace_back(i, std::move(*alone));
        }
        return {};
    }

    Result<void> run(const BatchSource& source)
    {
        runtime::PlanOptions plan{.threads = m_options.threads};
        for (const auto& [value, numbers] : m_kept)
            plan.observed.push_back(value);
        BPU_TRY(executor, runtime::FloatExecutor::make(m_comparison.a, plan));
        runtime::RunOptions run{.control = {.onProgress = {}, .stop = m_options.control.stop}};
        run.observe = [this](ValueId value, const ir::Tensor& numbers) {
            if (const auto kept = m_kept.find(value); kept != m_kept.end())
                kept->second = ir::Tensor(numbers.type(), Bytes::copyOf(numbers.bytes()));
        };
        while (true) {
            BPU_TRY(batch, source());
            if (!batch)
                return {};
            BPU_TRY(results, executor.run(*batch, run));
            static_cast<void>(results);
            BPU_CHECK(compareLayers());
        }
    }

private:
    Result<void> compareLayers()
    {
        for (const auto& [index, alone] : m_layers) {
            if (m_options.control.stopRequested())
                return JobControl::cancelled();
            LayerComparison& layer = m_comparison.layers[index];
            BPU_TRY(steps, alone.error([this](ValueId value) -> const ir::Tensor& { return m_kept.at(value); }, m_kept.at(layer.match.valueA)));
            layer.sameInputSteps = std::max(layer.sameInputSteps.value_or(0), steps);
        }
        return {};
    }

    Comparison& m_comparison;
    const CompareOptions& m_options;
    std::vector<std::pair<size_t, LayerAlone>> m_layers;
    std::unordered_map<ValueId, ir::Tensor> m_kept; ///< numbers of A in this batch
};

} // namespace

struct LayerAlone::Parts {
    ir::QuantParams result;
    std::vector<ir::QuantParams> grids; ///< of the inputs
    runtime::FloatExecutor executor;
};

LayerAlone::LayerAlone(std::unique_ptr<Parts> parts) : m_parts(std::move(parts)) {}
LayerAlone::LayerAlone(LayerAlone&&) noexcept = default;
LayerAlone::~LayerAlone() = default;

Result<std::optional<LayerAlone>> LayerAlone::make(const ir::Graph& b, const LayerComparison& layer, const std::function<ValueId(ValueId)>& valueInA, int threads)
{
    const ir::Value& result = b.value(layer.match.valueB);
    Cutter cutter(b, valueInA);
    if (!result.quant || !cutter.copy(b.node(layer.match.nodeB)) || cutter.sources().empty())
        return std::optional<LayerAlone>();
    BPU_TRY(graph, cutter.finish(result.id));
    BPU_TRY(executor, runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(std::move(graph)), {.threads = threads}));
    std::optional<LayerAlone> alone = LayerAlone(std::make_unique<Parts>(Parts{*result.quant, cutter.grids(), std::move(executor)}));
    alone->m_needs = cutter.sources();
    return alone;
}

Result<double> LayerAlone::error(const std::function<const ir::Tensor&(ValueId)>& numbers, const ir::Tensor& wanted) const
{
    std::vector<ir::Tensor> inputs;
    for (size_t i = 0; i < m_needs.size(); ++i) {
        BPU_TRY(integers, quant::quantize(numbers(m_needs[i]), m_parts->grids[i]));
        inputs.push_back(std::move(integers));
    }
    BPU_TRY(results, m_parts->executor.run(inputs));
    BPU_TRY(floats, quant::dequantize(results[0], m_parts->result));
    double largest = 0;
    for (int64_t i = 0; i < floats.elementCount(); ++i)
        largest = std::max(largest, std::fabs(static_cast<double>(floats.at<float>(i)) - static_cast<double>(wanted.at<float>(i))));
    return largest / std::ranges::max(m_parts->result.scales);
}

std::unordered_map<ValueId, ValueId> valuesInA(const ir::Graph& a, const ir::Graph& b, const std::vector<LayerComparison>& layers)
{
    std::unordered_map<ValueId, ValueId> inA;
    for (const LayerComparison& layer : layers)
        inA.emplace(layer.match.valueB, layer.match.valueA);
    std::unordered_map<std::string_view, ValueId> stubs; // of A by the name of their result
    for (const NodeId id : a.order())
        if (const ir::Node& node = a.node(id); node.op == "quant_stub" || node.op == "fake_quantize")
            stubs.emplace(a.value(node.output()).name, node.output());
    for (const NodeId id : b.order())
        if (const ir::Node& node = b.node(id); node.op == "quant_stub")
            if (const auto found = stubs.find(b.value(node.output()).name); found != stubs.end())
                inA.emplace(node.output(), behindFakeQuantize(a, found->second));
    return inA;
}

Result<void> compareSameInput(Comparison& comparison, const BatchSource& source, const CompareOptions& options)
{
    if (comparison.a->stage() == ir::Stage::Quantized || comparison.b->stage() != ir::Stage::Quantized)
        return Error{"compare.stage", comparison.b->name(), fmt::format("layers with the same input are those of a quantized model against a float or qat one, not {} against {}; "
                                                                        "name the qat model first", name(comparison.b->stage()), name(comparison.a->stage()))};
    SameInput layers(comparison, options);
    BPU_CHECK(layers.prepare());
    return layers.run(source);
}

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/sensitivity/sensitivity.h"

#include "core/ir/graph_editor.h"
#include "core/march/march.h"
#include "core/ops/op_spec.h"
#include "core/quant/grid.h"
#include "core/runtime/float_executor.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

bool isQuantizer(const ir::Node& node)
{
    return node.op == "fake_quantize" || node.op == "quant_stub";
}

/// The quantizers of one layer: on its constants and behind its results.
struct Layer {
    NodeId node;
    std::vector<NodeId> quantizers;
    ValueId result; ///< of the quantizer behind its first result
};

std::optional<Layer> layerOf(const ir::Graph& graph, const ir::Node& node)
{
    Layer layer{.node = node.id, .quantizers = {}, .result = {}};
    if (node.op == "quant_stub")
        return Layer{node.id, {node.id}, node.output()};
    if (node.op == "fake_quantize")
        return std::nullopt;
    for (const ValueId input : node.inputs)
        if (const ir::Value* value = graph.find(input))
            if (const ir::Node* producer = graph.producerOf(*value); producer && producer->op == "fake_quantize" && graph.inputOf(*producer, 0)->isConstant())
                layer.quantizers.push_back(producer->id);
    for (const ValueId output : node.outputs)
        for (const ir::Use& use : graph.value(output).users)
            if (const ir::Node& user = graph.node(use.node); user.op == "fake_quantize") {
                layer.quantizers.push_back(user.id);
                layer.result = layer.result.isValid() ? layer.result : user.output();
            }
    return layer.quantizers.empty() ? std::nullopt : std::optional(layer);
}

std::vector<Layer> layersOf(const ir::Graph& graph)
{
    std::vector<Layer> layers;
    for (const NodeId id : graph.order())
        if (auto layer = layerOf(graph, graph.node(id)))
            layers.push_back(std::move(*layer));
    return layers;
}

/// Only these quantizers keep their grids.
Result<ir::Graph> quantizedOnlyAt(const ir::Graph& qat, const std::vector<NodeId>& kept)
{
    ir::GraphEditor editor(qat);
    for (const NodeId id : qat.order())
        if (isQuantizer(qat.node(id)) && std::ranges::find(kept, id) == kept.end())
            editor.setQuant(qat.node(id).output(), std::nullopt);
    return editor.finish();
}

/// The outputs of the float network, and how far others are from them.
class Reference {
public:
    Reference(const std::vector<Batch>& batches, const SensitivityOptions& options) : m_batches(batches), m_options(options) {}

    Result<void> compute(const ir::Graph& qat)
    {
        BPU_TRY(plain, quantizedOnlyAt(qat, {}));
        BPU_TRY(executor, make(std::move(plain)));
        for (const Batch& batch : m_batches) {
            BPU_TRY(results, executor.run(batch, runOptions()));
            m_outputs.push_back(std::move(results));
        }
        return {};
    }

    Result<LayerMetrics> distance(ir::Graph graph) const
    {
        BPU_TRY(executor, make(std::move(graph)));
        PairStats stats;
        for (size_t i = 0; i < m_batches.size(); ++i) {
            BPU_TRY(results, executor.run(m_batches[i], runOptions()));
            for (size_t k = 0; k < results.size(); ++k)
                if (ir::isFloat(results[k].dtype()))
                    stats.add(m_outputs[i][k], results[k]);
        }
        return stats.metrics();
    }

private:
    Result<runtime::FloatExecutor> make(ir::Graph graph) const
    {
        return runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(std::move(graph)), {.threads = m_options.threads});
    }
    runtime::RunOptions runOptions() const { return {.control = {.onProgress = {}, .stop = m_options.control.stop}}; }

    const std::vector<Batch>& m_batches;
    const SensitivityOptions& m_options;
    std::vector<std::vector<ir::Tensor>> m_outputs; ///< by batch
};

Result<void> check(const ir::Graph& qat, const std::vector<Batch>& batches)
{
    if (qat.stage() != ir::Stage::Qat)
        return Error{"sensitivity.stage", qat.name(), fmt::format("sensitivity takes a calibrated qat model, this one is {}; run bpu prepare and bpu calibrate first", name(qat.stage()))};
    for (const NodeId id : qat.order())
        if (isQuantizer(qat.node(id)) && !qat.value(qat.node(id).output()).quant)
            return Error{"sensitivity.uncalibrated", qat.node(id).name, "has no scale yet; run bpu calibrate first, with data that reaches it"};
    if (batches.empty())
        return Error{"sensitivity.data", {}, "the data holds no batch; name a data set with at least one full batch, or make the batch smaller"};
    return {};
}

/// A graph that names no march is tried all the same.
Result<void> checkHasQInt16(const ir::Graph& qat)
{
    const auto fact = qat.facts().find("march");
    const march::MarchPtr march = fact == qat.facts().end() ? nullptr : march::find(fact->second);
    if (march && std::ranges::find(march->quantization().activations, "qint16") == march->quantization().activations.end())
        return Error{"sensitivity.march", qat.name(), fmt::format("{} has no qint16 activations; prepare the model for another march, or calibrate the layer by hand", march->title())};
    return {};
}

/// NaN counts as the worst.
double orLeast(double sqnr)
{
    return std::isnan(sqnr) ? -INFINITY : sqnr;
}

void widen(ir::GraphEditor& editor, ValueId result)
{
    ir::QuantParams grid = *editor.graph().value(result).quant;
    for (double& scale : grid.scales)
        scale = quant::scaleOf(quant::thresholdOf(scale, grid.type), ir::QType::QInt16);
    grid.type = ir::QType::QInt16;
    editor.setAttribute(editor.graph().value(result).producer, "qtype", std::string(name(grid.type)));
    editor.setQuant(result, std::move(grid));
}

} // namespace

Result<Sensitivity> rankSensitivity(const ir::Graph& qat, const std::vector<Batch>& batches, const SensitivityOptions& options)
{
    BPU_CHECK(check(qat, batches));
    Reference reference(batches, options);
    BPU_CHECK(reference.compute(qat));
    BPU_TRY(all, reference.distance(qat));
    Sensitivity sensitivity{.layers = {}, .cosineOfAll = all.cosine, .sqnrOfAllDb = all.sqnrDb, .batches = batches.size()};
    const std::vector<Layer> layers = layersOf(qat);
    for (size_t i = 0; i < layers.size(); ++i) {
        const ir::Node& node = qat.node(layers[i].node);
        options.control.report(static_cast<double>(i) / static_cast<double>(layers.size()), fmt::format("{} ({} of {})", node.name, i + 1, layers.size()));
        BPU_TRY(graph, quantizedOnlyAt(qat, layers[i].quantizers));
        BPU_TRY(metrics, reference.distance(std::move(graph)));
        const ir::Value* result = qat.find(layers[i].result);
        sensitivity.layers.push_back({node.id, node.name, ops::title(node), result ? result->quant->type : ir::QType::QInt32, metrics.cosine, metrics.sqnrDb});
    }
    std::ranges::stable_sort(sensitivity.layers, {}, [](const LayerSensitivity& layer) { return orLeast(layer.sqnrDb); });
    return sensitivity;
}

ir::Graph withQInt16(const ir::Graph& qat, const std::vector<NodeId>& layers)
{
    ir::GraphEditor editor(qat);
    for (const NodeId id : layers)
        if (const auto layer = layerOf(qat, qat.node(id)); layer && layer->result.isValid() && qat.value(layer->result).quant)
            widen(editor, layer->result);
    auto graph = editor.finish();
    BPU_ASSERT(graph); // no edge changed
    return std::move(*graph);
}

Result<std::vector<WiderGrid>> tryQInt16(const ir::Graph& qat, const std::vector<NodeId>& candidates, const std::vector<Batch>& batches, const SensitivityOptions& options)
{
    BPU_CHECK(check(qat, batches));
    BPU_CHECK(checkHasQInt16(qat));
    Reference reference(batches, options);
    BPU_CHECK(reference.compute(qat));
    std::vector<WiderGrid> tried;
    for (const NodeId id : candidates) {
        options.control.report(static_cast<double>(tried.size()) / static_cast<double>(candidates.size()), qat.node(id).name);
        BPU_TRY(metrics, reference.distance(withQInt16(qat, {id})));
        tried.push_back({id, qat.node(id).name, metrics.sqnrDb});
    }
    std::ranges::stable_sort(tried, std::ranges::greater(), [](const WiderGrid& wider) { return orLeast(wider.sqnrDb); });
    return tried;
}

} // namespace bpu::passes

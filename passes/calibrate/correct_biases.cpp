// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/calibrate/layers.h"
#include "passes/calibrate/refine.h"

#include <fmt/format.h>

namespace bpu::passes {
namespace {

/// The layer's result before its activation, of the network with or without grids.
Result<std::vector<double>> channelMeans(const ir::Graph& graph, NodeId layer, bool withGrids, std::span<const data::Batch> batches, const RunSettings& settings)
{
    ir::GraphEditor editor(graph);
    editor.removeAttribute(layer, "activation");
    BPU_TRY(plain, editor.finish());
    BPU_TRY(part, upTo(plain, graph.node(layer).output()));
    if (!withGrids) {
        BPU_TRY(bare, withoutGrids(*part));
        part = bare;
    }
    BPU_TRY(outputs, outputsOver(part, batches, settings));
    const ir::TensorType& type = graph.value(graph.node(layer).output()).type;
    const int axis = graph.node(layer).op == "linear" ? type.rank() - 1 : 1;
    const auto channels = static_cast<size_t>(type.dim(axis));
    size_t inner = 1;
    for (int i = axis + 1; i < type.rank(); ++i)
        inner *= static_cast<size_t>(type.dim(i));
    std::vector<double> sums(channels);
    double count = 0;
    for (const auto& results : outputs) {
        const ir::Tensor& numbers = results.front();
        for (int64_t i = 0; i < numbers.elementCount(); ++i)
            sums[static_cast<size_t>(i) / inner % channels] += static_cast<double>(numbers.at<float>(i));
        count += static_cast<double>(numbers.elementCount()) / static_cast<double>(channels);
    }
    for (double& sum : sums)
        sum /= count;
    return sums;
}

} // namespace

Result<BiasCorrection> correctBiases(const ir::Graph& qat, const SharedGraph& running, std::span<const data::Batch> batches, const RunSettings& settings)
{
    ir::GraphEditor kept(qat);
    ir::Graph current = *running;
    const std::vector<QatLayer> own = layersOf(qat), layers = layersOf(current);
    for (size_t i = 0; i < std::min(own.size(), layers.size()); ++i) {
        if (settings.control.stopRequested())
            return JobControl::cancelled();
        // Corrections of earlier layers must not move the reference: it is the network before all of them.
        BPU_TRY(wanted, channelMeans(*running, layers[i].node, false, batches, settings));
        BPU_TRY(given, channelMeans(current, layers[i].node, true, batches, settings));
        for (size_t c = 0; c < wanted.size(); ++c)
            wanted[c] -= given[c];
        ir::GraphEditor editor(std::move(current));
        addToBias(editor, layers[i], wanted);
        addToBias(kept, own[i], wanted);
        BPU_TRY(corrected, editor.finish());
        current = std::move(corrected);
        settings.control.report(static_cast<double>(i + 1) / static_cast<double>(layers.size()), fmt::format("bias {} of {}", i + 1, layers.size()));
    }
    BPU_TRY(graph, kept.finish());
    return BiasCorrection{std::move(graph), layers.size()};
}

} // namespace bpu::passes

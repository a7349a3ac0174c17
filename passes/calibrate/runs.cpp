// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/calibrate/runs.h"

#include "core/ir/rewriter.h"
#include "core/runtime/float_executor.h"

namespace bpu::passes {
namespace {

bool isPassedThrough(const ir::Node& node)
{
    return makesGrid(node) || node.op == "dequant_stub";
}

} // namespace

bool makesGrid(const ir::Node& node)
{
    return node.op == "fake_quantize" || node.op == "quant_stub";
}

ValueId sourceOf(const ir::Graph& graph, ValueId value)
{
    const ir::Node* producer = graph.producerOf(graph.value(value));
    while (producer && isPassedThrough(*producer)) {
        value = producer->input(0);
        producer = graph.producerOf(graph.value(value));
    }
    return value;
}

Result<SharedGraph> withoutGrids(const ir::Graph& graph)
{
    ir::Rewriter rewriter(graph);
    for (const NodeId id : graph.order())
        if (isPassedThrough(graph.node(id)))
            rewriter.bypass(id);
    BPU_TRY(finished, rewriter.finish());
    return std::make_shared<const ir::Graph>(std::move(finished));
}

Result<SharedGraph> upTo(const ir::Graph& graph, ValueId value)
{
    ir::GraphEditor editor(graph);
    for (size_t i = 0; i < graph.outputs().size(); ++i)
        editor.setOutput(i, value);
    editor.removeDead();
    BPU_TRY(finished, editor.finish());
    return std::make_shared<const ir::Graph>(std::move(finished));
}

Result<std::vector<std::vector<ir::Tensor>>> outputsOver(const SharedGraph& graph, std::span<const data::Batch> batches, const RunSettings& settings)
{
    BPU_TRY(executor, runtime::FloatExecutor::make(graph, {.threads = settings.threads}));
    std::vector<std::vector<ir::Tensor>> outputs;
    for (const data::Batch& batch : batches) {
        BPU_TRY(results, executor.run(batch.inputs, {.control = {.onProgress = {}, .stop = settings.control.stop}, .observe = {}}));
        outputs.push_back(std::move(results));
    }
    return outputs;
}

Result<std::vector<data::Batch>> readAll(data::Batches& batches, size_t most)
{
    std::vector<data::Batch> all;
    while (most == 0 || all.size() < most) {
        BPU_TRY(batch, batches.next());
        if (!batch)
            break;
        all.push_back(*std::move(batch));
    }
    if (all.empty())
        return Error{"calibrate.no-data", {}, "no sample was observed, so no scale is known; give data with --data"};
    return all;
}

} // namespace bpu::passes

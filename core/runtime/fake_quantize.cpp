// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/fake_quantize.h"

#include "core/base/vectorized.h"
#include "core/ir/graph_editor.h"
#include "core/quant/fake_quantize.h"
#include "core/runtime/onednn.h"
#include "core/runtime/parallel.h"

namespace bpu::runtime {
namespace {

constexpr int64_t kGrain = 16384;

bool isFakeQuantize(const ir::Node& node)
{
    return node.op == "fake_quantize" || node.op == "quant_stub";
}

/// quant::fakeQuantize for many numbers: clamped first, which changes no result, so that adding and taking away 1.5 * 2^52
/// rounds to the nearest integer, half to even.
BPU_VECTORIZED void fakeQuantizeRow(const float* x, float* y, int64_t count, double scale, double least, double most)
{
    constexpr double kRound = 6755399441055744.0;
    for (int64_t i = 0; i < count; ++i) {
        double q = static_cast<double>(x[i]) / scale;
        q = q < least ? least : q;
        q = q > most ? most : q;
        y[i] = static_cast<float>(((q + kRound) - kRound) * scale);
    }
}

/// The tensor as [outer, channels, inner].
struct Blocks {
    int64_t channels = 1;
    int64_t inner = 1;
};

Result<Blocks> blocksOf(const Site& site, const ir::QuantParams& grid)
{
    const ir::TensorType& x = site.input(0);
    for (const double scale : grid.scales)
        if (!std::isfinite(scale) || !(scale > 0))
            return cannotRun(site.node, "its scale is not a number above 0");
    if (grid.channelAxis < 0 && grid.scales.size() == 1)
        return Blocks{1, x.elementCount()};
    if (grid.channelAxis < 0 || grid.channelAxis >= x.rank() || x.dim(grid.channelAxis) != static_cast<int64_t>(grid.scales.size()))
        return cannotRun(site.node, "its scales do not fit its input");
    Blocks blocks{x.dim(grid.channelAxis), 1};
    for (int axis = grid.channelAxis + 1; axis < x.rank(); ++axis)
        blocks.inner *= x.dim(axis);
    return blocks;
}

} // namespace

/// A view where no grid was chosen yet. One scale for all numbers leaves them in the order in which they come.
Result<Kernel> makeFakeQuantize(const Site& site)
{
    const ir::Value& result = site.graph.value(site.node.output());
    const bool isFloat = site.input(0).dtype() == ir::DType::Float32 && site.output().dtype() == ir::DType::Float32;
    if (!isFloat || site.input(0).elementCount() != site.output().elementCount())
        return Kernel{};
    if (!result.quant)
        return Kernel{.run = {}, .isView = true};
    BPU_TRY(blocks, blocksOf(site, *result.quant));
    const quant::Grid grid = quant::gridOf(result.quant->type);
    const int64_t count = site.input(0).elementCount();
    Kernel kernel;
    if (blocks.channels == 1)
        if (const LayoutPtr layout = denseLayout(site, 0, count)) {
            kernel.wants = {layout};
            kernel.gives = {layout};
        }
    kernel.run = [blocks, grid, count, scales = result.quant->scales](const Call& call) -> Result<void> {
        const float* x = call.inputs[0].in<float>();
        float* y = call.outputs[0].out<float>();
        parallelFor(count, kGrain, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end;) {
                const int64_t block = i / blocks.inner;
                const int64_t stop = std::min(end, (block + 1) * blocks.inner);
                fakeQuantizeRow(x + i, y + i, stop - i, scales[static_cast<size_t>(block % blocks.channels)], static_cast<double>(grid.min), static_cast<double>(grid.max));
                i = stop;
            }
        });
        return {};
    };
    return kernel;
}

Result<ir::GraphPtr> withQuantizedConstants(const ir::GraphPtr& graph)
{
    std::optional<ir::GraphEditor> editor;
    for (const NodeId id : graph->order()) {
        const ir::Node& node = graph->node(id);
        const ir::Value* input = graph->inputOf(node, 0);
        if (!isFakeQuantize(node) || !input || !input->constant || input->constant->dtype() != ir::DType::Float32)
            continue;
        const ir::Value& result = graph->value(node.output());
        ir::Tensor numbers = *input->constant;
        if (result.quant) {
            auto quantized = quant::fakeQuantize(numbers, *result.quant);
            if (!quantized)
                return Error{quantized.error().code, node.name, quantized.error().message};
            numbers = std::move(*quantized);
        }
        if (!editor)
            editor.emplace(*graph);
        editor->makeConstant(result.id, std::move(numbers));
        editor->removeNode(id);
    }
    if (!editor)
        return graph;
    BPU_TRY(folded, editor->finish());
    return std::make_shared<const ir::Graph>(std::move(folded));
}

} // namespace bpu::runtime

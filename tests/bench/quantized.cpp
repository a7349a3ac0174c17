// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/quantized.h"

#include "core/ir/graph_editor.h"
#include "core/ops/keeps_grid.h"
#include "core/quant/grid.h"
#include "passes/convert/convert.h"
#include "passes/fuse/fuse.h"

#include <algorithm>
#include <cmath>

namespace bpu::bench {
namespace {

constexpr double kScale = 0.04; ///< of every activation

/// Puts a node behind a value: all that used the value use its result.
ValueId putBehind(ir::GraphEditor& editor, ValueId value, const char* op, std::optional<ir::QuantParams> quant)
{
    const auto axis = static_cast<int64_t>(quant ? quant->channelAxis : -1);
    const NodeId node = editor.addNode({.op = op, .inputs = {value}, .attributes = {{"qtype", std::string("qint8")}, {"ch_axis", axis}, {"observer", std::string("fixed_scale")}}},
                                       {editor.graph().value(value).type});
    const ValueId result = editor.graph().node(node).output();
    editor.replaceUses(value, result);
    editor.setInputValue(node, 0, value);
    editor.setQuant(result, std::move(quant));
    return result;
}

/// One scale for each first index.
ir::QuantParams gridOfWeights(const ir::Tensor& weights)
{
    ir::QuantParams grid{ir::QType::QInt8, {}, 0};
    const int64_t channels = weights.shape()[0], each = weights.elementCount() / std::max<int64_t>(channels, 1);
    for (int64_t c = 0; c < channels; ++c) {
        double most = 0;
        for (int64_t i = 0; i < each; ++i)
            most = std::max(most, std::fabs(static_cast<double>(weights.at<float>(c * each + i))));
        grid.scales.push_back(quant::scaleOf(most, ir::QType::QInt8));
    }
    return grid;
}

bool reachesOutputsOnly(const ir::Value& value)
{
    return value.users.empty() && value.isGraphOutput();
}

} // namespace

Result<ir::Graph> quantizedForm(const ir::Graph& model)
{
    BPU_TRY(fused, passes::fuse(model));
    const ir::Graph& before = fused.graph;
    ir::GraphEditor editor(before);
    editor.setStage(ir::Stage::Qat);
    const ir::QuantParams activation{ir::QType::QInt8, {kScale}, -1};
    for (const ValueId input : before.inputs())
        putBehind(editor, input, "quant_stub", activation);
    for (const NodeId id : before.order()) {
        const ir::Node& node = before.node(id);
        const ir::Value* weights = before.inputOf(node, 1);
        if (weights && weights->isConstant() && (node.op.starts_with("conv") || node.op == "linear"))
            putBehind(editor, weights->id, "fake_quantize", gridOfWeights(*weights->constant));
        if (const ir::Value& result = before.value(node.output()); reachesOutputsOnly(result))
            putBehind(editor, result.id, "dequant_stub", std::nullopt);
        else if (!ops::keepsGrid(node))
            putBehind(editor, result.id, "fake_quantize", activation);
    }
    BPU_TRY(qat, editor.finish());
    BPU_TRY(converted, passes::convert(qat));
    return std::move(converted.graph);
}

} // namespace bpu::bench

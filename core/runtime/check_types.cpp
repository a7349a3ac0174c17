// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/check_types.h"

#include "core/ops/infer.h"
#include "core/runtime/kernel.h"

#include <fmt/format.h>

namespace bpu::runtime {
namespace {

/// Elements beyond this are more bytes than any machine has, in every dtype.
constexpr int64_t kMostElements = int64_t{1} << 45;

Result<void> checkSize(const ir::Value& value)
{
    if (!value.type.isStatic() || (value.type.elementCount() >= 0 && value.type.elementCount() <= kMostElements))
        return {};
    return Error{"runtime.memory", value.name, fmt::format("would have the size {}, which no memory holds; give the inputs a smaller shape", ir::shapeText(value.type)), ErrorKind::Machine};
}

Result<void> checkOperands(const ir::Graph& graph, const ir::Node& node, const ops::OpSpec& spec)
{
    for (size_t i = 0; i < spec.minInputs; ++i)
        if (!graph.find(node.input(i)))
            return cannotRun(node, fmt::format("{} lacks its operand {} of at least {}; export the model again", ops::title(node), i + 1, spec.minInputs));
    return {};
}

Result<void> checkResults(const ir::Graph& graph, const ir::Node& node, const ops::OpSpec& spec)
{
    BPU_TRY(types, spec.inferTypes(graph, node));
    if (node.outputs.size() > types.size())
        return cannotRun(node, fmt::format("{} has {} results, not {}; export the model again", ops::title(node), types.size(), node.outputs.size()));
    for (size_t i = 0; i < node.outputs.size(); ++i) {
        const ir::Value& result = graph.value(node.outputs[i]);
        const ir::TensorType& declared = result.type;
        ir::TensorType made = ops::merged(types[i], declared);
        if (result.quant && graph.stage() == ir::Stage::Quantized)
            made = made.withDType(declared.dtype()); // the grid's, which is not the input's
        if (declared.isStatic() && made != declared)
            return cannotRun(node, fmt::format("its result is declared as {} and would be {}; export the model again", declared.text(), made.text()));
    }
    return {};
}

} // namespace

Result<void> checkTypes(const ir::Graph& graph)
{
    for (const ValueId id : graph.inputs())
        BPU_CHECK(checkSize(graph.value(id)));
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        for (const ValueId output : node.outputs)
            BPU_CHECK(checkSize(graph.value(output)));
        const ops::OpSpec* spec = ops::find(node.op);
        if (!spec)
            continue;
        BPU_CHECK(checkOperands(graph, node, *spec));
        if (spec->inferTypes)
            BPU_CHECK(checkResults(graph, node, *spec));
    }
    return {};
}

} // namespace bpu::runtime

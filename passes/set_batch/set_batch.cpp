// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The nodes are visited in execution order. For every value the axis is known along which its samples lie, found by comparing
// its shape with the one it had: where the samples are the outermost part of a larger dimension, that one grows.
#include "passes/set_batch/set_batch.h"

#include "core/ir/rewriter.h"
#include "core/ops/infer.h"
#include "core/ops/infer_types.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>
#include <unordered_map>

namespace bpu::passes {
namespace {

Error fixed(std::string_view where, std::string message)
{
    return {"batch.fixed", std::string(where), std::move(message)};
}

class Batcher {
public:
    Batcher(const ir::Graph& graph, int64_t batch) : m_graph(graph), m_editor(graph), m_batch(batch) {}

    Result<ir::Graph> run()
    {
        for (const ValueId id : m_graph.inputs())
            BPU_CHECK(enlargeInput(id));
        for (const NodeId id : m_graph.order())
            BPU_CHECK(visit(id));
        for (const ValueId id : m_graph.outputs())
            if (!m_axes.contains(id))
                return fixed(m_graph.value(id).name, "this output does not depend on the batch, so its samples cannot be told apart; run with a batch of 1");
        m_editor.removeUnusedConstants();
        return m_editor.finish();
    }

private:
    Result<void> enlargeInput(ValueId id)
    {
        const ir::Value& input = m_graph.value(id);
        if (!input.type.isStatic() || input.type.rank() < 1 || input.type.dim(0) != 1)
            return fixed(input.name, fmt::format("is {}; only inputs whose first dimension is 1 can be given a batch", input.type.text()));
        ir::Shape shape = input.type.shape();
        shape[0] = m_batch;
        m_editor.setType(id, input.type.withShape(std::move(shape)));
        m_axes[id] = 0;
        return {};
    }

    /// The axis of the first input that has one; nothing for a node that computes from constants alone.
    bool readsSamples(const ir::Node& node) const
    {
        return std::ranges::any_of(node.inputs, [&](ValueId id) { return m_axes.contains(id); });
    }

    Result<void> visit(NodeId id)
    {
        const ir::Node& node = m_graph.node(id);
        if (!readsSamples(node))
            return {};
        if (!ir::bodiesOf(node).empty())
            return fixed(node.name, fmt::format("{} holds graphs of its own, whose batch cannot be changed; run with a batch of 1", ops::title(node)));
        if (node.op == "reshape" || node.op == "expand")
            rewriteShape(node);
        else if (node.op == "cat")
            repeatOperands(node, 0, node.inputs.size());
        else if (node.op == "lstm" || node.op == "gru" || node.op == "rnn")
            repeatOperands(node, 5, 7);
        for (const ValueId output : node.outputs)
            m_editor.setType(output, ir::TensorType::unranked(m_graph.value(output).type.dtype()));
        if (const Result<void> inferred = ops::inferNode(m_editor, id); !inferred)
            return fixed(node.name, fmt::format("cannot take several samples ({}); run with a batch of 1", inferred.error().message));
        for (const ValueId output : node.outputs)
            BPU_CHECK(findAxis(node, output));
        return {};
    }

    /// Exactly one dimension has grown, as many times as there are samples.
    Result<void> findAxis(const ir::Node& node, ValueId output)
    {
        const ir::TensorType& before = m_graph.value(output).type;
        const ir::TensorType& after = m_editor.graph().value(output).type;
        if (m_graph.value(output).users.empty() && m_graph.value(output).graphOutputs == 0)
            return {};
        int axis = -1;
        bool isOdd = !before.isStatic() || !after.isStatic() || before.rank() != after.rank();
        for (int i = 0; !isOdd && i < before.rank(); ++i)
            if (before.dim(i) != after.dim(i)) {
                isOdd = axis >= 0 || after.dim(i) != before.dim(i) * m_batch;
                axis = i;
            }
        if (isOdd || axis < 0)
            return fixed(node.name, fmt::format("{} puts the samples of a batch together ({} becomes {}); run with a batch of 1", ops::title(node), before.text(), after.text()));
        m_axes[output] = static_cast<size_t>(axis);
        return {};
    }

    static int64_t product(const ir::Shape& shape, size_t end)
    {
        return std::accumulate(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(end), int64_t{1}, std::multiplies<>());
    }

    /// The new shape spelled out. Numbers keep their order in a reshape, so the samples lie where the product of the
    /// dimensions before is the same; the expanded ones lie at the same axis from the end.
    void rewriteShape(const ir::Node& node)
    {
        const auto from = m_axes.find(node.inputs[0]);
        if (from == m_axes.end())
            return;
        const ir::Shape& input = m_graph.value(node.inputs[0]).type.shape();
        ir::Shape shape = m_graph.value(node.outputs[0]).type.shape();
        size_t axis = 0;
        if (node.op == "expand")
            axis = from->second + shape.size() - input.size();
        else
            while (axis < shape.size() && product(shape, axis) < product(input, from->second))
                ++axis;
        if (axis >= shape.size())
            return; // what follows is refused by findAxis or by inference
        shape[axis] *= m_batch;
        m_editor.setAttribute(node.id, "shape", shape);
        m_editor.setInputs(node.id, {node.inputs[0]});
    }

    /// Operands that are the same for every sample, once for each.
    void repeatOperands(const ir::Node& node, size_t begin, size_t end)
    {
        const bool isRecurrent = node.op != "cat";
        const auto axisOfNode = [&]() -> size_t {
            if (isRecurrent)
                return node.attributes.integer("layout") == 0 ? 1 : 0;
            return m_axes.at(*std::ranges::find_if(node.inputs, [&](ValueId id) { return m_axes.contains(id); }));
        };
        const size_t axis = axisOfNode();
        for (size_t slot = begin; slot < std::min(end, node.inputs.size()); ++slot) {
            const ValueId operand = node.inputs[slot];
            const ir::Value* value = m_graph.find(operand);
            if (!value || m_axes.contains(operand) || !value->type.isStatic() || value->type.dim(static_cast<int>(axis)) != 1)
                continue;
            ir::Shape shape = value->type.shape();
            shape[axis] = m_batch;
            const NodeId repeated = m_editor.addNodeBefore(node.id, {.op = "expand", .name = value->name + "_batch", .inputs = {operand},
                                                                     .attributes = {{"shape", shape}}, .scope = node.scope, .origins = node.origins},
                                                           {value->type.withShape(shape)});
            m_editor.setInputValue(node.id, slot, m_editor.graph().node(repeated).outputs[0]);
        }
    }

    const ir::Graph& m_graph; ///< as it was
    ir::Rewriter m_editor;
    int64_t m_batch;
    std::unordered_map<ValueId, size_t> m_axes; ///< of the values that hold samples
};

} // namespace

Result<ir::Graph> setBatch(const ir::Graph& graph, int64_t batch)
{
    BPU_ASSERT(batch >= 1);
    return batch == 1 ? Result<ir::Graph>(graph) : Batcher(graph, batch).run();
}

} // namespace bpu::passes

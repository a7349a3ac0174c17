// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Softmax, attention and recurrent layers. Source: ONNX Softmax 13, LSTM 14, GRU 14; torch.nn.MultiheadAttention.
#include "core/ops/infer.h"
#include "core/ops/spec_macro.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

Result<Types> inferSoftmax(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const int64_t dim = node.attributes.integer("dim", -1);
    if (x.rank() > 0 && !normalizedAxis(dim, x.rank()))
        return axisError(node, dim, x.rank());
    return same(x);
}

Result<Types> inferGlu(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return same(x);
    const auto axis = normalizedAxis(node.attributes.integer("dim", -1), x.rank());
    if (!axis || (x.shape()[*axis] != ir::kUnknownDim && x.shape()[*axis] % 2 != 0))
        return opError(node, "shape", fmt::format("glu halves axis {} of {}; give it an even size", node.attributes.integer("dim", -1), ir::shapeText(x)));
    ir::Shape shape = x.shape();
    if (shape[*axis] != ir::kUnknownDim)
        shape[*axis] /= 2;
    return same(x.withShape(std::move(shape)));
}

/// An LSTM of torch may bring h to another size behind each step: [directions, size of h, hidden].
constexpr size_t kProjection = 8;

/// y [steps, directions, batch, size of h], h [directions, batch, size of h], c [directions, batch, hidden]; batch first when layout is 1.
Result<Types> inferRecurrent(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const ir::TensorType& r = inputType(graph, node, 2);
    if (x.hasRank() && x.rank() != 3)
        return opError(node, "rank", fmt::format("{} needs an input of rank 3, got {}; reshape the input", node.op, ir::shapeText(x)));
    const bool batchFirst = node.attributes.integer("layout", 0) == 1;
    const ir::Dim directions = node.attributes.text("direction") == "bidirectional" ? 2 : 1;
    const ir::Dim hidden = node.attributes.has("hidden_size") ? node.attributes.integer("hidden_size") : r.dim(2);
    if (hidden < ir::kUnknownDim)
        return opError(node, "shape", fmt::format("the hidden size is {}; it has to be 0 or more", hidden));
    const ir::Dim steps = x.dim(batchFirst ? 1 : 0);
    const ir::Dim batch = x.dim(batchFirst ? 0 : 1);
    const ir::Dim width = node.input(kProjection).isValid() ? inputType(graph, node, kProjection).dim(1) : hidden;
    const auto state = [&](ir::Dim size) { return ir::TensorType(x.dtype(), batchFirst ? ir::Shape{batch, directions, size} : ir::Shape{directions, batch, size}); };
    const ir::TensorType y(x.dtype(), batchFirst ? ir::Shape{batch, steps, directions, width} : ir::Shape{steps, directions, batch, width});
    return Types{y, state(width), state(hidden)};
}

/// Every step multiplies the input and the state with every weight, once per batch element.
Cost recurrentCost(const ir::Graph& graph, const ir::Node& node)
{
    Cost cost = memoryCost(graph, node);
    const ir::Dim weights = addDims(inputType(graph, node, 1).elementCount(), inputType(graph, node, 2).elementCount());
    const ir::TensorType& x = inputType(graph, node, 0);
    cost.macs = std::max<int64_t>(mulDims(mulDims(x.dim(0), x.dim(1)), weights), 0);
    return cost;
}

Result<Types> inferCell(const ir::Graph& graph, const ir::Node& node)
{
    return Types{inputType(graph, node, 1), inputType(graph, node, 2)};
}

Result<Types> inferAttention(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& query = inputType(graph, node, 0);
    const ir::TensorType& value = inputType(graph, node, 2);
    if (!query.hasRank() || query.rank() < 2)
        return same(ir::TensorType::unranked(query.dtype()));
    ir::Shape shape = query.shape();
    if (node.op == "attention")
        shape.back() = value.dim(-1);
    return same(query.withShape(std::move(shape)));
}

/// softmax(q k^T) v: two products of [L, E] with [S, E].
Cost attentionCost(const ir::Graph& graph, const ir::Node& node)
{
    Cost cost = memoryCost(graph, node);
    const ir::Dim products = mulDims(inputType(graph, node, 0).elementCount(), inputType(graph, node, 1).dim(-2));
    cost.macs = std::max<int64_t>(mulDims(products, 2), 0);
    return cost;
}

/// The attention between sequences of [L, N, E] or [L, E] (torch's order), and four projections: each number of query,
/// key and value meets E weights on its way in, each of the result E on its way out.
Cost multiheadCost(const ir::Graph& graph, const ir::Node& node)
{
    Cost cost = memoryCost(graph, node);
    const ir::TensorType& query = inputType(graph, node, 0);
    const ir::TensorType& key = inputType(graph, node, 1);
    const ir::Dim width = query.dim(-1);
    const ir::Dim products = mulDims(mulDims(query.elementCount(), key.dim(0)), 2);
    ir::Dim projected = mulDims(query.elementCount(), 2);
    projected = addDims(projected, addDims(key.elementCount(), inputType(graph, node, 2).elementCount()));
    cost.macs = std::max<int64_t>(addDims(products, mulDims(projected, width)), 0);
    return cost;
}

Cost fivePerElement(const ir::Graph& graph, const ir::Node& node)
{
    return elementCost(graph, node, 5);
}

std::string axisSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("axis {}", node.attributes.integer("dim", -1));
}

std::string hiddenSummary(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Dim in = inputType(graph, node, 0).dim(-1);
    return in == ir::kUnknownDim ? std::string() : fmt::format("{}→{}", in, node.attributes.integer("hidden_size"));
}

std::string headsSummary(const ir::Graph&, const ir::Node& node)
{
    return node.attributes.has("num_heads") ? fmt::format("{} heads", node.attributes.integer("num_heads")) : std::string();
}

} // namespace

#define BPU_ATTENTION(function, opName, opFamily, module, functional, onnxName, least, INFER, COST, SUMMARY)                       \
    BPU_SPEC(function, .name = opName, .family = Family::opFamily, .torch = {module, functional}, .onnx = {onnxName},              \
             .inputs = {"input", "other"}, .minInputs = least, .inferTypes = INFER, .cost = COST, .summary = SUMMARY)

BPU_ATTENTION(softmax, "softmax", Attn, "torch.nn.Softmax", "torch.nn.functional.softmax", "Softmax", 1, inferSoftmax, fivePerElement, axisSummary)
BPU_ATTENTION(logSoftmax, "log_softmax", Attn, "torch.nn.LogSoftmax", "torch.nn.functional.log_softmax", "LogSoftmax", 1, inferSoftmax, fivePerElement, axisSummary)
BPU_ATTENTION(glu, "glu", Act, "torch.nn.GLU", "torch.nn.functional.glu", "", 1, inferGlu, nullptr, axisSummary)
BPU_ATTENTION(lstm, "lstm", Attn, "torch.nn.LSTM", "torch.nn.LSTM", "LSTM", 3, inferRecurrent, recurrentCost, hiddenSummary)
BPU_ATTENTION(gru, "gru", Attn, "torch.nn.GRU", "torch.nn.GRU", "GRU", 3, inferRecurrent, recurrentCost, hiddenSummary)
BPU_ATTENTION(rnn, "rnn", Attn, "torch.nn.RNN", "torch.nn.RNN", "RNN", 3, inferRecurrent, recurrentCost, hiddenSummary)
BPU_ATTENTION(lstmCell, "lstm_cell", Attn, "torch.nn.LSTMCell", "torch.nn.LSTMCell", "", 2, inferCell, nullptr, nullptr)
BPU_ATTENTION(gruCell, "gru_cell", Attn, "torch.nn.GRUCell", "torch.nn.GRUCell", "", 2, inferCell, nullptr, nullptr)
BPU_ATTENTION(multiheadAttention, "multihead_attention", Attn, "torch.nn.MultiheadAttention", "torch.nn.functional.multi_head_attention_forward", "", 3, inferAttention, multiheadCost, headsSummary)
BPU_ATTENTION(attention, "attention", Attn, "torch.nn.functional.scaled_dot_product_attention", "torch.nn.functional.scaled_dot_product_attention", "", 3, inferAttention, attentionCost, nullptr)

} // namespace bpu::ops

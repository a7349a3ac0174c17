// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// If, Loop and Scan: shown, looked into and reported, never run here. Their results have the types that the results
// of their bodies have, as far as these agree. Source: ONNX If 13, Loop 13, Scan 11.
#include "core/ops/infer.h"
#include "core/ops/spec_macro.h"

#include <algorithm>

namespace bpu::ops {
namespace {

const ir::Graph* bodyOf(const ir::Node& node, std::string_view attribute)
{
    const ir::Attribute* found = node.attributes.find(attribute);
    const auto* body = found ? std::get_if<ir::GraphPtr>(found) : nullptr;
    return body ? body->get() : nullptr;
}

ir::TensorType resultOf(const ir::Graph* body, size_t i)
{
    return body && i < body->outputs().size() ? body->value(body->outputs()[i]).type : ir::TensorType();
}

/// What is true of both: differing dimensions are unknown, so is a differing rank.
ir::TensorType agreed(const ir::TensorType& a, const ir::TensorType& b)
{
    const ir::DType dtype = a.dtype() == b.dtype() ? a.dtype() : ir::DType::Undefined;
    if (!a.hasRank() || a.rank() != b.rank())
        return ir::TensorType::unranked(dtype);
    ir::Shape shape = a.shape();
    for (size_t i = 0; i < shape.size(); ++i)
        shape[i] = shape[i] == b.shape()[i] ? shape[i] : ir::kUnknownDim;
    return {dtype, std::move(shape)};
}

/// One more dimension, for the iterations.
ir::TensorType stacked(const ir::TensorType& type, int64_t axis, ir::Dim count)
{
    const auto at = type.hasRank() ? normalizedAxis(axis, type.rank() + 1) : std::nullopt;
    if (!at)
        return ir::TensorType::unranked(type.dtype());
    ir::Shape shape = type.shape();
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(*at), count);
    return type.withShape(std::move(shape));
}

/// Inputs of the operator itself; behind them follow the values that its bodies use from around it.
size_t ownInputs(const ir::Node& node)
{
    const ir::Attribute* captured = node.attributes.find("captured");
    const auto* names = captured ? std::get_if<std::vector<std::string>>(captured) : nullptr;
    return node.inputs.size() - std::min(node.inputs.size(), names ? names->size() : 0);
}

Result<Types> inferIf(const ir::Graph&, const ir::Node& node)
{
    Types types;
    for (size_t i = 0; i < node.outputs.size(); ++i)
        types.push_back(agreed(resultOf(bodyOf(node, "then_branch"), i), resultOf(bodyOf(node, "else_branch"), i)));
    return types;
}

/// Inputs: trip count, condition, carried values. The body returns condition, carried values, values to stack. A carried
/// value is the initial one when the loop never runs.
Result<Types> inferLoop(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Graph* body = bodyOf(node, "body");
    const size_t carried = ownInputs(node) - std::min<size_t>(ownInputs(node), 2);
    Types types;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
        const ir::TensorType result = resultOf(body, i + 1);
        types.push_back(i < carried ? agreed(result, inputType(graph, node, i + 2)) : stacked(result, 0, ir::kUnknownDim));
    }
    return types;
}

int64_t listed(const ir::Node& node, std::string_view attribute, size_t i)
{
    const std::vector<int64_t> list = node.attributes.integers(attribute);
    return i < list.size() ? list[i] : 0;
}

/// Inputs: states, then sequences to scan. The body returns states and values to stack, one for each element of the sequences.
Result<Types> inferScan(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Graph* body = bodyOf(node, "body");
    const size_t own = ownInputs(node);
    const int64_t scanned = node.attributes.integer("num_scan_inputs", 0);
    // Opset 8 has batches and one more input for the lengths.
    const bool isBatched = node.attributes.has("directions") || (own > 0 && !node.input(0).isValid());
    if (!body || isBatched || scanned < 1 || static_cast<uint64_t>(scanned) > own)
        return same(ir::TensorType(), node.outputs.size());
    const size_t states = own - static_cast<size_t>(scanned);
    const ir::Dim count = inputType(graph, node, states).dim(static_cast<int>(std::clamp<int64_t>(listed(node, "scan_input_axes", 0), -64, 64)));
    Types types;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
        const ir::TensorType result = resultOf(body, i);
        types.push_back(i < states ? agreed(result, inputType(graph, node, i)) : stacked(result, listed(node, "scan_output_axes", i - states), count));
    }
    return types;
}

} // namespace

#define BPU_CONTROL(function, opName, onnxName, INFER)                                                                             \
    BPU_SPEC(function, .name = opName, .family = Family::Opaque, .torch = {"onnx." onnxName}, .onnx = {onnxName},                  \
             .inputs = {"input"}, .minInputs = 0, .variadic = true, .inferTypes = INFER)

BPU_CONTROL(ifOp, "if", "If", inferIf)
BPU_CONTROL(loopOp, "loop", "Loop", inferLoop)
BPU_CONTROL(scanOp, "scan", "Scan", inferScan)

} // namespace bpu::ops

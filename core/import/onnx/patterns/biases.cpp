// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A bias that the exporter wrote as an addition of its own.
#include "core/import/onnx/patterns/match.h"

#include "core/import/onnx/tensors.h"

#include <algorithm>

namespace bpu::importer {
/// before: matmul(x, W [I, O]) + b [O] or [1, O], W and b constant: torch.nn.Linear on more than two dimensions
/// after:  linear(x, W^T, b); also for linear(x, W^T) + b
bool linearBias(Match& match, const ir::Node& node)
{
    for (const size_t side : {0U, 1U}) {
        const ir::Tensor* bias = match.constant(node.input(side));
        if (!bias || bias->shape().empty() || bias->shape().back() != bias->elementCount() || bias->dtype() != ir::DType::Float32)
            continue;
        if (static_cast<int>(bias->shape().size()) > std::max(1, match.type(node.input(1 - side)).rank())) // it would add a dimension
            continue;
        const auto operand = [&] {
            return bias->shape().size() == 1 ? node.input(side)
                                             : match.rewriter().addConstant(match.graph().value(node.input(side)).name, bias->reshaped({bias->elementCount()}));
        };
        if (const ir::Node* linear = match.maker(node.input(1 - side), "linear"); linear && linear->inputs.size() == 2) {
            const ir::Tensor* weight = match.constant(linear->input(1));
            if (weight && weight->shape()[0] == bias->elementCount())
                return match.replace({linear->id}, node, "linear", {linear->input(0), linear->input(1), operand()});
        }
        const ir::Node* matmul = match.maker(node.input(1 - side), "matmul");
        const ir::Tensor* weight = matmul ? match.constant(matmul->input(1)) : nullptr;
        const bool fits = weight && weight->shape().size() == 2 && weight->dtype() == ir::DType::Float32
                          && weight->shape()[1] == bias->elementCount() && match.type(matmul->input(0)).rank() != 1;
        if (!fits || !match.graph().value(matmul->output()).hasOneUse())
            continue;
        const ValueId x = matmul->input(0);
        const std::string name = match.graph().value(matmul->input(1)).name;
        const ValueId turned = match.rewriter().addConstant(name.starts_with("onnx::") ? node.name + "/weight" : name, transposed(*weight));
        return match.replace({matmul->id}, node, "linear", {x, turned, operand()});
    }
    return false;
}

/// before: conv(x, W) + b [1, O, 1, 1], as CNTK and TensorFlow write it
/// after:  conv(x, W, b)
bool convBias(Match& match, const ir::Node& node)
{
    for (const size_t side : {0U, 1U}) {
        const ir::Tensor* bias = match.constant(node.input(side));
        const ir::Value* value = bias ? match.graph().find(node.input(1 - side)) : nullptr;
        const ir::Node* conv = value ? match.graph().producerOf(*value) : nullptr;
        if (!conv || !conv->op.starts_with("conv") || conv->op.find('d') == std::string::npos || conv->inputs.size() != 2)
            continue;
        const ir::Tensor* weight = match.constant(conv->input(1));
        const size_t spatial = weight && weight->shape().size() > 2 ? weight->shape().size() - 2 : 0;
        const size_t rank = bias->shape().size();
        const bool isConv = conv->op == "conv1d" || conv->op == "conv2d" || conv->op == "conv3d";
        const bool fits = isConv && spatial > 0 && rank > spatial && rank <= spatial + 2 && bias->elementCount() == weight->shape()[0]
                          && bias->shape()[rank - 1 - spatial] == bias->elementCount() && bias->dtype() == weight->dtype();
        if (!fits || !value->hasOneUse())
            continue;
        const ir::Node copy = *conv;
        const ValueId operand = match.rewriter().addConstant(match.graph().value(node.input(side)).name, bias->reshaped({bias->elementCount()}));
        return match.replace({copy.id}, node, copy.op, {copy.input(0), copy.input(1), operand}, copy.attributes);
    }
    return false;
}

} // namespace bpu::importer

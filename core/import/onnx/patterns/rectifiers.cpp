// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// ReLU6, LeakyReLU and PReLU written with simpler operators.
#include "core/import/onnx/patterns/match.h"

namespace bpu::importer {

/// before: clamp(relu(x), 0 or none, 6)
/// after:  relu6(x)
bool relu6OfClamp(Match& match, const ir::Node& node)
{
    const ir::Node* relu = match.maker(node.input(0), "relu");
    const bool fits = relu && node.inputs.size() == 1 && node.attributes.number("max", 0) == 6 && node.attributes.number("min", 0) <= 0;
    return fits && match.replace({relu->id}, node, "relu6", {relu->input(0)});
}

/// before: relu6(relu(x)), torch's functional relu6
/// after:  relu6(x)
bool relu6OfRelu(Match& match, const ir::Node& node)
{
    const ir::Node* relu = match.maker(node.input(0), "relu");
    return relu && match.replace({relu->id}, node, "relu6", {relu->input(0)});
}

/// before: minimum(relu(x), 6), minimum(maximum(x, 0), 6)
/// after:  relu6(x)
bool relu6OfMinimum(Match& match, const ir::Node& node)
{
    const ValueId inner = match.besideScalar(node, 6);
    if (const ir::Node* relu = match.maker(inner, "relu"))
        return match.replace({relu->id}, node, "relu6", {relu->input(0)});
    const ir::Node* maximum = match.maker(inner, "maximum");
    const ValueId x = maximum ? match.besideScalar(*maximum, 0) : ValueId{};
    return x.isValid() && match.replace({maximum->id}, node, "relu6", {x});
}

/// before: maximum(minimum(x, 6), 0)
/// after:  relu6(x)
bool relu6OfMaximum(Match& match, const ir::Node& node)
{
    const ir::Node* minimum = match.maker(match.besideScalar(node, 0), "minimum");
    const ValueId x = minimum ? match.besideScalar(*minimum, 6) : ValueId{};
    return x.isValid() && match.replace({minimum->id}, node, "relu6", {x});
}

/// before: maximum(x, x * a), 0 < a < 1
/// after:  leaky_relu(x) {negative_slope = a}
bool leakyReluOfMaximum(Match& match, const ir::Node& node)
{
    for (const size_t side : {0U, 1U}) {
        const ir::Node* times = match.maker(node.input(1 - side), "mul");
        if (!times)
            continue;
        const size_t constantSide = match.scalar(times->input(0)) ? 0 : 1;
        const auto slope = match.scalar(times->input(constantSide));
        if (slope && *slope > 0 && *slope < 1 && times->input(1 - constantSide) == node.input(side))
            return match.replace({times->id}, node, "leaky_relu", {node.input(side)}, {{"negative_slope", *slope}});
    }
    return false;
}

namespace {

ir::Tensor negated(const ir::Tensor& tensor)
{
    std::vector<float> values;
    for (int64_t i = 0; i < tensor.elementCount(); ++i)
        values.push_back(-tensor.at<float>(i));
    return ir::Tensor::floats(tensor.shape(), values);
}

} // namespace

/// before: relu(x) + w * relu(-x), or relu(x) - w * relu(-x)
/// after:  prelu(x, -w), or prelu(x, w); leaky_relu for one number
bool preluOfRelus(Match& match, const ir::Node& node)
{
    for (const size_t side : {0U, 1U}) {
        const ir::Node* relu = match.maker(node.input(side), "relu");
        const ir::Node* times = match.maker(node.input(1 - side), "mul");
        if (!relu || !times || (node.op == "sub" && side == 1))
            continue;
        const size_t constantSide = match.constant(times->input(0)) ? 0 : 1;
        const ir::Tensor* slope = match.constant(times->input(constantSide));
        const ir::Node* inner = match.maker(times->input(1 - constantSide), "relu");
        const ir::Node* negative = inner ? match.maker(inner->input(0), "neg") : nullptr;
        if (!slope || slope->dtype() != ir::DType::Float32 || !negative || negative->input(0) != relu->input(0))
            continue;
        const ValueId x = relu->input(0);
        const std::vector<NodeId> group{relu->id, negative->id, inner->id, times->id};
        if (slope->elementCount() == 1)
            return match.replace(group, node, "leaky_relu", {x}, {{"negative_slope", slope->number(0) * (node.op == "add" ? -1 : 1)}});
        const ValueId operand = node.op == "sub" ? times->input(constantSide)
                                                 : match.rewriter().addConstant(node.name + "/slope", negated(*slope));
        return match.replace(group, node, "prelu", {x, operand});
    }
    return false;
}

} // namespace bpu::importer

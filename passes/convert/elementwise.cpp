// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Arithmetic, comparisons, moves, and what computes on one grid and gives another.
#include "core/ops/infer.h"
#include "core/quant/requantize.h"
#include "passes/convert/converter.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace bpu::passes {
namespace {

Error needsGrid(const Converter& converter, NodeId id)
{
    return cannotConvert("uncalibrated", fmt::format("its result '{}' has no scale; calibrate the model first, with data that reaches this node",
                                                     converter.graph().outputOf(converter.node(id))->name));
}

/// A constant operand comes to the integer type of the other one.
Result<void> quantizeOperands(Converter& converter, NodeId id, size_t first)
{
    for (const size_t i : {first, first + 1}) {
        const size_t other = 2 * first + 1 - i;
        if (converter.isOnGrid(id, other))
            BPU_CHECK(converter.quantizeConstantOperand(id, i, converter.graph().inputOf(converter.node(id), other)->quant->type));
    }
    return {};
}

/// x / constant is x * (1 / constant), which every march has.
void divisionByConstant(Converter& converter, NodeId id)
{
    const ir::Node& node = converter.node(id);
    const ir::Tensor* divisor = node.op == "div" ? ops::constantInput(converter.graph(), node, 1) : nullptr;
    if (!divisor || divisor->dtype() != ir::DType::Float32)
        return;
    std::vector<float> inverses;
    for (const double number : divisor->toDoubles())
        inverses.push_back(static_cast<float>(1 / number));
    converter.replaceConstant(id, 1, ir::Tensor::floats(divisor->shape(), inverses), std::nullopt);
    converter.editor().setOp(id, "mul");
}

Result<void> checkFactors(std::string_view op, double a, double b, double y)
{
    if (op == "mul")
        BPU_CHECK(quant::chooseRequantizer(a * b / y));
    else if (op == "div")
        BPU_CHECK(quant::chooseRequantizer(a / (b * y)));
    else
        for (const double scale : {a, b})
            BPU_CHECK(quant::chooseRequantizer(scale / y));
    return {};
}

bool isIndexed(const ir::Graph& graph, const ir::Node& node, size_t i)
{
    const ir::Value* result = graph.outputOf(node, i);
    return result && !ir::isFloat(result->type.dtype());
}

/// Numbers that one result of a mean, a sum or a pooling window is made of; nothing when that is unknown.
std::optional<int64_t> summedNumbers(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = graph.inputOf(node, 0)->type;
    const ir::TensorType& y = graph.outputOf(node)->type;
    if (node.op.starts_with("avg_pool")) {
        int64_t count = 1;
        for (const int64_t side : node.attributes.integers("kernel_size"))
            count *= side;
        return count;
    }
    if (x.elementCount() == ir::kUnknownDim || y.elementCount() <= 0)
        return std::nullopt;
    int64_t count = x.elementCount() / y.elementCount();
    if (node.op.starts_with("adaptive")) { // windows overlap: at most one more on each side
        count = 1;
        for (int axis = 2; axis < x.rank(); ++axis)
            count *= x.dim(axis) / std::max<int64_t>(y.dim(axis), 1) + 2;
    }
    return count;
}

bool sums(const ir::Node& node)
{
    return node.op.starts_with("avg_pool") || node.op.starts_with("adaptive_avg") || node.op == "mean" || node.op == "sum";
}

Result<void> checkSum(const ir::Graph& graph, const ir::Node& node, const ir::QuantParams& input)
{
    const auto count = summedNumbers(graph, node);
    const int64_t most = std::numeric_limits<int32_t>::max() / -quant::gridOf(input.type).min;
    if (!count || *count > most)
        return cannotConvert("overflow", fmt::format("a sum of {} numbers of {} could leave int32, {} cannot; use qint8, or pool in two steps",
                                                     count ? std::to_string(*count) : "unknown many", name(input.type), most));
    return {};
}

} // namespace

Result<void> convertArithmetic(Converter& converter, NodeId id)
{
    divisionByConstant(converter, id);
    BPU_CHECK(quantizeOperands(converter, id, 0));
    BPU_TRY(a, converter.inputGrid(id, 0));
    BPU_TRY(b, converter.inputGrid(id, 1));
    const auto wanted = converter.wantedGrid(id);
    if (!wanted)
        return needsGrid(converter, id);
    BPU_CHECK(checkFactors(converter.node(id).op, Converter::scaleOf(a), Converter::scaleOf(b), Converter::scaleOf(*wanted)));
    converter.putOnGrid(id, 0, *wanted);
    return {};
}

Result<void> convertComparison(Converter& converter, NodeId id)
{
    BPU_CHECK(quantizeOperands(converter, id, 0));
    BPU_CHECK(converter.inputGrid(id, 0));
    BPU_CHECK(converter.inputGrid(id, 1));
    return {};
}

/// The grid goes along; where the channels of an accumulator would get lost, the numbers become floats before.
Result<void> convertMove(Converter& converter, NodeId id)
{
    const ir::Value input = *converter.graph().inputOf(converter.node(id), 0);
    if (!input.quant)
        return cannotConvert("uncalibrated", fmt::format("its input '{}' has no scale; calibrate the model first, with data that reaches this node", input.name));
    if (input.quant->channelAxis >= 0) {
        const NodeId stub = converter.editor().addNodeBefore(id, {.op = "dequant_stub", .inputs = {input.id}, .scope = converter.node(id).scope},
                                                            {input.type.withDType(ir::DType::Float32)});
        converter.editor().setInputValue(id, 0, converter.node(stub).output());
        converter.editor().setAttribute(id, "device", std::string("cpu"));
        return {};
    }
    for (size_t i = 0; i < converter.node(id).outputs.size(); ++i)
        if (!isIndexed(converter.graph(), converter.node(id), i))
            converter.putOnGrid(id, i, *input.quant);
    return {};
}

Result<void> convertJoin(Converter& converter, NodeId id)
{
    const size_t first = converter.node(id).op == "where" ? 1 : 0;
    if (first == 1)
        BPU_CHECK(quantizeOperands(converter, id, first));
    for (size_t i = first; i < converter.node(id).inputs.size(); ++i)
        BPU_CHECK(converter.inputGrid(id, i));
    BPU_TRY(own, converter.inputGrid(id, first));
    const ir::QuantParams grid = converter.wantedGrid(id).value_or(own);
    for (size_t i = first; i < converter.node(id).inputs.size(); ++i)
        BPU_CHECK(converter.bringInputTo(id, i, grid));
    converter.putOnGrid(id, 0, grid);
    return {};
}

Result<void> convertOwnGrid(Converter& converter, NodeId id)
{
    const ir::Node& node = converter.node(id);
    if (node.op == "interpolate" && node.attributes.text("mode") != "bilinear")
        return cannotConvert("operator", fmt::format("interpolation of mode {} has no fixed-point form; use nearest or bilinear, or keep it on the CPU (bpu prepare --hybrid)",
                                                     node.attributes.text("mode")));
    BPU_TRY(input, converter.inputGrid(id, 0));
    const ir::QuantParams grid = converter.wantedGrid(id).value_or(input);
    BPU_CHECK(quant::chooseRequantizer(Converter::scaleOf(input) / Converter::scaleOf(grid)));
    if (sums(converter.node(id)))
        BPU_CHECK(checkSum(converter.graph(), converter.node(id), input));
    converter.putOnGrid(id, 0, grid);
    return {};
}

Result<void> convertIndices(Converter& converter, NodeId id)
{
    BPU_CHECK(converter.inputGrid(id, 0));
    return {};
}

} // namespace bpu::passes

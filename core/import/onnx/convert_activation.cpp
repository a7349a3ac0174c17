// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace bpu::importer {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 31> kUnary = {{
    {"Relu", "relu"}, {"Sigmoid", "sigmoid"}, {"Tanh", "tanh"}, {"Softsign", "softsign"}, {"Exp", "exp"}, {"Log", "log"},
    {"Sqrt", "sqrt"}, {"Reciprocal", "reciprocal"}, {"Neg", "neg"}, {"Abs", "abs"}, {"Sign", "sign"}, {"Floor", "floor"},
    {"Ceil", "ceil"}, {"Round", "round"}, {"Erf", "erf"}, {"Sin", "sin"}, {"Cos", "cos"}, {"Tan", "tan"}, {"Asin", "asin"},
    {"Acos", "acos"}, {"Atan", "atan"}, {"Sinh", "sinh"}, {"Cosh", "cosh"}, {"Asinh", "asinh"}, {"Acosh", "acosh"},
    {"Atanh", "atanh"}, {"Not", "logical_not"}, {"IsNaN", "isnan"}, {"Mish", "mish"}, {"HardSwish", "hard_swish"}, {"Identity", "identity"},
}};

/// Up to opset 12 Softmax flattens to two dimensions before `axis` and works on the whole second one.
void finishFlattened(NodeReader& reader, const std::string& op, int64_t axis)
{
    const int rank = reader.rank(0);
    if (rank < 0) {
        reader.refuse("its input has no known rank; give the input a shape");
        return;
    }
    bool restIsOne = true;
    for (int i = static_cast<int>(axis) + 1; i < rank; ++i)
        restIsOne = restIsOne && reader.type(0).dim(i) == 1;
    if (restIsOne) {
        reader.finish(op, reader.inputs(0, 1), {{"dim", axis}});
        return;
    }
    const ValueId flat = reader.emit("flatten", {reader.input(0)}, {{"start_dim", axis}, {"end_dim", int64_t{rank - 1}}});
    const ValueId result = reader.emit(op, {flat}, {{"dim", axis}});
    reader.finish("reshape", {result, reader.emit("shape", {reader.input(0)})});
}

} // namespace

void convertUnary(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    if (reader.node().type == "Identity" && reader.constant(0)) {
        reader.alias(reader.input(0)); // exporters share equal weights this way
        return;
    }
    const auto found = std::ranges::find(kUnary, std::string_view(reader.node().type), &std::pair<std::string_view, std::string_view>::first);
    reader.finish(std::string(found->second), reader.inputs(0, 1));
}

void convertIsInf(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const bool negative = reader.flag("detect_negative", true), positive = reader.flag("detect_positive", true);
    if (negative && positive) {
        reader.finish("isinf", reader.inputs(0, 1));
        return;
    }
    if (!negative && !positive)
        reader.refuse("it looks for no sign");
    if (reader.refused())
        return;
    const double infinity = positive ? HUGE_VAL : -HUGE_VAL;
    const ir::DType dtype = reader.type(0).dtype();
    const ir::Tensor limit = dtype == ir::DType::Float64 ? ir::Tensor::of<double>(dtype, {}, {infinity}) : ir::Tensor::floats({}, {static_cast<float>(infinity)});
    reader.finish("eq", {reader.input(0), reader.constant("infinity", limit)});
}

/// 1 at the first of the largest elements along the axis, 0 elsewhere; up to opset 12 of all dimensions from the axis on.
void convertHardmax(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const ir::TensorType& x = reader.type(0);
    const int64_t axis = reader.axis(reader.integer("axis", reader.opset() < 13 ? 1 : -1), x.rank());
    if (x.dtype() != ir::DType::Float32 || x.dim(static_cast<int>(axis)) == ir::kUnknownDim || (reader.opset() < 13 && axis != x.rank() - 1))
        reader.refuse("the size along its axis is unknown; give the input a shape");
    if (reader.refused())
        return;
    const ValueId largest = reader.emit("argmax", {reader.input(0)}, {{"dim", axis}, {"keepdim", false}});
    reader.finish("one_hot", {largest, reader.constant("depth", ir::Tensor::ints({}, {x.dim(static_cast<int>(axis))})),
                              reader.constant("values", ir::Tensor::floats({2}, {0, 1}))}, {{"dim", axis}});
}

void convertSwish(NodeReader& reader)
{
    if (reader.number("alpha", 1) != 1)
        reader.refuse("its alpha is not 1");
    if (reader.needs(1))
        reader.finish("silu", reader.inputs(0, 1));
}

void convertParametric(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const std::string& type = reader.node().type;
    const auto finish = [&](const char* op, ir::Attributes attributes) { reader.finish(op, reader.inputs(0, 1), std::move(attributes)); };
    if (type == "LeakyRelu")
        finish("leaky_relu", {{"negative_slope", reader.number("alpha", 0.01)}});
    else if (type == "Elu")
        finish("elu", {{"alpha", reader.number("alpha", 1)}});
    else if (type == "Celu")
        finish("celu", {{"alpha", reader.number("alpha", 1)}});
    else if (type == "Selu" && reader.opset() < 6)
        finish("selu", {{"alpha", reader.number("alpha", 1.6732)}, {"gamma", reader.number("gamma", 1.0507)}});
    else if (type == "Selu")
        finish("selu", {{"alpha", reader.number("alpha", 1.6732632423543772)}, {"gamma", reader.number("gamma", 1.0507009873554805)}});
    else if (type == "HardSigmoid")
        finish("hard_sigmoid", {{"alpha", reader.number("alpha", 0.2)}, {"beta", reader.number("beta", 0.5)}});
    else if (type == "Softplus")
        finish("softplus", {{"beta", 1.0}});
    else
        finish("threshold", {{"alpha", reader.number("alpha", 1)}});
}

void convertShrink(NodeReader& reader)
{
    const double lambd = reader.number("lambd", 0.5);
    const double bias = reader.number("bias", 0);
    if (!reader.needs(1))
        return;
    if (bias != 0 && bias != lambd)
        reader.refuse(fmt::format("its bias {} is neither 0 nor its lambd {}", bias, lambd));
    reader.finish(bias == 0 ? "hard_shrink" : "soft_shrink", reader.inputs(0, 1), {{"lambd", lambd}});
}

void convertGelu(NodeReader& reader)
{
    if (reader.needs(1))
        reader.finish("gelu", reader.inputs(0, 1), {{"approximate", reader.text("approximate", "none")}});
}

void convertPRelu(NodeReader& reader)
{
    if (!reader.needs(2))
        return;
    ValueId slope = reader.input(1);
    const ir::TensorType& type = reader.type(1);
    // Per channel up to opset 6, as torch has it; then broadcast, along the last dimension.
    if (reader.opset() >= 7 && type.rank() == 1 && type.dim(0) != 1 && type.isStatic() && reader.rank(0) > 2) {
        ir::Shape shape(static_cast<size_t>(reader.rank(0)), 1);
        shape.back() = type.dim(0);
        slope = reader.emit("reshape", {slope}, {{"shape", shape}});
    }
    reader.finish("prelu", {reader.input(0), slope});
}

/// Bounds are attributes up to opset 10, then operands; the largest and smallest float mean none.
void convertClip(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    ir::Attributes attributes;
    std::vector<ValueId> inputs = reader.inputs(0, reader.opset() < 11 ? 1 : 3);
    const auto bound = [&](const char* name, size_t slot) -> std::optional<double> {
        if (reader.opset() < 11)
            return reader.hasAttribute(name) ? std::optional(reader.number(name, 0)) : std::nullopt;
        const auto value = reader.constantScalar(slot);
        if (value)
            inputs[slot] = {};
        return value;
    };
    const auto low = bound("min", 1);
    const auto high = bound("max", 2);
    constexpr double kNoBound = 3.4e38;
    if (low && *low > -kNoBound)
        attributes.set("min", *low);
    if (high && *high < kNoBound)
        attributes.set("max", *high);
    const bool isRelu6 = low == 0.0 && high == 6.0;
    reader.finish(isRelu6 ? "relu6" : "clamp", std::move(inputs), isRelu6 ? ir::Attributes() : std::move(attributes));
}

void convertSoftmax(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const std::string op = reader.node().type == "Softmax" ? "softmax" : "log_softmax";
    const bool flattens = reader.opset() < 13;
    const int64_t axis = reader.axis(reader.integer("axis", flattens ? 1 : -1), reader.rank(0));
    if (reader.refused())
        return;
    if (flattens)
        finishFlattened(reader, op, axis);
    else
        reader.finish(op, reader.inputs(0, 1), {{"dim", axis}});
}

void convertDropout(NodeReader& reader)
{
    if (reader.usesOutput(1))
        reader.refuse("its mask is used");
    if (reader.needs(1))
        reader.finish("dropout", reader.inputs(0, 1), {}, 1);
}

} // namespace bpu::importer

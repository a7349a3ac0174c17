// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Functions of one tensor, element by element. Those that ONNX lacks are written as torch's exporter writes them, which
// importers (ours and others) recognize.
#include "core/export/onnx/writers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <utility>

namespace bpu::exporter {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<Pair, 31> kUnary = {{
    {"relu", "Relu"}, {"sigmoid", "Sigmoid"}, {"tanh", "Tanh"}, {"softsign", "Softsign"}, {"exp", "Exp"}, {"log", "Log"},
    {"sqrt", "Sqrt"}, {"reciprocal", "Reciprocal"}, {"neg", "Neg"}, {"abs", "Abs"}, {"sign", "Sign"}, {"floor", "Floor"},
    {"ceil", "Ceil"}, {"round", "Round"}, {"erf", "Erf"}, {"sin", "Sin"}, {"cos", "Cos"}, {"tan", "Tan"}, {"asin", "Asin"},
    {"acos", "Acos"}, {"atan", "Atan"}, {"sinh", "Sinh"}, {"cosh", "Cosh"}, {"asinh", "Asinh"}, {"acosh", "Acosh"},
    {"atanh", "Atanh"}, {"isnan", "IsNaN"}, {"isinf", "IsInf"}, {"identity", "Identity"}, {"dropout", "Dropout"}, {"dropout2d", "Dropout"},
}};

/// x by the scalar `value` of its dtype.
std::string with(NodeWriter& writer, std::string_view type, const std::string& x, std::string_view suffix, double value)
{
    return writer.emit(type, {x, writer.scalar(suffix, value, writer.type(0).dtype())});
}

void finishWith(NodeWriter& writer, std::string_view type, const std::string& x, std::string_view suffix, double value)
{
    writer.finish(type, {x, writer.scalar(suffix, value, writer.type(0).dtype())});
}

void finishRelu6(NodeWriter& writer, const std::string& x)
{
    const ir::DType dtype = writer.type(0).dtype();
    writer.finish("Clip", {x, writer.scalar("min", 0, dtype), writer.scalar("max", 6, dtype)});
}

/// x * sigmoid(1.702 x) and the like are functions of their own; these are torch's two.
void finishGelu(NodeWriter& writer, const std::string& x)
{
    std::string inner;
    if (writer.attributes().text("approximate", "none") == "tanh") {
        const std::string cube = writer.emit("Mul", {writer.emit("Mul", {x, x}), x});
        const std::string sum = writer.emit("Add", {x, with(writer, "Mul", cube, "cubic", 0.044715)});
        inner = writer.emit("Tanh", {with(writer, "Mul", sum, "factor", std::sqrt(2 / std::numbers::pi))});
    } else {
        inner = writer.emit("Erf", {with(writer, "Div", x, "root", std::numbers::sqrt2)});
    }
    const std::string gate = with(writer, "Add", inner, "one", 1);
    finishWith(writer, "Mul", writer.emit("Mul", {x, gate}), "half", 0.5);
}

void finishSoftplus(NodeWriter& writer, const std::string& x)
{
    const double beta = writer.attributes().number("beta", 1);
    const double threshold = writer.attributes().number("threshold", HUGE_VAL);
    const bool isPlain = !(threshold < 20); // beyond 20 the two forms agree to float precision
    if (beta == 1 && isPlain) {
        writer.finish("Softplus", {x});
        return;
    }
    const std::string scaled = with(writer, "Mul", x, "beta", beta);
    const std::string soft = writer.emit("Softplus", {scaled});
    if (isPlain)
        finishWith(writer, "Div", soft, "beta", beta);
    else
        writer.finish("Where", {with(writer, "Greater", scaled, "threshold", threshold), x, with(writer, "Div", soft, "beta", beta)});
}

} // namespace

void finishActivation(NodeWriter& writer, std::string_view activation, const std::string& x)
{
    if (activation == "relu6")
        finishRelu6(writer, x);
    else if (activation == "relu")
        writer.finish("Relu", {x});
    else
        writer.refuse(fmt::format("its fused activation is '{}'", activation));
}

void writeUnary(NodeWriter& writer)
{
    const auto found = std::ranges::find(kUnary, std::string_view(writer.node().op), &Pair::first);
    writer.finish(found->second, writer.inputs(0, 1));
}

void writeNot(NodeWriter& writer)
{
    const bool isBool = writer.type(0).dtype() == ir::DType::Bool || writer.node().op == "logical_not";
    writer.finish(isBool ? "Not" : "BitwiseNot", {isBool ? writer.operand(0, ir::DType::Bool) : writer.input(0)});
}

void writeComposedUnary(NodeWriter& writer)
{
    const std::string& op = writer.node().op;
    const std::string x = writer.input(0);
    if (op == "relu6")
        finishRelu6(writer, x);
    else if (op == "silu")
        writer.finish("Mul", {x, writer.emit("Sigmoid", {x})});
    else if (op == "mish")
        writer.finish("Mul", {x, writer.emit("Tanh", {writer.emit("Softplus", {x})})});
    else if (op == "log_sigmoid")
        writer.finish("Log", {writer.emit("Sigmoid", {x})});
    else if (op == "rsqrt")
        writer.finish("Reciprocal", {writer.emit("Sqrt", {x})});
    else if (op == "square")
        writer.finish("Mul", {x, x});
    else if (op == "gelu")
        finishGelu(writer, x);
    else if (op == "softplus")
        finishSoftplus(writer, x);
    else if (writer.opset() >= 14) // hard_swish
        writer.finish("HardSwish", {x});
    else
        writer.finish("Mul", {x, writer.emit("HardSigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}})});
}

void writeParametric(NodeWriter& writer)
{
    const std::string& op = writer.node().op;
    const ir::Attributes& a = writer.attributes();
    const std::string x = writer.input(0);
    const double lambd = a.number("lambd", 0.5);
    if (op == "leaky_relu")
        writer.finish("LeakyRelu", {x}, {{"alpha", a.number("negative_slope", 0.01)}});
    else if (op == "elu")
        writer.finish("Elu", {x}, {{"alpha", a.number("alpha", 1)}});
    else if (op == "celu" && writer.opset() >= 12)
        writer.finish("Celu", {x}, {{"alpha", a.number("alpha", 1)}});
    else if (op == "celu") // a * elu(x / a)
        finishWith(writer, "Mul", writer.emit("Elu", {with(writer, "Div", x, "alpha", a.number("alpha", 1))}, {{"alpha", 1.0}}), "alpha", a.number("alpha", 1));
    else if (op == "selu")
        writer.finish("Selu", {x}, {{"alpha", a.number("alpha", 1.6732632423543772)}, {"gamma", a.number("gamma", 1.0507009873554805)}});
    else if (op == "hard_sigmoid")
        writer.finish("HardSigmoid", {x}, {{"alpha", a.number("alpha", 1.0 / 6)}, {"beta", a.number("beta", 0.5)}});
    else if (op == "threshold")
        writer.finish("ThresholdedRelu", {x}, {{"alpha", a.number("alpha", 1)}});
    else // hard_shrink, soft_shrink
        writer.finish("Shrink", {x}, {{"lambd", lambd}, {"bias", op == "soft_shrink" ? lambd : 0.0}});
}

/// A slope per channel, as torch has it, gets dimensions of 1 behind it: ONNX aligns the last ones.
void writePrelu(NodeWriter& writer)
{
    const ir::TensorType slope = writer.type(1);
    const int rank = writer.rank(0);
    std::string name = writer.input(1);
    if (slope.rank() == 1 && slope.dim(0) != 1 && rank > 2) {
        std::vector<int64_t> axes;
        for (int i = 1; i < rank - 1; ++i)
            axes.push_back(i);
        if (const ir::Tensor* constant = writer.constant(1)) {
            ir::Shape shape(static_cast<size_t>(rank) - 1, 1);
            shape.front() = constant->elementCount();
            name = writer.tensor("slope", constant->reshaped(shape));
        } else {
            name = writer.squeezed("Unsqueeze", name, axes);
        }
    } else if (slope.rank() == 1 && slope.dim(0) != 1 && rank < 0) {
        writer.refuse("the rank of its input is unknown", "give the input a shape with --input");
    }
    writer.finish("PRelu", {writer.input(0), name});
}

/// Clip takes one number for each bound; tensors of bounds are Max and Min.
void writeClamp(NodeWriter& writer)
{
    const ir::DType dtype = writer.type(0).dtype();
    const auto bound = [&](size_t slot, const char* name) {
        if (writer.has(slot))
            return writer.operand(slot, dtype);
        return writer.attributes().has(name) ? writer.scalar(name, writer.attributes().number(name), dtype) : std::string();
    };
    const std::string low = bound(1, "min");
    const std::string high = bound(2, "max");
    const bool areNumbers = (!writer.has(1) || writer.rank(1) == 0) && (!writer.has(2) || writer.rank(2) == 0);
    const bool isWhole = ir::isInteger(dtype) && writer.opset() < 12; // Clip of integers came with opset 12
    std::string x = writer.input(0);
    if (low.empty() && high.empty() && isWhole)
        writer.give(0, x);
    else if (areNumbers && !isWhole)
        writer.finish("Clip", {x, low, high});
    else if (high.empty())
        writer.finish("Max", {x, low});
    else
        writer.finish("Min", {low.empty() ? x : writer.emit("Max", {x, low}), high});
}

/// Up to opset 12 Softmax flattens from its axis on: the axis has to be the last.
void writeSoftmax(NodeWriter& writer)
{
    const char* type = writer.node().op == "softmax" ? "Softmax" : "LogSoftmax";
    const int64_t axis = writer.dim();
    const int rank = writer.rank(0);
    if (writer.opset() >= 13 || axis == -1 || axis == rank - 1) {
        writer.finish(type, {writer.input(0)}, {{"axis", axis}});
        return;
    }
    if (rank < 0) {
        writer.refuse("the rank of its input is unknown", "give the input a shape with --input, or use --opset 13");
        return;
    }
    std::vector<int64_t> dims(static_cast<size_t>(rank));
    for (int i = 0; i < rank; ++i)
        dims[static_cast<size_t>(i)] = i == axis ? rank - 1 : i == rank - 1 ? axis : i;
    const std::string result = writer.emit(type, {writer.permuted(writer.input(0), dims)}, {{"axis", int64_t{rank - 1}}});
    writer.finish("Transpose", {result}, {{"perm", dims}});
}

void writeGlu(NodeWriter& writer)
{
    const int64_t axis = writer.dim();
    const std::vector<std::string> halves = writer.emitSeveral("Split", {writer.input(0)}, 2, {{"axis", axis}});
    writer.finish("Mul", {halves[0], writer.emit("Sigmoid", {halves[1]})});
}

} // namespace bpu::exporter

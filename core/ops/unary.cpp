// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that apply one function to every element. A line each: function, name, family, torch names,
// ONNX name, and the scalar function where constants are folded through it.
#include "core/ops/elementwise.h"

#include <cmath>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

double sigmoidOf(double x) { return 1 / (1 + std::exp(-x)); }
double reluOf(double x) { return x > 0 ? x : 0; }
double tanhOf(double x) { return std::tanh(x); }
double expOf(double x) { return std::exp(x); }
double logOf(double x) { return std::log(x); }
double sqrtOf(double x) { return std::sqrt(x); }
double rsqrtOf(double x) { return 1 / std::sqrt(x); }
double reciprocalOf(double x) { return 1 / x; }
double erfOf(double x) { return std::erf(x); }
double sinOf(double x) { return std::sin(x); }
double cosOf(double x) { return std::cos(x); }
double negOf(double x) { return -x; }
double absOf(double x) { return std::fabs(x); }
double signOf(double x) { return x > 0 ? 1.0 : (x < 0 ? -1.0 : 0.0); }
double floorOf(double x) { return std::floor(x); }
double ceilOf(double x) { return std::ceil(x); }
double squareOf(double x) { return x * x; }
double logicalNotOf(double x) { return x == 0 ? 1.0 : 0.0; }
double roundEven(double x) { return std::nearbyint(x); }

template <UnaryFunction F>
std::optional<Tensors> fold(const ir::Graph& graph, const ir::Node& node)
{
    return foldUnary(graph, node, F);
}

Result<Types> inferBool(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0).withDType(ir::DType::Bool));
}

template <int64_t PerElement>
Cost cost(const ir::Graph& graph, const ir::Node& node)
{
    return elementCost(graph, node, PerElement);
}

/// "0.1" for a single double attribute.
template <char const* Attribute>
std::string number(const ir::Graph&, const ir::Node& node)
{
    return node.attributes.has(Attribute) ? fmt::format("{} {:.4g}", Attribute, node.attributes.number(Attribute)) : std::string();
}

constexpr char kSlope[] = "negative_slope";
constexpr char kAlpha[] = "alpha";

} // namespace

#define BPU_UNARY(function, opName, opFamily, module, method, onnxName, FOLD)                                                      \
    const OpSpec& function()                                                                                                       \
    {                                                                                                                              \
        static const OpSpec s{.name = opName, .family = Family::opFamily, .torch = {module, method}, .onnx = {onnxName},           \
                              .inputs = {"input"}, .inferTypes = inferUnary, .evaluate = FOLD};                                    \
        return s;                                                                                                                  \
    }

BPU_UNARY(relu, "relu", Act, "torch.nn.ReLU", "torch.nn.functional.relu", "Relu", fold<reluOf>)
BPU_UNARY(relu6, "relu6", Act, "torch.nn.ReLU6", "torch.nn.functional.relu6", "", nullptr)
BPU_UNARY(sigmoid, "sigmoid", Act, "torch.nn.Sigmoid", "torch.sigmoid", "Sigmoid", fold<sigmoidOf>)
BPU_UNARY(tanhOp, "tanh", Act, "torch.nn.Tanh", "torch.tanh", "Tanh", fold<tanhOf>)
BPU_UNARY(silu, "silu", Act, "torch.nn.SiLU", "torch.nn.functional.silu", "", nullptr)
BPU_UNARY(mish, "mish", Act, "torch.nn.Mish", "torch.nn.functional.mish", "Mish", nullptr)
BPU_UNARY(hardSwish, "hard_swish", Act, "torch.nn.Hardswish", "torch.nn.functional.hardswish", "HardSwish", nullptr)
BPU_UNARY(softsign, "softsign", Act, "torch.nn.Softsign", "torch.nn.functional.softsign", "Softsign", nullptr)
BPU_UNARY(logSigmoid, "log_sigmoid", Act, "torch.nn.LogSigmoid", "torch.nn.functional.logsigmoid", "", nullptr)
BPU_UNARY(gelu, "gelu", Act, "torch.nn.GELU", "torch.nn.functional.gelu", "Gelu", nullptr)
BPU_UNARY(selu, "selu", Act, "torch.selu", "torch.nn.SELU", "Selu", nullptr)
BPU_UNARY(hardSigmoid, "hard_sigmoid", Act, "torch.nn.HardSigmoid", "torch.nn.functional.hardsigmoid", "HardSigmoid", nullptr)
BPU_UNARY(softplus, "softplus", Act, "torch.nn.Softplus", "torch.nn.functional.softplus", "Softplus", nullptr)
BPU_UNARY(threshold, "threshold", Act, "torch.nn.Threshold", "torch.nn.functional.threshold", "ThresholdedRelu", nullptr)
BPU_UNARY(hardShrink, "hard_shrink", Act, "torch.nn.Hardshrink", "torch.nn.functional.hardshrink", "", nullptr)
BPU_UNARY(softShrink, "soft_shrink", Act, "torch.nn.Softshrink", "torch.nn.functional.softshrink", "Shrink", nullptr)
BPU_UNARY(expOp, "exp", Act, "torch.exp", "torch.Tensor.exp", "Exp", fold<expOf>)
BPU_UNARY(logOp, "log", Act, "torch.log", "torch.Tensor.log", "Log", fold<logOf>)
BPU_UNARY(sqrtOp, "sqrt", Act, "torch.sqrt", "torch.Tensor.sqrt", "Sqrt", fold<sqrtOf>)
BPU_UNARY(rsqrt, "rsqrt", Act, "torch.rsqrt", "torch.Tensor.rsqrt", "", fold<rsqrtOf>)
BPU_UNARY(reciprocal, "reciprocal", Act, "torch.reciprocal", "torch.Tensor.reciprocal", "Reciprocal", fold<reciprocalOf>)
BPU_UNARY(erfOp, "erf", Act, "torch.erf", "torch.Tensor.erf", "Erf", fold<erfOf>)
BPU_UNARY(sinOp, "sin", Act, "torch.sin", "torch.Tensor.sin", "Sin", fold<sinOf>)
BPU_UNARY(cosOp, "cos", Act, "torch.cos", "torch.Tensor.cos", "Cos", fold<cosOf>)
BPU_UNARY(tanOp, "tan", Act, "torch.tan", "torch.Tensor.tan", "Tan", nullptr)
BPU_UNARY(asinOp, "asin", Act, "torch.asin", "torch.Tensor.asin", "Asin", nullptr)
BPU_UNARY(acosOp, "acos", Act, "torch.acos", "torch.Tensor.acos", "Acos", nullptr)
BPU_UNARY(atanOp, "atan", Act, "torch.atan", "torch.Tensor.atan", "Atan", nullptr)
BPU_UNARY(sinhOp, "sinh", Act, "torch.sinh", "torch.Tensor.sinh", "Sinh", nullptr)
BPU_UNARY(coshOp, "cosh", Act, "torch.cosh", "torch.Tensor.cosh", "Cosh", nullptr)
BPU_UNARY(asinhOp, "asinh", Act, "torch.asinh", "torch.Tensor.asinh", "Asinh", nullptr)
BPU_UNARY(acoshOp, "acosh", Act, "torch.acosh", "torch.Tensor.acosh", "Acosh", nullptr)
BPU_UNARY(atanhOp, "atanh", Act, "torch.atanh", "torch.Tensor.atanh", "Atanh", nullptr)
BPU_UNARY(neg, "neg", Arith, "torch.neg", "torch.Tensor.neg", "Neg", fold<negOf>)
BPU_UNARY(absOp, "abs", Arith, "torch.abs", "torch.Tensor.abs", "Abs", fold<absOf>)
BPU_UNARY(signOp, "sign", Arith, "torch.sign", "torch.Tensor.sign", "Sign", fold<signOf>)
BPU_UNARY(floorOp, "floor", Arith, "torch.floor", "torch.Tensor.floor", "Floor", fold<floorOf>)
BPU_UNARY(ceilOp, "ceil", Arith, "torch.ceil", "torch.Tensor.ceil", "Ceil", fold<ceilOf>)
BPU_UNARY(roundOp, "round", Arith, "torch.round", "torch.Tensor.round", "Round", fold<roundEven>)
BPU_UNARY(square, "square", Arith, "torch.square", "torch.Tensor.square", "", fold<squareOf>)
BPU_UNARY(logicalNot, "logical_not", Arith, "torch.logical_not", "torch.Tensor.logical_not", "Not", fold<logicalNotOf>)
BPU_UNARY(bitwiseNot, "bitwise_not", Arith, "torch.bitwise_not", "torch.Tensor.bitwise_not", "BitwiseNot", nullptr)

#define BPU_UNARY_WITH(function, opName, module, method, onnxName, ATTRIBUTE)                                                      \
    const OpSpec& function()                                                                                                       \
    {                                                                                                                              \
        static const OpSpec s{.name = opName, .family = Family::Act, .torch = {module, method}, .onnx = {onnxName},                \
                              .inputs = {"input"}, .inferTypes = inferUnary, .summary = number<ATTRIBUTE>};                        \
        return s;                                                                                                                  \
    }

BPU_UNARY_WITH(leakyRelu, "leaky_relu", "torch.nn.LeakyReLU", "torch.nn.functional.leaky_relu", "LeakyRelu", kSlope)
BPU_UNARY_WITH(elu, "elu", "torch.nn.ELU", "torch.nn.functional.elu", "Elu", kAlpha)
BPU_UNARY_WITH(celu, "celu", "torch.nn.CELU", "torch.nn.functional.celu", "Celu", kAlpha)

const OpSpec& isnanOp()
{
    static const OpSpec s{.name = "isnan", .family = Family::Arith, .torch = {"torch.isnan"}, .onnx = {"IsNaN"}, .inputs = {"input"},
                          .inferTypes = inferBool};
    return s;
}
const OpSpec& isinfOp()
{
    static const OpSpec s{.name = "isinf", .family = Family::Arith, .torch = {"torch.isinf"}, .onnx = {"IsInf"}, .inputs = {"input"},
                          .inferTypes = inferBool};
    return s;
}

} // namespace bpu::ops

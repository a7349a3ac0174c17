// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that apply one function to every element. A line each: function, name, family, torch names,
// ONNX name, and the scalar function where constants are folded through it.
#include "core/ops/elementwise.h"
#include "core/ops/spec_macro.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

MaybeInt itself(int64_t x) { return x; }
MaybeInt negated(int64_t x) { return x == INT64_MIN ? MaybeInt() : MaybeInt(-x); }
MaybeInt squared(int64_t x)
{
    int64_t y = 0;
    return __builtin_mul_overflow(x, x, &y) ? MaybeInt() : MaybeInt(y);
}

constexpr UnaryKernel kRelu{[](double x) { return x < 0 ? 0 : x; }, [](int64_t x) -> MaybeInt { return x < 0 ? 0 : x; }};
constexpr UnaryKernel kRelu6{[](double x) { return x < 0 ? 0 : (x > 6 ? 6 : x); }};
constexpr UnaryKernel kSigmoid{[](double x) { return 1 / (1 + std::exp(-x)); }};
constexpr UnaryKernel kTanh{[](double x) { return std::tanh(x); }};
constexpr UnaryKernel kSilu{[](double x) { return x / (1 + std::exp(-x)); }};
constexpr UnaryKernel kMish{[](double x) { return x * std::tanh(std::log1p(std::exp(x))); }};
constexpr UnaryKernel kHardSwish{[](double x) { return x <= -3 ? 0 : (x >= 3 ? x : x * (x + 3) / 6); }};
constexpr UnaryKernel kSoftsign{[](double x) { return x / (1 + std::fabs(x)); }};
constexpr UnaryKernel kLogSigmoid{[](double x) { return std::min(x, 0.0) - std::log1p(std::exp(-std::fabs(x))); }};
constexpr UnaryKernel kExp{[](double x) { return std::exp(x); }};
constexpr UnaryKernel kLog{[](double x) { return std::log(x); }};
constexpr UnaryKernel kSqrt{[](double x) { return std::sqrt(x); }};
constexpr UnaryKernel kRsqrt{[](double x) { return 1 / std::sqrt(x); }};
constexpr UnaryKernel kReciprocal{[](double x) { return 1 / x; }};
constexpr UnaryKernel kErf{[](double x) { return std::erf(x); }};
constexpr UnaryKernel kSin{[](double x) { return std::sin(x); }};
constexpr UnaryKernel kCos{[](double x) { return std::cos(x); }};
constexpr UnaryKernel kTan{[](double x) { return std::tan(x); }};
constexpr UnaryKernel kAsin{[](double x) { return std::asin(x); }};
constexpr UnaryKernel kAcos{[](double x) { return std::acos(x); }};
constexpr UnaryKernel kAtan{[](double x) { return std::atan(x); }};
constexpr UnaryKernel kSinh{[](double x) { return std::sinh(x); }};
constexpr UnaryKernel kCosh{[](double x) { return std::cosh(x); }};
constexpr UnaryKernel kAsinh{[](double x) { return std::asinh(x); }};
constexpr UnaryKernel kAcosh{[](double x) { return std::acosh(x); }};
constexpr UnaryKernel kAtanh{[](double x) { return std::atanh(x); }};
constexpr UnaryKernel kNeg{[](double x) { return -x; }, negated};
constexpr UnaryKernel kAbs{[](double x) { return std::fabs(x); }, [](int64_t x) { return x < 0 ? negated(x) : x; }};
constexpr UnaryKernel kSign{[](double x) { return x > 0 ? 1.0 : (x < 0 ? -1.0 : x); },
                            [](int64_t x) -> MaybeInt { return x > 0 ? 1 : (x < 0 ? -1 : 0); }};
constexpr UnaryKernel kFloor{[](double x) { return std::floor(x); }, itself};
constexpr UnaryKernel kCeil{[](double x) { return std::ceil(x); }, itself};
constexpr UnaryKernel kRound{[](double x) { return std::nearbyint(x); }, itself}; // ties to even
constexpr UnaryKernel kSquare{[](double x) { return x * x; }, squared};
constexpr UnaryKernel kLogicalNot{[](double x) { return x == 0 ? 1.0 : 0.0; }, [](int64_t x) -> MaybeInt { return x == 0 ? 1 : 0; }};
constexpr UnaryKernel kBitwiseNot{nullptr, [](int64_t x) -> MaybeInt { return ~x; }}; // of an unsigned one it is not held: refused
constexpr UnaryKernel kIsnan{[](double x) { return std::isnan(x) ? 1.0 : 0.0; }};
constexpr UnaryKernel kIsinf{[](double x) { return std::isinf(x) ? 1.0 : 0.0; }};

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
    BPU_SPEC(function, .name = opName, .family = Family::opFamily, .torch = {module, method}, .onnx = {onnxName},                  \
             .inputs = {"input"}, .inferTypes = inferUnary, .evaluate = FOLD)

BPU_UNARY(relu, "relu", Act, "torch.nn.ReLU", "torch.nn.functional.relu", "Relu", evaluateUnary<kRelu>)
BPU_UNARY(relu6, "relu6", Act, "torch.nn.ReLU6", "torch.nn.functional.relu6", "", evaluateUnary<kRelu6>)
BPU_UNARY(sigmoid, "sigmoid", Act, "torch.nn.Sigmoid", "torch.sigmoid", "Sigmoid", evaluateUnary<kSigmoid>)
BPU_UNARY(tanhOp, "tanh", Act, "torch.nn.Tanh", "torch.tanh", "Tanh", evaluateUnary<kTanh>)
BPU_UNARY(silu, "silu", Act, "torch.nn.SiLU", "torch.nn.functional.silu", "", evaluateUnary<kSilu>)
BPU_UNARY(mish, "mish", Act, "torch.nn.Mish", "torch.nn.functional.mish", "Mish", evaluateUnary<kMish>)
BPU_UNARY(hardSwish, "hard_swish", Act, "torch.nn.Hardswish", "torch.nn.functional.hardswish", "HardSwish", evaluateUnary<kHardSwish>)
BPU_UNARY(softsign, "softsign", Act, "torch.nn.Softsign", "torch.nn.functional.softsign", "Softsign", evaluateUnary<kSoftsign>)
BPU_UNARY(logSigmoid, "log_sigmoid", Act, "torch.nn.LogSigmoid", "torch.nn.functional.logsigmoid", "", evaluateUnary<kLogSigmoid>)
BPU_UNARY(gelu, "gelu", Act, "torch.nn.GELU", "torch.nn.functional.gelu", "Gelu", nullptr)
BPU_UNARY(selu, "selu", Act, "torch.selu", "torch.nn.SELU", "Selu", nullptr)
BPU_UNARY(hardSigmoid, "hard_sigmoid", Act, "torch.nn.HardSigmoid", "torch.nn.functional.hardsigmoid", "HardSigmoid", nullptr)
BPU_UNARY(softplus, "softplus", Act, "torch.nn.Softplus", "torch.nn.functional.softplus", "Softplus", nullptr)
BPU_UNARY(threshold, "threshold", Act, "torch.nn.Threshold", "torch.nn.functional.threshold", "ThresholdedRelu", nullptr)
BPU_UNARY(hardShrink, "hard_shrink", Act, "torch.nn.Hardshrink", "torch.nn.functional.hardshrink", "", nullptr)
BPU_UNARY(softShrink, "soft_shrink", Act, "torch.nn.Softshrink", "torch.nn.functional.softshrink", "Shrink", nullptr)
BPU_UNARY(expOp, "exp", Act, "torch.exp", "torch.Tensor.exp", "Exp", evaluateUnary<kExp>)
BPU_UNARY(logOp, "log", Act, "torch.log", "torch.Tensor.log", "Log", evaluateUnary<kLog>)
BPU_UNARY(sqrtOp, "sqrt", Act, "torch.sqrt", "torch.Tensor.sqrt", "Sqrt", evaluateUnary<kSqrt>)
BPU_UNARY(rsqrt, "rsqrt", Act, "torch.rsqrt", "torch.Tensor.rsqrt", "", evaluateUnary<kRsqrt>)
BPU_UNARY(reciprocal, "reciprocal", Act, "torch.reciprocal", "torch.Tensor.reciprocal", "Reciprocal", evaluateUnary<kReciprocal>)
BPU_UNARY(erfOp, "erf", Act, "torch.erf", "torch.Tensor.erf", "Erf", evaluateUnary<kErf>)
BPU_UNARY(sinOp, "sin", Act, "torch.sin", "torch.Tensor.sin", "Sin", evaluateUnary<kSin>)
BPU_UNARY(cosOp, "cos", Act, "torch.cos", "torch.Tensor.cos", "Cos", evaluateUnary<kCos>)
BPU_UNARY(tanOp, "tan", Act, "torch.tan", "torch.Tensor.tan", "Tan", evaluateUnary<kTan>)
BPU_UNARY(asinOp, "asin", Act, "torch.asin", "torch.Tensor.asin", "Asin", evaluateUnary<kAsin>)
BPU_UNARY(acosOp, "acos", Act, "torch.acos", "torch.Tensor.acos", "Acos", evaluateUnary<kAcos>)
BPU_UNARY(atanOp, "atan", Act, "torch.atan", "torch.Tensor.atan", "Atan", evaluateUnary<kAtan>)
BPU_UNARY(sinhOp, "sinh", Act, "torch.sinh", "torch.Tensor.sinh", "Sinh", evaluateUnary<kSinh>)
BPU_UNARY(coshOp, "cosh", Act, "torch.cosh", "torch.Tensor.cosh", "Cosh", evaluateUnary<kCosh>)
BPU_UNARY(asinhOp, "asinh", Act, "torch.asinh", "torch.Tensor.asinh", "Asinh", evaluateUnary<kAsinh>)
BPU_UNARY(acoshOp, "acosh", Act, "torch.acosh", "torch.Tensor.acosh", "Acosh", evaluateUnary<kAcosh>)
BPU_UNARY(atanhOp, "atanh", Act, "torch.atanh", "torch.Tensor.atanh", "Atanh", evaluateUnary<kAtanh>)
BPU_UNARY(neg, "neg", Arith, "torch.neg", "torch.Tensor.neg", "Neg", evaluateUnary<kNeg>)
BPU_UNARY(absOp, "abs", Arith, "torch.abs", "torch.Tensor.abs", "Abs", evaluateUnary<kAbs>)
BPU_UNARY(signOp, "sign", Arith, "torch.sign", "torch.Tensor.sign", "Sign", evaluateUnary<kSign>)
BPU_UNARY(floorOp, "floor", Arith, "torch.floor", "torch.Tensor.floor", "Floor", evaluateUnary<kFloor>)
BPU_UNARY(ceilOp, "ceil", Arith, "torch.ceil", "torch.Tensor.ceil", "Ceil", evaluateUnary<kCeil>)
BPU_UNARY(roundOp, "round", Arith, "torch.round", "torch.Tensor.round", "Round", evaluateUnary<kRound>)
BPU_UNARY(square, "square", Arith, "torch.square", "torch.Tensor.square", "", evaluateUnary<kSquare>)
BPU_UNARY(bitwiseNot, "bitwise_not", Arith, "torch.bitwise_not", "torch.Tensor.bitwise_not", "BitwiseNot", evaluateUnary<kBitwiseNot>)

#define BPU_UNARY_WITH(function, opName, module, method, onnxName, ATTRIBUTE)                                                      \
    BPU_SPEC(function, .name = opName, .family = Family::Act, .torch = {module, method}, .onnx = {onnxName}, .inputs = {"input"},  \
             .inferTypes = inferUnary, .summary = number<ATTRIBUTE>)

BPU_UNARY_WITH(leakyRelu, "leaky_relu", "torch.nn.LeakyReLU", "torch.nn.functional.leaky_relu", "LeakyRelu", kSlope)
BPU_UNARY_WITH(elu, "elu", "torch.nn.ELU", "torch.nn.functional.elu", "Elu", kAlpha)
BPU_UNARY_WITH(celu, "celu", "torch.nn.CELU", "torch.nn.functional.celu", "Celu", kAlpha)

/// A question about each element.
#define BPU_QUESTION(function, opName, torchName, method, onnxName, KERNEL)                                                         \
    BPU_SPEC(function, .name = opName, .family = Family::Arith, .torch = {torchName, method}, .onnx = {onnxName},                 \
             .inputs = {"input"}, .inferTypes = inferUnaryBool, .evaluate = evaluateUnary<KERNEL, true>)

BPU_QUESTION(logicalNot, "logical_not", "torch.logical_not", "torch.Tensor.logical_not", "Not", kLogicalNot)
BPU_QUESTION(isnanOp, "isnan", "torch.isnan", "torch.Tensor.isnan", "IsNaN", kIsnan)
BPU_QUESTION(isinfOp, "isinf", "torch.isinf", "torch.Tensor.isinf", "IsInf", kIsinf)

} // namespace bpu::ops

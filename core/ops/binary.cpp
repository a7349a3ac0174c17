// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators of two tensors that broadcast (numpy's rule). Integer folding refuses what would overflow or
// divide by zero: the node then stays, and whoever runs it says so.
#include "core/ops/elementwise.h"

#include <cmath>

namespace bpu::ops {
namespace {

using MaybeInt = std::optional<int64_t>;

MaybeInt addInts(int64_t a, int64_t b)
{
    int64_t r = 0;
    return __builtin_add_overflow(a, b, &r) ? MaybeInt() : r;
}
MaybeInt subInts(int64_t a, int64_t b)
{
    int64_t r = 0;
    return __builtin_sub_overflow(a, b, &r) ? MaybeInt() : r;
}
MaybeInt mulInts(int64_t a, int64_t b)
{
    int64_t r = 0;
    return __builtin_mul_overflow(a, b, &r) ? MaybeInt() : r;
}
/// ONNX Div on integers truncates towards zero.
MaybeInt divInts(int64_t a, int64_t b)
{
    return b == 0 || (b == -1 && a == INT64_MIN) ? MaybeInt() : a / b;
}
/// The sign of the divisor, as ONNX Mod with fmod = 0.
MaybeInt remainderInts(int64_t a, int64_t b)
{
    if (b == 0 || b == -1)
        return b == 0 ? MaybeInt() : MaybeInt(0);
    const int64_t r = a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
MaybeInt fmodInts(int64_t a, int64_t b)
{
    return b == 0 || b == -1 ? (b == 0 ? MaybeInt() : MaybeInt(0)) : MaybeInt(a % b);
}

double addFloats(double a, double b) { return a + b; }
double subFloats(double a, double b) { return a - b; }
double mulFloats(double a, double b) { return a * b; }
double divFloats(double a, double b) { return a / b; }
double powFloats(double a, double b) { return std::pow(a, b); }
double maxFloats(double a, double b) { return a > b ? a : b; }
MaybeInt maxInts(int64_t a, int64_t b) { return (a > b ? a : b); }
double minFloats(double a, double b) { return a < b ? a : b; }
MaybeInt minInts(int64_t a, int64_t b) { return (a < b ? a : b); }
double fmodFloats(double a, double b) { return std::fmod(a, b); }
double remainderFloats(double a, double b) { return a - std::floor(a / b) * b; }
MaybeInt andInts(int64_t a, int64_t b) { return (a != 0 && b != 0 ? 1 : 0); }
MaybeInt orInts(int64_t a, int64_t b) { return (a != 0 || b != 0 ? 1 : 0); }
MaybeInt xorInts(int64_t a, int64_t b) { return ((a != 0) != (b != 0) ? 1 : 0); }

template <BinaryFunction Floats, BinaryIntFunction Integers, bool Bool>
std::optional<Tensors> fold(const ir::Graph& graph, const ir::Node& node)
{
    return foldBinary(graph, node, Floats, Integers, Bool);
}

Result<Types> inferWhere(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& a = inputType(graph, node, 1);
    const ir::TensorType& b = inputType(graph, node, 2);
    const ir::TensorType& condition = inputType(graph, node, 0);
    const ir::DType dtype = a.dtype() == ir::DType::Undefined ? b.dtype() : a.dtype();
    if (!a.hasRank() || !b.hasRank() || !condition.hasRank())
        return same(ir::TensorType::unranked(dtype));
    const auto first = broadcast(a.shape(), b.shape());
    const auto shape = first ? broadcast(*first, condition.shape()) : std::nullopt;
    if (!shape)
        return opError(node, "broadcast", "condition and operands of where cannot be broadcast together; make the differing dimensions equal or 1");
    return same(ir::TensorType(dtype, *shape));
}

std::optional<Tensors> foldWhere(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* c = constantInput(graph, node, 0);
    const ir::Tensor* a = constantInput(graph, node, 1);
    const ir::Tensor* b = constantInput(graph, node, 2);
    if (!c || !a || !b || a->dtype() != b->dtype())
        return std::nullopt;
    const auto types = inferWhere(graph, node);
    if (!types || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const ir::Shape& shape = (*types)[0].shape();
    const BroadcastIndex ic(shape, c->shape());
    const BroadcastIndex ia(shape, a->shape());
    const BroadcastIndex ib(shape, b->shape());
    auto result = buildTensor((*types)[0], [&](int64_t i) {
        const bool first = c->integer(ic(i)) != 0;
        const ir::Tensor& from = first ? *a : *b;
        const int64_t at = first ? ia(i) : ib(i);
        return Scalar{from.number(at), from.integer(at)};
    });
    if (!result)
        return std::nullopt;
    return Tensors{std::move(*result)};
}

} // namespace

#define BPU_BINARY(function, opName, torchName, method, onnxName, INFER, FOLD)                                                     \
    const OpSpec& function()                                                                                                       \
    {                                                                                                                              \
        static const OpSpec s{.name = opName, .family = Family::Arith, .torch = {torchName, method}, .onnx = {onnxName},           \
                              .inputs = {"input", "other"}, .minInputs = 2, .inferTypes = INFER, .evaluate = FOLD};                \
        return s;                                                                                                                  \
    }
#define BPU_COMPARE(function, opName, OPERATOR, onnxName)                                                                          \
    namespace {                                                                                                                    \
    double function##Floats(double a, double b) { return a OPERATOR b ? 1 : 0; }                                                   \
    MaybeInt function##Ints(int64_t a, int64_t b) { return a OPERATOR b ? 1 : 0; }                                                 \
    }                                                                                                                              \
    BPU_BINARY(function, opName, "torch." opName, "torch.Tensor." opName, onnxName, inferComparison,                               \
               (fold<function##Floats, function##Ints, true>))

BPU_BINARY(addOp, "add", "torch.add", "torch.Tensor.add", "Add", inferBinary, (fold<addFloats, addInts, false>))
BPU_BINARY(subOp, "sub", "torch.sub", "torch.Tensor.sub", "Sub", inferBinary, (fold<subFloats, subInts, false>))
BPU_BINARY(mulOp, "mul", "torch.mul", "torch.Tensor.mul", "Mul", inferBinary, (fold<mulFloats, mulInts, false>))
BPU_BINARY(divOp, "div", "torch.div", "torch.Tensor.div", "Div", inferBinary, (fold<divFloats, divInts, false>))
BPU_BINARY(powOp, "pow", "torch.pow", "torch.Tensor.pow", "Pow", inferBinary,
           (fold<powFloats, nullptr, false>))
BPU_BINARY(maximumOp, "maximum", "torch.maximum", "torch.Tensor.maximum", "Max", inferBinary,
           (fold<maxFloats, maxInts, false>))
BPU_BINARY(minimumOp, "minimum", "torch.minimum", "torch.Tensor.minimum", "Min", inferBinary,
           (fold<minFloats, minInts, false>))
BPU_BINARY(fmodOp, "fmod", "torch.fmod", "torch.Tensor.fmod", "Mod", inferBinary,
           (fold<fmodFloats, fmodInts, false>))
BPU_BINARY(remainderOp, "remainder", "torch.remainder", "torch.Tensor.remainder", "Mod", inferBinary,
           (fold<remainderFloats, remainderInts, false>))
BPU_BINARY(atan2Op, "atan2", "torch.atan2", "torch.Tensor.atan2", "", inferBinary, nullptr)
BPU_COMPARE(eqOp, "eq", ==, "Equal")
BPU_COMPARE(neOp, "ne", !=, "")
BPU_COMPARE(ltOp, "lt", <, "Less")
BPU_COMPARE(leOp, "le", <=, "LessOrEqual")
BPU_COMPARE(gtOp, "gt", >, "Greater")
BPU_COMPARE(geOp, "ge", >=, "GreaterOrEqual")
BPU_BINARY(logicalAnd, "logical_and", "torch.logical_and", "torch.Tensor.logical_and", "And", inferComparison,
           (fold<nullptr, andInts, true>))
BPU_BINARY(logicalOr, "logical_or", "torch.logical_or", "torch.Tensor.logical_or", "Or", inferComparison,
           (fold<nullptr, orInts, true>))
BPU_BINARY(logicalXor, "logical_xor", "torch.logical_xor", "torch.Tensor.logical_xor", "Xor", inferComparison,
           (fold<nullptr, xorInts, true>))
BPU_BINARY(bitwiseAnd, "bitwise_and", "torch.bitwise_and", "torch.Tensor.bitwise_and", "BitwiseAnd", inferBinary, nullptr)
BPU_BINARY(bitwiseOr, "bitwise_or", "torch.bitwise_or", "torch.Tensor.bitwise_or", "BitwiseOr", inferBinary, nullptr)
BPU_BINARY(bitwiseXor, "bitwise_xor", "torch.bitwise_xor", "torch.Tensor.bitwise_xor", "BitwiseXor", inferBinary, nullptr)
BPU_BINARY(bitwiseShift, "bitwise_shift", "torch.bitwise_left_shift", "torch.bitwise_right_shift", "BitShift", inferBinary, nullptr)

const OpSpec& prelu()
{
    static const OpSpec s{.name = "prelu", .family = Family::Act, .torch = {"torch.nn.PReLU", "torch.nn.functional.prelu"},
                          .onnx = {"PRelu"}, .inputs = {"input", "slope"}, .minInputs = 2, .inferTypes = inferUnary};
    return s;
}

const OpSpec& clampOp()
{
    static const OpSpec s{.name = "clamp", .family = Family::Act, .torch = {"torch.clamp", "torch.Tensor.clamp"}, .onnx = {"Clip"},
                          .inputs = {"input", "min", "max"}, .inferTypes = inferUnary};
    return s;
}

const OpSpec& whereOp()
{
    static const OpSpec s{.name = "where", .family = Family::Arith, .torch = {"torch.where"}, .onnx = {"Where"},
                          .inputs = {"condition", "input", "other"}, .minInputs = 3, .inferTypes = inferWhere, .evaluate = foldWhere};
    return s;
}

} // namespace bpu::ops

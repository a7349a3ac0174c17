// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators of two tensors that broadcast (numpy's rule). Integer folding refuses what would overflow or
// divide by zero: the node then stays, and whoever runs it says so.
#include "core/ops/elementwise.h"
#include "core/ops/spec_macro.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bpu::ops {
namespace {

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

/// numpy's: a NaN on either side stays.
double maxFloats(double a, double b) { return std::isnan(a) || a > b ? a : b; }
double minFloats(double a, double b) { return std::isnan(a) || a < b ? a : b; }

/// The sign of the divisor, as Python's %.
double remainderFloats(double a, double b)
{
    const double r = std::fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

/// By squaring; nothing for a negative exponent, which has no integer result.
MaybeInt powInts(int64_t base, int64_t exponent)
{
    MaybeInt result = exponent < 0 ? MaybeInt() : MaybeInt(1);
    MaybeInt square = base;
    for (; result && exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0)
            result = square ? mulInts(*result, *square) : std::nullopt;
        if (exponent > 1 && square)
            square = mulInts(*square, *square);
    }
    return result;
}

constexpr BinaryKernel kAdd{[](double a, double b) { return a + b; }, addInts};
constexpr BinaryKernel kSub{[](double a, double b) { return a - b; }, subInts};
constexpr BinaryKernel kMul{[](double a, double b) { return a * b; }, mulInts};
constexpr BinaryKernel kDiv{[](double a, double b) { return a / b; }, divInts};
constexpr BinaryKernel kPow{[](double a, double b) { return std::pow(a, b); }, powInts};
constexpr BinaryKernel kMaximum{maxFloats, [](int64_t a, int64_t b) -> MaybeInt { return std::max(a, b); }};
constexpr BinaryKernel kMinimum{minFloats, [](int64_t a, int64_t b) -> MaybeInt { return std::min(a, b); }};
constexpr BinaryKernel kFmod{[](double a, double b) { return std::fmod(a, b); }, fmodInts};
constexpr BinaryKernel kRemainder{remainderFloats, remainderInts};
constexpr BinaryKernel kAtan2{[](double a, double b) { return std::atan2(a, b); }};
constexpr BinaryKernel kAnd{nullptr, [](int64_t a, int64_t b) -> MaybeInt { return a != 0 && b != 0 ? 1 : 0; }};
constexpr BinaryKernel kOr{nullptr, [](int64_t a, int64_t b) -> MaybeInt { return a != 0 || b != 0 ? 1 : 0; }};
constexpr BinaryKernel kXor{nullptr, [](int64_t a, int64_t b) -> MaybeInt { return (a != 0) != (b != 0) ? 1 : 0; }};
constexpr BinaryKernel kBitwiseAnd{nullptr, [](int64_t a, int64_t b) -> MaybeInt { return a & b; }};
constexpr BinaryKernel kBitwiseOr{nullptr, [](int64_t a, int64_t b) -> MaybeInt { return a | b; }};
constexpr BinaryKernel kBitwiseXor{nullptr, [](int64_t a, int64_t b) -> MaybeInt { return a ^ b; }};

#define BPU_COMPARISON(OPERATOR) \
    {[](double a, double b) { return a OPERATOR b ? 1.0 : 0.0; }, [](int64_t a, int64_t b) -> MaybeInt { return a OPERATOR b ? 1 : 0; }}
constexpr BinaryKernel kEq BPU_COMPARISON(==);
constexpr BinaryKernel kNe BPU_COMPARISON(!=);
constexpr BinaryKernel kLt BPU_COMPARISON(<);
constexpr BinaryKernel kLe BPU_COMPARISON(<=);
constexpr BinaryKernel kGt BPU_COMPARISON(>);
constexpr BinaryKernel kGe BPU_COMPARISON(>=);
#undef BPU_COMPARISON

/// The exponent may have a dtype of its own; the result has the base's.
std::optional<Tensors> foldPow(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* base = constantInput(graph, node, 0);
    const ir::Tensor* exponent = constantInput(graph, node, 1);
    if (!base || !exponent || base->dtype() == exponent->dtype() || !isComputable(base->dtype()) || !isComputable(exponent->dtype()))
        return foldBinary(graph, node, kPow, false);
    const auto types = inferBinary(graph, node);
    if (!types || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const ir::TensorType& type = (*types)[0];
    const StridedIndex ia = broadcastIndex(type.shape(), base->shape());
    const StridedIndex ib = broadcastIndex(type.shape(), exponent->shape());
    return single(buildTensor(type, [&](int64_t i) -> MaybeScalar {
        const MaybeScalar a = exactScalar(*base, ia(i));
        const double power = exponent->number(ib(i));
        if (!a || ir::isFloat(type.dtype()))
            return a ? MaybeScalar(Scalar{std::pow(a->number, power), 0}) : std::nullopt;
        if (power != std::floor(power) || !(std::fabs(power) < 1024))
            return std::nullopt;
        const MaybeInt y = powInts(a->integer, static_cast<int64_t>(power));
        return y ? MaybeScalar(Scalar{0, *y}) : std::nullopt;
    }));
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
    if (!c || !a || !b || a->dtype() != b->dtype() || !isComputable(c->dtype()) || !isComputable(a->dtype()))
        return std::nullopt;
    const auto types = inferWhere(graph, node);
    if (!types || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const ir::Shape& shape = (*types)[0].shape();
    const StridedIndex ic = broadcastIndex(shape, c->shape());
    const StridedIndex ia = broadcastIndex(shape, a->shape());
    const StridedIndex ib = broadcastIndex(shape, b->shape());
    return single(buildTensor((*types)[0], [&](int64_t i) { return c->integer(ic(i)) != 0 ? exactScalar(*a, ia(i)) : exactScalar(*b, ib(i)); }));
}

/// The bound as an input or an attribute; `fallback` when there is none. Nothing while it is not a constant.
std::optional<double> boundOf(const ir::Graph& graph, const ir::Node& node, size_t slot, std::string_view attribute, double fallback)
{
    if (!node.input(slot).isValid())
        return node.attributes.number(attribute, fallback);
    const ir::Tensor* bound = constantInput(graph, node, slot);
    return bound && bound->elementCount() == 1 && isComputable(bound->dtype()) ? std::optional(bound->number(0)) : std::nullopt;
}

/// min(max(x, low), high), so that a low bound above the high one gives the high one. Integers need bounds that a double tells exactly.
std::optional<Tensors> foldClamp(const ir::Graph& graph, const ir::Node& node)
{
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto low = boundOf(graph, node, 1, "min", -kInfinite);
    const auto high = boundOf(graph, node, 2, "max", kInfinite);
    if (!x || !low || !high || std::isnan(*low) || std::isnan(*high) || !isComputable(x->dtype()) || !mayFold(graph, node, x->type()))
        return std::nullopt;
    const auto isExact = [](double bound) { return std::isinf(bound) || (bound == std::floor(bound) && std::fabs(bound) <= 0x1p53); };
    if (!ir::isFloat(x->dtype()) && (!isExact(*low) || !isExact(*high)))
        return std::nullopt;
    return single(buildTensor(x->type(), [&](int64_t i) -> MaybeScalar {
        MaybeScalar y = exactScalar(*x, i);
        if (y && y->number < *low)
            y = Scalar{*low, std::isinf(*low) ? INT64_MAX : static_cast<int64_t>(*low)};
        if (y && y->number > *high)
            y = Scalar{*high, std::isinf(*high) ? INT64_MIN : static_cast<int64_t>(*high)};
        return y;
    }));
}

} // namespace

#define BPU_BINARY(function, opName, onnxName, INFER, FOLD)                                                                        \
    BPU_SPEC(function, .name = opName, .family = Family::Arith, .torch = {"torch." opName, "torch.Tensor." opName},                \
             .onnx = {onnxName}, .inputs = {"input", "other"}, .minInputs = 2, .inferTypes = INFER, .evaluate = FOLD)

BPU_BINARY(addOp, "add", "Add", inferBinary, evaluateBinary<kAdd>)
BPU_BINARY(subOp, "sub", "Sub", inferBinary, evaluateBinary<kSub>)
BPU_BINARY(mulOp, "mul", "Mul", inferBinary, evaluateBinary<kMul>)
BPU_BINARY(divOp, "div", "Div", inferBinary, evaluateBinary<kDiv>)
BPU_BINARY(powOp, "pow", "Pow", inferBinary, foldPow)
BPU_BINARY(maximumOp, "maximum", "Max", inferBinary, evaluateBinary<kMaximum>)
BPU_BINARY(minimumOp, "minimum", "Min", inferBinary, evaluateBinary<kMinimum>)
BPU_BINARY(fmodOp, "fmod", "Mod", inferBinary, evaluateBinary<kFmod>)
BPU_BINARY(remainderOp, "remainder", "Mod", inferBinary, evaluateBinary<kRemainder>)
BPU_BINARY(atan2Op, "atan2", "", inferBinary, evaluateBinary<kAtan2>)
BPU_BINARY(eqOp, "eq", "Equal", inferComparison, (evaluateBinary<kEq, true>))
BPU_BINARY(neOp, "ne", "", inferComparison, (evaluateBinary<kNe, true>))
BPU_BINARY(ltOp, "lt", "Less", inferComparison, (evaluateBinary<kLt, true>))
BPU_BINARY(leOp, "le", "LessOrEqual", inferComparison, (evaluateBinary<kLe, true>))
BPU_BINARY(gtOp, "gt", "Greater", inferComparison, (evaluateBinary<kGt, true>))
BPU_BINARY(geOp, "ge", "GreaterOrEqual", inferComparison, (evaluateBinary<kGe, true>))
BPU_BINARY(logicalAnd, "logical_and", "And", inferComparison, (evaluateBinary<kAnd, true>))
BPU_BINARY(logicalOr, "logical_or", "Or", inferComparison, (evaluateBinary<kOr, true>))
BPU_BINARY(logicalXor, "logical_xor", "Xor", inferComparison, (evaluateBinary<kXor, true>))
BPU_BINARY(bitwiseAnd, "bitwise_and", "BitwiseAnd", inferBinary, evaluateBinary<kBitwiseAnd>)
BPU_BINARY(bitwiseOr, "bitwise_or", "BitwiseOr", inferBinary, evaluateBinary<kBitwiseOr>)
BPU_BINARY(bitwiseXor, "bitwise_xor", "BitwiseXor", inferBinary, evaluateBinary<kBitwiseXor>)

/// Of unsigned numbers; bits that leave the dtype are lost, and so are all of them by a shift as wide as it.
static std::optional<Tensors> foldBitwiseShift(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* a = constantInput(graph, node, 0);
    const ir::Tensor* b = constantInput(graph, node, 1);
    const auto types = a && b ? inferBinary(graph, node) : Result<Types>(Types{});
    if (!a || !b || !types || !ir::isInteger(a->dtype()) || !ir::isInteger(b->dtype()) || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const ir::TensorType& type = (*types)[0];
    const bool isLeft = node.attributes.text("direction", "LEFT") == "LEFT";
    const auto bits = static_cast<uint64_t>(ir::byteSize(type.dtype())) * 8;
    const StridedIndex fromA = broadcastIndex(type.shape(), a->shape()), fromB = broadcastIndex(type.shape(), b->shape());
    return single(buildTensor<true>(type, [&](int64_t i) -> MaybeScalar {
        const auto x = static_cast<uint64_t>(a->integer(fromA(i))), by = static_cast<uint64_t>(b->integer(fromB(i)));
        return Scalar{0, static_cast<int64_t>(by >= bits ? 0 : isLeft ? x << by : x >> by)};
    }));
}

BPU_SPEC(bitwiseShift, .name = "bitwise_shift", .family = Family::Arith, .torch = {"torch.bitwise_left_shift", "torch.bitwise_right_shift"},
         .onnx = {"BitShift"}, .inputs = {"input", "other"}, .minInputs = 2, .inferTypes = inferBinary, .evaluate = foldBitwiseShift)
BPU_SPEC(prelu, .name = "prelu", .family = Family::Act, .torch = {"torch.nn.PReLU", "torch.nn.functional.prelu"}, .onnx = {"PRelu"},
         .inputs = {"input", "slope"}, .minInputs = 2, .inferTypes = inferUnary)
BPU_SPEC(clampOp, .name = "clamp", .family = Family::Act, .torch = {"torch.clamp", "torch.Tensor.clamp"}, .onnx = {"Clip"},
         .inputs = {"input", "min", "max"}, .inferTypes = inferUnary, .evaluate = foldClamp)
BPU_SPEC(whereOp, .name = "where", .family = Family::Arith, .torch = {"torch.where"}, .onnx = {"Where"},
         .inputs = {"condition", "input", "other"}, .minInputs = 3, .inferTypes = inferWhere, .evaluate = foldWhere)

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Reductions of constants. Floats are summed in double; integers in int64 and refused where the sum overflows.
// Nothing to reduce gives what the operator leaves unchanged (0 for a sum, 1 for a product) and is refused where
// there is no such number.
#include "core/ops/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bpu::ops {
namespace {

/// One reduction: an element enters as first(x), two join, and last(y, count) leaves.
struct Reduction {
    std::string_view op;
    double (*first)(double) = nullptr;                          ///< null: as it is
    double (*join)(double, double) = nullptr;
    double (*last)(double, int64_t) = nullptr;                  ///< null: as it is
    std::optional<double> ofNothing = {};
    MaybeInt (*joinIntegers)(int64_t, int64_t) = nullptr;       ///< null: not for integers
};

double plus(double a, double b) { return a + b; }
MaybeInt plusIntegers(int64_t a, int64_t b)
{
    int64_t r = 0;
    return __builtin_add_overflow(a, b, &r) ? MaybeInt() : MaybeInt(r);
}
MaybeInt timesIntegers(int64_t a, int64_t b)
{
    int64_t r = 0;
    return __builtin_mul_overflow(a, b, &r) ? MaybeInt() : MaybeInt(r);
}
/// log(e^a + e^b) without leaving the range of double.
double logPlus(double a, double b)
{
    const double high = std::max(a, b);
    return std::isinf(high) ? high : high + std::log1p(std::exp(std::min(a, b) - high));
}
/// numpy's: a NaN stays.
double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }
double smaller(double a, double b) { return std::isnan(a) || a < b ? a : b; }

constexpr double kInfinite = std::numeric_limits<double>::infinity();

constexpr Reduction kReductions[] = {
    {.op = "sum", .join = plus, .ofNothing = 0, .joinIntegers = plusIntegers},
    {.op = "prod", .join = [](double a, double b) { return a * b; }, .ofNothing = 1, .joinIntegers = timesIntegers},
    {.op = "mean", .join = plus, .last = [](double y, int64_t count) { return y / static_cast<double>(count); }},
    {.op = "amax", .join = larger, .joinIntegers = [](int64_t a, int64_t b) -> MaybeInt { return std::max(a, b); }},
    {.op = "amin", .join = smaller, .joinIntegers = [](int64_t a, int64_t b) -> MaybeInt { return std::min(a, b); }},
    {.op = "reduce_l1", .first = [](double x) { return std::fabs(x); }, .join = plus, .ofNothing = 0},
    {.op = "reduce_l2", .first = [](double x) { return x * x; }, .join = plus, .last = [](double y, int64_t) { return std::sqrt(y); }, .ofNothing = 0},
    {.op = "log_sum_exp", .join = logPlus, .ofNothing = -kInfinite},
};

/// Flat index of the input -> slot of the result, with stride 0 along the reduced axes.
StridedIndex slotIndex(const ir::Tensor& x, const std::vector<int64_t>& dims)
{
    std::vector<bool> drop(x.shape().size(), dims.empty());
    for (const int64_t dim : dims)
        drop[*normalizedAxis(dim, x.type().rank())] = true;
    std::vector<int64_t> strides(drop.size(), 0);
    int64_t stride = 1;
    for (size_t i = drop.size(); i-- > 0;)
        if (!drop[i]) {
            strides[i] = stride;
            stride *= x.shape()[i];
        }
    return {x.shape(), std::move(strides)};
}

std::optional<ir::Tensor> reduceFloats(const ir::Tensor& x, const ir::TensorType& type, const Reduction& kind, const StridedIndex& slotOf)
{
    std::vector<double> values(static_cast<size_t>(type.elementCount()), kind.ofNothing.value_or(0));
    std::vector<bool> seen(values.size());
    for (int64_t i = 0; i < x.elementCount(); ++i) {
        const auto slot = static_cast<size_t>(slotOf(i));
        const double element = kind.first ? kind.first(x.number(i)) : x.number(i);
        values[slot] = seen[slot] ? kind.join(values[slot], element) : element;
        seen[slot] = true;
    }
    const int64_t each = values.empty() ? 0 : x.elementCount() / static_cast<int64_t>(values.size());
    return buildTensor(type, [&](int64_t i) -> MaybeScalar {
        const double y = values[static_cast<size_t>(i)];
        return Scalar{kind.last ? kind.last(y, each) : y, 0};
    });
}

std::optional<ir::Tensor> reduceIntegers(const ir::Tensor& x, const ir::TensorType& type, const Reduction& kind, const StridedIndex& slotOf)
{
    std::vector<int64_t> values(static_cast<size_t>(type.elementCount()), static_cast<int64_t>(kind.ofNothing.value_or(0)));
    std::vector<bool> seen(values.size());
    for (int64_t i = 0; i < x.elementCount(); ++i) {
        const auto slot = static_cast<size_t>(slotOf(i));
        const MaybeInt element = exactInteger(x, i);
        const MaybeInt joined = element && seen[slot] ? kind.joinIntegers(values[slot], *element) : element;
        if (!joined)
            return std::nullopt;
        values[slot] = *joined;
        seen[slot] = true;
    }
    return buildTensor(type, [&](int64_t i) -> MaybeScalar { return Scalar{0, values[static_cast<size_t>(i)]}; });
}

} // namespace

std::optional<Tensors> foldReduce(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = x ? inferReduce(graph, node) : Result<Types>(Types{});
    const auto kind = std::ranges::find(kReductions, std::string_view(node.op), &Reduction::op);
    if (!x || !types || kind == std::end(kReductions) || node.input(1).isValid() || !isComputable(x->dtype()) || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const ir::TensorType& type = (*types)[0];
    const bool real = ir::isFloat(x->dtype());
    if ((x->elementCount() == 0 && !kind->ofNothing) || (!real && !kind->joinIntegers))
        return std::nullopt;
    const StridedIndex slotOf = slotIndex(*x, node.attributes.integers("dim"));
    return single(real ? reduceFloats(*x, type, *kind, slotOf) : reduceIntegers(*x, type, *kind, slotOf));
}

/// y[i] = sum of x[..i] along an axis; exclusive leaves x[i] out, reverse starts at the end.
std::optional<Tensors> foldCumsum(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto axis = x ? normalizedAxis(node.attributes.integer("dim", 0), x->type().rank()) : std::nullopt;
    if (!axis || !isComputable(x->dtype()) || x->dtype() == ir::DType::Bool || !mayFold(graph, node, x->type()))
        return std::nullopt;
    const bool exclusive = node.attributes.flag("exclusive");
    const int64_t size = x->shape()[*axis];
    const int64_t stride = stridesOf(x->shape())[*axis];
    const int64_t step = node.attributes.flag("reverse") ? -1 : 1;
    std::vector<Scalar> sums(static_cast<size_t>(x->elementCount()));
    const auto lineOf = [&](int64_t line) { return line / stride * stride * size + line % stride; };
    for (int64_t line = 0; size > 0 && line < x->elementCount() / size; ++line) {
        Scalar sum;
        for (int64_t k = 0; k < size; ++k) {
            const int64_t at = lineOf(line) + (step > 0 ? k : size - 1 - k) * stride;
            Scalar& place = sums[static_cast<size_t>(at)];
            place = sum;
            const MaybeScalar element = exactScalar(*x, at);
            if (!element || __builtin_add_overflow(sum.integer, element->integer, &sum.integer))
                return std::nullopt;
            sum.number += element->number;
            if (!exclusive)
                place = sum;
        }
    }
    return single(buildTensor(x->type(), [&](int64_t i) -> MaybeScalar { return sums[static_cast<size_t>(i)]; }));
}

} // namespace bpu::ops

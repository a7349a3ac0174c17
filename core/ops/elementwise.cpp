// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/elementwise.h"

#include <fmt/format.h>

namespace bpu::ops {

Result<Types> inferUnary(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0));
}

Result<Types> inferUnaryBool(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0).withDType(ir::DType::Bool));
}

Result<Types> inferBinary(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& a = inputType(graph, node, 0);
    const ir::TensorType& b = inputType(graph, node, 1);
    const ir::DType dtype = a.dtype() == ir::DType::Undefined ? b.dtype() : a.dtype();
    if (!a.hasRank() || !b.hasRank())
        return same(ir::TensorType::unranked(dtype));
    auto shape = broadcast(a.shape(), b.shape());
    if (!shape)
        return opError(node, "broadcast", fmt::format("{} and {} cannot be broadcast together; make the differing dimensions equal or 1",
                                                      ir::shapeText(a), ir::shapeText(b)));
    return same(ir::TensorType(dtype, std::move(*shape)));
}

Result<Types> inferComparison(const ir::Graph& graph, const ir::Node& node)
{
    BPU_TRY(types, inferBinary(graph, node));
    return same(types[0].withDType(ir::DType::Bool));
}

namespace {

/// A float outcome; as a bool it is whether it is not 0.
Scalar outcome(double number)
{
    return {number, number != 0 ? 1 : 0};
}

MaybeScalar outcome(MaybeInt integer)
{
    return integer ? MaybeScalar(Scalar{static_cast<double>(*integer), *integer}) : std::nullopt;
}

} // namespace

std::optional<Tensors> foldUnary(const ir::Graph& graph, const ir::Node& node, UnaryKernel kernel, bool boolResult)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    if (!x || !isComputable(x->dtype()))
        return std::nullopt;
    const ir::TensorType type = boolResult ? x->type().withDType(ir::DType::Bool) : x->type();
    const bool real = ir::isFloat(x->dtype());
    if ((real ? !kernel.floats : !kernel.integers) || !mayFold(graph, node, type))
        return std::nullopt;
    return single(buildTensor(type, [&](int64_t i) -> MaybeScalar {
        if (real)
            return outcome(kernel.floats(x->number(i)));
        const MaybeInt integer = exactInteger(*x, i);
        return integer ? outcome(kernel.integers(*integer)) : std::nullopt;
    }));
}

std::optional<Tensors> foldBinary(const ir::Graph& graph, const ir::Node& node, BinaryKernel kernel, bool boolResult)
{
    const ir::Tensor* a = constantInput(graph, node, 0);
    const ir::Tensor* b = constantInput(graph, node, 1);
    if (!a || !b || a->dtype() != b->dtype() || !isComputable(a->dtype()))
        return std::nullopt;
    const bool real = ir::isFloat(a->dtype());
    const auto shape = broadcast(a->shape(), b->shape());
    if (!shape || (real ? !kernel.floats : !kernel.integers))
        return std::nullopt;
    const ir::TensorType type(boolResult ? ir::DType::Bool : a->dtype(), *shape);
    if (!mayFold(graph, node, type))
        return std::nullopt;
    const StridedIndex ia = broadcastIndex(*shape, a->shape());
    const StridedIndex ib = broadcastIndex(*shape, b->shape());
    return single(buildTensor(type, [&](int64_t i) -> MaybeScalar {
        if (real)
            return outcome(kernel.floats(a->number(ia(i)), b->number(ib(i))));
        const MaybeInt left = exactInteger(*a, ia(i));
        const MaybeInt right = exactInteger(*b, ib(i));
        return left && right ? outcome(kernel.integers(*left, *right)) : std::nullopt;
    }));
}

} // namespace bpu::ops

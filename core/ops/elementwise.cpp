// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/elementwise.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {

bool mayFold(const ir::Graph& graph, const ir::Node& node, const ir::TensorType& result)
{
    if (!result.isStatic() || result.elementCount() == ir::kUnknownDim)
        return false;
    int64_t largest = kFoldLimitBytes;
    for (size_t i = 0; i < node.inputs.size(); ++i)
        largest = std::max(largest, byteCount(inputType(graph, node, i)));
    const int64_t bytes = mulDims(result.elementCount(), static_cast<int64_t>(ir::byteSize(result.dtype())));
    return bytes != ir::kUnknownDim && bytes <= largest;
}

std::vector<int64_t> stridesOf(const ir::Shape& shape)
{
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;)
        strides[i - 1] = std::max<int64_t>(mulDims(strides[i], shape[i]), 0); // of a tensor with elements they all fit
    return strides;
}

BroadcastIndex::BroadcastIndex(const ir::Shape& result, const ir::Shape& operand)
    : m_resultStrides(stridesOf(result)), m_operandStrides(result.size(), 0)
{
    const std::vector<int64_t> strides = stridesOf(operand);
    const size_t offset = result.size() - operand.size();
    for (size_t i = 0; i < operand.size(); ++i)
        m_operandStrides[i + offset] = operand[i] == 1 ? 0 : strides[i];
}

int64_t BroadcastIndex::operator()(int64_t flat) const
{
    int64_t index = 0;
    for (size_t i = 0; i < m_resultStrides.size(); ++i) {
        index += flat / m_resultStrides[i] * m_operandStrides[i];
        flat %= m_resultStrides[i];
    }
    return index;
}

Result<Types> inferUnary(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0));
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

std::optional<Tensors> foldUnary(const ir::Graph& graph, const ir::Node& node, UnaryFunction function)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    if (!x || !function || !mayFold(graph, node, x->type()))
        return std::nullopt;
    auto result = buildTensor(x->type(), [&](int64_t i) {
        const double y = function(x->number(i));
        return Scalar{y, static_cast<int64_t>(std::clamp(y, -0x1p62, 0x1p62))};
    });
    if (!result)
        return std::nullopt;
    return Tensors{std::move(*result)};
}

std::optional<Tensors> foldBinary(const ir::Graph& graph, const ir::Node& node, BinaryFunction floats, BinaryIntFunction integers, bool boolResult)
{
    const ir::Tensor* a = constantInput(graph, node, 0);
    const ir::Tensor* b = constantInput(graph, node, 1);
    if (!a || !b || a->dtype() != b->dtype())
        return std::nullopt;
    const bool real = ir::isFloat(a->dtype());
    const auto shape = broadcast(a->shape(), b->shape());
    if (!shape || (real ? !floats : !integers))
        return std::nullopt;
    const ir::TensorType type(boolResult ? ir::DType::Bool : a->dtype(), *shape);
    if (!mayFold(graph, node, type))
        return std::nullopt;
    const BroadcastIndex ia(*shape, a->shape());
    const BroadcastIndex ib(*shape, b->shape());
    bool defined = true;
    auto result = buildTensor(type, [&](int64_t i) {
        if (real) {
            const double y = floats(a->number(ia(i)), b->number(ib(i)));
            return Scalar{y, boolResult && y != 0 ? 1 : 0};
        }
        const auto y = integers(a->integer(ia(i)), b->integer(ib(i)));
        defined &= y.has_value();
        return Scalar{static_cast<double>(y.value_or(0)), y.value_or(0)};
    });
    if (!result || !defined)
        return std::nullopt;
    return Tensors{std::move(*result)};
}

} // namespace bpu::ops

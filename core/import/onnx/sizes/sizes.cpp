// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/sizes/sizes.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::importer {
namespace {

/// Longer vectors of integers are data, not shapes.
constexpr int64_t kLongest = 64;

/// A vector or single number whose elements are worth following.
bool isShort(const ir::TensorType& type)
{
    return type.isStatic() && type.rank() <= 1 && type.elementCount() <= kLongest;
}

bool isWhole(double number)
{
    return std::abs(number) <= 1e15 && number == std::trunc(number);
}

} // namespace

const ir::TensorType& Sizes::type(ValueId value) const
{
    static const ir::TensorType unknown;
    const ir::Value* found = m_graph.find(value);
    return found ? found->type : unknown;
}

Size Sizes::of(ValueId value, size_t dim)
{
    if (const ir::Dim known = type(value).dim(static_cast<int>(dim)); known != ir::kUnknownDim)
        return m_algebra.number(known);
    const auto found = m_dims.find(value.index);
    return found != m_dims.end() && dim < found->second.size() ? found->second[dim]
                                                                : m_algebra.unknown(fmt::format("d{}:{}", value.index, dim), true);
}

std::vector<Size> Sizes::of(ValueId value)
{
    List dims(static_cast<size_t>(type(value).rank()));
    for (size_t i = 0; i < dims.size(); ++i)
        dims[i] = of(value, i);
    return dims;
}

std::optional<std::vector<Size>> Sizes::contents(ValueId value)
{
    if (const auto found = m_contents.find(value.index); found != m_contents.end())
        return found->second;
    const ir::Value* holder = m_graph.find(value);
    if (!holder || !holder->isConstant() || !isShort(holder->type) || holder->type.dtype() == ir::DType::String)
        return std::nullopt;
    List list;
    for (int64_t i = 0; i < holder->constant->elementCount(); ++i) {
        const bool whole = !ir::isFloat(holder->type.dtype()) || isWhole(holder->constant->number(i));
        if (!whole)
            return std::nullopt;
        list.push_back(m_algebra.number(holder->constant->integer(i)));
    }
    return list;
}

void Sizes::visit(const ir::Node& node)
{
    visitDims(node);
    visitContents(node);
}

void Sizes::visitDims(const ir::Node& node)
{
    std::optional<List> dims;
    for (size_t k = 0; k < node.outputs.size(); ++k) {
        const ir::TensorType& result = type(node.output(k));
        const bool applies = k == 0 || node.op == "split" || node.op == "chunk";
        if (!result.hasRank() || result.isStatic() || result.rank() > kLongest || !applies)
            continue;
        if (!dims)
            dims = dimsOf(node, static_cast<size_t>(result.rank()));
        if (!dims || dims->size() != static_cast<size_t>(result.rank()))
            return;
        List own = *dims;
        for (size_t i = 0; i < own.size(); ++i)
            if (own[i] == kOwn || !m_algebra.isLength(own[i]))
                own[i] = m_algebra.unknown(fmt::format("d{}:{}", node.output(k).index, i), true);
        m_dims.insert_or_assign(node.output(k).index, std::move(own));
    }
}

std::vector<Size> Sizes::unknownContents(ValueId value, int64_t count)
{
    List list;
    for (int64_t i = 0; i < count; ++i)
        list.push_back(m_algebra.unknown(fmt::format("e{}:{}", value.index, i), false));
    return list;
}

void Sizes::visitContents(const ir::Node& node)
{
    const ir::TensorType& result = type(node.output());
    const bool isNumber = ir::isInteger(result.dtype()) || ir::isFloat(result.dtype()) || result.dtype() == ir::DType::Bool;
    if (node.outputs.size() != 1 || !isNumber || !isShort(result))
        return;
    auto list = contentsOf(node);
    if (list && std::ssize(*list) == result.elementCount())
        m_contents.insert_or_assign(node.output().index, *std::move(list));
}

} // namespace bpu::importer

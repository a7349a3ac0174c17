// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/syntax/ast.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bpu::importer::torchscript {
namespace {

template <typename T>
Range append(std::vector<T>& list, std::span<const T> part)
{
    const Range range{static_cast<uint32_t>(list.size()), static_cast<uint32_t>(part.size())};
    list.insert(list.end(), part.begin(), part.end());
    return range;
}

} // namespace

std::string_view name(Op op)
{
    static constexpr std::array<std::string_view, 30> kNames{
        "", "or", "and", "not", "==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in", "|", "^", "&", "<<", ">>",
        "+", "-", "*", "/", "//", "%", "@", "**", "-", "+", "~"};
    return kNames[static_cast<size_t>(op)];
}

Tree::Tree(std::string entryName, std::string source)
    : m_entryName(std::move(entryName)), m_source(std::make_unique<const std::string>(std::move(source))),
      m_texts(std::make_unique<std::deque<std::string>>())
{
}

ExprId Tree::add(Expr expr, std::span<const ExprId> items)
{
    if (!items.empty())
        expr.items = append(m_items, items);
    for (const ExprId item : items)
        if (item.isValid())
            expr.height = std::max<uint16_t>(expr.height, static_cast<uint16_t>(m_exprs[item.index].height + 1));
    m_exprs.push_back(expr);
    return {static_cast<uint32_t>(m_exprs.size() - 1)};
}

StmtId Tree::add(Stmt stmt)
{
    m_stmts.push_back(stmt);
    return {static_cast<uint32_t>(m_stmts.size() - 1)};
}

Range Tree::addBody(std::span<const StmtId> body)
{
    return append(m_bodies, body);
}

Range Tree::addParameters(std::span<const Parameter> parameters)
{
    return append(m_parameters, parameters);
}

std::string_view Tree::keep(std::string text)
{
    return m_texts->emplace_back(std::move(text));
}

} // namespace bpu::importer::torchscript

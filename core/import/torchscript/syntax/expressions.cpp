// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/syntax/expressions.h"

#include "core/import/torchscript/syntax/parser.h"

#include <fmt/format.h>

namespace bpu::importer::torchscript {

Result<void> ExpressionParser::advance()
{
    BPU_TRY(token, m_lexer.next());
    m_token = token;
    return {};
}

Result<bool> ExpressionParser::accept(std::string_view text)
{
    if (!at(text))
        return false;
    BPU_CHECK(advance());
    return true;
}

Result<void> ExpressionParser::expect(std::string_view text)
{
    if (!at(text))
        return unexpected(fmt::format("'{}'", text));
    return advance();
}

Error ExpressionParser::unexpected(std::string_view wanted) const
{
    return m_lexer.error(m_token.line, fmt::format("{} was met where {} was expected", describe(m_token), wanted));
}

Result<std::string_view> ExpressionParser::identifier(std::string_view what)
{
    if (m_token.kind != TokenKind::Name)
        return unexpected(what);
    const std::string_view text = m_token.text;
    BPU_CHECK(advance());
    return text;
}

Result<void> ExpressionParser::checkDepth() const
{
    if (m_depth > kMaxDepth)
        return m_lexer.error(m_token.line, fmt::format("the code nests deeper than the {} levels that are read", kMaxDepth));
    return {};
}

Expr ExpressionParser::of(ExprKind kind, const Token& at)
{
    Expr expr;
    expr.kind = kind;
    expr.offset = at.offset;
    expr.line = at.line;
    return expr;
}

Result<ExprId> ExpressionParser::add(Expr expr, std::span<const ExprId> items)
{
    const ExprId id = m_tree.add(expr, items);
    if (m_tree[id].height > kMaxDepth)
        return m_lexer.error(expr.line, fmt::format("an expression has more than the {} levels that are read", kMaxDepth));
    return id;
}

Result<ExprId> ExpressionParser::expression()
{
    const Level level(m_depth);
    BPU_CHECK(checkDepth());
    const Token first = m_token;
    BPU_TRY(value, binary(kOr));
    BPU_TRY(isTernary, accept("if"));
    if (!isTernary)
        return value;
    BPU_TRY(condition, binary(kOr));
    BPU_CHECK(expect("else"));
    BPU_TRY(other, expression());
    return add(ExprKind::Ternary, first, {condition, value, other});
}

Result<ExprId> ExpressionParser::starOrExpression()
{
    const Token first = m_token;
    BPU_TRY(isStar, accept("*"));
    if (!isStar)
        return expression();
    BPU_TRY(value, binary(kAboveComparison));
    return add(ExprKind::Star, first, {value});
}

Result<ExprId> ExpressionParser::expressionList()
{
    const Token first = m_token;
    BPU_TRY(value, starOrExpression());
    return at(",") ? restOfTuple(value, first, {}) : Result<ExprId>(value);
}

/// After the first item, at a comma; up to `closing`, or without one to whatever ends a statement's list.
Result<ExprId> ExpressionParser::restOfTuple(ExprId first, const Token& place, std::string_view closing)
{
    std::vector<ExprId> items{first};
    while (true) {
        BPU_TRY(goesOn, accept(","));
        const bool ends = closing.empty() ? m_token.kind == TokenKind::NewLine || at("=") || at(":") || m_token.kind == TokenKind::End : at(closing);
        if (!goesOn || ends)
            return add(of(ExprKind::Tuple, place), items);
        BPU_TRY(item, starOrExpression());
        items.push_back(item);
    }
}

Result<ExprId> ExpressionParser::loopTarget()
{
    const Token first = m_token;
    BPU_TRY(target, binary(kAboveComparison));
    if (at(",")) {
        std::vector<ExprId> items{target};
        while (at(",")) {
            BPU_CHECK(advance());
            if (at("in"))
                break;
            BPU_TRY(item, binary(kAboveComparison));
            items.push_back(item);
        }
        BPU_TRY(tuple, add(of(ExprKind::Tuple, first), items));
        target = tuple;
    }
    BPU_CHECK(checkTarget(target));
    return target;
}

Result<void> ExpressionParser::checkTarget(ExprId id) const
{
    const Expr& target = m_tree[id];
    switch (target.kind) {
    case ExprKind::Name:
    case ExprKind::Attribute:
    case ExprKind::Subscript: return {};
    case ExprKind::Star:
    case ExprKind::Tuple:
    case ExprKind::List:
        for (const ExprId item : m_tree.items(target))
            BPU_CHECK(checkTarget(item));
        return {};
    default: return m_lexer.error(target.line, fmt::format("nothing can be assigned to '{}'", print(m_tree, id).substr(0, 40)));
    }
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What expressions are made of: numbers, strings, names, brackets.
#include "core/import/torchscript/syntax/expressions.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>

namespace bpu::importer::torchscript {
namespace {

/// Sorted. `from` is missing on purpose: it names an argument of torch.random.
constexpr std::array<std::string_view, 24> kReserved{"and", "as", "assert", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally",
                                                     "for", "if", "import", "in", "is", "lambda", "not", "or", "pass", "raise", "return", "while"};

} // namespace

Result<ExprId> ExpressionParser::primary()
{
    switch (m_token.kind) {
    case TokenKind::Name: return nameOrConstant();
    case TokenKind::String: return strings();
    case TokenKind::Integer:
    case TokenKind::Float:
    case TokenKind::Imaginary: return literal();
    default: break;
    }
    const Token first = m_token;
    if (at("("))
        return parenthesized();
    if (at("["))
        return list();
    if (at("{"))
        return dict();
    BPU_TRY(isEllipsis, accept("..."));
    return isEllipsis ? add(of(ExprKind::Ellipsis, first)) : unexpected("an expression");
}

Result<ExprId> ExpressionParser::literal()
{
    const Token number = m_token;
    BPU_CHECK(advance());
    Expr expr = of(number.kind == TokenKind::Integer ? ExprKind::Integer : number.kind == TokenKind::Float ? ExprKind::Float : ExprKind::Imaginary, number);
    if (number.kind != TokenKind::Integer)
        expr.number = number.number;
    else if (number.integer > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
        return m_lexer.error(number.line, fmt::format("{} is no number of 64 bits", number.text));
    else
        expr.integer = static_cast<int64_t>(number.integer);
    return add(expr);
}

Result<ExprId> ExpressionParser::nameOrConstant()
{
    const Token word = m_token;
    if (std::ranges::binary_search(kReserved, word.text))
        return unexpected("an expression");
    BPU_CHECK(advance());
    Expr expr = of(ExprKind::Name, word);
    expr.text = word.text;
    if (word.text == "None") {
        expr.kind = ExprKind::None;
    } else if (word.text == "True" || word.text == "False") {
        expr.kind = word.text == "True" ? ExprKind::True : ExprKind::False;
    } else if (word.text == "inf" || word.text == "nan") { // the writer never gives these names to a variable
        expr.kind = ExprKind::Float;
        expr.number = word.text == "inf" ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    } else if (word.text == "infj" || word.text == "nanj") {
        expr.kind = ExprKind::Imaginary;
        expr.number = word.text == "infj" ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    }
    return add(expr);
}

/// Strings side by side are one.
Result<ExprId> ExpressionParser::strings()
{
    Expr expr = of(ExprKind::String, m_token);
    expr.text = m_token.text;
    BPU_CHECK(advance());
    if (m_token.kind != TokenKind::String)
        return add(expr);
    std::string whole(expr.text);
    for (; m_token.kind == TokenKind::String;) {
        whole += m_token.text;
        BPU_CHECK(advance());
    }
    expr.text = m_tree.keep(std::move(whole));
    return add(expr);
}

Result<ExprId> ExpressionParser::parenthesized()
{
    const Token first = m_token;
    BPU_CHECK(advance());
    BPU_TRY(isEmpty, accept(")"));
    if (isEmpty)
        return add(of(ExprKind::Tuple, first));
    BPU_TRY(value, starOrExpression());
    if (at(",")) {
        BPU_TRY(tuple, restOfTuple(value, first, ")"));
        value = tuple;
    }
    BPU_CHECK(expect(")"));
    return value;
}

Result<ExprId> ExpressionParser::list()
{
    const Token first = m_token;
    BPU_CHECK(advance());
    std::vector<ExprId> items;
    while (!at("]")) {
        BPU_TRY(item, starOrExpression());
        items.push_back(item);
        if (items.size() == 1 && at("for"))
            return comprehension(ExprKind::ListComp, first, std::move(items), "]");
        BPU_TRY(goesOn, accept(","));
        if (!goesOn)
            break;
    }
    BPU_CHECK(expect("]"));
    return add(of(ExprKind::List, first), items);
}

Result<ExprId> ExpressionParser::dict()
{
    const Token first = m_token;
    BPU_CHECK(advance());
    std::vector<ExprId> items;
    while (!at("}")) {
        BPU_TRY(key, expression());
        BPU_CHECK(expect(":"));
        BPU_TRY(value, expression());
        items.insert(items.end(), {key, value});
        if (items.size() == 2 && at("for"))
            return comprehension(ExprKind::DictComp, first, std::move(items), "}");
        BPU_TRY(goesOn, accept(","));
        if (!goesOn)
            break;
    }
    BPU_CHECK(expect("}"));
    return add(of(ExprKind::Dict, first), items);
}

/// At `for`, after the element.
Result<ExprId> ExpressionParser::comprehension(ExprKind kind, const Token& place, std::vector<ExprId> items, std::string_view closing)
{
    BPU_CHECK(expect("for"));
    BPU_TRY(target, loopTarget());
    BPU_CHECK(expect("in"));
    BPU_TRY(iterable, binary(kOr));
    items.insert(items.end(), {target, iterable});
    while (at("if")) {
        BPU_CHECK(advance());
        BPU_TRY(condition, binary(kOr));
        items.push_back(condition);
    }
    BPU_CHECK(expect(closing));
    return add(of(kind, place), items);
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/syntax/expressions.h"

#include "core/import/torchscript/syntax/parser.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

// Python's precedences, loosest first.
constexpr int kOr = 1;
constexpr int kNot = 3;
constexpr int kComparison = 4;
constexpr int kAboveComparison = 5;
constexpr int kUnary = 11;

struct Spelling {
    std::string_view text;
    Op op;
    int precedence;
};
constexpr std::array kSpellings{
    Spelling{"or", Op::Or, kOr}, Spelling{"and", Op::And, 2}, Spelling{"==", Op::Eq, 4}, Spelling{"!=", Op::Ne, 4}, Spelling{"<", Op::Lt, 4},
    Spelling{"<=", Op::Le, 4}, Spelling{">", Op::Gt, 4}, Spelling{">=", Op::Ge, 4}, Spelling{"is", Op::Is, 4}, Spelling{"in", Op::In, 4},
    Spelling{"not", Op::NotIn, 4}, Spelling{"|", Op::BitOr, 5}, Spelling{"^", Op::BitXor, 6}, Spelling{"&", Op::BitAnd, 7},
    Spelling{"<<", Op::ShiftLeft, 8}, Spelling{">>", Op::ShiftRight, 8}, Spelling{"+", Op::Add, 9}, Spelling{"-", Op::Sub, 9},
    Spelling{"*", Op::Mul, 10}, Spelling{"/", Op::Div, 10}, Spelling{"//", Op::FloorDiv, 10}, Spelling{"%", Op::Mod, 10}, Spelling{"@", Op::MatMul, 10}};

} // namespace

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

/// The binary operator that comes next, if any. `not in` and `is not` take a second token, which is read by the caller.
Result<ExpressionParser::Operator> ExpressionParser::peekOperator()
{
    if (m_token.kind != TokenKind::Mark && m_token.kind != TokenKind::Name)
        return Operator{};
    const auto* const found = std::ranges::find(kSpellings, m_token.text, &Spelling::text);
    if (found == kSpellings.end())
        return Operator{};
    return Operator{found->op, found->precedence, found->op == Op::NotIn};
}

Result<ExprId> ExpressionParser::binary(int tightest)
{
    const Token first = m_token;
    ExprId left;
    if (tightest <= kNot && at("not")) {
        const Level level(m_depth);
        BPU_CHECK(checkDepth());
        BPU_CHECK(advance());
        BPU_TRY(operand, binary(kNot));
        Expr expr = of(ExprKind::Unary, first);
        expr.op = Op::Not;
        BPU_TRY(negation, add(expr, std::span(&operand, 1)));
        left = negation;
    } else {
        BPU_TRY(operand, unary());
        left = operand;
    }
    while (true) {
        BPU_TRY(next, peekOperator());
        if (next.op == Op::None || next.precedence < tightest)
            return left;
        if (next.precedence == kComparison) {
            BPU_TRY(comparison, comparisonChain(left, first));
            left = comparison;
            continue;
        }
        BPU_CHECK(advance());
        BPU_TRY(right, binary(next.precedence + 1));
        Expr expr = of(ExprKind::Binary, first);
        expr.op = next.op;
        BPU_TRY(joined, add(expr, std::array{left, right}));
        left = joined;
    }
}

/// `a < b < c` means `a < b and b < c`.
Result<ExprId> ExpressionParser::comparisonChain(ExprId left, const Token& place)
{
    ExprId chain;
    while (true) {
        BPU_TRY(next, peekOperator());
        if (next.precedence != kComparison)
            return chain;
        BPU_CHECK(advance());
        if (next.op == Op::NotIn) {
            BPU_CHECK(expect("in"));
        } else if (next.op == Op::Is) {
            BPU_TRY(isNot, accept("not"));
            next.op = isNot ? Op::IsNot : Op::Is;
        }
        BPU_TRY(right, binary(kAboveComparison));
        Expr expr = of(ExprKind::Binary, place);
        expr.op = next.op;
        BPU_TRY(comparison, add(expr, std::array{left, right}));
        left = right;
        if (!chain.isValid()) {
            chain = comparison;
            continue;
        }
        expr.op = Op::And;
        BPU_TRY(both, add(expr, std::array{chain, comparison}));
        chain = both;
    }
}

Result<ExprId> ExpressionParser::unary()
{
    const Token first = m_token;
    const Op op = at("-") ? Op::Neg : at("+") ? Op::Pos : at("~") ? Op::Invert : Op::None;
    if (op == Op::None) {
        BPU_TRY(base, postfix());
        return power(base, first);
    }
    const Level level(m_depth);
    BPU_CHECK(checkDepth());
    BPU_CHECK(advance());
    if (op == Op::Neg && (m_token.kind == TokenKind::Integer || m_token.kind == TokenKind::Float))
        return negative(first);
    BPU_TRY(operand, unary());
    Expr expr = of(ExprKind::Unary, first);
    expr.op = op;
    return add(expr, std::span(&operand, 1));
}

/// A minus and a number are one number (the smallest integer has no positive twin), but `-2 ** 2` is `-(2 ** 2)`.
Result<ExprId> ExpressionParser::negative(const Token& minus)
{
    const Token number = m_token;
    BPU_CHECK(advance());
    const bool isInteger = number.kind == TokenKind::Integer;
    if (isInteger && number.integer > uint64_t{1} << 63U)
        return m_lexer.error(number.line, fmt::format("-{} is no number of 64 bits", number.integer));
    Expr expr = of(isInteger ? ExprKind::Integer : ExprKind::Float, at("**") ? number : minus);
    const bool isPower = at("**");
    if (isInteger)
        expr.integer = static_cast<int64_t>(isPower ? number.integer : 0 - number.integer);
    else
        expr.number = isPower ? number.number : -number.number;
    BPU_TRY(literal, add(expr));
    if (!isPower)
        return literal;
    BPU_TRY(operand, power(literal, number));
    Expr negation = of(ExprKind::Unary, minus);
    negation.op = Op::Neg;
    return add(negation, std::span(&operand, 1));
}

/// Right to left: the exponent may have a sign and be a power itself.
Result<ExprId> ExpressionParser::power(ExprId base, const Token& place)
{
    BPU_TRY(isPower, accept("**"));
    if (!isPower)
        return base;
    const Level level(m_depth);
    BPU_CHECK(checkDepth());
    BPU_TRY(exponent, unary());
    Expr expr = of(ExprKind::Binary, place);
    expr.op = Op::Pow;
    return add(expr, std::array{base, exponent});
}

Result<ExprId> ExpressionParser::postfix()
{
    const Token first = m_token;
    BPU_TRY(value, primary());
    while (true) {
        if (at(".")) {
            BPU_CHECK(advance());
            Expr expr = of(ExprKind::Attribute, first);
            BPU_TRY(attribute, identifier("the name of an attribute"));
            expr.text = attribute;
            BPU_TRY(next, add(expr, std::span(&value, 1)));
            value = next;
        } else if (at("[")) {
            BPU_TRY(next, subscript(value, first));
            value = next;
        } else if (at("(")) {
            BPU_TRY(next, call(value, first));
            value = next;
        } else {
            return value;
        }
    }
}

Result<ExprId> ExpressionParser::index()
{
    const Token first = m_token;
    ExprId parts[3];
    bool isSlice = false;
    for (size_t i = 0; i < 3; ++i) {
        if (!at(":") && !at(",") && !at("]")) {
            BPU_TRY(part, expression());
            parts[i] = part;
        }
        BPU_TRY(goesOn, i < 2 ? accept(":") : Result<bool>(false));
        isSlice = isSlice || goesOn;
        if (!goesOn)
            break;
    }
    if (isSlice)
        return add(of(ExprKind::Slice, first), parts);
    return parts[0].isValid() ? Result<ExprId>(parts[0]) : unexpected("an index");
}

Result<ExprId> ExpressionParser::subscript(ExprId object, const Token& place)
{
    const Level level(m_depth);
    BPU_CHECK(checkDepth());
    BPU_CHECK(advance());
    std::vector<ExprId> items{object};
    do {
        BPU_TRY(item, index());
        items.push_back(item);
        BPU_TRY(goesOn, accept(","));
        if (!goesOn)
            break;
    } while (!at("]"));
    BPU_CHECK(expect("]"));
    return add(of(ExprKind::Subscript, place), items);
}

Result<ExprId> ExpressionParser::argument()
{
    const Token first = m_token;
    BPU_TRY(isDouble, accept("**"));
    if (isDouble) {
        BPU_TRY(value, expression());
        return add(ExprKind::Keyword, first, {value});
    }
    BPU_TRY(value, starOrExpression());
    if (!at("=") || m_tree[value].kind != ExprKind::Name)
        return value;
    Expr expr = of(ExprKind::Keyword, first);
    expr.text = m_tree[value].text;
    BPU_CHECK(advance());
    BPU_TRY(given, expression());
    return add(expr, std::span(&given, 1));
}

Result<ExprId> ExpressionParser::call(ExprId callee, const Token& place)
{
    const Level level(m_depth);
    BPU_CHECK(checkDepth());
    Expr expr = of(ExprKind::Call, place);
    expr.offset = m_token.offset; // of "(": a function's name is printed without its place in the source
    BPU_CHECK(advance());
    std::vector<ExprId> items{callee};
    while (!at(")")) {
        BPU_TRY(item, argument());
        items.push_back(item);
        BPU_TRY(goesOn, accept(","));
        if (!goesOn)
            break;
    }
    BPU_CHECK(expect(")"));
    return add(expr, items);
}

} // namespace bpu::importer::torchscript

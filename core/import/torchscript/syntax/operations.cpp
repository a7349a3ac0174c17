// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators in expressions, by precedence climbing.
#include "core/import/torchscript/syntax/expressions.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

struct Spelling {
    std::string_view text;
    Op op;
    int precedence;
};
constexpr std::array kSpellings{
    Spelling{"or", Op::Or, 1}, Spelling{"and", Op::And, 2}, Spelling{"==", Op::Eq, 4}, Spelling{"!=", Op::Ne, 4}, Spelling{"<", Op::Lt, 4},
    Spelling{"<=", Op::Le, 4}, Spelling{">", Op::Gt, 4}, Spelling{">=", Op::Ge, 4}, Spelling{"is", Op::Is, 4}, Spelling{"in", Op::In, 4},
    Spelling{"not", Op::NotIn, 4}, Spelling{"|", Op::BitOr, 5}, Spelling{"^", Op::BitXor, 6}, Spelling{"&", Op::BitAnd, 7},
    Spelling{"<<", Op::ShiftLeft, 8}, Spelling{">>", Op::ShiftRight, 8}, Spelling{"+", Op::Add, 9}, Spelling{"-", Op::Sub, 9},
    Spelling{"*", Op::Mul, 10}, Spelling{"/", Op::Div, 10}, Spelling{"//", Op::FloorDiv, 10}, Spelling{"%", Op::Mod, 10}, Spelling{"@", Op::MatMul, 10}};

} // namespace

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

} // namespace bpu::importer::torchscript

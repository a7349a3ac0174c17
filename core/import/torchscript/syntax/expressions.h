// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The half of the parser that reads expressions: recursive descent, precedence climbing for operators.
#pragma once

#include "core/import/torchscript/syntax/lexer.h"

namespace bpu::importer::torchscript {

class ExpressionParser {
public:
    explicit ExpressionParser(Tree& tree) : m_tree(tree), m_lexer(tree) {}

    /// Reads the first token; call once.
    Result<void> start() { return advance(); }
    /// A ternary or anything that binds tighter.
    Result<ExprId> expression();
    /// One expression, or a tuple without its parentheses; stars allowed.
    Result<ExprId> expressionList();
    /// What a `for` assigns to; ends before `in`.
    Result<ExprId> loopTarget();
    /// Refuses what nothing can be assigned to.
    Result<void> checkTarget(ExprId id) const;

protected:
    /// Counts one level of recursion for as long as it lives.
    class Level {
    public:
        explicit Level(int& depth) : m_depth(++depth) {}
        ~Level() { --m_depth; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        int& m_depth;
    };
    Result<void> checkDepth() const;

    Result<void> advance();
    bool at(std::string_view text) const { return m_token.is(text); }
    /// Consumes the token if it comes next.
    Result<bool> accept(std::string_view text);
    Result<void> expect(std::string_view text);
    Result<std::string_view> identifier(std::string_view what);
    Error unexpected(std::string_view wanted) const;
    Result<ExprId> add(Expr expr, std::span<const ExprId> items = {});
    Result<ExprId> add(ExprKind kind, const Token& at, std::initializer_list<ExprId> items) { return add(of(kind, at), {items.begin(), items.size()}); }
    static Expr of(ExprKind kind, const Token& at);

    Tree& m_tree;
    Lexer m_lexer;
    Token m_token;
    int m_depth = 0;

private:
    // Python's precedences, loosest first.
    static constexpr int kOr = 1;
    static constexpr int kNot = 3;
    static constexpr int kComparison = 4;
    static constexpr int kAboveComparison = 5;

    Result<ExprId> binary(int tightest);
    Result<ExprId> comparisonChain(ExprId left, const Token& at);
    Result<ExprId> unary();
    Result<ExprId> negative(const Token& minus);
    Result<ExprId> power(ExprId base, const Token& at);
    Result<ExprId> postfix();
    Result<ExprId> subscript(ExprId object, const Token& at);
    Result<ExprId> index();
    Result<ExprId> call(ExprId callee, const Token& at);
    Result<ExprId> argument();
    Result<ExprId> primary();
    Result<ExprId> literal();
    Result<ExprId> nameOrConstant();
    Result<ExprId> strings();
    Result<ExprId> parenthesized();
    Result<ExprId> list();
    Result<ExprId> dict();
    Result<ExprId> comprehension(ExprKind kind, const Token& at, std::vector<ExprId> items, std::string_view closing);
    Result<ExprId> restOfTuple(ExprId first, const Token& at, std::string_view closing);
    Result<ExprId> starOrExpression();
    struct Operator {
        Op op = Op::None;
        int precedence = 0;
        bool hasTwoWords = false;
    };
    Result<Operator> peekOperator();
};

} // namespace bpu::importer::torchscript

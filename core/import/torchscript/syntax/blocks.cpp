// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Statements with a block: classes, functions, conditions, loops.
#include "core/import/torchscript/syntax/statements.h"

#include <array>

namespace bpu::importer::torchscript {

/// `:` and an indented block, or a statement on the same line.
Result<Range> StatementParser::body()
{
    BPU_CHECK(expect(":"));
    std::vector<StmtId> statements;
    if (m_token.kind != TokenKind::NewLine) {
        BPU_TRY(id, statement());
        statements.push_back(id);
        return m_tree.addBody(statements);
    }
    BPU_CHECK(advance());
    if (m_token.kind != TokenKind::Indent)
        return unexpected("an indented line");
    BPU_CHECK(advance());
    while (m_token.kind != TokenKind::Dedent && m_token.kind != TokenKind::End)
        BPU_CHECK(line(statements));
    if (m_token.kind == TokenKind::Dedent)
        BPU_CHECK(advance());
    return m_tree.addBody(statements);
}

Result<Stmt> StatementParser::classDef(Stmt s)
{
    BPU_TRY(className, identifier("the name of a class"));
    s.text = className;
    if (at("(")) {
        BPU_TRY(bases, expression());
        const Expr& base = m_tree[bases];
        if (base.kind == ExprKind::Tuple) {
            s.a = bases;
        } else {
            BPU_TRY(tuple, add([&] { Expr e = base; e.kind = ExprKind::Tuple; e.text = {}; e.items = {}; return e; }(), std::span(&bases, 1)));
            s.a = tuple;
        }
    }
    BPU_TRY(block, body());
    s.body = block;
    return s;
}

Result<Parameter> StatementParser::parameter()
{
    Parameter p;
    for (const std::string_view star : {"**", "*"}) {
        BPU_TRY(isStarred, accept(star));
        if (isStarred)
            p.stars = static_cast<uint8_t>(star.size());
    }
    if (p.stars == 1 && at(",")) // what follows is given by name only
        return p;
    BPU_TRY(parameterName, identifier("the name of a parameter"));
    p.name = parameterName;
    BPU_TRY(isTyped, accept(":"));
    if (isTyped) {
        BPU_TRY(type, expression());
        p.type = type;
    }
    BPU_TRY(hasFallback, accept("="));
    if (hasFallback) {
        BPU_TRY(fallback, expression());
        p.fallback = fallback;
    }
    return p;
}

Result<Range> StatementParser::parameters()
{
    BPU_CHECK(expect("("));
    std::vector<Parameter> list;
    while (!at(")")) {
        BPU_TRY(p, parameter());
        list.push_back(p);
        BPU_TRY(goesOn, accept(","));
        if (!goesOn)
            break;
    }
    BPU_CHECK(expect(")"));
    return m_tree.addParameters(list);
}

Result<Stmt> StatementParser::def(Stmt s)
{
    BPU_TRY(functionName, identifier("the name of a function"));
    s.text = functionName;
    BPU_TRY(list, parameters());
    s.parameters = list;
    BPU_TRY(hasResult, accept("->"));
    if (hasResult) {
        BPU_TRY(type, expression());
        s.a = type;
    }
    BPU_TRY(block, body());
    s.body = block;
    return s;
}

/// `while` too, whose `else` nobody writes.
Result<Stmt> StatementParser::ifElse(Stmt s)
{
    BPU_TRY(condition, expression());
    s.a = condition;
    BPU_TRY(block, body());
    s.body = block;
    if (s.kind == StmtKind::If && at("elif")) {
        const Level level(m_depth);
        BPU_CHECK(checkDepth());
        Stmt inner;
        inner.kind = StmtKind::If;
        inner.offset = m_token.offset;
        inner.line = m_token.line;
        BPU_CHECK(advance());
        BPU_TRY(whole, ifElse(inner));
        s.orElse = m_tree.addBody(std::array{m_tree.add(whole)});
    } else if (s.kind == StmtKind::If && at("else")) {
        BPU_CHECK(advance());
        BPU_TRY(other, body());
        s.orElse = other;
    }
    return s;
}

Result<Stmt> StatementParser::forLoop(Stmt s)
{
    BPU_TRY(target, loopTarget());
    s.a = target;
    BPU_CHECK(expect("in"));
    BPU_TRY(iterable, expressionList());
    s.b = iterable;
    BPU_TRY(block, body());
    s.body = block;
    return s;
}

Result<Stmt> StatementParser::withBlock(Stmt s)
{
    BPU_TRY(context, expression());
    s.a = context;
    BPU_TRY(hasTarget, accept("as"));
    if (hasTarget) {
        BPU_TRY(target, expression());
        BPU_CHECK(checkTarget(target));
        s.b = target;
    }
    if (at(",")) {
        BPU_CHECK(advance());
        Stmt inner = s;
        inner.b = {};
        BPU_TRY(whole, withBlock(inner));
        s.body = m_tree.addBody(std::array{m_tree.add(whole)});
        return s;
    }
    BPU_TRY(block, body());
    s.body = block;
    return s;
}

} // namespace bpu::importer::torchscript

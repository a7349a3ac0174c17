// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/syntax/parser.h"

#include "core/import/torchscript/syntax/expressions.h"

#include <array>
#include <utility>

namespace bpu::importer::torchscript {
namespace {

class Parser : public ExpressionParser {
public:
    using ExpressionParser::ExpressionParser;

    Result<void> file()
    {
        BPU_CHECK(start());
        std::vector<StmtId> statements;
        while (m_token.kind != TokenKind::End)
            BPU_CHECK(line(statements));
        m_tree.setTopLevel(m_tree.addBody(statements));
        return {};
    }

private:
    /// One compound statement, an empty line, or one simple statement.
    Result<void> line(std::vector<StmtId>& into)
    {
        if (m_token.kind == TokenKind::NewLine)
            return advance();
        BPU_TRY(id, statement());
        into.push_back(id);
        return {};
    }

    Result<StmtId> statement();
    Result<StmtId> simple(Stmt s);
    Result<StmtId> assignment(Stmt s);
    Result<Range> body();
    Result<Stmt> importLine(Stmt s);
    Result<Stmt> classDef(Stmt s);
    Result<Stmt> def(Stmt s);
    Result<Range> parameters();
    Result<Parameter> parameter();
    Result<Stmt> ifElse(Stmt s);
    Result<Stmt> forLoop(Stmt s);
    Result<Stmt> withBlock(Stmt s);
    Result<std::string_view> dottedName();
    Result<void> endOfLine();
};

struct Keyword {
    std::string_view text;
    StmtKind kind;
};
constexpr std::array kKeywords{Keyword{"if", StmtKind::If}, Keyword{"return", StmtKind::Return}, Keyword{"pass", StmtKind::Pass},
                               Keyword{"def", StmtKind::Def}, Keyword{"class", StmtKind::Class}, Keyword{"for", StmtKind::For},
                               Keyword{"while", StmtKind::While}, Keyword{"with", StmtKind::With}, Keyword{"import", StmtKind::Import},
                               Keyword{"raise", StmtKind::Raise}, Keyword{"assert", StmtKind::Assert}, Keyword{"break", StmtKind::Break},
                               Keyword{"continue", StmtKind::Continue}, Keyword{"del", StmtKind::Delete}};

/// Expr for a line that starts with no keyword.
StmtKind kindOf(const Token& token)
{
    if (token.kind == TokenKind::Name)
        for (const Keyword& keyword : kKeywords)
            if (keyword.text == token.text)
                return keyword.kind;
    return StmtKind::Expr;
}

Op augmentation(const Token& token)
{
    static constexpr std::array<std::pair<std::string_view, Op>, 12> kMarks{{
        {"+=", Op::Add}, {"-=", Op::Sub}, {"*=", Op::Mul}, {"/=", Op::Div}, {"//=", Op::FloorDiv}, {"%=", Op::Mod}, {"**=", Op::Pow},
        {"@=", Op::MatMul}, {"&=", Op::BitAnd}, {"|=", Op::BitOr}, {"^=", Op::BitXor}, {"<<=", Op::ShiftLeft}}};
    for (const auto& [text, op] : kMarks)
        if (token.is(text))
            return op;
    return token.is(">>=") ? Op::ShiftRight : Op::None;
}

Result<void> Parser::endOfLine()
{
    if (m_token.kind == TokenKind::End)
        return {};
    return m_token.kind == TokenKind::NewLine ? advance() : unexpected("the end of the line");
}

Result<StmtId> Parser::statement()
{
    const Level level(m_depth);
    BPU_CHECK(checkDepth());
    Stmt s;
    s.kind = kindOf(m_token);
    s.offset = m_token.offset;
    s.line = m_token.line;
    if (s.kind == StmtKind::Expr)
        return assignment(s);
    BPU_CHECK(advance());
    using Compound = Result<Stmt> (Parser::*)(Stmt);
    const Compound compound = s.kind == StmtKind::If      ? &Parser::ifElse
                              : s.kind == StmtKind::While ? &Parser::ifElse
                              : s.kind == StmtKind::For   ? &Parser::forLoop
                              : s.kind == StmtKind::With  ? &Parser::withBlock
                              : s.kind == StmtKind::Def   ? &Parser::def
                              : s.kind == StmtKind::Class ? &Parser::classDef
                                                          : nullptr;
    if (!compound)
        return simple(s);
    BPU_TRY(whole, (this->*compound)(s));
    return m_tree.add(whole);
}

Result<StmtId> Parser::simple(Stmt s)
{
    const bool mayBeBare = s.kind == StmtKind::Return || s.kind == StmtKind::Raise;
    const bool takesNothing = s.kind == StmtKind::Pass || s.kind == StmtKind::Break || s.kind == StmtKind::Continue;
    if (s.kind == StmtKind::Import) {
        BPU_TRY(import, importLine(s));
        s = import;
    } else if (s.kind == StmtKind::Assert) {
        BPU_TRY(condition, expression());
        s.a = condition;
        BPU_TRY(hasMessage, accept(","));
        if (hasMessage) {
            BPU_TRY(message, expression());
            s.b = message;
        }
    } else if (!takesNothing && !(mayBeBare && m_token.kind == TokenKind::NewLine)) {
        BPU_TRY(value, expressionList());
        s.a = value;
    }
    BPU_CHECK(endOfLine());
    return m_tree.add(s);
}

Result<StmtId> Parser::assignment(Stmt s)
{
    BPU_TRY(target, expressionList());
    s.a = target;
    s.op = augmentation(m_token);
    if (at(":")) {
        s.kind = StmtKind::Annotated;
        BPU_CHECK(advance());
        BPU_TRY(type, expression());
        s.c = type;
    } else if (at("=")) {
        s.kind = StmtKind::Assign;
    } else if (s.op != Op::None) {
        s.kind = StmtKind::Augmented;
    }
    if (s.kind != StmtKind::Expr)
        BPU_CHECK(checkTarget(target));
    if (at("=") || s.kind == StmtKind::Augmented) {
        BPU_CHECK(advance());
        BPU_TRY(value, expressionList());
        s.b = value;
    }
    BPU_CHECK(endOfLine());
    return m_tree.add(s);
}

Result<std::string_view> Parser::dottedName()
{
    const size_t start = m_token.offset;
    size_t end = start;
    do {
        BPU_TRY(part, identifier("a module's name"));
        end = static_cast<size_t>(part.data() - m_tree.source().data()) + part.size();
        BPU_TRY(goesOn, accept("."));
        if (!goesOn)
            break;
    } while (true);
    return m_tree.source().substr(start, end - start);
}

Result<Stmt> Parser::importLine(Stmt s)
{
    BPU_TRY(module, dottedName());
    s.text = module;
    return s;
}

/// `:` and an indented block, or a statement on the same line.
Result<Range> Parser::body()
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

Result<Stmt> Parser::classDef(Stmt s)
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

Result<Parameter> Parser::parameter()
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

Result<Range> Parser::parameters()
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

Result<Stmt> Parser::def(Stmt s)
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
Result<Stmt> Parser::ifElse(Stmt s)
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

Result<Stmt> Parser::forLoop(Stmt s)
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

Result<Stmt> Parser::withBlock(Stmt s)
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

} // namespace

Result<Tree> parseSource(std::string entryName, std::string source)
{
    Tree tree(std::move(entryName), std::move(source));
    BPU_CHECK(Parser(tree).file());
    return tree;
}

} // namespace bpu::importer::torchscript

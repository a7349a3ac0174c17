// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/syntax/parser.h"

#include "core/import/torchscript/syntax/statements.h"

#include <array>
#include <utility>

namespace bpu::importer::torchscript {
namespace {

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

} // namespace

Result<void> StatementParser::file()
{
    BPU_CHECK(start());
    std::vector<StmtId> statements;
    while (m_token.kind != TokenKind::End)
        BPU_CHECK(line(statements));
    m_tree.setTopLevel(m_tree.addBody(statements));
    return {};
}

Result<void> StatementParser::line(std::vector<StmtId>& into)
{
    if (m_token.kind == TokenKind::NewLine)
        return advance();
    BPU_TRY(id, statement());
    into.push_back(id);
    return {};
}

Result<void> StatementParser::endOfLine()
{
    if (m_token.kind == TokenKind::End)
        return {};
    return m_token.kind == TokenKind::NewLine ? advance() : unexpected("the end of the line");
}

Result<StmtId> StatementParser::statement()
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
    using Compound = Result<Stmt> (StatementParser::*)(Stmt);
    const Compound compound = s.kind == StmtKind::If      ? &StatementParser::ifElse
                              : s.kind == StmtKind::While ? &StatementParser::ifElse
                              : s.kind == StmtKind::For   ? &StatementParser::forLoop
                              : s.kind == StmtKind::With  ? &StatementParser::withBlock
                              : s.kind == StmtKind::Def   ? &StatementParser::def
                              : s.kind == StmtKind::Class ? &StatementParser::classDef
                                                          : nullptr;
    if (!compound)
        return simple(s);
    BPU_TRY(whole, (this->*compound)(s));
    return m_tree.add(whole);
}

Result<StmtId> StatementParser::simple(Stmt s)
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

Result<StmtId> StatementParser::assignment(Stmt s)
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

Result<std::string_view> StatementParser::dottedName()
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

Result<Stmt> StatementParser::importLine(Stmt s)
{
    BPU_TRY(module, dottedName());
    s.text = module;
    return s;
}

Result<Tree> parseSource(std::string entryName, std::string source)
{
    Tree tree(std::move(entryName), std::move(source));
    BPU_CHECK(StatementParser(tree).file());
    return tree;
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The tree as text with nothing left to precedence, so that a test sees how it was grouped.
#include "core/import/torchscript/syntax/ast.h"

#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += '\\';
        out += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
    }
    return out + '"';
}

std::string joined(const Tree& tree, std::span<const ExprId> items)
{
    std::string out;
    for (const ExprId item : items)
        out += (out.empty() ? "" : ", ") + print(tree, item);
    return out;
}

std::string printDict(const Tree& tree, std::span<const ExprId> items)
{
    std::string out = "{";
    for (size_t i = 0; i + 1 < items.size(); i += 2)
        out += fmt::format("{}{}: {}", i ? ", " : "", print(tree, items[i]), print(tree, items[i + 1]));
    return out + "}";
}

/// The part after the element: " for target in iterable if condition".
std::string printLoop(const Tree& tree, std::span<const ExprId> items)
{
    std::string out = fmt::format(" for {} in {}", print(tree, items[0]), print(tree, items[1]));
    for (const ExprId condition : items.subspan(2))
        out += " if " + print(tree, condition);
    return out;
}

std::string printPlain(const Expr& expr)
{
    switch (expr.kind) {
    case ExprKind::None: return "None";
    case ExprKind::True: return "True";
    case ExprKind::False: return "False";
    case ExprKind::Ellipsis: return "...";
    case ExprKind::Integer: return fmt::to_string(expr.integer);
    case ExprKind::Float: return fmt::format("float({})", expr.number);
    case ExprKind::Imaginary: return fmt::format("imag({})", expr.number);
    case ExprKind::String: return quoted(expr.text);
    default: return std::string(expr.text);
    }
}

/// Blocks of two blanks per level; statements carry their expressions in print's form.
class Printer {
public:
    explicit Printer(const Tree& tree) : m_tree(tree) {}

    void body(std::span<const StmtId> statements, size_t level)
    {
        for (const StmtId id : statements)
            statement(m_tree[id], level);
    }
    std::string take() { return std::move(m_out); }

private:
    std::string text(ExprId id) const { return id.isValid() ? print(m_tree, id) : std::string(); }
    std::string after(std::string_view word, ExprId id) const { return id.isValid() ? fmt::format("{}{}", word, print(m_tree, id)) : std::string(); }

    std::string head(const Stmt& s) const;
    std::string signature(const Stmt& s) const;

    void statement(const Stmt& s, size_t level)
    {
        m_out += std::string(2 * level, ' ') + head(s) + '\n';
        body(m_tree.statements(s.body), level + 1);
        if (s.orElse.count) {
            m_out += std::string(2 * level, ' ') + "else:\n";
            body(m_tree.statements(s.orElse), level + 1);
        }
    }

    const Tree& m_tree;
    std::string m_out;
};

std::string Printer::signature(const Stmt& s) const
{
    std::string out;
    for (const Parameter& p : m_tree.parameters(s))
        out += fmt::format("{}{}{}{}{}", out.empty() ? "" : ", ", std::string(p.stars, '*'), p.name, after(": ", p.type), after(" = ", p.fallback));
    return fmt::format("def {}({}){}:", s.text, out, after(" -> ", s.a));
}

std::string Printer::head(const Stmt& s) const
{
    switch (s.kind) {
    case StmtKind::Import: return fmt::format("import {}", s.text);
    case StmtKind::Class: return fmt::format("class {}{}:", s.text, text(s.a));
    case StmtKind::Def: return signature(s);
    case StmtKind::Assign: return fmt::format("{} = {}", text(s.a), text(s.b));
    case StmtKind::Annotated: return fmt::format("{}: {}{}", text(s.a), text(s.c), after(" = ", s.b));
    case StmtKind::Augmented: return fmt::format("{} {}= {}", text(s.a), name(s.op), text(s.b));
    case StmtKind::Expr: return text(s.a);
    case StmtKind::Return: return "return" + after(" ", s.a);
    case StmtKind::Pass: return "pass";
    case StmtKind::Break: return "break";
    case StmtKind::Continue: return "continue";
    case StmtKind::Raise: return "raise" + after(" ", s.a);
    case StmtKind::Assert: return fmt::format("assert {}{}", text(s.a), after(", ", s.b));
    case StmtKind::Delete: return "del " + text(s.a);
    case StmtKind::If: return fmt::format("if {}:", text(s.a));
    case StmtKind::While: return fmt::format("while {}:", text(s.a));
    case StmtKind::For: return fmt::format("for {} in {}:", text(s.a), text(s.b));
    case StmtKind::With: return fmt::format("with {}{}:", text(s.a), after(" as ", s.b));
    }
    return {};
}

} // namespace

std::string print(const Tree& tree, ExprId id)
{
    if (!id.isValid())
        return {};
    const Expr& e = tree[id];
    const auto items = tree.items(e);
    switch (e.kind) {
    case ExprKind::Tuple: return fmt::format("({}{})", joined(tree, items), items.size() == 1 ? "," : "");
    case ExprKind::List: return fmt::format("[{}]", joined(tree, items));
    case ExprKind::Dict: return printDict(tree, items);
    case ExprKind::ListComp: return fmt::format("[{}{}]", print(tree, items[0]), printLoop(tree, items.subspan(1)));
    case ExprKind::DictComp: return fmt::format("{{{}: {}{}}}", print(tree, items[0]), print(tree, items[1]), printLoop(tree, items.subspan(2)));
    case ExprKind::Attribute: return fmt::format("{}.{}", print(tree, items[0]), e.text);
    case ExprKind::Subscript: return fmt::format("{}[{}]", print(tree, items[0]), joined(tree, items.subspan(1)));
    case ExprKind::Slice: return fmt::format("{}:{}:{}", print(tree, items[0]), print(tree, items[1]), print(tree, items[2]));
    case ExprKind::Call: return fmt::format("{}({})", print(tree, items[0]), joined(tree, items.subspan(1)));
    case ExprKind::Keyword: return fmt::format("{}{}", e.text.empty() ? std::string("**") : fmt::format("{}=", e.text), print(tree, items[0]));
    case ExprKind::Star: return "*" + print(tree, items[0]);
    case ExprKind::Unary: return fmt::format("({}{}{})", name(e.op), e.op == Op::Not ? " " : "", print(tree, items[0]));
    case ExprKind::Binary: return fmt::format("({} {} {})", print(tree, items[0]), name(e.op), print(tree, items[1]));
    case ExprKind::Ternary: return fmt::format("({} if {} else {})", print(tree, items[1]), print(tree, items[0]), print(tree, items[2]));
    default: return printPlain(e);
    }
}

std::string print(const Tree& tree)
{
    Printer printer(tree);
    printer.body(tree.topLevel(), 0);
    return printer.take();
}

} // namespace bpu::importer::torchscript

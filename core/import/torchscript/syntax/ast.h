// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The syntax tree of one code/*.py entry of a TorchScript archive. Expressions and statements lie in two
// vectors and name each other by index: a million of them are freed as fast as one, however deep they nest.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::importer::torchscript {

enum class Op : uint8_t {
    None,
    Or, And, Not,
    Eq, Ne, Lt, Le, Gt, Ge, Is, IsNot, In, NotIn,
    BitOr, BitXor, BitAnd, ShiftLeft, ShiftRight,
    Add, Sub, Mul, Div, FloorDiv, Mod, MatMul, Pow,
    Neg, Pos, Invert,
};
/// As it is written: "+", "is not".
std::string_view name(Op op);

struct ExprId {
    uint32_t index = 0xffffffffU;
    bool isValid() const { return index != 0xffffffffU; }
};
struct StmtId {
    uint32_t index = 0;
};
/// `count` entries from `first` on, of the list that the field names.
struct Range {
    uint32_t first = 0;
    uint32_t count = 0;
};

enum class ExprKind : uint8_t {
    None, True, False,
    Ellipsis,
    Name,      ///< text
    Integer,   ///< integer
    Float,     ///< number; `inf` and `nan` too
    Imaginary, ///< number
    String,    ///< text, without quotes and escapes
    Tuple,     ///< items
    List,      ///< items
    Dict,      ///< items: key, value, key, value, ...
    ListComp,  ///< items: element, target, iterable, conditions...
    DictComp,  ///< items: key, value, target, iterable, conditions...
    Attribute, ///< items: object; text is the attribute
    Subscript, ///< items: object, indices...; a Slice among them
    Slice,     ///< items: lower, upper, step; an absent one is an invalid id
    Call,      ///< items: callee, arguments...
    Keyword,   ///< an argument `text = items[0]`; `**items[0]` has an empty text
    Star,      ///< `*items[0]` of an argument or a target
    Unary,     ///< op, items: operand
    Binary,    ///< op, items: left, right; And, Or and comparisons included
    Ternary,   ///< items: condition, then, else
};

/// offset  byte of the first character, what the debug table counts
/// line    1-based
/// height  1 for a leaf: what a recursive walk costs
struct Expr {
    ExprKind kind = ExprKind::None;
    Op op = Op::None;
    uint16_t height = 1;
    uint32_t offset = 0;
    uint32_t line = 0;
    Range items;
    union {
        int64_t integer = 0;
        double number;
    };
    std::string_view text;
};

enum class StmtKind : uint8_t {
    Import,    ///< text: the module's dotted name
    Class,     ///< text: name; a: tuple of bases or invalid; body
    Def,       ///< text: name; parameters; a: result type or invalid; body
    Assign,    ///< a: target, b: value
    Annotated, ///< a: target, c: type, b: value or invalid
    Augmented, ///< op; a: target, b: value
    Expr,      ///< a
    Return,    ///< a or invalid
    Pass, Break, Continue,
    Raise,     ///< a or invalid
    Assert,    ///< a: condition, b: message or invalid
    Delete,    ///< a
    If,        ///< a: condition; body, orElse
    While,     ///< a: condition; body
    For,       ///< a: target, b: iterable; body
    With,      ///< a: context, b: `as` target or invalid; body
};

struct Stmt {
    StmtKind kind = StmtKind::Pass;
    Op op = Op::None;
    uint32_t offset = 0;
    uint32_t line = 0;
    std::string_view text;
    ExprId a, b, c;
    Range body;
    Range orElse;
    Range parameters;
};

struct Parameter {
    std::string_view name;
    ExprId type;
    ExprId fallback;
    uint8_t stars = 0;   ///< 1 for *args, 2 for **kwargs
};

/// One parsed entry. Movable; the text views in it point into storage that moves along.
class Tree {
public:
    Tree(std::string entryName, std::string source);

    const std::string& entryName() const { return m_entryName; }
    std::string_view source() const { return *m_source; }

    const Expr& operator[](ExprId id) const { return m_exprs[id.index]; }
    const Stmt& operator[](StmtId id) const { return m_stmts[id.index]; }
    std::span<const ExprId> items(const Expr& expr) const { return part(m_items, expr.items); }
    ExprId item(const Expr& expr, size_t i) const { return m_items[expr.items.first + i]; }
    std::span<const StmtId> statements(Range range) const { return part(m_bodies, range); }
    std::span<const StmtId> topLevel() const { return statements(m_topLevel); }
    std::span<const Parameter> parameters(const Stmt& def) const { return part(m_parameters, def.parameters); }
    size_t expressionCount() const { return m_exprs.size(); }

    // For the parser.
    ExprId add(Expr expr, std::span<const ExprId> items = {});
    StmtId add(Stmt stmt);
    Range addBody(std::span<const StmtId> body);
    Range addParameters(std::span<const Parameter> parameters);
    void setTopLevel(Range range) { m_topLevel = range; }
    /// Keeps a text that is not a part of the source.
    std::string_view keep(std::string text);

private:
    template <typename T>
    static std::span<const T> part(const std::vector<T>& list, Range range)
    {
        return std::span<const T>(list).subspan(range.first, range.count);
    }

    std::string m_entryName;
    std::unique_ptr<const std::string> m_source;
    std::unique_ptr<std::deque<std::string>> m_texts;
    std::vector<Expr> m_exprs;
    std::vector<Stmt> m_stmts;
    std::vector<ExprId> m_items;
    std::vector<StmtId> m_bodies;
    std::vector<Parameter> m_parameters;
    Range m_topLevel;
};

/// The expression with every grouping in parentheses: "(a + (b * 2))". Recursive: as deep as the parser allows.
std::string print(const Tree& tree, ExprId expr);
/// The whole entry, one statement a line, for tests and messages.
std::string print(const Tree& tree);

} // namespace bpu::importer::torchscript

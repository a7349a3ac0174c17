// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The source as tokens, one at a time: Python's, less what TorchScript never writes (prefixes of strings,
// decorators, ';').
#pragma once

#include "core/base/error.h"
#include "core/import/torchscript/syntax/ast.h"

#include <vector>

namespace bpu::importer::torchscript {

enum class TokenKind : uint8_t { End, NewLine, Indent, Dedent, Name, Integer, Float, Imaginary, String, Mark };

/// text: the token as written; of a string its value.
struct Token {
    TokenKind kind = TokenKind::End;
    uint32_t offset = 0;
    uint32_t line = 1;
    std::string_view text;
    union {
        uint64_t integer = 0; ///< up to 2^63, which only a minus makes a 64-bit number
        double number;
    };

    bool is(std::string_view wanted) const { return (kind == TokenKind::Name || kind == TokenKind::Mark) && text == wanted; }
};

/// What a user reads of it: "'foo'", "the end of the line".
std::string describe(const Token& token);

class Lexer {
public:
    /// `tree` gives the source and keeps the values of strings.
    explicit Lexer(Tree& tree) : m_tree(tree), m_source(tree.source()) {}

    /// The next token; End for ever at the end. Errors "torchscript.syntax" with entry and line.
    Result<Token> next();
    Error error(uint32_t line, std::string_view message) const;

private:
    bool isAt(std::string_view text) const { return m_source.substr(m_at).starts_with(text); }
    char peek(size_t ahead = 0) const { return m_at + ahead < m_source.size() ? m_source[m_at + ahead] : '\0'; }
    Token make(TokenKind kind, size_t start) const;
    void skipBlanks();
    Result<bool> startLine();
    Result<Token> end();
    Result<Token> nextInLine();
    Result<Token> number();
    Result<Token> hexadecimal(size_t start);
    Result<Token> string();
    Result<void> escape(std::string& value);
    Result<void> hexEscape(std::string& value, size_t digits);
    Result<Token> mark();

    Tree& m_tree;
    std::string_view m_source;
    size_t m_at = 0;
    uint32_t m_line = 1;
    uint32_t m_tokens = 0;
    uint32_t m_brackets = 0;
    uint32_t m_dedents = 0;
    bool m_atLineStart = true;
    std::vector<uint32_t> m_indents{0};
};

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/syntax/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

/// The longest entry that PyTorch writes for a torchvision network has 40,000 tokens; this bounds memory to some 200 MB.
constexpr uint32_t kMaxTokens = 2'000'000;
constexpr size_t kMaxBytes = size_t{64} << 20U;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool startsName(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

} // namespace

std::string describe(const Token& token)
{
    switch (token.kind) {
    case TokenKind::End: return "the end of the file";
    case TokenKind::NewLine: return "the end of the line";
    case TokenKind::Indent: return "an indented line";
    case TokenKind::Dedent: return "the end of the block";
    case TokenKind::String: return "a string";
    default: return fmt::format("'{}'", token.text.substr(0, 40));
    }
}

Error Lexer::error(uint32_t line, std::string_view message) const
{
    return {"torchscript.syntax", fmt::format("{}:{}", m_tree.entryName(), line), fmt::format("{}; export the model again", message)};
}

Token Lexer::make(TokenKind kind, size_t start) const
{
    Token token;
    token.kind = kind;
    token.offset = static_cast<uint32_t>(start);
    token.line = m_line;
    token.text = m_source.substr(start, m_at - start);
    return token;
}

Result<Token> Lexer::next()
{
    if (m_source.size() > kMaxBytes)
        return error(1, fmt::format("the code has {} bytes, more than the {} that are read", m_source.size(), kMaxBytes));
    if (++m_tokens > kMaxTokens)
        return error(m_line, fmt::format("the code has more than the {} tokens that are read", kMaxTokens));
    if (m_atLineStart) {
        BPU_TRY(indented, startLine());
        if (indented)
            return make(TokenKind::Indent, m_at);
    }
    if (m_dedents) {
        --m_dedents;
        return make(TokenKind::Dedent, m_at);
    }
    return nextInLine();
}

/// Skips empty lines; true when the next one is indented more than the one before it. Fewer blanks count as m_dedents.
Result<bool> Lexer::startLine()
{
    uint32_t width = 0;
    for (;; ++m_at) {
        const char c = peek();
        if (c == ' ')
            ++width;
        else if (c == '\t')
            width = (width / 8 + 1) * 8;
        else if (c == '#')
            m_at = std::min(m_source.find('\n', m_at), m_source.size()) - 1;
        else if (c == '\n' && m_at < m_source.size()) {
            width = 0;
            ++m_line;
        } else if (c != '\r')
            break;
    }
    m_atLineStart = false;
    if (m_at >= m_source.size())
        width = 0;
    if (width > m_indents.back()) {
        m_indents.push_back(width);
        return true;
    }
    while (width < m_indents.back()) {
        m_indents.pop_back();
        ++m_dedents;
    }
    if (width != m_indents.back())
        return error(m_line, "the line is indented unlike any block around it");
    return false;
}

void Lexer::skipBlanks()
{
    for (;;) {
        const char c = peek();
        if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
            ++m_at;
        } else if (c == '#') {
            m_at = std::min(m_source.find('\n', m_at), m_source.size());
        } else if (c == '\n' && m_brackets) {
            ++m_line;
            ++m_at;
        } else if (c == '\\' && (peek(1) == '\n' || (peek(1) == '\r' && peek(2) == '\n'))) {
            m_at += peek(1) == '\r' ? 3 : 2;
            ++m_line;
        } else {
            return;
        }
    }
}

/// A last line without its line break gets one, then the open blocks end.
Result<Token> Lexer::end()
{
    if (m_brackets)
        return error(m_line, "the code ends inside of brackets");
    if (m_indents.size() > 1) {
        m_dedents = static_cast<uint32_t>(m_indents.size() - 1);
        m_indents.assign(1, 0);
        return make(TokenKind::NewLine, m_at);
    }
    return make(TokenKind::End, m_at);
}

Result<Token> Lexer::nextInLine()
{
    skipBlanks();
    if (m_at >= m_source.size())
        return end();
    const char c = peek();
    const size_t start = m_at;
    if (c == '\n') {
        ++m_at;
        const Token token = make(TokenKind::NewLine, start);
        ++m_line;
        m_atLineStart = true;
        return token;
    }
    if (startsName(c)) {
        while (startsName(peek()) || isDigit(peek()))
            ++m_at;
        return make(TokenKind::Name, start);
    }
    if (isDigit(c) || (c == '.' && isDigit(peek(1))))
        return number();
    return c == '"' || c == '\'' ? string() : mark();
}

Result<Token> Lexer::hexadecimal(size_t start)
{
    uint64_t value = 0;
    m_at += 2;
    const auto [stop, failure] = std::from_chars(m_source.data() + m_at, m_source.data() + m_source.size(), value, 16);
    if (failure != std::errc())
        return error(m_line, "a hexadecimal number has no digits or more than 64 bits");
    m_at = static_cast<size_t>(stop - m_source.data());
    Token token = make(TokenKind::Integer, start);
    token.integer = value;
    return token;
}

Result<Token> Lexer::number()
{
    const size_t start = m_at;
    if (peek() == '0' && (peek(1) | 0x20) == 'x')
        return hexadecimal(start);
    while (isDigit(peek()))
        ++m_at;
    bool isWhole = peek() != '.' && (peek() | 0x20) != 'e' && (peek() | 0x20) != 'j';
    if (peek() == '.')
        for (++m_at; isDigit(peek());)
            ++m_at;
    if ((peek() | 0x20) == 'e') {
        m_at += peek(1) == '+' || peek(1) == '-' ? 2 : 1;
        while (isDigit(peek()))
            ++m_at;
    }
    Token token = make(isWhole ? TokenKind::Integer : TokenKind::Float, start);
    const char* const stop = token.text.data() + token.text.size();
    const auto read = isWhole ? std::from_chars(token.text.data(), stop, token.integer) : std::from_chars(token.text.data(), stop, token.number);
    if (read.ec != std::errc() || read.ptr != stop || startsName(peek()) != ((peek() | 0x20) == 'j'))
        return error(m_line, fmt::format("'{}' is no number of 64 bits", m_source.substr(start, std::min<size_t>(m_at + 1 - start, 40))));
    if ((peek() | 0x20) == 'j') {
        ++m_at;
        token.kind = TokenKind::Imaginary;
    }
    return token;
}

Result<Token> Lexer::mark()
{
    static constexpr std::array<std::string_view, 45> kMarks{
        "**=", "//=", "<<=", ">>=", "...", "**", "//", "<<", ">>", "->", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
        "(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">"};
    const auto found = std::ranges::find_if(kMarks, [&](std::string_view text) { return isAt(text); });
    if (found == kMarks.end())
        return error(m_line, fmt::format("the character '{}' (byte {}) is no part of TorchScript", peek() >= ' ' && peek() < 0x7f ? peek() : '?',
                                         static_cast<unsigned char>(peek())));
    const size_t start = m_at;
    m_at += found->size();
    const char c = (*found)[0];
    if (c == '(' || c == '[' || c == '{')
        ++m_brackets;
    else if ((c == ')' || c == ']' || c == '}') && m_brackets)
        --m_brackets;
    return make(TokenKind::Mark, start);
}

} // namespace bpu::importer::torchscript

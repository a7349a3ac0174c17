// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Strings and their escapes.
#include "core/import/torchscript/syntax/lexer.h"

#include <optional>

namespace bpu::importer::torchscript {
namespace {

std::optional<unsigned> hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? std::optional(static_cast<unsigned>(lower - 'a') + 10) : std::nullopt;
}

void appendUtf8(std::string& out, uint32_t code)
{
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | (code >> 6U));
        out += static_cast<char>(0x80 | (code & 0x3fU));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | (code >> 12U));
        out += static_cast<char>(0x80 | ((code >> 6U) & 0x3fU));
        out += static_cast<char>(0x80 | (code & 0x3fU));
    } else {
        out += static_cast<char>(0xf0 | (code >> 18U));
        out += static_cast<char>(0x80 | ((code >> 12U) & 0x3fU));
        out += static_cast<char>(0x80 | ((code >> 6U) & 0x3fU));
        out += static_cast<char>(0x80 | (code & 0x3fU));
    }
}

} // namespace

Result<Token> Lexer::string()
{
    const char quote = peek();
    const size_t start = m_at;
    const bool isLong = isAt(quote == '"' ? "\"\"\"" : "'''");
    const std::string_view closing = m_source.substr(m_at, isLong ? 3 : 1);
    m_at += closing.size();
    const uint32_t line = m_line;
    size_t plain = m_at;
    std::string value;
    bool isPlain = true;
    while (!isAt(closing)) {
        const char c = peek();
        if (m_at >= m_source.size() || (c == '\n' && !isLong))
            return error(line, "a string does not end");
        if (c != '\\') {
            m_line += c == '\n';
            ++m_at;
            continue;
        }
        value.append(m_source.substr(plain, m_at - plain));
        isPlain = false;
        BPU_CHECK(escape(value));
        plain = m_at;
    }
    const std::string_view rest = m_source.substr(plain, m_at - plain);
    m_at += closing.size();
    Token token = make(TokenKind::String, start);
    token.text = isPlain ? rest : m_tree.keep(value.append(rest));
    token.line = line;
    return token;
}

Result<void> Lexer::hexEscape(std::string& value, size_t digits)
{
    uint32_t code = 0;
    for (size_t i = 0; i < digits; ++i, ++m_at) {
        const auto digit = hexDigit(peek());
        if (!digit)
            return error(m_line, "a string holds an escape with too few digits");
        code = code * 16 + *digit;
    }
    if (digits == 2)
        value += static_cast<char>(code); // a byte: the writer escapes UTF-8 byte by byte
    else if (code > 0x10ffff)
        return error(m_line, "a string holds a character that does not exist");
    else
        appendUtf8(value, code);
    return {};
}

Result<void> Lexer::escape(std::string& value)
{
    static constexpr std::string_view kLetters = "abfnrtv\\'\"";
    static constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\'\"";
    const char c = peek(1);
    m_at += 2;
    if (const size_t i = kLetters.find(c); i != std::string_view::npos && c) {
        value += kValues[i];
    } else if (c >= '0' && c <= '7') {
        unsigned code = static_cast<unsigned>(c - '0');
        for (int digits = 1; digits < 3 && peek() >= '0' && peek() <= '7'; ++digits, ++m_at)
            code = code * 8 + static_cast<unsigned>(peek() - '0');
        value += static_cast<char>(code);
    } else if (c == 'x' || c == 'u' || c == 'U') {
        return hexEscape(value, c == 'x' ? 2 : c == 'u' ? 4 : 8);
    } else if (c == '\n') {
        ++m_line;
    } else {
        value += '\\'; // as Python does
        --m_at;
    }
    return {};
}

} // namespace bpu::importer::torchscript

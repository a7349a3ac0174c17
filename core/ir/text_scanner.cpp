// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/text_scanner.h"

#include <charconv>
#include <fmt/format.h>

namespace bpu::ir {
namespace {

bool isWordCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool isNameCharacter(char c)
{
    return isWordCharacter(c) || c == '.' || c == '/' || c == ':' || c == '-';
}

} // namespace

void TextScanner::skipBlanks()
{
    while (m_at < m_text.size()) {
        const char c = m_text[m_at];
        if (c == '#') {
            while (m_at < m_text.size() && m_text[m_at] != '\n')
                ++m_at;
            continue;
        }
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
            return;
        m_line += c == '\n' ? 1 : 0;
        ++m_at;
    }
}

template <typename Predicate>
std::string TextScanner::takeWhile(Predicate predicate)
{
    const size_t start = m_at;
    while (m_at < m_text.size() && predicate(m_text[m_at]))
        ++m_at;
    return std::string(m_text.substr(start, m_at - start));
}

bool TextScanner::atEnd()
{
    skipBlanks();
    return m_at == m_text.size();
}

char TextScanner::peek()
{
    return atEnd() ? '\0' : m_text[m_at];
}

bool TextScanner::accept(std::string_view token)
{
    skipBlanks();
    if (!m_text.substr(m_at).starts_with(token))
        return false;
    m_at += token.size();
    return true;
}

bool TextScanner::acceptWord(std::string_view word)
{
    skipBlanks();
    const std::string_view rest = m_text.substr(m_at);
    if (!rest.starts_with(word) || (rest.size() > word.size() && isWordCharacter(rest[word.size()])))
        return false;
    m_at += word.size();
    return true;
}

Result<void> TextScanner::expect(std::string_view token)
{
    if (!accept(token))
        return error(fmt::format("'{}'", token));
    return {};
}

Result<std::string> TextScanner::name()
{
    if (peek() == '"')
        return quoted();
    std::string text = takeWhile(isNameCharacter);
    // "%x: f32" and "%x : f32": a colon before a blank belongs to the type, not to the name.
    if (text.ends_with(':')) {
        text.pop_back();
        --m_at;
    }
    if (text.empty())
        return error("a name");
    return text;
}

Result<std::string> TextScanner::word()
{
    skipBlanks();
    std::string text = takeWhile(isWordCharacter);
    if (text.empty())
        return error("a word");
    return text;
}

Result<std::string> TextScanner::quoted()
{
    BPU_CHECK(expect("\""));
    std::string text;
    while (m_at < m_text.size() && m_text[m_at] != '"') {
        char c = m_text[m_at++];
        if (c == '\\' && m_at < m_text.size()) {
            c = m_text[m_at++];
            if (c == 'x') {
                unsigned code = 0;
                const std::string_view digits = m_text.substr(m_at, 2);
                if (std::from_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr != digits.data() + 2)
                    return error("two hexadecimal digits after \\x");
                m_at += 2;
                c = static_cast<char>(code);
            }
        }
        m_line += c == '\n' ? 1 : 0;
        text += c;
    }
    if (m_at == m_text.size())
        return error("the closing quote");
    ++m_at;
    return text;
}

Result<std::string> TextScanner::number()
{
    skipBlanks();
    std::string text = takeWhile([](char c) { return isWordCharacter(c) || c == '.' || c == '-' || c == '+'; });
    if (text.empty())
        return error("a number");
    return text;
}

Error TextScanner::error(std::string_view expected) const
{
    std::string_view found = m_text.substr(m_at, 20);
    found = found.substr(0, found.find('\n'));
    return {"text.syntax", fmt::format("line {}", m_line),
            fmt::format("expected {}, found '{}'; correct the text", expected, found.empty() ? "the end" : found)};
}

} // namespace bpu::ir

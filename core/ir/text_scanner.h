// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Characters of the text form, for the parser alone.
#pragma once

#include "core/base/error.h"

#include <optional>
#include <string>
#include <string_view>

namespace bpu::ir {

class TextScanner {
public:
    explicit TextScanner(std::string_view text) : m_text(text) {}

    int line() const { return m_line; }
    bool atEnd();
    /// The next character after blanks and comments; 0 at the end.
    char peek();
    /// Consumes `token` if it comes next.
    bool accept(std::string_view token);
    /// Consumes the word if it comes next and ends there.
    bool acceptWord(std::string_view word);
    Result<void> expect(std::string_view token);
    /// [A-Za-z0-9_./:-]+ or a quoted text.
    Result<std::string> name();
    /// [A-Za-z_0-9]+, for keys and dtypes.
    Result<std::string> word();
    Result<std::string> quoted();
    /// A run of characters that can form a number, true, false, inf or nan.
    Result<std::string> number();
    Error error(std::string_view expected) const;

private:
    void skipBlanks();
    template <typename Predicate>
    std::string takeWhile(Predicate predicate);

    std::string_view m_text;
    size_t m_at = 0;
    int m_line = 1;
};

} // namespace bpu::ir

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/expression.h"

#include <cctype>
#include <charconv>

namespace bpu::passes {

/// Recursive descent; depth is bounded because a march file may be written by hand.
class ExpressionParser {
public:
    explicit ExpressionParser(std::string_view text) : m_text(text) {}

    std::optional<Expression> run()
    {
        if (!sum(0))
            return std::nullopt;
        skipSpace();
        return m_at == m_text.size() ? std::optional(std::move(m_result)) : std::nullopt;
    }

private:
    static constexpr int kMaxDepth = 50;

    void skipSpace()
    {
        while (m_at < m_text.size() && m_text[m_at] == ' ')
            ++m_at;
    }
    char next()
    {
        skipSpace();
        return m_at < m_text.size() ? m_text[m_at] : '\0';
    }
    bool sum(int depth) { return chain(depth, "+-", [&] { return chain(depth, "*/", [&] { return atom(depth); }); }); }

    template <typename F>
    bool chain(int depth, std::string_view operators, F operand)
    {
        if (depth > kMaxDepth || !operand())
            return false;
        for (char c = next(); c != '\0' && operators.find(c) != operators.npos; c = next()) {
            ++m_at;
            if (!operand())
                return false;
            m_result.m_steps.push_back({.kind = c});
        }
        return true;
    }
    bool atom(int depth)
    {
        const char c = next();
        if (c == '(') {
            ++m_at;
            if (!sum(depth + 1) || next() != ')')
                return false;
            ++m_at;
            return true;
        }
        if (std::isdigit(static_cast<unsigned char>(c)))
            return number();
        return std::isalpha(static_cast<unsigned char>(c)) && word();
    }
    bool number()
    {
        double value = 0;
        const auto [end, error] = std::from_chars(m_text.data() + m_at, m_text.data() + m_text.size(), value);
        if (error != std::errc())
            return false;
        m_at = static_cast<size_t>(end - m_text.data());
        m_result.m_steps.push_back({.kind = 'n', .number = value});
        return true;
    }
    bool word()
    {
        const size_t begin = m_at;
        while (m_at < m_text.size() && (std::isalnum(static_cast<unsigned char>(m_text[m_at])) || m_text[m_at] == '_'))
            ++m_at;
        m_result.m_steps.push_back({.kind = 'v', .name = std::string(m_text.substr(begin, m_at - begin))});
        return true;
    }

    std::string_view m_text;
    size_t m_at = 0;
    Expression m_result;
};

std::optional<Expression> Expression::parse(std::string_view text)
{
    return ExpressionParser(text).run();
}

std::optional<double> Expression::evaluate(const std::function<std::optional<double>(std::string_view)>& valueOf) const
{
    std::vector<double> stack;
    for (const Step& step : m_steps) {
        if (step.kind == 'n') {
            stack.push_back(step.number);
            continue;
        }
        if (step.kind == 'v') {
            const std::optional<double> value = valueOf(step.name);
            if (!value)
                return std::nullopt;
            stack.push_back(*value);
            continue;
        }
        const double b = stack.back();
        stack.pop_back();
        double& a = stack.back();
        if (step.kind == '/' && b == 0)
            return std::nullopt;
        a = step.kind == '+' ? a + b : step.kind == '-' ? a - b : step.kind == '*' ? a * b : a / b;
    }
    return stack.empty() ? std::nullopt : std::optional(stack.back());
}

std::vector<std::string> Expression::names() const
{
    std::vector<std::string> result;
    for (const Step& step : m_steps) {
        if (step.kind == 'v')
            result.push_back(step.name);
    }
    return result;
}

} // namespace bpu::passes

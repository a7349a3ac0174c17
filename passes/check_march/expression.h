// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A bound that depends on other attributes: "(kernel_h - 1) / 2", "kernel / stride".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::passes {

class Expression {
public:
    /// Nothing when the text is not an expression of + - * / ( ) numbers and names.
    static std::optional<Expression> parse(std::string_view text);

    /// Nothing when a name has no value or a divisor is zero. Division is that of real numbers.
    std::optional<double> evaluate(const std::function<std::optional<double>(std::string_view)>& valueOf) const;
    /// The names that it reads.
    std::vector<std::string> names() const;

private:
    friend class ExpressionParser;
    struct Step {
        char kind = 'n'; ///< 'n' number, 'v' name, or the operator
        double number = 0;
        std::string name = {};
    };
    std::vector<Step> m_steps; ///< postfix
};

} // namespace bpu::passes

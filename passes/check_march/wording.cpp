// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/wording.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::passes {

using march::ConstraintKind;

std::string numberText(double number)
{
    if (number > 0 && number < 0.1 && 1 / number == std::floor(1 / number))
        return "1/" + numberText(1 / number);
    if (number != std::floor(number) || std::fabs(number) >= 9e15)
        return fmt::format("{:.4g}", number);
    std::string digits = fmt::format("{}", static_cast<int64_t>(std::fabs(number)));
    for (size_t at = digits.size(); at > 3; at -= 3)
        digits.insert(at - 3, ",");
    return (number < 0 ? "-" : "") + digits;
}

std::string foundText(const Reading& reading, std::string_view subject)
{
    constexpr std::array<std::string_view, 5> kSides{"kernel", "stride", "padding", "dilation", "output_padding"};
    const bool sides = std::ranges::find(kSides, subject) != kSides.end();
    std::vector<std::string> parts(reading.texts.begin(), reading.texts.end());
    std::vector<std::string> numbers;
    for (const double number : reading.numbers) {
        std::string text = numberText(number);
        if (sides || numbers.empty() || numbers.back() != text) // the same rank or size of both operands is said once
            numbers.push_back(std::move(text));
    }
    if (!numbers.empty())
        parts.push_back(fmt::format("{}", fmt::join(numbers, sides ? "x" : ", ")));
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string allowedText(const march::Constraint& c, const Outcome& outcome)
{
    const std::string min = outcome.min ? numberText(*outcome.min) : "";
    const std::string max = outcome.max ? numberText(*outcome.max) : "";
    if (outcome.min && outcome.max)
        return min == max ? min : fmt::format("{}{} to {}", c.exclusiveMin ? "above " : "", min, max);
    if (outcome.max)
        return (c.exclusiveMax ? "below " : "at most ") + max;
    if (outcome.min)
        return (c.exclusiveMin ? "above " : "at least ") + min;
    if (c.kind == ConstraintKind::Position)
        return "only as a model output";
    std::string list;
    for (size_t i = 0; i < c.values.size(); ++i)
        list += (i == 0 ? "" : i + 1 == c.values.size() ? " or " : ", ") + c.values[i];
    return c.kind == ConstraintKind::Forbid && !list.empty() ? "any but " + list : list;
}

std::string slugOf(std::string_view subject)
{
    std::string text;
    for (const char c : subject)
        text += std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : '-';
    return text;
}

std::string labelOf(const Rule& rule)
{
    return rule.subject ? std::string(rule.subject->label) : rule.constraint->subject;
}

std::string codeOf(const Rule& rule)
{
    const std::string_view kind = march::name(rule.constraint->kind);
    return rule.constraint->subject == kind ? fmt::format("march.{}", kind) : fmt::format("march.{}.{}", slugOf(rule.constraint->subject), kind);
}

std::string sentencePart(const std::string& sentence)
{
    std::string text = sentence.ends_with('.') ? sentence.substr(0, sentence.size() - 1) : sentence;
    const bool isWord = text.size() > 1 && std::islower(static_cast<unsigned char>(text[1]));
    if (isWord)
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
}

std::string remedy(const Rule& rule, const Outcome& outcome, const std::string& allowed)
{
    const march::Constraint& c = *rule.constraint;
    if (rule.subject && !rule.subject->advice.empty())
        return std::string(rule.subject->advice);
    if (rule.relation)
        return "Keep to the rule: " + sentencePart(c.text);
    if (!outcome.min && !outcome.max && c.kind == march::ConstraintKind::Forbid)
        return "Use another one";
    if (!outcome.reading.texts.empty())
        return "Use " + allowed;
    if (c.kind == march::ConstraintKind::Rank && outcome.min == outcome.max)
        return fmt::format("Keep {} axes through the model, of length 1 where one is not needed", allowed);
    return fmt::format("Bring it {}{}", outcome.min && outcome.max && outcome.min != outcome.max ? "into the range " : "to ", allowed);
}

} // namespace bpu::passes

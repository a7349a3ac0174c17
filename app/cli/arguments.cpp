// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/arguments.h"

#include "core/base/nearest.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::cli {
namespace {

Error usage(std::string_view where, std::string message)
{
    return {"usage", std::string(where), std::move(message)};
}

Error unknownOption(std::string_view name, const std::vector<Option>& options)
{
    std::vector<std::string_view> names;
    for (const Option& option : options)
        names.push_back(option.name);
    return usage(name, "is no option of this command; " + didYouMean(name, names, "--help lists them"));
}

Result<void> checkChoice(const Option& option, const std::string& value)
{
    if (option.choices.empty() || std::ranges::find(option.choices, value) != option.choices.end())
        return {};
    return usage(option.name, fmt::format("cannot be '{}'; write one of {}", value, fmt::join(option.choices, ", ")));
}

} // namespace

Result<Arguments> Arguments::parse(const std::vector<std::string>& args, const std::vector<Option>& options, const std::vector<std::string_view>& operands)
{
    Arguments parsed;
    bool onlyOperands = false;
    for (size_t i = 0; i < args.size(); ++i) {
        const std::string& arg = args[i];
        if (onlyOperands || arg.size() < 2 || arg[0] != '-') {
            parsed.m_operands.push_back(arg);
            continue;
        }
        if (arg == "--") {
            onlyOperands = true;
            continue;
        }
        const size_t equals = arg.starts_with("--") ? arg.find('=') : std::string::npos;
        const std::string name = arg.substr(0, equals);
        const auto option = std::ranges::find(options, name, &Option::name);
        if (option == options.end())
            return unknownOption(name, options);
        if (option->value.empty() && equals != std::string::npos)
            return usage(name, "takes no value; leave out what follows '='");
        if (!option->value.empty() && equals == std::string::npos && i + 1 == args.size())
            return usage(name, fmt::format("needs a value; write {} {}", name, option->value));
        const std::string value = option->value.empty() ? std::string() : equals != std::string::npos ? arg.substr(equals + 1) : args[++i];
        BPU_CHECK(checkChoice(*option, value));
        auto& values = parsed.m_options[name];
        if (!values.empty() && !option->repeatable)
            return usage(name, "is given twice; give it once");
        values.push_back(value);
    }
    if (parsed.m_operands.size() < operands.size())
        return usage(operands[parsed.m_operands.size()], "is missing; --help shows what the command needs");
    if (parsed.m_operands.size() > operands.size())
        return usage(parsed.m_operands[operands.size()], fmt::format("is one operand too many; the command takes {}", fmt::join(operands, " ")));
    return parsed;
}

std::string Arguments::value(std::string_view option, std::string_view fallback) const
{
    const auto found = m_options.find(option);
    return found == m_options.end() ? std::string(fallback) : found->second.back();
}

std::vector<std::string> Arguments::values(std::string_view option) const
{
    const auto found = m_options.find(option);
    return found == m_options.end() ? std::vector<std::string>() : found->second;
}

} // namespace bpu::cli

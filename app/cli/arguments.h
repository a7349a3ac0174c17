// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Options and operands of one command.
#pragma once

#include "core/base/error.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::cli {

struct Option {
    std::string_view name;      ///< "--march", "-o"
    std::string_view value;     ///< what help calls its value; empty for a switch
    std::string_view help;
    bool repeatable = false;
    std::vector<std::string_view> choices = {}; ///< allowed values; empty = any
};

/// What was typed, checked against the options of a command.
class Arguments {
public:
    /// Accepts "--name value", "--name=value", and "--" before operands that start with '-'. Errors "usage":
    /// unknown option (with the nearest one), missing value, value that is no choice, too few or many operands.
    static Result<Arguments> parse(const std::vector<std::string>& args, const std::vector<Option>& options, const std::vector<std::string_view>& operands);

    const std::string& operand(size_t i) const { return m_operands[i]; }
    bool has(std::string_view option) const { return m_options.contains(option); }
    /// The last value given, or `fallback`.
    std::string value(std::string_view option, std::string_view fallback = {}) const;
    /// All values in the order given.
    std::vector<std::string> values(std::string_view option) const;

private:
    std::vector<std::string> m_operands;
    std::map<std::string, std::vector<std::string>, std::less<>> m_options;
};

} // namespace bpu::cli

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Checked reads of the JSON files that people write. A key that is not known is an error, with those that are.
#pragma once

#include "core/base/error.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::data {

class JsonFields {
public:
    /// `code` and `where` go into errors; `object` has to outlive this.
    JsonFields(const nlohmann::json& object, std::string code, std::string where) : m_object(object), m_code(std::move(code)), m_where(std::move(where)) {}

    /// The parsed text, which has to be an object; `form` says what one looks like and where that is written.
    static Result<nlohmann::json> parse(std::string_view text, const std::string& code, const std::string& where, std::string_view form = kDataForm);
    static constexpr std::string_view kDataForm = "such as {\"kind\": \"images\"}; docs/data.md lists what it may hold";

    Error error(std::string message) const { return {m_code, m_where, std::move(message)}; }
    /// Every key has to be one of these.
    Result<void> only(const std::vector<std::string_view>& keys) const;
    const nlohmann::json* find(const char* key) const;
    Result<std::optional<std::string>> text(const char* key) const;
    /// One of `choices`, which the error lists.
    Result<std::optional<std::string>> choice(const char* key, const std::vector<std::string_view>& choices) const;
    Result<std::optional<int64_t>> integer(const char* key, int64_t least, int64_t most) const;
    Result<std::optional<double>> number(const char* key) const;
    /// A finite number or a list of them.
    Result<std::vector<double>> numbers(const char* key) const;
    /// The object at `key`, for fields of its own; null when absent.
    Result<const nlohmann::json*> object(const char* key) const;

private:
    const nlohmann::json& m_object;
    std::string m_code;
    std::string m_where;
};

} // namespace bpu::data

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/json_fields.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::data {

Result<nlohmann::json> JsonFields::parse(std::string_view text, const std::string& code, const std::string& where, std::string_view form)
{
    // Depth is bounded: the parser recurses, and nothing here is nested deeper than the inputs of a data set.
    constexpr int kDepth = 8;
    bool isDeep = false;
    const auto callback = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return !(isDeep = isDeep || depth > kDepth); };
    try {
        nlohmann::json json = nlohmann::json::parse(text, callback, true, true);
        if (isDeep || !json.is_object())
            return Error{code, where, fmt::format("is no JSON object {}", form)};
        return json;
    } catch (const nlohmann::json::exception& failure) {
        const std::string what = failure.what();
        return Error{code, where, fmt::format("is no valid JSON ({}); correct it", what.substr(what.rfind("] ") == std::string::npos ? 0 : what.rfind("] ") + 2))};
    }
}

Result<void> JsonFields::only(const std::vector<std::string_view>& keys) const
{
    for (const auto& [key, value] : m_object.items())
        if (std::ranges::find(keys, key) == keys.end())
            return error(fmt::format("has the unknown key \"{}\"; those known are {}", key, fmt::join(keys, ", ")));
    return {};
}

const nlohmann::json* JsonFields::find(const char* key) const
{
    const auto found = m_object.find(key);
    return found == m_object.end() ? nullptr : &*found;
}

Result<std::optional<std::string>> JsonFields::text(const char* key) const
{
    const nlohmann::json* value = find(key);
    if (!value)
        return std::optional<std::string>();
    if (!value->is_string())
        return error(fmt::format("\"{}\" is {}, which is no text; write it in quotes", key, value->dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)));
    return std::optional(value->get<std::string>());
}

Result<std::optional<std::string>> JsonFields::choice(const char* key, const std::vector<std::string_view>& choices) const
{
    BPU_TRY(value, text(key));
    if (value && std::ranges::find(choices, *value) == choices.end())
        return error(fmt::format("\"{}\" cannot be \"{}\"; write one of {}", key, *value, fmt::join(choices, ", ")));
    return std::move(value);
}

Result<std::optional<int64_t>> JsonFields::integer(const char* key, int64_t least, int64_t most) const
{
    const nlohmann::json* value = find(key);
    if (!value)
        return std::optional<int64_t>();
    const bool isInside = value->is_number_integer() && *value >= least && *value <= most;
    if (!isInside)
        return error(fmt::format("\"{}\" has to be a whole number from {} to {}", key, least, most));
    return std::optional(value->get<int64_t>());
}

Result<std::optional<double>> JsonFields::number(const char* key) const
{
    BPU_TRY(list, numbers(key));
    if (list.size() > 1)
        return error(fmt::format("\"{}\" takes one number", key));
    return list.empty() ? std::optional<double>() : list.front();
}

Result<std::vector<double>> JsonFields::numbers(const char* key) const
{
    const nlohmann::json* value = find(key);
    if (!value)
        return std::vector<double>();
    const auto isNumber = [](const nlohmann::json& json) { return json.is_number() && std::isfinite(json.get<double>()); };
    if (isNumber(*value))
        return std::vector{value->get<double>()};
    if (!value->is_array() || value->empty() || !std::ranges::all_of(*value, isNumber))
        return error(fmt::format("\"{}\" has to be a number or a list of numbers", key));
    return value->get<std::vector<double>>();
}

Result<const nlohmann::json*> JsonFields::object(const char* key) const
{
    const nlohmann::json* value = find(key);
    if (value && !value->is_object())
        return error(fmt::format("\"{}\" has to be an object in braces", key));
    return value;
}

} // namespace bpu::data

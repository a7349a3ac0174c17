// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/attribute.h"

#include <algorithm>

namespace bpu::ir {

Attributes::Attributes(std::initializer_list<Entry> entries)
{
    for (const Entry& entry : entries)
        set(entry.first, entry.second);
}

const Attribute* Attributes::find(std::string_view name) const
{
    for (const Entry& entry : m_entries)
        if (entry.first == name)
            return &entry.second;
    return nullptr;
}

void Attributes::set(std::string_view name, Attribute value)
{
    const auto place = std::ranges::lower_bound(m_entries, name, {}, [](const Entry& e) { return std::string_view(e.first); });
    if (place != m_entries.end() && place->first == name)
        place->second = std::move(value);
    else
        m_entries.emplace(place, std::string(name), std::move(value));
}

void Attributes::remove(std::string_view name)
{
    std::erase_if(m_entries, [name](const Entry& entry) { return entry.first == name; });
}

int64_t Attributes::integer(std::string_view name, int64_t fallback) const
{
    const Attribute* found = find(name);
    if (!found)
        return fallback;
    if (const auto* value = std::get_if<int64_t>(found))
        return *value;
    if (const auto* value = std::get_if<bool>(found))
        return *value ? 1 : 0;
    return fallback;
}

double Attributes::number(std::string_view name, double fallback) const
{
    const Attribute* found = find(name);
    if (!found)
        return fallback;
    if (const auto* value = std::get_if<double>(found))
        return *value;
    if (const auto* value = std::get_if<int64_t>(found))
        return static_cast<double>(*value);
    return fallback;
}

bool Attributes::flag(std::string_view name, bool fallback) const
{
    return integer(name, fallback ? 1 : 0) != 0;
}

std::string_view Attributes::text(std::string_view name, std::string_view fallback) const
{
    const Attribute* found = find(name);
    const auto* value = found ? std::get_if<std::string>(found) : nullptr;
    return value ? std::string_view(*value) : fallback;
}

std::vector<int64_t> Attributes::integers(std::string_view name) const
{
    const Attribute* found = find(name);
    if (!found)
        return {};
    if (const auto* list = std::get_if<std::vector<int64_t>>(found))
        return *list;
    if (const auto* value = std::get_if<int64_t>(found))
        return {*value};
    return {};
}

bool operator==(const Attributes& a, const Attributes& b)
{
    return a.m_entries == b.m_entries;
}

} // namespace bpu::ir

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/schema.h"

#include "core/base/assert.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace bpu::importer::torchscript {
namespace {

std::string_view trimmed(std::string_view text)
{
    const size_t first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Slot::Type typeFrom(std::string_view text)
{
    static constexpr std::array<std::pair<std::string_view, Slot::Type>, 7> kTypes{{{"Tensor", Slot::Type::Tensor}, {"int", Slot::Type::Int},
        {"float", Slot::Type::Float}, {"bool", Slot::Type::Bool}, {"str", Slot::Type::Text}, {"Scalar", Slot::Type::Number}, {"any", Slot::Type::Any}}};
    const auto* const found = std::ranges::find(kTypes, text, &std::pair<std::string_view, Slot::Type>::first);
    BPU_ASSERT(found != kTypes.end());
    return found->second;
}

Value valueFrom(std::string_view text, bool isList)
{
    if (text == "None")
        return Value::none();
    if (text == "True" || text == "False")
        return Value::of(text == "True");
    if (text == "[]")
        return Value::list({});
    if (text.starts_with('"'))
        return Value::text(std::string(text.substr(1, text.size() - 2)));
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.find_first_of(".e") != std::string_view::npos)
        return Value::of(number);
    const Value integer = Value::of(static_cast<int64_t>(number));
    return isList ? Value::list({integer}) : integer;
}

bool fitsOne(const Slot& slot, const Value& value)
{
    if (value.is(Kind::Unknown) || slot.type == Slot::Type::Any)
        return true;
    switch (slot.type) {
    case Slot::Type::Tensor: return value.is(Kind::Tensor) || value.isBoxed();
    case Slot::Type::Int: return value.is(Kind::Int) || value.is(Kind::Bool) || value.is(Kind::Name);
    case Slot::Type::Float: return value.isNumber();
    case Slot::Type::Number: return value.isNumber() && !value.isBoxed();
    case Slot::Type::Bool: return value.is(Kind::Bool) || value.is(Kind::Int);
    default: return value.is(Kind::String);
    }
}

bool fits(const Slot& slot, const Value& value)
{
    if (value.is(Kind::None))
        return slot.isOptional || slot.type == Slot::Type::Any;
    if (!slot.isList)
        return fitsOne(slot, value);
    if (!value.isSequence())
        return value.is(Kind::Unknown) || (slot.type == Slot::Type::Int && value.is(Kind::Int));
    return !value.isKnown() || std::ranges::all_of(value.items(), [&](const Value& item) {
        return fitsOne(slot, item) || (slot.type == Slot::Type::Tensor && item.is(Kind::None)) || (slot.type == Slot::Type::Int && item.is(Kind::Tensor));
    });
}

} // namespace

Schema::Schema(std::string_view signature)
{
    bool keywords = false;
    while (!signature.empty()) {
        const size_t comma = std::min(signature.find(','), signature.size());
        std::string_view part = trimmed(signature.substr(0, comma));
        signature.remove_prefix(std::min(comma + 1, signature.size()));
        keywords = keywords || part == "*";
        if (part == "*" || part.empty())
            continue;
        const size_t blank = part.find(' ');
        BPU_ASSERT(blank != std::string_view::npos);
        std::string_view type = part.substr(0, blank);
        part = trimmed(part.substr(blank));
        Slot slot;
        slot.isKeyword = keywords;
        if (type.ends_with('?')) {
            slot.isOptional = true;
            type.remove_suffix(1);
        }
        if (type.ends_with("[]")) {
            slot.isList = true;
            type.remove_suffix(2);
        }
        slot.isOptional = slot.isOptional || type.ends_with('?');
        if (type.ends_with('?'))
            type.remove_suffix(1);
        slot.type = typeFrom(type);
        const size_t equals = part.find('=');
        slot.name = part.substr(0, equals);
        if (equals != std::string_view::npos)
            slot.fallback = valueFrom(part.substr(equals + 1), slot.isList);
        m_slots.push_back(std::move(slot));
    }
}

std::optional<std::vector<Value>> Schema::bind(const Arguments& arguments) const
{
    const size_t given = arguments.positional.size();
    if (given > m_slots.size() || (given > 0 && m_slots[given - 1].isKeyword))
        return std::nullopt;
    std::vector<std::optional<Value>> found(m_slots.size());
    std::ranges::copy(arguments.positional, found.begin());
    for (const auto& [name, value] : arguments.named) {
        const auto slot = std::ranges::find(m_slots, std::string_view(name), &Slot::name);
        if (slot == m_slots.end())
            return std::nullopt;
        found[static_cast<size_t>(slot - m_slots.begin())] = value;
    }
    std::vector<Value> values;
    for (size_t i = 0; i < m_slots.size(); ++i) {
        if (!found[i] && !m_slots[i].fallback)
            return std::nullopt;
        if (found[i] && !fits(m_slots[i], *found[i]))
            return std::nullopt;
        values.push_back(found[i] ? *std::move(found[i]) : *m_slots[i].fallback);
    }
    return values;
}

} // namespace bpu::importer::torchscript

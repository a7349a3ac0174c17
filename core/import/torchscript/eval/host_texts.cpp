// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Texts: what names of layers, f-strings and messages are made of.
#include "core/import/torchscript/eval/host.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

using Answer = Result<std::optional<Value>>;

constexpr size_t kLongestText = 100'000;

std::optional<Value> some(Value value)
{
    return std::optional<Value>(std::move(value));
}

const Value& at(const Arguments& given, size_t i)
{
    static const Value kUnknown{};
    return i < given.positional.size() ? given.positional[i] : kUnknown;
}

bool isKnownText(const Value& value)
{
    return value.is(Kind::String) && value.isKnown();
}

/// "{}" filled in; nobody but an exception reads it.
Answer format(Evaluator&, const Arguments& given)
{
    if (!at(given, 0).is(Kind::String) || !at(given, 0).isKnown())
        return some(Value::unknown(Kind::String));
    const std::string& pattern = at(given, 0).text();
    std::string out;
    size_t next = 1;
    for (size_t i = 0; i < pattern.size() && out.size() < 10'000; ++i) {
        if (pattern.compare(i, 2, "{}") != 0) {
            out += pattern[i];
            continue;
        }
        out += toText(at(given, next++));
        ++i;
    }
    return some(Value::text(std::move(out)));
}

Answer toString(Evaluator&, const Arguments& given)
{
    return some(Value::text(toText(at(given, 0))));
}

Answer find(Evaluator&, const Arguments& given)
{
    if (!at(given, 0).is(Kind::String) || !at(given, 0).isKnown() || !at(given, 1).is(Kind::String) || !at(given, 1).isKnown())
        return some(Value::unknown(Kind::Int));
    const size_t place = at(given, 0).text().find(at(given, 1).text());
    return some(Value::of(place == std::string::npos ? int64_t{-1} : static_cast<int64_t>(place)));
}

template <bool AtStart>
Answer hasEnd(Evaluator&, const Arguments& given)
{
    if (!at(given, 0).is(Kind::String) || !at(given, 0).isKnown() || !at(given, 1).is(Kind::String) || !at(given, 1).isKnown())
        return some(Value::unknown(Kind::Bool));
    const std::string& text = at(given, 0).text();
    return some(Value::of(AtStart ? text.starts_with(at(given, 1).text()) : text.ends_with(at(given, 1).text())));
}

/// text.split(separator); without one, at runs of blanks. Tensors have a split of their own.
Answer split(Evaluator& evaluator, const Arguments& given)
{
    if (!at(given, 0).is(Kind::String))
        return std::optional<Value>();
    const bool hasSeparator = given.positional.size() > 1 && !at(given, 1).is(Kind::None);
    if (!isKnownText(at(given, 0)) || (hasSeparator && (!isKnownText(at(given, 1)) || at(given, 1).text().empty())) || given.positional.size() > 2)
        return some(Value::unknown(Kind::List));
    const std::string& text = at(given, 0).text();
    std::vector<Value> parts;
    for (size_t start = 0; start <= text.size();) {
        const size_t end = std::min(hasSeparator ? text.find(at(given, 1).text(), start) : text.find_first_of(" \t\n\r\f\v", start), text.size());
        BPU_CHECK(evaluator.spend(1));
        if (hasSeparator || end > start)
            parts.push_back(Value::text(text.substr(start, end - start)));
        start = end + (hasSeparator ? at(given, 1).text().size() : 1);
    }
    return some(Value::list(std::move(parts)));
}

Answer join(Evaluator& evaluator, const Arguments& given)
{
    BPU_TRY(items, evaluator.iterate(at(given, 1)));
    if (!isKnownText(at(given, 0)) || !items || !std::ranges::all_of(*items, isKnownText))
        return some(Value::unknown(Kind::String));
    std::string text;
    for (const Value& item : *items) {
        text += (&item == items->data() ? "" : at(given, 0).text()) + item.text();
        if (text.size() > kLongestText)
            return some(Value::unknown(Kind::String));
    }
    return some(Value::text(std::move(text)));
}

/// Blanks, or the characters that are named, taken off the ends.
template <bool AtStart, bool AtEnd>
Answer strip(Evaluator&, const Arguments& given)
{
    if (!isKnownText(at(given, 0)) || (given.positional.size() > 1 && !isKnownText(at(given, 1))))
        return some(Value::unknown(Kind::String));
    const std::string characters = given.positional.size() > 1 ? at(given, 1).text() : std::string(" \t\n\r\f\v");
    std::string_view text = at(given, 0).text();
    if (AtStart)
        text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
    if (AtEnd)
        text.remove_suffix(text.size() - (text.find_last_not_of(characters) + 1));
    return some(Value::text(std::string(text)));
}

template <char First, char Last, int Step>
Answer changeCase(Evaluator&, const Arguments& given)
{
    if (!isKnownText(at(given, 0)))
        return some(Value::unknown(Kind::String));
    std::string text = at(given, 0).text();
    for (char& letter : text)
        letter = letter >= First && letter <= Last ? static_cast<char>(letter + Step) : letter;
    return some(Value::text(std::move(text)));
}

Answer replace(Evaluator&, const Arguments& given)
{
    if (!isKnownText(at(given, 0)) || !isKnownText(at(given, 1)) || !isKnownText(at(given, 2)) || at(given, 1).text().empty() || given.positional.size() > 3)
        return some(Value::unknown(Kind::String));
    std::string text = at(given, 0).text();
    const std::string& from = at(given, 1).text();
    for (size_t place = 0; (place = text.find(from, place)) != std::string::npos && text.size() < kLongestText; place += at(given, 2).text().size())
        text.replace(place, from.size(), at(given, 2).text());
    return some(text.size() < kLongestText ? Value::text(std::move(text)) : Value::unknown(Kind::String));
}

} // namespace

std::span<const HostEntry> hostTexts()
{
    static constexpr HostEntry kEntries[] = {
        {"format", format}, {"builtin.str", toString}, {"str", toString}, {"find", find}, {"startswith", hasEnd<true>}, {"endswith", hasEnd<false>},
        {"split", split}, {"join", join}, {"strip", strip<true, true>}, {"lstrip", strip<true, false>}, {"rstrip", strip<false, true>},
        {"lower", changeCase<'A', 'Z', 'a' - 'A'>}, {"upper", changeCase<'a', 'z', 'A' - 'a'>}, {"replace", replace},
    };
    return kEntries;
}

} // namespace bpu::importer::torchscript

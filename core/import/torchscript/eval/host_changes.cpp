// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What makes and changes lists and dicts.
#include "core/import/torchscript/eval/host.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

using Answer = Result<std::optional<Value>>;

std::optional<Value> some(Value value)
{
    return std::optional<Value>(std::move(value));
}

const Value& at(const Arguments& given, size_t i)
{
    static const Value kUnknown{};
    return i < given.positional.size() ? given.positional[i] : kUnknown;
}

bool isKnownList(const Value& value)
{
    return value.isSequence() && value.isKnown();
}

/// The place of an index that may be negative; nothing outside.
std::optional<size_t> placeIn(size_t size, int64_t index)
{
    const int64_t place = index < 0 ? index + static_cast<int64_t>(size) : index;
    return place >= 0 && place < static_cast<int64_t>(size) ? std::optional(static_cast<size_t>(place)) : std::nullopt;
}

/// A list that holds too deep ones is refused: everything that walks it recurses.
Answer grow(Evaluator& evaluator, const Value& list, const std::vector<Value>& added)
{
    if (!list.isKnown())
        return some(list);
    ListData& data = list.listData();
    BPU_CHECK(evaluator.spend(added.size()));
    for (const Value& value : added)
        data.depth = std::max(data.depth, depthOf(value) + 1);
    if (data.depth > kMaxContainerDepth)
        return evaluator.error("torchscript.limit", "lists nest too deeply; export the model with torch.jit.trace");
    data.items.insert(data.items.end(), added.begin(), added.end());
    return some(list);
}

Answer append(Evaluator& evaluator, const Arguments& given)
{
    return at(given, 0).is(Kind::List) ? grow(evaluator, at(given, 0), {at(given, 1)}) : some(at(given, 0));
}

Answer extend(Evaluator& evaluator, const Arguments& given)
{
    if (!at(given, 0).is(Kind::List))
        return some(at(given, 0));
    if (!isKnownList(at(given, 1))) // one thing of unknown type stands for them, so that nothing of known size is made of the list
        return grow(evaluator, at(given, 0), {Value::unknown(Kind::Unknown, at(given, 1).is(Kind::Tensor) || !at(given, 1).isKnown() ? at(given, 1).sharedCell() : nullptr)});
    return grow(evaluator, at(given, 0), std::vector<Value>(at(given, 1).items()));
}

/// The same object with items put in; nothing of one whose length is unknown.
Answer insert(Evaluator& evaluator, const Arguments& given)
{
    const Value& list = at(given, 0);
    const Value place = scalarOf(at(given, 1));
    if (!list.is(Kind::List) || !list.isKnown())
        return some(Value::none());
    if (!place.isNumber() || !place.isKnown())
        return evaluator.error("a list gets an item at a place that depends on data, which is not read");
    BPU_CHECK(grow(evaluator, list, {at(given, 2)}));
    auto& items = list.listData().items;
    const auto size = static_cast<int64_t>(items.size()) - 1;
    const int64_t before = std::clamp<int64_t>(place.integer() < 0 ? place.integer() + size : place.integer(), 0, size);
    std::rotate(items.begin() + before, items.end() - 1, items.end());
    BPU_CHECK(evaluator.spend(items.size()));
    return some(Value::none());
}

Answer clear(Evaluator&, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (value.is(Kind::List) && value.isKnown())
        value.listData().items.clear();
    else if (value.is(Kind::Dict) && value.isKnown())
        value.dictData().entries.clear();
    else
        return std::optional<Value>();
    return some(Value::none());
}

Answer reverse(Evaluator&, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (!value.is(Kind::List) || !value.isKnown())
        return std::optional<Value>();
    std::ranges::reverse(value.listData().items);
    return some(Value::none());
}

/// Whether a stable sort may ask for the order of any two: numbers or texts that are known.
bool haveAnOrder(const std::vector<Value>& items)
{
    const auto isNumber = [](const Value& item) { return item.isNumber() && item.isKnown() && !std::isnan(item.number()); };
    const auto isText = [](const Value& item) { return item.is(Kind::String) && item.isKnown(); };
    return std::ranges::all_of(items, isNumber) || std::ranges::all_of(items, isText);
}

Answer sort(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (!value.is(Kind::List) || !value.isKnown())
        return std::optional<Value>();
    auto& items = value.listData().items;
    if (!haveAnOrder(items))
        return evaluator.error("a list is sorted whose order depends on data, which is not read");
    BPU_CHECK(evaluator.spend(items.size()));
    const bool descends = at(given, 1).is(Kind::Bool) && at(given, 1).isKnown() && at(given, 1).flag();
    const auto isBefore = [](const Value& a, const Value& b) { return a.is(Kind::String) ? a.text() < b.text() : a.number() < b.number(); };
    std::ranges::stable_sort(items, [&](const Value& a, const Value& b) { return descends ? isBefore(b, a) : isBefore(a, b); });
    return some(Value::none());
}

/// The same as a new list.
Answer sorted(Evaluator& evaluator, const Arguments& given)
{
    BPU_TRY(items, evaluator.iterate(at(given, 0)));
    if (!items)
        return some(Value::unknown(Kind::List));
    Value list = Value::list(*std::move(items));
    BPU_CHECK(sort(evaluator, {{list, at(given, 1)}, {}}));
    return some(std::move(list));
}

/// del list[i], del dict[key]
Answer erase(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    const Value index = scalarOf(at(given, 1));
    if (value.is(Kind::Dict) && value.isKnown()) {
        auto& entries = value.dictData().entries;
        for (size_t i = 0; i < entries.size(); ++i) {
            BPU_TRY(same, equal(evaluator, entries[i].first, index));
            if (!same.value_or(false))
                continue;
            entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
            return some(Value::none());
        }
    }
    if (!value.is(Kind::List) || !value.isKnown() || !index.isNumber() || !index.isKnown())
        return std::optional<Value>();
    auto& items = value.listData().items;
    const auto place = placeIn(items.size(), index.integer());
    if (!place)
        return evaluator.error("torchscript.raises", fmt::format("index {} is outside of {} items", index.integer(), items.size()));
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(*place));
    return some(Value::none());
}

Answer setItem(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    const Value index = scalarOf(at(given, 1));
    if (!value.isKnown())
        return some(Value::none());
    if (value.is(Kind::Dict)) {
        auto& entries = value.dictData().entries;
        for (auto& [key, item] : entries) {
            BPU_TRY(same, equal(evaluator, key, index));
            if (!same.value_or(false))
                continue;
            item = at(given, 2);
            return some(Value::none());
        }
        value.dictData().depth = std::max(value.dictData().depth, depthOf(at(given, 2)) + 1);
        if (value.dictData().depth > kMaxContainerDepth)
            return evaluator.error("torchscript.limit", "dicts nest too deeply; export the model with torch.jit.trace");
        entries.emplace_back(index, at(given, 2));
        return some(Value::none());
    }
    if (!value.is(Kind::List) || !index.isNumber() || !index.isKnown())
        return std::optional<Value>();
    const auto place = placeIn(value.items().size(), index.integer());
    if (!place)
        return evaluator.error("torchscript.raises", fmt::format("index {} is outside of {} items", index.integer(), value.items().size()));
    ListData& data = value.listData();
    data.depth = std::max(data.depth, depthOf(at(given, 2)) + 1);
    if (data.depth > kMaxContainerDepth)
        return evaluator.error("torchscript.limit", "lists nest too deeply; export the model with torch.jit.trace");
    data.items[*place] = at(given, 2);
    return some(Value::none());
}

/// dict(), of another dict, or of a list of pairs.
Answer copyDict(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (given.positional.empty() || (value.is(Kind::Dict) && value.isKnown()))
        return some(Value::dict(given.positional.empty() ? std::vector<std::pair<Value, Value>>() : value.dictData().entries));
    if (!isKnownList(value))
        return some(Value::unknown(Kind::Dict));
    const Value result = Value::dict({});
    for (const Value& pair : value.items()) {
        if (!isKnownList(pair) || pair.items().size() != 2)
            return some(Value::unknown(Kind::Dict));
        BPU_CHECK(setItem(evaluator, {{result, pair.items()[0], pair.items()[1]}, {}}));
    }
    return some(result);
}

/// From the end, or from a place.
Answer pop(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (!value.is(Kind::List))
        return std::optional<Value>();
    if (!value.isKnown())
        return some(Value::unknown());
    ListData& data = value.listData();
    const auto place = placeIn(data.items.size(), given.positional.size() > 1 && at(given, 1).isNumber() && at(given, 1).isKnown() ? at(given, 1).integer() : -1);
    if (!place)
        return evaluator.error("torchscript.raises", "pop from an empty list");
    const Value taken = data.items[*place];
    data.items.erase(data.items.begin() + static_cast<std::ptrdiff_t>(*place));
    return some(taken);
}

} // namespace

std::span<const HostEntry> hostChanges()
{
    static constexpr HostEntry kEntries[] = {
        {"append", append}, {"extend", extend}, {"insert", insert}, {"clear", clear}, {"reverse", reverse}, {"sort", sort}, {"sorted", sorted}, {"builtin.sorted", sorted}, {"Delete", erase},
        {"_set_item", setItem}, {"pop", pop}, {"dict", copyDict}, {"builtin.dict", copyDict},
    };
    return kEntries;
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Lists, tuples, dicts.
#include "core/import/torchscript/eval/host.h"

#include <algorithm>
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

/// The place of an index that may be negative; nothing outside.
std::optional<size_t> placeIn(size_t size, int64_t index)
{
    const int64_t place = index < 0 ? index + static_cast<int64_t>(size) : index;
    return place >= 0 && place < static_cast<int64_t>(size) ? std::optional(static_cast<size_t>(place)) : std::nullopt;
}

Answer len(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (value.is(Kind::Tensor)) {
        const ir::Dim size = evaluator.builder().typeOf(value.cell()).dim(0);
        return some(size == ir::kUnknownDim ? Value::unknown(Kind::Int) : Value::of(size));
    }
    if (!value.isKnown() || value.is(Kind::Unknown))
        return some(Value::unknown(Kind::Int));
    if (value.is(Kind::String))
        return some(Value::of(static_cast<int64_t>(value.text().size())));
    if (value.is(Kind::Dict))
        return some(Value::of(static_cast<int64_t>(value.dictData().entries.size())));
    BPU_TRY(items, evaluator.iterate(value));
    return some(Value::of(static_cast<int64_t>(items ? items->size() : 0)));
}

Answer getItem(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    const Value index = scalarOf(at(given, 1));
    if (value.is(Kind::Tensor))
        return std::optional<Value>();
    if (!value.isKnown() || value.is(Kind::Unknown))
        return some(Value::unknown(Kind::Unknown, value.isKnown() ? nullptr : value.sharedCell()));
    if (value.is(Kind::Dict)) {
        for (const auto& [key, item] : value.dictData().entries) {
            BPU_TRY(same, equal(evaluator, key, index));
            if (same.value_or(false))
                return some(item);
        }
        return index.isKnown() ? Answer(evaluator.error("torchscript.raises", fmt::format("a dict has no key {}", toText(index)))) : Answer(some(Value::unknown()));
    }
    BPU_TRY(items, evaluator.iterate(value));
    if (!items || !index.isNumber() || !index.isKnown())
        return some(Value::unknown());
    const auto place = placeIn(items->size(), index.integer());
    if (!place)
        return evaluator.error("torchscript.raises", fmt::format("index {} is outside of {} items", index.integer(), items->size()));
    return some((*items)[*place]);
}

Answer contains(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (value.is(Kind::String) && value.isKnown() && at(given, 1).is(Kind::String) && at(given, 1).isKnown())
        return some(Value::of(value.text().find(at(given, 1).text()) != std::string::npos));
    if (!value.isKnown() || value.is(Kind::Tensor) || value.is(Kind::Unknown))
        return some(Value::unknown(Kind::Bool));
    BPU_TRY(items, evaluator.iterate(value));
    bool isKnown = true;
    for (const Value& item : items.value_or(std::vector<Value>())) {
        BPU_TRY(same, equal(evaluator, item, at(given, 1)));
        if (same.value_or(false))
            return some(Value::of(true));
        isKnown = isKnown && same;
    }
    return some(isKnown ? Value::of(false) : Value::unknown(Kind::Bool));
}

/// list(x), and the copies that torch.list, torch.copy and tuple() make.
template <Kind K>
Answer copyTo(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (value.is(Kind::Tensor) || value.is(Kind::Object))
        return std::optional<Value>();
    if (given.positional.empty())
        return some(Value::list({}, K));
    BPU_TRY(items, evaluator.iterate(value));
    if (!items)
        return some(Value::unknown(K, value.isKnown() ? nullptr : value.sharedCell()));
    BPU_CHECK(evaluator.spend(items->size()));
    return some(Value::list(*std::move(items), K));
}

/// torch.slice(list, start, end, step).
Answer slice(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (!value.isSequence())
        return std::optional<Value>();
    std::optional<int64_t> bounds[3];
    for (size_t i = 0; i < 3; ++i) {
        const Value& bound = at(given, i + 1);
        if (i + 1 >= given.positional.size() || bound.is(Kind::None))
            continue;
        if (!bound.isNumber() || !bound.isKnown())
            return some(Value::unknown(value.kind()));
        bounds[i] = bound.integer();
    }
    const int64_t step = bounds[2].value_or(1);
    if (!value.isKnown() || step == 0)
        return some(Value::unknown(value.kind()));
    // Backwards the places are -1 to size - 1, and an open end is the one in front of the first.
    const auto size = static_cast<int64_t>(value.items().size());
    const int64_t low = step > 0 ? 0 : -1;
    const int64_t high = step > 0 ? size : size - 1;
    const auto clamped = [&](int64_t bound) { return std::clamp<int64_t>(bound < 0 ? bound + size : bound, low, high); };
    const int64_t end = bounds[1] ? clamped(*bounds[1]) : step > 0 ? high : low;
    std::vector<Value> items;
    for (int64_t i = bounds[0] ? clamped(*bounds[0]) : step > 0 ? low : high; step > 0 ? i < end : i > end;) {
        items.push_back(value.items()[static_cast<size_t>(i)]);
        if (__builtin_add_overflow(i, step, &i))
            break;
    }
    BPU_CHECK(evaluator.spend(items.size()));
    return some(Value::list(std::move(items), value.kind()));
}

} // namespace

std::span<const HostEntry> hostContainers()
{
    static constexpr HostEntry kEntries[] = {
        {"len", len}, {"builtin.len", len}, {"__getitem__", getItem}, {"__contains__", contains},
        {"list", copyTo<Kind::List>}, {"copy", copyTo<Kind::List>}, {"builtin.list", copyTo<Kind::List>}, {"builtin.tuple", copyTo<Kind::Tuple>},
        {"slice", slice},
    };
    return kEntries;
}

} // namespace bpu::importer::torchscript

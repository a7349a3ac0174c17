// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What walks over lists, tuples and dicts: ranges, zip, enumerate, sums.
#include "core/import/torchscript/eval/host.h"

#include <algorithm>

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

Answer sum(Evaluator&, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (!value.isSequence())
        return std::optional<Value>();
    const auto items = value.toInts();
    if (!items)
        return some(Value::unknown(Kind::Int));
    uint64_t total = 0; // as wide as PyTorch's, which wraps
    for (const int64_t item : *items)
        total += static_cast<uint64_t>(item);
    return some(Value::of(static_cast<int64_t>(total)));
}

template <bool WantsAll>
Answer allOrAny(Evaluator&, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (!value.isSequence())
        return std::optional<Value>();
    bool isKnown = value.isKnown();
    for (size_t i = 0; isKnown && i < value.items().size(); ++i) {
        const std::optional<bool> holds = truth(value.items()[i]);
        if (holds && *holds != WantsAll)
            return some(Value::of(!WantsAll));
        isKnown = holds.has_value();
    }
    return some(isKnown ? Value::of(WantsAll) : Value::unknown(Kind::Bool));
}

Answer range(Evaluator& evaluator, const Arguments& given)
{
    std::vector<int64_t> bounds;
    for (const Value& value : given.positional) {
        if (!value.isNumber() || !value.isKnown())
            return some(Value::unknown(Kind::List));
        bounds.push_back(value.integer());
    }
    if (bounds.size() == 1)
        bounds.insert(bounds.begin(), 0);
    if (bounds.size() == 2)
        bounds.push_back(1);
    if (bounds.size() != 3 || bounds[2] == 0)
        return evaluator.error("torchscript.raises", "a range with step 0");
    std::vector<Value> items;
    for (int64_t i = bounds[0]; bounds[2] > 0 ? i < bounds[1] : i > bounds[1];) {
        BPU_CHECK(evaluator.spend(1));
        items.push_back(Value::of(i));
        if (__builtin_add_overflow(i, bounds[2], &i))
            break;
    }
    return some(Value::list(std::move(items)));
}

Answer zip(Evaluator& evaluator, const Arguments& given)
{
    std::vector<std::vector<Value>> columns;
    size_t shortest = SIZE_MAX;
    for (const Value& value : given.positional) {
        BPU_TRY(items, evaluator.iterate(value));
        if (!items)
            return some(Value::unknown(Kind::List));
        shortest = std::min(shortest, items->size());
        columns.push_back(*std::move(items));
    }
    std::vector<Value> rows;
    for (size_t i = 0; i < shortest && !columns.empty(); ++i) {
        BPU_CHECK(evaluator.spend(columns.size()));
        std::vector<Value> row;
        for (const auto& column : columns)
            row.push_back(column[i]);
        rows.push_back(Value::tuple(std::move(row)));
    }
    return some(Value::list(std::move(rows)));
}

Answer enumerate(Evaluator& evaluator, const Arguments& given)
{
    BPU_TRY(items, evaluator.iterate(at(given, 0)));
    if (!items)
        return some(Value::unknown(Kind::List));
    std::vector<Value> rows;
    for (size_t i = 0; i < items->size(); ++i) {
        BPU_CHECK(evaluator.spend(1));
        rows.push_back(Value::tuple({Value::of(static_cast<int64_t>(i)), (*items)[i]}));
    }
    return some(Value::list(std::move(rows)));
}

Answer reversed(Evaluator& evaluator, const Arguments& given)
{
    BPU_TRY(items, evaluator.iterate(at(given, 0)));
    if (!items)
        return some(Value::unknown(Kind::List));
    std::ranges::reverse(*items);
    return some(Value::list(*std::move(items)));
}

/// keys, values, items of a dict.
template <int Part>
Answer entries(Evaluator& evaluator, const Arguments& given)
{
    const Value& value = at(given, 0);
    if (!value.is(Kind::Dict))
        return std::optional<Value>();
    if (!value.isKnown())
        return some(Value::unknown(Kind::List, value.sharedCell()));
    std::vector<Value> items;
    for (const auto& [key, item] : value.dictData().entries) {
        BPU_CHECK(evaluator.spend(1));
        items.push_back(Part == 0 ? key : Part == 1 ? item : Value::tuple({key, item}));
    }
    return some(Value::list(std::move(items)));
}

} // namespace

std::span<const HostEntry> hostIteration()
{
    static constexpr HostEntry kEntries[] = {
        {"sum", sum}, {"builtin.sum", sum}, {"all", allOrAny<true>}, {"any", allOrAny<false>}, {"builtin.all", allOrAny<true>}, {"builtin.any", allOrAny<false>},
        {"builtin.range", range}, {"builtin.zip", zip}, {"builtin.enumerate", enumerate}, {"builtin.reversed", reversed},
        {"keys", entries<0>}, {"values", entries<1>}, {"items", entries<2>},
    };
    return kEntries;
}

} // namespace bpu::importer::torchscript

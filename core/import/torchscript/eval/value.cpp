// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/value.h"

#include <algorithm>
#include <array>

namespace bpu::importer::torchscript {

std::string_view name(Kind kind)
{
    static constexpr std::array<std::string_view, 12> kNames{"unknown", "None", "bool", "int", "float", "str", "Tensor", "List", "Tuple", "Dict", "object", "name"};
    return kNames[static_cast<size_t>(kind)];
}

Value Value::of(bool value)
{
    Value result(Kind::Bool);
    result.m_integer = value;
    return result;
}

Value Value::of(int64_t value)
{
    Value result(Kind::Int);
    result.m_integer = value;
    return result;
}

Value Value::of(double value)
{
    Value result(Kind::Float);
    result.m_number = value;
    return result;
}

Value Value::text(std::string value)
{
    Value result(Kind::String);
    result.m_heap = std::make_shared<std::string>(std::move(value));
    return result;
}

Value Value::dotted(std::string value)
{
    Value result(Kind::Name);
    result.m_heap = std::make_shared<std::string>(std::move(value));
    return result;
}

Value Value::tensor(ir::Tensor constant, std::string tensorName)
{
    auto made = std::make_shared<Cell>();
    made->name = std::move(tensorName);
    made->constant = std::move(constant);
    return cell(std::move(made));
}

Value Value::cell(std::shared_ptr<Cell> cell)
{
    Value result(Kind::Tensor);
    result.m_heap = std::move(cell);
    return result;
}

Value Value::list(std::vector<Value> items, Kind kind)
{
    Value result(kind);
    int depth = 0;
    for (const Value& item : items)
        depth = std::max(depth, depthOf(item));
    result.m_heap = std::make_shared<ListData>(ListData{std::move(items), depth + 1});
    return result;
}

Value Value::ints(const std::vector<int64_t>& items)
{
    std::vector<Value> values;
    values.reserve(items.size());
    for (const int64_t item : items)
        values.push_back(of(item));
    return list(std::move(values));
}

Value Value::dict(std::vector<std::pair<Value, Value>> entries)
{
    Value result(Kind::Dict);
    int depth = 0;
    for (const auto& [key, value] : entries)
        depth = std::max({depth, depthOf(key), depthOf(value)});
    result.m_heap = std::make_shared<DictData>(DictData{std::move(entries), depth + 1});
    return result;
}

Value Value::object(std::shared_ptr<Object> object)
{
    Value result(Kind::Object);
    result.m_heap = std::move(object);
    return result;
}

Value Value::unknown(Kind kind, std::shared_ptr<Cell> backing)
{
    Value result(kind);
    result.m_isKnown = false;
    result.m_heap = std::move(backing);
    return result;
}

Value Value::boxed(bool isBoxed) const
{
    Value result = *this;
    result.m_isBoxed = isBoxed;
    return result;
}

const std::vector<Value>& Value::items() const
{
    return listData().items;
}

std::optional<std::vector<int64_t>> Value::toInts() const
{
    if (!isSequence() || !m_isKnown)
        return std::nullopt;
    std::vector<int64_t> result;
    for (const Value& item : items()) {
        if ((!item.is(Kind::Int) && !item.is(Kind::Bool)) || !item.isKnown())
            return std::nullopt;
        result.push_back(item.integer());
    }
    return result;
}

bool Value::isSame(const Value& other) const
{
    if (m_kind != other.m_kind || m_isKnown != other.m_isKnown)
        return false;
    if (m_kind == Kind::String || m_kind == Kind::Name)
        return !m_isKnown || text() == other.text();
    return m_integer == other.m_integer && m_heap == other.m_heap;
}

int depthOf(const Value& value)
{
    if (!value.isKnown())
        return 0;
    return value.isSequence() ? value.listData().depth : value.is(Kind::Dict) ? value.dictData().depth : 0;
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/objects.h"

#include <fmt/format.h>

namespace bpu::importer::torchscript {

/// A module or tensor that two others share stays one object, named by the way it is met first.
Result<Value> ObjectReader::read(PickleId id, const std::string& path)
{
    if (const auto known = m_known.find(id); known != m_known.end())
        return known->second;
    BPU_TRY(value, convert(id, path));
    m_known.insert_or_assign(id, value);
    return value;
}

Result<std::vector<Value>> ObjectReader::items(const PickleValue& value, const std::string& path)
{
    std::vector<Value> result;
    for (size_t i = 0; i < value.items.size(); ++i) {
        BPU_TRY(item, read(value.items[i], fmt::format("{}.{}", path, i)));
        result.push_back(std::move(item));
    }
    return result;
}

Result<Value> ObjectReader::convert(PickleId id, const std::string& path)
{
    const PickleValue& value = m_pickle[id];
    switch (value.kind) {
    case PickleKind::None: return Value::none();
    case PickleKind::Bool: return Value::of(value.integer != 0);
    case PickleKind::Int: return Value::of(value.integer);
    case PickleKind::Float: return Value::of(value.number);
    case PickleKind::String:
    case PickleKind::Bytes: return Value::text(std::string(value.text));
    case PickleKind::Device:
    case PickleKind::Global: return Value::dotted(std::string(value.text));
    case PickleKind::Enum: {
        auto member = std::make_shared<Object>();
        member->className = value.text;
        member->isEnum = true;
        BPU_TRY(content, read(value.items[0], path));
        member->attributes.emplace("value", std::move(content));
        return Value::object(std::move(member));
    }
    case PickleKind::Object: return object(value, path);
    case PickleKind::Tensor: {
        BPU_TRY(loaded, m_tensors.load(id));
        Value tensor = Value::tensor(loaded.tensor, path);
        if (loaded.quantizer)
            tensor.cell().quantizer = std::make_shared<const TensorQuantizer>(*std::move(loaded.quantizer));
        return tensor;
    }
    case PickleKind::List:
    case PickleKind::Tuple: {
        BPU_TRY(list, items(value, path));
        return Value::list(std::move(list), value.kind == PickleKind::List ? Kind::List : Kind::Tuple);
    }
    case PickleKind::Dict: {
        BPU_TRY(list, items(value, path));
        std::vector<std::pair<Value, Value>> entries;
        for (size_t i = 0; i + 1 < list.size(); i += 2)
            entries.emplace_back(list[i], list[i + 1]);
        return Value::dict(std::move(entries));
    }
    default: return Value::unknown();
    }
}

Result<Value> ObjectReader::object(const PickleValue& value, const std::string& path)
{
    auto made = std::make_shared<Object>();
    made->className = value.text;
    made->path = path;
    if (value.items.empty())
        return Value::object(std::move(made));
    if (m_pickle[value.items[0]].kind != PickleKind::Dict) {
        BPU_TRY(state, read(value.items[0], path));
        made->state = std::move(state);
        return Value::object(std::move(made));
    }
    const PickleValue& state = m_pickle[value.items[0]];
    for (size_t i = 0; i + 1 < state.items.size(); i += 2) {
        const std::string attribute(m_pickle[state.items[i]].text);
        made->isModule = made->isModule || attribute == "training";
        BPU_TRY(content, read(state.items[i + 1], path.empty() ? attribute : path + "." + attribute));
        made->attributes.insert_or_assign(attribute, attribute == "training" ? Value::of(false) : std::move(content));
    }
    return Value::object(std::move(made));
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Checked reads of single fields of graph.json. Errors are "bpuir.field" and name the field.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <nlohmann/json.hpp>
#include <string>

namespace bpu::importer::fields {

using Json = nlohmann::json;

/// "'WHERE' WHAT; the file was changed by hand or by another program, save the model again"
Error malformed(std::string_view where, std::string_view what);

/// Member `key` of `object`; null when it is absent.
const Json* find(const Json& object, const char* key);
/// A list; absent reads as an empty one.
Result<const Json*> list(const Json& object, const char* key);
/// A string, or {"hex": "..."} for bytes that are not UTF-8.
Result<std::string> text(const Json* json, const char* key);
/// The same, empty when absent.
Result<std::string> textOrEmpty(const Json& object, const char* key);
Result<int64_t> integer(const Json* json, const char* key);
/// A number, or "nan", "inf", "-inf".
Result<double> number(const Json* json, const char* key);
/// "f32[1,?,3]", "i64[*]".
Result<ir::TensorType> tensorType(const Json* json, const char* key);
/// Nothing when `object` has no "quant".
Result<std::optional<ir::QuantParams>> quant(const Json& object);

template <typename T, typename F>
Result<std::vector<T>> listOf(const Json& json, const char* key, F read)
{
    if (!json.is_array())
        return malformed(key, "is not a list");
    std::vector<T> result;
    result.reserve(json.size());
    for (const Json& item : json) {
        BPU_TRY(value, read(&item, key));
        result.push_back(std::move(value));
    }
    return result;
}

} // namespace bpu::importer::fields

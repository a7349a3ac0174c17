// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/bpuir/fields.h"

#include <charconv>
#include <fmt/format.h>
#include <limits>

namespace bpu::importer::fields {
namespace {

constexpr size_t kMaxRank = 64;

int hexDigit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<std::string> fromHex(const std::string& hex, const char* key)
{
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size() + hex.size() % 2; i += 2) {
        const int high = hexDigit(hex[i]);
        const int low = i + 1 < hex.size() ? hexDigit(hex[i + 1]) : -1;
        if (high < 0 || low < 0)
            return malformed(key, "is not hexadecimal");
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

Result<ir::Dim> dimension(std::string_view text, const char* key)
{
    if (text == "?")
        return ir::kUnknownDim;
    ir::Dim dim = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), dim);
    if (code != std::errc() || end != text.data() + text.size() || dim < 0)
        return malformed(key, "has a dimension that is not a size");
    return dim;
}

} // namespace

Error malformed(std::string_view where, std::string_view what)
{
    return {"bpuir.field", {}, fmt::format("'{}' in graph.json {}; the file was changed or damaged, save the model again", where, what)};
}

const Json* find(const Json& object, const char* key)
{
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

Result<const Json*> list(const Json& object, const char* key)
{
    static const Json empty = Json::array();
    const Json* json = find(object, key);
    if (json && !json->is_array())
        return malformed(key, "is not a list");
    return json ? json : &empty;
}

Result<std::string> text(const Json* json, const char* key)
{
    if (json && json->is_string())
        return json->get<std::string>();
    if (const Json* hex = json ? find(*json, "hex") : nullptr; hex && hex->is_string())
        return fromHex(hex->get_ref<const std::string&>(), key);
    return malformed(key, json ? "is not a text" : "is missing");
}

Result<std::string> textOrEmpty(const Json& object, const char* key)
{
    const Json* json = find(object, key);
    return json ? text(json, key) : Result<std::string>(std::string());
}

Result<int64_t> integer(const Json* json, const char* key)
{
    if (!json || !json->is_number_integer())
        return malformed(key, "is not a whole number");
    if (json->is_number_unsigned() && json->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
        return malformed(key, "is too large");
    return json->get<int64_t>();
}

Result<double> number(const Json* json, const char* key)
{
    if (json && json->is_number())
        return json->get<double>();
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (json && *json == "nan")
        return std::numeric_limits<double>::quiet_NaN();
    if (json && (*json == "inf" || *json == "-inf"))
        return *json == "inf" ? kInfinity : -kInfinity;
    return malformed(key, "is not a number");
}

Result<ir::TensorType> tensorType(const Json* json, const char* key)
{
    BPU_TRY(written, text(json, key));
    const std::string_view view = written;
    const size_t open = view.find('[');
    const auto dtype = ir::dtypeFromName(view.substr(0, open));
    if (!dtype || open == std::string_view::npos || !view.ends_with(']'))
        return malformed(key, "is not a tensor type such as f32[1,3]");
    std::string_view rest = view.substr(open + 1, view.size() - open - 2);
    if (rest == "*")
        return ir::TensorType::unranked(*dtype);
    ir::Shape shape;
    while (!rest.empty()) {
        const size_t comma = rest.find(',');
        BPU_TRY(dim, dimension(rest.substr(0, comma), key));
        shape.push_back(dim);
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        if (shape.size() > kMaxRank)
            return malformed(key, "has too many dimensions");
    }
    return ir::TensorType(*dtype, std::move(shape));
}

Result<std::optional<ir::QuantParams>> quant(const Json& object)
{
    const Json* json = find(object, "quant");
    if (!json)
        return std::optional<ir::QuantParams>();
    ir::QuantParams params;
    BPU_TRY(typeName, text(find(*json, "qtype"), "qtype"));
    const auto type = ir::qtypeFromName(typeName);
    if (!type)
        return malformed("qtype", "is none of qint8, qint16, qint32");
    params.type = *type;
    BPU_TRY(scales, list(*json, "scales"));
    BPU_TRY(numbers, listOf<double>(*scales, "scales", number));
    params.scales = std::move(numbers);
    BPU_TRY(axis, integer(find(*json, "axis"), "axis"));
    if (axis < -1 || axis > static_cast<int64_t>(kMaxRank))
        return malformed("axis", "is not an axis");
    params.channelAxis = static_cast<int>(axis);
    return std::optional<ir::QuantParams>(std::move(params));
}

} // namespace bpu::importer::fields

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/json_fields.h"
#include "core/data/preprocess.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::data {
namespace {

constexpr int64_t kMaxSide = 16384;
constexpr const char* kCode = "data.preprocess";

/// {"height": H, "width": W}
Result<std::optional<Size>> readSize(const JsonFields& fields, const char* key, const std::string& where, bool takesValue = false)
{
    BPU_TRY(object, fields.object(key));
    if (!object)
        return std::optional<Size>();
    const JsonFields inner(*object, kCode, where);
    BPU_CHECK(inner.only(takesValue ? std::vector<std::string_view>{"height", "width", "value"} : std::vector<std::string_view>{"height", "width"}));
    BPU_TRY(height, inner.integer("height", 1, kMaxSide));
    BPU_TRY(width, inner.integer("width", 1, kMaxSide));
    if (!height || !width)
        return inner.error(fmt::format("\"{}\" needs \"height\" and \"width\"", key));
    return std::optional(Size{*height, *width});
}

/// {"shorter": S}, {"longer": S} or a size; each with "filter".
Result<void> readResize(const JsonFields& fields, const std::string& where, Preprocess& preprocess)
{
    BPU_TRY(object, fields.object("resize"));
    if (!object)
        return {};
    const JsonFields inner(*object, kCode, where);
    BPU_CHECK(inner.only({"shorter", "longer", "height", "width", "filter"}));
    BPU_TRY(shorter, inner.integer("shorter", 1, kMaxSide));
    BPU_TRY(longer, inner.integer("longer", 1, kMaxSide));
    BPU_TRY(height, inner.integer("height", 1, kMaxSide));
    BPU_TRY(width, inner.integer("width", 1, kMaxSide));
    if (height.has_value() != width.has_value() || (shorter ? 1 : 0) + (longer ? 1 : 0) + (height ? 1 : 0) != 1)
        return inner.error("\"resize\" needs either \"shorter\", or \"longer\", or \"height\" and \"width\"");
    BPU_TRY(filter, inner.choice("filter", {"antialias", "bilinear", "nearest"}));
    preprocess.shorterSide = shorter;
    preprocess.longerSide = longer;
    if (height)
        preprocess.exactSize = Size{*height, *width};
    if (filter)
        preprocess.filter = *filter == "bilinear" ? Filter::Bilinear : *filter == "nearest" ? Filter::Nearest : Filter::Antialias;
    return {};
}

Result<void> readPad(const JsonFields& fields, const std::string& where, Preprocess& preprocess)
{
    BPU_TRY(size, readSize(fields, "pad", where, true));
    if (!size)
        return {};
    BPU_TRY(value, JsonFields(*fields.find("pad"), kCode, where).integer("value", 0, 255));
    preprocess.pad = size;
    preprocess.padValue = static_cast<uint8_t>(value.value_or(0));
    return {};
}

Result<void> readNumbers(const JsonFields& fields, Preprocess& preprocess)
{
    BPU_TRY(divide, fields.number("divide"));
    BPU_TRY(mean, fields.numbers("mean"));
    BPU_TRY(scale, fields.numbers("scale"));
    BPU_TRY(deviation, fields.numbers("std"));
    if (!scale.empty() && !deviation.empty())
        return fields.error("has both \"scale\" and \"std\"; give one of them: std divides, scale multiplies");
    if (divide == 0.0 || std::ranges::find(deviation, 0.0) != deviation.end())
        return fields.error("\"divide\" and \"std\" cannot be 0");
    for (double& value : deviation)
        value = 1 / value;
    preprocess.divide = divide.value_or(1);
    preprocess.mean = std::move(mean);
    preprocess.scale = scale.empty() ? std::move(deviation) : std::move(scale);
    return {};
}

} // namespace

Result<Preprocess> parsePreprocess(std::string_view json, const std::string& where)
{
    BPU_TRY(object, JsonFields::parse(json, kCode, where));
    const JsonFields fields(object, kCode, where);
    BPU_CHECK(fields.only({"resize", "crop", "pad", "color", "divide", "mean", "scale", "std", "layout"}));
    Preprocess preprocess;
    BPU_CHECK(readResize(fields, where, preprocess));
    BPU_TRY(crop, readSize(fields, "crop", where));
    preprocess.crop = crop;
    BPU_CHECK(readPad(fields, where, preprocess));
    BPU_TRY(color, fields.text("color"));
    if (color && !(preprocess.color = colorFromName(*color)))
        return fields.error(fmt::format("\"color\" cannot be \"{}\"; write one of {}", *color, colorNames()));
    BPU_CHECK(readNumbers(fields, preprocess));
    BPU_TRY(layout, fields.choice("layout", {"NCHW", "NHWC"}));
    if (layout)
        preprocess.layout = *layout == "NCHW" ? ImageLayout::Nchw : ImageLayout::Nhwc;
    return preprocess;
}

} // namespace bpu::data

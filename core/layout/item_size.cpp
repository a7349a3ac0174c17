// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/layout/item_graph.h"

#include <algorithm>
#include <cmath>

namespace bpu::layout {
namespace {

void placeRow(Row& row, double y, double width)
{
    row.rect = {0, y, width, row.attributes.empty() ? kLowRow : kTallRow};
}

} // namespace

std::string fitted(const std::string& name, double room, const TextMeasure& measure)
{
    constexpr double kLeastRoom = 24;
    constexpr double kRounding = 0.5; // the card was made for this name: a sum in another order must not drop it
    if (measure.width(name, TextStyle::Name) <= room + kRounding)
        return name;
    return room < kLeastRoom ? std::string() : elided(name, room, TextStyle::Name, measure);
}

void sizeCard(Item& item, const TextMeasure& measure)
{
    constexpr double kBorders = kStripe + 2 * kPad + kDevice;
    double width = kMinCard;
    for (const Row& row : item.rows) {
        const double head = measure.width(row.title, TextStyle::Title) + kGap + measure.width(row.name, TextStyle::Name);
        width = std::max({width, kBorders + head, kBorders + measure.width(row.attributes, TextStyle::Attribute)});
    }
    width = std::min(std::ceil(width), kMaxCard);
    double y = 0;
    for (Row& row : item.rows) {
        const double room = width - kBorders;
        row.title = elided(row.title, room, TextStyle::Title, measure);
        const double left = room - measure.width(row.title, TextStyle::Title) - kGap;
        row.name = fitted(row.name, left, measure);
        row.attributes = elided(row.attributes, room, TextStyle::Attribute, measure);
        placeRow(row, y, width);
        y += row.rect.height;
    }
    item.rect = {0, 0, width, y};
}

void sizePill(Item& item, const TextMeasure& measure)
{
    Row& row = item.rows.front();
    const bool stub = item.kind == ItemKind::Stub;
    const double icon = stub ? 16 : 0;
    const TextStyle style = stub ? TextStyle::Name : TextStyle::Title;
    row.name = elided(row.name, kMaxCard - 2 * kGap - icon, style, measure);
    const double width = std::max(64.0, std::ceil(measure.width(row.name, style)) + 2 * kGap + icon);
    item.rect = {0, 0, width, kPillHeight};
    row.rect = item.rect;
}

std::string elided(const std::string& text, double width, TextStyle style, const TextMeasure& measure)
{
    if (measure.width(text, style) <= width)
        return text;
    std::vector<std::string_view> characters;
    for (size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        characters.push_back(std::string_view(text).substr(i, length));
        i += length;
    }
    const auto ends = [&characters](size_t kept) {
        std::string result;
        for (size_t i = 0; i < (kept + 1) / 2; ++i)
            result += characters[i];
        result += "…";
        for (size_t i = characters.size() - kept / 2; i < characters.size(); ++i)
            result += characters[i];
        return result;
    };
    size_t low = 0;
    size_t high = characters.size() - 1;
    while (low < high) {
        const size_t middle = (low + high + 1) / 2;
        if (measure.width(ends(middle), style) <= width)
            low = middle;
        else
            high = middle - 1;
    }
    return low == 0 ? std::string("…") : ends(low);
}

} // namespace bpu::layout

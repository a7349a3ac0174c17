// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// RGB to YUV after ITU-R BT.601-7, sections 2.5.1 to 2.5.3, in the usual 8-bit form: weights in units of 1/256, rounded so
// that each row of U and V sums to 0 and a gray pixel has no color. y = floor((row . rgb + 128) / 256) + offset.
#include "core/data/color.h"

#include "core/base/assert.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace bpu::data {
namespace {

struct Named {
    std::string_view name;
    Color color;
};
constexpr std::array kNames{Named{"rgb", Color::Rgb},
                            Named{"bgr", Color::Bgr},
                            Named{"gray", Color::Gray},
                            Named{"yuv_bt601_full_range", Color::YuvFull},
                            Named{"yuv_bt601_video_range", Color::YuvVideo},
                            Named{"nv12", Color::Nv12}};

/// 256 times the weights of red, green and blue, and what is added after the division.
struct Row {
    int red, green, blue, offset;

    int of(const uint8_t* rgb) const
    {
        return ((red * rgb[0] + green * rgb[1] + blue * rgb[2] + 128) >> 8) + offset; // >> of a negative number rounds down (C++20)
    }
};
constexpr Row kLuma{77, 150, 29, 0};
/// Offsets are those of the standard less 128: 0, 128, 128 and 16, 128, 128.
constexpr std::array kFullSwing{Row{77, 150, 29, -128}, Row{-43, -84, 127, 0}, Row{127, -106, -21, 0}};
constexpr std::array kStudioSwing{Row{66, 129, 25, 16 - 128}, Row{-38, -74, 112, 0}, Row{112, -94, -18, 0}};

/// Calls write(rgb, out) for every pixel; a gray one has three equal channels.
Planes mapPixels(const Image& image, int64_t channels, auto&& write)
{
    Planes planes{image.height, image.width, channels, {}};
    const auto pixels = static_cast<size_t>(image.height * image.width);
    const auto stored = static_cast<size_t>(image.channels);
    planes.numbers.resize(pixels * static_cast<size_t>(channels));
    for (size_t i = 0; i < pixels; ++i) {
        const uint8_t* at = image.pixels.data() + i * stored;
        const std::array<uint8_t, 3> rgb{at[0], at[stored == 3 ? 1 : 0], at[stored == 3 ? 2 : 0]};
        write(rgb.data(), planes.numbers.data() + i * static_cast<size_t>(channels));
    }
    return planes;
}

Planes toYuv(const Image& image, const std::array<Row, 3>& rows)
{
    return mapPixels(image, 3, [&](const uint8_t* rgb, int16_t* out) {
        for (size_t c = 0; c < 3; ++c)
            out[c] = static_cast<int16_t>(rows[c].of(rgb));
    });
}

/// U and V of each 2x2 block become their mean, half rounded up.
void shareChroma(Planes& planes)
{
    const auto index = [&](int64_t y, int64_t x, int64_t c) { return static_cast<size_t>((y * planes.width + x) * 3 + c); };
    for (int64_t y = 0; y < planes.height; y += 2)
        for (int64_t x = 0; x < planes.width; x += 2)
            for (int64_t c = 1; c < 3; ++c) {
                const std::array at{index(y, x, c), index(y, x + 1, c), index(y + 1, x, c), index(y + 1, x + 1, c)};
                int sum = 2;
                for (const size_t i : at)
                    sum += planes.numbers[i];
                for (const size_t i : at)
                    planes.numbers[i] = static_cast<int16_t>(sum >> 2);
            }
}

} // namespace

std::optional<Color> colorFromName(std::string_view text)
{
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const Named& named : kNames)
        if (named.name == lower)
            return named.color;
    return std::nullopt;
}

std::string_view colorNames()
{
    return "rgb, bgr, gray, YUV_BT601_FULL_RANGE, YUV_BT601_VIDEO_RANGE, nv12";
}

int64_t channelsOf(Color color)
{
    return color == Color::Gray ? 1 : 3;
}

Planes planesOf(const Image& image)
{
    return {image.height, image.width, image.channels, std::vector<int16_t>(image.pixels.begin(), image.pixels.end())};
}

Planes convertColor(const Image& image, Color color)
{
    switch (color) {
    case Color::Rgb: return mapPixels(image, 3, [](const uint8_t* rgb, int16_t* out) { std::copy_n(rgb, 3, out); });
    case Color::Bgr: return mapPixels(image, 3, [](const uint8_t* rgb, int16_t* out) { std::reverse_copy(rgb, rgb + 3, out); });
    case Color::Gray: return mapPixels(image, 1, [](const uint8_t* rgb, int16_t* out) { *out = static_cast<int16_t>(kLuma.of(rgb)); });
    case Color::YuvFull: return toYuv(image, kFullSwing);
    case Color::YuvVideo: return toYuv(image, kStudioSwing);
    case Color::Nv12: break;
    }
    BPU_ASSERT(color == Color::Nv12 && image.height % 2 == 0 && image.width % 2 == 0);
    Planes planes = toYuv(image, kFullSwing);
    shareChroma(planes);
    return planes;
}

} // namespace bpu::data

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Color spaces in which the boards deliver images. Integer arithmetic on 8-bit channels, the same on every machine.
#pragma once

#include "core/data/image.h"

#include <optional>
#include <string_view>

namespace bpu::data {

/// Rgb, Bgr, Gray   0 to 255
/// YuvFull          centered YUV444 of full swing: Y, U, V from -128 to 127
/// YuvVideo         centered YUV444 of studio swing: Y from -112 to 107, U and V from -112 to 112
/// Nv12             YuvFull whose U and V are the mean of 2x2 pixels, repeated: what a camera's NV12 becomes on the board
enum class Color : uint8_t { Rgb, Bgr, Gray, YuvFull, YuvVideo, Nv12 };

/// "rgb", "bgr", "gray", "yuv_bt601_full_range", "yuv_bt601_video_range", "nv12", in any case of letters.
std::optional<Color> colorFromName(std::string_view text);
/// The names for a message.
std::string_view colorNames();
int64_t channelsOf(Color color);

/// Numbers of an image after a change of color.
struct Planes {
    int64_t height = 0;
    int64_t width = 0;
    int64_t channels = 0;
    std::vector<int16_t> numbers; ///< height, width, channels

    int16_t at(int64_t y, int64_t x, int64_t channel) const { return numbers[static_cast<size_t>((y * width + x) * channels + channel)]; }
};

/// From gray or RGB. Nv12 needs even sides; the caller has checked.
Planes convertColor(const Image& image, Color color);
/// The channels as they are.
Planes planesOf(const Image& image);

} // namespace bpu::data

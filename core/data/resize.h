// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Scaling images to another size.
#pragma once

#include "core/data/image.h"

namespace bpu::data {

/// Pixel centers lie at half numbers: output pixel i is at (i + 0.5) * in / out of the input.
/// Antialias   bilinear whose triangle widens when it shrinks, as Pillow's and so torchvision's resize
/// Bilinear    the two nearest pixels, as OpenCV's INTER_LINEAR: aliases when it shrinks
/// Nearest     the pixel whose center is nearest
enum class Filter : uint8_t { Antialias, Bilinear, Nearest };

/// Rows first, then columns; the result of each is rounded to 8 bits, half up. All sizes from 1.
Image resize(const Image& image, int64_t height, int64_t width, Filter filter);

} // namespace bpu::data

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Decoded images, and the door through which a decoder comes in: core has none (app/images has Qt's). Header only, so that a
// decoder can be a module that is loaded when it is needed.
#pragma once

#include "core/base/error.h"

#include <cstdint>
#include <span>
#include <vector>

namespace bpu::data {

/// Rows from the top, pixels from the left, channels together; 1 channel is gray, 3 are red, green, blue.
struct Image {
    int64_t height = 0;
    int64_t width = 0;
    int64_t channels = 3;
    std::vector<uint8_t> pixels; ///< height * width * channels
};

class ImageReader {
public:
    virtual ~ImageReader() = default;
    /// The pixels as they are stored: no rotation that a camera noted, transparency dropped. Safe from several threads.
    /// Error "image.read", without a place: damaged, or of no known format.
    virtual Result<Image> read(std::span<const std::byte> file) const = 0;
};

} // namespace bpu::data

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Qt's decoders behind core's interface: PNG, JPEG and BMP.
#pragma once

#include "core/data/image.h"

#include <memory>

namespace bpu::app {

/// Needs no QGuiApplication. Images above 256 megapixels are refused. Camera rotations are not applied and color profiles not
/// followed, as in Pillow and torchvision; transparency is dropped; 16 bits a channel become 8.
std::shared_ptr<const data::ImageReader> qtImageReader();

} // namespace bpu::app

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The image decoders of app/images, loaded when the first image is to be read.
#pragma once

#include "core/data/image.h"

#include <memory>

namespace bpu::cli {

/// Costs nothing until an image is read. Error of that read, kind Machine, when the module is not beside the program.
std::shared_ptr<const data::ImageReader> loadImageReader();

} // namespace bpu::cli

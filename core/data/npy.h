// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// NumPy's .npy files. Source: numpy.lib.format, "NPY format", versions 1.0, 2.0 and 3.0.
#pragma once

#include "core/base/error.h"
#include "core/ir/tensor.h"

#include <filesystem>
#include <string>
#include <vector>

namespace bpu::data {

/// Any byte order, C and Fortran order; the result is little-endian and row-major, and shares the bytes where the file
/// is both. `where` is named by errors. Bools, integers of 8 to 64 bits, floats of 16 to 64 and complex numbers are read.
/// Errors: "npy.format" (is no .npy, or a damaged one), "npy.truncated", "npy.dtype" (objects, records, text, dates).
Result<ir::Tensor> parseNpy(const Bytes& file, const std::string& where);
Result<ir::Tensor> readNpy(const std::filesystem::path& path);

/// Version 1.0, little-endian, C order. numpy has no bfloat16: it is written as float32, exactly. Error "npy.dtype" for strings.
Result<void> writeNpy(const std::filesystem::path& path, const ir::Tensor& tensor);

} // namespace bpu::data

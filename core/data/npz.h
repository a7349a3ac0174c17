// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// NumPy's .npz: a zip of .npy files, packed or not.
#pragma once

#include "core/base/error.h"
#include "core/ir/tensor.h"

#include <filesystem>
#include <string>
#include <vector>

namespace bpu::data {

struct NamedTensor {
    std::string name; ///< without ".npy"
    ir::Tensor tensor;
};

/// In the order of the archive. Errors: "npz.zip" (no zip, or damaged), "npz.empty", those of parseNpy with the array's name.
Result<std::vector<NamedTensor>> readNpz(const std::filesystem::path& path);

} // namespace bpu::data

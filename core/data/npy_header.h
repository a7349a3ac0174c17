// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The header of an .npy file: a dict of Python, of which only what NumPy writes is understood.
#pragma once

#include "core/base/error.h"
#include "core/ir/tensor_type.h"

#include <span>
#include <string>
#include <string_view>

namespace bpu::data {

struct NpyHeader {
    ir::TensorType type;
    bool bigEndian = false;
    bool fortranOrder = false;
    size_t size = 0; ///< bytes of the file before the numbers
};

/// Errors as for parseNpy.
Result<NpyHeader> readNpyHeader(std::span<const std::byte> file, const std::string& where);

/// Magic, version, length and dict for row-major numbers of `type`; a multiple of 64 bytes.
std::string npyHeader(const ir::TensorType& type);

} // namespace bpu::data

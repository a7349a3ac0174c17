// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The IDX format of MNIST: two zero bytes, a type, the rank, the sizes and the numbers, all big-endian.
// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section "THE IDX FILE FORMAT".
#pragma once

#include "core/base/error.h"
#include "core/ir/tensor.h"

#include <filesystem>
#include <string>

namespace bpu::data {

/// Whether these bytes could begin an IDX file.
bool looksLikeIdx(std::span<const std::byte> file);

/// ubyte, byte, short, int, float and double. Errors: "idx.format", "idx.truncated".
Result<ir::Tensor> parseIdx(const Bytes& file, const std::string& where);
/// A file ending in gzip's form is unpacked first.
Result<ir::Tensor> readIdx(const std::filesystem::path& path);

} // namespace bpu::data

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Files that gzip packed (RFC 1952).
#pragma once

#include "core/base/file.h"

#include <string>

namespace bpu::data {

bool isGzip(std::span<const std::byte> file);

/// The bytes themselves when they are not gzip's. Several members after each other are one file, as for gunzip.
/// Errors: "gzip.format" (damaged), "gzip.truncated", "file.memory".
Result<Bytes> gunzipIfPacked(const Bytes& file, const std::string& where);

} // namespace bpu::data

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The zip around a .bpuir.
#pragma once

#include "core/base/file.h"

#include <filesystem>
#include <string>

namespace bpu::importer {

struct BpuirArchive {
    std::string graph; ///< text of graph.json
    Bytes weights;     ///< weights.bin
};

/// Checksums are verified. Errors: those of readFile, "bpuir.zip", "file.memory".
Result<BpuirArchive> readBpuirArchive(const std::filesystem::path& path);

} // namespace bpu::importer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Reads .bpuir, our own file (docs/bpuir-format.md). A file may be hostile: every size, offset, name
// and type is checked before it is used.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <filesystem>

namespace bpu::importer {

/// The graph as it was saved, with dense new ids in the order of the file. Errors: those of readFile,
/// "bpuir.zip" (not a zip, cut off, damaged), "bpuir.json", "bpuir.version", "bpuir.field" (says which).
Result<ir::Graph> readBpuir(const std::filesystem::path& path);

} // namespace bpu::importer

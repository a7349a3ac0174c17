// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "core/import/import.h"

namespace bpu::importer {

/// An ONNX model whose bytes are `file`; `path` names it in errors and its folder holds external data.
/// Errors have codes "onnx....".
Result<Imported> importOnnx(const std::filesystem::path& path, const Bytes& file, const ImportOptions& options);

} // namespace bpu::importer

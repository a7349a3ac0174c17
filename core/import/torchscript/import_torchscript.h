// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/import.h"

namespace bpu::importer {

/// A TorchScript archive -> Graph, by reading its module and following its code; nothing in it is executed.
/// Errors: those of torchscript::Archive, Pickle, TensorLoader and torchscript::evaluate.
Result<Imported> importTorchScript(const std::filesystem::path& path, const Bytes& file, const ImportOptions& options);

} // namespace bpu::importer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Most files named .pt or .pth are not TorchScript. Their users get told what they have and, where PyTorch
// wrote it, which two lines of Python make a TorchScript file of it.
#pragma once

#include "core/base/file.h"

#include <optional>

namespace bpu::importer::torchscript {

/// Nothing for a file that Archive::open can be expected to read. Error "torchscript.kind" otherwise.
/// Pickles are searched for class names; nothing in them is run.
std::optional<Error> whyNotTorchScript(const std::filesystem::path& path, const Bytes& file);

} // namespace bpu::importer::torchscript

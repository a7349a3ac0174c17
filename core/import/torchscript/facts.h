// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What an archive tells about itself, for `bpu info` and the inspector.
#pragma once

#include "core/import/torchscript/archive.h"

#include <map>

namespace bpu::importer::torchscript {

/// format     "TorchScript"
/// version    of the file format, which follows the operators that the code uses rather than PyTorch
/// producer   "PyTorch", with the oldest one that writes such a file where something tells
/// saved as   the name under which the file was saved first, when it has another one now
/// constants  "2 tensors in constants/": what a trace, or a literal tensor in a script, keeps beside the parameters
/// extra      names of what the author put beside the model
/// also holds "bytecode for PyTorch Mobile"
std::map<std::string, std::string> factsOf(const Archive& archive, const std::filesystem::path& path, size_t constantTensors);

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Files that look like models and are none, or are broken ones: what the command line and the window must refuse.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bpu::test {

/// Writes them into `folder`; returns the names, of which the first ("none.onnx") is not there.
std::vector<std::string> writeBadFiles(const std::filesystem::path& folder);

} // namespace bpu::test

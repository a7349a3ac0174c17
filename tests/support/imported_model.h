// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Small ONNX models through the importer, and what came out of it as lines.
#pragma once

#include "core/import/import.h"

#include <string>

namespace bpu::test {

/// Writes the serialized model to a file and opens it. Aborts, with the reason printed, when that fails or the
/// graph is not valid.
importer::Imported importedModel(const std::string& model, const importer::ImportOptions& options = {});

/// "op(inputs) {attributes}" of each node in execution order; constants start with '@', absent inputs are "_".
std::string nodeLines(const ir::Graph& graph);

} // namespace bpu::test

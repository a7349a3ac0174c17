// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Giving graph inputs a shape.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <string>

namespace bpu::importer {

/// The input that `name` means (the only one when it is empty), after checking that `shape` can be its shape.
/// Errors: "input.unknown", "input.shape".
Result<ValueId> findInput(const ir::Graph& graph, const std::string& name, const ir::Shape& shape);

} // namespace bpu::importer

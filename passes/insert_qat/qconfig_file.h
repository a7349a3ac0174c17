// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The JSON form of a qconfig dictionary (docs/qconfig.md).
#pragma once

#include "core/base/finding.h"
#include "core/march/march.h"
#include "core/quant/qconfig.h"

#include <string>
#include <string_view>

namespace bpu::passes {

/// `where` is the file's name, for errors. The graph is the fused one: what the file names has to be in it.
/// Errors "qconfig.json" (line and column), "qconfig.key", "qconfig.value" (with the place in the file), "qconfig.name"
/// (a module, module type, node or named qconfig that does not exist, with the nearest that does),
/// "qconfig.march" (what this march does not have: qint16 activations, a named qconfig of another board).
/// A type that torch has and this model has not is said in `notes`.
Result<quant::QConfigSet> readQConfig(std::string_view json, const std::string& where, const ir::Graph& graph, const march::March& march, Findings& notes);

} // namespace bpu::passes

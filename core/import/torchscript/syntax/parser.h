// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From the source of one code/*.py entry to its syntax tree. Linear in the source.
#pragma once

#include "core/base/error.h"
#include "core/import/torchscript/syntax/ast.h"

#include <string>

namespace bpu::importer::torchscript {

/// Blocks in blocks and brackets in brackets beyond this are refused, so that walks may recurse.
inline constexpr int kMaxDepth = 200;

/// Reads what torch.jit writes into an archive, of any version. Error "torchscript.syntax" with
/// "ENTRY:LINE" as its place: what was met, or a bound that was passed (nesting, tokens, bytes).
Result<Tree> parseSource(std::string entryName, std::string source);

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Exporters write some operators as several. Each file in this folder knows how one is written and puts the
// operator that the author meant in its place; the new node keeps the origins of all nodes it stands for.
#pragma once

#include "core/ir/rewriter.h"

namespace bpu::importer {

/// A few linear sweeps. A match needs every value inside it to have no other use and not to be an output.
void recognizePatterns(ir::Rewriter& rewriter);

} // namespace bpu::importer

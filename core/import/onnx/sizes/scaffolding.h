// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Exporters compute shapes inside the network (Shape, Gather, Concat, ...). Where the result is what an
// attribute can say, it says it, and the computation is left without a user.
#pragma once

#include "core/import/onnx/sizes/sizes.h"
#include "core/ir/rewriter.h"

namespace bpu::importer {

/// reshape, expand and interpolate: writes the computed operand as attribute. True when it did; the operand's
/// types are to be inferred again.
bool absorbSizes(ir::GraphEditor& editor, NodeId node, Sizes& sizes);

/// Dimensions of the results that are numbers after all.
void applySizes(ir::GraphEditor& editor, NodeId node, Sizes& sizes);

/// A result whose elements are all known becomes a constant. True when it did.
bool foldContents(ir::GraphEditor& editor, NodeId node, Sizes& sizes);

} // namespace bpu::importer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a slice takes, for its shape rule and for those who execute it.
#pragma once

#include "core/ops/infer.h"

namespace bpu::ops {

/// One sliced axis: elements start, start + step, ... of it, `size` of them.
struct SliceAxis {
    size_t axis = 0;
    int64_t start = 0;
    int64_t step = 1;
    ir::Dim size = ir::kUnknownDim;
};

/// Nothing while bounds or axes are not constant. Errors "op.slice", "op.axis".
Result<std::optional<std::vector<SliceAxis>>> sliceAxes(const ir::Graph& graph, const ir::Node& node);

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/convolution_sweep.h"

#include "core/ops/infer.h"
#include "core/runtime/kernel.h"

#include <algorithm>

namespace bpu::runtime {

Result<ConvolutionSweep> ConvolutionSweep::of(const ir::Node& node, const ir::Shape& x, const ir::Shape& w, const ir::Shape& y)
{
    if (x.size() < 3 || x.size() > 5 || w.size() != x.size() || y.size() != x.size())
        return cannotRun(node, "its input, weights and result have to have one rank from 3 to 5");
    const size_t spatial = x.size() - 2;
    BPU_TRY(window, ops::Window::of(node, spatial, {w.begin() + 2, w.end()}));
    ConvolutionSweep c{.batch = x[0], .inputs = x[1], .outputs = y[1], .groups = std::max<int64_t>(node.attributes.integer("groups", 1), 1)};
    c.isTransposed = node.op.starts_with("conv_transpose");
    for (size_t i = 0; i < spatial; ++i) {
        const size_t at = 3 - spatial + i;
        c.in[at] = x[i + 2];
        c.out[at] = y[i + 2];
        c.kernel[at] = w[i + 2];
        c.stride[at] = window.stride[i];
        c.dilation[at] = window.dilation[i];
        const int64_t total = std::max<int64_t>((y[i + 2] - 1) * window.stride[i] + window.effectiveKernel(i) - x[i + 2], 0);
        c.begin[at] = window.autoPad == "SAME_UPPER" ? total / 2 : window.autoPad == "SAME_LOWER" ? total - total / 2 : window.autoPad == "VALID" ? 0 : window.padding[i];
    }
    const int64_t wanted = c.isTransposed ? w[1] * c.groups : w[0];
    const bool isMade = c.isTransposed ? w[0] == c.inputs : w[1] == c.perGroup();
    if (c.inputs % c.groups != 0 || c.outputs % c.groups != 0 || c.outputs != wanted || !isMade)
        return cannotRun(node, "its channels, groups and weights do not fit together; correct them");
    return c;
}

} // namespace bpu::runtime

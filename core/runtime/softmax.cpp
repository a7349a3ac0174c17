// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/infer.h"
#include "core/runtime/onednn.h"
#include "core/runtime/widened.h"

namespace bpu::runtime {

Result<Kernel> makeSoftmax(const Site& site)
{
    const ir::TensorType& x = site.input(0);
    if (x.rank() == 0)
        return Kernel{};
    if (!isFloat32Only(site))
        return makeWidened(site);
    if (x.elementCount() == 0)
        return Kernel{.run = [](const Call&) -> Result<void> { return {}; }};
    BPU_TRY(axis, ops::axisOf(site.node, "dim", -1, x.rank()));
    return guarded(site.node, [&]() -> Result<Kernel> {
        const dnnl::memory::desc order = plain(x.shape());
        dnnl::primitive primitive;
        if (site.node.op == "softmax")
            primitive = dnnl::softmax_forward({{dnnl::prop_kind::forward_inference, order, static_cast<int>(axis)}, attributes(), engine()});
        else
            primitive = dnnl::logsoftmax_forward({{dnnl::prop_kind::forward_inference, order, static_cast<int>(axis)}, attributes(), engine()});
        return Kernel{.run = runOf(site.node, std::move(primitive), {{DNNL_ARG_SRC, 0, order}, {DNNL_ARG_DST, -1, order}})};
    });
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A permutation moves nothing: its result is the input seen through other strides. Matrix products read it as it lies;
// who needs another order has it brought into that order.
#include "core/ops/infer.h"
#include "core/runtime/onednn.h"

#include <algorithm>

namespace bpu::runtime {
namespace {

/// For dimension i of the input, where it is in the result; nothing when the attribute is no permutation.
std::vector<int> placesOf(const ir::Node& node, int rank)
{
    std::vector<int64_t> dims = node.attributes.integers("dims");
    if (dims.empty())
        for (int i = rank; i-- > 0;)
            dims.push_back(i);
    std::vector<int> places(static_cast<size_t>(rank), -1);
    for (size_t i = 0; i < dims.size(); ++i)
        if (const auto axis = ops::normalizedAxis(dims[i], rank))
            places[*axis] = static_cast<int>(i);
    return dims.size() != places.size() || std::ranges::count(places, -1) > 0 ? std::vector<int>() : places;
}

} // namespace

Result<Kernel> makePermute(const Site& site)
{
    const ir::TensorType& x = site.input(0);
    const std::vector<int> places = placesOf(site.node, x.rank());
    if (x.dtype() != ir::DType::Float32 || places.empty() || x.rank() > DNNL_MAX_NDIMS || x.elementCount() == 0)
        return Kernel{};
    return guarded(site.node, [&]() -> Result<Kernel> {
        LayoutPtr layout = site.layouts.empty() ? nullptr : site.layouts[0];
        if (layout && layout->desc.dims().size() != places.size())
            layout = nullptr;
        const dnnl::memory::desc source = layout ? layout->desc : plain(x.shape());
        return Kernel{.run = {}, .wants = {layout}, .gives = {layoutOf(source.permute_axes(places))}, .isView = true};
    });
}

} // namespace bpu::runtime

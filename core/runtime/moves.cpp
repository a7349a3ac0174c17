// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Permutations and parts move nothing: the result is the input's memory seen through other strides, from another start.
// Matrix products read it as it lies; who needs another order has it brought into that order.
#include "core/ops/slice.h"
#include "core/runtime/onednn.h"

#include <algorithm>

namespace bpu::runtime {
namespace {

/// An input of floats and its strides.
struct Source {
    LayoutPtr layout; ///< null: row-major
    Dims dims, strides;
};

/// Nothing for other numbers, and for none.
std::optional<Source> sourceOf(const Site& site)
{
    const ir::TensorType& x = site.input(0);
    if (x.dtype() != ir::DType::Float32 || x.rank() == 0 || x.rank() > DNNL_MAX_NDIMS || x.elementCount() == 0)
        return std::nullopt;
    Source source{.layout = site.layouts.empty() ? nullptr : site.layouts[0], .dims = x.shape(), .strides = {}};
    if (source.layout && (source.layout->desc.dims() != source.dims || !isStrided(source.layout->desc)))
        source.layout = nullptr;
    const dnnl::memory::desc desc = source.layout ? source.layout->desc : plain(source.dims);
    const auto& strides = desc.data.format_desc.blocking.strides;
    source.strides.assign(strides, strides + source.dims.size());
    return source;
}

/// For dimension i of the result, that of the input; empty when the attribute is no permutation.
std::vector<size_t> permutation(const ir::Node& node, int rank)
{
    std::vector<int64_t> dims = node.attributes.integers("dims");
    if (dims.empty())
        for (int i = rank; i-- > 0;)
            dims.push_back(i);
    std::vector<size_t> order;
    for (const int64_t dim : dims)
        if (const auto axis = ops::normalizedAxis(dim, rank); axis && std::ranges::count(order, *axis) == 0)
            order.push_back(*axis);
    return std::cmp_equal(order.size(), rank) && dims.size() == order.size() ? order : std::vector<size_t>();
}

size_t bytes(int64_t elements)
{
    return static_cast<size_t>(elements) * sizeof(float);
}

} // namespace

Result<Kernel> makePermute(const Site& site)
{
    const auto source = sourceOf(site);
    const std::vector<size_t> order = permutation(site.node, site.input(0).rank());
    if (!source || order.empty())
        return Kernel{};
    return guarded(site.node, [&]() -> Result<Kernel> {
        Dims dims, strides;
        for (const size_t i : order) {
            dims.push_back(source->dims[i]);
            strides.push_back(source->strides[i]);
        }
        return Kernel{.run = {}, .wants = {source->layout}, .gives = {layoutOf(strided(dims, strides))}, .isView = true};
    });
}

/// oneDNN describes no view in which a row steps past the start of the next one, as every second of five numbers does.
static bool isDescribable(const Dims& dims, const Dims& strides)
{
    std::vector<size_t> order;
    for (size_t i = 0; i < dims.size(); ++i)
        if (dims[i] > 1)
            order.push_back(i);
    std::ranges::sort(order, {}, [&](size_t i) { return strides[i]; });
    for (size_t k = 1; k < order.size(); ++k)
        if (strides[order[k]] < strides[order[k - 1]] * dims[order[k - 1]])
            return false;
    return true;
}

Result<Kernel> makeSlice(const Site& site)
{
    const auto source = sourceOf(site);
    BPU_TRY(axes, ops::sliceAxes(site.graph, site.node));
    if (!source || !axes || site.output().elementCount() == 0 || std::ranges::any_of(*axes, [](const ops::SliceAxis& a) { return a.step < 0; }))
        return Kernel{};
    return guarded(site.node, [&]() -> Result<Kernel> {
        Dims dims = source->dims, strides = source->strides;
        int64_t start = 0;
        for (const ops::SliceAxis& a : *axes) {
            start += a.start * strides[a.axis];
            dims[a.axis] = a.size;
            strides[a.axis] *= a.size > 1 ? a.step : 1;
        }
        if (!isDescribable(dims, strides))
            return Kernel{};
        return Kernel{.run = {}, .wants = {source->layout}, .gives = {layoutOf(strided(dims, strides))}, .isView = true, .offsets = {bytes(start)}};
    });
}

/// One index of a dimension, which the result does not have.
Result<Kernel> makeSelect(const Site& site)
{
    const auto source = sourceOf(site);
    if (!source || source->dims.size() < 2)
        return Kernel{};
    BPU_TRY(axis, ops::axisOf(site.node, "dim", 0, site.input(0).rank()));
    const int64_t index = site.node.attributes.integer("index", 0);
    const int64_t start = (index < 0 ? index + source->dims[axis] : index) * source->strides[axis];
    return guarded(site.node, [&, axis = axis]() -> Result<Kernel> {
        Dims dims = source->dims, strides = source->strides;
        dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
        strides.erase(strides.begin() + static_cast<std::ptrdiff_t>(axis));
        return Kernel{.run = {}, .wants = {source->layout}, .gives = {layoutOf(strided(dims, strides))}, .isView = true, .offsets = {bytes(start)}};
    });
}

/// The sizes are those of the results.
Result<Kernel> makeSplit(const Site& site)
{
    const auto source = sourceOf(site);
    if (!source)
        return Kernel{};
    BPU_TRY(axis, ops::axisOf(site.node, "dim", 0, site.input(0).rank()));
    for (size_t i = 0; i < site.node.outputs.size(); ++i)
        if (site.output(i).elementCount() == 0)
            return Kernel{};
    return guarded(site.node, [&, axis = axis]() -> Result<Kernel> {
        Kernel kernel{.run = {}, .wants = {source->layout}, .isView = true};
        int64_t start = 0;
        for (size_t i = 0; i < site.node.outputs.size(); ++i) {
            const Dims dims = site.output(i).shape();
            kernel.gives.push_back(layoutOf(strided(dims, source->strides)));
            kernel.offsets.push_back(bytes(start * source->strides[axis]));
            start += dims[axis];
            if (start > source->dims[axis])
                return cannotRun(site.node, "its parts are larger than its input");
        }
        return kernel;
    });
}

} // namespace bpu::runtime

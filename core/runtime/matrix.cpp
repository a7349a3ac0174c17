// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Matrix products: linear, matmul, bmm. Constant weights are packed once.
#include "core/runtime/onednn.h"
#include "core/runtime/post_ops.h"
#include "core/runtime/widened.h"

#include <algorithm>

namespace bpu::runtime {
namespace {

using Tag = dnnl::memory::format_tag;

/// The order in which operand i lies where a product can read it: strides and no blocks. Null for row-major.
LayoutPtr stridedLayout(const Site& site, size_t i, const Dims& dims)
{
    const LayoutPtr layout = i < site.layouts.size() ? site.layouts[i] : nullptr;
    return layout && layout->desc.dims() == dims && isStrided(layout->desc) ? layout : nullptr;
}

dnnl::memory::desc orderOf(const LayoutPtr& layout, const Dims& dims)
{
    return layout ? layout->desc : plain(dims);
}

Result<Kernel> multiply(const Site& site, const dnnl::memory::desc& a, const dnnl::memory::desc& b, const dnnl::memory::desc& bGiven, const dnnl::memory::desc& result, bool hasBias)
{
    const dnnl::memory::desc bias = hasBias ? plain([&] {
        Dims dims(result.dims().size(), 1);
        dims.back() = result.dims().back();
        return dims;
    }()) : dnnl::memory::desc();
    const bool packs = site.constant(1) != nullptr;
    const dnnl::memory::desc weight = packs ? anyOrder(b.dims()) : bGiven;
    const auto desc = hasBias ? dnnl::matmul::desc(a, weight, bias, result) : dnnl::matmul::desc(a, weight, result);
    BPU_TRY(after, postOps(site));
    const dnnl::matmul::primitive_desc primitive(desc, after, engine());
    Kernel kernel;
    std::vector<Argument> arguments{{DNNL_ARG_SRC, 0, a}, {DNNL_ARG_WEIGHTS, 1, primitive.weights_desc()}, {DNNL_ARG_DST, -1, result}};
    if (hasBias)
        arguments.push_back({DNNL_ARG_BIAS, 2, bias});
    if (packs && primitive.weights_desc() != bGiven) {
        kernel.wants = {nullptr, std::make_shared<const Layout>(primitive.weights_desc())};
        kernel.sourceOrders = {nullptr, std::make_shared<const Layout>(bGiven)};
    }
    if (site.tail.add || site.has(3))
        kernel.accumulatesOnto = 3;
    kernel.run = runOf(site.node, dnnl::matmul(primitive), std::move(arguments));
    return kernel;
}

/// Permuted operands are read through their strides, unless only oneDNN's plain loop could.
Result<Kernel> multiplyAsTheyLie(const Site& site, const Dims& a, const Dims& b, const dnnl::memory::desc& result)
{
    LayoutPtr left = stridedLayout(site, 0, a);
    LayoutPtr right = site.constant(1) ? nullptr : stridedLayout(site, 1, b);
    if (left || right) {
        const dnnl::matmul::primitive_desc trial(dnnl::matmul::desc(orderOf(left, a), orderOf(right, b), result), attributes(), engine());
        if (std::string_view(trial.impl_info_str()).starts_with("ref"))
            left = right = nullptr;
    }
    BPU_TRY(kernel, multiply(site, orderOf(left, a), orderOf(right, b), orderOf(right, b), result, false));
    kernel.wants.resize(std::max<size_t>(kernel.wants.size(), 2));
    kernel.wants[0] = left;
    if (right)
        kernel.wants[1] = right;
    return kernel;
}

bool isEmpty(const Site& site)
{
    return site.output().elementCount() == 0;
}

Result<void> checkAddend(const Site& site)
{
    if (site.has(3) && site.input(3) != site.output())
        return cannotRun(site.node, "what is added to its result has another type");
    return {};
}

/// Without elements to multiply every sum is 0.
Kernel sumsOfNothing(const Site& site)
{
    return {.run = [count = site.output().elementCount()](const Call& call) -> Result<void> {
        std::fill_n(call.outputs[0].out<float>(), count, 0.0F);
        return {};
    }};
}

} // namespace

/// [..., I] x [O, I] as one product of two matrices.
Result<Kernel> makeLinear(const Site& site)
{
    const ir::Shape& weight = site.input(1).shape();
    if (!isFloat32Only(site))
        return makeWidened(site);
    if (weight.size() != 2 || isEmpty(site) || weight[1] == 0)
        return Kernel{};
    BPU_CHECK(checkAddend(site));
    if (!hasCount(site, 2, weight[0]))
        return cannotRun(site.node, "its bias has not as many numbers as the result has features");
    return guarded(site.node, [&] {
        const int64_t rows = site.output().elementCount() / weight[0];
        const Dims b{weight[1], weight[0]};
        return multiply(site, plain({rows, weight[1]}), plain(b), {b, dnnl::memory::data_type::f32, Dims{1, weight[1]}}, plain({rows, weight[0]}), site.has(2));
    });
}

/// Batches broadcast as numpy's; a vector is a matrix of one row or column.
Result<Kernel> makeMatmul(const Site& site)
{
    ir::Shape a = site.input(0).shape();
    ir::Shape b = site.input(1).shape();
    if (a.empty() || b.empty())
        return Kernel{};
    if (!isFloat32Only(site))
        return makeWidened(site);
    BPU_CHECK(checkAddend(site));
    if (isEmpty(site) || a.back() == 0)
        return sumsOfNothing(site);
    const int64_t columns = b.size() == 1 ? 1 : b.back();
    const int64_t rows = a.size() == 1 ? 1 : a[a.size() - 2];
    if (a.size() == 1)
        a.insert(a.begin(), 1);
    if (b.size() == 1)
        b.push_back(1);
    const size_t rank = std::max(a.size(), b.size());
    while (a.size() < rank)
        a.insert(a.begin(), 1);
    while (b.size() < rank)
        b.insert(b.begin(), 1);
    Dims result(rank);
    for (size_t i = 0; i + 2 < rank; ++i)
        result[i] = std::max(a[i], b[i]);
    result[rank - 2] = rows;
    result[rank - 1] = columns;
    if (rank > 12)
        return Kernel{};
    const bool isOneMatrix = std::all_of(b.begin(), b.end() - 2, [](int64_t n) { return n == 1; });
    return guarded(site.node, [&] {
        if (!isOneMatrix || rank == 2)
            return multiplyAsTheyLie(site, a, b, plain(result));
        const int64_t all = site.output().elementCount() / columns; // every batch against the same matrix: one product
        const Dims matrix{b[rank - 2], columns};
        return multiply(site, plain({all, a.back()}), plain(matrix), plain(matrix), plain({all, columns}), false);
    });
}

} // namespace bpu::runtime

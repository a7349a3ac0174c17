// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// oneDNN in few words. Its exceptions end here: every function below turns them into an Error.
#pragma once

#include "core/runtime/integer/channels_last.h"
#include "core/runtime/kernel.h"

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>

namespace bpu::runtime {

struct Layout {
    dnnl::memory::desc desc = {};
    std::optional<integer::ChannelsLast> channelsLast = {}; ///< of integers, instead of `desc`
};

using Dims = dnnl::memory::dims;

const dnnl::engine& engine();
dnnl::stream& stream();

/// Row-major float32.
dnnl::memory::desc plain(const Dims& dims);
/// float32 in whatever order oneDNN finds best.
dnnl::memory::desc anyOrder(const Dims& dims);
/// Null when `desc` is row-major.
LayoutPtr layoutOf(const dnnl::memory::desc& desc);
/// The order by strides alone, without blocks.
bool isStrided(const dnnl::memory::desc& desc);
/// float32 in these strides. Those of dimensions of size 1 do not matter: they are as if the elements were adjacent.
dnnl::memory::desc strided(const Dims& dims, Dims strides);
bool sameLayout(const LayoutPtr& a, const LayoutPtr& b);
/// Bytes that a value of this layout takes, padding included.
size_t byteSize(const Layout& layout);
/// Every byte of the layout is an element: elementwise operators may run over it as it lies.
bool isDense(const Layout& layout, int64_t elements);
/// The layout in which input i comes when an elementwise kernel can take it so; null: row-major.
LayoutPtr denseLayout(const Site& site, size_t i, int64_t count);
/// The elements of each index of the first dimension lie together, in the order of the indices.
bool firstIsOutermost(const Layout& layout);
/// The order in which input i arrives.
dnnl::memory::desc descOf(const Site& site, size_t i);

dnnl::memory memoryOf(const dnnl::memory::desc& desc, const Buffer& buffer);

/// Copies between two orders; one of them may be null for row-major. `scales` are factors along the first dimension, or
/// along the first two where there are as many.
Result<void> reorder(const LayoutPtr& from, const LayoutPtr& to, const std::byte* source, std::byte* target, const std::vector<float>& scales = {});

/// Runs `work`, which may throw what oneDNN throws.
template <typename Work>
Result<Kernel> guarded(const ir::Node& node, Work&& work)
{
    try {
        return work();
    } catch (const dnnl::error& failure) {
        return cannotRun(node, failure.what());
    }
}

/// What every primitive of ours is made with. Its scratch memory comes with the call: oneDNN's own is one block that all
/// primitives made in a thread share, and two of them could not run at the same time.
dnnl::primitive_attr attributes();

/// A primitive with its arguments: DNNL_ARG_... and the operand it is (inputs from 0, results from -1 down).
struct Argument {
    int name;
    int operand;
    dnnl::memory::desc desc;
};
Run runOf(const ir::Node& node, dnnl::primitive primitive, std::vector<Argument> arguments);

} // namespace bpu::runtime

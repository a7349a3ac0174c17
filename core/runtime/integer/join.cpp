// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// cat of integers, by rows; of channels also where they lie together.
#include "core/ops/infer.h"
#include "core/runtime/integer/layouts.h"
#include "core/runtime/integer/operands.h"
#include "core/runtime/parallel.h"

#include <algorithm>
#include <cstring>

namespace bpu::runtime::integer {
namespace {

/// Bytes that each input gives to a row of the result, and how far its rows are apart.
struct Rows {
    int64_t count = 1;
    int64_t stride = 0; ///< of the result
    std::vector<int64_t> bytes, strides;

    Run run() const
    {
        return [rows = *this](const Call& call) -> Result<void> {
            parallelFor(rows.count, std::max<int64_t>(16384 / std::max<int64_t>(rows.stride, 1), 1), [&](int64_t begin, int64_t end) {
                for (int64_t row = begin; row < end; ++row) {
                    std::byte* to = call.outputs[0].data + row * rows.stride;
                    for (size_t i = 0; i < rows.bytes.size(); to += rows.bytes[i++])
                        std::memcpy(to, call.inputs[i].data + row * rows.strides[i], static_cast<size_t>(rows.bytes[i]));
                }
            });
            return {};
        };
    }
};

} // namespace

Result<Kernel> makeIntegerCat(const Site& site)
{
    BPU_CHECK(checkOneGrid(site));
    const ir::TensorType& y = site.output();
    BPU_TRY(axis, ops::axisOf(site.node, "dim", 0, y.rank()));
    const auto width = static_cast<int64_t>(ir::byteSize(y.dtype()));
    const bool isChannelsLast = axis == 1 && y.rank() > 2 && y.elementCount() > 0 && arrivesChannelsLast(site, 0);
    Rows rows;
    for (size_t i = 0; i < axis; ++i)
        rows.count *= y.shape()[i];
    rows.stride = y.elementCount() / std::max<int64_t>(rows.count, 1) * width;
    if (isChannelsLast) {
        const ChannelsLast order = ChannelsLast::of(y);
        rows.count = order.batch * order.pixels;
        rows.stride = order.stride() * width;
    }
    Kernel kernel;
    for (size_t i = 0; i < site.node.inputs.size(); ++i) {
        if (!site.has(i) || site.input(i).dtype() != y.dtype())
            return cannotRun(site.node, "its operands have different types");
        const ChannelsLast order = isChannelsLast ? ChannelsLast::of(site.input(i)) : ChannelsLast{};
        rows.bytes.push_back(isChannelsLast ? order.channels * width : site.input(i).elementCount() / std::max<int64_t>(rows.count, 1) * width);
        rows.strides.push_back(isChannelsLast ? order.stride() * width : rows.bytes.back());
        if (isChannelsLast)
            kernel.wants.push_back(channelsLastOf(site.input(i)));
    }
    if (isChannelsLast)
        kernel.gives = {channelsLastOf(y)};
    kernel.run = rows.run();
    return kernel;
}

} // namespace bpu::runtime::integer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/integer/channels_last.h"

#include "core/runtime/parallel.h"

#include <algorithm>

namespace bpu::runtime::integer {
namespace {

/// Both orders in blocks of pixels, so that what is read and written stays in the cache.
template <typename T, bool ToChannelsLast>
void reorder(const ChannelsLast& c, const T* from, T* to)
{
    constexpr int64_t kBlock = 64;
    const int64_t blocks = (c.pixels + kBlock - 1) / kBlock;
    const int64_t stride = c.stride();
    parallelFor(c.batch * blocks, std::max<int64_t>(16384 / (kBlock * std::max<int64_t>(c.channels, 1)), 1), [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block) {
            const int64_t image = block / blocks, first = block % blocks * kBlock, last = std::min(first + kBlock, c.pixels);
            for (int64_t channel = 0; channel < c.channels; ++channel)
                for (int64_t pixel = first; pixel < last; ++pixel) {
                    const int64_t apart = (image * c.channels + channel) * c.pixels + pixel, together = (image * c.pixels + pixel) * stride + channel;
                    if constexpr (ToChannelsLast)
                        to[together] = from[apart];
                    else
                        to[apart] = from[together];
                }
        }
    });
}

template <bool ToChannelsLast>
void reorderAny(const ChannelsLast& c, const std::byte* from, std::byte* to)
{
    if (c.width == 1)
        reorder<uint8_t, ToChannelsLast>(c, reinterpret_cast<const uint8_t*>(from), reinterpret_cast<uint8_t*>(to));
    else if (c.width == 2)
        reorder<uint16_t, ToChannelsLast>(c, reinterpret_cast<const uint16_t*>(from), reinterpret_cast<uint16_t*>(to));
    else
        reorder<uint32_t, ToChannelsLast>(c, reinterpret_cast<const uint32_t*>(from), reinterpret_cast<uint32_t*>(to));
}

} // namespace

ChannelsLast ChannelsLast::of(const ir::TensorType& type)
{
    ChannelsLast c{.batch = type.dim(0), .channels = type.dim(1), .pixels = 1, .width = ir::byteSize(type.dtype())};
    for (int i = 2; i < type.rank(); ++i)
        c.pixels *= type.dim(i);
    return c;
}

void ChannelsLast::gather(const std::byte* from, std::byte* to) const
{
    reorderAny<true>(*this, from, to);
}

void ChannelsLast::scatter(const std::byte* from, std::byte* to) const
{
    reorderAny<false>(*this, from, to);
}

} // namespace bpu::runtime::integer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pooling to a given size: along each dimension, element o covers floor(o * in / out) up to ceil((o + 1) * in / out).
// Source: torch.nn.AdaptiveAvgPool2d, AdaptiveMaxPool2d.
#include "core/runtime/plain.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace bpu::runtime {
namespace {

/// Three spatial dimensions; missing ones have size 1.
struct Planes {
    std::array<int64_t, 3> in{1, 1, 1};
    std::array<int64_t, 3> out{1, 1, 1};
    int64_t count = 1;

    int64_t inSize() const { return in[0] * in[1] * in[2]; }
    int64_t outSize() const { return out[0] * out[1] * out[2]; }
    int64_t low(size_t axis, int64_t o) const { return o * in[axis] / out[axis]; }
    int64_t high(size_t axis, int64_t o) const { return ((o + 1) * in[axis] + out[axis] - 1) / out[axis]; }
};

struct Pooled {
    double value = 0;
    int64_t place = 0;
};

template <typename T>
Pooled pool(const Planes& planes, const T* x, const std::array<int64_t, 3>& o, bool isMax)
{
    Pooled result{isMax ? -std::numeric_limits<double>::infinity() : 0, 0};
    int64_t cells = 0;
    for (int64_t d = planes.low(0, o[0]); d < planes.high(0, o[0]); ++d)
        for (int64_t h = planes.low(1, o[1]); h < planes.high(1, o[1]); ++h)
            for (int64_t w = planes.low(2, o[2]); w < planes.high(2, o[2]); ++w, ++cells) {
                const int64_t at = (d * planes.in[1] + h) * planes.in[2] + w;
                const auto value = static_cast<double>(x[at]);
                if (!isMax)
                    result.value += value;
                else if (value > result.value || std::isnan(value))
                    result = {value, at};
            }
    if (!isMax)
        result.value /= static_cast<double>(cells);
    return result;
}

} // namespace

Result<Kernel> makeAdaptivePooling(const Site& site)
{
    const bool isMax = site.node.op.starts_with("adaptive_max");
    const ir::Shape& in = site.input(0).shape();
    const ir::Shape& out = site.output().shape();
    // Without a size it is the global form, of any rank.
    const size_t named = static_cast<size_t>(site.node.op[site.node.op.size() - 2] - '0');
    const size_t spatial = site.node.attributes.has("output_size") ? named : std::max<size_t>(in.size(), 2) - 2;
    if (in.size() != out.size() || in.size() < spatial || spatial > 3 || !std::equal(in.begin(), in.end() - static_cast<std::ptrdiff_t>(spatial), out.begin()))
        return cannotRun(site.node, "its input has too few or too many dimensions");
    Planes planes;
    for (size_t i = 0; i < in.size(); ++i) {
        if (i + spatial < in.size()) {
            planes.count *= in[i];
            continue;
        }
        const size_t axis = 3 - (in.size() - i);
        planes.in[axis] = in[i];
        planes.out[axis] = out[i];
        if (in[i] < 1 && out[i] > 0)
            return cannotRun(site.node, "there is nothing to pool");
    }
    return plainKernel(site, [planes, isMax](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        T* places = numbers.out.size() > 1 ? numbers.out[1] : nullptr;
        parallelFor(planes.count, 1, [&](int64_t begin, int64_t end) {
            for (int64_t plane = begin; plane < end; ++plane)
                for (int64_t i = 0; i < planes.outSize(); ++i) {
                    const std::array<int64_t, 3> o{i / planes.out[2] / planes.out[1], i / planes.out[2] % planes.out[1], i % planes.out[2]};
                    const Pooled result = pool(planes, numbers.in[0] + plane * planes.inSize(), o, isMax);
                    numbers.out[0][plane * planes.outSize() + i] = static_cast<T>(result.value);
                    if (places)
                        places[plane * planes.outSize() + i] = static_cast<T>(result.place);
                }
        });
    });
}

} // namespace bpu::runtime

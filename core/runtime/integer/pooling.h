// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The windows of a pooling operator, and pooling with the channels last.
#pragma once

#include "core/runtime/integer/operands.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace bpu::runtime::integer {

/// The elements along one axis that one result sees, and for how many it counts in a mean.
struct Range {
    int64_t first = 0, last = 1, step = 1; ///< `last` is behind
    int64_t counted = 1;
};

/// A window that lies in padding alone counts as one.
inline int64_t countOf(const std::array<Range, 3>& window)
{
    return std::max<int64_t>(window[0].counted * window[1].counted * window[2].counted, 1);
}

/// Windows along three axes; those that are missing have one element.
struct Windows {
    std::array<std::vector<Range>, 3> axes{{{Range{}}, {Range{}}, {Range{}}}};
    std::array<int64_t, 3> in{1, 1, 1};
    int64_t planes = 1;

    int64_t inSize() const { return in[0] * in[1] * in[2]; }
    int64_t outSize() const { return std::ssize(axes[0]) * std::ssize(axes[1]) * std::ssize(axes[2]); }
    /// For how many elements the windows count.
    std::set<int64_t> counts() const
    {
        std::set<int64_t> counts;
        forWindows([&](int64_t, const auto& window) { counts.insert(countOf(window)); });
        return counts;
    }

    template <typename F>
    void forWindows(F&& f) const
    {
        int64_t i = 0;
        for (const Range& a : axes[0])
            for (const Range& b : axes[1])
                for (const Range& c : axes[2])
                    f(i++, std::array{a, b, c});
    }
    template <typename F>
    void forElements(const std::array<Range, 3>& window, F&& f) const
    {
        for (int64_t a = window[0].first; a < window[0].last; a += window[0].step)
            for (int64_t b = window[1].first; b < window[1].last; b += window[1].step)
                for (int64_t c = window[2].first; c < window[2].last; c += window[2].step)
                    f((a * in[1] + b) * in[2] + c);
    }
};

/// Of max_pool, avg_pool and adaptive_avg_pool. Errors "runtime.operator", "op.window".
Result<Windows> windowsOf(const Site& site);

/// Both for an input that arrives with its channels last and leaves so.
Kernel channelsLastMaxPool(const Site& site, const Windows& windows);
/// R(sum, byCount[count]) limited to `grid`.
Kernel channelsLastAveragePool(const Site& site, const Windows& windows, const std::map<int64_t, quant::Requantizer>& byCount, const quant::Grid& grid);

} // namespace bpu::runtime::integer

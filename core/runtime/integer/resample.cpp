// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Bilinear resizing of integers: weights in 1/2048 along each axis, the sum of four products in steps of 2^-22.
#include "core/runtime/integer/operands.h"
#include "core/runtime/parallel.h"
#include "core/runtime/resample.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::runtime::integer {
namespace {

constexpr int kWeightBits = 11;

/// Two neighbors and the weight of the second one.
struct Pair {
    int64_t low = 0, high = 0;
    int32_t weight = 0;
};

Result<std::vector<Pair>> pairsOf(const ir::Node& node, size_t axis, int64_t in, int64_t out)
{
    std::vector<Pair> pairs;
    for (const double place : resizedPlaces(node, axis, in, out)) {
        if (!(std::fabs(place) < 0x1p52))
            return cannotRun(node, "its scale factor leads out of the image; correct it");
        const double low = std::floor(place);
        const auto at = [&](double x) { return std::clamp<int64_t>(static_cast<int64_t>(x), 0, in - 1); };
        pairs.push_back({at(low), at(low + 1), static_cast<int32_t>(stepsOf(place - low, kWeightBits))});
    }
    return pairs;
}

} // namespace

/// Nothing for mode nearest, which moves integers.
Result<Kernel> makeIntegerInterpolate(const Site& site)
{
    const std::string_view mode = site.node.attributes.text("mode", "nearest");
    const ir::Shape& in = site.input(0).shape();
    const ir::Shape& out = site.output().shape();
    if (mode == "nearest")
        return Kernel{};
    if ((mode != "bilinear" && mode != "linear") || in.size() != 4 || out.size() != 4 || in[0] != out[0] || in[1] != out[1] || site.node.attributes.flag("antialias"))
        return cannotRun(site.node, fmt::format("mode {} of {} has no integer form; nearest and bilinear images have", mode, site.input(0).text()));
    BPU_TRY(x, inputGrid(site, 0));
    BPU_TRY(y, resultGrid(site));
    if (x.type != ir::QType::QInt8)
        return cannotRun(site.node, "bilinear takes qint8");
    if (in[2] < 1 || in[3] < 1)
        return cannotRun(site.node, "it has nothing to enlarge");
    BPU_TRY(r, requantizerOf(site, x.scale / y.scale / (1 << 2 * kWeightBits)));
    BPU_TRY(down, pairsOf(site.node, 0, in[2], out[2]));
    BPU_TRY(across, pairsOf(site.node, 1, in[3], out[3]));
    return Kernel{.run = [rows = down, columns = across, height = in[2], width = in[3], planes = in[0] * in[1], r = r, grid = y.grid](const Call& call) -> Result<void> {
        withStored(call.outputs[0].type->dtype(), [&](auto type) {
            parallelFor(planes, 1, [&](int64_t begin, int64_t end) {
                for (int64_t plane = begin; plane < end; ++plane) {
                    const int8_t* from = call.inputs[0].in<int8_t>() + plane * height * width;
                    auto* to = call.outputs[0].out<decltype(type)>() + plane * std::ssize(rows) * std::ssize(columns);
                    for (const Pair& row : rows)
                        for (const Pair& column : columns) {
                            const auto along = [&](int64_t line) {
                                return from[line * width + column.low] * ((1 << kWeightBits) - column.weight) + from[line * width + column.high] * column.weight;
                            };
                            const int32_t sum = along(row.low) * ((1 << kWeightBits) - row.weight) + along(row.high) * row.weight;
                            *to++ = static_cast<decltype(type)>(clampTo(grid, quant::scaled(sum, r)));
                        }
                }
            });
        });
        return {};
    }};
}

} // namespace bpu::runtime::integer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Resampling, one axis after the other: each result pixel is a weighted sum of a few source pixels.
// Source: ONNX Resize 19 (coordinates, rounding, antialias), Keys 1981 (cubic, a = -0.75); torch's interpolate agrees.
#include "core/runtime/numbers.h"

#include <algorithm>
#include <cmath>

namespace bpu::runtime {
namespace {

struct Tap {
    int64_t at;
    double weight;
};
using Taps = std::vector<std::vector<Tap>>; ///< of every result pixel of one axis

struct Axis {
    int64_t in, out;
    double scale; ///< result pixels for one source pixel
};

/// Where a result pixel lies in the source.
double sourceOf(int64_t i, const Axis& axis, std::string_view mode)
{
    const auto x = static_cast<double>(i);
    const auto in = static_cast<double>(axis.in);
    if (mode == "align_corners")
        return axis.out == 1 ? 0 : x * (in - 1) / static_cast<double>(axis.out - 1);
    if (mode == "asymmetric")
        return x / axis.scale;
    if (mode == "tf_half_pixel_for_nn")
        return (x + 0.5) / axis.scale;
    if (mode == "pytorch_half_pixel" && axis.out == 1)
        return 0;
    const double half = (x + 0.5) / axis.scale - 0.5;
    if (mode != "half_pixel_symmetric")
        return half;
    const double adjusted = static_cast<double>(axis.out) / (axis.scale * in); // the part of the picture that is covered
    return in / 2 * (1 - adjusted) + half;
}

int64_t nearest(double x, std::string_view rounding)
{
    const double whole = rounding == "floor" ? std::floor(x) : rounding == "ceil" ? std::ceil(x) : rounding == "round_prefer_ceil" ? std::floor(x + 0.5) : std::ceil(x - 0.5);
    return static_cast<int64_t>(whole);
}

double triangle(double distance)
{
    return std::max(0.0, 1 - std::fabs(distance));
}

double cubic(double distance)
{
    constexpr double a = -0.75;
    const double d = std::fabs(distance);
    if (d <= 1)
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/// The pixels around x; those outside are the edge's. With antialias the filter widens as the picture shrinks, and what
/// is outside does not count.
std::vector<Tap> filtered(double x, const Axis& axis, bool isCubic, bool antialias)
{
    const double stretch = antialias && axis.scale < 1 ? 1 / axis.scale : 1;
    const double reach = (isCubic ? 2 : 1) * stretch;
    std::vector<Tap> taps;
    double sum = 0;
    for (auto at = static_cast<int64_t>(std::ceil(x - reach)); static_cast<double>(at) <= x + reach; ++at) {
        const double distance = (static_cast<double>(at) - x) / stretch;
        const double weight = isCubic ? cubic(distance) : triangle(distance);
        const bool isOutside = at < 0 || at >= axis.in;
        if (weight == 0 || (antialias && isOutside))
            continue;
        taps.push_back({std::clamp<int64_t>(at, 0, axis.in - 1), weight});
        sum += weight;
    }
    for (Tap& tap : taps)
        tap.weight /= sum;
    return taps;
}

Taps tapsOf(const ir::Node& node, const Axis& axis)
{
    const std::string_view mode = node.attributes.text("mode", "nearest");
    const std::string_view fallback = node.attributes.flag("align_corners") ? "align_corners" : mode == "nearest" ? "asymmetric" : "half_pixel";
    const std::string_view coordinates = node.attributes.text("coordinate_mode", fallback);
    const std::string_view rounding = node.attributes.text("nearest_mode", mode == "nearest" && coordinates == "asymmetric" ? "floor" : "round_prefer_floor");
    Taps taps;
    for (int64_t i = 0; i < axis.out; ++i) {
        if (mode == "area") { // the mean of what the pixel covers
            const int64_t begin = i * axis.in / axis.out;
            const int64_t end = ((i + 1) * axis.in + axis.out - 1) / axis.out;
            taps.emplace_back();
            for (int64_t at = begin; at < end; ++at)
                taps.back().push_back({at, 1 / static_cast<double>(end - begin)});
            continue;
        }
        double x = sourceOf(i, axis, coordinates);
        if (mode == "nearest") {
            taps.push_back({{std::clamp<int64_t>(nearest(x, rounding), 0, axis.in - 1), 1}});
            continue;
        }
        const bool isCubic = mode == "bicubic" || mode == "cubic";
        const bool antialias = node.attributes.flag("antialias");
        if (!isCubic && !antialias)
            x = std::clamp(x, 0.0, static_cast<double>(axis.in - 1));
        taps.push_back(filtered(x, axis, isCubic, antialias));
    }
    return taps;
}

std::vector<double> resampled(const std::vector<double>& x, const AroundAxis& around, const Taps& taps)
{
    const auto out = std::ssize(taps);
    std::vector<double> y(static_cast<size_t>(around.outer * out * around.inner));
    for (int64_t o = 0; o < around.outer; ++o)
        for (int64_t i = 0; i < out; ++i)
            for (const Tap& tap : taps[static_cast<size_t>(i)]) {
                const double* source = x.data() + (o * around.size + tap.at) * around.inner;
                double* target = y.data() + (o * out + i) * around.inner;
                for (int64_t k = 0; k < around.inner; ++k)
                    target[k] += tap.weight * source[k];
            }
    return y;
}

std::vector<double> scalesOf(const ir::Node& node)
{
    const ir::Attribute* found = node.attributes.find("scale_factor");
    const auto* list = found && node.attributes.integers("size").empty() ? std::get_if<std::vector<double>>(found) : nullptr;
    return list ? *list : std::vector<double>();
}

} // namespace

Result<Kernel> makeInterpolate(const Site& site)
{
    if (site.has(1)) // sizes that the network computes have no shape rule yet
        return Kernel{};
    const ir::Shape& in = site.input(0).shape();
    const ir::Shape& out = site.output().shape();
    const std::vector<double> scales = scalesOf(site.node);
    std::vector<std::pair<AroundAxis, Taps>> steps;
    ir::Shape now = in;
    for (size_t i = 0; i < in.size(); ++i) {
        const size_t given = i + scales.size() - in.size(); // wraps around in front of the list
        const bool hasScale = i + scales.size() >= in.size();
        const double scale = hasScale ? scales[given] : static_cast<double>(out[i]) / static_cast<double>(std::max<int64_t>(in[i], 1));
        if (in[i] == out[i] && scale == 1)
            continue;
        if (in[i] == 0 || !(scale > 0))
            return Kernel{};
        steps.emplace_back(AroundAxis(now, i), tapsOf(site.node, {in[i], out[i], scale}));
        now[i] = out[i];
    }
    return computed(site, [steps](const auto& inputs) {
        std::vector<double> y = inputs[0];
        for (const auto& [around, taps] : steps)
            y = resampled(y, around, taps);
        return y;
    });
}

} // namespace bpu::runtime

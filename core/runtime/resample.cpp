// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Resizing, one dimension after the other: every element of the result is a weighted sum of a few of the source, and the
// weights of several dimensions multiply. Source: ONNX Resize 19, torch.nn.functional.interpolate.
#include "core/runtime/resample.h"

#include "core/runtime/plain.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::runtime {
namespace {

/// The source elements of one element of the result, with weights that sum up to 1.
struct Taps {
    std::vector<int64_t> first;   ///< where the taps of element o begin, and at the end their number
    std::vector<int64_t> index;
    std::vector<double> weight;
};

struct Rule {
    std::string_view mode;        ///< nearest, linear, cubic, area
    std::string_view coordinates; ///< ONNX's names
    std::string_view rounding;    ///< of nearest, ONNX's names
    double cubic = -0.75;
    bool antialias = false;
};

double sourceOf(int64_t o, int64_t in, int64_t out, double scale, std::string_view coordinates)
{
    const auto at = static_cast<double>(o);
    if (coordinates == "align_corners")
        return out <= 1 ? 0 : at * static_cast<double>(in - 1) / static_cast<double>(out - 1);
    if (coordinates == "asymmetric")
        return at / scale;
    if (coordinates == "pytorch_half_pixel" && out <= 1)
        return 0;
    if (coordinates == "tf_half_pixel_for_nn")
        return (at + 0.5) / scale;
    if (coordinates == "half_pixel_symmetric") {
        const double adjustment = static_cast<double>(out) / (scale * static_cast<double>(in));
        return static_cast<double>(in) / 2 * (1 - adjustment) + (at + 0.5) / scale - 0.5;
    }
    return (at + 0.5) / scale - 0.5;
}

double rounded(double x, std::string_view rounding)
{
    if (rounding == "round_prefer_ceil")
        return std::floor(x + 0.5);
    if (rounding == "round_prefer_floor")
        return std::ceil(x - 0.5);
    return rounding == "ceil" ? std::ceil(x) : std::floor(x);
}

/// The triangle, and Keys' cubic kernel with parameter a (Keys 1981, equation 15).
double kernelAt(double distance, const Rule& rule)
{
    const double d = std::fabs(distance);
    if (rule.mode == "linear")
        return std::max(0.0, 1 - d);
    const double a = rule.cubic;
    if (d <= 1)
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/// Taps around x as wide as the kernel. A shrinking antialiased one is stretched and leaves out what lies outside;
/// the others repeat the border.
void addWindow(Taps& taps, double x, int64_t in, double scale, const Rule& rule)
{
    const double stretch = rule.antialias ? std::max(1.0, 1 / scale) : 1;
    const double radius = (rule.mode == "linear" ? 1 : 2) * stretch;
    const auto low = static_cast<int64_t>(std::floor(x - radius)) + 1;
    const auto high = static_cast<int64_t>(std::ceil(x + radius)) - 1;
    const size_t begin = taps.index.size();
    double sum = 0;
    for (int64_t i = low; i <= std::max(low, high); ++i) {
        if (rule.antialias && (i < 0 || i >= in))
            continue;
        const double weight = kernelAt((static_cast<double>(i) - x) / stretch, rule);
        taps.index.push_back(std::clamp<int64_t>(i, 0, in - 1));
        taps.weight.push_back(weight);
        sum += weight;
    }
    for (size_t i = begin; i < taps.weight.size(); ++i)
        taps.weight[i] /= sum;
}

Taps tapsOf(int64_t in, int64_t out, double scale, const Rule& rule)
{
    Taps taps;
    for (int64_t o = 0; o < out; ++o) {
        taps.first.push_back(static_cast<int64_t>(taps.index.size()));
        if (rule.mode == "area") {
            const int64_t low = o * in / out, high = ((o + 1) * in + out - 1) / out;
            for (int64_t i = low; i < high; ++i) {
                taps.index.push_back(i);
                taps.weight.push_back(1 / static_cast<double>(high - low));
            }
            continue;
        }
        const double x = sourceOf(o, in, out, scale, rule.coordinates);
        if (rule.mode == "nearest") {
            taps.index.push_back(std::clamp(static_cast<int64_t>(rounded(x, rule.rounding)), int64_t{0}, in - 1));
            taps.weight.push_back(1);
        } else {
            addWindow(taps, x, in, scale, rule);
        }
    }
    taps.first.push_back(static_cast<int64_t>(taps.index.size()));
    return taps;
}

struct Pass {
    AxisBlocks from; ///< of the source along the resized dimension
    int64_t out = 0;
    Taps taps;
};

template <typename T>
void resize(const Pass& pass, const T* x, T* y)
{
    const AxisBlocks& from = pass.from;
    parallelFor(from.outer * pass.out, std::max<int64_t>(kPlainGrain / std::max<int64_t>(from.inner, 1), 1), [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
            const auto o = static_cast<size_t>(row % pass.out);
            T* to = y + row * from.inner;
            std::fill(to, to + from.inner, T{0});
            for (int64_t tap = pass.taps.first[o]; tap < pass.taps.first[o + 1]; ++tap) {
                const T* source = x + (row / pass.out * from.size + pass.taps.index[static_cast<size_t>(tap)]) * from.inner;
                const auto weight = static_cast<T>(pass.taps.weight[static_cast<size_t>(tap)]);
                for (int64_t i = 0; i < from.inner; ++i)
                    to[i] += weight * source[i];
            }
        }
    });
}

/// torch names no coordinates: nearest counts from the corner and rounds down, the others from the pixels' centers.
Rule ruleOf(const ir::Node& node)
{
    const auto& attributes = node.attributes;
    const std::string_view mode = attributes.text("mode", "nearest");
    const bool isNearest = mode.starts_with("nearest");
    const bool isTorch = !attributes.has("coordinate_mode");
    Rule rule;
    rule.mode = isNearest ? "nearest" : mode == "area" ? "area" : mode.ends_with("cubic") ? "cubic" : "linear";
    rule.coordinates = attributes.flag("align_corners") ? "align_corners"
        : isTorch ? (mode == "nearest" ? "asymmetric" : "half_pixel")
                  : attributes.text("coordinate_mode");
    rule.rounding = attributes.text("nearest_mode", isTorch && mode == "nearest-exact" ? "round_prefer_ceil" : "floor");
    rule.antialias = attributes.flag("antialias");
    rule.cubic = rule.antialias && isTorch ? -0.5 : -0.75;
    return rule;
}

double scaleOf(const ir::Node& node, size_t axis, int64_t in, int64_t out)
{
    if (const ir::Attribute* found = node.attributes.find("scale_factor"))
        if (const auto* factors = std::get_if<std::vector<double>>(found); factors && axis < factors->size())
            return (*factors)[axis];
    return static_cast<double>(out) / static_cast<double>(in);
}

} // namespace

std::vector<double> resizedPlaces(const ir::Node& node, size_t axis, int64_t in, int64_t out)
{
    const Rule rule = ruleOf(node);
    std::vector<double> places;
    for (int64_t o = 0; o < out; ++o)
        places.push_back(sourceOf(o, in, out, scaleOf(node, axis, in, out), rule.coordinates));
    return places;
}

Result<Kernel> makeInterpolate(const Site& site)
{
    const ir::Shape& in = site.input(0).shape();
    const ir::Shape& out = site.output().shape();
    if (in.size() != out.size() || in.size() < 3 || in[0] != out[0] || in[1] != out[1])
        return cannotRun(site.node, "it resizes batch or channels");
    const Rule rule = ruleOf(site.node);
    std::vector<Pass> passes;
    ir::Shape shape = in;
    for (size_t axis = 2; axis < in.size(); ++axis) {
        if (in[axis] < 1 && out[axis] > 0)
            return cannotRun(site.node, "it has nothing to enlarge");
        const double scale = scaleOf(site.node, axis - 2, in[axis], out[axis]);
        // Sizes are rounded, so a factor may say a little more or less.
        if (out[axis] > 0 && !(std::fabs(scale * static_cast<double>(in[axis]) - static_cast<double>(out[axis])) <= 1))
            return cannotRun(site.node, fmt::format("its factor {} does not make {} elements of {}; correct the size or the factor", scale, out[axis], in[axis]));
        passes.push_back({AxisBlocks::of(ir::TensorType(ir::DType::Float32, shape), static_cast<int64_t>(axis)), out[axis], tapsOf(in[axis], out[axis], scale, rule)});
        shape[axis] = out[axis];
    }
    return plainKernel(site, [passes](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        std::vector<T> before, after;
        for (size_t i = 0; i < passes.size(); ++i) {
            const bool isLast = i + 1 == passes.size();
            if (!isLast)
                after.resize(static_cast<size_t>(passes[i].from.outer * passes[i].out * passes[i].from.inner));
            resize(passes[i], i == 0 ? numbers.in[0] : before.data(), isLast ? numbers.out[0] : after.data());
            before.swap(after);
        }
    });
}

} // namespace bpu::runtime

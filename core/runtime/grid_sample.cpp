// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Samples an image (or a volume) at the places that a grid names in [-1, 1]. Source: torch.nn.functional.grid_sample,
// ONNX GridSample 20.
#include "core/runtime/plain.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bpu::runtime {
namespace {

enum class Padding { Zeros, Border, Reflection };

struct Sampling {
    int dims = 2;
    std::array<int64_t, 3> size{};
    Padding padding = Padding::Zeros;
    bool alignCorners = false;

    /// From [-1, 1] to elements; the ends are the centers of the outer elements or their outer borders.
    double place(double x, int axis) const
    {
        const auto n = static_cast<double>(size[static_cast<size_t>(axis)]);
        return alignCorners ? (x + 1) / 2 * (n - 1) : ((x + 1) * n - 1) / 2;
    }

    double reflected(double x, double low, double high) const
    {
        if (high <= low)
            return 0;
        const double span = high - low;
        const double rest = std::fmod(std::fabs(x - low), 2 * span);
        return low + (rest > span ? 2 * span - rest : rest);
    }

    double padded(double x, int axis) const
    {
        const auto last = static_cast<double>(size[static_cast<size_t>(axis)] - 1);
        if (padding == Padding::Reflection)
            x = alignCorners ? reflected(x, 0, last) : reflected(x, -0.5, last + 0.5);
        return padding == Padding::Zeros ? x : std::isnan(x) ? 0 : std::clamp(x, 0.0, last);
    }
};

using Place = std::array<double, 3>;

/// The element at whole-number coordinates, 0 outside.
template <typename T>
double elementAt(const Sampling& sampling, const T* plane, const Place& at)
{
    int64_t index = 0;
    for (int axis = 0; axis < sampling.dims; ++axis) {
        const auto a = static_cast<size_t>(axis);
        if (!(at[a] >= 0 && at[a] <= static_cast<double>(sampling.size[a] - 1)))
            return 0;
        index = index * sampling.size[a] + static_cast<int64_t>(at[a]);
    }
    return static_cast<double>(plane[index]);
}

template <typename T>
double linear(const Sampling& sampling, const T* plane, const Place& at)
{
    double sum = 0;
    for (int corner = 0; corner < 1 << sampling.dims; ++corner) {
        Place place{};
        double weight = 1;
        for (int axis = 0; axis < sampling.dims; ++axis) {
            const auto a = static_cast<size_t>(axis);
            const double low = std::floor(at[a]);
            const bool isHigh = (corner >> axis & 1) != 0;
            place[a] = isHigh ? low + 1 : low;
            weight *= isHigh ? at[a] - low : low + 1 - at[a];
        }
        if (weight != 0)
            sum += weight * elementAt(sampling, plane, place);
    }
    return sum;
}

template <typename T>
double nearest(const Sampling& sampling, const T* plane, Place at)
{
    for (double& x : at)
        x = std::nearbyint(x);
    return elementAt(sampling, plane, at);
}

/// Keys' kernel with a = -0.75; the padding is that of each of its 4 x 4 elements.
template <typename T>
double cubic(const Sampling& sampling, const T* plane, const Place& at)
{
    const auto weight = [](double d) {
        d = std::fabs(d);
        return d <= 1 ? (1.25 * d - 2.25) * d * d + 1 : ((-0.75 * d + 3.75) * d - 6) * d + 3;
    };
    const double top = std::floor(at[0]), left = std::floor(at[1]);
    double sum = 0;
    for (int i = -1; i <= 2; ++i)
        for (int j = -1; j <= 2; ++j) {
            const Place place{sampling.padded(top + i, 0), sampling.padded(left + j, 1), 0};
            sum += weight(top + i - at[0]) * weight(left + j - at[1]) * elementAt(sampling, plane, place);
        }
    return sum;
}

} // namespace

Result<Kernel> makeGridSample(const Site& site)
{
    const ir::TensorType& x = site.input(0);
    Sampling sampling;
    sampling.dims = x.rank() - 2;
    if (sampling.dims < 1 || sampling.dims > 3 || site.input(1).dim(-1) != sampling.dims || site.input(1).dim(0) != x.dim(0))
        return cannotRun(site.node, "it samples something that is no image or volume");
    for (int axis = 0; axis < sampling.dims; ++axis)
        sampling.size[static_cast<size_t>(axis)] = x.dim(2 + axis);
    const std::string_view padding = site.node.attributes.text("padding_mode", "zeros");
    sampling.padding = padding == "border" ? Padding::Border : padding == "reflection" ? Padding::Reflection : Padding::Zeros;
    sampling.alignCorners = site.node.attributes.flag("align_corners");
    const std::string_view mode = site.node.attributes.text("mode", "bilinear");
    const bool isCubic = mode.ends_with("cubic"), isNearest = mode == "nearest";
    if (isCubic && sampling.dims != 2)
        return cannotRun(site.node, "bicubic samples images only");
    const int64_t channels = x.dim(1);
    const int64_t plane = AxisBlocks::of(x, 1).inner;
    const int64_t places = site.output().elementCount() / std::max<int64_t>(x.dim(0) * channels, 1);
    if (x.dim(0) * channels > 0 && site.input(1).elementCount() != x.dim(0) * places * sampling.dims)
        return cannotRun(site.node, "its grid has not a place for each element of the result");
    if (plane == 0 && site.output().elementCount() > 0)
        return cannotRun(site.node, "there is nothing to sample");
    return plainKernel(site, [=, batch = x.dim(0)](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        parallelFor(batch * places, std::max<int64_t>(kPlainGrain / 8 / std::max<int64_t>(channels, 1), 1), [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) {
                Place at{};
                for (int axis = 0; axis < sampling.dims; ++axis) { // the grid names the last dimension first
                    const double place = sampling.place(static_cast<double>(numbers.in[1][i * sampling.dims + sampling.dims - 1 - axis]), axis);
                    at[static_cast<size_t>(axis)] = isCubic ? place : sampling.padded(place, axis);
                }
                for (int64_t c = 0; c < channels; ++c) {
                    const int64_t image = i / places * channels + c;
                    const T* from = numbers.in[0] + image * plane;
                    const double y = isCubic ? cubic(sampling, from, at) : isNearest ? nearest(sampling, from, at) : linear(sampling, from, at);
                    numbers.out[0][image * places + i % places] = static_cast<T>(y);
                }
            }
        });
    });
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A scaling of rows and columns is one weighted sum per output pixel; the weights depend on one axis only, so they are
// made once per axis. Weights are whole numbers of 2^-22 and each pass rounds to 8 bits: that is Pillow's arithmetic (its
// Resample.c), with which networks are evaluated, and it is the same on every machine.
#include "core/data/resize.h"

#include <algorithm>
#include <cmath>

namespace bpu::data {
namespace {

constexpr int kBits = 22;

/// The input pixels of one output pixel and what each counts, in units of 2^-kBits; the sum is 1 but for rounding.
struct Taps {
    int64_t first = 0;
    std::vector<int64_t> weights;
};

Taps tapsOf(int64_t i, int64_t in, double step, Filter filter)
{
    const double center = (static_cast<double>(i) + 0.5) * step;
    if (filter == Filter::Nearest)
        return {std::clamp<int64_t>(static_cast<int64_t>(std::floor(center)), 0, in - 1), {int64_t{1} << kBits}};
    const double reach = filter == Filter::Antialias ? std::max(step, 1.0) : 1.0;
    Taps taps;
    taps.first = std::max<int64_t>(static_cast<int64_t>(std::floor(center - reach + 0.5)), 0);
    const int64_t last = std::min<int64_t>(static_cast<int64_t>(std::floor(center + reach + 0.5)), in);
    std::vector<double> triangle;
    double sum = 0;
    for (int64_t k = taps.first; k < last; ++k) {
        triangle.push_back(std::max(0.0, 1 - std::abs((static_cast<double>(k) + 0.5 - center) / reach)));
        sum += triangle.back();
    }
    for (const double weight : triangle)
        taps.weights.push_back(static_cast<int64_t>(weight / sum * (1 << kBits) + 0.5));
    return taps;
}

std::vector<Taps> allTaps(int64_t in, int64_t out, Filter filter)
{
    std::vector<Taps> all;
    for (int64_t i = 0; i < out; ++i)
        all.push_back(tapsOf(i, in, static_cast<double>(in) / static_cast<double>(out), filter));
    return all;
}

uint8_t rounded(int64_t sum)
{
    return static_cast<uint8_t>(std::clamp<int64_t>((sum + (int64_t{1} << (kBits - 1))) >> kBits, 0, 255));
}

Image resizeRows(const Image& image, int64_t width, Filter filter)
{
    Image result{image.height, width, image.channels, std::vector<uint8_t>(static_cast<size_t>(image.height * width * image.channels))};
    const std::vector<Taps> all = allTaps(image.width, width, filter);
    uint8_t* out = result.pixels.data();
    for (int64_t y = 0; y < image.height; ++y) {
        const uint8_t* row = image.pixels.data() + y * image.width * image.channels;
        for (const Taps& taps : all)
            for (int64_t c = 0; c < image.channels; ++c) {
                const uint8_t* in = row + taps.first * image.channels + c;
                int64_t sum = 0;
                for (size_t k = 0; k < taps.weights.size(); ++k)
                    sum += taps.weights[k] * in[static_cast<int64_t>(k) * image.channels];
                *out++ = rounded(sum);
            }
    }
    return result;
}

Image resizeColumns(const Image& image, int64_t height, Filter filter)
{
    const int64_t line = image.width * image.channels;
    Image result{height, image.width, image.channels, std::vector<uint8_t>(static_cast<size_t>(height * line))};
    uint8_t* out = result.pixels.data();
    std::vector<int64_t> sums(static_cast<size_t>(line));
    for (const Taps& taps : allTaps(image.height, height, filter)) {
        std::ranges::fill(sums, int64_t{0});
        for (size_t k = 0; k < taps.weights.size(); ++k) {
            const uint8_t* in = image.pixels.data() + (taps.first + static_cast<int64_t>(k)) * line;
            for (size_t x = 0; x < sums.size(); ++x)
                sums[x] += taps.weights[k] * in[x];
        }
        out = std::ranges::transform(sums, out, rounded).out;
    }
    return result;
}

} // namespace

Image resize(const Image& image, int64_t height, int64_t width, Filter filter)
{
    Image result = width == image.width ? image : resizeRows(image, width, filter);
    return height == image.height ? result : resizeColumns(result, height, filter);
}

} // namespace bpu::data

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Convolutions and linear layers with the channels last: a tile of pixels times blocks of result channels, its taps reached
// through pointers, so that windows are neither copied nor asked about inside the loops. A tap that lies outside points to
// zeros. Where every channel has its own weights, the channels of one pixel are the vector.
#include "core/runtime/integer/layouts.h"
#include "core/runtime/integer/packing.h"
#include "core/runtime/integer/products.h"
#include "core/runtime/memory_pool.h"
#include "core/runtime/parallel.h"

#include <algorithm>
#include <array>
#include <optional>

namespace bpu::runtime::integer {
namespace {

constexpr int64_t kChunkPixels = 96; ///< whose pointers are made at once; a multiple of the tiles' or nearly
constexpr int64_t kMostLanes = 16;

class FastConvolution {
public:
    FastConvolution(const Kernels& kernels, const Convolving& c, ir::DType dtype, bool isRowMajor)
        : m_kernels(kernels), m_sweep(c.sweep), m_form(InputForm::of(kernels, dtype)), m_isDepthwise(c.sweep.perGroup() == 1 && c.sweep.outputs == c.sweep.groups && c.sweep.groups > 1),
          m_finish(c.finish, m_isDepthwise ? 1 : c.sweep.groups, m_isDepthwise ? kernels.depthChannels : kernels.lanes, correctionsOf(c))
    {
        const auto strideOf = [&](int64_t channels) { return isRowMajor ? channels : (channels + 3) / 4 * 4; };
        m_stride = strideOf(m_sweep.inputs);
        m_resultStride = strideOf(m_sweep.outputs);
        m_isPadded = m_stride % 4 != 0;
        m_arrays = m_finish.arrays();
        makePlaces();
        m_zeros.resize(static_cast<size_t>((m_sweep.inputs + 4) * 2) + ChannelsLast::kSlack);
        if (m_isDepthwise)
            packDepthwise(c);
        else
            packDense(c);
    }

    void run(const Call& call) const
    {
        std::optional<PoolBlock> copy;
        const std::byte* x = call.inputs[0].data;
        if (m_form.isWidened || m_isPadded) {
            const auto pixels = m_sweep.batch * m_sweep.inputPixels();
            copy.emplace(call.memory, static_cast<size_t>(pixels * inStride() * m_form.width()) + ChannelsLast::kSlack);
            widen(x, copy->data(), pixels);
            x = copy->data();
        }
        const int64_t pixels = m_sweep.batch * m_sweep.pixels();
        const int64_t chunks = (pixels + kChunkPixels - 1) / kChunkPixels;
        const int64_t columns = std::ssize(m_tiles);
        const int64_t macs = kChunkPixels * m_sweep.perGroup() * m_sweep.taps() * m_kernels.lanes * m_kernels.mostBlocks;
        parallelFor(chunks * columns, std::max<int64_t>(65536 / std::max<int64_t>(macs, 1), 1), [&](int64_t begin, int64_t end) {
            Chunk chunk{.x = x, .pointers = std::vector<const std::byte*>(static_cast<size_t>(kChunkPixels * m_sweep.taps()))};
            for (int64_t i = begin; i < end; ++i) {
                const int64_t first = i / columns * kChunkPixels;
                compute(chunk, first, std::min(kChunkPixels, pixels - first), m_tiles[static_cast<size_t>(i % columns)], call);
            }
        });
    }

private:
    /// Result channels that are computed together: blocks of one group, or channels of their own weights.
    struct Tile {
        int64_t group = 0;
        int64_t channel = 0; ///< of the result
        int64_t packed = 0;  ///< where it is among the finishing numbers
        int64_t blocks = 0;
        int64_t count = 0; ///< result channels
        int64_t weights = 0; ///< offset
    };
    /// Pointers of pixels [first, first + count) for tiles of `pixels`: [tile][taps][pixels], then one by one for the rest.
    struct Chunk {
        const std::byte* x;
        std::vector<const std::byte*> pointers;
        int64_t first = -1, group = -1, pixels = 0;
    };

    int64_t inStride() const { return m_isPadded ? (m_sweep.inputs + 3) / 4 * 4 : m_stride; }

    std::vector<int64_t> correctionsOf(const Convolving& c) const
    {
        std::vector<int64_t> corrections;
        for (int64_t o = 0; m_form.isBytes && !m_isDepthwise && o < m_sweep.outputs; ++o) {
            int64_t sum = 0;
            for (int64_t i = 0; i < c.row(); ++i)
                sum += c.weights[static_cast<size_t>(o * c.row() + i)];
            corrections.push_back(-128 * sum);
        }
        return corrections;
    }

    void packDense(const Convolving& c)
    {
        const int64_t each = m_sweep.outputs / m_sweep.groups, lanes = m_kernels.lanes;
        const int64_t blocks = (each + lanes - 1) / lanes;
        m_steps = m_form.steps(m_sweep.perGroup());
        m_blockBytes = m_sweep.taps() * m_steps * lanes * 4;
        m_weights.resize(static_cast<size_t>(m_sweep.groups * blocks * m_blockBytes));
        for (int64_t group = 0; group < m_sweep.groups; ++group) {
            const int64_t start = group * blocks * m_blockBytes;
            packBlocks(m_form, lanes, each, m_sweep.taps(), m_sweep.perGroup(), [&](int64_t channel, int64_t tap, int64_t element) {
                return c.weights[static_cast<size_t>(((group * each + channel) * m_sweep.perGroup() + element) * m_sweep.taps() + tap)];
            }, m_weights.data() + start);
            for (int64_t block = 0; block < blocks; block += m_kernels.mostBlocks)
                m_tiles.push_back({group, group * each + block * lanes, (group * blocks + block) * lanes, std::min(m_kernels.mostBlocks, blocks - block),
                                   std::min(m_kernels.mostBlocks * lanes, each - block * lanes), start + block * m_blockBytes});
        }
    }

    void packDepthwise(const Convolving& c)
    {
        const int64_t at = m_kernels.depthChannels;
        const int64_t room = (m_sweep.outputs + at - 1) / at * at;
        m_depthWeights.resize(static_cast<size_t>(m_sweep.taps() * room));
        for (int64_t channel = 0; channel < m_sweep.outputs; ++channel)
            for (int64_t tap = 0; tap < m_sweep.taps(); ++tap)
                m_depthWeights[static_cast<size_t>(tap * room + channel)] = c.weights[static_cast<size_t>(channel * m_sweep.taps() + tap)];
        m_blockBytes = room;
        for (int64_t channel = 0; channel < m_sweep.outputs; channel += at)
            m_tiles.push_back({0, channel, channel, 1, std::min(at, m_sweep.outputs - channel), channel});
    }

    /// Rows of pixels with the stride that the tiles read, 16 bits where 8 are widened.
    void widen(const std::byte* from, std::byte* to, int64_t pixels) const
    {
        const int64_t width = m_form.isWidened ? 1 : m_form.width();
        parallelFor(pixels, std::max<int64_t>(16384 / m_stride, 1), [&](int64_t begin, int64_t end) {
            for (int64_t p = begin; p < end; ++p) {
                const std::byte* row = from + p * m_stride * width;
                if (m_form.isWidened)
                    std::copy_n(reinterpret_cast<const int8_t*>(row), m_stride, reinterpret_cast<int16_t*>(to) + p * inStride());
                else
                    std::copy_n(row, m_stride * width, to + p * inStride() * width);
            }
        });
    }

    /// For every result along an axis and every tap: how many bytes into the input it lies, or kOutside.
    void makePlaces()
    {
        int64_t bytes = inStride() * m_form.width();
        for (size_t axis = 3; axis-- > 0; bytes *= m_sweep.in[axis])
            for (int64_t o = 0; o < m_sweep.out[axis]; ++o)
                for (int64_t k = 0; k < m_sweep.kernel[axis]; ++k) {
                    const auto place = m_sweep.place(axis, o, k);
                    m_places[axis].push_back(place ? *place * bytes : kOutside);
                }
        m_imageBytes = bytes;
    }

    /// Where the channels of a group lie for every tap of a pixel, `apart` pointers from tap to tap.
    void point(const std::byte* image, const std::array<int64_t, 3>& pixel, const std::byte** to, int64_t apart) const
    {
        const int64_t* depth = m_places[0].data() + pixel[0] * m_sweep.kernel[0];
        const int64_t* row = m_places[1].data() + pixel[1] * m_sweep.kernel[1];
        const int64_t* column = m_places[2].data() + pixel[2] * m_sweep.kernel[2];
        for (int64_t a = 0; a < m_sweep.kernel[0]; ++a)
            for (int64_t b = 0; b < m_sweep.kernel[1]; ++b) {
                const int64_t start = depth[a] + row[b];
                for (int64_t c = 0; c < m_sweep.kernel[2]; ++c, to += apart)
                    *to = start + column[c] < 0 ? m_zeros.data() : image + (start + column[c]);
            }
    }

    void fill(Chunk& chunk, int64_t first, int64_t count, int64_t group, int64_t pixels) const
    {
        if (chunk.first == first && chunk.group == group && chunk.pixels == pixels)
            return;
        chunk.first = first;
        chunk.group = group;
        chunk.pixels = pixels;
        const int64_t whole = count / pixels * pixels;
        const int64_t rest = first % m_sweep.pixels();
        std::array<int64_t, 3> pixel{rest / (m_sweep.out[1] * m_sweep.out[2]), rest / m_sweep.out[2] % m_sweep.out[1], rest % m_sweep.out[2]};
        const std::byte* image = chunk.x + first / m_sweep.pixels() * m_imageBytes + group * m_sweep.perGroup() * m_form.width();
        for (int64_t i = 0; i < count; ++i) {
            const bool isTogether = i < whole;
            const std::byte** to = chunk.pointers.data() + (isTogether ? (i - i % pixels) * m_sweep.taps() + i % pixels : i * m_sweep.taps());
            point(image, pixel, to, isTogether ? pixels : 1);
            for (size_t axis = 3; axis-- > 0 && ++pixel[axis] == m_sweep.out[axis];) {
                pixel[axis] = 0;
                if (axis == 0)
                    image += m_imageBytes;
            }
        }
    }

    void compute(Chunk& chunk, int64_t first, int64_t count, const Tile& tile, const Call& call) const
    {
        const int64_t pixels = m_isDepthwise ? 1 : m_kernels.tilePixels[tile.blocks];
        fill(chunk, first, count, tile.group, pixels);
        const int64_t channels = m_isDepthwise ? m_kernels.depthChannels : tile.blocks * m_kernels.lanes;
        alignas(64) int32_t sums[8 * 4 * kMostLanes];
        for (int64_t i = 0; i < count;) {
            const int64_t together = count - i >= pixels ? pixels : 1;
            sum(chunk.pointers.data() + i * m_sweep.taps(), together, tile, sums);
            const int64_t at = (first + i) * m_resultStride + tile.channel;
            m_kernels.finish({m_arrays, tile.packed, tile.count, together, channels, m_resultStride, sums,
                              m_arrays.addMultiplier ? call.inputs[3].data + at * m_arrays.addendBytes : nullptr, call.outputs[0].data + at * m_arrays.resultBytes});
            i += together;
        }
    }

    void sum(const std::byte* const* pointers, int64_t pixels, const Tile& tile, int32_t* sums) const
    {
        if (m_isDepthwise)
            (m_form.isBytes ? m_kernels.depthBytes : m_kernels.depthWords)({pointers, tile.channel * m_form.width(), m_sweep.taps(), m_depthWeights.data() + tile.weights, m_blockBytes, sums});
        else
            (m_form.isBytes ? m_kernels.bytes : m_kernels.words)({pointers, m_sweep.taps(), m_steps, m_weights.data() + tile.weights, m_blockBytes, sums}, pixels, tile.blocks);
    }

    static constexpr int64_t kOutside = INT64_MIN / 4; ///< three of them, and no place on the input, are below 0

    const Kernels& m_kernels;
    ConvolutionSweep m_sweep;
    InputForm m_form;
    bool m_isDepthwise;
    PackedFinish m_finish;
    int64_t m_stride = 0, m_resultStride = 0; ///< from pixel to pixel, in elements
    bool m_isPadded = false; ///< rows are copied to get a stride of fours
    int64_t m_steps = 0;
    int64_t m_blockBytes = 0;
    std::vector<std::byte> m_weights;
    std::vector<int32_t> m_depthWeights;
    std::vector<std::byte> m_zeros;
    std::array<std::vector<int64_t>, 3> m_places;
    int64_t m_imageBytes = 0;
    FinishArrays m_arrays;
    std::vector<Tile> m_tiles;
};

} // namespace

/// Nothing where the plain kernel is asked for, or has to look for sums that leave int32.
Result<Kernel> makeFastConvolution(const Site& site)
{
    const Kernels* kernels = kernelsOf(site.isa);
    const bool isLinear = site.node.op == "linear";
    if (!kernels || site.checksAccumulators || site.output().elementCount() == 0 || site.input(0).elementCount() == 0)
        return Kernel{};
    BPU_TRY(convolving, Convolving::of(site));
    if (convolving.row() == 0)
        return Kernel{};
    Kernel kernel{.run = [fast = std::make_shared<const FastConvolution>(*kernels, convolving, site.input(0).dtype(), isLinear)](const Call& call) -> Result<void> {
        fast->run(call);
        return {};
    }};
    if (isLinear)
        return kernel;
    kernel.wants = {channelsLastOf(site.input(0))};
    kernel.gives = {channelsLastOf(site.output())};
    if (site.has(3)) {
        kernel.wants.resize(4);
        kernel.wants[3] = channelsLastOf(site.input(3));
    }
    return kernel;
}

} // namespace bpu::runtime::integer

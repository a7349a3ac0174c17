// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Matrix products in the tiles of convolutions: the rows of a are pixels, the columns of b result channels, packed as each
// run begins.
#include "core/runtime/integer/packing.h"
#include "core/runtime/matrix_stacks.h"
#include "core/runtime/memory_pool.h"
#include "core/runtime/parallel.h"

#include <algorithm>
#include <array>

namespace bpu::runtime::integer {
namespace {

constexpr int64_t kMostPixels = 8;
constexpr int64_t kMostLanes = 64; ///< result channels of a tile

class FastMatmul {
public:
    FastMatmul(const Kernels& kernels, MatrixStacks stacks, const Finish& finish, bool isBytes)
        : m_kernels(kernels), m_stacks(std::move(stacks)), m_form{.isBytes = isBytes}, m_finish(repeated(finish, m_stacks.columns), 1, kernels.lanes, {}),
          m_blocks((m_stacks.columns + kernels.lanes - 1) / kernels.lanes), m_steps(m_form.steps(m_stacks.inner))
    {
    }

    void run(const Call& call) const
    {
        const int64_t rows = call.inputs[0].count() / m_stacks.inner;
        const int64_t matrices = call.inputs[1].count() / (m_stacks.inner * m_stacks.columns);
        const PoolBlock a(call.memory, bytes(rows * m_steps * 4));
        const PoolBlock b(call.memory, bytes(matrices * matrixBytes()));
        const PoolBlock bias(call.memory, bytes(matrices * room() * 4));
        auto* biases = reinterpret_cast<int32_t*>(bias.data());
        const auto each = [&](int64_t count, auto&& work) {
            parallelFor(count, 1, [&](int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; ++i)
                    work(i);
            });
        };
        each(rows, [&](int64_t row) { copyRow(call.inputs[0], row, a.data() + row * m_steps * 4); });
        each(matrices, [&](int64_t i) { pack(call.inputs[1], i, b.data() + i * matrixBytes(), biases + i * room()); });
        const int64_t columns = (m_blocks + m_kernels.mostBlocks - 1) / m_kernels.mostBlocks;
        each(m_stacks.count() * columns, [&](int64_t i) {
            const int64_t product = i / columns, matrix = m_stacks.matrixOf(m_stacks.b, product);
            compute(a.data() + m_stacks.matrixOf(m_stacks.a, product) * m_stacks.rows * m_steps * 4, b.data() + matrix * matrixBytes(), biases + matrix * room(), product, i % columns * m_kernels.mostBlocks, call);
        });
    }

private:
    static size_t bytes(int64_t count) { return static_cast<size_t>(count); }

    /// Every column has the one channel's numbers.
    static Finish repeated(Finish finish, int64_t columns)
    {
        const auto count = static_cast<size_t>(columns);
        finish.bias.assign(count, 0);
        finish.limits.assign(count, finish.limits.front());
        if (!finish.to.empty())
            finish.to.assign(count, finish.to.front());
        return finish;
    }

    int64_t room() const { return m_blocks * m_kernels.lanes; }
    int64_t blockBytes() const { return m_steps * m_kernels.lanes * 4; }
    int64_t matrixBytes() const { return m_blocks * blockBytes(); }

    /// A row of a in whole dwords; what is behind its end meets weights of 0.
    void copyRow(const Buffer& a, int64_t row, std::byte* to) const
    {
        std::fill_n(to + (m_steps - 1) * 4, 4, std::byte{0});
        withStored(a.type->dtype(), [&](auto type) {
            const auto* from = a.in<decltype(type)>() + row * m_stacks.inner;
            if (m_form.isBytes)
                std::transform(from, from + m_stacks.inner, reinterpret_cast<int8_t*>(to), [](auto q) { return static_cast<int8_t>(q); });
            else
                std::transform(from, from + m_stacks.inner, reinterpret_cast<int16_t*>(to), [](auto q) { return static_cast<int16_t>(q); });
        });
    }

    void pack(const Buffer& b, int64_t matrix, std::byte* to, int32_t* bias) const
    {
        withStored(b.type->dtype(), [&](auto type) {
            const auto* from = b.in<decltype(type)>() + matrix * m_stacks.inner * m_stacks.columns;
            packBlocks(m_form, m_kernels.lanes, m_stacks.columns, 1, m_stacks.inner, [&](int64_t column, int64_t, int64_t k) { return from[k * m_stacks.columns + column]; }, to);
            std::fill_n(bias, room(), 0);
            for (int64_t k = 0; m_form.isBytes && k < m_stacks.inner; ++k) // a counts 128 more than it is
                for (int64_t column = 0; column < m_stacks.columns; ++column)
                    bias[column] = static_cast<int32_t>(static_cast<uint32_t>(bias[column]) - 128U * static_cast<uint32_t>(from[k * m_stacks.columns + column]));
        });
    }

    void compute(const std::byte* a, const std::byte* b, const int32_t* bias, int64_t product, int64_t block, const Call& call) const
    {
        const int64_t blocks = std::min(m_kernels.mostBlocks, m_blocks - block), pixels = m_kernels.tilePixels[blocks];
        const int64_t column = block * m_kernels.lanes;
        FinishArrays arrays = m_finish.arrays();
        arrays.bias = bias;
        alignas(64) int32_t sums[kMostPixels * kMostLanes];
        for (int64_t row = 0; row < m_stacks.rows;) {
            const int64_t together = m_stacks.rows - row >= pixels ? pixels : 1;
            std::array<const std::byte*, kMostPixels> x{};
            for (int64_t p = 0; p < together; ++p)
                x[static_cast<size_t>(p)] = a + (row + p) * m_steps * 4;
            (m_form.isBytes ? m_kernels.bytes : m_kernels.words)({x.data(), 1, m_steps, b + block * blockBytes(), blockBytes(), sums}, together, blocks);
            const int64_t at = (product * m_stacks.rows + row) * m_stacks.columns + column;
            m_kernels.finish({arrays, column, std::min(blocks * m_kernels.lanes, m_stacks.columns - column), together, blocks * m_kernels.lanes, m_stacks.columns, sums, nullptr,
                              call.outputs[0].data + at * arrays.resultBytes});
            row += together;
        }
    }

    const Kernels& m_kernels;
    MatrixStacks m_stacks;
    InputForm m_form;
    PackedFinish m_finish;
    int64_t m_blocks = 0;
    int64_t m_steps = 0;
};

} // namespace

/// Nothing where the plain kernel is asked for, or has to look for sums that leave int32, and for empty matrices.
Result<Kernel> makeFastMatmul(const Site& site)
{
    const Kernels* kernels = kernelsOf(site.isa);
    if (!kernels || site.checksAccumulators || site.output().elementCount() == 0 || site.input(0).elementCount() == 0)
        return Kernel{};
    BPU_TRY(a, inputGrid(site, 0));
    BPU_TRY(b, inputGrid(site, 1));
    BPU_TRY(finish, Finish::of(site, {a.scale * b.scale}, -1));
    const bool isBytes = kernels->takesBytes && a.type == ir::QType::QInt8 && b.type == ir::QType::QInt8;
    MatrixStacks stacks = MatrixStacks::of(site.input(0).shape(), site.input(1).shape());
    return Kernel{.run = [fast = std::make_shared<const FastMatmul>(*kernels, std::move(stacks), finish, isBytes)](const Call& call) -> Result<void> {
        fast->run(call);
        return {};
    }};
}

} // namespace bpu::runtime::integer

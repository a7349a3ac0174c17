// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Products straight from docs/arithmetic.md, with sums in 64 bits: what the fast kernels have to equal, what looks for sums
// that leave 32 bits, and what runs where no fast kernel takes the node.
#include "core/runtime/integer/products.h"
#include "core/runtime/matrix_stacks.h"
#include "core/runtime/parallel.h"

#include <algorithm>
#include <atomic>
#include <memory>

namespace bpu::runtime::integer {
namespace {

constexpr int64_t kGrain = 65536; ///< products that one thread takes at least

int64_t dot(const int16_t* a, const int16_t* b, int64_t count)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < count; ++i)
        sum += int64_t{a[i]} * b[i];
    return sum;
}

bool fitsInt32(int64_t sum)
{
    return sum == static_cast<int32_t>(sum);
}

int32_t integerAt(const Buffer& buffer, int64_t i)
{
    int32_t value = 0;
    withStored(buffer.type->dtype(), [&](auto type) { value = buffer.in<decltype(type)>()[i]; });
    return value;
}

void put(const Buffer& buffer, int64_t i, int32_t value)
{
    withStored(buffer.type->dtype(), [&](auto type) { buffer.out<decltype(type)>()[i] = static_cast<decltype(type)>(value); });
}

class PlainConvolution {
public:
    PlainConvolution(const ir::Node& node, Convolving convolving, bool checks)
        : m_node(node), m_c(std::move(convolving)), m_weights(m_c.weights.begin(), m_c.weights.end()), m_checks(checks)
    {
    }

    Result<void> run(const Call& call) const
    {
        const ConvolutionSweep& s = m_c.sweep;
        std::atomic<bool> isFull = false;
        const int64_t each = s.outputs / s.groups;
        parallelFor(s.batch * s.groups * s.pixels(), std::max<int64_t>(kGrain / std::max<int64_t>(m_c.row() * each, 1), 1), [&](int64_t begin, int64_t end) {
            std::vector<int16_t> seen(static_cast<size_t>(m_c.row()));
            for (int64_t i = begin; i < end; ++i) {
                const int64_t pixel = i % s.pixels(), group = i / s.pixels() % s.groups, image = i / s.pixels() / s.groups;
                withStored(call.inputs[0].type->dtype(), [&](auto type) {
                    s.gather(call.inputs[0].in<decltype(type)>() + (image * s.inputs + group * s.perGroup()) * s.inputPixels(), pixel, seen.data());
                });
                for (int64_t o = group * each; o < (group + 1) * each; ++o)
                    if (!onePixel(call, seen.data(), o, (image * s.outputs + o) * s.pixels() + pixel))
                        isFull = true;
            }
        });
        return m_checks && isFull ? Result<void>(overflows(m_node)) : Result<void>();
    }

private:
    bool onePixel(const Call& call, const int16_t* seen, int64_t channel, int64_t at) const
    {
        const int64_t sum = dot(seen, m_weights.data() + channel * m_c.row(), m_c.row());
        const int32_t added = m_c.finish.addend.empty() ? 0 : integerAt(call.inputs[3], at);
        put(call.outputs[0], at, m_c.finish(sum, static_cast<size_t>(channel), added));
        return fitsInt32(sum + m_c.finish.bias[static_cast<size_t>(channel)]);
    }

    const ir::Node& m_node;
    Convolving m_c;
    std::vector<int16_t> m_weights;
    bool m_checks;
};

class PlainMatmul {
public:
    PlainMatmul(const ir::Node& node, MatrixStacks stacks, Finish finish, bool checks) : m_node(node), m_stacks(std::move(stacks)), m_finish(std::move(finish)), m_checks(checks) {}

    Result<void> run(const Call& call) const
    {
        const MatrixStacks& p = m_stacks;
        const std::vector<int16_t> a = widened(call.inputs[0]);
        const std::vector<int16_t> given = widened(call.inputs[1]);
        const std::vector<int16_t> b = p.transposed(given.data(), std::ssize(given));
        std::atomic<bool> isFull = false;
        parallelFor(p.count() * p.rows, std::max<int64_t>(kGrain / std::max<int64_t>(p.inner * p.columns, 1), 1), [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; ++row) {
                const int64_t batch = row / p.rows;
                const int16_t* left = a.data() + (p.matrixOf(p.a, batch) * p.rows + row % p.rows) * p.inner;
                const int16_t* right = b.data() + p.matrixOf(p.b, batch) * p.inner * p.columns;
                for (int64_t j = 0; j < p.columns; ++j) {
                    const int64_t sum = dot(left, right + j * p.inner, p.inner);
                    put(call.outputs[0], row * p.columns + j, m_finish(sum, 0, 0));
                    if (!fitsInt32(sum))
                        isFull = true;
                }
            }
        });
        return m_checks && isFull ? Result<void>(overflows(m_node)) : Result<void>();
    }

private:
    static std::vector<int16_t> widened(const Buffer& buffer)
    {
        std::vector<int16_t> numbers(static_cast<size_t>(buffer.count()));
        for (int64_t i = 0; i < buffer.count(); ++i)
            numbers[static_cast<size_t>(i)] = static_cast<int16_t>(integerAt(buffer, i));
        return numbers;
    }

    const ir::Node& m_node;
    MatrixStacks m_stacks;
    Finish m_finish;
    bool m_checks;
};

} // namespace

Result<Kernel> makePlainConvolution(const Site& site)
{
    BPU_TRY(convolving, Convolving::of(site));
    return Kernel{.run = [plain = std::make_shared<const PlainConvolution>(site.node, std::move(convolving), site.checksAccumulators)](const Call& call) { return plain->run(call); }};
}

Result<Kernel> makePlainMatmul(const Site& site)
{
    BPU_TRY(a, inputGrid(site, 0));
    BPU_TRY(b, inputGrid(site, 1));
    BPU_TRY(finish, Finish::of(site, {a.scale * b.scale}, -1));
    MatrixStacks stacks = MatrixStacks::of(site.input(0).shape(), site.input(1).shape());
    return Kernel{.run = [plain = std::make_shared<const PlainMatmul>(site.node, std::move(stacks), std::move(finish), site.checksAccumulators)](const Call& call) { return plain->run(call); }};
}

} // namespace bpu::runtime::integer

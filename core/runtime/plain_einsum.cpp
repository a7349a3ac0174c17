// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Sums of products over index letters: one walk over the result's indices, and inside it one over those that are summed.
#include "core/ops/einsum.h"
#include "core/runtime/plain.h"

#include <algorithm>

namespace bpu::runtime {
namespace {

/// A loop over one index: its size and the step that it makes in each operand.
struct Loop {
    int64_t size = 1;
    std::vector<int64_t> steps;
};

struct Loops {
    std::vector<Loop> result;
    std::vector<Loop> summed;
    size_t operands = 0;

    int64_t count(const std::vector<Loop>& loops) const
    {
        int64_t count = 1;
        for (const Loop& loop : loops)
            count *= loop.size;
        return count;
    }
};

/// An index that occurs twice in an operand walks its diagonal; one of size 1 that others repeat does not move.
std::vector<int64_t> stepsOf(const ops::Equation& equation, const Site& site, ops::EinsumIndex index)
{
    std::vector<int64_t> steps;
    for (size_t i = 0; i < equation.operands.size(); ++i) {
        const ir::Shape& shape = site.input(i).shape();
        int64_t step = 0, stride = 1;
        for (size_t d = shape.size(); d-- > 0; stride *= shape[d])
            if (equation.operands[i][d] == index && shape[d] != 1)
                step += stride;
        steps.push_back(step);
    }
    return steps;
}

Loops loopsOf(const ops::Equation& equation, const Site& site)
{
    Loops loops;
    loops.operands = equation.operands.size();
    std::array<bool, 256> seen{};
    for (const ops::EinsumIndex index : equation.result) {
        loops.result.push_back({equation.size[index], stepsOf(equation, site, index)});
        seen[index] = true;
    }
    for (const auto& operand : equation.operands)
        for (const ops::EinsumIndex index : operand)
            if (!std::exchange(seen[index], true))
                loops.summed.push_back({equation.size[index], stepsOf(equation, site, index)});
    return loops;
}

/// The place of step `i` of nested loops in each operand.
void advance(const std::vector<Loop>& loops, int64_t i, std::vector<int64_t>& places)
{
    for (size_t k = loops.size(); k-- > 0; i /= loops[k].size)
        for (size_t operand = 0; operand < places.size(); ++operand)
            places[operand] += i % loops[k].size * loops[k].steps[operand];
}

} // namespace

Result<Kernel> makeEinsum(const Site& site)
{
    auto equation = ops::equationOf(site.graph, site.node);
    if (!equation || !*equation)
        return cannotRun(site.node, "its equation cannot be read");
    const Loops loops = loopsOf(**equation, site);
    const int64_t terms = loops.count(loops.summed);
    return plainKernel(site, [loops, terms, count = site.output().elementCount()](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        const Loop inner = loops.summed.empty() ? Loop{1, std::vector<int64_t>(loops.operands)} : loops.summed.back();
        const std::vector<Loop> outer(loops.summed.begin(), loops.summed.end() - (loops.summed.empty() ? 0 : 1));
        const int64_t rows = inner.size > 0 ? terms / inner.size : 0;
        parallelFor(count, std::max<int64_t>(kPlainGrain / std::max<int64_t>(terms, 1), 1), [&](int64_t begin, int64_t end) {
            std::vector<int64_t> first(loops.operands), at(loops.operands);
            for (int64_t i = begin; i < end; ++i) {
                std::ranges::fill(first, 0);
                advance(loops.result, i, first);
                double sum = 0;
                for (int64_t row = 0; row < rows; ++row) {
                    at = first;
                    advance(outer, row, at);
                    for (int64_t k = 0; k < inner.size; ++k) {
                        double product = 1;
                        for (size_t operand = 0; operand < loops.operands; ++operand)
                            product *= static_cast<double>(numbers.in[operand][at[operand] + k * inner.steps[operand]]);
                        sum += product;
                    }
                }
                numbers.out[0][i] = static_cast<T>(sum);
            }
        });
    });
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Largest, smallest and sorted elements along one dimension. Of equal elements the first counts, and a NaN is larger than
// every number, as in torch. Source: torch.max, argmax, topk, sort; ONNX ArgMax 13, TopK 11, OneHot 11.
#include "core/ops/infer.h"
#include "core/runtime/plain.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bpu::runtime {
namespace {

template <typename T>
bool isLess(T a, T b)
{
    return std::isnan(b) ? !std::isnan(a) : a < b;
}

} // namespace

/// argmax, argmin: an index; max, min: a value and its index.
Result<Kernel> makeExtreme(const Site& site)
{
    const bool isLargest = site.node.op == "argmax" || site.node.op == "max";
    const bool isLast = site.node.attributes.flag("select_last_index");
    const bool hasValue = site.node.op == "max" || site.node.op == "min";
    AxisBlocks x{1, site.input(0).elementCount(), 1};
    if (site.node.attributes.has("dim"))
        x = AxisBlocks::of(site.input(0), site.node.attributes.integer("dim", 0));
    if (x.size == 0 && x.lines() > 0)
        return cannotRun(site.node, "it has no elements to choose from");
    if (site.output().elementCount() != x.lines())
        return cannotRun(site.node, "its result has not an element for each choice");
    return plainKernel(site, [=](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        T* values = hasValue ? numbers.out[0] : nullptr;
        T* places = !hasValue ? numbers.out[0] : numbers.out.size() > 1 ? numbers.out[1] : nullptr;
        parallelFor(x.lines(), std::max<int64_t>(kPlainGrain / std::max<int64_t>(x.size, 1), 1), [&](int64_t begin, int64_t end) {
            for (int64_t line = begin; line < end; ++line) {
                int64_t best = 0;
                for (int64_t i = 1; i < x.size; ++i) {
                    const T a = numbers.in[0][x.at(line, best)], b = numbers.in[0][x.at(line, i)];
                    const bool wins = isLargest ? isLess(a, b) : isLess(b, a) || (std::isnan(b) && !std::isnan(a));
                    if (!std::isnan(a) && (wins || (isLast && a == b)))
                        best = i;
                }
                if (values)
                    values[line] = numbers.in[0][x.at(line, best)];
                if (places)
                    places[line] = static_cast<T>(best);
            }
        });
    });
}

/// topk takes as many as its result has; sort takes all.
Result<Kernel> makeSorted(const Site& site)
{
    const bool isTopk = site.node.op == "topk";
    const bool isDescending = isTopk ? site.node.attributes.flag("largest", true) : site.node.attributes.flag("descending");
    const int64_t dim = site.node.attributes.integer("dim", -1);
    const AxisBlocks x = AxisBlocks::of(site.input(0), dim);
    const AxisBlocks y = AxisBlocks::of(site.output(), dim);
    if (y.size > x.size || y.outer != x.outer || y.inner != x.inner)
        return cannotRun(site.node, "it takes more elements than there are");
    return plainKernel(site, [=](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        parallelFor(x.lines(), std::max<int64_t>(kPlainGrain / 8 / std::max<int64_t>(x.size, 1), 1), [&](int64_t begin, int64_t end) {
            std::vector<int64_t> order(static_cast<size_t>(x.size));
            for (int64_t line = begin; line < end; ++line) {
                std::iota(order.begin(), order.end(), int64_t{0});
                const auto before = [&](int64_t a, int64_t b) {
                    const T first = numbers.in[0][x.at(line, a)], second = numbers.in[0][x.at(line, b)];
                    const bool less = isDescending ? isLess(second, first) : isLess(first, second);
                    return less || (!(isDescending ? isLess(first, second) : isLess(second, first)) && a < b);
                };
                std::partial_sort(order.begin(), order.begin() + y.size, order.end(), before);
                for (int64_t i = 0; i < y.size; ++i) {
                    const int64_t from = order[static_cast<size_t>(i)];
                    if (numbers.out[0])
                        numbers.out[0][y.at(line, i)] = numbers.in[0][x.at(line, from)];
                    if (numbers.out.size() > 1 && numbers.out[1])
                        numbers.out[1][y.at(line, i)] = static_cast<T>(from);
                }
            }
        });
    });
}

/// values[1] where the new dimension's index is the element, values[0] elsewhere; negative ones count from the end.
Result<Kernel> makeOneHot(const Site& site)
{
    const AxisBlocks y = AxisBlocks::of(site.output(), site.node.attributes.integer("dim", -1));
    if (site.input(2).elementCount() != 2 || site.input(2).dtype() != site.output().dtype())
        return cannotRun(site.node, "it needs two values, off and on");
    if (site.input(0).elementCount() != y.lines() || ir::byteSize(site.input(0).dtype()) == 0)
        return cannotRun(site.node, "its result has not a row for each index");
    return Kernel{.run = [=, width = ir::byteSize(site.output().dtype())](const Call& call) -> Result<void> {
        const ir::Tensor indices = tensorOf(call.inputs[0]);
        for (int64_t line = 0; line < y.lines(); ++line) {
            const int64_t given = indices.integer(line);
            const int64_t on = given < 0 ? given + y.size : given;
            for (int64_t i = 0; i < y.size; ++i)
                std::memcpy(call.outputs[0].data + static_cast<size_t>(y.at(line, i)) * width, call.inputs[2].data + (i == on ? width : 0), width);
        }
        return {};
    }};
}

} // namespace bpu::runtime

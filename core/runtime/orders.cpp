// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Places of the largest and smallest, sorted lists, flags. Source: ONNX ArgMax 13, TopK 11, OneHot 11; torch.max, sort.
#include "core/ops/infer.h"
#include "core/runtime/numbers.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bpu::runtime {
namespace {

/// NaN counts as the largest, as torch has it.
bool isLess(double a, double b)
{
    return std::isnan(b) ? !std::isnan(a) : a < b;
}

Result<AroundAxis> axisOrAll(const Site& site)
{
    const ir::Shape& shape = site.input(0).shape();
    if (!site.node.attributes.has("dim") && site.node.op.starts_with("arg"))
        return AroundAxis({site.input(0).elementCount()}, 0);
    if (shape.empty())
        return AroundAxis({1}, 0);
    BPU_TRY(axis, ops::axisOf(site.node, "dim", -1, site.input(0).rank()));
    return AroundAxis(shape, axis);
}

void storeIfThere(const Call& call, size_t i, const std::vector<double>& numbers)
{
    if (i < call.outputs.size() && call.outputs[i].data)
        store(call.outputs[i], numbers);
}

} // namespace

/// argmax, argmin: the first place; max, min: the number and its place.
Result<Kernel> makeExtreme(const Site& site)
{
    BPU_TRY(around, axisOrAll(site));
    if (around.size == 0)
        return Kernel{};
    const bool isMax = site.node.op.ends_with("max");
    const bool givesValue = !site.node.op.starts_with("arg");
    return Kernel{.run = [around, isMax, givesValue](const Call& call) -> Result<void> {
        const std::vector<double> x = numbersOf(call.inputs[0]);
        std::vector<double> values, places;
        for (int64_t row = 0; row < around.rows(); ++row) {
            const auto number = [&](int64_t i) { return x[static_cast<size_t>(around.at(row, i))]; };
            int64_t best = 0;
            for (int64_t i = 1; i < around.size; ++i)
                if (isMax ? isLess(number(best), number(i)) : std::isnan(number(i)) ? !std::isnan(number(best)) : number(i) < number(best))
                    best = i;
            values.push_back(number(best));
            places.push_back(static_cast<double>(best));
        }
        storeIfThere(call, 0, givesValue ? values : places);
        if (givesValue)
            storeIfThere(call, 1, places);
        return {};
    }};
}

/// Numbers and their places; equal ones stay in order.
Result<Kernel> makeSorted(const Site& site)
{
    BPU_TRY(around, axisOrAll(site));
    const ir::Attributes& a = site.node.attributes;
    const bool isDown = site.node.op == "topk" ? a.flag("largest", true) : a.flag("descending");
    const int64_t count = site.output().elementCount() / std::max<int64_t>(around.rows(), 1);
    if (count > around.size)
        return cannotRun(site.node, "it asks for more elements than there are; correct k");
    return Kernel{.run = [around, isDown, count](const Call& call) -> Result<void> {
        const std::vector<double> x = numbersOf(call.inputs[0]);
        std::vector<double> values(static_cast<size_t>(around.rows() * count));
        std::vector<double> places(values.size());
        std::vector<int64_t> order(static_cast<size_t>(around.size));
        for (int64_t row = 0; row < around.rows(); ++row) {
            const auto number = [&](int64_t i) { return x[static_cast<size_t>(around.at(row, i))]; };
            std::iota(order.begin(), order.end(), int64_t{0});
            std::ranges::stable_sort(order, [&](int64_t i, int64_t j) { return isDown ? isLess(number(j), number(i)) : isLess(number(i), number(j)); });
            for (int64_t i = 0; i < count; ++i) {
                const auto at = static_cast<size_t>((row / around.inner * count + i) * around.inner + row % around.inner);
                values[at] = number(order[static_cast<size_t>(i)]);
                places[at] = static_cast<double>(order[static_cast<size_t>(i)]);
            }
        }
        storeIfThere(call, 0, values);
        storeIfThere(call, 1, places);
        return {};
    }};
}

/// indices, depth, [off, on]; an index below 0 counts from the end, one outside gives no flag.
Result<Kernel> makeOneHot(const Site& site)
{
    BPU_TRY(axis, ops::axisOf(site.node, "dim", -1, site.output().rank()));
    const AroundAxis around(site.output().shape(), axis);
    return computed(site, [around](const auto& inputs) {
        const std::vector<double>& values = inputs[2];
        std::vector<double> y(static_cast<size_t>(around.rows() * around.size), values[0]);
        for (int64_t row = 0; row < around.rows(); ++row) {
            auto index = static_cast<int64_t>(inputs[0][static_cast<size_t>(row)]);
            index += index < 0 ? around.size : 0;
            if (index >= 0 && index < around.size)
                y[static_cast<size_t>(around.at(row, index))] = values[1];
        }
        return y;
    });
}

/// Result i is the mean of elements floor(i L / O) to ceil((i + 1) L / O), axis by axis.
Result<Kernel> makeAdaptivePool(const Site& site)
{
    const ir::Shape& in = site.input(0).shape();
    const ir::Shape& out = site.output().shape();
    return computed(site, [in, out](const auto& inputs) {
        std::vector<double> y = inputs[0];
        ir::Shape now = in;
        for (size_t d = 2; d < in.size(); ++d) {
            const AroundAxis from(now, d);
            now[d] = out[d];
            const AroundAxis to(now, d);
            std::vector<double> pooled(static_cast<size_t>(to.rows() * to.size));
            for (int64_t row = 0; row < to.rows(); ++row)
                for (int64_t i = 0; i < to.size; ++i) {
                    const int64_t begin = i * from.size / to.size;
                    const int64_t end = ((i + 1) * from.size + to.size - 1) / to.size;
                    for (int64_t k = begin; k < end; ++k)
                        pooled[static_cast<size_t>(to.at(row, i))] += y[static_cast<size_t>(from.at(row, k))] / static_cast<double>(end - begin);
                }
            y = std::move(pooled);
        }
        return y;
    });
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/float_executor.h"
#include "passes/set_batch/set_batch.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

constexpr double kTolerance = 1e-3; ///< of the largest number: sums are rounded in another order, mixed samples differ by far more

/// Sample `i` of a stack.
ir::Tensor sampleOf(const ir::Tensor& stack, int64_t i, const ir::TensorType& type)
{
    const auto each = static_cast<size_t>(type.elementCount()) * ir::byteSize(type.dtype());
    return {type, Bytes::copyOf(stack.bytes().subspan(static_cast<size_t>(i) * each, each))};
}

bool isClose(const ir::Tensor& a, const ir::Tensor& b)
{
    double most = 0;
    double error = 0;
    for (int64_t i = 0; i < a.elementCount(); ++i) {
        const double x = a.number(i);
        const double y = b.number(i);
        if (x == y || (std::isnan(x) && std::isnan(y)))
            continue;
        most = std::max({most, std::abs(x), std::abs(y)});
        error = std::max(error, std::isfinite(x - y) ? std::abs(x - y) : std::numeric_limits<double>::infinity());
    }
    return error <= kTolerance * most;
}

} // namespace

Result<void> checkBatch(const ir::GraphPtr& one, const ir::GraphPtr& many, std::span<const ir::Tensor> inputs)
{
    BPU_TRY(single, runtime::FloatExecutor::make(one));
    BPU_TRY(stacked, runtime::FloatExecutor::make(many));
    BPU_TRY(together, stacked.run(inputs));
    const int64_t last = inputs[0].shape()[0] - 1;
    for (const int64_t sample : {int64_t{0}, last}) {
        std::vector<ir::Tensor> alone;
        for (size_t i = 0; i < inputs.size(); ++i)
            alone.push_back(sampleOf(inputs[i], sample, one->value(one->inputs()[i]).type));
        BPU_TRY(results, single.run(alone));
        for (size_t i = 0; i < results.size(); ++i) {
            const std::string& name = one->value(one->outputs()[i]).name;
            const bool isStacked = together[i].type().rank() > 0 && together[i].elementCount() == results[i].elementCount() * (last + 1);
            if (!isStacked || !isClose(results[i], sampleOf(together[i], sample, results[i].type())))
                return Error{"batch.mixed", name, "the samples of a batch influence each other's results here; run with a batch of 1"};
        }
    }
    return {};
}

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Rows of numbers: arange, linspace, logspace. Until versions 8 and 9 of the file format the last two could be written
// without a count, which meant 100. Source: PyTorch's table of operator versions.
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <cmath>

namespace bpu::importer::torchscript {
namespace {

constexpr int64_t kMostElements = 1'000'000;
constexpr int64_t kElementsAStep = 20; ///< bounds what all of them take together

Result<Value> range(OperatorCall& c, double start, double end, double step, bool isFloat)
{
    const ir::DType dtype = c.dtype("dtype", isFloat ? ir::DType::Float32 : ir::DType::Int64);
    c.setKnown(ir::TensorType(dtype, {ir::kUnknownDim}));
    if (c.isUndecided() || step == 0 || !(std::ceil((end - start) / step) < kMostElements))
        return c.opaque();
    const auto count = static_cast<int64_t>(std::max(std::ceil((end - start) / step), 0.0));
    BPU_CHECK(c.evaluator().spend(static_cast<size_t>(count / kElementsAStep)));
    if (ir::isFloat(dtype)) {
        std::vector<float> values;
        for (int64_t i = 0; i < count; ++i)
            values.push_back(static_cast<float>(start + static_cast<double>(i) * step));
        return Value::tensor(ir::Tensor::floats({count}, values), "arange");
    }
    std::vector<int64_t> values;
    for (int64_t i = 0; i < count; ++i)
        values.push_back(static_cast<int64_t>(start) + i * static_cast<int64_t>(step));
    return Value::tensor(ir::Tensor::ints({count}, values), "arange");
}

Result<Value> arange(OperatorCall& c)
{
    return range(c, 0, c.number("end"), 1, c["end"].is(Kind::Float));
}

Result<Value> arangeFrom(OperatorCall& c)
{
    return range(c, c.number("start"), c.number("end"), 1, c["start"].is(Kind::Float) || c["end"].is(Kind::Float));
}

Result<Value> arangeBy(OperatorCall& c)
{
    return range(c, c.number("start"), c.number("end"), c.number("step"), c["start"].is(Kind::Float) || c["end"].is(Kind::Float) || c["step"].is(Kind::Float));
}

/// Counted from both ends, so that both are exact.
std::vector<float> evenly(double start, double end, int64_t count)
{
    std::vector<float> values;
    const float first = static_cast<float>(start);
    const float last = static_cast<float>(end);
    const float step = count > 1 ? (last - first) / static_cast<float>(count - 1) : 0;
    for (int64_t i = 0; i < count; ++i)
        values.push_back(i < count / 2 || count == 1 ? first + step * static_cast<float>(i) : last - step * static_cast<float>(count - 1 - i));
    return values;
}

/// Nothing when the count is none that PyTorch takes, or depends on data.
std::optional<int64_t> countOf(OperatorCall& c, int firstVersionWithCount)
{
    constexpr int64_t kOldDefault = 100;
    if (c.isNone("steps"))
        return c.evaluator().version() < firstVersionWithCount ? std::optional(kOldDefault) : std::nullopt;
    const int64_t count = c.integer("steps");
    return !c.isUndecided() && count >= 0 && count < kMostElements ? std::optional(count) : std::nullopt;
}

Result<Value> spaced(OperatorCall& c, int firstVersionWithCount, bool isLogarithmic)
{
    const double start = c.number("start");
    const double end = c.number("end");
    const double base = isLogarithmic ? c.number("base") : 1;
    const auto count = countOf(c, firstVersionWithCount);
    c.setKnown(ir::TensorType(c.dtype("dtype", ir::DType::Float32), {count.value_or(ir::kUnknownDim)}));
    if (!count || c.isUndecided() || c.dtype("dtype", ir::DType::Float32) != ir::DType::Float32)
        return c.opaque();
    BPU_CHECK(c.evaluator().spend(static_cast<size_t>(*count / kElementsAStep)));
    std::vector<float> values = evenly(start, end, *count);
    if (isLogarithmic)
        std::ranges::transform(values, values.begin(), [base](float exponent) { return static_cast<float>(std::pow(base, static_cast<double>(exponent))); });
    return Value::tensor(ir::Tensor::floats({*count}, values), std::string(c.name()));
}

Result<Value> linspace(OperatorCall& c)
{
    return spaced(c, 8, false);
}

Result<Value> logspace(OperatorCall& c)
{
    return spaced(c, 9, true);
}

} // namespace

std::span<const OperatorEntry> rangeOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"arange", "any end, *, any dtype=None, any layout=None, any device=None, any pin_memory=None", arange},
        {"arange", "any start, any end, *, any dtype=None, any layout=None, any device=None, any pin_memory=None", arangeFrom},
        {"arange", "any start, any end, any step, *, any dtype=None, any layout=None, any device=None, any pin_memory=None", arangeBy},
        {"linspace", "Scalar start, Scalar end, int? steps=None, *, any dtype=None, any layout=None, any device=None, any pin_memory=None", linspace},
        {"logspace", "Scalar start, Scalar end, int? steps=None, float base=10.0, *, any dtype=None, any layout=None, any device=None, any pin_memory=None", logspace},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// QLinearConv, QLinearMatMul, ConvInteger, MatMulInteger: sums of integers, exact; QLinear brings them to the
// result's scale in float32 as ONNX Runtime does: saturate(round(sum * (scale a * scale b / scale y)) + zero point).
#include "core/ops/infer.h"
#include "core/ops/quantized_form.h"
#include "core/runtime/convolution_sweep.h"
#include "core/runtime/integer_product.h"
#include "core/runtime/matrix_stacks.h"
#include "core/runtime/parallel.h"
#include "core/runtime/quantized.h"

#include <algorithm>

namespace bpu::runtime {
namespace {

/// The operands of one run.
struct Given {
    Affine a, b, y;
    std::vector<int32_t> bias;

    Given(const Call& call, const ops::QuantizedForm& form)
        : a(affineOf(at(call, form.aScale), at(call, form.aZero))), b(affineOf(at(call, form.bScale), at(call, form.bZero))), y(affineOf(at(call, form.yScale), at(call, form.yZero)))
    {
        if (const Buffer given = at(call, form.bias); given.data)
            bias = integersOf(given);
    }

    static Buffer at(const Call& call, std::optional<size_t> i) { return i && *i < call.inputs.size() ? call.inputs[*i] : Buffer{}; }
};

/// Writes sums to the result: int32 as they are, bytes at their scale.
class Writer {
public:
    Writer(const Call& call, const Given& given) : m_result(call.outputs[0]), m_given(given), m_dtype(m_result.type->dtype()) {}

    /// Sum of row `a` (of a matrix product) and column or channel `b`.
    void put(int64_t at, int32_t sum, int64_t a, int64_t b) const
    {
        if (m_dtype == ir::DType::Int32) {
            m_result.out<int32_t>()[at] = sum;
            return;
        }
        const float scaled = static_cast<float>(sum) * (m_given.a.scale(a) * m_given.b.scale(b) / m_given.y.scale(0));
        if (m_dtype == ir::DType::UInt8)
            m_result.out<uint8_t>()[at] = quantized<uint8_t>(scaled, m_given.y.zero(0));
        else
            m_result.out<int8_t>()[at] = quantized<int8_t>(scaled, m_given.y.zero(0));
    }

private:
    const Buffer& m_result;
    const Given& m_given;
    ir::DType m_dtype;
};

/// One number for all, or one for each of `count`; scales are float32.
bool fitsCount(const Site& site, const std::optional<size_t>& scale, const std::optional<size_t>& zero, int64_t count)
{
    const auto fits = [&](const std::optional<size_t>& i) { return !i || hasCount(site, *i, 1) || hasCount(site, *i, count); };
    return fits(scale) && fits(zero) && (!scale || !site.has(*scale) || site.input(*scale).dtype() == ir::DType::Float32);
}

bool areBytes(const Site& site, const ops::QuantizedForm& form)
{
    const ir::DType y = site.output().dtype();
    return isByte(site.input(form.a).dtype()) && isByte(site.input(form.b).dtype()) && (isByte(y) || y == ir::DType::Int32);
}

Result<ConvolutionSweep> convolutionOf(const Site& site, const ops::QuantizedForm& form)
{
    BPU_TRY(c, ConvolutionSweep::of(ops::plainNode(site.graph, site.node, form), site.input(form.a).shape(), site.input(form.b).shape(), site.output().shape()));
    if (!fitsCount(site, form.aScale, form.aZero, 1) || !fitsCount(site, form.yScale, form.yZero, 1) || !fitsCount(site, form.bScale, form.bZero, c.outputs)
        || (form.bias && (!hasCount(site, *form.bias, c.outputs) || (site.has(*form.bias) && site.input(*form.bias).dtype() != ir::DType::Int32))))
        return cannotRun(site.node, "its channels, groups and weights do not fit together; correct them");
    return c;
}

void convolve(const ConvolutionSweep& c, const Call& call, const ops::QuantizedForm& form)
{
    const Given given(call, form);
    const Writer writer(call, given);
    const std::vector<int16_t> x = centered(call.inputs[form.a], given.a, [](int64_t) { return 0; });
    const int64_t k = c.perGroup() * c.taps();
    const std::vector<int16_t> w = centered(call.inputs[form.b], given.b, [&](int64_t i) { return i / std::max<int64_t>(k, 1); });
    const int64_t each = c.outputs / c.groups;
    const int64_t rows = c.batch * c.groups * c.pixels();
    parallelFor(rows, std::max<int64_t>(65536 / std::max<int64_t>(k * each, 1), 1), [&](int64_t begin, int64_t end) {
        std::vector<int16_t> seen(static_cast<size_t>(k));
        std::vector<int32_t> sums(static_cast<size_t>(each));
        for (int64_t row = begin; row < end; ++row) {
            const int64_t pixel = row % c.pixels();
            const int64_t group = row / c.pixels() % c.groups;
            const int64_t image = row / c.pixels() / c.groups;
            c.gather(x.data() + (image * c.inputs + group * c.perGroup()) * c.inputPixels(), pixel, seen.data());
            integerDots(seen.data(), w.data() + group * each * k, each, k, sums.data());
            for (int64_t j = 0; j < each; ++j) {
                const int64_t channel = group * each + j;
                const int32_t bias = given.bias.empty() ? 0 : given.bias[static_cast<size_t>(channel)];
                writer.put((image * c.outputs + channel) * c.pixels() + pixel, sums[static_cast<size_t>(j)] + bias, 0, channel);
            }
        }
    });
}

void multiplyAll(const MatrixStacks& p, const Call& call, const ops::QuantizedForm& form)
{
    const Given given(call, form);
    const Writer writer(call, given);
    const int64_t inner = std::max<int64_t>(p.inner, 1);
    const int64_t columns = std::max<int64_t>(p.columns, 1);
    const int64_t rows = std::max<int64_t>(p.rows, 1);
    const auto zerosOf = [](const Affine& affine) { return static_cast<int64_t>(affine.zeros.size()); };
    const std::vector<int16_t> a = centered(call.inputs[form.a], given.a, [&](int64_t i) { return i / inner % zerosOf(given.a); });
    const std::vector<int16_t> asGiven = centered(call.inputs[form.b], given.b, [&](int64_t i) { return i % columns % zerosOf(given.b); });
    const std::vector<int16_t> b = p.transposed(asGiven.data(), std::ssize(asGiven));
    parallelFor(p.count() * p.rows, std::max<int64_t>(65536 / (inner * columns), 1), [&](int64_t begin, int64_t end) {
        std::vector<int32_t> sums(static_cast<size_t>(p.columns));
        for (int64_t row = begin; row < end; ++row) {
            const int64_t batch = row / rows;
            const int64_t line = p.matrixOf(p.a, batch) * rows + row % rows;
            integerDots(a.data() + line * p.inner, b.data() + p.matrixOf(p.b, batch) * p.inner * p.columns, p.columns, p.inner, sums.data());
            for (int64_t j = 0; j < p.columns; ++j)
                writer.put(row * p.columns + j, sums[static_cast<size_t>(j)], row % rows, j);
        }
    });
}

} // namespace

Result<Kernel> makeQuantizedConvolution(const Site& site)
{
    const ops::QuantizedForm form = *ops::quantizedForm(site.node);
    const int rank = site.input(form.a).rank();
    if (!areBytes(site, form) || rank < 3 || rank > 5)
        return Kernel{};
    BPU_TRY(convolution, convolutionOf(site, form));
    return Kernel{.run = [convolution, form](const Call& call) -> Result<void> {
        convolve(convolution, call, form);
        return {};
    }};
}

Result<Kernel> makeQuantizedProduct(const Site& site)
{
    const ops::QuantizedForm form = *ops::quantizedForm(site.node);
    if (!areBytes(site, form) || site.input(form.a).rank() < 1 || site.input(form.b).rank() < 1)
        return Kernel{};
    const MatrixStacks product = MatrixStacks::of(site.input(form.a).shape(), site.input(form.b).shape());
    if (!fitsCount(site, form.aScale, form.aZero, product.rows) || !fitsCount(site, form.bScale, form.bZero, product.columns) || !fitsCount(site, form.yScale, form.yZero, 1))
        return cannotRun(site.node, "it has not a scale and a zero point for each row or column; correct them");
    return Kernel{.run = [product, form](const Call& call) -> Result<void> {
        multiplyAll(product, call, form);
        return {};
    }};
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// QLinearConv, QLinearMatMul, ConvInteger, MatMulInteger: sums of integers, exact; QLinear brings them to the
// result's scale in float32 as ONNX Runtime does: saturate(round(sum * (scale a * scale b / scale y)) + zero point).
#include "core/ops/infer.h"
#include "core/ops/quantized_form.h"
#include "core/runtime/integer_product.h"
#include "core/runtime/parallel.h"
#include "core/runtime/quantized.h"

#include <algorithm>
#include <numeric>

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

/// One convolution: sizes along up to three axes, those that are missing are 1.
struct Convolution {
    int64_t batch = 1, inputs = 1, outputs = 1, groups = 1;
    std::array<int64_t, 3> in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, begin{0, 0, 0};

    int64_t inputPixels() const { return in[0] * in[1] * in[2]; }
    int64_t pixels() const { return out[0] * out[1] * out[2]; }
    int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
    int64_t perGroup() const { return inputs / groups; }
};

Result<Convolution> convolutionOf(const Site& site, const ops::QuantizedForm& form)
{
    const ir::Node plain = ops::plainNode(site.graph, site.node, form);
    const ir::Shape& x = site.input(form.a).shape();
    const ir::Shape& w = site.input(form.b).shape();
    const ir::Shape& y = site.output().shape();
    const size_t spatial = x.size() - 2;
    if (w.size() != x.size() || y.size() != x.size())
        return cannotRun(site.node, "its weights have not as many dimensions as its input");
    BPU_TRY(window, ops::Window::of(plain, spatial, {w.begin() + 2, w.end()}));
    Convolution c{.batch = x[0], .inputs = x[1], .outputs = w[0], .groups = std::max<int64_t>(plain.attributes.integer("groups", 1), 1)};
    for (size_t i = 0; i < spatial; ++i) {
        const size_t at = 3 - spatial + i;
        c.in[at] = x[i + 2];
        c.out[at] = y[i + 2];
        c.kernel[at] = w[i + 2];
        c.stride[at] = window.stride[i];
        c.dilation[at] = window.dilation[i];
        const int64_t total = std::max<int64_t>((y[i + 2] - 1) * window.stride[i] + window.effectiveKernel(i) - x[i + 2], 0);
        c.begin[at] = window.autoPad == "SAME_UPPER" ? total / 2 : window.autoPad == "SAME_LOWER" ? total - total / 2 : window.autoPad == "VALID" ? 0 : window.padding[i];
    }
    if (c.inputs % c.groups != 0 || c.outputs % c.groups != 0 || w[1] != c.perGroup() || !fitsCount(site, form.aScale, form.aZero, 1) || !fitsCount(site, form.yScale, form.yZero, 1)
        || !fitsCount(site, form.bScale, form.bZero, c.outputs) || (form.bias && (!hasCount(site, *form.bias, c.outputs) || (site.has(*form.bias) && site.input(*form.bias).dtype() != ir::DType::Int32))))
        return cannotRun(site.node, "its channels, groups and weights do not fit together; correct them");
    return c;
}

/// The numbers that one result pixel sees, [channels of the group, taps]; 0 outside.
void gather(const Convolution& c, const int16_t* x, int64_t pixel, int16_t* row)
{
    const std::array<int64_t, 3> at{pixel / (c.out[1] * c.out[2]), pixel / c.out[2] % c.out[1], pixel % c.out[2]};
    for (int64_t channel = 0; channel < c.perGroup(); ++channel, x += c.inputPixels())
        for (int64_t k0 = 0; k0 < c.kernel[0]; ++k0)
            for (int64_t k1 = 0; k1 < c.kernel[1]; ++k1) {
                const int64_t p0 = at[0] * c.stride[0] + k0 * c.dilation[0] - c.begin[0];
                const int64_t p1 = at[1] * c.stride[1] + k1 * c.dilation[1] - c.begin[1];
                const bool isInside = p0 >= 0 && p0 < c.in[0] && p1 >= 0 && p1 < c.in[1];
                const int16_t* line = x + (p0 * c.in[1] + p1) * c.in[2];
                for (int64_t k2 = 0; k2 < c.kernel[2]; ++k2) {
                    const int64_t p2 = at[2] * c.stride[2] + k2 * c.dilation[2] - c.begin[2];
                    *row++ = isInside && p2 >= 0 && p2 < c.in[2] ? line[p2] : int16_t{0};
                }
            }
}

void convolve(const Convolution& c, const Call& call, const ops::QuantizedForm& form)
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
            gather(c, x.data() + (image * c.inputs + group * c.perGroup()) * c.inputPixels(), pixel, seen.data());
            integerDots(seen.data(), w.data() + group * each * k, each, k, sums.data());
            for (int64_t j = 0; j < each; ++j) {
                const int64_t channel = group * each + j;
                const int32_t bias = given.bias.empty() ? 0 : given.bias[static_cast<size_t>(channel)];
                writer.put((image * c.outputs + channel) * c.pixels() + pixel, sums[static_cast<size_t>(j)] + bias, 0, channel);
            }
        }
    });
}

/// Two stacks of matrices whose batches broadcast; a vector is a matrix of one row or column.
struct Product {
    int64_t rows = 1, inner = 1, columns = 1;
    ir::Shape batch;
    ir::Shape a, b; ///< the operands' own batches, as long as `batch`

    /// Which matrix of an operand meets batch i.
    static int64_t matrixOf(const ir::Shape& operand, const ir::Shape& batch, int64_t i)
    {
        int64_t at = 0;
        int64_t stride = 1;
        for (size_t d = batch.size(); d-- > 0; i /= batch[d]) {
            at += operand[d] == 1 ? 0 : i % batch[d] * stride;
            stride *= operand[d];
        }
        return at;
    }
    int64_t count() const { return std::accumulate(batch.begin(), batch.end(), int64_t{1}, std::multiplies<>()); }
};

Product productOf(ir::Shape a, ir::Shape b)
{
    Product p;
    p.rows = a.size() == 1 ? 1 : a[a.size() - 2];
    p.inner = a.back();
    p.columns = b.size() == 1 ? 1 : b.back();
    a.resize(a.size() - std::min<size_t>(a.size(), 2));
    b.resize(b.size() - std::min<size_t>(b.size(), 2));
    const size_t rank = std::max(a.size(), b.size());
    a.insert(a.begin(), rank - a.size(), 1);
    b.insert(b.begin(), rank - b.size(), 1);
    for (size_t i = 0; i < rank; ++i)
        p.batch.push_back(a[i] == 1 ? b[i] : a[i]);
    p.a = std::move(a);
    p.b = std::move(b);
    return p;
}

/// [matrices, inner, columns] -> [matrices, columns, inner]
std::vector<int16_t> transposed(const std::vector<int16_t>& b, const Product& p)
{
    std::vector<int16_t> result(b.size());
    const int64_t each = p.inner * p.columns;
    for (int64_t i = 0; i < std::ssize(b); ++i) {
        const int64_t in = i % each;
        result[static_cast<size_t>(i - in + in % p.columns * p.inner + in / p.columns)] = b[static_cast<size_t>(i)];
    }
    return result;
}

void multiplyAll(const Product& p, const Call& call, const ops::QuantizedForm& form)
{
    const Given given(call, form);
    const Writer writer(call, given);
    const int64_t inner = std::max<int64_t>(p.inner, 1);
    const int64_t columns = std::max<int64_t>(p.columns, 1);
    const int64_t rows = std::max<int64_t>(p.rows, 1);
    const auto zerosOf = [](const Affine& affine) { return static_cast<int64_t>(affine.zeros.size()); };
    const std::vector<int16_t> a = centered(call.inputs[form.a], given.a, [&](int64_t i) { return i / inner % zerosOf(given.a); });
    const std::vector<int16_t> b = transposed(centered(call.inputs[form.b], given.b, [&](int64_t i) { return i % columns % zerosOf(given.b); }), p);
    parallelFor(p.count() * p.rows, std::max<int64_t>(65536 / (inner * columns), 1), [&](int64_t begin, int64_t end) {
        std::vector<int32_t> sums(static_cast<size_t>(p.columns));
        for (int64_t row = begin; row < end; ++row) {
            const int64_t batch = row / rows;
            const int64_t line = Product::matrixOf(p.a, p.batch, batch) * rows + row % rows;
            integerDots(a.data() + line * p.inner, b.data() + Product::matrixOf(p.b, p.batch, batch) * p.inner * p.columns, p.columns, p.inner, sums.data());
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
    const Product product = productOf(site.input(form.a).shape(), site.input(form.b).shape());
    if (!fitsCount(site, form.aScale, form.aZero, product.rows) || !fitsCount(site, form.bScale, form.bZero, product.columns) || !fitsCount(site, form.yScale, form.yZero, 1))
        return cannotRun(site.node, "it has not a scale and a zero point for each row or column; correct them");
    return Kernel{.run = [product, form](const Call& call) -> Result<void> {
        multiplyAll(product, call, form);
        return {};
    }};
}

} // namespace bpu::runtime

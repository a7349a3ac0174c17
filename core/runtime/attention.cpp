// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// softmax(scale * q k^T + mask) v, alone or between the projections of torch.nn.MultiheadAttention. Source: Vaswani et al.
// 2017 (arXiv:1706.03762), equation 1; torch.nn.functional.scaled_dot_product_attention.
#include "core/runtime/plain.h"
#include "core/runtime/products.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bpu::runtime {
namespace {

/// What is added to a score: a float mask itself, minus infinity where a bool mask says no.
struct Mask {
    bool isGiven = false;
    bool isBool = false;
    bool blocksTrue = false; ///< MultiheadAttention: true leaves a key out; elsewhere it lets it in
    bool isCausal = false;
    std::vector<int64_t> strides; ///< per batch dimension, then per query and key; 0 where it is repeated
    ir::Shape batch;

    template <typename T>
    double at(const T* mask, int64_t matrix, int64_t row, int64_t column) const
    {
        constexpr double kNever = -std::numeric_limits<double>::infinity();
        if (isCausal && column > row)
            return kNever;
        if (!isGiven)
            return 0;
        int64_t place = row * strides[batch.size()] + column * strides[batch.size() + 1];
        for (size_t i = batch.size(); i-- > 0; matrix /= batch[i])
            place += matrix % batch[i] * strides[i];
        if (!isBool)
            return static_cast<double>(mask[place]);
        return (mask[place] != 0) == blocksTrue ? kNever : 0;
    }
};

/// Strides of a mask that broadcasts to [batch..., rows, columns]. False when it does not.
bool align(Mask& mask, const ir::TensorType& type, ir::Shape batch, int64_t rows, int64_t columns)
{
    mask.isGiven = true;
    mask.isBool = type.dtype() == ir::DType::Bool;
    mask.batch = batch;
    batch.insert(batch.end(), {rows, columns});
    mask.strides.assign(batch.size(), 0);
    int64_t stride = 1;
    for (size_t i = 0; i < type.shape().size(); ++i) {
        const int64_t size = type.shape()[type.shape().size() - 1 - i];
        if (i >= batch.size() || (size != 1 && size != batch[batch.size() - 1 - i]))
            return false;
        mask.strides[batch.size() - 1 - i] = size == 1 ? 0 : stride;
        stride *= size;
    }
    return true;
}

/// Rows of `width` numbers that lie `step` apart.
template <typename T>
struct Rows {
    T* first = nullptr;
    int64_t count = 0;
    int64_t width = 0;
    int64_t step = 0;

    T* at(int64_t row) const { return first + row * step; }
};

template <typename T>
double dot(const T* a, const T* b, int64_t size)
{
    double sum = 0;
    for (int64_t i = 0; i < size; ++i)
        sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
}

/// One matrix of queries; `added(row, column)` goes to the scores. A row without any key is NaN, as torch has it.
template <typename T, typename Added>
void attend(const Rows<const T>& q, const Rows<const T>& k, const Rows<const T>& v, const Rows<T>& y, double scale, Added added)
{
    std::vector<double> scores(static_cast<size_t>(k.count));
    std::vector<double> sums(static_cast<size_t>(v.width));
    for (int64_t row = 0; row < q.count; ++row) {
        double largest = -std::numeric_limits<double>::infinity();
        for (int64_t j = 0; j < k.count; ++j) {
            const double score = scale * dot(q.at(row), k.at(j), q.width) + added(row, j);
            scores[static_cast<size_t>(j)] = score;
            largest = std::max(largest, score);
        }
        double total = 0;
        std::ranges::fill(sums, 0);
        for (int64_t j = 0; j < k.count; ++j) {
            const double weight = std::exp(scores[static_cast<size_t>(j)] - largest);
            total += weight;
            for (size_t i = 0; weight != 0 && i < sums.size(); ++i)
                sums[i] += weight * static_cast<double>(v.at(j)[i]);
        }
        for (size_t i = 0; i < sums.size(); ++i)
            y.at(row)[i] = static_cast<T>(sums[i] / total);
    }
}

/// y = x w^T + b for rows x.
void project(const float* x, int64_t rows, int64_t width, const float* w, const float* b, int64_t results, float* y)
{
    multiply({rows, results, width, width, results}, x, w, y);
    for (int64_t i = 0; b && i < rows * results; ++i)
        y[i] += b[i % results];
}

void project(const double* x, int64_t rows, int64_t width, const double* w, const double* b, int64_t results, double* y)
{
    parallelFor(rows, 1, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row)
            for (int64_t i = 0; i < results; ++i)
                y[row * results + i] = dot(x + row * width, w + i * width, width) + (b ? b[i] : 0);
    });
}

} // namespace

/// query [..., L, E], key [..., S, E], value [..., S, V], mask? that broadcasts to [..., L, S].
Result<Kernel> makeAttention(const Site& site)
{
    const ir::TensorType &q = site.input(0), &k = site.input(1), &v = site.input(2);
    const ir::Shape batch(q.shape().begin(), q.shape().end() - std::min(2, q.rank()));
    const auto fits = [&](const ir::TensorType& type) {
        return type.rank() == q.rank() && std::equal(batch.begin(), batch.end(), type.shape().begin()) && type.dim(-2) == k.dim(-2);
    };
    Mask mask;
    if (q.rank() < 2 || !fits(k) || !fits(v) || k.dim(-1) != q.dim(-1) || (site.has(3) && !align(mask, site.input(3), batch, q.dim(-2), k.dim(-2))))
        return cannotRun(site.node, "its query, key, value and mask do not fit each other");
    mask.isCausal = site.node.attributes.flag("is_causal");
    const int64_t rows = q.dim(-2), keys = k.dim(-2), width = q.dim(-1), results = v.dim(-1);
    const int64_t matrices = rows * width > 0 ? q.elementCount() / (rows * width) : 0;
    const double scale = site.node.attributes.number("scale", 1 / std::sqrt(static_cast<double>(width)));
    return plainKernel(site, [=](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        parallelFor(matrices, 1, [&](int64_t begin, int64_t end) {
            for (int64_t m = begin; m < end; ++m)
                attend<T>({numbers.in[0] + m * rows * width, rows, width, width}, {numbers.in[1] + m * keys * width, keys, width, width},
                          {numbers.in[2] + m * keys * results, keys, results, results}, {numbers.out[0] + m * rows * results, rows, results, results}, scale,
                          [&](int64_t row, int64_t column) { return mask.at(mask.isGiven ? numbers.in[3] : nullptr, m, row, column); });
        });
    });
}

/// query, key, value [N, L, E], in_weight [3 E, E], in_bias? [3 E], out_weight [E, E], out_bias? [E], mask? [L, S] or [N, S].
Result<Kernel> makeMultiheadAttention(const Site& site)
{
    const ir::TensorType &q = site.input(0), &k = site.input(1);
    const int64_t heads = site.node.attributes.integer("num_heads", 1);
    const int64_t width = q.dim(-1);
    if (q.rank() != 3 || k.rank() != 3 || site.input(2).shape() != k.shape() || k.dim(0) != q.dim(0) || k.dim(2) != width || heads < 1 || width % heads != 0
        || site.input(3).elementCount() != 3 * width * width || site.input(5).elementCount() != width * width
        || (site.has(4) && site.input(4).elementCount() != 3 * width) || (site.has(6) && site.input(6).elementCount() != width))
        return cannotRun(site.node, "its query, key, value and weights do not fit each other");
    const int64_t batch = q.dim(0), rows = q.dim(1), keys = k.dim(1), part = width / heads;
    Mask mask{.blocksTrue = true, .strides = {}, .batch = {}};
    const bool isPadding = site.has(7) && site.input(7).shape() == ir::Shape{batch, keys} && batch != rows;
    const ir::TensorType padding = isPadding ? site.input(7).withShape({batch, 1, keys}) : ir::TensorType();
    if (site.has(7) && !align(mask, isPadding ? padding : site.input(7), {batch}, rows, keys))
        return cannotRun(site.node, "its mask does not fit");
    return plainKernel(site, [=, hasBias = site.has(4), hasOutBias = site.has(6)](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        const auto& in = numbers.in;
        std::vector<T> projected[3], joined(static_cast<size_t>(batch * rows * width));
        for (size_t i = 0; i < 3; ++i) {
            const int64_t count = batch * (i == 0 ? rows : keys);
            projected[i].resize(static_cast<size_t>(count * width));
            const auto at = static_cast<int64_t>(i) * width;
            project(in[i], count, width, in[3] + at * width, hasBias ? in[4] + at : nullptr, width, projected[i].data());
        }
        parallelFor(batch * heads, 1, [&](int64_t begin, int64_t end) {
            for (int64_t m = begin; m < end; ++m) {
                const int64_t n = m / heads, column = m % heads * part;
                const auto of = [&](size_t i, int64_t count) { return Rows<const T>{projected[i].data() + n * count * width + column, count, part, width}; };
                attend<T>(of(0, rows), of(1, keys), of(2, keys), {joined.data() + n * rows * width + column, rows, part, width}, 1 / std::sqrt(static_cast<double>(part)),
                          [&](int64_t row, int64_t key) { return mask.at(mask.isGiven ? in[7] : nullptr, n, row, key); });
            }
        });
        project(static_cast<const T*>(joined.data()), batch * rows, width, in[5], hasOutBias ? in[6] : nullptr, width, numbers.out[0]);
    });
}

} // namespace bpu::runtime

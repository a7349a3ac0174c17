// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pooling. oneDNN's where the window is regular; the rest, and the places of the maxima, by the plain loop.
#include "core/ops/infer.h"
#include "core/runtime/onednn.h"
#include "core/runtime/plain.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace bpu::runtime {
namespace {

using dnnl::algorithm;

struct Pool {
    ops::Window window;
    size_t spatial = 0;
    Dims in, out; ///< [1, planes, ...] where the batch is missing
};

Result<Pool> poolOf(const Site& site, size_t spatial)
{
    BPU_TRY(window, ops::Window::of(site.node, spatial, {}));
    Pool pool{std::move(window), spatial, {}, {}};
    const auto batched = [&](const ir::Shape& shape) {
        Dims dims(shape.begin(), shape.end());
        while (dims.size() < spatial + 2)
            dims.insert(dims.begin(), 1);
        return dims;
    };
    pool.in = batched(site.input(0).shape());
    pool.out = batched(site.output().shape());
    return pool;
}

Result<Kernel> fast(const Site& site, const Pool& pool, algorithm kind)
{
    return guarded(site.node, [&]() -> Result<Kernel> {
        Dims before, after, dilation;
        for (size_t i = 0; i < pool.spatial; ++i) {
            before.push_back(pool.window.padding[i]);
            after.push_back((pool.out[i + 2] - 1) * pool.window.stride[i] + pool.window.effectiveKernel(i) - pool.in[i + 2] - before[i]);
            dilation.push_back(pool.window.dilation[i] - 1);
        }
        const dnnl::memory::desc source = !site.layouts.empty() && site.layouts[0] ? site.layouts[0]->desc : plain(pool.in);
        const dnnl::pooling_v2_forward::desc desc(dnnl::prop_kind::forward_inference, kind, source, anyOrder(pool.out), pool.window.stride, pool.window.kernel,
                                                  dilation, before, after);
        const dnnl::pooling_v2_forward::primitive_desc primitive(desc, attributes(), engine());
        Kernel kernel{.run = runOf(site.node, dnnl::pooling_v2_forward(primitive), {{DNNL_ARG_SRC, 0, source}, {DNNL_ARG_DST, -1, primitive.dst_desc()}})};
        kernel.wants = {site.layouts.empty() ? nullptr : site.layouts[0]};
        kernel.gives = {layoutOf(primitive.dst_desc())};
        return kernel;
    });
}

/// One plane by its definition. Windows are clipped to the input; an average divides by what count_include_pad says. With a
/// power p it is the p-norm of the window.
class PlainPool {
public:
    PlainPool(const Pool& pool, bool isMax, bool countsPadding, double power = 0) : m_pool(pool), m_isMax(isMax), m_countsPadding(countsPadding), m_power(power)
    {
        while (m_pool.spatial < 3) { // a plane of fewer dimensions is thin
            m_pool.in.insert(m_pool.in.begin() + 2, 1);
            m_pool.out.insert(m_pool.out.begin() + 2, 1);
            auto& w = m_pool.window;
            w.padding.insert(w.padding.begin() + static_cast<std::ptrdiff_t>(m_pool.spatial), 0);
            for (auto* list : {&w.kernel, &w.stride, &w.dilation})
                list->insert(list->begin(), 1);
            w.padding.insert(w.padding.begin(), 0);
            ++m_pool.spatial;
        }
    }
    Result<void> operator()(const Call& call) const
    {
        run(call.inputs[0].in<float>(), call.outputs[0].out<float>(), call.outputs.size() > 1 ? call.outputs[1].out<int64_t>() : nullptr);
        return {};
    }
    template <typename T, typename P>
    void run(const T* x, T* y, P* places) const
    {
        const int64_t size = m_pool.in[2] * m_pool.in[3] * m_pool.in[4];
        const int64_t results = m_pool.out[2] * m_pool.out[3] * m_pool.out[4];
        parallelFor(m_pool.in[0] * m_pool.in[1], 1, [&](int64_t begin, int64_t end) {
            for (int64_t plane = begin; plane < end; ++plane)
                onePlane(x + plane * size, plane * size, y + plane * results, places ? places + plane * results : nullptr);
        });
    }

private:
    template <typename T, typename P>
    void onePlane(const T* x, int64_t base, T* y, P* places) const
    {
        for (int64_t d = 0; d < m_pool.out[2]; ++d)
            for (int64_t h = 0; h < m_pool.out[3]; ++h)
                for (int64_t w = 0; w < m_pool.out[4]; ++w, ++y) {
                    const auto [value, place] = window({d, h, w}, x);
                    *y = value;
                    if (places)
                        *places++ = static_cast<P>(base + place);
                }
    }
    template <typename T>
    std::pair<T, int64_t> window(const std::array<int64_t, 3>& at, const T* x) const
    {
        const auto& w = m_pool.window;
        T best = -std::numeric_limits<T>::infinity();
        int64_t place = 0;
        double sum = 0;
        int64_t inside = 0;
        const auto placeOf = [&](size_t i, int64_t k) { return first(at, i) + k * w.dilation[i]; };
        const std::array cells{reach(at, 0), reach(at, 1), reach(at, 2)};
        for (int64_t a = cells[0].first; a < cells[0].second; ++a)
            for (int64_t b = cells[1].first; b < cells[1].second; ++b)
                for (int64_t c = cells[2].first; c < cells[2].second; ++c) {
                    const int64_t i = (placeOf(0, a) * m_pool.in[3] + placeOf(1, b)) * m_pool.in[4] + placeOf(2, c);
                    sum += m_power > 0 ? std::pow(std::fabs(static_cast<double>(x[i])), m_power) : static_cast<double>(x[i]);
                    ++inside;
                    if (x[i] > best || std::isnan(x[i])) {
                        best = x[i];
                        place = i;
                    }
                }
        if (m_isMax)
            return {best, place};
        if (m_power > 0)
            return {static_cast<T>(std::pow(sum, 1 / m_power)), 0};
        return {static_cast<T>(sum / static_cast<double>(std::max<int64_t>(m_countsPadding ? withPadding(at) : inside, 1))), 0};
    }
    /// Where the window begins along an axis.
    int64_t first(const std::array<int64_t, 3>& at, size_t i) const { return at[i] * m_pool.window.stride[i] - m_pool.window.padding[i]; }
    /// How many of its cells lie in the first `size` places from there.
    int64_t before(size_t i, int64_t size) const
    {
        const int64_t step = m_pool.window.dilation[i];
        return std::clamp<int64_t>(size > 0 ? (size + step - 1) / step : 0, 0, m_pool.window.kernel[i]);
    }
    /// The cells that lie in the input: from, to.
    std::pair<int64_t, int64_t> reach(const std::array<int64_t, 3>& at, size_t i) const { return {before(i, -first(at, i)), before(i, m_pool.in[i + 2] - first(at, i))}; }
    /// Cells of the window inside of input and padding: what torch divides by with count_include_pad.
    int64_t withPadding(const std::array<int64_t, 3>& at) const
    {
        int64_t cells = 1;
        const auto& w = m_pool.window;
        for (size_t i = 0; i < 3; ++i)
            cells *= before(i, m_pool.in[i + 2] + w.padding[i + 3] - first(at, i));
        return cells;
    }

    Pool m_pool;
    bool m_isMax;
    bool m_countsPadding;
    double m_power;
};

} // namespace

Result<Kernel> makePooling(const Site& site)
{
    const std::string& op = site.node.op;
    const bool isMax = op.starts_with("max");
    const size_t spatial = static_cast<size_t>(op[op.size() - 2] - '0');
    BPU_TRY(pool, poolOf(site, spatial));
    const bool countsPadding = site.node.attributes.flag("count_include_pad", false);
    if (site.input(0).dtype() != ir::DType::Float32)
        return plainKernel(site, [plain = PlainPool(pool, isMax, countsPadding)](const auto& numbers) {
            plain.run(numbers.in[0], numbers.out[0], numbers.out.size() > 1 ? numbers.out[1] : nullptr);
        });
    const ir::Value* places = site.graph.outputOf(site.node, 1);
    const bool wantsPlaces = isMax && places && (!places->users.empty() || places->isGraphOutput());
    const bool isDilated = std::ranges::any_of(pool.window.dilation, [](int64_t d) { return d != 1; });
    const bool isRagged = site.node.attributes.flag("ceil_mode", false);
    if (!wantsPlaces && !(isRagged && !isMax) && !(isDilated && !isMax)) {
        auto kernel = fast(site, pool, isMax ? algorithm::pooling_max : countsPadding ? algorithm::pooling_avg_include_padding : algorithm::pooling_avg_exclude_padding);
        if (kernel)
            return kernel;
    }
    return Kernel{.run = PlainPool(pool, isMax, countsPadding)};
}

/// (sum of |x|^p over the window)^(1/p). Source: ONNX LpPool 11, torch.nn.LPPool2d.
Result<Kernel> makeLpPooling(const Site& site)
{
    BPU_TRY(pool, poolOf(site, 2));
    const int64_t power = site.node.attributes.integer("p", 2);
    if (power < 1)
        return cannotRun(site.node, fmt::format("its norm has the power {}; it has to be 1 or more", power));
    return plainKernel(site, [plain = PlainPool(pool, false, false, static_cast<double>(power))](const auto& numbers) {
        plain.run(numbers.in[0], numbers.out[0], static_cast<Element<decltype(numbers)>*>(nullptr));
    });
}

/// The mean of every channel's whole picture, as pooling by a window of its size.
Result<Kernel> makeGlobalPooling(const Site& site)
{
    const ir::TensorType& x = site.input(0);
    if (x.dtype() != ir::DType::Float32 || x.rank() != 4 || site.output().rank() != 4 || site.output().dim(2) != 1 || site.output().dim(3) != 1 || x.elementCount() == 0
        || site.output().dim(1) != x.dim(1) || site.output().dim(0) != x.dim(0))
        return Kernel{};
    const Pool pool{.window = {.kernel = {x.dim(2), x.dim(3)}, .stride = {1, 1}, .padding = {0, 0, 0, 0}, .dilation = {1, 1}, .autoPad = {}, .ceilMode = false},
                    .spatial = 2,
                    .in = Dims(x.shape().begin(), x.shape().end()),
                    .out = {x.dim(0), x.dim(1), 1, 1}};
    return fast(site, pool, algorithm::pooling_avg_include_padding);
}

} // namespace bpu::runtime

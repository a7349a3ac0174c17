// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The part of the gates that comes from x is one product for all steps; a step adds the product with the state.
#include "core/runtime/recurrent.h"

#include "core/runtime/parallel.h"
#include "core/runtime/products.h"

#include <algorithm>

namespace bpu::runtime {
namespace {

class Steps {
public:
    Steps(const RecurrentForm& form, const RecurrentDirection& direction, const float* x, float* h, float* c)
        : m_form(form), m_direction(direction), m_width(gatesOf(form.cell) * form.hidden), m_h(h), m_c(c),
          m_fromX(static_cast<size_t>(form.steps * form.batch * m_width)), m_gates(static_cast<size_t>(form.batch * m_width)),
          m_reset(form.cell == Cell::Gru ? static_cast<size_t>(form.batch * form.state) : 0),
          m_cellOut(direction.weights.projection ? static_cast<size_t>(form.batch * form.hidden) : 0)
    {
        const DirectionWeights& w = direction.weights;
        multiply({form.steps * form.batch, m_width, form.input, form.input, m_width}, x, w.w, m_fromX.data());
        if (w.b)
            addBiases(w.b);
    }

    void run(float* y)
    {
        for (int64_t step = 0; step < m_form.steps; ++step) {
            productWithState();
            const int64_t grain = std::max<int64_t>(4096 / std::max<int64_t>(m_width, 1), 1);
            if (isTwoPhased()) {
                parallelFor(m_form.batch, grain, [&](int64_t begin, int64_t end) { forElements(begin, end, step, [&](auto... args) { openReset(args...); }); });
                multiply({m_form.batch, m_form.hidden, m_form.state, m_form.state, m_width}, m_reset.data(), m_direction.weights.r + 2 * m_form.hidden * m_form.state,
                         m_gates.data() + 2 * m_form.hidden);
            }
            parallelFor(m_form.batch, grain, [&](int64_t begin, int64_t end) { forElements(begin, end, step, [&](auto... args) { advance(args...); }); });
            project(step);
            if (y)
                write(step, y);
        }
    }

private:
    /// GRU as Cho et al. wrote it: the state is reset before its product with R of the candidate.
    bool isTwoPhased() const { return m_form.cell == Cell::Gru && !m_form.linearBeforeReset; }

    /// A GRU that resets behind the product keeps that bias apart, inside the reset.
    void addBiases(const float* b)
    {
        const int64_t apart = m_form.cell == Cell::Gru && m_form.linearBeforeReset ? 2 * m_form.hidden : m_width;
        for (int64_t row = 0; row < m_form.steps * m_form.batch; ++row)
            for (int64_t i = 0; i < m_width; ++i)
                m_fromX[static_cast<size_t>(row * m_width + i)] += b[i] + (i < apart ? b[m_width + i] : 0.0F);
    }

    void productWithState()
    {
        const int64_t width = isTwoPhased() ? 2 * m_form.hidden : m_width;
        multiply({m_form.batch, width, m_form.state, m_form.state, m_width}, m_h, m_direction.weights.r, m_gates.data());
    }

    int64_t lengthOf(int64_t element) const
    {
        return m_direction.lengths ? std::clamp<int64_t>(m_direction.lengths[element], 0, m_form.steps) : m_form.steps;
    }

    /// Where a sequence is at this step; a reverse one begins at its own end.
    int64_t placeOf(int64_t step, int64_t element) const { return m_direction.isReverse ? lengthOf(element) - 1 - step : step; }

    void forElements(int64_t begin, int64_t end, int64_t step, auto&& work)
    {
        for (int64_t e = begin; e < end; ++e)
            if (step < lengthOf(e))
                work(e, m_fromX.data() + m_form.row(placeOf(step, e), e) * m_width, m_gates.data() + e * m_width);
    }

    std::span<float> part(float* gates, size_t which) const { return {gates + m_form.gateAt[which] * m_form.hidden, static_cast<size_t>(m_form.hidden)}; }
    void activate(std::span<float> numbers, size_t function) const { m_direction.functions[function].apply(numbers, m_form.clip); }

    void openReset(int64_t element, const float* fromX, float* gates)
    {
        for (int64_t i = 0; i < 2 * m_form.hidden; ++i)
            gates[i] += fromX[i];
        activate({gates, static_cast<size_t>(2 * m_form.hidden)}, 0);
        for (int64_t i = 0; i < m_form.hidden; ++i)
            m_reset[static_cast<size_t>(element * m_form.state + i)] = gates[m_form.gateAt[1] * m_form.hidden + i] * m_h[element * m_form.state + i];
    }

    void advance(int64_t element, const float* fromX, float* gates)
    {
        float* h = m_h + element * m_form.state;
        if (m_form.cell == Cell::Lstm)
            return lstm(fromX, gates, m_c + element * m_form.hidden, m_direction.weights.projection ? m_cellOut.data() + element * m_form.hidden : h);
        if (m_form.cell == Cell::Gru)
            return gru(fromX, gates, h);
        for (int64_t i = 0; i < m_form.hidden; ++i)
            h[i] = gates[i] + fromX[i];
        activate({h, static_cast<size_t>(m_form.hidden)}, 0);
    }

    void lstm(const float* fromX, float* gates, float* c, float* h) const
    {
        const int64_t n = m_form.hidden;
        const float* peephole = m_direction.weights.peephole;
        const auto [input, output, forget, candidate] = std::array{part(gates, 0), part(gates, 1), part(gates, 2), part(gates, 3)};
        const auto look = [&](std::span<float> gate, int64_t which) {
            for (size_t i = 0; peephole && i < gate.size(); ++i)
                gate[i] += peephole[static_cast<size_t>(which * n) + i] * c[i];
        };
        for (int64_t i = 0; i < 4 * n; ++i)
            gates[i] += fromX[i];
        look(input, 0);
        look(forget, 2);
        activate(input, 0);
        if (!m_form.couplesGates)
            activate(forget, 0);
        activate(candidate, 1);
        for (size_t i = 0; i < input.size(); ++i)
            c[i] = (m_form.couplesGates ? 1 - input[i] : forget[i]) * c[i] + input[i] * candidate[i];
        look(output, 1);
        activate(output, 0);
        std::copy_n(c, n, h);
        activate({h, static_cast<size_t>(n)}, 2);
        for (size_t i = 0; i < output.size(); ++i)
            h[i] *= output[i];
    }

    void gru(const float* fromX, float* gates, float* h) const
    {
        const int64_t n = m_form.hidden;
        const float* bias = m_direction.weights.b ? m_direction.weights.b + m_width + 2 * n : nullptr;
        if (m_form.linearBeforeReset) {
            for (int64_t i = 0; i < 2 * n; ++i)
                gates[i] += fromX[i];
            activate({gates, static_cast<size_t>(2 * n)}, 0);
        }
        const auto [update, reset, candidate] = std::array{part(gates, 0), part(gates, 1), part(gates, 2)};
        for (size_t i = 0; i < candidate.size(); ++i) {
            const float x = fromX[static_cast<size_t>(2 * n) + i];
            candidate[i] = m_form.linearBeforeReset ? x + reset[i] * (candidate[i] + (bias ? bias[i] : 0.0F)) : candidate[i] + x;
        }
        activate(candidate, 1);
        for (size_t i = 0; i < candidate.size(); ++i)
            h[i] = (1 - update[i]) * candidate[i] + update[i] * h[i];
    }

    /// Sequences that have ended keep their state.
    void project(int64_t step)
    {
        const float* projection = m_direction.weights.projection;
        if (!projection)
            return;
        for (int64_t e = 0; e < m_form.batch; ++e)
            if (step < lengthOf(e))
                multiply({1, m_form.state, m_form.hidden, m_form.hidden, m_form.state}, m_cellOut.data() + e * m_form.hidden, projection, m_h + e * m_form.state);
    }

    void write(int64_t step, float* y) const
    {
        for (int64_t e = 0; e < m_form.batch; ++e) {
            const bool isRunning = step < lengthOf(e);
            const int64_t place = isRunning ? placeOf(step, e) : step;
            const int64_t row = m_form.batchFirst ? (e * m_form.steps + place) * m_form.directions : place * m_form.directions * m_form.batch + e;
            float* target = y + row * m_form.state;
            if (isRunning)
                std::copy_n(m_h + e * m_form.state, m_form.state, target);
            else
                std::fill_n(target, m_form.state, 0.0F);
        }
    }

    const RecurrentForm& m_form;
    const RecurrentDirection& m_direction;
    int64_t m_width;
    float* m_h;
    float* m_c;
    std::vector<float> m_fromX;
    std::vector<float> m_gates;
    std::vector<float> m_reset;
    std::vector<float> m_cellOut; ///< before a projection
};

} // namespace

void RecurrentDirection::run(const RecurrentForm& form, const float* x, float* h, float* c, float* y) const
{
    Steps(form, *this, x, h, c).run(y);
}

} // namespace bpu::runtime

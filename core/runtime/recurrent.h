// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One direction of a recurrent layer over all steps.
// Source: ONNX LSTM 14, GRU 14, RNN 14 (equations, default functions); torch.nn.LSTM, proj_size.
#pragma once

#include "core/runtime/gate_activation.h"

#include <array>
#include <cstdint>
#include <vector>

namespace bpu::runtime {

enum class Cell : uint8_t { Rnn, Gru, Lstm };
constexpr int64_t gatesOf(Cell cell) { return cell == Cell::Lstm ? 4 : cell == Cell::Gru ? 3 : 1; }

/// What all directions of a layer have in common. state is the width of h: hidden, or the projection's.
struct RecurrentForm {
    Cell cell = Cell::Lstm;
    int64_t steps = 0, batch = 0, input = 0, hidden = 0, state = 0;
    int64_t directions = 1;
    bool batchFirst = false;        ///< x [batch, steps, input] and y [batch, steps, directions, state]
    bool linearBeforeReset = false; ///< GRU: r multiplies h * R^T + b instead of h
    bool couplesGates = false;      ///< LSTM: f = 1 - i
    float clip = 0;
    /// Places of the gates among the rows of the weights: LSTM i o f c, GRU z r h. ONNX's order by default.
    std::array<int64_t, 4> gateAt = {0, 1, 2, 3};

    /// Row of x at a step.
    int64_t row(int64_t step, int64_t element) const { return batchFirst ? element * steps + step : step * batch + element; }
};

/// Null pointers are zeros. A GRU has its candidate last.
struct DirectionWeights {
    const float* w = nullptr;          ///< [gates * hidden, input]
    const float* r = nullptr;          ///< [gates * hidden, state]
    const float* b = nullptr;          ///< [2 * gates * hidden]: of w, then of r
    const float* peephole = nullptr;   ///< [3 * hidden]: i o f
    const float* projection = nullptr; ///< [state, hidden]
};

struct RecurrentDirection {
    bool isReverse = false;
    DirectionWeights weights;
    std::vector<GateActivation> functions; ///< f, g, h
    const int32_t* lengths = nullptr;      ///< of the sequences; null: all steps

    /// x as the form says. h [batch, state] and c [batch, hidden] hold the first state and get the last one.
    /// y points at this direction of step 0 and element 0, [.., directions, state]; null: not wanted. Steps behind a
    /// sequence's end are zero.
    void run(const RecurrentForm& form, const float* x, float* h, float* c, float* y) const;
};

} // namespace bpu::runtime

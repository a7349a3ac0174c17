// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The functions that the gates of a recurrent layer may use. Source: ONNX LSTM 14, attribute activations.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace bpu::runtime {

/// f(x) of a gate, with the numbers that its formula has.
class GateActivation {
public:
    /// A function takes its numbers from the front of the lists, as many as it has; where they are empty it has ONNX's
    /// defaults. Nothing for an unknown name; letter case is ignored.
    static std::optional<GateActivation> of(std::string_view name, std::span<const double>& alphas, std::span<const double>& betas);
    /// Replaces each number; they are first limited to [-clip, clip] where clip is above 0.
    void apply(std::span<float> numbers, float clip) const;

private:
    using Function = float (*)(float x, float alpha, float beta);
    Function m_function = nullptr;
    float m_alpha = 0;
    float m_beta = 0;
};

} // namespace bpu::runtime

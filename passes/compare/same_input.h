// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Every layer of a quantized graph alone, on the numbers that the other graph computed before that layer: the error that the
// layer itself makes, with none of those before it. The vendor's tools call it "Op Error with Same Input".
#pragma once

#include "passes/compare/compare.h"

#include <memory>
#include <unordered_map>

namespace bpu::passes {

/// One layer of B and the requantize nodes that stand before it, as a graph with what A computes as its inputs.
class LayerAlone {
public:
    /// Nothing when an input of the layer is computed by no layer of A (`valueInA` is invalid for it).
    static Result<std::optional<LayerAlone>> make(const ir::Graph& b, const LayerComparison& layer, const std::function<ValueId(ValueId)>& valueInA, int threads);
    LayerAlone(LayerAlone&&) noexcept;
    ~LayerAlone();

    /// Values of A that a run needs.
    const std::vector<ValueId>& needs() const { return m_needs; }
    /// The largest |result - wanted| in steps of the result's grid. `numbers` gives the floats of each needed value of A.
    Result<double> error(const std::function<const ir::Tensor&(ValueId)>& numbers, const ir::Tensor& wanted) const;

private:
    struct Parts;
    explicit LayerAlone(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> m_parts;
    std::vector<ValueId> m_needs;
};

/// For each value of B that A computes too (a layer's result, or a quantized input), the value of A.
std::unordered_map<ValueId, ValueId> valuesInA(const ir::Graph& a, const ir::Graph& b, const std::vector<LayerComparison>& layers);

/// Sets sameInputSteps of the layers that both compute on grids; the others keep nothing. The source is read from its start.
/// Error "compare.stage": B is not quantized, or A is.
/// Memory: A's results of one batch, and the packed weights of B once more.
Result<void> compareSameInput(Comparison& comparison, const BatchSource& source, const CompareOptions& options);

} // namespace bpu::passes

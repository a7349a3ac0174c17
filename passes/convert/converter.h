// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The state of a conversion, and what the converters of single operators share.
#pragma once

#include "core/ir/rewriter.h"
#include "core/quant/grid.h"
#include "passes/convert/convert.h"

#include <optional>
#include <utility>

namespace bpu::passes {

/// Nodes are visited in execution order: when one is, its inputs are integers already, and the fake-quantize behind its
/// results is still there.
class Converter {
public:
    explicit Converter(const ir::Graph& qat) : m_editor(qat) {}

    const ir::Graph& graph() const { return m_editor.graph(); }
    const ir::Node& node(NodeId id) const { return graph().node(id); }
    ir::GraphEditor& editor() { return m_editor; }
    ConvertReport& report() { return m_report; }

    /// The grid of input i, which is an integer by now. Errors: "convert.uncalibrated", "convert.type" for an input per channel.
    Result<ir::QuantParams> inputGrid(NodeId id, size_t i) const;
    /// Input i is a number on a grid.
    bool isOnGrid(NodeId id, size_t i) const;
    /// What the fake-quantize behind result i wants; nothing when there is none.
    std::optional<ir::QuantParams> wantedGrid(NodeId id, size_t i = 0) const;
    /// Result i becomes integers on `grid`.
    void putOnGrid(NodeId id, size_t i, const ir::QuantParams& grid);
    /// Input i comes through a requantize node, if it is not on `grid` already.
    Result<void> bringInputTo(NodeId id, size_t i, const ir::QuantParams& grid);
    /// A new constant on input i that takes over the name of the one before it.
    void replaceConstant(NodeId id, size_t i, ir::Tensor tensor, std::optional<ir::QuantParams> quant);
    /// A float constant operand becomes integers of `type` on the grid of its largest magnitude; others stay.
    Result<void> quantizeConstantOperand(NodeId id, size_t i, ir::QType type);
    /// The scale of a grid per tensor.
    static double scaleOf(const ir::QuantParams& grid) { return grid.scales.front(); }

    void visit(NodeId id);
    Findings takeFindings() { return std::move(m_findings); }
    Result<ir::Graph> finish();

private:
    Result<void> convertNode(NodeId id);
    Result<void> convertFakeQuantize(NodeId id);
    void removeThrough(NodeId id);

    ir::Rewriter m_editor;
    ConvertReport m_report;
    Findings m_findings;
    std::vector<std::pair<ValueId, std::string>> m_renames; ///< names that are free once the floats are gone
};

/// Makes the integer form of one node.
using NodeConverter = Result<void> (*)(Converter&, NodeId);

Result<void> convertProduct(Converter&, NodeId);     ///< conv, conv_transpose, linear
Result<void> convertMatmul(Converter&, NodeId);
Result<void> convertBatchNorm(Converter&, NodeId);   ///< one that no convolution took in
Result<void> convertArithmetic(Converter&, NodeId);  ///< add, sub, mul, div, maximum, minimum
Result<void> convertComparison(Converter&, NodeId);
Result<void> convertMove(Converter&, NodeId);        ///< results on the grid of input 0
Result<void> convertJoin(Converter&, NodeId);        ///< cat, stack, where: inputs come to the grid of the result
Result<void> convertOwnGrid(Converter&, NodeId);     ///< pooling, mean, relu6, ...: results on a grid of their own, or on the input's
Result<void> convertIndices(Converter&, NodeId);     ///< argmax, argmin
Result<void> convertTable(Converter&, NodeId);       ///< functions of one number
Result<void> convertSoftmax(Converter&, NodeId);
Result<void> convertLayerNorm(Converter&, NodeId);
Result<void> convertDequantStub(Converter&, NodeId);

/// Null: the operator has no integer form.
NodeConverter converterOf(const ir::Node& node);

Error cannotConvert(std::string_view code, std::string message);

} // namespace bpu::passes

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators of ONNX Runtime's own domain (com.microsoft) that stand for a few of ONNX's: they become these, with the
// origin that the file names. Source: onnxruntime, docs/ContribOperators.md.
#pragma once

#include "core/import/onnx/node_reader.h"

namespace bpu::importer {

/// The results of the node; nothing for an operator that is not known or not in this form, which then stays opaque.
std::optional<std::vector<ValueId>> expandContrib(const OnnxNode& node, Emitter& emitter);

/// Writes one node as several of ONNX 17.
class Expansion {
public:
    Expansion(const OnnxNode& node, Emitter& emitter) : m_node(node), m_emitter(emitter) {}

    const OnnxNode& node() const { return m_node; }
    bool has(size_t i) const { return input(i).isValid(); }
    ValueId input(size_t i) const { return i < m_node.inputs.size() ? m_node.inputs[i] : ValueId{}; }
    const ir::TensorType& type(ValueId value) const;
    /// Null when it is absent or computed.
    const ir::Tensor* constant(size_t i) const;

    /// A node on the way. Its results are invalid once something was refused.
    ValueId add(std::string_view type, std::vector<ValueId> inputs, ir::Attributes attributes = {});
    std::vector<ValueId> addSeveral(std::string_view type, std::vector<ValueId> inputs, ir::Attributes attributes, size_t results);
    /// The node that gives result `i`, under its name.
    ValueId result(std::string_view type, std::vector<ValueId> inputs, ir::Attributes attributes = {}, size_t i = 0);
    ValueId number(float value);
    ValueId integers(const std::vector<int64_t>& values);
    void refuse() { m_isRefused = true; }
    bool isRefused() const { return m_isRefused; }

private:
    std::vector<ValueId> convert(OnnxNode node);

    const OnnxNode& m_node;
    Emitter& m_emitter;
    bool m_isRefused = false;
};

using Results = std::vector<ValueId>;
using Expander = Results (*)(Expansion&);

// quantized.cpp
Results expandQuantizedBinary(Expansion& e);
Results expandQuantizedUnary(Expansion& e);
Results expandQuantizedPool(Expansion& e);
Results expandQuantizedConcat(Expansion& e);
Results expandQuantizedGemm(Expansion& e);
Results expandDynamicMatMul(Expansion& e);
Results expandIntegerMatMul(Expansion& e);
Results expandSame(Expansion& e);
// fused.cpp
Results expandFusedConv(Expansion& e);
Results expandFusedGemm(Expansion& e);
Results expandFusedMatMul(Expansion& e);
Results expandGelu(Expansion& e);
// transformer.cpp
Results expandSkipLayerNorm(Expansion& e);
Results expandEmbedLayerNorm(Expansion& e);
Results expandSimplifiedLayerNorm(Expansion& e);
Results expandAttention(Expansion& e);
Results expandMultiHeadAttention(Expansion& e);

} // namespace bpu::importer

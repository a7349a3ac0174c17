// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a converter sees of one ONNX node, and how it says what the node means. Converters read first and
// finish last: a node that was refused leaves nothing behind and is imported as it stands, opaque.
#pragma once

#include "core/import/onnx/emitter.h"
#include "core/ir/graph.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::importer {

/// One node of the file, its names resolved.
struct OnnxNode {
    std::string type;   ///< "Conv"
    std::string domain; ///< empty for ONNX's own operators
    std::string name;   ///< unique names are made by the editor
    std::string origin; ///< "onnx.Conv", "com.acme.Warp"
    int64_t opset = 1;
    std::vector<ValueId> inputs; ///< trailing absent ones left out
    ir::Attributes attributes;
    std::vector<std::string> outputs; ///< an omitted one is empty
    std::vector<bool> outputUsed;     ///< whether the file reads it anywhere
    std::string scope;
};

/// What the author wrote, for every node that stands for `node`.
ir::Origin originOf(const OnnxNode& node);

class NodeReader {
public:
    NodeReader(const OnnxNode& node, Emitter& emitter) : m_node(node), m_emitter(emitter) {}

    const OnnxNode& node() const { return m_node; }
    int64_t opset() const { return m_node.opset; }

    size_t inputCount() const { return m_node.inputs.size(); }
    bool has(size_t i) const { return input(i).isValid(); }
    ValueId input(size_t i) const { return i < m_node.inputs.size() ? m_node.inputs[i] : ValueId{}; }
    /// Inputs first to last, absent ones among them kept.
    std::vector<ValueId> inputs(size_t first, size_t count) const;
    const std::vector<ValueId>& inputs() const { return m_node.inputs; }
    /// Of an absent input: undefined and unranked.
    const ir::TensorType& type(size_t i) const { return typeOf(input(i)); }
    const ir::TensorType& typeOf(ValueId value) const;
    int rank(size_t i) const { return type(i).rank(); }
    /// Null when it is absent or not constant.
    const ir::Tensor* constant(size_t i) const;
    /// A constant tensor of integers (any rank); nothing when absent or not constant.
    std::optional<std::vector<int64_t>> constantInts(size_t i) const;
    /// A constant of one element.
    std::optional<double> constantScalar(size_t i) const;
    const std::string& valueName(ValueId value) const;

    /// Typed reads; an attribute of another type makes the node refused.
    bool hasAttribute(std::string_view name) const { return m_node.attributes.has(name); }
    int64_t integer(std::string_view name, int64_t fallback);
    bool flag(std::string_view name, bool fallback) { return integer(name, fallback ? 1 : 0) != 0; }
    double number(std::string_view name, double fallback);
    std::string text(std::string_view name, std::string_view fallback);
    std::vector<int64_t> integers(std::string_view name);

    size_t outputCount() const { return m_node.outputs.size(); }
    bool usesOutput(size_t i) const { return i < m_node.outputs.size() && m_node.outputUsed[i]; }

    /// `axis` counted from the front; refuses one outside a known rank. Kept negative when the rank is unknown.
    int64_t axis(int64_t axis, int rank);
    std::vector<int64_t> axes(std::vector<int64_t> axes, int rank);
    /// Refuses unless inputs 0 to count - 1 are there.
    bool needs(size_t count);

    /// A node on the way with one result, named "<node>/<op>".
    ValueId emit(std::string op, std::vector<ValueId> inputs, ir::Attributes attributes = {});
    ValueId constant(std::string_view suffix, ir::Tensor tensor);
    /// The node that makes the results of this one; `results` of them, all when 0.
    void finish(std::string op, std::vector<ValueId> inputs, ir::Attributes attributes = {}, size_t results = 0);
    /// The result is another value; the node vanishes.
    void alias(ValueId value);
    /// Nothing was or will be emitted: why, as a clause ("its axis 7 is outside rank 4").
    void refuse(std::string why);
    bool refused() const { return !m_problem.empty(); }
    bool finished() const { return m_finished; }
    const std::string& problem() const { return m_problem; }
    /// After finish or alias: the values of the first results.
    const std::vector<ValueId>& results() const { return m_results; }

private:
    template <typename T>
    const T* typed(std::string_view name, std::string_view expected);

    const OnnxNode& m_node;
    Emitter& m_emitter;
    std::string m_problem;
    bool m_finished = false;
    std::vector<ValueId> m_results;
};

using Converter = void (*)(NodeReader&);

/// Null for an operator of ONNX's own domain that none of ours expresses.
Converter findConverter(std::string_view type);

} // namespace bpu::importer

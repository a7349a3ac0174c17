// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Adds nodes to the graph under construction and knows at once what follows from them: types are inferred,
// constants computed, constant operands become attributes. So a converter sees the shapes before it.
#pragma once

#include "core/import/onnx/sizes/sizes.h"
#include "core/ir/rewriter.h"
#include "core/ops/fold.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace bpu::importer {

class Emitter {
public:
    /// `budget` bounds what is computed in all graphs of the model; it has to outlive the emitter.
    explicit Emitter(ops::FoldBudget& budget) : m_editor(std::string()), m_sizes(m_editor.graph()), m_budget(budget) {}

    ir::Rewriter& editor() { return m_editor; }
    const ir::Graph& graph() const { return m_editor.graph(); }

    /// Declared types by value name; they fill what inference does not know.
    void declare(const std::string& valueName, ir::TensorType type) { m_declared.insert_or_assign(valueName, std::move(type)); }

    /// Returns the node's result values; `outputNames` may hold empty names.
    std::vector<ValueId> add(ir::NodeSpec spec, const std::vector<std::string>& outputNames);

    /// A node whose result was computed or written as attribute: not part of the network.
    bool isFolded(NodeId node) const { return node.index < m_folded.size() && m_folded[node.index]; }
    /// Why inference refused a node, less the advice: the node may be right and the input shape wrong. In the order of the nodes.
    const std::vector<std::pair<NodeId, std::string>>& conflicts() const { return m_conflicts; }

    /// Declared types that contradict what the operators give: value and its declared type.
    const std::vector<std::pair<ValueId, ir::TensorType>>& disagreements() const { return m_disagreements; }

private:
    void infer(NodeId node);
    /// What the sizes say of a node that could not be computed: types, attributes, results.
    void resolveSizes(NodeId node);
    void markFolded(NodeId node);

    ir::Rewriter m_editor;
    Sizes m_sizes;
    ops::FoldBudget& m_budget;
    std::unordered_map<std::string, ir::TensorType> m_declared;
    std::vector<bool> m_folded;
    std::vector<std::pair<NodeId, std::string>> m_conflicts;
    std::vector<std::pair<ValueId, ir::TensorType>> m_disagreements;
};

/// The declared type where `inferred` knows less; a declared rank or dimension never overrides a known one.
ir::TensorType mergeTypes(const ir::TensorType& inferred, const ir::TensorType& declared);

/// Makes attributes of the constant operands that docs/operators.md writes as attributes. True when it changed the node.
bool absorbConstants(ir::GraphEditor& editor, NodeId node);

/// Computes the results of a node whose operands are constant; true when they became constants.
bool foldNode(ir::GraphEditor& editor, NodeId node, ops::FoldBudget& budget);

} // namespace bpu::importer

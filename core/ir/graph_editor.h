// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Builds and edits graphs; keeps producers, users, names and order consistent. Passes use the Rewriter on top of it.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace bpu::ir {

/// What a new node starts from.
struct NodeSpec {
    std::string op;
    std::string name = {}; ///< made unique by a suffix "_2", ... when taken; empty takes the op's name
    std::vector<ValueId> inputs = {};
    Attributes attributes = {};
    std::string scope = {};
    std::vector<Origin> origins = {};
};

/// Builds and edits a graph. Every id given in must be alive; that is the caller's promise.
class GraphEditor {
public:
    /// An empty graph.
    explicit GraphEditor(std::string graphName = {});
    /// Goes on from a snapshot, which stays as it is.
    explicit GraphEditor(Graph graph);

    const Graph& graph() const { return m_graph; }

    void setName(std::string name) { m_graph.m_name = std::move(name); }
    void setStage(Stage stage) { m_graph.m_stage = stage; }
    void setFact(std::string_view key, std::string value) { m_graph.m_facts.insert_or_assign(std::string(key), std::move(value)); }
    void setModuleTypes(std::map<std::string, std::string, std::less<>> types);

    ValueId addInput(std::string_view name, TensorType type);
    /// Names are made unique by a suffix.
    ValueId addConstant(std::string_view name, Tensor tensor);
    /// Appends a node after all others with `outputTypes.size()` new result values named after it.
    NodeId addNode(NodeSpec spec, const std::vector<TensorType>& outputTypes);
    /// The same with the results' names given; an empty name is made from the node's.
    NodeId addNode(NodeSpec spec, const std::vector<TensorType>& outputTypes, const std::vector<std::string>& outputNames);
    /// Inserts it into the order just before `anchor` instead of at the end.
    NodeId addNodeBefore(NodeId anchor, NodeSpec spec, const std::vector<TensorType>& outputTypes);

    void addOutput(ValueId value);
    void setOutput(size_t position, ValueId value);
    void setInputValue(NodeId node, size_t slot, ValueId value);
    /// Replaces the whole input list.
    void setInputs(NodeId node, std::vector<ValueId> inputs);
    void setOp(NodeId node, std::string op);
    void setAttribute(NodeId node, std::string_view name, Attribute value);
    void removeAttribute(NodeId node, std::string_view name);
    void setAttributes(NodeId node, Attributes attributes);
    void setScope(NodeId node, std::string scope);
    void setOrigins(NodeId node, std::vector<Origin> origins);
    void setType(ValueId value, TensorType type);
    void setQuant(ValueId value, std::optional<QuantParams> quant);
    /// Renames; made unique by a suffix when taken.
    void renameNode(NodeId node, std::string_view name);
    void renameValue(ValueId value, std::string_view name);
    /// Turns a node's result (or an input) into a constant; its producer keeps no claim on it.
    void makeConstant(ValueId value, Tensor tensor);

    /// Every use of `from`, graph outputs included, becomes a use of `to`.
    void replaceUses(ValueId from, ValueId to);
    /// Exchanges the result values of two nodes with equally many results, users and names included.
    void swapOutputs(NodeId a, NodeId b);
    /// Removes a node whose results nobody uses; its result values go with it.
    void removeNode(NodeId node);
    /// Removes nodes without used results, then constants without users. Inputs stay. Linear.
    void removeDead();
    /// Removes constants that nothing uses. Linear.
    void removeUnusedConstants();
    /// Brings graph().order() up to date after insertions and removals, which leave it as it was.
    void restoreOrder() { rebuildOrder(); }

    /// Hands over the graph with the execution order made valid. Error "graph.cycle" names a node on a cycle.
    Result<Graph> finish();

protected:
    Node& edit(NodeId id);
    Value& edit(ValueId id);

private:
    ValueId newValue(std::string_view wanted, TensorType type);
    void dropUse(ValueId value, NodeId node, uint32_t index);
    void rebuildOrder();
    std::string uniqueNodeName(std::string_view wanted);
    std::string uniqueValueName(std::string_view wanted);
    void indexNames();

    Graph m_graph;
    bool m_namesIndexed = false;
    std::unordered_set<std::string> m_nodeNames;
    std::unordered_set<std::string> m_valueNames;
    std::unordered_map<std::string, uint32_t> m_nextSuffix;
    std::unordered_map<NodeId, std::vector<NodeId>> m_insertedBefore;
    bool m_orderDirty = false;
};

} // namespace bpu::ir

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The graph: nodes (uses of an operator) and values (tensors on edges) in static single assignment.
//
// A graph is a value. Copying one copies a vector of shared pointers, so a snapshot of 100,000 nodes
// costs well under a millisecond, undo is a list of graphs, and two snapshots are compared by pointer:
// a node or value that a pass did not touch is the same object in both. Only GraphBuilder (import) and
// Rewriter (passes) change a graph.
#pragma once

#include "core/base/assert.h"
#include "core/base/ids.h"
#include "core/ir/attribute.h"
#include "core/ir/tensor.h"
#include "core/ir/tensor_type.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::ir {

/// What the author wrote, and where. The check looks `what` up in the operator tables, so every pass
/// keeps it; a node that several were fused into lists them all in execution order.
struct Origin {
    std::string what;   ///< "torch.nn.Conv2d", "torch.Tensor.exp", or for ONNX "onnx.Conv", "com.acme.Warp"
    std::string name;   ///< the node's name in the source file; may be empty
    std::string file;   ///< source file from debug data; empty when unknown
    int line = 0;       ///< 1-based; 0 when unknown

    friend bool operator==(const Origin&, const Origin&) = default;
};

/// One use of an operator.
/// op       IR operator ("conv2d"); an operator we do not know keeps its own name and is opaque
/// inputs   values in the operator's order; an absent optional input is an invalid id
/// scope    module path "layer1.0.conv1"; empty at the top level
/// A node whose op starts with a domain and '.' or is unknown to core/ops is drawn but not understood.
struct Node {
    NodeId id;
    std::string op;
    std::string name; ///< unique among the nodes, kept from the source file
    std::vector<ValueId> inputs;
    std::vector<ValueId> outputs;
    Attributes attributes;
    std::string scope;
    std::vector<Origin> origins;

    ValueId input(size_t i) const { return i < inputs.size() ? inputs[i] : ValueId{}; }
    ValueId output(size_t i = 0) const { return i < outputs.size() ? outputs[i] : ValueId{}; }
};

/// Input slot `index` of `node`.
struct Use {
    NodeId node;
    uint32_t index = 0;
    friend bool operator==(const Use&, const Use&) = default;
};

/// One tensor: a graph input, a constant, or the result of a node.
struct Value {
    ValueId id;
    std::string name; ///< unique among the values, kept from the source file
    TensorType type;
    std::optional<QuantParams> quant;
    std::optional<Tensor> constant; ///< set for constants only; type equals its type
    NodeId producer;                ///< invalid for inputs and constants
    uint32_t producerIndex = 0;
    std::vector<Use> users;         ///< in no particular order
    uint32_t graphOutputs = 0;      ///< how many times the graph returns it
    bool isGraphInput = false;

    bool isConstant() const { return constant.has_value(); }
    bool isGraphOutput() const { return graphOutputs > 0; }
    /// Used once in all: by one node and not returned, or returned once and used by no node.
    bool hasOneUse() const { return users.size() + graphOutputs == 1; }
};

enum class Stage : uint8_t { Float, Fused, Qat, Quantized };
/// "float", "fused", "qat", "quantized".
std::string_view name(Stage stage);
std::optional<Stage> stageFromName(std::string_view text);

class Graph {
public:
    /// Facts about the file, shown by `bpu info`: "format", "producer", "opset", "path".
    using Facts = std::map<std::string, std::string, std::less<>>;

    const std::string& name() const { return m_name; }
    Stage stage() const { return m_stage; }
    const Facts& facts() const { return m_facts; }
    /// Module path -> module type ("layer1.0" -> "BasicBlock"), for the modules whose type is known.
    const std::map<std::string, std::string, std::less<>>& moduleTypes() const { return *m_moduleTypes; }

    const std::vector<ValueId>& inputs() const { return m_inputs; }
    const std::vector<ValueId>& outputs() const { return m_outputs; }
    /// Live nodes in execution order: every value is produced before it is used.
    const std::vector<NodeId>& order() const { return m_order; }
    size_t nodeCount() const { return m_order.size(); }

    /// Ids run from 0 to the bound; those of removed nodes and values have no object.
    uint32_t nodeIdBound() const { return static_cast<uint32_t>(m_nodes.size()); }
    uint32_t valueIdBound() const { return static_cast<uint32_t>(m_values.size()); }
    bool contains(NodeId id) const { return id.index < m_nodes.size() && m_nodes[id.index]; }
    bool contains(ValueId id) const { return id.index < m_values.size() && m_values[id.index]; }

    const Node& node(NodeId id) const
    {
        BPU_ASSERT(contains(id));
        return *m_nodes[id.index];
    }
    const Value& value(ValueId id) const
    {
        BPU_ASSERT(contains(id));
        return *m_values[id.index];
    }
    /// Null for an absent optional input.
    const Value* find(ValueId id) const { return contains(id) ? m_values[id.index].get() : nullptr; }
    const Node* find(NodeId id) const { return contains(id) ? m_nodes[id.index].get() : nullptr; }
    /// The value on input slot i of `node`; null when absent.
    const Value* inputOf(const Node& node, size_t i) const { return find(node.input(i)); }
    const Value* outputOf(const Node& node, size_t i = 0) const { return find(node.output(i)); }
    /// The node that makes `value`; null for inputs and constants.
    const Node* producerOf(const Value& value) const { return find(value.producer); }
    /// Same object in both graphs: untouched between the snapshots.
    bool sharesNode(const Graph& other, NodeId id) const;
    bool sharesValue(const Graph& other, ValueId id) const;

    /// Linear searches, for tests and command lines.
    NodeId findNode(std::string_view name) const;
    ValueId findValue(std::string_view name) const;

private:
    friend class GraphEditor;

    std::string m_name;
    Stage m_stage = Stage::Float;
    Facts m_facts;
    std::shared_ptr<const std::map<std::string, std::string, std::less<>>> m_moduleTypes =
        std::make_shared<const std::map<std::string, std::string, std::less<>>>();
    std::vector<ValueId> m_inputs;
    std::vector<ValueId> m_outputs;
    std::vector<NodeId> m_order;
    std::vector<std::shared_ptr<const Node>> m_nodes;
    std::vector<std::shared_ptr<const Value>> m_values;
};

/// "torch.nn.Conv2d" -> "Conv2d": the last part of a dotted name.
std::string_view lastPart(std::string_view dotted);

} // namespace bpu::ir

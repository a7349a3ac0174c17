// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One GraphProto -> ir::Graph: names, order, constants, subgraphs.
#pragma once

#include "core/base/finding.h"
#include "core/import/import.h"
#include "core/import/onnx/emitter.h"
#include "core/import/onnx/node_reader.h"
#include "core/import/onnx/tensors.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace onnx {
class AttributeProto;
class FunctionProto;
class GraphProto;
class NodeProto;
class ValueInfoProto;
} // namespace onnx

namespace bpu::importer {

/// What all graphs of one model share.
struct ModelContext {
    TensorReader& tensors;
    const ImportOptions& options;
    ops::FoldBudget folding;
    Findings findings = {};
    std::map<std::string, int64_t, std::less<>> opsets = {};
    /// "domain.Name" of the model's own functions.
    std::unordered_map<std::string, const onnx::FunctionProto*> functions = {};
    std::unordered_map<std::string, ir::GraphPtr> bodies = {};
    std::set<std::string> bodiesBeingRead = {};

    Error error(std::string_view code, std::string message) const { return {std::string(code), tensors.where(), std::move(message)}; }
};

class GraphReader {
public:
    /// `parent` is the graph around this one, whose values it may use; null at the top. Declared types of
    /// a top-level graph are ignored when the caller gives input shapes, since they were made for others.
    GraphReader(ModelContext& model, GraphReader* parent, int depth);

    Result<ir::Graph> read(const onnx::GraphProto& proto);
    /// Values of the graph around that this one uses, in the order of its extra inputs.
    const std::vector<std::string>& captured() const { return m_captured; }

private:
    Result<void> readDeclarations(const onnx::GraphProto& proto);
    Result<void> readConstants(const onnx::GraphProto& proto);
    Result<void> readInputs(const onnx::GraphProto& proto);
    Result<void> readNodes(const onnx::GraphProto& proto);
    Result<void> readOutputs(const onnx::GraphProto& proto);
    Result<std::vector<int>> executionOrder(const onnx::GraphProto& proto);
    Result<void> readNode(const onnx::NodeProto& proto, int index);
    Result<OnnxNode> describe(const onnx::NodeProto& proto, int index);
    Result<void> readAttributes(const onnx::NodeProto& proto, OnnxNode& node, std::vector<std::string>& captured);
    Result<void> readAttribute(const onnx::AttributeProto& proto, OnnxNode& node, std::vector<std::string>& captured);
    Result<bool> readConstantNode(const onnx::NodeProto& proto, const OnnxNode& node);
    Result<ir::GraphPtr> functionBody(const std::string& key);
    void addOpaque(const OnnxNode& node, const std::string& problem);
    std::optional<bool> decisionOf(const OnnxNode& node) const;
    std::optional<std::vector<ValueId>> takenBranch(const OnnxNode& node);
    Result<void> defineResults(const onnx::NodeProto& proto, const std::vector<ValueId>& results);
    Result<void> define(const std::string& name, ValueId value);
    /// Looks here, then around; a value from around becomes an extra input or a shared constant.
    ValueId resolve(const std::string& name);
    Finding findingAt(NodeId id) const;
    void reportConflicts();
    void reportDisagreements();
    void removeFolded();

    ModelContext& m_model;
    GraphReader* m_parent;
    int m_depth;
    bool m_useDeclared = true;
    Emitter m_emitter;
    std::unordered_map<std::string, ValueId> m_values;
    std::unordered_map<std::string_view, int> m_useCounts;
    std::vector<std::string> m_captured;
};

} // namespace bpu::importer

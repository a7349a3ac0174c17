// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the writer of an operator sees of one node, and how it says it in ONNX: the counterpart of the importer's NodeReader.
#pragma once

#include "core/export/onnx/graph_writer.h"

#include <optional>
#include <span>

namespace bpu::exporter {

class NodeWriter {
public:
    NodeWriter(GraphWriter& graph, const ir::Node& node);

    /// The whole node. Error "onnx.operator" names it and says why ONNX cannot express it.
    Result<void> write();

    const ir::Node& node() const { return m_node; }
    const ir::Attributes& attributes() const { return m_node.attributes; }
    int64_t opset() const { return m_graph.state().opset; }
    const ir::Graph& graph() const { return m_graph.graph(); }

    bool has(size_t i) const { return m_node.input(i).isValid(); }
    size_t inputCount() const { return m_node.inputs.size(); }
    /// Its tensor as operators compute with it; empty when absent.
    std::string input(size_t i) { return m_graph.floatName(m_node.input(i)); }
    std::vector<std::string> inputs(size_t first = 0, size_t count = SIZE_MAX);
    const ir::Value* inputValue(size_t i) const { return graph().inputOf(m_node, i); }
    /// Null when it is absent, not constant or on a grid.
    const ir::Tensor* constant(size_t i) const;
    /// Of an absent input: undefined and unranked. f32 for numbers on a grid.
    ir::TensorType type(size_t i) const { return typeOf(m_node.input(i)); }
    ir::TensorType resultType(size_t i = 0) const { return typeOf(m_node.output(i)); }
    int rank(size_t i) const { return type(i).rank(); }
    /// Result i is read, or returned.
    bool usesResult(size_t i) const;
    size_t resultCount() const { return m_node.outputs.size(); }
    /// "dim" counted from the front where the rank is known.
    int64_t dim(int64_t fallback = -1) const;

    /// A node on the way.
    std::string emit(std::string_view type, const std::vector<std::string>& inputs, const ir::Attributes& attributes = {});
    std::vector<std::string> emitSeveral(std::string_view type, const std::vector<std::string>& inputs, size_t count, const ir::Attributes& attributes = {});
    /// The node that makes all results, or result i.
    void finish(std::string_view type, const std::vector<std::string>& inputs, const ir::Attributes& attributes = {});
    void finishResult(size_t i, std::string_view type, const std::vector<std::string>& inputs, const ir::Attributes& attributes = {});
    /// Result i is `name`, which its grid rounds where it has one.
    void give(size_t i, const std::string& name);
    /// finish, with the fused addend (input 3) and activation behind it.
    void finishFused(std::string_view type, const std::vector<std::string>& inputs, const ir::Attributes& attributes = {});

    std::string tensor(std::string_view suffix, const ir::Tensor& tensor);
    std::string ints(std::string_view suffix, const std::vector<int64_t>& values);
    /// One number of the dtype, without dimensions.
    std::string scalar(std::string_view suffix, double value, ir::DType dtype);
    /// Input i as elements of `dtype`; as it is where its own is unknown or the same.
    std::string operand(size_t i, ir::DType dtype) { return cast(input(i), type(i).dtype(), dtype); }
    std::string cast(const std::string& name, ir::DType from, ir::DType to);
    /// Axes are an operand from opset 13 on, an attribute before.
    std::string squeezed(std::string_view type, const std::string& name, const std::vector<int64_t>& axes);
    std::string permuted(const std::string& name, const std::vector<int64_t>& dims) { return emit("Transpose", {name}, {{"perm", dims}}); }

    /// Why ONNX cannot express the node, as a clause ("its offsets are not constant"), and what to do.
    void refuse(std::string why, std::string advice = "save the model as .bpuir");
    bool refused() const { return !m_problem.empty(); }
    /// The same results by another operator of ours.
    void writeAs(ir::Node other);

    GraphWriter& graphWriter() { return m_graph; }

private:
    ir::TensorType typeOf(ValueId value) const;
    std::string resultName(size_t i);
    void completeResult(size_t i, const std::string& name);
    void add(const std::string& name, std::string_view type, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs, const ir::Attributes& attributes);
    void checkAgainstSchema(const onnx::NodeProto& proto);
    Result<void> writeBody(onnx::GraphProto& proto, const ir::Graph& body);

    GraphWriter& m_graph;
    ir::Node m_node;
    std::string m_path; ///< the name that it gets
    std::string m_problem;
    std::optional<Error> m_error;
};

using OperatorWriter = void (*)(NodeWriter&);

/// Null for an operator that ONNX has nothing for.
OperatorWriter findWriter(std::string_view op);

} // namespace bpu::exporter

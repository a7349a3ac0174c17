// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One ir::Graph -> GraphProto: names, constants, grids, subgraphs.
#pragma once

#include "core/export/onnx/protos.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bpu::exporter {

/// How grids are written.
enum class GridForm : uint8_t {
    Qdq,    ///< as QuantizeLinear and DequantizeLinear
    Scales, ///< not in the graph, which is float: in the model's metadata, for a tool that takes scales beside the network
};

/// What all graphs of one model share.
struct ModelState {
    int64_t opset = 13;
    GridForm grids = GridForm::Qdq;
    std::map<std::string, int64_t> fileOpsets = {};     ///< of the file that the graph was read from
    std::map<std::string, int64_t> domains = {};        ///< that the written nodes use, with their version
    std::set<std::string, std::less<>> valueNames = {}; ///< taken ones: a name is used once in a model, subgraphs included
    std::set<std::string, std::less<>> nodeNames = {};
    std::map<std::string, ir::QuantParams> scales = {}; ///< by tensor, for GridForm::Scales
};

class GraphWriter {
public:
    GraphWriter(ModelState& state, const ir::Graph& graph, onnx::GraphProto& proto, int depth = 0);

    /// Before write: this value is one of the graph around and has its name there.
    void bind(ValueId value, std::string name);
    /// Errors: "onnx.operator", with the node in the message.
    Result<void> write();

    ModelState& state() { return m_state; }
    const ir::Graph& graph() const { return m_graph; }
    int depth() const { return m_depth; }

    /// The tensor as operators compute with it: numbers on a grid dequantized. A constant is written when it is first asked for.
    std::string floatName(ValueId value);
    /// The name of a result, under which it is stored.
    const std::string& storedName(ValueId value) const { return m_names[value.index]; }
    /// Stored as integers of its grid; an int32 accumulator is written as the float number that it stands for.
    bool isStoredQuantized(const ir::Value& value) const;

    /// A name that no value has yet.
    std::string newName(std::string_view wanted);
    std::string addInitializer(std::string_view name, const ir::Tensor& tensor);
    /// `type` may begin with a domain: "com.microsoft.QuantizeLinear".
    onnx::NodeProto& addNode(const std::string& name, std::string_view type, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs);
    void quantize(const std::string& from, const ir::QuantParams& grid, const std::string& to);
    void dequantize(const std::string& from, const ir::QuantParams& grid, const std::string& to);
    /// The result is the same tensor as `name`: no node, where none is needed.
    void alias(const ir::Value& result, const std::string& name);

    void fail(Error error);

private:
    void reserveNames();
    void writeInputs();
    void writeOutputs();
    void writeValueInfo();
    ir::TensorType storedType(const ir::Value& value) const;
    std::string constantName(const ir::Value& value);
    void addGridNode(std::string_view type, const std::string& from, const ir::QuantParams& grid, const std::string& to);

    ModelState& m_state;
    const ir::Graph& m_graph;
    onnx::GraphProto& m_proto;
    int m_depth;
    std::vector<std::string> m_names;       ///< by value
    std::vector<std::string> m_dequantized; ///< by value; empty where nobody asked
    std::vector<bool> m_isWritten;          ///< by value: constants, and values of the graph around
    std::optional<Error> m_problem;
};

/// "layer1.0.conv1", "conv" -> "/layer1.0.conv1/conv", unless the name tells this scope already.
std::string nodePath(const ir::Node& node);

} // namespace bpu::exporter

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Our tensors, types and attributes as ONNX's messages.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <functional>
#include <string>
#include <string_view>

namespace onnx {
class AttributeProto;
class GraphProto;
class NodeProto;
class TensorProto;
class ValueInfoProto;
} // namespace onnx

namespace bpu::exporter {

/// ONNX's number of an element type; 0 for Undefined.
int onnxType(ir::DType dtype);

/// Name, type and the bytes as raw data. Error "onnx.text": tensors of text lost their texts when they were read.
Result<void> fillTensor(onnx::TensorProto& proto, const std::string& name, const ir::Tensor& tensor);

/// Name and type; unknown dimensions are left open.
void fillValueInfo(onnx::ValueInfoProto& proto, const std::string& name, const ir::TensorType& type);

/// Writes the graph inside an attribute.
using BodyWriter = std::function<Result<void>(onnx::GraphProto& proto, const ir::Graph& body)>;

/// Adds the attributes to the node. "name.0", "name.1" of tensors or graphs become one list "name", as they were before they were read.
Result<void> fillAttributes(onnx::NodeProto& node, const ir::Attributes& attributes, const BodyWriter& writeBody);

} // namespace bpu::exporter

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Building blocks of shape rules: unknown dimensions stay unknown, sizes never overflow.
#pragma once

#include "core/ops/op_spec.h"

#include <span>

namespace bpu::ops {

/// Error "op.CODE" at the node: `message` says what is wrong and what to do.
Error opError(const ir::Node& node, std::string_view code, std::string message);

/// Type of input slot i; unranked and undefined when the input is absent.
const ir::TensorType& inputType(const ir::Graph& graph, const ir::Node& node, size_t i);
/// The constant on input slot i; null when absent or not constant.
const ir::Tensor* constantInput(const ir::Graph& graph, const ir::Node& node, size_t i);
/// The integers of a constant input, or of the attribute when the input is absent. Nothing when neither is known.
std::optional<std::vector<int64_t>> integersOf(const ir::Graph& graph, const ir::Node& node, size_t slot, std::string_view attribute);

/// `axis` counted from the front; nothing when it lies outside of the rank.
std::optional<size_t> normalizedAxis(int64_t axis, int rank);
/// Error "op.axis" of a node that names an axis outside of the rank.
Error axisError(const ir::Node& node, int64_t axis, int rank);
/// The axis that an attribute names, counted from the front. Error "op.axis".
Result<size_t> axisOf(const ir::Node& node, std::string_view attribute, int64_t fallback, int rank);
/// "1,2,3" for a card; a long list ends in an ellipsis.
std::string listText(const std::vector<int64_t>& values, std::string_view separator = ",");
/// a + b, a * b with unknown in, unknown out; unknown on overflow.
ir::Dim addDims(ir::Dim a, ir::Dim b);
ir::Dim mulDims(ir::Dim a, ir::Dim b);
/// The dtype of ONNX's number for an element type, for operators whose attributes stay as ONNX has them.
std::optional<ir::DType> onnxElementType(int64_t number);
/// Numpy broadcasting; nothing when two known dimensions do not fit.
std::optional<ir::Shape> broadcast(const ir::Shape& a, const ir::Shape& b);
/// `count` copies of one type.
Types same(const ir::TensorType& type, size_t count = 1);
/// Known dimensions win over unknown ones; `a` wins where both are known.
ir::TensorType merged(const ir::TensorType& a, const ir::TensorType& b);

/// The window of a convolution or pooling, checked: n numbers each, padding 2n.
struct Window {
    std::vector<int64_t> kernel;
    std::vector<int64_t> stride;
    std::vector<int64_t> padding; ///< all begins, then all ends
    std::vector<int64_t> dilation;
    std::string_view autoPad;
    bool ceilMode = false;

    /// Error "op.window" when a list has the wrong length or a value cannot be.
    static Result<Window> of(const ir::Node& node, size_t spatial, std::vector<int64_t> kernel);
    /// Size along spatial axis i: floor((x + p - d*(k-1) - 1) / s) + 1, with torch's rule for ceil_mode
    /// (a last window that starts in the padding at the end does not count). Nothing when the window is larger than the input.
    std::optional<ir::Dim> output(size_t i, ir::Dim input) const;
    /// (x - 1) * s - p + d * (k - 1) + output_padding + 1.
    std::optional<ir::Dim> transposedOutput(size_t i, ir::Dim input, int64_t outputPadding) const;
    int64_t effectiveKernel(size_t i) const { return dilation[i] * (kernel[i] - 1) + 1; }
};

/// Bytes of a value in its stored dtype; 0 when unknown.
int64_t byteCount(const ir::TensorType& type);
/// The sum of two numbers of 0 or more; INT64_MAX when it does not fit.
int64_t saturatingSum(int64_t a, int64_t b);
/// Reads of all inputs and writes of all results.
Cost memoryCost(const ir::Graph& graph, const ir::Node& node);
/// memoryCost and `perElement` operations for every element of the first result.
Cost elementCost(const ir::Graph& graph, const ir::Node& node, int64_t perElement);

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Convolutions, linear layers and products of matrices, with what fuse put into them behind them.
#include "core/export/onnx/writers.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace bpu::exporter {
namespace {

/// [R, C] -> [C, R], of elements of any size.
ir::Tensor transposed(const ir::Tensor& matrix)
{
    const int64_t rows = matrix.shape()[0], columns = matrix.shape()[1];
    const size_t size = ir::byteSize(matrix.dtype());
    auto data = std::make_shared_for_overwrite<std::byte[]>(matrix.bytes().size());
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column)
            std::memcpy(data.get() + static_cast<size_t>(column * rows + row) * size, matrix.bytes().data() + static_cast<size_t>(row * columns + column) * size, size);
    return {ir::TensorType(matrix.dtype(), {columns, rows}), Bytes(std::move(data), matrix.bytes().size())};
}

/// Attributes whose name differs: ours, ONNX's.
void rename(const NodeWriter& writer, ir::Attributes& to, std::string_view ours, std::string_view theirs)
{
    if (const std::vector<int64_t> values = writer.attributes().integers(ours); !values.empty())
        to.set(theirs, values);
}

} // namespace

ir::Attributes windowAttributes(const NodeWriter& writer)
{
    ir::Attributes attributes;
    rename(writer, attributes, "kernel_size", "kernel_shape");
    rename(writer, attributes, "stride", "strides");
    rename(writer, attributes, "dilation", "dilations");
    if (const std::string_view automatic = writer.attributes().text("auto_pad"); !automatic.empty())
        attributes.set("auto_pad", std::string(automatic));
    else
        rename(writer, attributes, "padding", "pads");
    return attributes;
}

void writeConv(NodeWriter& writer)
{
    ir::Attributes attributes = windowAttributes(writer);
    attributes.set("group", writer.attributes().integer("groups", 1));
    const bool isTransposed = writer.node().op.starts_with("conv_transpose");
    if (isTransposed)
        rename(writer, attributes, "output_padding", "output_padding");
    writer.finishFused(isTransposed ? "ConvTranspose" : "Conv", writer.inputs(0, 3), attributes);
}

/// Gemm is for two dimensions. Otherwise a product with the turned weight, under the name that torch's exporter gives one:
/// by it importers tell a linear layer.
void writeLinear(NodeWriter& writer)
{
    if (writer.rank(0) == 2) {
        writer.finishFused("Gemm", writer.inputs(0, 3), {{"transB", int64_t{1}}});
        return;
    }
    std::string weight;
    if (const ir::Tensor* constant = writer.constant(1); constant && constant->shape().size() == 2)
        weight = writer.graphWriter().addInitializer("onnx::MatMul_" + writer.inputValue(1)->name, transposed(*constant));
    else
        weight = writer.permuted(writer.input(1), {1, 0});
    if (!writer.has(2)) {
        writer.finishFused("MatMul", {writer.input(0), weight});
        return;
    }
    writer.finishFused("Add", {writer.emit("MatMul", {writer.input(0), weight}), writer.input(2)});
}

void writeMatmul(NodeWriter& writer)
{
    writer.finish("MatMul", writer.inputs(0, 2));
}

void writeEinsum(NodeWriter& writer)
{
    writer.finish("Einsum", writer.inputs(), {{"equation", std::string(writer.attributes().text("equation"))}});
}

/// softmax(q k^T * scale + mask) v. A mask of bools lets in where it is true.
void writeAttention(NodeWriter& writer)
{
    const int rank = writer.rank(1);
    const ir::DType dtype = writer.type(0).dtype();
    const ir::Dim width = writer.type(0).dim(-1);
    const ir::Dim rows = writer.type(0).dim(-2), columns = writer.type(1).dim(-2);
    const bool isCausal = writer.attributes().flag("is_causal");
    const double scale = writer.attributes().number("scale", width > 0 ? 1 / std::sqrt(static_cast<double>(width)) : 0);
    if (rank < 2 || !(scale > 0) || (isCausal && (rows < 1 || columns < 1))) {
        writer.refuse("the sizes of its operands are unknown", "give the input a shape with --input");
        return;
    }
    std::vector<int64_t> dims;
    for (int i = 0; i < rank; ++i)
        dims.push_back(i < rank - 2 ? i : i == rank - 2 ? rank - 1 : rank - 2);
    const std::string scaled = writer.emit("Mul", {writer.input(0), writer.scalar("scale", scale, dtype)});
    std::string scores = writer.emit("MatMul", {scaled, writer.permuted(writer.input(1), dims)});
    const auto mask = [&](const std::string& allowed) {
        scores = writer.emit("Where", {allowed, scores, writer.scalar("never", -HUGE_VAL, dtype)});
    };
    if (isCausal) {
        std::vector<uint8_t> allowed(static_cast<size_t>(rows * columns));
        for (int64_t i = 0; i < rows * columns; ++i)
            allowed[static_cast<size_t>(i)] = i % columns <= i / columns ? 1 : 0;
        mask(writer.tensor("causal", ir::Tensor::of(ir::DType::Bool, {rows, columns}, allowed)));
    }
    if (writer.has(3) && writer.type(3).dtype() == ir::DType::Bool)
        mask(writer.input(3));
    else if (writer.has(3))
        scores = writer.emit("Add", {scores, writer.operand(3, dtype)});
    writer.finish("MatMul", {writer.emit("Softmax", {scores}, {{"axis", int64_t{std::max(rank, writer.rank(0)) - 1}}}), writer.input(2)});
}

} // namespace bpu::exporter

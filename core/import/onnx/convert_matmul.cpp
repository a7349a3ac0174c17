// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include "core/import/onnx/tensors.h"

#include <algorithm>

namespace bpu::importer {
namespace {

ir::Tensor scaled(const ir::Tensor& tensor, double factor)
{
    std::vector<float> values(static_cast<size_t>(tensor.elementCount()));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(static_cast<double>(tensor.at<float>(static_cast<int64_t>(i))) * factor);
    return ir::Tensor::floats(tensor.shape(), values);
}

/// A bias for [..., O]: C of O elements in its last dimension and 1 elsewhere, or one element.
std::optional<ir::Tensor> biasOf(const ir::Tensor& c, int64_t outputs)
{
    if (c.elementCount() == outputs && (c.shape().empty() || c.shape().back() == outputs || outputs == 1))
        return c.reshaped({outputs});
    if (c.elementCount() != 1 || c.dtype() != ir::DType::Float32 || outputs < 1)
        return std::nullopt;
    return ir::Tensor::floats({outputs}, std::vector<float>(static_cast<size_t>(outputs), c.at<float>(0)));
}

/// Gemm with a constant matrix as torch.nn.Linear: weight [O, I], alpha and beta folded in. False when it does not fit.
bool finishAsLinear(NodeReader& reader, double alpha, double beta, bool transposeB)
{
    const ir::Tensor* b = reader.constant(1);
    if (!b || b->shape().size() != 2 || (alpha != 1 && b->dtype() != ir::DType::Float32) || !ir::isFloat(b->dtype()))
        return false;
    const int64_t outputs = b->shape()[transposeB ? 0 : 1];
    std::vector<ValueId> inputs{reader.input(0), reader.input(1)};
    if (reader.has(2) && beta != 0) {
        const ir::Tensor* c = reader.constant(2);
        const auto bias = c ? biasOf(*c, outputs) : std::nullopt;
        if (!bias || (beta != 1 && bias->dtype() != ir::DType::Float32))
            return false;
        const bool untouched = beta == 1 && c->shape() == ir::Shape{outputs};
        inputs.push_back(untouched ? reader.input(2) : reader.constant("bias", beta == 1 ? *bias : scaled(*bias, beta)));
    }
    if (!transposeB || alpha != 1) {
        const ir::Tensor weight = transposeB ? *b : transposed(*b);
        inputs[1] = reader.constant("weight", alpha == 1 ? weight : scaled(weight, alpha));
    }
    reader.finish("linear", std::move(inputs));
    return true;
}

ValueId multiplied(NodeReader& reader, ValueId value, double factor)
{
    if (factor == 1)
        return value;
    return reader.emit("mul", {value, reader.constant("factor", ir::Tensor::floats({}, {static_cast<float>(factor)}))});
}

/// Before opset 7, C is stretched only where `broadcast` says so, which numpy's rule covers.
void finishAsMatmul(NodeReader& reader, double alpha, double beta, bool transposeA, bool transposeB)
{
    const auto transpose = [&](size_t i, bool wanted) {
        return wanted ? reader.emit("permute", {reader.input(i)}, {{"dims", std::vector<int64_t>{1, 0}}}) : reader.input(i);
    };
    const bool adds = reader.has(2) && beta != 0;
    const std::vector<ValueId> operands{transpose(0, transposeA), transpose(1, transposeB)};
    if (!adds && alpha == 1) {
        reader.finish("matmul", operands);
        return;
    }
    const ValueId product = reader.emit("matmul", operands);
    if (!adds) {
        reader.finish("mul", {product, reader.constant("alpha", ir::Tensor::floats({}, {static_cast<float>(alpha)}))});
        return;
    }
    reader.finish("add", {multiplied(reader, product, alpha), multiplied(reader, reader.input(2), beta)});
}

} // namespace

void convertGemm(NodeReader& reader)
{
    const double alpha = reader.number("alpha", 1);
    const double beta = reader.number("beta", 1);
    const bool transposeA = reader.flag("transA", false);
    const bool transposeB = reader.flag("transB", false);
    if (!reader.needs(2) || reader.refused())
        return;
    if (transposeA || !finishAsLinear(reader, alpha, beta, transposeB))
        finishAsMatmul(reader, alpha, beta, transposeA, transposeB);
}

void convertMatMul(NodeReader& reader)
{
    if (!reader.needs(2))
        return;
    // torch.nn.Linear without bias: the exporter transposes its weight, and folds that and names it after the node.
    const ir::Tensor* b = reader.constant(1);
    const std::string_view weightName = reader.valueName(reader.input(1));
    const bool madeByExporter = weightName.starts_with("onnx::MatMul_") || (weightName.ends_with("_output_0") && weightName.find("/Transpose") != std::string_view::npos);
    if (b && madeByExporter && b->shape().size() == 2 && !reader.constant(0) && ir::isFloat(b->dtype()) && reader.rank(0) != 1)
        reader.finish("linear", {reader.input(0), reader.constant("weight", transposed(*b))});
    else
        reader.finish("matmul", reader.inputs(0, 2));
}

void convertEinsum(NodeReader& reader)
{
    const std::string equation = reader.text("equation", "");
    if (equation.empty())
        reader.refuse("it has no equation");
    reader.finish("einsum", reader.inputs(), {{"equation", equation}});
}

} // namespace bpu::importer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Normalizations. Up to opset 17 ONNX has batch and instance norm; the others are written out in the form that importers recognize.
#include "core/export/onnx/writers.h"

#include <cmath>
#include <numeric>

namespace bpu::exporter {
namespace {

std::string constantOf(NodeWriter& writer, std::string_view suffix, int64_t count, float value)
{
    return writer.tensor(suffix, ir::Tensor::floats({count}, std::vector<float>(static_cast<size_t>(count), value)));
}

double epsilonOf(const NodeWriter& writer)
{
    return writer.attributes().number("epsilon", 1e-5);
}

/// Multiplies by input 1 and adds input 2, where they are given. The last of it is the node.
void finishScaled(NodeWriter& writer, std::string_view type, const std::vector<std::string>& inputs, const std::string& gamma, const std::string& beta)
{
    if (gamma.empty() && beta.empty()) {
        writer.finishResult(0, type, inputs);
        return;
    }
    const std::string value = writer.emit(type, inputs);
    if (beta.empty())
        writer.finishResult(0, "Mul", {value, gamma});
    else
        writer.finishResult(0, "Add", {gamma.empty() ? value : writer.emit("Mul", {value, gamma}), beta});
}

} // namespace

void writeBatchNorm(NodeWriter& writer)
{
    if (writer.inputCount() < 5)
        writer.refuse("it normalizes by its own batch", "export the model after model.eval()");
    writer.finish("BatchNormalization", writer.inputs(0, 5), {{"epsilon", epsilonOf(writer)}});
}

void writeInstanceNorm(NodeWriter& writer)
{
    const ir::Dim channels = writer.type(0).dim(1);
    if ((!writer.has(1) || !writer.has(2)) && channels < 1) {
        writer.refuse("the number of its channels is unknown", "give the input a shape with --input");
        return;
    }
    const std::string gamma = writer.has(1) ? writer.input(1) : constantOf(writer, "gamma", channels, 1);
    const std::string beta = writer.has(2) ? writer.input(2) : constantOf(writer, "beta", channels, 0);
    writer.finish("InstanceNormalization", {writer.input(0), gamma, beta}, {{"epsilon", epsilonOf(writer)}});
}

/// An instance norm over [N, groups, everything else], as torch's exporter writes it.
void writeGroupNorm(NodeWriter& writer)
{
    const int64_t groups = writer.attributes().integer("groups", 1);
    const ir::TensorType x = writer.type(0);
    if (x.rank() < 2) {
        writer.refuse("the rank of its input is unknown", "give the input a shape with --input");
        return;
    }
    const std::string split = writer.emit("Reshape", {writer.input(0), writer.ints("parts", {0, groups, -1})});
    const std::string norm = writer.emit("InstanceNormalization", {split, constantOf(writer, "ones", groups, 1), constantOf(writer, "zeros", groups, 0)},
                                         {{"epsilon", epsilonOf(writer)}});
    const std::string shape = x.isStatic() ? writer.ints("shape", x.shape()) : writer.emit("Shape", {writer.input(0)});
    const auto perChannel = [&](size_t slot, std::string_view suffix) {
        std::vector<int64_t> axes(static_cast<size_t>(x.rank()) - 2);
        std::iota(axes.begin(), axes.end(), int64_t{1});
        if (!writer.has(slot) || axes.empty())
            return writer.input(slot);
        const ir::Tensor* constant = writer.constant(slot);
        if (!constant)
            return writer.squeezed("Unsqueeze", writer.input(slot), axes);
        ir::Shape wide(axes.size() + 1, 1);
        wide.front() = constant->elementCount();
        return writer.tensor(suffix, constant->reshaped(wide));
    };
    const std::string gamma = perChannel(1, "gamma");
    finishScaled(writer, "Reshape", {norm, shape}, gamma, perChannel(2, "beta"));
}

/// (x - mean) / sqrt(mean of squares + epsilon) * gamma + beta over the last dimensions. Results: y, mean, 1 / deviation.
void writeLayerNorm(NodeWriter& writer)
{
    const std::vector<int64_t> sizes = writer.attributes().integers("normalized_shape");
    const auto count = static_cast<int64_t>(sizes.size());
    if (writer.opset() >= 17 && writer.has(1) && writer.constant(1)) {
        writer.finish("LayerNormalization", writer.inputs(0, 3), {{"axis", -count}, {"epsilon", epsilonOf(writer)}});
        return;
    }
    const ir::DType dtype = writer.type(0).dtype();
    std::vector<int64_t> axes(sizes.size());
    std::iota(axes.begin(), axes.end(), -count);
    const ir::Attributes over{{"axes", axes}, {"keepdims", int64_t{1}}};
    const std::string mean = writer.emit("ReduceMean", {writer.input(0)}, over);
    const std::string centered = writer.emit("Sub", {writer.input(0), mean});
    const std::string variance = writer.emit("ReduceMean", {writer.emit("Pow", {centered, writer.scalar("two", 2, dtype)})}, over);
    const std::string deviation = writer.emit("Sqrt", {writer.emit("Add", {variance, writer.scalar("epsilon", epsilonOf(writer), dtype)})});
    if (writer.usesResult(1))
        writer.give(1, mean);
    if (writer.usesResult(2))
        writer.give(2, writer.emit("Reciprocal", {deviation}));
    finishScaled(writer, "Div", {centered, deviation}, writer.input(1), writer.input(2));
}

/// x / sqrt(mean(x^2) + epsilon) * gamma over the last dimension.
void writeRmsNorm(NodeWriter& writer)
{
    const ir::DType dtype = writer.type(0).dtype();
    const std::string x = writer.input(0);
    const std::string squares = writer.emit("ReduceMean", {writer.emit("Mul", {x, x})}, {{"axes", std::vector<int64_t>{-1}}, {"keepdims", int64_t{1}}});
    const std::string deviation = writer.emit("Sqrt", {writer.emit("Add", {squares, writer.scalar("epsilon", epsilonOf(writer), dtype)})});
    finishScaled(writer, "Div", {x, deviation}, writer.input(1), {});
}

/// With an epsilon it is torch's normalize, x / max(norm, epsilon), else ONNX's own.
void writeLpNorm(NodeWriter& writer)
{
    const double p = writer.attributes().number("p", 2);
    const std::vector<int64_t> axes{writer.dim()};
    if (p != 1 && p != 2) {
        writer.refuse("its p is neither 1 nor 2");
    } else if (!writer.attributes().has("epsilon")) {
        writer.finish("LpNormalization", {writer.input(0)}, {{"axis", axes.front()}, {"p", static_cast<int64_t>(p)}});
    } else {
        const ir::DType dtype = writer.type(0).dtype();
        const double epsilon = writer.attributes().number("epsilon");
        std::string norm = writer.emit(p == 1 ? "ReduceL1" : "ReduceL2", {writer.input(0)}, {{"axes", axes}, {"keepdims", int64_t{1}}});
        if (epsilon > 0)
            norm = writer.emit("Clip", {norm, writer.scalar("epsilon", epsilon, dtype)});
        writer.finish("Div", {writer.input(0), norm});
    }
}

void writeLocalResponseNorm(NodeWriter& writer)
{
    const ir::Attributes& a = writer.attributes();
    writer.finish("LRN", {writer.input(0)}, {{"size", a.integer("size")}, {"alpha", a.number("alpha", 1e-4)}, {"beta", a.number("beta", 0.75)}, {"bias", a.number("bias", 1)}});
}

void writeMeanVarianceNorm(NodeWriter& writer)
{
    writer.finish("MeanVarianceNormalization", {writer.input(0)}, {{"axes", writer.attributes().integers("dim")}});
}

} // namespace bpu::exporter

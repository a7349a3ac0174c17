// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that keep ONNX's inputs and attributes: random numbers, signal processing, and a few that have no
// neighbors. Source: ONNX Unique 11, Compress 11, Det 11, RandomNormal 1, Multinomial 7, Bernoulli 15, DFT 20,
// STFT 17, MelWeightMatrix 17, HannWindow 17.
#include "core/ops/infer.h"
#include "core/ops/selection.h"
#include "core/ops/spec_macro.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

/// A scalar constant of 0 or more on an input; unknown otherwise.
ir::Dim sizeOf(const ir::Graph& graph, const ir::Node& node, size_t slot)
{
    const ir::Tensor* tensor = constantInput(graph, node, slot);
    if (!tensor || tensor->elementCount() != 1 || !ir::isInteger(tensor->dtype()) || tensor->integer(0) < 0)
        return ir::kUnknownDim;
    return tensor->integer(0);
}

ir::DType dtypeOf(const ir::Node& node, std::string_view attribute, ir::DType fallback)
{
    return onnxElementType(node.attributes.integer(attribute, 0)).value_or(fallback);
}

/// RandomNormal and RandomUniform have a shape, the Like forms an input.
Result<Types> inferRandom(const ir::Graph& graph, const ir::Node& node)
{
    if (node.input(0).isValid()) {
        const ir::TensorType& x = inputType(graph, node, 0);
        return same(x.withDType(dtypeOf(node, "dtype", x.dtype())));
    }
    const ir::DType dtype = dtypeOf(node, "dtype", ir::DType::Float32);
    const std::vector<int64_t> shape = node.attributes.integers("shape");
    if (shape.size() > 64)
        return same(ir::TensorType::unranked(dtype));
    if (std::ranges::any_of(shape, [](int64_t dim) { return dim < 0; }))
        return opError(node, "shape", "a random tensor has a negative size; sizes have to be 0 or more");
    return same(ir::TensorType(dtype, shape));
}

Result<Types> inferBernoulli(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    return same(x.withDType(dtypeOf(node, "dtype", x.dtype())));
}

/// [batch, classes] -> [batch, sample_size].
Result<Types> inferMultinomial(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const int64_t samples = node.attributes.integer("sample_size", 1);
    if (samples < 0 || (x.hasRank() && x.rank() != 2))
        return opError(node, "rank", fmt::format("multinomial takes rank 2 and a sample size of 0 or more, got {} and {}; correct them",
                                                 ir::shapeText(x), samples));
    return same(ir::TensorType(dtypeOf(node, "dtype", ir::DType::Int32), {x.dim(0), samples}));
}

/// Values, and three lists of indices as long as they are; the inverse has one entry for each input.
Result<Types> inferUnique(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const ir::TensorType list(ir::DType::Int64, {ir::kUnknownDim});
    if (!node.attributes.has("axis"))
        return Types{ir::TensorType(x.dtype(), {ir::kUnknownDim}), list, list.withShape({x.elementCount()}), list};
    if (!x.hasRank())
        return Types{ir::TensorType::unranked(x.dtype()), list, list, list};
    BPU_TRY(axis, axisOf(node, "axis", 0, x.rank()));
    ir::Shape shape = x.shape();
    shape[axis] = ir::kUnknownDim;
    return Types{x.withShape(std::move(shape)), list, list.withShape({x.shape()[axis]}), list};
}

Result<Types> inferCompress(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!node.attributes.has("axis"))
        return same(ir::TensorType(x.dtype(), {ir::kUnknownDim}));
    if (!x.hasRank())
        return same(x);
    BPU_TRY(axis, axisOf(node, "axis", 0, x.rank()));
    ir::Shape shape = x.shape();
    shape[axis] = ir::kUnknownDim;
    return same(x.withShape(std::move(shape)));
}

/// [..., M, M] -> [...].
Result<Types> inferDet(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return same(x);
    if (x.rank() < 2 || (x.dim(-1) != x.dim(-2) && x.dim(-1) != ir::kUnknownDim && x.dim(-2) != ir::kUnknownDim))
        return opError(node, "shape", fmt::format("a determinant needs square matrices, got {}; correct the input", ir::shapeText(x)));
    return same(x.withShape(ir::Shape(x.shape().begin(), x.shape().end() - 2)));
}

/// [batch, ..., 1 or 2] -> the same with 2 numbers at the end; dft_length sets the transformed axis, onesided halves it.
Result<Types> inferDft(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return same(x);
    const ir::Tensor* given = constantInput(graph, node, 2); // from opset 20 on; an attribute before
    if (x.rank() < 2 || (node.input(2).isValid() && (!given || given->elementCount() != 1)))
        return same(ir::TensorType::unranked(x.dtype()));
    const int64_t fallback = node.attributes.integer("axis", node.attributes.has("axis") ? 1 : -2);
    const int64_t wanted = given ? given->integer(0) : fallback;
    const auto axis = normalizedAxis(wanted, x.rank());
    if (!axis)
        return axisError(node, wanted, x.rank());
    ir::Shape shape = x.shape();
    shape.back() = 2;
    if (*axis + 1 == shape.size())
        return opError(node, "axis", "the last axis of a Fourier transform holds the complex parts; name another");
    if (node.input(1).isValid())
        shape[*axis] = sizeOf(graph, node, 1);
    if (node.attributes.flag("onesided") && shape[*axis] != ir::kUnknownDim)
        shape[*axis] = shape[*axis] / 2 + 1;
    return same(x.withShape(std::move(shape)));
}

/// signal [batch, length, 1 or 2], frame_step, window?, frame_length? -> [batch, frames, bins, 2].
Result<Types> inferStft(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    ir::Dim length = sizeOf(graph, node, 3);
    if (length == ir::kUnknownDim && node.input(2).isValid() && !node.input(3).isValid())
        length = inputType(graph, node, 2).dim(0);
    const ir::Dim step = sizeOf(graph, node, 1);
    ir::Dim frames = ir::kUnknownDim;
    if (x.dim(1) != ir::kUnknownDim && length != ir::kUnknownDim && step > 0 && length <= x.dim(1))
        frames = (x.dim(1) - length) / step + 1;
    const bool onesided = node.attributes.flag("onesided", true);
    const ir::Dim bins = length == ir::kUnknownDim || !onesided ? length : length / 2 + 1;
    return same(ir::TensorType(x.dtype(), {x.dim(0), frames, bins, 2}));
}

/// [dft_length / 2 + 1, num_mel_bins].
Result<Types> inferMel(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Dim length = sizeOf(graph, node, 1);
    return same(ir::TensorType(dtypeOf(node, "output_datatype", ir::DType::Float32),
                               {length == ir::kUnknownDim ? length : length / 2 + 1, sizeOf(graph, node, 0)}));
}

Result<Types> inferWindow(const ir::Graph& graph, const ir::Node& node)
{
    return same(ir::TensorType(dtypeOf(node, "output_datatype", ir::DType::Float32), {sizeOf(graph, node, 0)}));
}

} // namespace

#define BPU_AS_ONNX(function, opName, opFamily, torchName, onnxName, least, INFER, ...)                                                 \
    BPU_SPEC(function, .name = opName, .family = Family::opFamily, .torch = {torchName}, .onnx = {onnxName}, .inputs = {"input"},  \
             .minInputs = least, .variadic = true, .inferTypes = INFER __VA_OPT__(, .evaluate = __VA_ARGS__))

BPU_AS_ONNX(uniqueOp, "unique", Shape, "torch.unique", "Unique", 1, inferUnique, foldUnique)
BPU_AS_ONNX(compressOp, "compress", Shape, "onnx.Compress", "Compress", 2, inferCompress, foldCompress)
BPU_AS_ONNX(randomOp, "random", Arith, "torch.randn", "RandomNormal", 0, inferRandom)
BPU_AS_ONNX(multinomialOp, "multinomial", Arith, "torch.multinomial", "Multinomial", 1, inferMultinomial)
BPU_AS_ONNX(bernoulliOp, "bernoulli", Arith, "torch.bernoulli", "Bernoulli", 1, inferBernoulli)
BPU_AS_ONNX(detOp, "det", Arith, "torch.det", "Det", 1, inferDet)
BPU_AS_ONNX(dftOp, "dft", Arith, "torch.fft.fft", "DFT", 1, inferDft)
BPU_AS_ONNX(stftOp, "stft", Arith, "torch.stft", "STFT", 2, inferStft)
BPU_AS_ONNX(melWeightMatrix, "mel_weight_matrix", Arith, "onnx.MelWeightMatrix", "MelWeightMatrix", 5, inferMel)
BPU_AS_ONNX(windowsOp, "windows", Arith, "torch.hann_window", "HannWindow", 1, inferWindow)

} // namespace bpu::ops

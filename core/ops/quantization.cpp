// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Stubs, fake-quantize and ONNX's own quantized operators, and the control flow that is shown but not run.
#include "core/ops/infer.h"
#include "core/ops/spec_macro.h"

namespace bpu::ops {
namespace {

Result<Types> inferSame(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0));
}

/// The zero point carries the integer type; without one ONNX says uint8.
Result<Types> inferQuantize(const ir::Graph& graph, const ir::Node& node)
{
    const ir::DType zero = inputType(graph, node, 2).dtype();
    return same(inputType(graph, node, 0).withDType(zero == ir::DType::Undefined ? ir::DType::UInt8 : zero));
}

Result<Types> inferDequantize(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0).withDType(inputType(graph, node, 1).dtype()));
}

Result<Types> inferDynamicQuantize(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    return Types{x.withDType(ir::DType::UInt8), ir::TensorType(ir::DType::Float32, {}), ir::TensorType(ir::DType::UInt8, {})};
}

} // namespace

#define BPU_QUANT(function, opName, opFamily, torchName, onnxName, INFER)                                                          \
    BPU_SPEC(function, .name = opName, .family = Family::opFamily, .torch = {torchName}, .onnx = {onnxName}, .inputs = {"input"},  \
             .minInputs = 0, .variadic = true, .inferTypes = INFER)

BPU_QUANT(quantStub, "quant_stub", Quant, "torch.quantization.QuantStub", "", inferSame)
BPU_QUANT(dequantStub, "dequant_stub", Quant, "torch.quantization.DeQuantStub", "", inferSame)
BPU_QUANT(fakeQuantize, "fake_quantize", Quant, "torch.quantization.FakeQuantize", "", inferSame)
BPU_QUANT(quantizeLinear, "quantize_linear", Quant, "torch.quantize_per_tensor", "QuantizeLinear", inferQuantize)
BPU_QUANT(dequantizeLinear, "dequantize_linear", Quant, "torch.dequantize", "DequantizeLinear", inferDequantize)
BPU_QUANT(dynamicQuantizeLinear, "dynamic_quantize_linear", Quant, "onnx.DynamicQuantizeLinear", "DynamicQuantizeLinear", inferDynamicQuantize)
BPU_QUANT(qlinearConv, "qlinear_conv", Quant, "onnx.QLinearConv", "QLinearConv", nullptr)
BPU_QUANT(qlinearMatmul, "qlinear_matmul", Quant, "onnx.QLinearMatMul", "QLinearMatMul", nullptr)
BPU_QUANT(qlinearAdd, "qlinear_add", Quant, "onnx.QLinearAdd", "QLinearAdd", nullptr)
BPU_QUANT(convInteger, "conv_integer", Quant, "onnx.ConvInteger", "ConvInteger", nullptr)
BPU_QUANT(matmulInteger, "matmul_integer", Quant, "onnx.MatMulInteger", "MatMulInteger", nullptr)
BPU_QUANT(ifOp, "if", Opaque, "onnx.If", "If", nullptr)
BPU_QUANT(loopOp, "loop", Opaque, "onnx.Loop", "Loop", nullptr)
BPU_QUANT(scanOp, "scan", Opaque, "onnx.Scan", "Scan", nullptr)

} // namespace bpu::ops

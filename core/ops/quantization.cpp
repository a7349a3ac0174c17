// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Stubs, fake-quantize and ONNX's own quantized operators. The latter keep ONNX's inputs and attributes; their
// shapes and costs are those of the plain operator between the scales.
// Source: ONNX QLinearConv 10, QLinearMatMul 21, ConvInteger 10, MatMulInteger 10, DynamicQuantizeLinear 11.
#include "core/ops/infer.h"
#include "core/ops/quantized_form.h"
#include "core/ops/spec_macro.h"

#include <fmt/format.h>

namespace bpu::ops {
namespace {

Result<Types> inferSame(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0));
}

/// The declared dtype stays: of a quantized graph's values it is the grid's, which no shape rule knows.
Result<Types> inferOnItsGrid(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Value* result = graph.outputOf(node);
    const ir::TensorType& x = inputType(graph, node, 0);
    return same(result && result->type.dtype() != ir::DType::Undefined ? x.withDType(result->type.dtype()) : x);
}

Result<Types> inferFloat(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0).withDType(ir::DType::Float32));
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

Result<Types> inferPlain(const ir::Graph& graph, const ir::Node& node)
{
    const QuantizedForm form = *quantizedForm(node);
    const ir::DType dtype = form.yZero ? inputType(graph, node, *form.yZero).dtype() : ir::DType::Int32;
    const ir::TensorType& x = inputType(graph, node, form.a);
    if (form.isConvolution && (!x.hasRank() || !inputType(graph, node, form.b).hasRank()))
        return same(ir::TensorType::unranked(dtype));
    if (form.isConvolution && (x.rank() < 3 || x.rank() > 5))
        return opError(node, "rank", fmt::format("{} needs rank 3 to 5, got {}; reshape the input", node.op, ir::shapeText(x)));
    const ir::Node plain = plainNode(graph, node, form);
    BPU_TRY(types, find(plain.op)->inferTypes(graph, plain));
    return same(types[0].withDType(dtype));
}

Cost costPlain(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Node plain = plainNode(graph, node, *quantizedForm(node));
    Cost cost = memoryCost(graph, node);
    cost.macs = find(plain.op)->cost(graph, plain).macs;
    return cost;
}

/// a, scale, zero point, b, scale, zero point, ...: broadcasts like add.
Result<Types> inferLinearAdd(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& a = inputType(graph, node, 0);
    const ir::TensorType& b = inputType(graph, node, 3);
    if (!a.hasRank() || !b.hasRank())
        return same(ir::TensorType::unranked(a.dtype()));
    const auto shape = broadcast(a.shape(), b.shape());
    if (!shape)
        return opError(node, "broadcast", fmt::format("{} and {} cannot be broadcast together; make the differing dimensions equal or 1",
                                                      ir::shapeText(a), ir::shapeText(b)));
    return same(a.withShape(*shape));
}

} // namespace

std::optional<QuantizedForm> quantizedForm(const ir::Node& node)
{
    constexpr QuantizedForm kLinear{.a = 0, .b = 3, .aScale = 1, .aZero = 2, .bScale = 4, .bZero = 5, .yScale = 6, .yZero = 7};
    QuantizedForm form = node.op.starts_with("qlinear") ? kLinear : QuantizedForm{.a = 0, .b = 1, .aZero = 2, .bZero = 3};
    form.isConvolution = node.op == "qlinear_conv" || node.op == "conv_integer";
    if (node.op == "qlinear_conv")
        form.bias = 8;
    const bool isProduct = node.op == "qlinear_matmul" || node.op == "matmul_integer";
    return form.isConvolution || isProduct ? std::optional(form) : std::nullopt;
}

ir::Node plainNode(const ir::Graph& graph, const ir::Node& node, const QuantizedForm& form)
{
    const ir::TensorType& weight = inputType(graph, node, form.b);
    ir::Node plain;
    plain.name = node.name;
    plain.op = !form.isConvolution ? "matmul" : weight.rank() == 3 ? "conv1d" : weight.rank() == 5 ? "conv3d" : "conv2d";
    plain.inputs = {node.input(form.a), node.input(form.b)};
    plain.outputs = node.outputs;
    for (const auto& [onnx, ours] : {std::pair("strides", "stride"), std::pair("pads", "padding"), std::pair("dilations", "dilation"),
                                     std::pair("group", "groups"), std::pair("auto_pad", "auto_pad")})
        if (const ir::Attribute* given = node.attributes.find(onnx); given && node.attributes.text(onnx) != "NOTSET")
            plain.attributes.set(ours, *given);
    return plain;
}

#define BPU_QUANT(function, opName, opFamily, torchName, onnxName, INFER, COST)                                                          \
    BPU_SPEC(function, .name = opName, .family = Family::opFamily, .torch = {torchName}, .onnx = {onnxName}, .inputs = {"input"},  \
             .minInputs = 0, .variadic = true, .inferTypes = INFER, .cost = COST)

BPU_QUANT(quantStub, "quant_stub", Quant, "torch.quantization.QuantStub", "", inferOnItsGrid, nullptr)
BPU_QUANT(dequantStub, "dequant_stub", Quant, "torch.quantization.DeQuantStub", "", inferFloat, nullptr)
BPU_QUANT(requantize, "requantize", Quant, "bpu.Requantize", "", inferOnItsGrid, nullptr)
BPU_QUANT(table, "table", Act, "bpu.Table", "", inferOnItsGrid, nullptr)
BPU_QUANT(fakeQuantize, "fake_quantize", Quant, "torch.quantization.FakeQuantize", "", inferSame, nullptr)
BPU_QUANT(quantizeLinear, "quantize_linear", Quant, "torch.quantize_per_tensor", "QuantizeLinear", inferQuantize, nullptr)
BPU_QUANT(dequantizeLinear, "dequantize_linear", Quant, "torch.dequantize", "DequantizeLinear", inferDequantize, nullptr)
BPU_QUANT(dynamicQuantizeLinear, "dynamic_quantize_linear", Quant, "onnx.DynamicQuantizeLinear", "DynamicQuantizeLinear", inferDynamicQuantize, nullptr)
BPU_QUANT(qlinearConv, "qlinear_conv", Quant, "onnx.QLinearConv", "QLinearConv", inferPlain, costPlain)
BPU_QUANT(qlinearMatmul, "qlinear_matmul", Quant, "onnx.QLinearMatMul", "QLinearMatMul", inferPlain, costPlain)
BPU_QUANT(qlinearAdd, "qlinear_add", Quant, "onnx.QLinearAdd", "QLinearAdd", inferLinearAdd, nullptr)
BPU_QUANT(convInteger, "conv_integer", Quant, "onnx.ConvInteger", "ConvInteger", inferPlain, costPlain)
BPU_QUANT(matmulInteger, "matmul_integer", Quant, "onnx.MatMulInteger", "MatMulInteger", inferPlain, costPlain)

} // namespace bpu::ops

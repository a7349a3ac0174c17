// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What ONNX Runtime's quantizer writes besides ONNX's own operators: the float operator between a dequantization and
// a quantization, which is how its kernels are defined.
#include "core/import/onnx/contrib/expansion.h"

namespace bpu::importer {
namespace {

/// Operands x, scale, zero point from `at` on.
ValueId dequantized(Expansion& e, size_t at)
{
    return e.add("DequantizeLinear", {e.input(at), e.input(at + 1), e.input(at + 2)});
}

ValueId quantized(Expansion& e, ValueId y, size_t scale)
{
    return e.result("QuantizeLinear", {y, e.input(scale), e.input(scale + 1)});
}

bool isChannelsLast(const Expansion& e)
{
    return e.node().attributes.integer("channels_last", 0) != 0;
}

} // namespace

/// a, scale, zero, b, scale, zero, y scale, y zero.
Results expandQuantizedBinary(Expansion& e)
{
    const ValueId a = dequantized(e, 0);
    const ValueId b = dequantized(e, 3);
    return {quantized(e, e.add(e.node().type == "QLinearAdd" ? "Add" : "Mul", {a, b}), 6)};
}

/// x, scale, zero, y scale, y zero.
Results expandQuantizedUnary(Expansion& e)
{
    const std::string& type = e.node().type;
    ir::Attributes attributes = e.node().attributes;
    attributes.remove("opset");
    const char* plain = type == "QLinearSigmoid" ? "Sigmoid" : type == "QLinearLeakyRelu" ? "LeakyRelu" : type == "QLinearSoftmax" ? "Softmax" : "ReduceMean";
    if (type == "QLinearSoftmax" && e.node().attributes.integer("opset", 13) < 13 && attributes.integer("axis", -1) != -1
        && attributes.integer("axis", -1) != e.type(e.input(0)).rank() - 1)
        e.refuse(); // flattens from the axis on
    return {quantized(e, e.add(plain, {dequantized(e, 0)}, std::move(attributes)), 3)};
}

Results expandQuantizedPool(Expansion& e)
{
    if (isChannelsLast(e))
        e.refuse();
    ir::Attributes attributes = e.node().attributes;
    attributes.remove("channels_last");
    const bool isGlobal = e.node().type == "QLinearGlobalAveragePool";
    return {quantized(e, e.add(isGlobal ? "GlobalAveragePool" : "AveragePool", {dequantized(e, 0)}, std::move(attributes)), 3)};
}

/// y scale, y zero, then x, scale, zero for each.
Results expandQuantizedConcat(Expansion& e)
{
    std::vector<ValueId> parts;
    for (size_t i = 2; i + 2 < e.node().inputs.size() + 1; i += 3)
        parts.push_back(dequantized(e, i));
    return {quantized(e, e.add("Concat", std::move(parts), {{"axis", e.node().attributes.integer("axis", 0)}}), 0)};
}

/// a, scale, zero, b, scale, zero, c (int32 at the product of the scales), y scale, y zero; float without the last two.
Results expandQuantizedGemm(Expansion& e)
{
    ir::Attributes attributes = e.node().attributes;
    ValueId c;
    if (e.has(6)) {
        const ValueId scale = e.add("Mul", {e.input(1), e.input(4)});
        c = e.add("Mul", {e.add("Cast", {e.input(6)}, {{"to", int64_t{1}}}), scale});
    }
    // The scale is per output: of the rows of b when it is transposed, else of its columns.
    const int64_t axis = attributes.integer("transB", 0) != 0 ? 0 : 1;
    const ValueId a = dequantized(e, 0);
    const ValueId b = e.add("DequantizeLinear", {e.input(3), e.input(4), e.input(5)}, {{"axis", axis}});
    if (!e.has(7))
        return {e.result("Gemm", {a, b, c}, std::move(attributes))};
    return {quantized(e, e.add("Gemm", {a, b, c}, std::move(attributes)), 7)};
}

/// a (float), b, b scale, b zero, bias: a is quantized by its own range.
Results expandDynamicMatMul(Expansion& e)
{
    const std::vector<ValueId> a = e.addSeveral("DynamicQuantizeLinear", {e.input(0)}, {}, 3);
    const ValueId sum = e.add("MatMulInteger", {a[0], e.input(1), a[2], e.input(3)});
    const ValueId scale = e.add("Mul", {a[1], e.input(2)});
    const ValueId real = e.add("Cast", {sum}, {{"to", int64_t{1}}});
    if (!e.has(4))
        return {e.result("Mul", {real, scale})};
    return {e.result("Add", {e.add("Mul", {real, scale}), e.input(4)})};
}

/// a, b, a scale, b scale, a zero, b zero, bias.
Results expandIntegerMatMul(Expansion& e)
{
    const ValueId sum = e.add("MatMulInteger", {e.input(0), e.input(1), e.input(4), e.input(5)});
    const ValueId scale = e.add("Mul", {e.input(2), e.input(3)});
    const ValueId real = e.add("Cast", {sum}, {{"to", int64_t{1}}});
    if (!e.has(6))
        return {e.result("Mul", {real, scale})};
    return {e.result("Add", {e.add("Mul", {real, scale}), e.input(6)})};
}

} // namespace bpu::importer

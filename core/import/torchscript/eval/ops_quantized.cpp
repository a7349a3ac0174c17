// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// PyTorch's own quantized operators. The tables do not know them, so they stay opaque under their own name, but
// with their parameters unpacked, their numbers as attributes and the shape that the plain operator gives.
// torch.quantize_per_tensor and torch.dequantize are operators of the graph.
#include "core/import/torchscript/eval/operators.h"
#include "core/import/torchscript/eval/packed.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

/// What the plain operator makes of these operands; unranked when it cannot take them.
ir::TensorType typeAs(OperatorCall& c, std::string_view op, const std::vector<ir::TensorType>& operands, const ir::Attributes& attributes)
{
    const ops::OpSpec* spec = ops::find(op);
    if (!spec || !spec->inferTypes)
        return {};
    ir::GraphEditor scratch;
    ir::NodeSpec node{.op = std::string(op), .attributes = attributes};
    for (const ir::TensorType& type : operands)
        node.inputs.push_back(scratch.addInput("x", type.withDType(ir::DType::Float32)));
    const NodeId id = scratch.addNode(std::move(node), {ir::TensorType()});
    const auto types = spec->inferTypes(scratch.graph(), scratch.graph().node(id));
    if (!types || types->empty())
        c.setUndecided();
    return types && !types->empty() ? types->front() : ir::TensorType();
}

std::shared_ptr<const TensorQuantizer> perTensor(double scale, int64_t zeroPoint)
{
    return std::make_shared<const TensorQuantizer>(TensorQuantizer{{scale}, {zeroPoint}, -1});
}

/// An opaque node of a known result.
Result<Value> emitKnown(OperatorCall& c, std::vector<ValueId> inputs, ir::Attributes attributes, const ir::TensorType& type, std::shared_ptr<const TensorQuantizer> quantizer)
{
    BPU_TRY(result, c.emit(std::string(c.name()), std::move(inputs), std::move(attributes)));
    if (type.hasRank() && !c.isUndecided())
        c.evaluator().builder().emitter().editor().setType(result.cell().value, type);
    result.cell().quantizer = std::move(quantizer);
    return result;
}

/// Scale and zero point of the result where the signature has them: such results are unsigned bytes.
struct Target {
    std::shared_ptr<const TensorQuantizer> quantizer;
    ir::DType dtype = ir::DType::Float32;
};

Target target(OperatorCall& c, ir::Attributes& attributes, bool isDynamic)
{
    if (isDynamic)
        return {};
    const double scale = c.number("scale");
    const int64_t zeroPoint = c.integer("zero_point");
    attributes.set("scale", scale);
    attributes.set("zero_point", zeroPoint);
    return {perTensor(scale, zeroPoint), ir::DType::UInt8};
}

void noteWeight(const Packed& packed, ir::Attributes& attributes)
{
    const auto& quantizer = packed.weight.cell().quantizer;
    if (!quantizer)
        return;
    attributes.set("weight_scale", quantizer->scales);
    if (std::ranges::any_of(quantizer->zeroPoints, [](int64_t zero) { return zero != 0; }))
        attributes.set("weight_zero_point", quantizer->zeroPoints);
}

Result<Value> layer(OperatorCall& c, bool isConvolution, bool isDynamic)
{
    const std::optional<Packed> packed = packedOf(c["packed"]);
    if (!packed || !c["input"].is(Kind::Tensor))
        return c.opaque();
    const ir::TensorType weight = c.evaluator().builder().typeOf(packed->weight.cell());
    ir::Attributes plain;
    std::string op = "linear";
    if (isConvolution) {
        const size_t n = packed->stride.size();
        if (n < 1 || weight.rank() != static_cast<int>(n) + 2 || packed->padding.size() != n || packed->dilation.size() != n)
            return c.opaque();
        op = fmt::format("conv{}{}d", packed->isTransposed ? "_transpose" : "", n);
        std::vector<int64_t> padding = packed->padding;
        padding.insert(padding.end(), packed->padding.begin(), packed->padding.end());
        plain = {{"kernel_size", std::vector<int64_t>(weight.shape().begin() + 2, weight.shape().end())}, {"stride", packed->stride},
                 {"padding", padding}, {"dilation", packed->dilation}, {"groups", packed->groups}};
        if (packed->isTransposed)
            plain.set("output_padding", packed->outputPadding);
        if (!c.type("input").hasRank()) {
            ir::Shape shape(n + 2, ir::kUnknownDim);
            shape[1] = packed->isTransposed ? weight.dim(0) : weight.dim(1) * packed->groups;
            c.evaluator().builder().refine(c["input"].cell(), {c.type("input").dtype(), shape});
        }
    }
    ir::Attributes attributes = plain;
    const Target result = target(c, attributes, isDynamic);
    noteWeight(*packed, attributes);
    const ir::TensorType type = typeAs(c, op, {c.type("input"), weight}, plain);
    return emitKnown(c, {c.use("input"), c.id(packed->weight), c.id(packed->bias)}, std::move(attributes), type.withDType(result.dtype), result.quantizer);
}

Result<Value> convolution(OperatorCall& c)
{
    return layer(c, true, false);
}

Result<Value> dynamicConvolution(OperatorCall& c)
{
    return layer(c, true, true);
}

Result<Value> linear(OperatorCall& c)
{
    return layer(c, false, false);
}

Result<Value> dynamicLinear(OperatorCall& c)
{
    return layer(c, false, true);
}

/// Of two tensors, as torch.add gives.
Result<Value> binary(OperatorCall& c)
{
    ir::Attributes attributes;
    const Target result = target(c, attributes, false);
    const ir::TensorType type = typeAs(c, "add", {c.type("qa"), c.type("qb")}, {});
    return emitKnown(c, {c.use("qa"), c.use("qb")}, std::move(attributes), type.withDType(result.dtype), result.quantizer);
}

/// Of one tensor, in its shape.
Result<Value> unary(OperatorCall& c)
{
    ir::Attributes attributes;
    const Target result = target(c, attributes, false);
    return emitKnown(c, {c.use("input")}, std::move(attributes), c.type("input").withDType(result.dtype), result.quantizer);
}

Result<Value> cat(OperatorCall& c)
{
    const Value& list = c["tensors"];
    const auto ids = c.useList("tensors");
    if (!ids || ids->empty() || c.isNone("scale") || c.isNone("zero_point"))
        return c.opaque();
    std::vector<ir::TensorType> operands;
    for (const Value& item : list.items())
        operands.push_back(item.is(Kind::Tensor) ? c.evaluator().builder().typeOf(item.cell()) : ir::TensorType());
    const int64_t dim = c.axis("dim", operands.front().rank());
    ir::Attributes attributes{{"dim", dim}};
    const Target result = target(c, attributes, false);
    const ir::TensorType type = typeAs(c, "cat", operands, {{"dim", dim}});
    return emitKnown(c, *ids, std::move(attributes), type.withDType(result.dtype), result.quantizer);
}

/// Scale and zero point as constants of the graph.
std::vector<ValueId> constants(OperatorCall& c, const TensorQuantizer& quantizer, ir::DType dtype)
{
    const auto scale = filled(ir::DType::Float32, {}, quantizer.scales.front());
    const auto zeroPoint = filled(dtype, {}, static_cast<double>(quantizer.zeroPoints.front()));
    if (!scale || !zeroPoint)
        return {};
    return {c.id(Value::tensor(*scale, "scale")), c.id(Value::tensor(*zeroPoint, "zero_point"))};
}

/// A number, or a tensor of one element: the module keeps it in a buffer.
std::optional<double> oneNumber(const Value& value)
{
    if (value.isNumber() && value.isKnown())
        return value.number();
    if (value.is(Kind::Tensor) && value.cell().constant && value.cell().constant->elementCount() == 1)
        return value.cell().constant->number(0);
    return std::nullopt;
}

Result<Value> quantizePerTensor(OperatorCall& c)
{
    const auto scale = oneNumber(c["scale"]);
    const auto zeroPoint = oneNumber(c["zero_point"]);
    const ir::DType dtype = dtypeOf(c["dtype"]);
    if (!scale || !zeroPoint || (dtype != ir::DType::Int8 && dtype != ir::DType::UInt8))
        return c.opaque();
    const auto quantizer = perTensor(*scale, static_cast<int64_t>(*zeroPoint));
    std::vector<ValueId> inputs{c.use("input")};
    for (const ValueId id : constants(c, *quantizer, dtype))
        inputs.push_back(id);
    BPU_TRY(result, c.emit("quantize_linear", std::move(inputs), {}));
    result.cell().quantizer = quantizer;
    return result;
}

Result<Value> dequantize(OperatorCall& c)
{
    const ir::TensorType type = c.type("input");
    const auto quantizer = c["input"].is(Kind::Tensor) ? c["input"].cell().quantizer : nullptr;
    if (!quantizer || quantizer->axis >= 0 || (type.dtype() != ir::DType::Int8 && type.dtype() != ir::DType::UInt8)) {
        BPU_TRY(result, c.opaque());
        if (type.hasRank() && result.is(Kind::Tensor))
            c.evaluator().builder().emitter().editor().setType(result.cell().value, type.withDType(ir::DType::Float32));
        return result;
    }
    std::vector<ValueId> inputs{c.use("input")};
    for (const ValueId id : constants(c, *quantizer, type.dtype()))
        inputs.push_back(id);
    return c.emit("dequantize_linear", std::move(inputs), {});
}

constexpr char kLayer[] = "Tensor input, any packed, float scale, int zero_point";
constexpr char kDynamic[] = "Tensor input, any packed, bool reduce_range=False";
constexpr char kBinary[] = "Tensor qa, Tensor qb, float scale, int zero_point";
constexpr char kUnary[] = "Tensor input, float scale, int zero_point";

} // namespace

std::span<const OperatorEntry> quantizedOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"quantized.conv1d", kLayer, convolution}, {"quantized.conv1d_relu", kLayer, convolution},
        {"quantized.conv2d", kLayer, convolution}, {"quantized.conv2d_relu", kLayer, convolution},
        {"quantized.conv3d", kLayer, convolution}, {"quantized.conv3d_relu", kLayer, convolution},
        {"quantized.conv_transpose1d", kLayer, convolution}, {"quantized.conv_transpose2d", kLayer, convolution},
        {"quantized.conv_transpose3d", kLayer, convolution},
        {"quantized.conv1d_dynamic", kDynamic, dynamicConvolution}, {"quantized.conv2d_dynamic", kDynamic, dynamicConvolution},
        {"quantized.conv3d_dynamic", kDynamic, dynamicConvolution},
        {"quantized.linear", kLayer, linear}, {"quantized.linear_relu", kLayer, linear},
        {"quantized.linear_dynamic", kDynamic, dynamicLinear}, {"quantized.linear_relu_dynamic", kDynamic, dynamicLinear},
        {"quantized.linear_dynamic_fp16", kDynamic, dynamicLinear}, {"quantized.linear_relu_dynamic_fp16", kDynamic, dynamicLinear},
        {"quantized.add", kBinary, binary}, {"quantized.add_relu", kBinary, binary},
        {"quantized.mul", kBinary, binary}, {"quantized.mul_relu", kBinary, binary},
        {"quantized.hardswish", kUnary, unary}, {"quantized.sigmoid", kUnary, unary},
        {"quantized.cat", "Tensor[] tensors, int dim, float? scale=None, int? zero_point=None", cat},
        {"quantize_per_tensor", "Tensor input, any scale, any zero_point, int dtype", quantizePerTensor},
        {"dequantize", "Tensor input", dequantize},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript

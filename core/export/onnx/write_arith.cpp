// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Functions of two tensors. ONNX wants operands of one dtype where ours may differ: the other is cast.
#include "core/export/onnx/writers.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bpu::exporter {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<Pair, 17> kBinary = {{
    {"add", "Add"}, {"sub", "Sub"}, {"mul", "Mul"}, {"div", "Div"}, {"maximum", "Max"}, {"minimum", "Min"}, {"fmod", "Mod"}, {"eq", "Equal"},
    {"lt", "Less"}, {"gt", "Greater"}, {"logical_and", "And"}, {"logical_or", "Or"}, {"logical_xor", "Xor"}, {"bitwise_and", "BitwiseAnd"},
    {"bitwise_or", "BitwiseOr"}, {"bitwise_xor", "BitwiseXor"}, {"bitwise_shift", "BitShift"},
}};

std::string_view onnxName(std::string_view op)
{
    return std::ranges::find(kBinary, op, &Pair::first)->second;
}

/// Floats win over integers, wider ones over narrower ones.
ir::DType common(ir::DType a, ir::DType b)
{
    if (a == ir::DType::Undefined || b == ir::DType::Undefined || a == b)
        return a == ir::DType::Undefined ? b : a;
    if (ir::isFloat(a) != ir::isFloat(b))
        return ir::isFloat(a) ? a : b;
    return ir::byteSize(a) >= ir::byteSize(b) ? a : b;
}

std::vector<std::string> operands(NodeWriter& writer, ir::DType dtype, size_t first = 0)
{
    return {writer.operand(first, dtype), writer.operand(first + 1, dtype)};
}

/// The dtype that both operands have to have: the result's, or for a comparison the operands' own.
ir::DType operandType(const NodeWriter& writer)
{
    const ir::DType own = common(writer.type(0).dtype(), writer.type(1).dtype());
    const ir::DType result = writer.resultType().dtype();
    return result == ir::DType::Bool || result == ir::DType::Undefined ? own : result;
}

} // namespace

void writeBinary(NodeWriter& writer)
{
    writer.finish(onnxName(writer.node().op), operands(writer, operandType(writer)));
}

/// The exponent may have a dtype of its own from opset 12 on.
void writePow(NodeWriter& writer)
{
    const bool mayDiffer = writer.opset() >= 12;
    writer.finish("Pow", {writer.operand(0, writer.resultType().dtype()), mayDiffer ? writer.input(1) : writer.operand(1, operandType(writer))});
}

void writeFmod(NodeWriter& writer)
{
    writer.finish("Mod", operands(writer, operandType(writer)), {{"fmod", int64_t{1}}});
}

/// Mod has the sign of the divisor for integers only: a - floor(a / b) * b.
void writeRemainder(NodeWriter& writer)
{
    const ir::DType dtype = operandType(writer);
    const std::vector<std::string> ab = operands(writer, dtype);
    if (!ir::isFloat(dtype)) {
        writer.finish("Mod", ab);
        return;
    }
    const std::string times = writer.emit("Floor", {writer.emit("Div", ab)});
    writer.finish("Sub", {ab[0], writer.emit("Mul", {times, ab[1]})});
}

/// Equal takes no two bools before opset 11 and all dtypes since; ne is its opposite, le and ge came with opset 12.
void writeComparison(NodeWriter& writer)
{
    const std::string& op = writer.node().op;
    const std::vector<std::string> ab = operands(writer, operandType(writer));
    if (op == "ne")
        writer.finish("Not", {writer.emit("Equal", ab)});
    else if (op != "le" && op != "ge")
        writer.finish(onnxName(op), ab);
    else if (writer.opset() >= 12)
        writer.finish(op == "le" ? "LessOrEqual" : "GreaterOrEqual", ab);
    else // not "not greater": that would let NaN through
        writer.finish("Or", {writer.emit(op == "le" ? "Less" : "Greater", ab), writer.emit("Equal", ab)});
}

void writeLogical(NodeWriter& writer)
{
    writer.finish(onnxName(writer.node().op), operands(writer, ir::DType::Bool));
}

/// Bits of bools are And, Or and Xor.
void writeBitwise(NodeWriter& writer)
{
    const std::string& op = writer.node().op;
    const ir::DType dtype = operandType(writer);
    const bool isBool = dtype == ir::DType::Bool || (dtype == ir::DType::Undefined && writer.resultType().dtype() == ir::DType::Bool);
    const char* ofBools = op == "bitwise_and" ? "And" : op == "bitwise_or" ? "Or" : "Xor";
    writer.finish(isBool ? std::string_view(ofBools) : onnxName(op), operands(writer, dtype));
}

void writeShift(NodeWriter& writer)
{
    writer.finish("BitShift", operands(writer, operandType(writer)), {{"direction", std::string(writer.attributes().text("direction", "LEFT"))}});
}

void writeWhere(NodeWriter& writer)
{
    const ir::DType own = common(writer.type(1).dtype(), writer.type(2).dtype());
    const ir::DType dtype = writer.resultType().dtype() == ir::DType::Undefined ? own : writer.resultType().dtype();
    const std::vector<std::string> ab = operands(writer, dtype, 1);
    writer.finish("Where", {writer.operand(0, ir::DType::Bool), ab[0], ab[1]});
}

void writeCast(NodeWriter& writer)
{
    const auto to = ir::dtypeFromName(writer.attributes().text("to"));
    if (!to || *to == ir::DType::Undefined)
        writer.refuse("the element type it casts to is unknown");
    else
        writer.finish("Cast", {writer.input(0)}, {{"to", int64_t{onnxType(*to)}}});
}

} // namespace bpu::exporter

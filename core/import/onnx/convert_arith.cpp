// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bpu::importer {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<Pair, 16> kBinary = {{
    {"Add", "add"}, {"Sub", "sub"}, {"Mul", "mul"}, {"Div", "div"}, {"Pow", "pow"}, {"Equal", "eq"}, {"Less", "lt"},
    {"LessOrEqual", "le"}, {"Greater", "gt"}, {"GreaterOrEqual", "ge"}, {"And", "logical_and"}, {"Or", "logical_or"},
    {"Xor", "logical_xor"}, {"BitwiseAnd", "bitwise_and"}, {"BitwiseOr", "bitwise_or"}, {"BitwiseXor", "bitwise_xor"},
}};

/// Before opset 7 b is stretched from `axis` on; numpy's rule aligns the last dimensions, so b gets 1s behind.
ValueId alignedOperand(NodeReader& reader)
{
    const ValueId b = reader.input(1);
    if (reader.opset() >= 7 || !reader.flag("broadcast", false) || !reader.hasAttribute("axis"))
        return b;
    const int rank = reader.rank(0);
    const int own = reader.rank(1);
    if (rank < 0 || own < 0) {
        reader.refuse("its old-style broadcast needs inputs of known rank; give the inputs shapes");
        return b;
    }
    const int64_t behind = rank - reader.axis(reader.integer("axis", 0), rank) - own;
    if (reader.refused() || behind <= 0)
        return b;
    std::vector<int64_t> dims;
    for (int64_t i = 0; i < behind; ++i)
        dims.push_back(own + i);
    return reader.emit("unsqueeze", {b}, {{"dims", dims}});
}

} // namespace

void convertBinary(NodeReader& reader)
{
    if (!reader.needs(2))
        return;
    const auto found = std::ranges::find(kBinary, std::string_view(reader.node().type), &Pair::first);
    const ValueId b = alignedOperand(reader);
    reader.finish(std::string(found->second), {reader.input(0), b});
}

/// Max, Min, Sum and Mean take any number of operands; ours take two.
void convertVariadic(NodeReader& reader)
{
    if (!reader.needs(1) || !reader.needs(reader.inputCount()))
        return;
    const std::string& type = reader.node().type;
    const std::string op = type == "Max" ? "maximum" : type == "Min" ? "minimum" : "add";
    const size_t count = reader.inputCount();
    const bool averages = type == "Mean" && count > 1;
    if (count == 1) {
        reader.finish("identity", reader.inputs());
        return;
    }
    ValueId value = reader.input(0);
    for (size_t i = 1; i < count - (averages ? 0 : 1); ++i)
        value = reader.emit(op, {value, reader.input(i)});
    if (averages)
        reader.finish("div", {value, reader.constant("count", ir::Tensor::floats({}, {static_cast<float>(count)}))});
    else
        reader.finish(op, {value, reader.input(count - 1)});
}

void convertMod(NodeReader& reader)
{
    if (reader.needs(2))
        reader.finish(reader.flag("fmod", false) ? "fmod" : "remainder", reader.inputs(0, 2));
}

void convertBitShift(NodeReader& reader)
{
    if (reader.needs(2))
        reader.finish("bitwise_shift", reader.inputs(0, 2), {{"direction", reader.text("direction", "LEFT")}});
}

void convertWhere(NodeReader& reader)
{
    if (reader.needs(3))
        reader.finish("where", reader.inputs(0, 3));
}

/// `to` is a number since opset 6 and a word before.
void convertCast(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    static constexpr std::array<Pair, 12> kWords = {{{"FLOAT", "f32"}, {"FLOAT16", "f16"}, {"DOUBLE", "f64"}, {"INT8", "i8"}, {"INT16", "i16"},
                                                     {"INT32", "i32"}, {"INT64", "i64"}, {"UINT8", "u8"}, {"UINT16", "u16"}, {"UINT32", "u32"},
                                                     {"UINT64", "u64"}, {"BOOL", "bool"}}};
    std::string to;
    if (reader.opset() < 6) {
        const auto word = std::ranges::find(kWords, std::string_view(reader.text("to", "")), &Pair::first);
        to = word == kWords.end() ? std::string() : std::string(word->second);
    } else {
        const ir::DType dtype = onnxDType(reader.integer("to", 0));
        to = dtype == ir::DType::Undefined ? std::string() : std::string(ir::name(dtype));
    }
    if (to.empty())
        reader.refuse("it casts to an element type that is not known");
    if (to == ir::name(reader.type(0).dtype()))
        reader.finish("identity", reader.inputs(0, 1)); // mixed-precision exporters leave these
    else
        reader.finish("cast", reader.inputs(0, 1), {{"to", to}});
}

void convertCastLike(NodeReader& reader)
{
    if (!reader.needs(2))
        return;
    const ir::DType dtype = reader.type(1).dtype();
    if (dtype == ir::DType::Undefined)
        reader.refuse("the element type it casts to is unknown");
    reader.finish("cast", reader.inputs(0, 1), {{"to", std::string(ir::name(dtype))}});
}

} // namespace bpu::importer

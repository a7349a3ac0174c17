// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What changes shapes and moves elements. Lists are an attribute of ours and an operand of ONNX's.
#include "core/export/onnx/writers.h"

#include <algorithm>

namespace bpu::exporter {
namespace {

/// A list as operand: input `slot` as int64, else the attribute. Empty when there is neither.
std::string listOperand(NodeWriter& writer, size_t slot, std::string_view attribute)
{
    if (writer.has(slot))
        return writer.operand(slot, ir::DType::Int64);
    return writer.attributes().has(attribute) ? writer.ints(attribute, writer.attributes().integers(attribute)) : std::string();
}

std::string shapeOf(NodeWriter& writer)
{
    return writer.emit("Shape", {writer.input(0)});
}

/// Sizes from `first` to `last` of the input's shape as a tensor.
std::string partOfShape(NodeWriter& writer, int64_t first, int64_t last)
{
    return writer.emit("Slice", {shapeOf(writer), writer.ints("first", {first}), writer.ints("last", {last})});
}

} // namespace

void writeReshape(NodeWriter& writer)
{
    writer.finish("Reshape", {writer.input(0), listOperand(writer, 1, "shape")});
}

/// ONNX's Flatten makes two dimensions, which is flatten(1).
void writeFlatten(NodeWriter& writer)
{
    const int rank = writer.rank(0);
    int64_t start = writer.attributes().integer("start_dim", 0), end = writer.attributes().integer("end_dim", -1);
    if (rank >= 0 && start < 0)
        start += rank;
    if (rank >= 0 && end < 0)
        end += rank;
    const bool toTheEnd = end == -1 || end == rank - 1;
    if (start == 1 && toTheEnd && (rank < 0 || rank > 1)) {
        writer.finish("Flatten", {writer.input(0)}, {{"axis", int64_t{1}}});
        return;
    }
    if (rank < 0 && !(start == 0 && toTheEnd)) {
        writer.refuse("the rank of its input is unknown", "give the input a shape with --input");
        return;
    }
    std::vector<int64_t> shape(static_cast<size_t>(std::max<int64_t>(start, 0)), 0);
    shape.push_back(-1);
    bool isKnown = true;
    for (int64_t i = end + 1; rank > 0 && i < rank; ++i) {
        shape.push_back(writer.type(0).dim(static_cast<int>(i)));
        isKnown = isKnown && shape.back() != ir::kUnknownDim;
    }
    if (isKnown)
        writer.finish("Reshape", {writer.input(0), writer.ints("shape", shape)});
    else
        writer.finish("Reshape", {writer.input(0), writer.emit("Concat", {writer.ints("front", {shape.begin(), shape.begin() + start + 1}), partOfShape(writer, end + 1, rank)}, {{"axis", int64_t{0}}})});
}

void writeSqueeze(NodeWriter& writer)
{
    const char* type = writer.node().op == "squeeze" ? "Squeeze" : "Unsqueeze";
    const std::vector<int64_t> dims = writer.attributes().integers("dims");
    if (writer.opset() >= 13)
        writer.finish(type, {writer.input(0), listOperand(writer, 1, "dims")});
    else if (writer.has(1))
        writer.refuse("its dimensions are computed by the network", "write it with --opset 13");
    else
        writer.finish(type, {writer.input(0)}, dims.empty() ? ir::Attributes() : ir::Attributes{{"axes", dims}});
}

void writePermute(NodeWriter& writer)
{
    writer.finish("Transpose", {writer.input(0)}, {{"perm", writer.attributes().integers("dims")}});
}

/// torch's -1 keeps a size, as ONNX's 1 does.
void writeExpand(NodeWriter& writer)
{
    std::vector<int64_t> shape = writer.attributes().integers("shape");
    std::ranges::replace(shape, -1, 1);
    writer.finish("Expand", {writer.input(0), writer.has(1) ? writer.operand(1, ir::DType::Int64) : writer.ints("shape", shape)});
}

/// torch puts dimensions of 1 before the input's where there are more repeats, and repeats of 1 where there are fewer.
void writeTile(NodeWriter& writer)
{
    std::vector<int64_t> repeats = writer.attributes().integers("repeats");
    const int rank = writer.rank(0);
    if (writer.has(1) || rank < 0 || repeats.size() == static_cast<size_t>(rank)) {
        writer.finish("Tile", {writer.input(0), listOperand(writer, 1, "repeats")});
        return;
    }
    std::string x = writer.input(0);
    if (const auto more = static_cast<int64_t>(repeats.size()) - rank; more > 0) {
        std::vector<int64_t> axes;
        for (int64_t i = 0; i < more; ++i)
            axes.push_back(i);
        x = writer.squeezed("Unsqueeze", x, axes);
    } else {
        repeats.insert(repeats.begin(), static_cast<size_t>(-more), 1);
    }
    writer.finish("Tile", {x, writer.ints("repeats", repeats)});
}

void writePad(NodeWriter& writer)
{
    const std::string_view mode = writer.attributes().text("mode", "constant");
    const char* name = mode == "replicate" ? "edge" : mode == "circular" ? "wrap" : mode == "reflect" ? "reflect" : "constant";
    if (mode == "circular") {
        writer.refuse("Pad wraps around only from opset 19 on");
        return;
    }
    std::vector<std::string> inputs{writer.input(0), listOperand(writer, 1, "padding")};
    if (mode == "constant")
        inputs.push_back(writer.scalar("value", writer.attributes().number("value", 0), writer.type(0).dtype()));
    writer.finish("Pad", inputs, {{"mode", std::string(name)}});
}

void writeSlice(NodeWriter& writer)
{
    writer.finish("Slice", {writer.input(0), listOperand(writer, 1, "starts"), listOperand(writer, 2, "ends"), listOperand(writer, 3, "dims"), listOperand(writer, 4, "steps")});
}

void writeCat(NodeWriter& writer)
{
    std::vector<std::string> inputs;
    for (size_t i = 0; i < writer.inputCount(); ++i)
        inputs.push_back(writer.operand(i, writer.resultType().dtype()));
    writer.finish("Concat", inputs, {{"axis", writer.dim()}});
}

void writeStack(NodeWriter& writer)
{
    const int rank = writer.rank(0);
    int64_t axis = writer.attributes().integer("dim", 0);
    if (axis < 0 && rank >= 0)
        axis += rank + 1;
    std::vector<std::string> inputs;
    for (size_t i = 0; i < writer.inputCount(); ++i)
        inputs.push_back(writer.squeezed("Unsqueeze", writer.operand(i, writer.resultType().dtype()), {axis}));
    writer.finish("Concat", inputs, {{"axis", axis}});
}

/// The sizes of the parts are an attribute up to opset 12, an operand from 13 on; without them the parts are equal.
void writeSplit(NodeWriter& writer)
{
    std::vector<int64_t> sizes = writer.attributes().integers("sizes");
    const ir::Attributes axis{{"axis", writer.dim()}};
    const bool isChunk = writer.node().op == "chunk";
    const ir::Dim whole = writer.type(0).dim(static_cast<int>(writer.dim()));
    const auto parts = static_cast<int64_t>(writer.resultCount());
    if (isChunk && whole != ir::kUnknownDim && whole % parts != 0)
        for (int64_t i = 0, part = (whole + parts - 1) / parts; i < parts; ++i)
            sizes.push_back(std::clamp<int64_t>(whole - i * part, 0, part));
    if (writer.has(1) && writer.opset() < 13) {
        writer.refuse("the sizes of its parts are computed by the network", "write it with --opset 13");
    } else if (writer.opset() >= 13) {
        writer.finish("Split", {writer.input(0), writer.has(1) ? writer.operand(1, ir::DType::Int64) : sizes.empty() ? std::string() : writer.ints("sizes", sizes)}, axis);
    } else {
        ir::Attributes attributes = axis;
        if (!sizes.empty())
            attributes.set("split", sizes);
        writer.finish("Split", {writer.input(0)}, attributes);
    }
}

/// Shape takes a part only from opset 15 on.
void writeShapeOf(NodeWriter& writer)
{
    const ir::Attributes& a = writer.attributes();
    const int64_t start = a.integer("start", 0), end = a.integer("end", INT64_MAX);
    if (start == 0 && !a.has("end")) {
        writer.finish("Shape", {writer.input(0)});
        return;
    }
    writer.finish("Slice", {shapeOf(writer), writer.ints("first", {start}), writer.ints("last", {end})});
}

void writeConstantOfShape(NodeWriter& writer)
{
    ir::Attributes attributes;
    if (const ir::Attribute* value = writer.attributes().find("value"))
        if (const auto* tensor = std::get_if<ir::Tensor>(value))
            attributes.set("value", tensor->reshaped({1}));
    writer.finish("ConstantOfShape", {writer.operand(0, ir::DType::Int64)}, attributes);
}

} // namespace bpu::exporter

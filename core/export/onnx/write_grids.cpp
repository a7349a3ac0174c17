// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Grids: the stubs and fake-quantize nodes of a qat graph, what only a quantized graph has, and ONNX's own pair.
#include "core/export/onnx/writers.h"

#include "core/quant/fake_quantize.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::exporter {
namespace {

/// A constant weight is stored as the integers that its grid makes of it, which is what runtimes look for.
void finishWeight(NodeWriter& writer, const ir::Tensor& weight, const ir::QuantParams& grid, const ir::Value& result)
{
    auto integers = quant::quantize(weight, grid);
    if (!integers) {
        writer.graphWriter().fail(integers.error());
        return;
    }
    const std::string name = writer.graphWriter().addInitializer(writer.inputValue(0)->name + "_quantized", *integers);
    writer.graphWriter().dequantize(name, grid, writer.graphWriter().storedName(result.id));
}

void finishFakeQuantize(NodeWriter& writer, const ir::Value& result)
{
    GraphWriter& graph = writer.graphWriter();
    if (graph.state().grids == GridForm::Scales) {
        const std::string name = writer.input(0);
        graph.alias(result, name);
        graph.state().scales.insert_or_assign(graph.storedName(result.id), *result.quant);
        return;
    }
    if (const ir::Tensor* weight = writer.constant(0); weight && weight->dtype() == ir::DType::Float32) {
        finishWeight(writer, *weight, *result.quant, result);
        return;
    }
    const std::string& name = graph.storedName(result.id);
    const std::string integers = graph.newName(name + "_quantized");
    graph.quantize(writer.input(0), *result.quant, integers);
    graph.dequantize(integers, *result.quant, name);
}

/// Functions that are the same wherever they stand; the others have numbers that a table does not keep.
bool isPlainFunction(std::string_view function)
{
    static constexpr std::array kPlain = {"sigmoid", "tanh", "silu", "mish", "hard_swish", "softsign", "log_sigmoid", "exp", "log", "sqrt", "rsqrt", "reciprocal",
                                          "neg", "sign", "floor", "ceil", "round", "erf", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh",
                                          "atanh", "square"};
    return std::ranges::find(kPlain, function) != kPlain.end();
}

/// The table itself: entry q + 128 for the integer q.
void finishLookup(NodeWriter& writer, const ir::Value& x, const ir::Tensor& table, const ir::QuantParams& grid)
{
    auto numbers = quant::dequantize(table, grid);
    if (!numbers) {
        writer.graphWriter().fail(numbers.error());
        return;
    }
    std::string place = writer.graphWriter().storedName(x.id);
    if (!writer.graphWriter().isStoredQuantized(x))
        place = writer.emit("Clip", {writer.emit("Round", {writer.emit("Div", {place, writer.scalar("scale", x.quant->scales.front(), ir::DType::Float32)})}),
                                     writer.scalar("low", -128, ir::DType::Float32), writer.scalar("high", 127, ir::DType::Float32)});
    const std::string index = writer.emit("Add", {writer.emit("Cast", {place}, {{"to", int64_t{onnxType(ir::DType::Int64)}}}), writer.scalar("first", 128, ir::DType::Int64)});
    writer.finish("Gather", {writer.tensor("entries", *numbers), index}, {{"axis", int64_t{0}}});
}

} // namespace

/// quant_stub, fake_quantize. In a quantized graph the stub is where numbers come to their grid.
void writeFakeQuantize(NodeWriter& writer)
{
    const ir::Value* result = writer.graph().outputOf(writer.node());
    if (!result)
        return;
    if (writer.graph().stage() == ir::Stage::Quantized)
        writer.give(0, writer.input(0));
    else if (!result->quant && writer.node().op == "quant_stub" && writer.graph().stage() != ir::Stage::Qat)
        writer.graphWriter().alias(*result, writer.input(0));
    else if (!result->quant)
        writer.refuse("its grid has no scale yet", "calibrate the model first (bpu calibrate), or save it as .bpuir");
    else
        finishFakeQuantize(writer, *result);
}

/// dequant_stub hands its input through, which operators see as a float number anyway; requantize rounds it to another grid.
void writeHandedThrough(NodeWriter& writer)
{
    writer.give(0, writer.input(0));
}

/// The float function where the table's is known by its name alone, else the table.
void writeTable(NodeWriter& writer)
{
    const std::string function(writer.attributes().text("function"));
    const ir::Value* result = writer.graph().outputOf(writer.node());
    const ir::Value* x = writer.inputValue(0);
    const ir::Tensor* table = writer.constant(1);
    ir::Node plain = writer.node();
    plain.op = function;
    plain.inputs.resize(1);
    plain.attributes.remove("function");
    plain.attributes.remove("error");
    if (isPlainFunction(function))
        writer.writeAs(std::move(plain));
    else if (result && result->quant && x && x->quant && table && table->elementCount() == 256)
        finishLookup(writer, *x, *table, *result->quant);
    else
        writer.refuse(fmt::format("its table of knots for {} has no float form", function));
}

void writeLinearGrid(NodeWriter& writer)
{
    const ir::Attributes attributes = writer.attributes().has("dim") ? ir::Attributes{{"axis", writer.attributes().integer("dim")}} : ir::Attributes();
    const ir::DType dtype = writer.node().op == "quantize_linear" ? writer.type(2).dtype() : writer.type(0).dtype();
    const bool isWide = dtype == ir::DType::Int16 || dtype == ir::DType::UInt16;
    const std::string type = writer.node().op == "quantize_linear" ? "QuantizeLinear" : "DequantizeLinear";
    writer.finish(isWide ? "com.microsoft." + type : type, writer.inputs(0, 3), attributes);
}

} // namespace bpu::exporter

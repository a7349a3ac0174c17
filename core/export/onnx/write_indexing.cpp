// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Elements by their place, and operators whose inputs and attributes are ONNX's own.
#include "core/export/onnx/writers.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bpu::exporter {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

/// The counterpart of the importer's convertAsIs.
constexpr std::array<Pair, 23> kSame = {{
    {"size", "Size"}, {"nonzero", "NonZero"}, {"unique", "Unique"}, {"non_max_suppression", "NonMaxSuppression"}, {"range", "Range"},
    {"multinomial", "Multinomial"}, {"bernoulli", "Bernoulli"}, {"eye_like", "EyeLike"}, {"reverse_sequence", "ReverseSequence"},
    {"compress", "Compress"}, {"det", "Det"}, {"dft", "DFT"}, {"stft", "STFT"}, {"mel_weight_matrix", "MelWeightMatrix"}, {"if", "If"}, {"loop", "Loop"},
    {"scan", "Scan"}, {"qlinear_conv", "QLinearConv"}, {"qlinear_matmul", "QLinearMatMul"}, {"conv_integer", "ConvInteger"},
    {"matmul_integer", "MatMulInteger"}, {"dynamic_quantize_linear", "DynamicQuantizeLinear"}, {"qlinear_add", "com.microsoft.QLinearAdd"},
}};

/// Inputs without the tensors that bodies take from around, which ONNX does not list.
std::vector<std::string> ownInputs(NodeWriter& writer)
{
    const ir::Attribute* listed = writer.attributes().find("captured");
    const auto* captured = listed ? std::get_if<std::vector<std::string>>(listed) : nullptr;
    const size_t count = captured ? std::min(captured->size(), writer.inputCount()) : 0;
    return writer.inputs(0, writer.inputCount() - count);
}

ir::Attributes ownAttributes(const NodeWriter& writer)
{
    ir::Attributes attributes = writer.attributes();
    attributes.remove("captured");
    attributes.remove("kind");
    return attributes;
}

std::string text(const NodeWriter& writer, std::string_view name, std::string_view fallback)
{
    return std::string(writer.attributes().text(name, fallback));
}

} // namespace

void writeSelect(NodeWriter& writer)
{
    writer.finish("Gather", {writer.input(0), writer.scalar("index", static_cast<double>(writer.attributes().integer("index")), ir::DType::Int64)}, {{"axis", writer.dim(0)}});
}

void writeGather(NodeWriter& writer)
{
    const bool isElements = writer.node().op == "gather";
    const ir::DType dtype = writer.type(1).dtype();
    const bool isIndex = dtype == ir::DType::Int32 || dtype == ir::DType::Int64;
    writer.finish(isElements ? "GatherElements" : "Gather", {writer.input(0), isIndex ? writer.input(1) : writer.operand(1, ir::DType::Int64)}, {{"axis", writer.dim(0)}});
}

void writeGatherNd(NodeWriter& writer)
{
    const int64_t batch = writer.attributes().integer("batch_dims", 0);
    writer.finish("GatherND", writer.inputs(0, 2), batch == 0 ? ir::Attributes() : ir::Attributes{{"batch_dims", batch}});
}

/// Reductions came with opset 16.
void writeScatter(NodeWriter& writer)
{
    ir::Attributes attributes;
    if (writer.node().op == "scatter")
        attributes.set("axis", writer.dim(0));
    if (const std::string reduction = text(writer, "reduction", "none"); reduction != "none")
        attributes.set("reduction", reduction);
    writer.finish(writer.node().op == "scatter" ? "ScatterElements" : "ScatterND", writer.inputs(0, 3), attributes);
}

void writeOneHot(NodeWriter& writer)
{
    writer.finish("OneHot", writer.inputs(0, 3), {{"axis", writer.attributes().integer("dim", -1)}});
}

/// Before opset 14 a choice by a mask, whose sizes have to be known.
void writeTrilu(NodeWriter& writer)
{
    const bool isUpper = writer.attributes().flag("upper", true);
    const int64_t diagonal = writer.attributes().integer("diagonal", 0);
    const ir::Dim rows = writer.type(0).dim(-2), columns = writer.type(0).dim(-1);
    if (writer.opset() >= 14) {
        const std::string k = writer.has(1) ? writer.input(1) : diagonal == 0 ? std::string() : writer.scalar("diagonal", static_cast<double>(diagonal), ir::DType::Int64);
        writer.finish("Trilu", {writer.input(0), k}, {{"upper", int64_t{isUpper}}});
        return;
    }
    if (writer.has(1) || rows < 1 || columns < 1) {
        writer.refuse("its size or diagonal is unknown", "write it with --opset 14");
        return;
    }
    std::vector<uint8_t> keeps(static_cast<size_t>(rows * columns));
    for (int64_t i = 0; i < rows * columns; ++i)
        keeps[static_cast<size_t>(i)] = (isUpper ? i % columns - i / columns >= diagonal : i % columns - i / columns <= diagonal) ? 1 : 0;
    writer.finish("Where", {writer.tensor("keeps", ir::Tensor::of(ir::DType::Bool, {rows, columns}, keeps)), writer.input(0), writer.scalar("zero", 0, writer.type(0).dtype())});
}

void writeSame(NodeWriter& writer)
{
    const auto found = std::ranges::find(kSame, std::string_view(writer.node().op), &Pair::first);
    writer.finish(found->second, ownInputs(writer), ownAttributes(writer));
}

/// Several ONNX operators share the name: the attribute `kind` tells which.
void writeKind(NodeWriter& writer)
{
    const std::string kind = text(writer, "kind", "");
    if (kind.empty())
        writer.refuse("which of ONNX's operators it is, is unknown");
    else
        writer.finish(kind, writer.inputs(), ownAttributes(writer));
}

/// As the file had it: its domain, operands and attributes.
void writeOpaque(NodeWriter& writer)
{
    constexpr std::string_view kOwn = "onnx.";
    const std::string& op = writer.node().op;
    if (writer.attributes().has("body"))
        writer.refuse("it is a function of the file it comes from", "export that model with the functions written out");
    else if (op.find('.') == std::string::npos)
        writer.refuse("ONNX has no operator for it");
    else
        writer.finish(op.starts_with(kOwn) ? op.substr(kOwn.size()) : op, ownInputs(writer), ownAttributes(writer));
}

/// Gate order and operands are ONNX's.
void writeRecurrent(NodeWriter& writer)
{
    constexpr size_t kProjection = 8;
    if (writer.has(kProjection)) {
        writer.refuse("ONNX has no projection of the state (proj_size)");
        return;
    }
    ir::Attributes attributes = writer.attributes();
    if (attributes.integer("layout", 0) == 0)
        attributes.remove("layout");
    writer.finish(writer.node().op == "lstm" ? "LSTM" : writer.node().op == "gru" ? "GRU" : "RNN", writer.inputs(0, kProjection), attributes);
}

} // namespace bpu::exporter

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace bpu::importer {

/// With one constant index it is what torch writes x[:, i]: the dimension goes away.
void convertGather(NodeReader& reader)
{
    if (!reader.needs(2))
        return;
    const int64_t dim = reader.axis(reader.integer("axis", 0), reader.rank(0));
    const ir::Tensor* index = reader.constant(1);
    if (index && index->shape().empty() && ir::isInteger(index->dtype()))
        reader.finish("select", reader.inputs(0, 1), {{"dim", dim}, {"index", index->integer(0)}});
    else
        reader.finish("index_select", reader.inputs(0, 2), {{"dim", dim}});
}

void convertGatherElements(NodeReader& reader)
{
    if (reader.needs(2))
        reader.finish("gather", reader.inputs(0, 2), {{"dim", reader.axis(reader.integer("axis", 0), reader.rank(0))}});
}

void convertGatherNd(NodeReader& reader)
{
    if (reader.needs(2))
        reader.finish("gather_nd", reader.inputs(0, 2), {{"batch_dims", reader.integer("batch_dims", 0)}});
}

void convertScatter(NodeReader& reader)
{
    if (reader.needs(3))
        reader.finish("scatter", reader.inputs(0, 3), {{"dim", reader.axis(reader.integer("axis", 0), reader.rank(0))},
                                                       {"reduction", reader.text("reduction", "none")}});
}

void convertScatterNd(NodeReader& reader)
{
    if (reader.needs(3))
        reader.finish("scatter_nd", reader.inputs(0, 3), {{"reduction", reader.text("reduction", "none")}});
}

void convertOneHot(NodeReader& reader)
{
    const int rank = reader.rank(0);
    if (reader.needs(3))
        reader.finish("one_hot", reader.inputs(0, 3), {{"dim", reader.axis(reader.integer("axis", -1), rank < 0 ? rank : rank + 1)}});
}

void convertTrilu(NodeReader& reader)
{
    if (reader.needs(1))
        reader.finish("trilu", reader.inputs(0, 2), {{"upper", reader.flag("upper", true)}});
}

void convertConstantOfShape(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    ir::Tensor value = ir::Tensor::floats({1}, {0});
    if (const ir::Attribute* given = reader.node().attributes.find("value")) {
        if (const auto* tensor = std::get_if<ir::Tensor>(given); tensor && tensor->elementCount() == 1)
            value = *tensor;
        else
            reader.refuse("its value is not one element");
    }
    reader.finish("constant_of_shape", reader.inputs(0, 1), {{"value", value}});
}

/// Operators whose inputs and attributes stay as ONNX has them.
void convertAsIs(NodeReader& reader)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 29> kNames = {{
        {"Size", "size"}, {"NonZero", "nonzero"}, {"Unique", "unique"}, {"NonMaxSuppression", "non_max_suppression"}, {"Range", "range"},
        {"RandomNormal", "random"}, {"RandomUniform", "random"}, {"RandomNormalLike", "random"}, {"RandomUniformLike", "random"},
        {"Multinomial", "multinomial"}, {"Bernoulli", "bernoulli"}, {"EyeLike", "eye_like"}, {"ReverseSequence", "reverse_sequence"},
        {"Compress", "compress"}, {"Det", "det"}, {"DFT", "dft"}, {"STFT", "stft"}, {"MelWeightMatrix", "mel_weight_matrix"},
        {"HannWindow", "windows"}, {"HammingWindow", "windows"}, {"BlackmanWindow", "windows"}, {"If", "if"}, {"Loop", "loop"},
        {"Scan", "scan"}, {"QLinearConv", "qlinear_conv"}, {"QLinearMatMul", "qlinear_matmul"}, {"ConvInteger", "conv_integer"},
        {"MatMulInteger", "matmul_integer"}, {"DynamicQuantizeLinear", "dynamic_quantize_linear"},
    }};
    const std::string& type = reader.node().type;
    for (const auto& [onnxName, op] : kNames)
        if (onnxName == type) {
            ir::Attributes attributes = reader.node().attributes;
            if (op == "random" || op == "windows") // several operators share the name
                attributes.set("kind", type);
            reader.finish(std::string(op), reader.inputs(), std::move(attributes));
        }
}

void convertQuantize(NodeReader& reader)
{
    if (!reader.needs(2))
        return;
    ir::Attributes attributes;
    if (reader.rank(1) == 1 && reader.type(1).dim(0) != 1)
        attributes.set("dim", reader.axis(reader.integer("axis", 1), reader.rank(0)));
    if (reader.integer("block_size", 0) != 0)
        reader.refuse("it has one scale per block");
    reader.finish(reader.node().type == "QuantizeLinear" ? "quantize_linear" : "dequantize_linear", reader.inputs(0, 3), std::move(attributes));
}

/// Gate order and operands stay as ONNX has them.
void convertRecurrent(NodeReader& reader)
{
    if (!reader.needs(3))
        return;
    const std::string& type = reader.node().type;
    int64_t hidden = reader.integer("hidden_size", 0);
    if (hidden == 0)
        hidden = reader.type(2).dim(2);
    if (hidden < 1)
        reader.refuse("its hidden_size is unknown");
    ir::Attributes attributes = reader.node().attributes;
    attributes.set("hidden_size", hidden);
    attributes.set("direction", reader.text("direction", "forward"));
    attributes.set("layout", reader.integer("layout", 0));
    if (type == "GRU")
        attributes.set("linear_before_reset", reader.integer("linear_before_reset", 0));
    attributes.remove("output_sequence"); // opset 1: whether y is written, which its use shows
    reader.finish(type == "LSTM" ? "lstm" : type == "GRU" ? "gru" : "rnn", reader.inputs(), std::move(attributes));
}

} // namespace bpu::importer

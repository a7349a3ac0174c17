// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/march_models.h"

#include "core/ir/rewriter.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <cctype>

namespace bpu::test {
namespace {

using Ints = std::vector<int64_t>;

/// Rows whose operator of the graph does not follow from their name.
constexpr std::pair<std::string_view, std::string_view> kOperators[] = {
    {"torch.clip", "clamp"},          {"torch.Tensor.clip", "clamp"},     {"torch.greater", "gt"},
    {"torch.Tensor.greater", "gt"},   {"torch.greater_equal", "ge"},      {"torch.Tensor.greater_equal", "ge"},
    {"torch.less", "lt"},             {"torch.Tensor.less", "lt"},        {"torch.less_equal", "le"},
    {"torch.Tensor.less_equal", "le"}, {"torch.Tensor.repeat", "tile"},   {"torch.Tensor.transpose", "permute"},
    {"torch.Tensor.__getitem__", "slice"}, {"torch.nn.functional.relu6(fused)", "relu6"}, {"torch.nn.ReLU", "relu"},
    {"torch.nn.ReLU6", "relu6"},      {"torch.nn.LeakyReLU", "leaky_relu"}, {"torch.nn.PReLU", "prelu"},
    {"torch.nn.SiLU", "silu"},        {"torch.nn.ELU", "elu"},            {"torch.nn.GELU", "gelu"},
    {"torch.nn.GLU", "glu"},          {"torch.nn.LSTMCell", "lstm_cell"}, {"torch.nn.SyncBatchNorm", "batch_norm2d"},
    {"torch.nn.Upsample", "interpolate"}, {"torch.nn.UpsamplingBilinear2d", "interpolate"},
    {"torch.nn.UpsamplingNearest2d", "interpolate"}, {"torch.nn.ZeroPad2d", "pad"}, {"torch.nn.ConstantPad2d", "pad"},
    {"torch.nn.ReplicationPad2d", "pad"}, {"torch.quantization.DeQuantStub", "dequant_stub"},
    {"torchvision.ops.RoIAlign", "roi_align"}, {"torchvision.ops.MultiScaleRoIAlign", "multi_scale_roi_align"},
};

/// "torch.nn.ConvTranspose2d" -> "conv_transpose2d".
std::string operatorOf(std::string_view row)
{
    for (const auto& [name, op] : kOperators) {
        if (name == row)
            return std::string(op);
    }
    std::string op;
    for (const char c : ir::lastPart(row)) {
        const bool upper = std::isupper(static_cast<unsigned char>(c));
        if (upper && !op.empty())
            op += '_';
        op += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return op;
}

using Builder = void (*)(RowModel&);

const ModelInput kData{{2, 4, 8, 8}};

void two(RowModel& m)
{
    m.inputs.push_back(kData);
    m.dataInputs = 2;
}

void convolution(RowModel& m)
{
    m.inputs = {{{2, 4, 16, 16}}, {{4, 4, 3, 3}}, {{4}}};
    m.attributes = {{"kernel_size", Ints{3, 3}}, {"stride", Ints{1, 1}}, {"padding", Ints{1, 1, 1, 1}}, {"dilation", Ints{1, 1}}, {"groups", int64_t(1)}};
}

void convolution3d(RowModel& m)
{
    m.inputs = {{{2, 4, 8, 8, 8}}, {{4, 4, 3, 3, 3}}, {{4}}};
    m.attributes = {{"kernel_size", Ints{3, 3, 3}}, {"stride", Ints{1, 1, 1}}, {"padding", Ints{1, 1, 1, 1, 1, 1}}, {"dilation", Ints{1, 1, 1}}, {"groups", int64_t(1)}};
}

void transposed(RowModel& m)
{
    convolution(m);
    m.shape(1) = {4, 4, 4, 4};
    m.attributes.set("kernel_size", Ints{4, 4});
    m.attributes.set("stride", Ints{2, 2});
    m.attributes.set("output_padding", Ints{0, 0});
}

void pool(RowModel& m)
{
    m.shape() = {2, 4, 16, 16};
    m.attributes = {{"kernel_size", Ints{2, 2}}, {"stride", Ints{2, 2}}, {"padding", Ints{0, 0, 0, 0}}};
    if (m.op == "max_pool2d")
        m.attributes.set("dilation", Ints{1, 1});
}

void batchNorm(RowModel& m)
{
    m.inputs.resize(5, {{4}, ir::DType::Float32, true});
    m.attributes = {{"epsilon", 1e-5}};
    if (m.op == "batch_norm3d")
        m.shape() = {2, 4, 8, 8, 8};
}

void onChannels(RowModel& m)
{
    m.attributes = {{"dim", int64_t(1)}};
}

void reduce(RowModel& m)
{
    m.attributes = {{"dim", Ints{1}}, {"keepdim", true}};
}

void largest(RowModel& m)
{
    m.attributes = {{"dim", int64_t(1)}, {"keepdim", true}};
    m.results = m.op.starts_with("arg") ? 1 : 2;
}

constexpr std::pair<std::string_view, Builder> kBuilders[] = {
    {"conv2d", convolution}, {"conv3d", convolution3d}, {"conv_transpose2d", transposed},
    {"avg_pool2d", pool}, {"max_pool2d", pool}, {"batch_norm2d", batchNorm}, {"batch_norm3d", batchNorm},
    {"add", two}, {"sub", two}, {"mul", two}, {"div", two}, {"maximum", two}, {"minimum", two}, {"matmul", two},
    {"eq", two}, {"ge", two}, {"gt", two}, {"le", two}, {"lt", two},
    {"pow", [](RowModel& m) { m.inputs.push_back({{}, ir::DType::Float32, true}); }},
    {"mean", reduce}, {"sum", reduce}, {"max", largest}, {"min", largest}, {"argmax", largest}, {"argmin", largest},
    {"softmax", onChannels}, {"glu", onChannels},
    {"cat", [](RowModel& m) { two(m), onChannels(m); }},
    {"clamp", [](RowModel& m) { m.attributes = {{"min", 0.5}, {"max", 3.0}}; }},
    {"gather", [](RowModel& m) { onChannels(m), m.inputs.push_back({kData.shape, ir::DType::Int64}); }},
    {"topk", [](RowModel& m) {
         m.attributes = {{"k", int64_t(2)}, {"dim", int64_t(1)}, {"largest", true}, {"sorted", true}};
         m.results = 2;
     }},
    {"split", [](RowModel& m) {
         m.attributes = {{"dim", int64_t(1)}, {"sizes", Ints{2, 2}}};
         m.results = 2;
     }},
    {"grid_sample", [](RowModel& m) {
         m.inputs.push_back({{2, 8, 8, 2}});
         m.attributes = {{"mode", std::string("bilinear")}, {"padding_mode", std::string("zeros")}, {"align_corners", false}};
     }},
    {"interpolate", [](RowModel& m) { m.attributes = {{"mode", std::string("nearest")}, {"size", Ints{16, 16}}}; }},
    {"pad", [](RowModel& m) { m.attributes = {{"padding", Ints{0, 0, 1, 1, 0, 0, 1, 1}}, {"mode", std::string("constant")}, {"value", 0.0}}; }},
    {"adaptive_avg_pool2d", [](RowModel& m) { m.attributes = {{"output_size", Ints{2, 2}}}; }},
    {"layer_norm", [](RowModel& m) { m.attributes = {{"normalized_shape", Ints{8, 8}}, {"epsilon", 1e-5}}; }},
    {"linear", [](RowModel& m) { m.inputs = {{{2, 4, 8, 16}}, {{8, 16}}, {{8}}}; }},
    {"lstm_cell", [](RowModel& m) {
         m.inputs = {{{2, 8}}, {{2, 8}}, {{2, 8}}, {{32, 8}}, {{32, 8}}};
         m.results = 2;
     }},
    {"multihead_attention", [](RowModel& m) {
         m.inputs = {{{5, 2, 8}}, {{5, 2, 8}}, {{5, 2, 8}}, {{24, 8}}, {{24}}, {{8, 8}}, {{8}}};
         m.attributes = {{"num_heads", int64_t(2)}};
     }},
    {"pixel_shuffle", [](RowModel& m) { m.attributes = {{"factor", int64_t(2)}}; }},
    {"pixel_unshuffle", [](RowModel& m) { m.attributes = {{"factor", int64_t(2)}}; }},
    {"channel_shuffle", [](RowModel& m) { m.attributes = {{"groups", int64_t(2)}}; }},
    {"permute", [](RowModel& m) { m.attributes = {{"dims", Ints{0, 1, 3, 2}}}; }},
    {"slice", [](RowModel& m) { m.attributes = {{"starts", Ints{0}}, {"ends", Ints{2}}, {"dims", Ints{1}}, {"steps", Ints{1}}}; }},
    {"expand", [](RowModel& m) {
         m.shape() = {2, 1, 8, 8};
         m.attributes = {{"shape", Ints{2, 4, 8, 8}}};
     }},
    {"tile", [](RowModel& m) { m.attributes = {{"repeats", Ints{1, 2, 1, 1}}}; }},
    {"reshape", [](RowModel& m) { m.attributes = {{"shape", Ints{2, 8, 4, 8}}}; }},
    {"prelu", [](RowModel& m) { m.inputs.push_back({{4, 1, 1}}); }},
    {"roi_align", [](RowModel& m) {
         m.inputs.push_back({{1, 10, 4}});
         m.attributes = {{"output_size", Ints{7, 7}}, {"spatial_scale", 1.0}, {"sampling_ratio", int64_t(2)}};
     }},
    {"multi_scale_roi_align", [](RowModel& m) { m.inputs.push_back({{1, 10, 4}}); }},
};

} // namespace

std::optional<RowModel> modelOfRow(std::string_view row)
{
    RowModel model{operatorOf(row), std::string(row), {kData}, {}};
    const ops::OpSpec* spec = ops::find(model.op);
    if (!spec)
        return std::nullopt;
    if (row == "torch.nn.functional.relu6(fused)") {
        model.origin = "torch.nn.functional.relu6";
        model.afterConvolution = true;
    }
    for (const auto& [op, builder] : kBuilders) {
        if (op == model.op) {
            builder(model);
            return model;
        }
    }
    if (spec->minInputs > 1)
        return std::nullopt;
    return model;
}

BuiltModel build(const RowModel& model)
{
    ir::GraphEditor editor("model");
    std::vector<ValueId> inputs;
    for (const ModelInput& input : model.inputs) {
        const ir::TensorType type(input.dtype, input.shape);
        ValueId value;
        if (input.constant)
            value = editor.addConstant("constant", ir::Tensor::floats(input.shape, std::vector<float>(static_cast<size_t>(type.elementCount()), 1.0F)));
        else if (!input.absent)
            value = editor.addInput("input", type);
        if (input.quant && value.isValid())
            editor.setQuant(value, ir::QuantParams{*input.quant, {0.1}, -1});
        inputs.push_back(value);
    }
    if (model.afterConvolution) {
        const ir::TensorType type = editor.graph().value(inputs[0]).type;
        const ir::Dim channels = type.dim(1);
        const ValueId weight = editor.addConstant("weight", ir::Tensor::floats({channels, 1, 1, 1}, std::vector<float>(static_cast<size_t>(channels), 1.0F)));
        const NodeId conv = editor.addNode({.op = "conv2d", .inputs = {inputs[0], weight}, .attributes = {{"kernel_size", Ints{1, 1}}, {"groups", channels}}}, {type});
        inputs[0] = editor.graph().node(conv).output();
    }
    ir::NodeSpec spec{.op = model.op, .name = "node", .inputs = inputs, .attributes = model.attributes};
    spec.origins = {{model.origin, {}, {}, 0}};
    const ir::TensorType undecided = model.resultType ? ir::TensorType::unranked(*model.resultType) : ir::TensorType();
    const NodeId node = editor.addNode(spec, std::vector<ir::TensorType>(model.results, undecided));
    const std::vector<ValueId> results = editor.graph().node(node).outputs;
    for (size_t i = 0; i < results.size(); ++i) {
        if ((model.readInside >> i & 1U) == 0) {
            editor.addOutput(results[i]);
            continue;
        }
        const NodeId reader = editor.addNode({.op = "sigmoid", .inputs = {results[i]}}, {ir::TensorType()});
        editor.addOutput(editor.graph().node(reader).output());
    }
    const ir::Graph drawn = editor.graph();
    if (Result<ir::Graph> typed = ops::inferTypes(drawn))
        return {std::move(*typed), node, true};
    for (const ValueId result : results)
        editor.setType(result, editor.graph().value(inputs[0]).type);
    return {editor.graph(), node, false};
}

} // namespace bpu::test

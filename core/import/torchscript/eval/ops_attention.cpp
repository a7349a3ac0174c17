// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Attention that PyTorch runs as one function, taken apart into what a board computes: products, a softmax, linear layers.
// A trace made under torch.no_grad() has them in place of torch.nn.MultiheadAttention and torch.nn.TransformerEncoderLayer.
#include "core/import/torchscript/eval/operators.h"

#include <cmath>

namespace bpu::importer::torchscript {
namespace {

using List = std::vector<int64_t>;

ValueId constant(OperatorCall& c, ir::Tensor tensor, const char* valueName)
{
    return c.id(Value::tensor(std::move(tensor), valueName));
}

/// softmax(q k^T * scale) v of [N, heads, L, E]: Vaswani et al. 2017 (arXiv:1706.03762), equation 1.
Result<Value> attend(OperatorCall& c, ValueId q, ValueId k, ValueId v, double scale)
{
    BPU_TRY(scaled, c.emit("mul", {q, constant(c, *filled(ir::DType::Float32, {}, scale), "scale")}));
    BPU_TRY(turned, c.emit("permute", {k}, {{"dims", List{0, 1, 3, 2}}}));
    BPU_TRY(scores, c.emit("matmul", {c.id(scaled), c.id(turned)}));
    BPU_TRY(weights, c.emit("softmax", {c.id(scores)}, {{"dim", int64_t{3}}}));
    return c.emit("matmul", {c.id(weights), v});
}

/// Self-attention of x [N, L, E] with all three projections in one weight [3E, E]: [N, L, E].
Result<Value> selfAttention(OperatorCall& c, const Value& x, int64_t heads)
{
    const ir::TensorType type = c.evaluator().builder().typeOf(x.cell());
    const int64_t width = type.dim(-1);
    const int64_t length = type.dim(1);
    const int64_t batch = type.dim(0);
    BPU_TRY(projected, c.emit("linear", {c.id(x), c.use("qkv_weight"), c.use("qkv_bias")}));
    BPU_TRY(split, c.emit("reshape", {c.id(projected)}, {{"shape", List{batch, length, 3, heads, width / heads}}}));
    BPU_TRY(ordered, c.emit("permute", {c.id(split)}, {{"dims", List{2, 0, 3, 1, 4}}}));
    ValueId parts[3];
    for (int64_t i = 0; i < 3; ++i) {
        BPU_TRY(part, c.emit("select", {c.id(ordered)}, {{"dim", int64_t{0}}, {"index", i}}));
        parts[i] = c.id(part);
    }
    BPU_TRY(y, attend(c, parts[0], parts[1], parts[2], 1 / std::sqrt(static_cast<double>(width / heads))));
    BPU_TRY(turned, c.emit("permute", {c.id(y)}, {{"dims", List{0, 2, 1, 3}}}));
    BPU_TRY(joined, c.emit("reshape", {c.id(turned)}, {{"shape", List{batch, length, width}}}));
    return c.emit("linear", {c.id(joined), c.use("proj_weight"), c.use("proj_bias")});
}

/// Whether the sizes are known and there is no mask, whose meaning the archive's number tells only for some.
bool isPlain(OperatorCall& c, std::string_view input, int64_t heads)
{
    const ir::TensorType type = c.type(input);
    return !c.isUndecided() && type.rank() == 3 && type.isStatic() && heads > 0 && type.dim(2) % heads == 0 && c.isNone("mask");
}

Result<Value> encoderLayer(OperatorCall& c)
{
    const int64_t heads = c.integer("num_heads");
    c.setKnown(c.type("src"));
    const bool normsFirst = c.flag("norm_first");
    const double epsilon = c.number("eps");
    const bool usesGelu = c.flag("use_gelu");
    if (!isPlain(c, "src", heads))
        return c.opaque();
    const List shape{c.type("src").dim(2)};
    const auto normalized = [&](const Value& x, const char* weight, const char* bias) {
        return c.emit("layer_norm", {c.id(x), c.use(weight), c.use(bias)}, {{"normalized_shape", shape}, {"epsilon", epsilon}});
    };
    Value x = c["src"];
    Value inner = x;
    if (normsFirst) {
        BPU_TRY(first, normalized(x, "norm_weight_1", "norm_bias_1"));
        inner = std::move(first);
    }
    BPU_TRY(attention, selfAttention(c, inner, heads));
    BPU_TRY(sum, c.emit("add", {c.id(x), c.id(attention)}));
    x = std::move(sum);
    BPU_TRY(middle, normalized(x, normsFirst ? "norm_weight_2" : "norm_weight_1", normsFirst ? "norm_bias_2" : "norm_bias_1"));
    if (!normsFirst)
        x = middle;
    BPU_TRY(wide, c.emit("linear", {c.id(middle), c.use("ffn_weight_1"), c.use("ffn_bias_1")}));
    BPU_TRY(bent, c.emit(usesGelu ? "gelu" : "relu", {c.id(wide)}, usesGelu ? ir::Attributes{{"approximate", std::string("none")}} : ir::Attributes{}));
    BPU_TRY(narrow, c.emit("linear", {c.id(bent), c.use("ffn_weight_2"), c.use("ffn_bias_2")}));
    BPU_TRY(result, c.emit("add", {c.id(x), c.id(narrow)}));
    return normsFirst ? Result<Value>(result) : normalized(result, "norm_weight_2", "norm_bias_2");
}

/// The result and the weights of the attention, which only need_weights asks for.
Result<Value> nativeMultiHead(OperatorCall& c)
{
    const int64_t heads = c.integer("num_head");
    c.setKnown(c.type("query"));
    const bool isSelf = c["query"].isSame(c["key"]) && c["key"].isSame(c["value"]);
    if (!isSelf || c.flag("need_weights") || !isPlain(c, "query", heads))
        return c.opaque(2);
    BPU_TRY(result, selfAttention(c, c["query"], heads));
    return Value::tuple({std::move(result), Value::none()});
}

} // namespace

std::span<const OperatorEntry> attentionOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"_transformer_encoder_layer_fwd",
         "Tensor src, int embed_dim, int num_heads, Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, bool use_gelu, bool norm_first, float eps, "
         "Tensor norm_weight_1, Tensor norm_bias_1, Tensor norm_weight_2, Tensor norm_bias_2, Tensor ffn_weight_1, Tensor ffn_bias_1, Tensor ffn_weight_2, Tensor ffn_bias_2, "
         "Tensor? mask=None, int? mask_type=None", encoderLayer},
        {"_native_multi_head_attention",
         "Tensor query, Tensor key, Tensor value, int embed_dim, int num_head, Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, Tensor? mask=None, "
         "bool need_weights=True, bool average_attn_weights=True, int? mask_type=None", nativeMultiHead},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript

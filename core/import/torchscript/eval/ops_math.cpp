// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Activations, element by element arithmetic, reductions.
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

/// The operator of the graph with another name than PyTorch's.
std::string graphName(std::string_view aten)
{
    static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
        {"hardswish", "hard_swish"}, {"hardsigmoid", "hard_sigmoid"}, {"logsigmoid", "log_sigmoid"}, {"__and__", "bitwise_and"}, {"__or__", "bitwise_or"},
        {"__xor__", "bitwise_xor"}, {"logsumexp", "log_sum_exp"}, {"multiply", "mul"}, {"subtract", "sub"},
        {"greater", "gt"}, {"greater_equal", "ge"}, {"less", "lt"}, {"less_equal", "le"}, {"not_equal", "ne"}, {"negative", "neg"}, {"absolute", "abs"},
        {"max", "maximum"}, {"min", "minimum"}, {"alpha_dropout", "dropout"}, {"feature_dropout", "dropout2d"}, {"feature_alpha_dropout", "dropout2d"}, {"clip", "clamp"}, {"special_erf", "erf"}};
    aten = outOfPlace(aten);
    const auto* const found = std::ranges::find(kNames, aten, &std::pair<std::string_view, std::string_view>::first);
    return std::string(found == std::end(kNames) ? aten : found->second);
}

Result<Value> unary(OperatorCall& c)
{
    return c.emit(graphName(c.name()), {c.use("input")});
}

Result<Value> hardSigmoid(OperatorCall& c)
{
    return c.emit("hard_sigmoid", {c.use("input")}, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
}

Result<Value> gelu(OperatorCall& c)
{
    return c.emit("gelu", {c.use("input")}, {{"approximate", c.text("approximate")}});
}

Result<Value> leakyRelu(OperatorCall& c)
{
    return c.emit("leaky_relu", {c.use("input")}, {{"negative_slope", c.number("negative_slope")}});
}

Result<Value> elu(OperatorCall& c)
{
    if (c.number("scale") != 1 || c.number("input_scale") != 1)
        return c.opaque();
    return c.emit("elu", {c.use("input")}, {{"alpha", c.number("alpha")}});
}

Result<Value> withAlpha(OperatorCall& c)
{
    return c.emit(graphName(c.name()), {c.use("input")}, {{"alpha", c.number("alpha")}});
}

Result<Value> softplus(OperatorCall& c)
{
    return c.emit("softplus", {c.use("input")}, {{"beta", c.number("beta")}, {"threshold", c.number("threshold")}});
}

Result<Value> prelu(OperatorCall& c)
{
    return c.emit("prelu", {c.use("input"), c.use("weight")});
}

/// hardtanh and clamp are one; 0 to 6 is ReLU6.
Result<Value> clamp(OperatorCall& c)
{
    const bool isRelu6 = outOfPlace(c.name()) == "hardtanh" && c.number("min") == 0 && c.number("max") == 6;
    if (isRelu6)
        return c.emit("relu6", {c.use("input")});
    ir::Attributes attributes;
    for (const char* bound : {"min", "max"})
        if (!c.isNone(bound))
            attributes.set(bound, c.number(bound));
    return c.emit("clamp", {c.use("input")}, std::move(attributes));
}

/// clamp_min and clamp_max
Result<Value> clampOneSide(OperatorCall& c)
{
    const std::string bound(outOfPlace(c.name()).substr(6));
    return c.emit("clamp", {c.use("input")}, {{bound, c.number(bound)}});
}

/// Bounds that are tensors.
Result<Value> clampBy(OperatorCall& c)
{
    return c.emit("clamp", {c.use("input"), c.use("min"), c.use("max")});
}

Result<Value> softmax(OperatorCall& c)
{
    return c.emit(outOfPlace(c.name()).ends_with("log_softmax") ? "log_softmax" : "softmax", {c.use("input")}, {{"dim", c.axis("dim", c.rank("input"))}});
}

Result<Value> glu(OperatorCall& c)
{
    return c.emit("glu", {c.use("input")}, {{"dim", c.axis("dim", c.rank("input"))}});
}

/// A number takes the dtype of the tensor beside it.
Result<Value> binary(OperatorCall& c)
{
    return c.emit(graphName(c.name()), {c.use("input", "other"), c.use("other", "input")});
}

/// input + alpha * other.
Result<Value> scaled(OperatorCall& c)
{
    const std::string op = graphName(c.name());
    if (c.number("alpha") == 1)
        return binary(c);
    const auto factor = filled(c.type("other").dtype() == ir::DType::Int64 ? ir::DType::Int64 : ir::DType::Float32, {}, c.number("alpha"));
    BPU_TRY(product, c.emit("mul", {c.use("other", "input"), c.id(Value::tensor(*factor, "alpha"))}));
    return c.emit(op, {c.use("input", "other"), c.id(product)});
}

Result<Value> reversed(OperatorCall& c)
{
    if (c.number("alpha") != 1)
        return c.opaque();
    return c.emit("sub", {c.use("other", "input"), c.use("input", "other")});
}

Result<Value> where(OperatorCall& c)
{
    return c.emit("where", {c.use("condition"), c.use("input", "other"), c.use("other", "input")});
}

Result<Value> maskedFill(OperatorCall& c)
{
    return c.emit("where", {c.use("mask"), c.use("value", "input"), c.use("input")});
}

Result<Value> matmul(OperatorCall& c)
{
    return c.emit(c.name() == "bmm" ? "bmm" : "matmul", {c.use("input"), c.use("other")});
}

Result<Value> baddbmm(OperatorCall& c)
{
    if (c.number("alpha") != 1 || c.number("beta") != 1)
        return c.opaque();
    BPU_TRY(product, c.emit("bmm", {c.use("batch1"), c.use("batch2")}));
    return c.emit("add", {c.use("input"), c.id(product)});
}

Result<Value> einsum(OperatorCall& c)
{
    const auto operands = c.useList("operands");
    return operands ? c.emit("einsum", *operands, {{"equation", c.text("equation")}}) : c.opaque();
}

Result<Value> reduce(OperatorCall& c)
{
    ir::Attributes attributes{{"keepdim", c.flag("keepdim")}};
    if (!c.isNone("dim"))
        attributes.set("dim", c.axes("dim", c.rank("input")));
    return c.emit(graphName(c.name()), {c.use("input")}, std::move(attributes));
}

Result<Value> reduceAll(OperatorCall& c)
{
    return c.emit(c.name() == "max" ? "amax" : c.name() == "min" ? "amin" : graphName(c.name()), {c.use("input")}, {{"keepdim", false}});
}

Result<Value> norm(OperatorCall& c)
{
    const double p = c.isNone("p") ? 2 : c.number("p");
    if (p != 1 && p != 2)
        return c.opaque();
    ir::Attributes attributes{{"keepdim", c.flag("keepdim")}};
    if (!c.isNone("dim") && !c.integers("dim").empty())
        attributes.set("dim", c.axes("dim", c.rank("input")));
    return c.emit(p == 1 ? "reduce_l1" : "reduce_l2", {c.use("input")}, std::move(attributes));
}

Result<Value> withIndices(OperatorCall& c)
{
    BPU_TRY(results, c.emitSeveral(std::string(c.name()), {c.use("input")}, {{"dim", c.axis("dim", c.rank("input"))}, {"keepdim", c.flag("keepdim")}}, 2));
    return Value::tuple(std::move(results));
}

Result<Value> argument(OperatorCall& c)
{
    ir::Attributes attributes{{"keepdim", c.flag("keepdim")}};
    if (!c.isNone("dim"))
        attributes.set("dim", c.axis("dim", c.rank("input")));
    return c.emit(graphName(c.name()), {c.use("input")}, std::move(attributes));
}

Result<Value> topk(OperatorCall& c)
{
    BPU_TRY(results, c.emitSeveral("topk", {c.use("input")}, {{"k", c.integer("k")}, {"dim", c.axis("dim", c.rank("input"))},
                                                              {"largest", c.flag("largest")}, {"sorted", c.flag("sorted")}}, 2));
    return Value::tuple(std::move(results));
}

Result<Value> sort(OperatorCall& c)
{
    BPU_TRY(results, c.emitSeveral("sort", {c.use("input")}, {{"dim", c.axis("dim", c.rank("input"))}, {"descending", c.flag("descending")}}, 2));
    return Value::tuple(std::move(results));
}

Result<Value> cumsum(OperatorCall& c)
{
    return c.emit("cumsum", {c.use("input")}, {{"dim", c.axis("dim", c.rank("input"))}});
}

Result<Value> dropout(OperatorCall& c)
{
    return c.emit(graphName(c.name()), {c.use("input")});
}

constexpr char kOne[] = "Tensor input";
constexpr char kTwo[] = "any input, any other";
constexpr char kDropout[] = "Tensor input, float p=0.5, bool train=False";
constexpr char kReduce[] = "Tensor input, int[]? dim=None, bool keepdim=False, *, int? dtype=None";
constexpr char kReduceAll[] = "Tensor input, *, int? dtype=None";
constexpr char kSoftmax[] = "Tensor input, int dim, int? dtype=None";
constexpr char kArgument[] = "Tensor input, int? dim=None, bool keepdim=False";

} // namespace

std::span<const OperatorEntry> activationOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"relu", kOne, unary}, {"relu6", kOne, unary}, {"sigmoid", kOne, unary}, {"tanh", kOne, unary}, {"silu", kOne, unary}, {"mish", kOne, unary},
        {"hardswish", kOne, unary}, {"softsign", kOne, unary}, {"log_sigmoid", kOne, unary}, {"exp", kOne, unary}, {"log", kOne, unary}, {"sqrt", kOne, unary},
        {"rsqrt", kOne, unary}, {"reciprocal", kOne, unary}, {"neg", kOne, unary}, {"abs", kOne, unary}, {"sign", kOne, unary}, {"floor", kOne, unary},
        {"ceil", kOne, unary}, {"round", kOne, unary}, {"erf", kOne, unary}, {"sin", kOne, unary}, {"cos", kOne, unary}, {"tan", kOne, unary}, {"asin", kOne, unary},
        {"acos", kOne, unary}, {"atan", kOne, unary}, {"sinh", kOne, unary}, {"cosh", kOne, unary}, {"asinh", kOne, unary}, {"acosh", kOne, unary},
        {"atanh", kOne, unary}, {"logical_not", kOne, unary}, {"bitwise_not", kOne, unary}, {"isnan", kOne, unary}, {"isinf", kOne, unary}, {"square", kOne, unary},
        {"selu", kOne, unary}, {"hardsigmoid", kOne, hardSigmoid}, {"gelu", "Tensor input, *, str approximate=\"none\"", gelu},
        {"leaky_relu", "Tensor input, Scalar negative_slope=0.01", leakyRelu}, {"elu", "Tensor input, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1", elu},
        {"celu", "Tensor input, Scalar alpha=1.0", withAlpha}, {"softplus", "Tensor input, Scalar beta=1, Scalar threshold=20", softplus},
        {"prelu", "Tensor input, Tensor weight", prelu}, {"hardtanh", "Tensor input, Scalar min=-1, Scalar max=1", clamp},
        {"clamp", "Tensor input, Scalar? min=None, Scalar? max=None", clamp}, {"clip", "Tensor input, Scalar? min=None, Scalar? max=None", clamp},
        {"clamp", "Tensor input, Tensor? min=None, Tensor? max=None", clampBy}, {"clip", "Tensor input, Tensor? min=None, Tensor? max=None", clampBy},
        {"clamp_min", "Tensor input, Scalar min", clampOneSide}, {"clamp_max", "Tensor input, Scalar max", clampOneSide}, {"softmax", kSoftmax, softmax}, {"log_softmax", kSoftmax, softmax}, {"glu", "Tensor input, int dim=-1", glu},
        {"_softmax", kSoftmax, softmax}, {"_log_softmax", kSoftmax, softmax},
        {"dropout", kDropout, dropout}, {"feature_dropout", kDropout, dropout}, {"alpha_dropout", kDropout, dropout}, {"feature_alpha_dropout", kDropout, dropout},
    };
    return kRows;
}

std::span<const OperatorEntry> arithmeticOperators()
{
    static constexpr char kAlpha[] = "any input, any other, Scalar alpha=1";
    static constexpr OperatorEntry kRows[] = {
        {"add", kAlpha, scaled}, {"sub", kAlpha, scaled}, {"subtract", kAlpha, scaled}, {"rsub", kAlpha, reversed}, {"mul", kTwo, binary}, {"multiply", kTwo, binary},
        {"pow", kTwo, binary}, {"maximum", kTwo, binary},
        {"minimum", kTwo, binary}, {"fmod", kTwo, binary}, {"remainder", kTwo, binary}, {"atan2", kTwo, binary}, {"eq", kTwo, binary}, {"ne", kTwo, binary},
        {"lt", kTwo, binary}, {"le", kTwo, binary}, {"gt", kTwo, binary}, {"ge", kTwo, binary}, {"greater", kTwo, binary}, {"greater_equal", kTwo, binary},
        {"less", kTwo, binary}, {"less_equal", kTwo, binary}, {"not_equal", kTwo, binary}, {"logical_and", kTwo, binary}, {"logical_or", kTwo, binary},
        {"logical_xor", kTwo, binary}, {"bitwise_and", kTwo, binary}, {"bitwise_or", kTwo, binary}, {"bitwise_xor", kTwo, binary}, {"__and__", kTwo, binary},
        {"__or__", kTwo, binary}, {"__xor__", kTwo, binary}, {"where", "Tensor condition, any input, any other", where},
        {"max", "Tensor input, Tensor other", binary}, {"min", "Tensor input, Tensor other", binary}, {"masked_fill", "Tensor input, Tensor mask, any value", maskedFill},
        {"matmul", "Tensor input, Tensor other", matmul}, {"mm", "Tensor input, Tensor other", matmul}, {"bmm", "Tensor input, Tensor other", matmul},
        {"baddbmm", "Tensor input, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1", baddbmm},
        {"einsum", "str equation, Tensor[] operands, *, int[]? path=None", einsum},
    };
    return kRows;
}

std::span<const OperatorEntry> reductionOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"mean", kReduceAll, reduceAll}, {"sum", kReduceAll, reduceAll}, {"mean", kReduce, reduce}, {"sum", kReduce, reduce}, {"amax", kReduce, reduce},
        {"amin", kReduce, reduce}, {"logsumexp", kReduce, reduce}, {"max", kOne, reduceAll}, {"min", kOne, reduceAll}, {"prod", kReduceAll, reduceAll},
        {"max", "Tensor input, int dim, bool keepdim=False", withIndices}, {"min", "Tensor input, int dim, bool keepdim=False", withIndices},
        {"argmax", kArgument, argument}, {"argmin", kArgument, argument}, {"topk", "Tensor input, int k, int dim=-1, bool largest=True, bool sorted=True", topk},
        {"sort", "Tensor input, int dim=-1, bool descending=False", sort}, {"cumsum", "Tensor input, int dim, *, int? dtype=None", cumsum},
        {"norm", "Tensor input, Scalar? p=2, int[]? dim=[], bool keepdim=False, *, int? dtype=None", norm},
        {"linalg_vector_norm", "Tensor input, Scalar p=2, int[]? dim=None, bool keepdim=False, *, int? dtype=None", norm},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript

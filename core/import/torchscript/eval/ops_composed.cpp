// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that are several of the graph's, as PyTorch's own ONNX exporter writes them.
#include "core/import/torchscript/eval/host.h"
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace bpu::importer::torchscript {
namespace {

ValueId number(OperatorCall& c, double value)
{
    const auto tensor = filled(ir::DType::Float32, {}, value);
    return c.id(Value::tensor(*tensor, "scalar"));
}

/// input + value * (a op b), op being a product or a quotient.
Result<Value> addProduct(OperatorCall& c)
{
    BPU_TRY(product, c.emit(outOfPlace(c.name()) == "addcmul" ? "mul" : "div", {c.use("tensor1"), c.use("tensor2")}));
    if (const double factor = c.number("value"); factor != 1) {
        BPU_TRY(scaled, c.emit("mul", {c.id(product), number(c, factor)}));
        product = std::move(scaled);
    }
    return c.emit("add", {c.use("input"), c.id(product)});
}

/// input + weight * (end - input).
Result<Value> lerp(OperatorCall& c)
{
    BPU_TRY(way, c.emit("sub", {c.use("end"), c.use("input")}));
    BPU_TRY(part, c.emit("mul", {c.id(way), c.use("weight", "input")}));
    return c.emit("add", {c.use("input"), c.id(part)});
}

/// v * g / |v|, the norm over all axes but `dim`: Salimans and Kingma 2016 (arXiv:1602.07868), equation 2.
Result<Value> weightNorm(OperatorCall& c)
{
    const int rank = c.rank("v");
    const int64_t dim = c.integer("dim");
    if (rank < 1)
        return c.opaque();
    std::vector<int64_t> dims(static_cast<size_t>(rank));
    std::iota(dims.begin(), dims.end(), 0);
    std::erase(dims, dim);
    BPU_TRY(length, c.emit("reduce_l2", {c.use("v")}, {{"dim", dims}, {"keepdim", true}}));
    BPU_TRY(factor, c.emit("div", {c.use("g"), c.id(length)}));
    return c.emit("mul", {c.use("v"), c.id(factor)});
}

Result<Value> product(OperatorCall& c)
{
    return c.emit("matmul", {c.use("input"), c.use("other")});
}

Result<Value> flip(OperatorCall& c)
{
    const std::vector<int64_t> dims = c.axes("dims", c.rank("input"));
    c.setKnown(c.type("input"));
    if (dims.empty())
        return c["input"];
    const size_t n = dims.size();
    using List = std::vector<int64_t>;
    return c.emit("slice", {c.use("input")}, {{"starts", List(n, -1)}, {"ends", List(n, -std::numeric_limits<int64_t>::max())}, {"dims", dims}, {"steps", List(n, -1)}});
}

/// Each index `repeats` times.
Result<Value> repeatInterleave(OperatorCall& c)
{
    constexpr int64_t kMost = 1 << 20;
    const int64_t repeats = c.integer("repeats");
    const int64_t dim = c.axis("dim", c.rank("input"));
    const ir::Dim size = c.type("input").dim(static_cast<int>(dim));
    if (c.isUndecided() || size == ir::kUnknownDim || repeats < 0 || repeats > kMost || size * repeats > kMost)
        return c.opaque();
    BPU_CHECK(c.evaluator().spend(static_cast<size_t>(size * repeats)));
    std::vector<int64_t> places;
    for (int64_t i = 0; i < size * repeats; ++i)
        places.push_back(i / repeats);
    const Value index = Value::tensor(ir::Tensor::ints({size * repeats}, places), "index");
    return c.emit("index_select", {c.use("input"), c.id(index)}, {{"dim", dim}});
}

/// The mean square of the distance from the mean, times n / (n - correction).
Result<Value> spread(OperatorCall& c, std::vector<int64_t> dims, double correction, bool keepsDims)
{
    const ir::TensorType type = c.type("input");
    if (!type.hasRank() || c.isUndecided())
        return c.opaque();
    if (dims.empty()) {
        dims.resize(static_cast<size_t>(type.rank()));
        std::iota(dims.begin(), dims.end(), 0);
    }
    double count = 1;
    for (const int64_t dim : dims) {
        const ir::Dim size = dim >= 0 && dim < type.rank() ? type.dim(static_cast<int>(dim)) : ir::kUnknownDim;
        count *= size == ir::kUnknownDim ? std::nan("") : static_cast<double>(size);
    }
    const double factor = correction == 0 ? 1 : count / (count - correction);
    if (!std::isfinite(factor))
        return c.opaque();
    BPU_TRY(mean, c.emit("mean", {c.use("input")}, {{"dim", dims}, {"keepdim", true}}));
    BPU_TRY(distance, c.emit("sub", {c.use("input"), c.id(mean)}));
    BPU_TRY(square, c.emit("mul", {c.id(distance), c.id(distance)}));
    BPU_TRY(result, c.emit("mean", {c.id(square)}, {{"dim", dims}, {"keepdim", keepsDims}}));
    if (factor != 1) {
        BPU_TRY(corrected, c.emit("mul", {c.id(result), number(c, factor)}));
        result = std::move(corrected);
    }
    return c.name() == "std" ? c.emit("sqrt", {c.id(result)}) : Result<Value>(result);
}

Result<Value> spreadOfAll(OperatorCall& c)
{
    return spread(c, {}, c.flag("unbiased") ? 1 : 0, false);
}

Result<Value> spreadOver(OperatorCall& c)
{
    return spread(c, c.isNone("dim") ? std::vector<int64_t>() : c.axes("dim", c.rank("input")), c.flag("unbiased") ? 1 : 0, c.flag("keepdim"));
}

Result<Value> spreadCorrected(OperatorCall& c)
{
    return spread(c, c.isNone("dim") ? std::vector<int64_t>() : c.axes("dim", c.rank("input")), c.isNone("correction") ? 1 : c.number("correction"), c.flag("keepdim"));
}

Result<Value> otherLogarithm(OperatorCall& c)
{
    BPU_TRY(natural, c.emit("log", {c.use("input")}));
    return c.emit("div", {c.id(natural), number(c, outOfPlace(c.name()) == "log2" ? std::numbers::ln2 : std::numbers::ln10)});
}

Result<Value> log1p(OperatorCall& c)
{
    BPU_TRY(sum, c.emit("add", {c.use("input"), number(c, 1)}));
    return c.emit("log", {c.id(sum)});
}

Result<Value> expm1(OperatorCall& c)
{
    BPU_TRY(power, c.emit("exp", {c.use("input")}));
    return c.emit("sub", {c.id(power), number(c, 1)});
}

/// The upper or lower triangle of each matrix.
Result<Value> triangle(OperatorCall& c)
{
    const auto diagonal = c.integer("diagonal");
    return c.emit("trilu", {c.use("input"), c.id(Value::tensor(ir::Tensor::ints({}, {diagonal}), "diagonal"))}, {{"upper", outOfPlace(c.name()) == "triu"}});
}

constexpr char kOne[] = "Tensor input";
constexpr char kProduct[] = "Tensor input, Tensor tensor1, Tensor tensor2, *, Scalar value=1";
constexpr char kOfAll[] = "Tensor input, bool unbiased=True";
constexpr char kOver[] = "Tensor input, int[]? dim, bool unbiased=True, bool keepdim=False";
constexpr char kCorrected[] = "Tensor input, int[]? dim=None, *, Scalar? correction=None, bool keepdim=False";

} // namespace

std::span<const OperatorEntry> composedOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"addcmul", kProduct, addProduct}, {"addcdiv", kProduct, addProduct}, {"lerp", "Tensor input, Tensor end, any weight", lerp},
        {"_weight_norm", "Tensor v, Tensor g, int dim=0", weightNorm}, {"mv", "Tensor input, Tensor other", product}, {"dot", "Tensor input, Tensor other", product},
        {"flip", "Tensor input, int[] dims", flip}, {"repeat_interleave", "Tensor input, int repeats, int dim, *, int? output_size=None", repeatInterleave},
        {"std", kOfAll, spreadOfAll}, {"std", kOver, spreadOver}, {"std", kCorrected, spreadCorrected},
        {"var", kOfAll, spreadOfAll}, {"var", kOver, spreadOver}, {"var", kCorrected, spreadCorrected},
        {"log2", kOne, otherLogarithm}, {"log10", kOne, otherLogarithm}, {"log1p", kOne, log1p}, {"expm1", kOne, expm1},
        {"tril", "Tensor input, int diagonal=0", triangle}, {"triu", "Tensor input, int diagonal=0", triangle},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The layers of transformers that ONNX Runtime's optimizer has put together.
#include "core/import/onnx/contrib/expansion.h"

#include <cmath>
#include <fmt/format.h>

namespace bpu::importer {
namespace {

bool usesOutput(const Expansion& e, size_t i)
{
    return i < e.node().outputs.size() && e.node().outputUsed[i];
}

ValueId rmsNorm(Expansion& e, ValueId x, ValueId gamma)
{
    return e.result("RMSNormalization", {x, gamma}, {{"epsilon", e.node().attributes.number("epsilon", 1e-5)}});
}

ValueId layerNorm(Expansion& e, ValueId x, ValueId gamma, ValueId beta)
{
    return e.result("LayerNormalization", {x, gamma, beta}, {{"axis", int64_t{-1}}, {"epsilon", e.node().attributes.number("epsilon", 1e-12)}});
}

/// Size of dimension `axis` as a list of one.
ValueId sizeOf(Expansion& e, ValueId x, int64_t axis)
{
    return e.add("Shape", {x}, {{"start", axis}, {"end", axis + 1}});
}

/// 0 where the mask is not 0, a large negative number elsewhere.
ValueId biasOfMask(Expansion& e, ValueId mask)
{
    const ValueId flags = e.add("Cast", {mask}, {{"to", int64_t{1}}});
    const auto filter = static_cast<float>(e.node().attributes.number("mask_filter_value", -10000));
    return e.add("Mul", {e.add("Sub", {e.number(1), flags}), e.number(filter)});
}

/// Positions before each length, as 0 and 1: [batch, steps].
ValueId maskOfLengths(Expansion& e, ValueId lengths, ValueId steps)
{
    const ValueId zero = e.add("Squeeze", {e.integers({0}), e.integers({0})});
    const ValueId one = e.add("Squeeze", {e.integers({1}), e.integers({0})});
    const ValueId places = e.add("Range", {zero, e.add("Squeeze", {steps, e.integers({0})}), one});
    const ValueId columns = e.add("Unsqueeze", {e.add("Cast", {lengths}, {{"to", int64_t{7}}}), e.integers({1})});
    return e.add("Less", {places, columns});
}

/// A mask that broadcasts to [batch, heads, steps, steps of the keys].
ValueId biasOf(Expansion& e, ValueId mask, ValueId keys)
{
    const int rank = e.type(mask).rank();
    if (rank == 1 && (e.type(mask).dim(0) == e.type(keys).dim(0) || e.type(mask).dim(0) == ir::kUnknownDim))
        return e.add("Unsqueeze", {biasOfMask(e, maskOfLengths(e, mask, sizeOf(e, keys, 1))), e.integers({1, 2})});
    if (rank == 2)
        return e.add("Unsqueeze", {biasOfMask(e, mask), e.integers({1, 2})});
    if (rank == 3)
        return e.add("Unsqueeze", {biasOfMask(e, mask), e.integers({1})});
    if (rank == 4)
        return biasOfMask(e, mask);
    e.refuse();
    return {};
}

/// Keys behind the query's own place are not seen.
ValueId causalBias(Expansion& e, ValueId steps)
{
    const ValueId square = e.add("Concat", {steps, steps}, {{"axis", int64_t{0}}});
    const ValueId ones = e.add("ConstantOfShape", {square}, {{"value", ir::Tensor::floats({1}, {1})}});
    return biasOfMask(e, e.add("Trilu", {ones}, {{"upper", int64_t{0}}}));
}

struct Heads {
    ValueId q, k, v;           ///< [batch, steps, width]
    std::vector<ValueId> bias; ///< added to the scores
};

/// softmax(q k^T * scale + bias) v in `num_heads` parts.
Results attend(Expansion& e, const Heads& heads)
{
    const int64_t count = e.node().attributes.integer("num_heads", 0);
    const ir::Dim width = e.type(heads.q).dim(2);
    const ir::Dim valueWidth = e.type(heads.v).dim(2);
    if (count < 1 || width < 1 || valueWidth < 1 || width % count != 0 || valueWidth % count != 0) {
        e.refuse();
        return {};
    }
    const auto apart = [&](ValueId x, ir::Dim size) {
        return e.add("Transpose", {e.add("Reshape", {x, e.integers({0, 0, count, size / count})})}, {{"perm", std::vector<int64_t>{0, 2, 1, 3}}});
    };
    const ValueId keys = e.add("Transpose", {apart(heads.k, width)}, {{"perm", std::vector<int64_t>{0, 1, 3, 2}}});
    const double given = e.node().attributes.number("scale", 0);
    const double scale = given != 0 ? given : 1 / std::sqrt(static_cast<double>(width / count));
    ValueId scores = e.add("Mul", {e.add("MatMul", {apart(heads.q, width), keys}), e.number(static_cast<float>(scale))});
    for (const ValueId bias : heads.bias)
        scores = e.add("Add", {scores, bias});
    const ValueId seen = e.add("MatMul", {e.add("Softmax", {scores}, {{"axis", int64_t{-1}}}), apart(heads.v, valueWidth)});
    return {e.result("Reshape", {e.add("Transpose", {seen}, {{"perm", std::vector<int64_t>{0, 2, 1, 3}}}), e.integers({0, 0, valueWidth})})};
}

std::vector<int64_t> widths(const Expansion& e, ir::Dim all)
{
    const std::vector<int64_t> given = e.node().attributes.integers("qkv_hidden_sizes");
    return given.size() == 3 ? given : std::vector<int64_t>(3, all / 3);
}

} // namespace

/// input, skip, gamma, beta (not of the simplified one), bias -> y, -, -, the sum.
Results expandSkipLayerNorm(Expansion& e)
{
    const bool isSimplified = e.node().type.starts_with("SkipSimplified");
    const size_t bias = isSimplified ? 3 : 4;
    if (usesOutput(e, 1) || usesOutput(e, 2))
        e.refuse();
    ValueId sum = e.add("Add", {e.input(0), e.input(1)});
    if (e.has(bias))
        sum = e.add("Add", {sum, e.input(bias)});
    return {isSimplified ? rmsNorm(e, sum, e.input(2)) : layerNorm(e, sum, e.input(2), e.input(3)), ValueId{}, ValueId{}, sum};
}

Results expandSimplifiedLayerNorm(Expansion& e)
{
    if (usesOutput(e, 1) || (e.node().attributes.integer("axis", -1) != -1 && e.node().attributes.integer("axis", -1) != e.type(e.input(0)).rank() - 1))
        e.refuse();
    return {rmsNorm(e, e.input(0), e.input(1))};
}

/// ids, segments, words, positions, segment table, gamma, beta, mask, position ids -> y, lengths of the masks, the sum.
Results expandEmbedLayerNorm(Expansion& e)
{
    ValueId sum = e.add("Gather", {e.input(2), e.input(0)});
    const ValueId places = e.has(8) ? e.add("Gather", {e.input(3), e.input(8)})
                                    : e.add("Slice", {e.input(3), e.integers({0}), sizeOf(e, e.input(0), 1), e.integers({0})});
    sum = e.add("Add", {sum, places});
    if (e.has(1) && e.has(4))
        sum = e.add("Add", {sum, e.add("Gather", {e.input(4), e.input(1)})});
    const ValueId y = layerNorm(e, sum, e.input(5), e.input(6));
    if (!usesOutput(e, 1))
        return {y, ValueId{}, sum};
    if (!e.has(7))
        e.refuse();
    return {y, e.result("ReduceSum", {e.input(7), e.integers({1})}, {{"keepdims", int64_t{0}}}, 1), sum};
}

/// x, weight [width, q + k + v], bias, mask, past, bias of the scores.
Results expandAttention(Expansion& e)
{
    if (e.has(4) || usesOutput(e, 1) || e.node().attributes.integer("do_rotary", 0) != 0)
        e.refuse();
    ValueId all = e.add("MatMul", {e.input(0), e.input(1)});
    if (e.has(2))
        all = e.add("Add", {all, e.input(2)});
    const std::vector<ValueId> parts = e.addSeveral("Split", {all, e.integers(widths(e, e.type(e.input(1)).dim(1)))}, {{"axis", int64_t{2}}}, 3);
    Heads heads{parts[0], parts[1], parts[2], {}};
    if (e.has(3))
        heads.bias.push_back(biasOf(e, e.input(3), e.input(0)));
    if (e.node().attributes.integer("unidirectional", 0) != 0)
        heads.bias.push_back(causalBias(e, sizeOf(e, e.input(0), 1)));
    if (e.has(5))
        heads.bias.push_back(e.input(5));
    return attend(e, heads);
}

/// q, k, v, bias of the three, mask of the keys, bias of the scores; no past.
Results expandMultiHeadAttention(Expansion& e)
{
    Heads heads{e.input(0), e.input(1), e.input(2), {}};
    for (const ValueId operand : {heads.q, heads.k, heads.v})
        if (e.type(operand).rank() != 3)
            e.refuse();
    if (e.has(6) || e.has(7) || usesOutput(e, 1) || usesOutput(e, 2) || e.isRefused()) {
        e.refuse();
        return {};
    }
    if (e.has(3)) {
        const ir::Dim width = e.type(heads.q).dim(2);
        const std::vector<ValueId> biases = e.addSeveral("Split", {e.input(3), e.integers({width, width, e.type(heads.v).dim(2)})}, {{"axis", int64_t{0}}}, 3);
        heads.q = e.add("Add", {heads.q, biases[0]});
        heads.k = e.add("Add", {heads.k, biases[1]});
        heads.v = e.add("Add", {heads.v, biases[2]});
    }
    if (e.has(4))
        heads.bias.push_back(biasOf(e, e.input(4), heads.k));
    if (e.has(5))
        heads.bias.push_back(e.input(5));
    if (e.node().attributes.integer("unidirectional", 0) != 0)
        heads.bias.push_back(causalBias(e, sizeOf(e, heads.q, 1)));
    return attend(e, heads);
}

} // namespace bpu::importer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Activations that exporters write out. x stands for the operand, the numbers are matched within 0.1 %.
#include "core/import/onnx/patterns/match.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bpu::importer {
namespace {

std::vector<NodeId> with(std::vector<NodeId> nodes, std::initializer_list<const ir::Node*> more)
{
    for (const ir::Node* node : more)
        nodes.push_back(node->id);
    return nodes;
}

/// relu6, or a clamp to [0, 6].
const ir::Node* relu6Of(const Match& match, ValueId value)
{
    if (const ir::Node* node = match.maker(value, "relu6"))
        return node;
    const ir::Node* node = match.maker(value, "clamp");
    const bool fits = node && node->inputs.size() == 1 && node->attributes.number("min", -1) == 0 && node->attributes.number("max", -1) == 6;
    return fits ? node : nullptr;
}

/// The two factors in both orders: calls `test(x, other)` until it is true.
template <typename Test>
bool eitherWay(const Product& product, Test test)
{
    if (product.factors.size() != 2)
        return false;
    return test(product.factors[0], product.factors[1]) || test(product.factors[1], product.factors[0]);
}

} // namespace

/// before: x * relu6(x + 3) / 6, in every order of the products; x * hard_sigmoid(x)
/// after:  hard_swish(x)
bool hardSwish(Match& match, const ir::Node& node)
{
    const Product product = match.product(node);
    return eitherWay(product, [&](ValueId x, ValueId gate) {
        if (const ir::Node* sigmoid = match.maker(gate, "hard_sigmoid"); sigmoid && near(product.scale, 1))
            return sigmoid->input(0) == x && near(sigmoid->attributes.number("alpha"), 1.0 / 6) && near(sigmoid->attributes.number("beta"), 0.5)
                   && match.replace(with(product.nodes, {sigmoid}), node, "hard_swish", {x});
        const ir::Node* clip = near(product.scale, 1.0 / 6) ? relu6Of(match, gate) : nullptr;
        const ir::Node* sum = clip ? match.maker(clip->input(0), "add") : nullptr;
        return sum && match.besideScalar(*sum, 3) == x && match.replace(with(product.nodes, {clip, sum}), node, "hard_swish", {x});
    });
}

/// before: relu6(x + 3) / 6
/// after:  hard_sigmoid(x) {alpha = 1/6, beta = 0.5}
bool hardSigmoid(Match& match, const ir::Node& node)
{
    const Product product = match.product(node);
    if (product.factors.size() != 1 || !near(product.scale, 1.0 / 6))
        return false;
    const ir::Node* clip = relu6Of(match, product.factors[0]);
    const ir::Node* sum = clip ? match.maker(clip->input(0), "add") : nullptr;
    const ValueId x = sum ? match.besideScalar(*sum, 3) : ValueId{};
    // Followed by a product with x it is part of a hard swish that is matched as a whole.
    return x.isValid() && match.replace(with(product.nodes, {clip, sum}), node, "hard_sigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
}

/// before: clamp(x * a + b, 0, 1)
/// after:  hard_sigmoid(x) {alpha = a, beta = b}
bool hardSigmoidOfClamp(Match& match, const ir::Node& node)
{
    if (node.inputs.size() != 1 || node.attributes.number("min", -1) != 0 || node.attributes.number("max", -1) != 1)
        return false;
    const ir::Node* sum = match.maker(node.input(0), "add");
    if (!sum)
        return false;
    const size_t side = match.scalar(sum->input(1)) ? 1 : 0;
    const auto beta = match.scalar(sum->input(side));
    const ir::Node* times = match.maker(sum->input(1 - side), "mul");
    if (!times)
        times = match.maker(sum->input(1 - side), "div");
    if (!beta || !times)
        return false;
    const Product product = match.product(*times);
    return product.factors.size() == 1 && product.scale > 0
           && match.replace(with(product.nodes, {sum}), node, "hard_sigmoid", {product.factors[0]}, {{"alpha", product.scale}, {"beta", *beta}});
}

namespace {

/// before: erf(x / sqrt(2)), the division also as a product
/// Appends the nodes inside; false when it is another function of x.
bool isErfOf(const Match& match, ValueId value, ValueId x, std::vector<NodeId>& nodes)
{
    const ir::Node* erf = match.maker(value, "erf");
    const ir::Node* scaled = erf ? match.maker(erf->input(0), "div") : nullptr;
    if (erf && !scaled)
        scaled = match.maker(erf->input(0), "mul");
    if (!scaled)
        return false;
    const Product product = match.product(*scaled);
    if (product.factors != std::vector{x} || !near(product.scale, 1 / std::numbers::sqrt2))
        return false;
    nodes = with(with(std::move(nodes), {erf}), {});
    nodes.insert(nodes.end(), product.nodes.begin(), product.nodes.end());
    return true;
}

/// before: tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)), also with x taken out of the sum
bool isTanhOf(const Match& match, ValueId value, ValueId x, std::vector<NodeId>& nodes)
{
    const ir::Node* tanh = match.maker(value, "tanh");
    const ir::Node* scaled = tanh ? match.maker(tanh->input(0), "mul") : nullptr;
    if (!scaled)
        return false;
    Product outer = match.product(*scaled);
    if (!near(outer.scale, std::sqrt(2 / std::numbers::pi)))
        return false;
    const size_t outside = static_cast<size_t>(std::ranges::count(outer.factors, x)); // 1 when x was taken out
    std::erase(outer.factors, x);
    const ir::Node* sum = outer.factors.size() == 1 && outside <= 1 ? match.maker(outer.factors[0], "add") : nullptr;
    if (!sum)
        return false;
    for (const size_t side : {0U, 1U}) {
        const bool plain = outside == 1 ? match.isScalar(sum->input(side), 1) : sum->input(side) == x;
        const ir::Value* other = match.graph().find(sum->input(1 - side));
        const ir::Node* power = plain && other ? match.graph().producerOf(*other) : nullptr;
        if (!power)
            continue;
        const Product inner = match.product(*power);
        if (!near(inner.scale, 0.044715) || inner.factors != std::vector(3 - outside, x))
            continue;
        nodes = with(std::move(nodes), {tanh, sum});
        nodes.insert(nodes.end(), outer.nodes.begin(), outer.nodes.end());
        nodes.insert(nodes.end(), inner.nodes.begin(), inner.nodes.end());
        return true;
    }
    return false;
}

} // namespace

/// before: 0.5 * x * (1 + erf(x / sqrt(2))), or with tanh, in every order of the products
/// after:  gelu(x) {approximate = none, or tanh}
bool gelu(Match& match, const ir::Node& node)
{
    const Product product = match.product(node);
    return eitherWay(product, [&](ValueId x, ValueId gate) {
        const ir::Node* sum = near(product.scale, 0.5) ? match.maker(gate, "add") : nullptr;
        const ValueId inner = sum ? match.besideScalar(*sum, 1) : ValueId{};
        if (!inner.isValid())
            return false;
        std::vector<NodeId> nodes = with(product.nodes, {sum});
        if (isErfOf(match, inner, x, nodes))
            return match.replace(nodes, node, "gelu", {x}, {{"approximate", std::string("none")}});
        return isTanhOf(match, inner, x, nodes) && match.replace(nodes, node, "gelu", {x}, {{"approximate", std::string("tanh")}});
    });
}

/// before: x * sigmoid(x)
/// after:  silu(x)
bool silu(Match& match, const ir::Node& node)
{
    for (const size_t side : {0U, 1U})
        if (const ir::Node* sigmoid = match.maker(node.input(1 - side), "sigmoid"); sigmoid && sigmoid->input(0) == node.input(side))
            return match.replace({sigmoid->id}, node, "silu", {node.input(side)});
    return false;
}

/// before: x * tanh(softplus(x))
/// after:  mish(x)
bool mish(Match& match, const ir::Node& node)
{
    for (const size_t side : {0U, 1U}) {
        const ir::Node* tanh = match.maker(node.input(1 - side), "tanh");
        const ir::Node* softplus = tanh ? match.maker(tanh->input(0), "softplus") : nullptr;
        if (softplus && softplus->input(0) == node.input(side))
            return match.replace({tanh->id, softplus->id}, node, "mish", {node.input(side)});
    }
    return false;
}

/// before: a, b = split(x) into two equal halves; a * sigmoid(b)
/// after:  glu(x) {dim}
bool glu(Match& match, const ir::Node& node)
{
    for (const size_t side : {0U, 1U}) {
        const ir::Node* sigmoid = match.maker(node.input(1 - side), "sigmoid");
        const ir::Value* half = sigmoid ? match.graph().find(node.input(side)) : nullptr;
        const ir::Node* split = half ? match.graph().producerOf(*half) : nullptr;
        if (!split || (split->op != "split" && split->op != "chunk") || split->outputs.size() != 2)
            continue;
        const std::vector<int64_t> sizes = split->attributes.integers("sizes");
        const bool halves = split->op == "chunk" || (sizes.size() == 2 && sizes[0] == sizes[1]);
        if (halves && split->output(0) == node.input(side) && split->output(1) == sigmoid->input(0))
            return match.replace({split->id, sigmoid->id}, node, "glu", {split->input(0)}, {{"dim", split->attributes.integer("dim")}});
    }
    return false;
}

/// before: log(softmax(x)), log(sigmoid(x)), log(1 + exp(x))
/// after:  log_softmax(x) {dim}, log_sigmoid(x), softplus(x) {beta = 1}
bool logOf(Match& match, const ir::Node& node)
{
    if (const ir::Node* softmax = match.maker(node.input(0), "softmax"))
        return match.replace({softmax->id}, node, "log_softmax", {softmax->input(0)}, {{"dim", softmax->attributes.integer("dim")}});
    if (const ir::Node* sigmoid = match.maker(node.input(0), "sigmoid"))
        return match.replace({sigmoid->id}, node, "log_sigmoid", {sigmoid->input(0)});
    const ir::Node* sum = match.maker(node.input(0), "add");
    const ir::Node* exp = sum ? match.maker(match.besideScalar(*sum, 1), "exp") : nullptr;
    return exp && match.replace({sum->id, exp->id}, node, "softplus", {exp->input(0)}, {{"beta", 1.0}});
}

} // namespace bpu::importer

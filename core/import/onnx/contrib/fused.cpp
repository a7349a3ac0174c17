// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that ONNX Runtime's optimizer has put together.
#include "core/import/onnx/contrib/expansion.h"

#include <numeric>

namespace bpu::importer {
namespace {

std::vector<double> numbersOf(const ir::Attributes& attributes, std::string_view name)
{
    const ir::Attribute* found = attributes.find(name);
    const auto* list = found ? std::get_if<std::vector<double>>(found) : nullptr;
    return list ? *list : std::vector<double>();
}

/// `activation` behind the value, which is the node's result.
Results activated(Expansion& e, ValueId value, const ir::Attributes& given)
{
    const std::string activation(given.text("activation"));
    const std::vector<double> numbers = numbersOf(given, "activation_params");
    const auto number = [&](size_t i, double fallback) { return i < numbers.size() ? numbers[i] : fallback; };
    if (activation == "Clip")
        return {e.result("Clip", {value, e.number(static_cast<float>(number(0, -3.4e38))), e.number(static_cast<float>(number(1, 3.4e38)))})};
    if (activation == "LeakyRelu")
        return {e.result("LeakyRelu", {value}, {{"alpha", number(0, given.number("activation_alpha", 0.01))}})};
    if (activation == "HardSigmoid")
        return {e.result("HardSigmoid", {value}, {{"alpha", number(0, 0.2)}, {"beta", number(1, 0.5)}})};
    return {e.result(activation, {value})};
}

ir::Attributes withoutActivation(const Expansion& e)
{
    ir::Attributes attributes = e.node().attributes;
    for (const char* name : {"activation", "activation_params", "activation_alpha", "activation_beta", "activation_gamma"})
        attributes.remove(name);
    return attributes;
}

/// Without an activation the operator itself is the result.
Results endedBy(Expansion& e, std::string_view type, std::vector<ValueId> inputs, ir::Attributes attributes)
{
    if (e.node().attributes.text("activation").empty())
        return {e.result(type, std::move(inputs), std::move(attributes))};
    return activated(e, e.add(type, std::move(inputs), std::move(attributes)), e.node().attributes);
}

ValueId transposed(Expansion& e, ValueId x)
{
    const int rank = e.type(x).rank();
    if (rank < 2) {
        e.refuse();
        return {};
    }
    std::vector<int64_t> order(static_cast<size_t>(rank));
    std::iota(order.begin(), order.end(), int64_t{0});
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    return e.add("Transpose", {x}, {{"perm", order}});
}

} // namespace

/// x, w, bias, and what is added before the activation.
Results expandFusedConv(Expansion& e)
{
    if (!e.has(3))
        return endedBy(e, "Conv", {e.input(0), e.input(1), e.input(2)}, withoutActivation(e));
    const ValueId y = e.add("Conv", {e.input(0), e.input(1), e.input(2)}, withoutActivation(e));
    return endedBy(e, "Add", {y, e.input(3)}, {});
}

Results expandFusedGemm(Expansion& e)
{
    return endedBy(e, "Gemm", {e.input(0), e.input(1), e.input(2)}, withoutActivation(e));
}

Results expandFusedMatMul(Expansion& e)
{
    const ir::Attributes& given = e.node().attributes;
    if (given.integer("transBatchA", 0) != 0 || given.integer("transBatchB", 0) != 0)
        e.refuse();
    const ValueId a = given.integer("transA", 0) != 0 ? transposed(e, e.input(0)) : e.input(0);
    const ValueId b = given.integer("transB", 0) != 0 ? transposed(e, e.input(1)) : e.input(1);
    const double alpha = given.number("alpha", 1);
    if (alpha == 1)
        return {e.result("MatMul", {a, b})};
    return {e.result("Mul", {e.add("MatMul", {a, b}), e.number(static_cast<float>(alpha))})};
}

/// Gelu, BiasGelu (x + bias), FastGelu (tanh's formula, bias optional), QuickGelu (x * sigmoid(alpha x)).
Results expandGelu(Expansion& e)
{
    const std::string& type = e.node().type;
    if (type == "QuickGelu") {
        const auto alpha = static_cast<float>(e.node().attributes.number("alpha", 1.702));
        return {e.result("Mul", {e.input(0), e.add("Sigmoid", {e.add("Mul", {e.input(0), e.number(alpha)})})})};
    }
    const ValueId x = e.has(1) ? e.add("Add", {e.input(0), e.input(1)}) : e.input(0);
    return {e.result("Gelu", {x}, {{"approximate", std::string(type == "FastGelu" ? "tanh" : "none")}})};
}

} // namespace bpu::importer

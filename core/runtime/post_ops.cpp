// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/post_ops.h"

#include <limits>

namespace bpu::runtime {

using dnnl::algorithm;

Eltwise eltwiseOf(const ir::Node& node)
{
    const auto number = [&](std::string_view key, double fallback) { return static_cast<float>(node.attributes.number(key, fallback)); };
    const std::string& op = node.op;
    if (op == "relu")
        return {algorithm::eltwise_relu};
    if (op == "relu6")
        return {algorithm::eltwise_clip, 0, 6};
    if (op == "clamp" && node.inputs.size() == 1)
        return {algorithm::eltwise_clip, number("min", -std::numeric_limits<double>::infinity()), number("max", std::numeric_limits<double>::infinity())};
    if (op == "leaky_relu")
        return {algorithm::eltwise_relu, number("negative_slope", 0.01)};
    if (op == "sigmoid")
        return {algorithm::eltwise_logistic};
    if (op == "tanh")
        return {algorithm::eltwise_tanh};
    if (op == "silu")
        return {algorithm::eltwise_swish, 1};
    if (op == "hard_swish")
        return {algorithm::eltwise_hardswish};
    if (op == "gelu")
        return {node.attributes.text("approximate", "none") == "tanh" ? algorithm::eltwise_gelu_tanh : algorithm::eltwise_gelu_erf};
    if (op == "elu")
        return {algorithm::eltwise_elu, number("alpha", 1)};
    return {};
}

/// Of fuse's attribute.
static Eltwise fusedActivation(const ir::Node& node)
{
    const std::string_view activation = node.attributes.text("activation");
    return activation == "relu" ? Eltwise{algorithm::eltwise_relu} : activation == "relu6" ? Eltwise{algorithm::eltwise_clip, 0, 6} : Eltwise{};
}

Result<dnnl::primitive_attr> postOps(const Site& site)
{
    dnnl::post_ops operations;
    if (site.tail.add || site.has(3))
        operations.append_sum(1);
    for (const Eltwise& eltwise : {fusedActivation(site.node), site.tail.activation ? eltwiseOf(*site.tail.activation) : Eltwise{}})
        if (eltwise.algorithm != algorithm::undef)
            operations.append_eltwise(1, eltwise.algorithm, eltwise.alpha, eltwise.beta);
    dnnl::primitive_attr made = attributes();
    made.set_post_ops(operations);
    return made;
}

} // namespace bpu::runtime

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// hard_swish(x) = x * hard_sigmoid(x) with hard_sigmoid(x) = clamp(x / 6 + 1/2, 0, 1): torch.nn.Hardswish.
#include "core/ops/infer.h"
#include "passes/fixes/fix.h"

namespace bpu::passes {
namespace {

std::optional<std::string> plan(const ir::Graph&, const ir::Node& node, const march::March& march)
{
    if (node.op != "hard_swish" || !isSupported(march, "torch.nn.HardSigmoid") || !isSupported(march, "torch.mul"))
        return std::nullopt;
    return "Replace it by x * HardSigmoid(x), which is the same function";
}

std::vector<NodeId> apply(ir::Rewriter& rewriter, NodeId id, const march::March&)
{
    const ir::Node node = rewriter.graph().node(id);
    const ir::TensorType type = rewriter.graph().outputOf(node)->type;
    auto gate = ir::NodeSpec{.op = "hard_sigmoid", .name = node.name + "_gate", .inputs = {node.input(0)},
                             .attributes = {{"alpha", 1.0 / 6}, {"beta", 0.5}}};
    auto product = ir::NodeSpec{.op = "mul", .name = node.name, .inputs = {ValueId{}, node.input(0)}};
    std::vector<NodeId> made = rewriter.replaceByChain(id, {std::move(gate), std::move(product)}, {type, type});
    becomes(rewriter, made.front(), "torch.nn.HardSigmoid");
    becomes(rewriter, made.back(), "torch.mul");
    return made;
}

} // namespace

const FixKind& hardSwishToHardSigmoid()
{
    static const FixKind fix{"hard-swish-to-hard-sigmoid", "Replace", plan, apply};
    return fix;
}

} // namespace bpu::passes

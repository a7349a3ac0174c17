// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A linear layer on [N, C] is a 1x1 convolution on [N, C, 1, 1] with the same weights. Where a flatten made the
// [N, C], it goes; where the result leaves the model, the output becomes [N, O, 1, 1].
#include "core/ops/infer.h"
#include "passes/fixes/fix.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

bool onlyReshapes(const ir::Node& node)
{
    return node.op == "flatten" || node.op == "reshape" || node.op == "squeeze";
}

/// The [N, C, 1, 1] value that a flatten turned into this linear layer's input; null when there is none.
const ir::Value* imageBefore(const ir::Graph& graph, const ir::Node& linear)
{
    const ir::Value* flat = graph.inputOf(linear, 0);
    const ir::Node* flatten = flat && flat->type.rank() == 2 && flat->hasOneUse() ? graph.producerOf(*flat) : nullptr;
    const ir::Value* image = flatten && onlyReshapes(*flatten) ? graph.inputOf(*flatten, 0) : nullptr;
    if (!image || image->type.rank() != 4 || image->type.dim(2) != 1 || image->type.dim(3) != 1 || image->type.dim(1) != flat->type.dim(1))
        return nullptr;
    return image;
}

bool onlyLeavesTheModel(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Value* result = graph.outputOf(node);
    return result && result->users.empty() && result->isGraphOutput();
}

std::optional<std::string> plan(const ir::Graph& graph, const ir::Node& node, const march::March& march)
{
    const ir::Tensor* weight = ops::constantInput(graph, node, 1);
    if (node.op != "linear" || !weight || weight->type().rank() != 2 || node.input(3).isValid() || !isSupported(march, "torch.nn.Conv2d"))
        return std::nullopt;
    if (!imageBefore(graph, node) || !onlyLeavesTheModel(graph, node))
        return std::nullopt;
    return fmt::format("Replace it by Conv2d 1x1 with the same weights; the output becomes {}x{}x1x1",
                       ir::shapeText(graph.outputOf(node)->type.withShape({graph.outputOf(node)->type.dim(0)})), weight->shape()[0]);
}

std::vector<NodeId> apply(ir::Rewriter& rewriter, NodeId id, const march::March&)
{
    const ir::Graph& graph = rewriter.graph();
    const ir::Node node = graph.node(id);
    const ir::Tensor weight = *ops::constantInput(graph, node, 1);
    const ValueId image = imageBefore(graph, node)->id;
    const std::string weightName = graph.value(node.input(1)).name;
    const ir::TensorType type = graph.outputOf(node)->type;
    const ValueId kernel = rewriter.addConstant(weightName, weight.reshaped({weight.shape()[0], weight.shape()[1], 1, 1}));
    std::vector<ValueId> inputs{image, kernel};
    if (node.input(2).isValid())
        inputs.push_back(node.input(2));
    ir::Attributes attributes{{"kernel_size", std::vector<int64_t>{1, 1}}};
    if (const ir::Attribute* activation = node.attributes.find("activation"))
        attributes.set("activation", *activation);
    std::vector<NodeId> made = rewriter.replaceByChain(id, {{.op = "conv2d", .name = node.name, .inputs = std::move(inputs), .attributes = std::move(attributes)}},
                                   {ir::TensorType(type.dtype(), {type.dim(0), weight.shape()[0], 1, 1})});
    becomes(rewriter, made.front(), "torch.nn.Conv2d");
    return made;
}

} // namespace

const FixKind& linearToConv()
{
    static const FixKind fix{"linear-to-conv", "Replace", plan, apply};
    return fix;
}

} // namespace bpu::passes

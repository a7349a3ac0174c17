// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// How a node is named to people: in the author's words where the file has them.
#include "core/ir/bodies.h"
#include "core/ops/infer.h"

#include <fmt/format.h>

namespace bpu::ops {
namespace {

bool isTorchName(std::string_view what)
{
    return what.starts_with("torch.") || what.starts_with("torchvision.") || what.starts_with("horizon.") || what.starts_with("prim."); // TorchScript's own If and Loop
}

/// The origin that is the operator itself and not something it absorbed: the first one.
std::string_view authorsWord(const ir::Node& node, const OpSpec& spec)
{
    if (!node.origins.empty() && isTorchName(node.origins.front().what))
        return node.origins.front().what;
    return spec.torch.empty() ? spec.name : spec.torch.front();
}

/// A card shows one line: what is longer than 64 characters ends in an ellipsis, cut between two characters of UTF-8.
std::string shortened(std::string text)
{
    constexpr size_t kMost = 64;
    size_t characters = 0;
    size_t cut = 0;
    for (size_t i = 0; i < text.size() && characters <= kMost; ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U && ++characters == kMost)
            cut = i;
    return characters <= kMost ? text : text.substr(0, cut) + "…";
}

/// A table is called what its function is called.
const OpSpec* namedAs(const ir::Node& node)
{
    return find(node.op == "table" ? node.attributes.text("function", node.op) : std::string_view(node.op));
}

} // namespace

Family familyOf(const ir::Node& node)
{
    const OpSpec* spec = namedAs(node);
    return spec ? spec->family : Family::Opaque;
}

std::string qualifiedName(const ir::Node& node)
{
    const OpSpec* spec = namedAs(node);
    if (spec)
        return std::string(authorsWord(node, *spec));
    return node.origins.empty() ? node.op : node.origins.front().what;
}

std::string title(const ir::Node& node)
{
    const OpSpec* spec = namedAs(node);
    if (!spec)
        return node.op;
    std::string text(ir::lastPart(authorsWord(node, *spec)));
    if (spec->inputs.size() > 3 && spec->inputs[3] == "addend" && node.input(3).isValid()) // not every fourth input is added
        text += " + Add";
    const std::string_view activation = node.attributes.text("activation");
    if (activation == "relu")
        text += " + ReLU";
    if (activation == "relu6")
        text += " + ReLU6";
    return text;
}

std::string summary(const ir::Graph& graph, const ir::Node& node)
{
    const OpSpec* spec = find(node.op);
    if (spec && spec->summary)
        return shortened(spec->summary(graph, node));
    const std::vector<ir::Body> bodies = ir::bodiesOf(node);
    if (bodies.empty())
        return {};
    size_t operators = 0;
    for (const ir::Body& body : bodies)
        operators += body.graph->nodeCount();
    const std::string count = operators == 1 ? "1 operator" : fmt::format("{} operators", operators);
    return bodies.size() == 1 ? "body of " + count : fmt::format("{} bodies, {}", bodies.size(), count);
}

std::optional<Cost> cost(const ir::Graph& graph, const ir::Node& node)
{
    const OpSpec* spec = find(node.op);
    if (!spec || node.outputs.empty())
        return std::nullopt;
    for (size_t i = 0; i < node.inputs.size(); ++i)
        if (node.inputs[i].isValid() && inputType(graph, node, i).elementCount() == ir::kUnknownDim)
            return std::nullopt;
    for (const ValueId output : node.outputs)
        if (graph.value(output).type.elementCount() == ir::kUnknownDim)
            return std::nullopt;
    return spec->cost ? spec->cost(graph, node) : elementCost(graph, node, 1);
}

} // namespace bpu::ops

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/compare/layer_units.h"

#include "passes/fuse/fuse.h"

#include <fmt/format.h>

namespace bpu::passes {
namespace {

/// "layer1.0.relu_1" -> "layer1.0.relu"
std::string_view withoutNumber(std::string_view path)
{
    size_t end = path.size();
    while (end > 0 && path[end - 1] >= '0' && path[end - 1] <= '9')
        --end;
    return end > 1 && end < path.size() && path[end - 1] == '_' ? path.substr(0, end - 1) : path;
}

std::string place(std::string_view scope, const std::string& op, uint32_t output)
{
    return fmt::format("{}\n{}\n{}", scope, op, output);
}

/// By node: the first node of the run that it ends, or is within.
struct Runs {
    std::vector<NodeId> firstOf;
    std::vector<bool> isInner;
};

Runs runsOf(const ir::Graph& graph, ir::Stage other)
{
    Runs runs{std::vector<NodeId>(graph.nodeIdBound()), std::vector<bool>(graph.nodeIdBound())};
    if (graph.stage() != ir::Stage::Float || other == ir::Stage::Float)
        return runs;
    for (const FusedGroup& group : planFusion(graph)) {
        for (const NodeId id : group.nodes)
            runs.isInner[id.index] = id != group.nodes.back();
        runs.firstOf[group.nodes.back().index] = group.nodes.front();
    }
    return runs;
}

/// Float numbers, or integers on a grid.
bool holdsNumbers(const ir::Value& value)
{
    return ir::isFloat(value.type.dtype()) || value.quant;
}

/// What quantization put in: nobody's layer.
bool isScaffold(const ir::Node& node)
{
    return node.op == "fake_quantize" || node.op == "quant_stub" || node.op == "dequant_stub" || node.op == "requantize";
}

/// The value that the users of `value` get: of a qat graph the one behind its fake-quantize.
const ir::Value& shownValue(const ir::Graph& graph, const ir::Value& value)
{
    for (const ir::Use& use : value.users)
        if (const ir::Node& user = graph.node(use.node); user.op == "fake_quantize")
            return graph.value(user.output());
    return value;
}

LayerUnit unitOf(const ir::Graph& graph, const ir::Node& node, const ir::Value& value, const Runs& runs)
{
    const NodeId first = runs.firstOf[node.id.index];
    const ir::Node& named = first.isValid() ? graph.node(first) : node;
    LayerUnit unit{.node = node.id, .value = value.id};
    unit.op = named.attributes.text("function", named.op); // of a table
    if (!node.origins.empty())
        unit.origin = originKey(node.origins.back(), value.producerIndex);
    unit.place = place(named.scope, unit.op, value.producerIndex);
    unit.loosePlace = place(withoutNumber(named.scope), unit.op, value.producerIndex);
    unit.isInner = runs.isInner[node.id.index];
    unit.shown = shownValue(graph, value).id;
    return unit;
}

} // namespace

std::string originKey(const ir::Origin& origin, uint32_t output)
{
    return origin.name.empty() ? std::string() : fmt::format("{}\n{}\n{}", origin.what, origin.name, output);
}

std::vector<LayerUnit> layerUnits(const ir::Graph& graph, ir::Stage other)
{
    const Runs runs = runsOf(graph, other);
    std::vector<LayerUnit> units;
    for (const NodeId id : graph.order())
        for (const ValueId output : graph.node(id).outputs)
            if (const ir::Value* value = graph.find(output); value && holdsNumbers(*value) && !isScaffold(graph.node(id)))
                units.push_back(unitOf(graph, graph.node(id), *value, runs));
    return units;
}

} // namespace bpu::passes

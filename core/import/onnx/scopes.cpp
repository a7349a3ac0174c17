// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/scopes.h"

#include "core/ir/scope_path.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace bpu::importer {
namespace {

bool isNumber(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string parentScope(const std::string& scope)
{
    const size_t dot = scope.rfind('.');
    return dot == std::string::npos ? std::string() : scope.substr(0, dot);
}

/// The modules that both are in: "layer1.0.conv1" and "layer1.1.conv1" meet in "layer1".
std::string commonScope(const std::string& a, const std::string& b)
{
    size_t end = 0;
    for (size_t i = 0;; ++i) {
        const bool aEnds = i == a.size() || a[i] == '.';
        const bool bEnds = i == b.size() || b[i] == '.';
        if (aEnds && bEnds)
            end = i;
        if (i >= a.size() || i >= b.size() || a[i] != b[i])
            return a.substr(0, end);
    }
}

/// These are written right behind what they follow, inside the same module.
bool followsProducer(std::string_view op)
{
    static constexpr std::array kFollowers = {"relu", "relu6", "sigmoid", "tanh", "silu", "mish", "hard_swish", "hard_sigmoid", "gelu",
                                              "leaky_relu", "elu", "selu", "celu", "prelu", "clamp", "softplus", "add", "mul", "dropout",
                                              "batch_norm1d", "batch_norm2d", "batch_norm3d", "channel_shuffle", "glu"};
    return std::ranges::find(kFollowers, op) != kFollowers.end();
}

} // namespace

std::string nodeName(std::string name, std::string_view type, std::string_view output, int index)
{
    if (!name.empty())
        return name;
    if (output.empty())
        return fmt::format("{}_{}", type, index);
    return isNumber(output) ? fmt::format("{}_{}", type, output) : std::string(output);
}

std::optional<std::string> scopeOfParameter(std::string_view valueName)
{
    const size_t dot = valueName.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || valueName.find_first_of("/:") != std::string_view::npos)
        return std::nullopt;
    const std::string_view leaf = valueName.substr(dot + 1);
    if (leaf.empty() || isNumber(leaf))
        return std::nullopt;
    return std::string(valueName.substr(0, dot));
}

std::optional<std::string> ownScope(const onnx::NodeProto& node)
{
    if (!node.name().empty() || node.output_size() == 0) {
        if (auto scope = ir::scopeOfName(node.name()))
            return scope;
    } else if (auto scope = ir::scopeOfName(node.output(0))) {
        return scope;
    }
    for (int i = 1; i < node.input_size(); ++i)
        if (auto scope = scopeOfParameter(node.input(i)))
            return scope;
    return std::nullopt;
}

void fillScopes(ir::GraphEditor& editor)
{
    const ir::Graph& graph = editor.graph();
    const std::vector<NodeId> order = graph.order();
    const auto hasPath = [&](NodeId id) {
        const auto& origins = graph.node(id).origins;
        return !origins.empty() && origins.front().name.find('/') != std::string::npos;
    };
    if (std::ranges::any_of(order, hasPath) || std::ranges::all_of(order, [&](NodeId id) { return graph.node(id).scope.empty(); }))
        return;
    std::vector<std::optional<std::string>> behind(graph.nodeIdBound()); // scope of the nearest user that has its own
    for (auto it = order.rbegin(); it != order.rend(); ++it) {
        const ir::Node& node = graph.node(*it);
        for (const ValueId output : node.outputs)
            for (const ir::Use& use : graph.value(output).users) {
                const std::string& own = graph.node(use.node).scope;
                const auto& next = own.empty() ? behind[use.node.index] : std::optional(own);
                if (next)
                    behind[it->index] = behind[it->index] ? commonScope(*behind[it->index], *next) : *next;
            }
    }
    std::vector<bool> own(graph.nodeIdBound());
    for (const NodeId id : order)
        own[id.index] = !graph.node(id).scope.empty();
    for (const NodeId id : order) {
        const ir::Node& node = graph.node(id);
        if (own[id.index])
            continue;
        const ir::Node* producer = nullptr; // the latest of those that feed it
        for (const ValueId input : node.inputs)
            if (const ir::Value* value = graph.find(input))
                if (const ir::Node* candidate = graph.producerOf(*value); candidate && (!producer || candidate->id > producer->id))
                    producer = candidate;
        if (!producer)
            continue;
        const std::string around = own[producer->id.index] ? parentScope(producer->scope) : producer->scope;
        const auto& next = behind[id.index];
        editor.setScope(id, followsProducer(node.op) || !next ? around : commonScope(around, *next));
    }
}

} // namespace bpu::importer

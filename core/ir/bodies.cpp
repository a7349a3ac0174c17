// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/bodies.h"

#include <fmt/format.h>

namespace bpu::ir {
namespace {

constexpr size_t kNamedAtMost = 6;

Error notFound(const Graph& graph, std::string_view path)
{
    std::string known;
    size_t count = 0;
    for (const NodeId id : graph.order()) {
        for (const Body& body : bodiesOf(graph.node(id))) {
            if (++count <= kNamedAtMost)
                known += fmt::format("{}{}/{}", known.empty() ? "" : ", ", graph.node(id).name, body.attribute);
        }
    }
    if (count > kNamedAtMost)
        known += fmt::format(" and {} more", count - kNamedAtMost);
    return {"ir.body", std::string(path), count == 0 ? "this graph has no branch, loop or function to look into" : "is no body of this graph; choose of " + known};
}

} // namespace

std::vector<Body> bodiesOf(const Node& node)
{
    std::vector<Body> bodies;
    for (const auto& [name, attribute] : node.attributes) {
        if (const auto* graph = std::get_if<GraphPtr>(&attribute); graph && *graph)
            bodies.push_back({name, *graph});
    }
    return bodies;
}

Result<GraphPtr> findBody(const Graph& graph, std::string_view path)
{
    for (const NodeId id : graph.order()) {
        const std::string& name = graph.node(id).name;
        if (!path.starts_with(name + "/"))
            continue;
        for (const Body& body : bodiesOf(graph.node(id))) {
            const std::string_view rest = path.substr(name.size() + 1);
            if (rest == body.attribute)
                return body.graph;
            if (rest.starts_with(body.attribute + "/"))
                return findBody(*body.graph, rest.substr(body.attribute.size() + 1));
        }
    }
    return notFound(graph, path);
}

} // namespace bpu::ir

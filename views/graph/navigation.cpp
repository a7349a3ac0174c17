// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/navigation.h"

#include <algorithm>
#include <cmath>

namespace bpu::views {

static int linked(const GraphScene& scene, int item, bool toInput)
{
    const double x = toQt(scene.item(item).rect).center().x();
    int best = -1;
    double distance = 0;
    for (const uint32_t index : scene.index().edgesOf(static_cast<uint32_t>(item))) {
        const layout::Edge& edge = scene.diagram().edges[index];
        const auto self = static_cast<uint32_t>(item);
        if ((toInput ? edge.to : edge.from) != self || edge.from == edge.to)
            continue;
        const auto other = static_cast<int>(toInput ? edge.from : edge.to);
        const double d = std::abs(toQt(scene.item(other).rect).center().x() - x);
        if (best < 0 || d < distance) {
            best = other;
            distance = d;
        }
    }
    return best;
}

static int beside(const GraphScene& scene, int item, bool left)
{
    const QRectF self = toQt(scene.item(item).rect);
    int best = -1;
    double distance = 0;
    for (const uint32_t index : scene.index().items(self.top(), self.bottom())) {
        const QRectF rect = toQt(scene.diagram().items[index].rect);
        const double d = left ? self.left() - rect.right() : rect.left() - self.right();
        if (d < 0 || rect.bottom() < self.top() || rect.top() > self.bottom())
            continue;
        if (best < 0 || d < distance) {
            best = static_cast<int>(index);
            distance = d;
        }
    }
    return best;
}

int neighbour(const GraphScene& scene, int item, Direction direction)
{
    if (item < 0)
        return scene.isEmpty() ? -1 : 0;
    switch (direction) {
    case Direction::Input: return linked(scene, item, true);
    case Direction::Output: return linked(scene, item, false);
    case Direction::Left: return beside(scene, item, true);
    case Direction::Right: return beside(scene, item, false);
    }
    return -1;
}

/// Marks what `from` reaches, one walk in execution order.
static std::vector<char> reachedFrom(const ir::Graph& graph, NodeId from)
{
    std::vector<char> reached(graph.nodeIdBound(), 0);
    reached[from.index] = 1;
    for (const NodeId id : graph.order())
        for (const ValueId input : graph.node(id).inputs)
            if (const ir::Value* value = graph.find(input); value && value->producer.isValid() && reached[value->producer.index])
                reached[id.index] = 1;
    return reached;
}

static std::vector<NodeId> directed(const ir::Graph& graph, NodeId from, NodeId to)
{
    std::vector<char> reached = reachedFrom(graph, from);
    std::vector<NodeId> path;
    if (!reached[to.index])
        return path;
    std::vector<char> leads(graph.nodeIdBound(), 0);
    leads[to.index] = 1;
    for (auto it = graph.order().rbegin(); it != graph.order().rend(); ++it) {
        if (!leads[it->index] || !reached[it->index])
            continue;
        path.push_back(*it);
        for (const ValueId input : graph.node(*it).inputs)
            if (const ir::Value* value = graph.find(input); value && value->producer.isValid())
                leads[value->producer.index] = 1;
    }
    std::ranges::reverse(path);
    return path;
}

std::vector<NodeId> nodesBetween(const ir::Graph& graph, NodeId a, NodeId b)
{
    if (!graph.contains(a) || !graph.contains(b))
        return {};
    std::vector<NodeId> path = directed(graph, a, b);
    return path.empty() ? directed(graph, b, a) : path;
}

} // namespace bpu::views

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One mask that every layer reads would tie a whole network into one piece, and nobody follows a line over
// several screens: such values are drawn as stubs at their users.
#include "core/layout/item_graph.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace bpu::layout {
namespace {

/// Ranks that fit into the length beyond which nobody follows an edge by eye.
uint32_t farRanks(const DiagramOptions& options)
{
    constexpr double kRankHeight = 66;
    return std::max(static_cast<uint32_t>(options.farLength / kRankHeight), 8U);
}

/// How far down each item will stand, counted in items above it; an item without inputs stands above its first user.
std::vector<uint32_t> depths(const Diagram& diagram)
{
    std::vector<uint32_t> depth(diagram.items.size(), 0);
    std::vector<bool> hasInput(diagram.items.size(), false);
    for (const Edge& edge : diagram.edges) // by target, ascending
        if (edge.from < edge.to) {
            depth[edge.to] = std::max(depth[edge.to], depth[edge.from] + 1);
            hasInput[edge.to] = true;
        }
    std::vector<uint32_t> firstUser(diagram.items.size(), 0xffffffffU);
    for (const Edge& edge : diagram.edges)
        if (edge.from < edge.to)
            firstUser[edge.from] = std::min(firstUser[edge.from], depth[edge.to]);
    for (size_t i = 0; i < depth.size(); ++i)
        if (!hasInput[i] && firstUser[i] != 0xffffffffU)
            depth[i] = firstUser[i] - 1;
    return depth;
}

Item makeStub(const ir::Graph& graph, const Diagram& diagram, const Edge& edge, const TextMeasure& measure)
{
    Item stub;
    stub.kind = ItemKind::Stub;
    stub.value = edge.value;
    const ir::Node* producer = graph.producerOf(graph.value(edge.value));
    stub.source = producer ? producer->id : NodeId{};
    stub.scope = diagram.items[edge.to].scope;
    std::string name = producer ? shortName(graph, *producer) : graph.value(edge.value).name;
    // Out of its place a layer needs more than its own name: "denselayer3.conv2".
    if (producer && producer->scope.ends_with("." + name))
        name = producer->scope.substr(producer->scope.rfind('.', producer->scope.size() - name.size() - 2) + 1);
    else if (producer && !producer->scope.empty())
        name = std::string(ir::lastPart(producer->scope)) + "." + name;
    stub.rows.push_back({.node = stub.source, .title = {}, .name = name, .attributes = {}, .family = ops::Family::Opaque, .rect = {}});
    sizePill(stub, measure);
    return stub;
}

} // namespace

void cutFarEdges(const ir::Graph& graph, const DiagramOptions& options, const TextMeasure& measure, Diagram& diagram)
{
    constexpr size_t kSmallDiagram = 200;
    if (diagram.items.size() < kSmallDiagram)
        return;
    const std::vector<uint32_t> depth = depths(diagram);
    const uint32_t limit = farRanks(options);
    const auto reaches = [&](const Edge& edge, uint32_t ranks) { return edge.to > edge.from && depth[edge.to] > depth[edge.from] + ranks; };
    // What needs stubs for its far users gets them for nearer ones too, and an input that many read (a mask, a
    // position table) for all but the nearest: else it would tie the first layers together.
    std::unordered_set<ValueId> farValues;
    std::unordered_map<ValueId, size_t> users;
    for (const Edge& edge : diagram.edges) {
        ++users[edge.value];
        if (reaches(edge, limit))
            farValues.insert(edge.value);
    }
    constexpr size_t kManyUsers = 8;
    constexpr uint32_t kNearRanks = 3;
    const auto isFar = [&](const Edge& edge) {
        const bool isTable = diagram.items[edge.from].kind == ItemKind::Input && users[edge.value] > kManyUsers;
        return farValues.contains(edge.value) && reaches(edge, isTable ? kNearRanks : limit / 4);
    };
    // Old index -> new index once the stubs stand before their users.
    std::vector<uint32_t> stubsBefore(diagram.items.size() + 1, 0);
    for (const Edge& edge : diagram.edges)
        stubsBefore[edge.to] += isFar(edge) ? 1 : 0;
    std::vector<uint32_t> place(diagram.items.size());
    uint32_t shift = 0;
    for (uint32_t i = 0; i < place.size(); ++i) {
        shift += stubsBefore[i];
        place[i] = i + shift;
    }
    if (shift == 0)
        return;
    std::vector<Item> items(diagram.items.size() + shift);
    std::vector<uint32_t> nextStub(place.size());
    for (uint32_t i = 0; i < place.size(); ++i)
        nextStub[i] = place[i] - stubsBefore[i];
    for (Edge& edge : diagram.edges) {
        const bool cut = isFar(edge);
        const uint32_t stubAt = cut ? nextStub[edge.to]++ : 0;
        if (cut)
            items[stubAt] = makeStub(graph, diagram, edge, measure);
        edge.from = cut ? stubAt : place[edge.from];
        edge.to = place[edge.to];
    }
    for (uint32_t i = 0; i < place.size(); ++i)
        items[place[i]] = std::move(diagram.items[i]);
    for (int& item : diagram.m_itemOfNode)
        item = item < 0 ? item : static_cast<int>(place[static_cast<size_t>(item)]);
    diagram.items = std::move(items);
}

} // namespace bpu::layout

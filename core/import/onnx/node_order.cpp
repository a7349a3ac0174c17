// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/node_order.h"

#include <algorithm>
#include <functional>
#include <onnx/onnx_pb.h>
#include <queue>
#include <unordered_set>

namespace bpu::importer {
namespace {

using Names = std::vector<std::string_view>;

void collectReads(const onnx::GraphProto& graph, Names& reads);

/// The value names that `node` reads, through its subgraphs too. Depth is bounded by the skimmer.
void collectReads(const onnx::NodeProto& node, Names& reads)
{
    for (const std::string& input : node.input())
        if (!input.empty())
            reads.push_back(input);
    for (const auto& attribute : node.attribute()) {
        if (attribute.has_g())
            collectReads(attribute.g(), reads);
        for (const auto& graph : attribute.graphs())
            collectReads(graph, reads);
    }
}

/// What a subgraph makes itself is its own, even under a name that is also used around it.
void collectReads(const onnx::GraphProto& graph, Names& reads)
{
    Names inside;
    for (const auto& node : graph.node())
        collectReads(node, inside);
    for (const auto& output : graph.output())
        inside.push_back(output.name());
    std::unordered_set<std::string_view> own;
    for (const auto& input : graph.input())
        own.insert(input.name());
    for (const auto& initializer : graph.initializer())
        own.insert(initializer.name());
    for (const auto& node : graph.node())
        own.insert(node.output().begin(), node.output().end());
    std::ranges::copy_if(inside, std::back_inserter(reads), [&own](std::string_view name) { return !own.contains(name); });
}

} // namespace

NodeOrder orderNodes(const onnx::GraphProto& graph)
{
    std::unordered_map<std::string_view, int> producers;
    producers.reserve(static_cast<size_t>(graph.node_size()));
    for (int i = 0; i < graph.node_size(); ++i)
        for (const std::string& output : graph.node(i).output())
            if (!output.empty())
                producers.emplace(output, i);
    const auto count = static_cast<size_t>(graph.node_size());
    std::vector<std::vector<int>> users(count);
    std::vector<int> missing(count);
    bool sorted = true;
    Names reads;
    for (int i = 0; i < graph.node_size(); ++i) {
        reads.clear();
        collectReads(graph.node(i), reads);
        for (const std::string_view name : reads) {
            const auto producer = producers.find(name);
            if (producer == producers.end())
                continue;
            users[static_cast<size_t>(producer->second)].push_back(i);
            ++missing[static_cast<size_t>(i)];
            sorted = sorted && producer->second < i;
        }
    }
    NodeOrder order;
    std::priority_queue<int, std::vector<int>, std::greater<>> ready;
    for (int i = 0; i < graph.node_size(); ++i)
        if (sorted || missing[static_cast<size_t>(i)] == 0)
            sorted ? order.nodes.push_back(i) : ready.push(i);
    while (!ready.empty()) {
        order.nodes.push_back(ready.top());
        ready.pop();
        for (const int user : users[static_cast<size_t>(order.nodes.back())])
            if (--missing[static_cast<size_t>(user)] == 0)
                ready.push(user);
    }
    if (order.nodes.size() != count)
        for (int i = 0; i < graph.node_size(); ++i)
            if (missing[static_cast<size_t>(i)] > 0)
                order.onCycle.push_back(i);
    return order;
}

void countUses(const onnx::GraphProto& graph, std::unordered_map<std::string_view, int>& counts)
{
    Names reads;
    for (const auto& node : graph.node())
        collectReads(node, reads);
    for (const auto& output : graph.output())
        reads.push_back(output.name());
    for (const std::string_view name : reads)
        ++counts[name];
}

} // namespace bpu::importer

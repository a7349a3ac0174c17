// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/memory_of_runs.h"

#include "core/ir/graph_editor.h"
#include "core/runtime/kernel.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace bpu::runtime {

static bool isUsed(const ir::Graph& graph, const ir::Node& node)
{
    return std::ranges::any_of(node.outputs, [&](ValueId id) { return !graph.value(id).users.empty() || graph.value(id).isGraphOutput(); });
}

Result<Unrolled> unrolled(const ir::GraphPtr& graph)
{
    std::map<std::string, NodeId, std::less<>> readers;
    std::vector<NodeId> writers;
    for (const NodeId id : graph->order()) {
        const ir::Node& node = graph->node(id);
        if (node.op == "state" && node.outputs.size() != 1)
            return cannotRun(node, "a state has one result; export the model again");
        if (node.op == "set_state" && (isUsed(*graph, node) || !graph->find(node.input(0))))
            return cannotRun(node, "a state is set to one value, and nothing takes the result; export the model again");
        if (node.op == "state")
            readers.emplace(std::string(node.attributes.text("name")), id);
        if (node.op == "set_state")
            writers.push_back(id);
    }
    if (readers.empty() && writers.empty())
        return Unrolled{graph, {}};
    ir::GraphEditor editor(*graph);
    Unrolled result;
    for (const NodeId writer : writers) {
        const ir::Node node = graph->node(writer);
        const auto reader = readers.find(node.attributes.text("name"));
        if (reader != readers.end()) {
            const ir::Node& source = graph->node(reader->second);
            const auto* initial = source.attributes.find("initial") ? std::get_if<ir::Tensor>(source.attributes.find("initial")) : nullptr;
            const ir::TensorType& type = graph->value(node.input(0)).type;
            if (!initial || initial->type() != type)
                return cannotRun(node, fmt::format("its new content is {}, the first one {}; give the inputs the shape that the state was made for", type.text(),
                                                   initial ? initial->type().text() : "unknown"));
            const ValueId input = editor.addInput(source.name, type);
            editor.replaceUses(source.output(), input);
            const ValueId content = editor.graph().node(writer).input(0); // it may be the state itself
            editor.removeNode(writer);
            editor.addOutput(content);
            editor.removeNode(reader->second);
            readers.erase(reader);
            result.initial.push_back(*initial);
        } else {
            editor.removeNode(writer);
        }
    }
    for (const auto& [name, id] : readers) { // read only: it stays as it is
        const ir::Node& node = graph->node(id);
        if (const auto* initial = node.attributes.find("initial") ? std::get_if<ir::Tensor>(node.attributes.find("initial")) : nullptr)
            editor.makeConstant(node.output(), *initial);
    }
    BPU_TRY(finished, editor.finish());
    result.graph = std::make_shared<const ir::Graph>(std::move(finished));
    return result;
}

} // namespace bpu::runtime

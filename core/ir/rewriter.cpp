// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/rewriter.h"

#include "core/base/assert.h"

namespace bpu::ir {

NodeId Rewriter::fuse(const std::vector<NodeId>& group, NodeSpec spec)
{
    BPU_ASSERT(!group.empty());
    const NodeId last = group.back();
    std::vector<TensorType> types;
    for (const ValueId output : graph().node(last).outputs)
        types.push_back(graph().value(output).type);
    if (spec.scope.empty())
        spec.scope = graph().node(group.front()).scope;
    for (const NodeId id : group)
        spec.origins.insert(spec.origins.end(), graph().node(id).origins.begin(), graph().node(id).origins.end());
    const NodeId fused = addNodeBefore(last, std::move(spec), types);
    swapOutputs(fused, last);
    for (auto it = group.rbegin(); it != group.rend(); ++it)
        removeNode(*it);
    return fused;
}

std::vector<NodeId> Rewriter::replaceByChain(NodeId node, std::vector<NodeSpec> chain, const std::vector<TensorType>& types)
{
    BPU_ASSERT(!chain.empty() && chain.size() == types.size());
    std::vector<NodeId> made;
    for (size_t i = 0; i < chain.size(); ++i) {
        NodeSpec& spec = chain[i];
        if (i > 0 && !spec.inputs.empty() && !spec.inputs[0].isValid())
            spec.inputs[0] = graph().node(made.back()).output();
        spec.scope = graph().node(node).scope;
        spec.origins = graph().node(node).origins;
        made.push_back(addNodeBefore(node, std::move(spec), {types[i]}));
    }
    replaceUses(graph().node(node).output(), graph().node(made.back()).output());
    const std::string valueName = graph().value(graph().node(node).output()).name;
    removeNode(node);
    renameValue(graph().node(made.back()).output(), valueName);
    return made;
}

void Rewriter::bypass(NodeId node)
{
    replaceUses(graph().node(node).output(), graph().node(node).input(0));
    removeNode(node);
}

} // namespace bpu::ir

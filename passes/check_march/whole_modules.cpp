// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/whole_modules.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace bpu::passes {
namespace {

constexpr std::string_view kOp = "multihead_attention";
constexpr std::string_view kModule = "torch.nn.MultiheadAttention";

bool isStep(const ir::Node& node)
{
    return node.op != kOp && !node.scope.empty() && !node.origins.empty() && node.origins.front().what == kModule;
}

} // namespace

WholeModules::WholeModules(const ir::Graph& graph) : m_moduleOf(graph.nodeIdBound())
{
    std::unordered_map<std::string_view, uint32_t> byScope;
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        if (!isStep(node))
            continue;
        const auto [found, isNew] = byScope.try_emplace(node.scope, static_cast<uint32_t>(m_modules.size() + 1));
        m_moduleOf[id.index] = found->second;
        if (isNew) {
            ir::Node& whole = m_modules.emplace_back();
            whole.id = id;
            whole.op = kOp;
            whole.name = whole.scope = node.scope;
            whole.origins = node.origins;
        }
        ir::Node& whole = m_modules[found->second - 1];
        for (const ValueId input : node.inputs) {
            const ir::Value* value = graph.find(input);
            const bool isInside = value && value->producer.isValid() && m_moduleOf[value->producer.index] == found->second;
            if (value && !value->isConstant() && !isInside && std::ranges::find(whole.inputs, input) == whole.inputs.end())
                whole.inputs.push_back(input);
        }
    }
    // One tensor for all three is self-attention. Of several, one may be the mask.
    for (ir::Node& whole : m_modules)
        whole.inputs = std::vector<ValueId>(3, whole.inputs.size() == 1 ? whole.inputs.front() : ValueId{});
}

} // namespace bpu::passes

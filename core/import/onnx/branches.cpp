// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/branches.h"

#include <algorithm>
#include <unordered_map>

namespace bpu::importer {

std::optional<bool> decision(const ir::Value* condition)
{
    const bool known = condition && condition->isConstant() && condition->type.dtype() == ir::DType::Bool && condition->constant->elementCount() == 1;
    return known ? std::optional(condition->constant->integer(0) != 0) : std::nullopt;
}

bool sharesBytes(const ir::Value& a, const ir::Value& b)
{
    return a.isConstant() && b.isConstant() && a.type == b.type && a.constant->storage().sharesWith(b.constant->storage());
}

std::optional<std::vector<ValueId>> inlineBranch(const ir::Graph& branch, const BranchPlace& place)
{
    if (branch.inputs().size() != place.captured.size() || branch.outputs().size() < place.outputs.size())
        return std::nullopt;
    std::unordered_map<uint32_t, ValueId> around; // by value of the branch
    for (size_t i = 0; i < place.captured.size(); ++i)
        around[branch.inputs()[i].index] = place.captured[i];
    const auto valueAround = [&](ValueId inner) {
        const ir::Value* value = branch.find(inner);
        if (!value)
            return ValueId{};
        const auto [found, isNew] = around.try_emplace(inner.index);
        if (isNew)
            found->second = place.addConstant(*value);
        return found->second;
    };
    const auto nameOf = [&](ValueId inner) {
        const auto output = std::ranges::find(branch.outputs(), inner) - branch.outputs().begin();
        return output < std::ssize(place.outputs) ? place.outputs[static_cast<size_t>(output)] : branch.value(inner).name;
    };
    for (const NodeId id : branch.order()) {
        const ir::Node& original = branch.node(id);
        ir::NodeSpec spec{.op = original.op, .name = original.name, .inputs = {}, .attributes = original.attributes};
        spec.scope = original.scope.empty() ? place.scope : original.scope;
        spec.origins = original.origins;
        std::ranges::transform(original.inputs, std::back_inserter(spec.inputs), valueAround);
        std::vector<std::string> names;
        std::ranges::transform(original.outputs, std::back_inserter(names), nameOf);
        const std::vector<ValueId> made = place.addNode(std::move(spec), original, names);
        for (size_t i = 0; i < made.size() && i < original.outputs.size(); ++i)
            around[original.outputs[i].index] = made[i];
    }
    std::vector<ValueId> results;
    for (size_t i = 0; i < place.outputs.size(); ++i)
        results.push_back(valueAround(branch.outputs()[i]));
    return results;
}

namespace {

/// The inputs of an `if` behind its condition, in the order in which `branch` takes them: by name.
std::optional<std::vector<ValueId>> capturedBy(const ir::Graph& branch, const ir::Graph& graph, const ir::Node& node)
{
    std::vector<ValueId> captured;
    for (const ValueId input : branch.inputs()) {
        const auto found = std::ranges::find_if(node.inputs, [&](ValueId outer) {
            const ir::Value* value = graph.find(outer);
            return value && value->name == branch.value(input).name;
        });
        if (found == node.inputs.end())
            return std::nullopt;
        captured.push_back(*found);
    }
    return captured;
}

} // namespace

std::optional<std::vector<NodeId>> replaceDecidedIf(ir::GraphEditor& editor, NodeId id)
{
    const ir::Node node = editor.graph().node(id);
    const auto decided = node.op == "if" ? decision(editor.graph().inputOf(node, 0)) : std::nullopt;
    const ir::Attribute* attribute = decided ? node.attributes.find(*decided ? "then_branch" : "else_branch") : nullptr;
    const auto* branch = attribute ? std::get_if<ir::GraphPtr>(attribute) : nullptr;
    const auto captured = branch ? capturedBy(**branch, editor.graph(), node) : std::nullopt;
    if (!captured || (*branch)->outputs().size() != node.outputs.size())
        return std::nullopt;
    std::unordered_map<std::string_view, ValueId> constants;
    for (uint32_t i = 0; i < editor.graph().valueIdBound(); ++i)
        if (const ir::Value* value = editor.graph().find(ValueId{i}); value && value->isConstant())
            constants.emplace(value->name, value->id);
    std::vector<NodeId> made;
    BranchPlace place{.captured = *captured, .outputs = {}, .scope = node.scope, .addNode = {}, .addConstant = {}};
    for (const ValueId output : node.outputs)
        place.outputs.push_back(editor.graph().value(output).name);
    place.addNode = [&](ir::NodeSpec spec, const ir::Node& original, const std::vector<std::string>& names) {
        std::vector<ir::TensorType> types;
        for (const ValueId output : original.outputs)
            types.push_back((*branch)->value(output).type);
        made.push_back(editor.addNodeBefore(id, std::move(spec), types));
        const std::vector<ValueId> outputs = editor.graph().node(made.back()).outputs;
        for (size_t i = 0; i < outputs.size(); ++i)
            editor.renameValue(outputs[i], names[i]);
        return outputs;
    };
    place.addConstant = [&](const ir::Value& constant) {
        const auto known = constants.find(constant.name);
        const bool isShared = known != constants.end() && sharesBytes(editor.graph().value(known->second), constant);
        return isShared ? known->second : editor.addConstant(constant.name, *constant.constant);
    };
    const auto results = inlineBranch(**branch, place);
    if (!results)
        return std::nullopt;
    for (size_t i = 0; i < results->size(); ++i)
        editor.replaceUses(node.outputs[i], (*results)[i]);
    editor.removeNode(id);
    for (size_t i = 0; i < results->size(); ++i) // their names are free again
        if (std::ranges::find(made, editor.graph().value((*results)[i]).producer) != made.end())
            editor.renameValue((*results)[i], place.outputs[i]);
    return made;
}

} // namespace bpu::importer

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/states.h"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace bpu::importer::torchscript {

Snapshot::Snapshot(const Value& root)
{
    std::vector<std::shared_ptr<Object>> open{root.sharedObject()};
    std::unordered_set<const Object*> seen;
    while (!open.empty()) {
        const std::shared_ptr<Object> object = std::move(open.back());
        open.pop_back();
        if (!seen.insert(object.get()).second)
            continue;
        for (const auto& [attribute, value] : object->attributes) {
            m_entries.push_back({object, attribute, value, value.is(Kind::Tensor) ? value.cell() : Cell()});
            if (value.is(Kind::Object))
                open.push_back(value.sharedObject());
        }
    }
    std::ranges::sort(m_entries, {}, [](const Entry& e) { return std::pair(std::string_view(e.object->path), std::string_view(e.attribute)); });
}

void Snapshot::restore() const
{
    for (const Entry& entry : m_entries) {
        entry.object->attributes.insert_or_assign(entry.attribute, entry.value);
        if (entry.value.is(Kind::Tensor))
            entry.value.cell() = entry.content;
    }
}

namespace {

bool isTensorLike(const Value& value)
{
    return value.is(Kind::Tensor);
}

bool isSameConstant(const Cell& a, const Cell& b)
{
    return a.constant && b.constant && (a.constant->storage().sharesWith(b.constant->storage()) || *a.constant == *b.constant) && a.constant->type() == b.constant->type();
}

ir::Tensor zeros(const ir::TensorType& type)
{
    const std::vector<std::byte> bytes(static_cast<size_t>(type.elementCount()) * ir::byteSize(type.dtype()));
    return {type, Bytes::copyOf(bytes)};
}

/// The content that the first call finds: its own where it has the type, else zeros, which have to be proven.
ir::Tensor initialOf(const Snapshot::Entry& entry, const ir::TensorType& type, bool& needsProof)
{
    if (entry.content.constant && entry.content.constant->type() == type)
        return *entry.content.constant;
    needsProof = true;
    return zeros(type);
}

/// What a number or text can be told of; containers and objects change in place and count as unchanged.
bool isPlain(const Value& value)
{
    return value.isNumber() || value.is(Kind::None) || value.is(Kind::String);
}

bool isSamePlain(const Value& a, const Value& b)
{
    if (a.kind() != b.kind() || a.isKnown() != b.isKnown())
        return false;
    return a.is(Kind::None) || !a.isKnown() || (a.is(Kind::String) ? a.text() == b.text() : a.number() == b.number());
}

} // namespace

Aftermath aftermathOf(const Snapshot& before, const GraphBuilder& builder)
{
    Aftermath result;
    for (const Snapshot::Entry& entry : before.entries()) {
        const auto found = entry.object->attributes.find(entry.attribute);
        const Value now = found == entry.object->attributes.end() ? Value() : found->second;
        if (isTensorLike(now) && !now.cell().constant) {
            const ir::TensorType type = builder.typeOf(now.cell());
            result.isKnown = result.isKnown && type.isStatic() && ir::byteSize(type.dtype()) > 0;
            if (result.isKnown)
                result.states.push_back({entry.object, entry.attribute, initialOf(entry, type, result.needsProof)});
        } else if (isTensorLike(now)) {
            if (!isTensorLike(entry.value) || !isSameConstant(entry.content, now.cell())) {
                result.constants.emplace_back(entry, now);
                result.needsProof = true;
            }
        } else if (isPlain(now) || isTensorLike(entry.value)) {
            result.isKnown = result.isKnown && now.isKnown();
            if (!isSamePlain(entry.value, now)) {
                result.constants.emplace_back(entry, now);
                result.needsProof = true;
            }
        }
    }
    return result;
}

bool computeTheSame(const ir::Graph& a, const ir::Graph& b)
{
    if (a.nodeCount() != b.nodeCount() || a.inputs().size() != b.inputs().size() || a.outputs().size() != b.outputs().size())
        return false;
    std::map<ValueId, ValueId> partner;
    for (size_t i = 0; i < a.inputs().size(); ++i)
        partner.emplace(a.inputs()[i], b.inputs()[i]);
    const auto isSame = [&](ValueId x, ValueId y) {
        const ir::Value* first = a.find(x);
        const ir::Value* second = b.find(y);
        if (!first || !second)
            return !first && !second;
        if (first->isConstant() || second->isConstant())
            return first->isConstant() && second->isConstant() && *first->constant == *second->constant;
        const auto found = partner.find(x);
        return found != partner.end() && found->second == y;
    };
    for (size_t i = 0; i < a.order().size(); ++i) {
        const ir::Node& first = a.node(a.order()[i]);
        const ir::Node& second = b.node(b.order()[i]);
        if (first.op != second.op || !(first.attributes == second.attributes) || !std::ranges::equal(first.inputs, second.inputs, isSame) || first.outputs.size() != second.outputs.size())
            return false;
        for (size_t k = 0; k < first.outputs.size(); ++k)
            partner.emplace(first.outputs[k], second.outputs[k]);
    }
    return std::ranges::equal(a.outputs(), b.outputs(), isSame);
}

} // namespace bpu::importer::torchscript

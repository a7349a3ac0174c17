// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Objects whose class has a __setstate__: the file keeps a tuple, which the class's own code, followed like any
// other, makes attributes of. Parameters that PyTorch packs in C++ are taken apart here.
#include "core/import/torchscript/eval/evaluator.h"
#include "core/import/torchscript/eval/packed.h"

#include <unordered_set>

namespace bpu::importer::torchscript {

Result<void> Evaluator::restore(const std::shared_ptr<Object>& object)
{
    const Value state = *std::exchange(object->state, std::nullopt);
    if (auto packed = unpackState(state); packed && withoutMangling(object->className).starts_with("torch.classes.quantized.")) {
        const std::string path = object->path;
        // "fc._packed_params._packed_params" -> "fc.weight", the name that the author knows
        std::string_view owner = path;
        while (owner.ends_with("._packed_params"))
            owner.remove_suffix(sizeof("._packed_params") - 1);
        nameParameters(*packed, owner);
        *object = toValue(*packed).object();
        object->path = path;
        return {};
    }
    BPU_TRY(type, m_library.findClass(object->className));
    if (!type || !type->methods.contains("__setstate__"))
        return {};
    object->isModule = type->form == Class::Form::Module;
    Arguments given;
    given.positional.push_back(state);
    BPU_CHECK(callMethod(Value::object(object), "__setstate__", std::move(given)));
    if (object->attributes.contains("training"))
        object->attributes.insert_or_assign("training", Value::of(false));
    return {};
}

/// Inner objects first: the state of an outer one may hold them.
Result<void> Evaluator::restoreObjects()
{
    std::vector<Value> open{m_program.root};
    std::vector<std::shared_ptr<Object>> kept;
    std::unordered_set<const void*> seen;
    const auto push = [&](const Value& value) {
        if (value.is(Kind::Object) || (value.isKnown() && (value.isSequence() || value.is(Kind::Dict))))
            open.push_back(value);
    };
    while (!open.empty()) {
        const Value value = std::move(open.back());
        open.pop_back();
        BPU_CHECK(spend(1));
        if (value.isSequence()) {
            for (const Value& item : value.items())
                push(item);
        } else if (value.is(Kind::Dict)) {
            for (const auto& entry : value.dictData().entries)
                push(entry.second);
        } else if (const std::shared_ptr<Object> object = value.sharedObject(); seen.insert(object.get()).second) {
            for (const auto& [attribute, content] : object->attributes)
                push(content);
            if (object->state) {
                push(*object->state);
                kept.push_back(object);
            }
        }
    }
    for (auto object = kept.rbegin(); object != kept.rend(); ++object)
        BPU_CHECK(restore(*object));
    return {};
}

} // namespace bpu::importer::torchscript

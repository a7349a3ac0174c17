// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The network of a module that remembers is the one of its later calls.
#include "core/import/torchscript/eval/evaluator.h"

#include <algorithm>

namespace bpu::importer::torchscript {
namespace {

std::string nameOf(const State& state)
{
    return state.object->path.empty() ? state.attribute : state.object->path + "." + state.attribute;
}

/// From now on every call does the same: no state of another type, no number that goes on changing.
bool isSteady(const Aftermath& after, const std::vector<State>& states)
{
    const auto isKnown = [&](const State& state) {
        return std::ranges::any_of(states, [&](const State& known) {
            return known.object == state.object && known.attribute == state.attribute && known.initial.type() == state.initial.type();
        });
    };
    return after.isKnown && after.constants.empty() && std::ranges::all_of(after.states, isKnown);
}

} // namespace

Result<void> Evaluator::prepareMemory()
{
    m_memory->before.restore();
    if (m_memory->form == Memory::Form::AsTheFileHasIt)
        return {};
    for (const auto& [entry, value] : m_memory->aftermath.constants)
        entry.object->attributes.insert_or_assign(entry.attribute, value);
    for (const State& state : m_memory->aftermath.states) {
        Value value = Value::tensor(state.initial, nameOf(state));
        if (m_memory->form == Memory::Form::Remembered)
            value = m_builder.emit({.op = "state", .name = nameOf(state), .attributes = {{"initial", state.initial}, {"name", nameOf(state)}}}, 1).front();
        state.object->attributes.insert_or_assign(state.attribute, value);
    }
    return {};
}

Result<void> Evaluator::finishMemory()
{
    const auto isState = [&](const State& state) { return state.object->attributes.contains(state.attribute) && state.object->attributes.at(state.attribute).is(Kind::Tensor); };
    for (const State& state : m_memory->aftermath.states) {
        if (!isState(state))
            continue;
        const ValueId value = m_builder.use(state.object->attributes.at(state.attribute).sharedCell());
        if (m_memory->form == Memory::Form::Remembered)
            m_builder.emit({.op = "set_state", .name = nameOf(state), .inputs = {value}, .attributes = {{"name", nameOf(state)}}}, 1);
        else
            m_builder.emitter().editor().addOutput(value);
    }
    return {};
}

namespace {

/// Nothing when the calls behind the first one cannot be told or do not fit it.
std::optional<Evaluated> remembered(const Program& program, const EvalOptions& options, const Evaluator& first)
{
    const Aftermath& after = first.aftermath();
    const auto evaluated = [&](Memory::Form form) -> std::optional<Evaluated> {
        Evaluator evaluator(program, options, Memory{form, first.before(), after});
        auto result = evaluator.run();
        const bool isUsable = result && (form != Memory::Form::Remembered || isSteady(evaluator.aftermath(), after.states));
        return isUsable ? std::optional(*std::move(result)) : std::nullopt;
    };
    auto later = evaluated(Memory::Form::Remembered);
    if (!later || !after.needsProof)
        return later;
    const auto original = evaluated(Memory::Form::AsTheFileHasIt);
    const auto initial = evaluated(Memory::Form::Initial);
    return original && initial && computeTheSame(original->graph, initial->graph) ? std::move(later) : std::nullopt;
}

} // namespace

Result<Evaluated> evaluate(Program program, const EvalOptions& options)
{
    Evaluator first(program, options);
    BPU_TRY(evaluated, first.run());
    if (first.aftermath().isKnown && !first.aftermath().states.empty())
        if (auto later = remembered(program, options, first))
            return *std::move(later);
    return std::move(evaluated);
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/graph_builder.h"

#include <algorithm>
#include <ranges>

namespace bpu::importer::torchscript {

struct GraphBuilder::Level {
    Level(std::string graphName, int number, ops::FoldBudget& budget) : serial(number), emitter(budget)
    {
        emitter.editor().setName(std::move(graphName));
    }

    int serial;
    Emitter emitter;
    std::unordered_map<const Cell*, ValueId> constants;
    std::vector<std::shared_ptr<Cell>> kept; ///< keys of `constants` stay valid
    std::unordered_map<ValueId, ValueId> inner;
    std::vector<ValueId> captured; ///< of the level below
    std::vector<Change> changes;
};

GraphBuilder::GraphBuilder(std::string graphName)
{
    openLevel(std::move(graphName));
}

GraphBuilder::~GraphBuilder() = default;

Emitter& GraphBuilder::emitter()
{
    return m_levels.back()->emitter;
}

const ir::Graph& GraphBuilder::graph() const
{
    return m_levels.back()->emitter.graph();
}

void GraphBuilder::openLevel(std::string graphName)
{
    m_levels.push_back(std::make_shared<Level>(std::move(graphName), m_serial++, m_budget));
}

std::shared_ptr<GraphBuilder::Level> GraphBuilder::takeLevel()
{
    std::shared_ptr<Level> top = std::move(m_levels.back());
    m_levels.pop_back();
    return top;
}

void GraphBuilder::putLevel(std::shared_ptr<Level> level)
{
    m_levels.push_back(std::move(level));
}

size_t GraphBuilder::indexOf(int serial) const
{
    size_t i = 0;
    while (i < m_levels.size() && m_levels[i]->serial != serial)
        ++i;
    return i;
}

ir::TensorType GraphBuilder::typeOf(const Cell& cell) const
{
    if (cell.constant)
        return cell.constant->type();
    const size_t at = indexOf(cell.level);
    return at == m_levels.size() ? ir::TensorType() : m_levels[at]->emitter.graph().value(cell.value).type;
}

ValueId GraphBuilder::constant(const std::shared_ptr<Cell>& cell)
{
    Level& top = *m_levels.back();
    if (const auto known = top.constants.find(cell.get()); known != top.constants.end())
        return known->second;
    const ValueId id = top.emitter.editor().addConstant(cell->name.empty() ? "constant" : cell->name, *cell->constant);
    top.constants.emplace(cell.get(), id);
    // The graph's scheme is symmetric: other zero points are attributes of the node that reads the tensor.
    if (cell->quantizer && cell->constant->dtype() == ir::DType::Int8 && std::ranges::all_of(cell->quantizer->zeroPoints, [](int64_t zero) { return zero == 0; }))
        top.emitter.editor().setQuant(id, ir::QuantParams{ir::QType::QInt8, cell->quantizer->scales, cell->quantizer->axis});
    top.kept.push_back(cell);
    return id;
}

ValueId GraphBuilder::use(const std::shared_ptr<Cell>& cell)
{
    if (cell->value.isValid() && cell->level == m_levels.back()->serial)
        return cell->value;
    if (cell->constant)
        return constant(cell);
    const size_t home = indexOf(cell->level);
    if (home == m_levels.size() || !cell->value.isValid()) { // made in a branch that has ended, and kept in a list
        *cell = emit({.op = "prim.If"}, 1).front().cell();
        return cell->value;
    }
    ValueId id = cell->value;
    for (size_t l = home + 1; l < m_levels.size(); ++l) {
        Level& inner = *m_levels[l];
        const auto [at, isNew] = inner.inner.try_emplace(id);
        if (isNew) {
            const ir::Value& outer = m_levels[l - 1]->emitter.graph().value(id);
            at->second = inner.emitter.editor().addInput(outer.name, outer.type);
            inner.captured.push_back(id);
        }
        id = at->second;
    }
    return id;
}

Value GraphBuilder::addInput(std::string_view inputName, ir::TensorType type)
{
    auto cell = std::make_shared<Cell>();
    cell->value = emitter().editor().addInput(inputName, std::move(type));
    cell->level = m_levels.back()->serial;
    return Value::cell(std::move(cell));
}

Value GraphBuilder::valueOf(ValueId id) const
{
    auto cell = std::make_shared<Cell>();
    cell->value = id;
    cell->level = m_levels.back()->serial;
    cell->constant = graph().value(id).constant;
    return Value::cell(std::move(cell));
}

std::vector<Value> GraphBuilder::emit(ir::NodeSpec spec, size_t results)
{
    ++m_nodes;
    std::vector<Value> values;
    for (const ValueId id : emitter().add(std::move(spec), std::vector<std::string>(results)))
        values.push_back(valueOf(id));
    return values;
}

void GraphBuilder::refine(const Cell& cell, const ir::TensorType& type)
{
    if (cell.constant || cell.level != m_levels.front()->serial || !cell.value.isValid())
        return;
    Emitter& outermost = m_levels.front()->emitter;
    const ir::Value& value = outermost.graph().value(cell.value);
    if (value.isGraphInput)
        outermost.editor().setType(cell.value, mergeTypes(value.type, type));
}

void GraphBuilder::takeAsIndices(const Cell& cell)
{
    if (cell.constant || cell.level != m_levels.front()->serial || !cell.value.isValid())
        return;
    Emitter& outermost = m_levels.front()->emitter;
    const ir::Value& value = outermost.graph().value(cell.value);
    if (value.isGraphInput && value.type.dtype() == ir::DType::Float32)
        outermost.editor().setType(cell.value, value.type.withDType(ir::DType::Int64));
}

void GraphBuilder::note(Change change)
{
    if (isInBranch())
        m_levels.back()->changes.push_back(std::move(change));
}

void GraphBuilder::rebind(const std::shared_ptr<Cell>& target, const Cell& content)
{
    note({.cell = target, .before = *target, .object = {}, .attribute = {}, .oldValue = {}});
    for (const auto& level : m_levels)
        level->constants.erase(target.get());
    const std::string name = target->name;
    const std::optional<View> view = target->view;
    *target = content;
    target->name = name;
    target->view = view;
}

void GraphBuilder::setAttribute(const std::shared_ptr<Object>& object, const std::string& attribute, Value value)
{
    const auto known = object->attributes.find(attribute);
    const bool existed = known != object->attributes.end();
    note({.cell = {}, .before = {}, .object = object, .attribute = attribute, .oldValue = existed ? known->second : Value(), .existed = existed});
    object->attributes.insert_or_assign(attribute, std::move(value));
}

std::vector<std::pair<Change, Value>> GraphBuilder::undoChanges()
{
    std::vector<std::pair<Change, Value>> undone;
    std::vector<Change> changes = std::exchange(m_levels.back()->changes, {});
    for (Change& change : changes | std::views::reverse) {
        const auto isSamePlace = [&](const auto& other) {
            return change.cell ? other.first.cell == change.cell : other.first.object == change.object && other.first.attribute == change.attribute;
        };
        const auto later = std::ranges::find_if(undone, isSamePlace);
        Value last;
        if (change.cell) {
            last = Value::cell(std::make_shared<Cell>(*change.cell));
            for (const auto& level : m_levels)
                level->constants.erase(change.cell.get());
            *change.cell = change.before;
        } else {
            last = change.object->attributes[change.attribute];
            if (change.existed)
                change.object->attributes[change.attribute] = change.oldValue;
            else
                change.object->attributes.erase(change.attribute);
        }
        if (later == undone.end())
            undone.emplace_back(change, last);
    }
    std::ranges::reverse(undone);
    return undone;
}

Result<GraphBuilder::Branch> GraphBuilder::closeLevel(const std::vector<ValueId>& results)
{
    Level& top = *m_levels.back();
    Branch branch;
    for (const ValueId id : top.captured) {
        branch.outer.push_back(id);
        branch.captured.push_back(m_levels[m_levels.size() - 2]->emitter.graph().value(id).name);
    }
    for (const ValueId id : results)
        top.emitter.editor().addOutput(id);
    top.emitter.editor().removeDead();
    BPU_TRY(finished, top.emitter.editor().finish());
    branch.graph = std::make_shared<const ir::Graph>(std::move(finished));
    m_levels.pop_back();
    return branch;
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Conditions and loops that depend on the values of tensors. A condition becomes a node `if` with both branches
// as graphs; a loop becomes one opaque node. Lists that a branch appends to are shared with the code around it.
#include "core/import/torchscript/eval/evaluator.h"

#include "core/import/torchscript/eval/host.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace bpu::importer::torchscript {

/// A branch that ends in an exception refuses inputs; the network is the other one.
bool Evaluator::raises(std::span<const StmtId> body) const
{
    return std::ranges::any_of(body, [&](StmtId id) {
        const Stmt& s = tree()[id];
        if (s.kind == StmtKind::Raise)
            return true;
        return s.kind == StmtKind::Expr && tree()[s.a].kind == ExprKind::Call && dottedName(tree().item(tree()[s.a], 0)) == "ops.prim.RaiseException";
    });
}

Result<Evaluator::Flow> Evaluator::ifElse(const Stmt& s)
{
    BPU_TRY(condition, evaluate(s.a));
    const auto body = tree().statements(s.body);
    const auto orElse = tree().statements(s.orElse);
    if (const std::optional<bool> holds = truth(condition))
        return block(*holds ? body : orElse);
    if (raises(body) != raises(orElse))
        return block(raises(body) ? orElse : body);
    return unknownIf(s, condition);
}

Result<Evaluator::Outcome> Evaluator::tryBranch(std::span<const StmtId> body, std::string graphName)
{
    const size_t frames = m_frames.size();
    const Locals before = m_frames.back().locals;
    m_builder.openLevel(std::move(graphName));
    Result<Flow> flow = block(body);
    if (!flow && flow.error().code != "torchscript.raises")
        return Error{std::move(flow).error()};
    m_frames.resize(frames);
    Outcome outcome;
    outcome.raises = !flow || *flow == Flow::Raise;
    if (!outcome.raises && *flow != Flow::Next)
        return error("a return or break under a condition that depends on data is not read");
    outcome.locals = std::exchange(m_frames.back().locals, before);
    outcome.changes = m_builder.undoChanges();
    outcome.level = m_builder.takeLevel();
    return outcome;
}

Result<Evaluator::Flow> Evaluator::unknownIf(const Stmt& s, const Value& condition)
{
    const auto body = tree().statements(s.body);
    const auto orElse = tree().statements(s.orElse);
    const uint32_t offset = s.offset;
    BPU_TRY(a, tryBranch(body, "then_branch"));
    BPU_TRY(b, tryBranch(orElse, "else_branch"));
    if (a.raises || b.raises)
        return block(a.raises ? orElse : body);
    m_frames.back().offset = offset;
    m_frames.back().line = s.line;
    std::vector<Merge> merges;
    std::set<std::string_view> names; // in a fixed order
    for (const auto& [local, value] : a.locals)
        names.insert(local);
    for (const auto& [local, value] : b.locals)
        names.insert(local);
    for (const std::string_view local : names) {
        const auto first = a.locals.find(local);
        const auto second = b.locals.find(local);
        if (first != a.locals.end() && second != b.locals.end())
            m_frames.back().locals.insert_or_assign(local, merge(first->second, second->second, merges));
    }
    mergeChanges(a, b, merges);
    BPU_CHECK(emitIf(condition, a, b, merges));
    return Flow::Next;
}

Value Evaluator::merge(const Value& a, const Value& b, std::vector<Merge>& merges) const
{
    if (a.isSame(b))
        return a;
    if (a.is(Kind::Unknown) && !b.is(Kind::Tensor)) // uninitialized(T)
        return b;
    if (b.is(Kind::Unknown) && !a.is(Kind::Tensor))
        return a;
    if (a.isSequence() && a.kind() == b.kind() && a.isKnown() && b.isKnown() && a.items().size() == b.items().size()) {
        std::vector<Value> items;
        for (size_t i = 0; i < a.items().size(); ++i)
            items.push_back(merge(a.items()[i], b.items()[i], merges));
        return Value::list(std::move(items), a.kind());
    }
    if ((a.is(Kind::Tensor) || a.is(Kind::Unknown)) && (b.is(Kind::Tensor) || b.is(Kind::Unknown))) { // a cell without content stands for what is not initialized
        const auto tensorOf = [](const Value& value) { return Value::cell(value.sharedCell() ? value.sharedCell() : std::make_shared<Cell>()); };
        merges.push_back({.first = tensorOf(a), .second = tensorOf(b), .result = std::make_shared<Cell>()});
        return Value::cell(merges.back().result);
    }
    return Value::unknown(a.kind() == b.kind() && !a.is(Kind::Tensor) && !a.is(Kind::None) && !a.is(Kind::Object) ? a.kind() : Kind::Unknown);
}

/// Attributes and tensors that a branch changed get the merged content.
void Evaluator::mergeChanges(Outcome& a, Outcome& b, std::vector<Merge>& merges)
{
    const auto isSamePlace = [](const Change& x, const Change& y) { return x.cell == y.cell && x.object == y.object && x.attribute == y.attribute; };
    std::vector<std::pair<Change, Value>> places = a.changes;
    for (const auto& entry : b.changes)
        if (std::ranges::none_of(places, [&](const auto& known) { return isSamePlace(known.first, entry.first); }))
            places.push_back(entry);
    for (const auto& [change, unused] : places) {
        const Value now = change.cell ? Value::cell(std::make_shared<Cell>(*change.cell)) : change.existed ? change.oldValue : Value();
        const auto after = [&](const Outcome& outcome) {
            const auto found = std::ranges::find_if(outcome.changes, [&](const auto& entry) { return isSamePlace(entry.first, change); });
            return found == outcome.changes.end() ? now : found->second;
        };
        const Value merged = merge(after(a), after(b), merges);
        if (!change.cell)
            m_builder.setAttribute(change.object, change.attribute, merged);
        else if (!merges.empty() && merged.is(Kind::Tensor) && merges.back().result == merged.sharedCell()) {
            merges.back().result = change.cell;
            merges.back().isFresh = false;
        }
    }
}

/// A node without inputs for a tensor that the branch does not set; nothing for one that has content.
void Evaluator::initialize(Outcome& outcome, const Value& missing, Outcome& other, const Value& given)
{
    const auto hasContent = [](const Cell& cell) { return cell.constant || cell.value.isValid(); };
    if (hasContent(missing.cell()) || !hasContent(given.cell()))
        return;
    m_builder.putLevel(std::move(other.level));
    const ir::TensorType type = m_builder.typeOf(given.cell());
    other.level = m_builder.takeLevel();
    m_builder.putLevel(std::move(outcome.level));
    missing.cell() = m_builder.emit({.op = "prim.Uninitialized"}, 1).front().cell();
    m_builder.emitter().editor().setType(missing.cell().value, type);
    outcome.level = m_builder.takeLevel();
}

Result<void> Evaluator::emitIf(const Value& condition, Outcome& a, Outcome& b, std::vector<Merge>& merges)
{
    for (Merge& m : merges) { // of a branch that gives nothing, the other one tells the type
        initialize(a, m.first, b, m.second);
        initialize(b, m.second, a, m.first);
    }
    const auto close = [&](Outcome& outcome, Value Merge::*side) -> Result<GraphBuilder::Branch> {
        m_builder.putLevel(std::move(outcome.level));
        std::vector<ValueId> results;
        for (const Merge& m : merges)
            results.push_back(m_builder.use((m.*side).sharedCell()));
        return m_builder.closeLevel(results);
    };
    BPU_TRY(first, close(a, &Merge::first));
    BPU_TRY(second, close(b, &Merge::second));
    if (first.graph->nodeCount() == 0 && second.graph->nodeCount() == 0 && merges.empty())
        return {}; // nothing of the network is in it
    std::vector<ValueId> inputs{condition.sharedCell() && (condition.is(Kind::Tensor) || !condition.isKnown()) ? m_builder.use(condition.sharedCell()) : ValueId{}};
    std::vector<std::string> captured;
    for (const GraphBuilder::Branch* branch : {&first, &second}) {
        for (size_t i = 0; i < branch->outer.size(); ++i) {
            if (std::ranges::find(captured, branch->captured[i]) != captured.end())
                continue;
            captured.push_back(branch->captured[i]);
            inputs.push_back(branch->outer[i]);
        }
    }
    ir::Attributes attributes{{"then_branch", first.graph}, {"else_branch", second.graph}};
    if (!captured.empty())
        attributes.set("captured", captured);
    BPU_TRY(results, emit("if", "prim.If", std::move(inputs), std::move(attributes), std::max<size_t>(merges.size(), 1)));
    for (size_t i = 0; i < merges.size(); ++i) {
        if (merges[i].isFresh)
            *merges[i].result = results[i].cell(); // no change that a branch around this one would undo
        else
            m_builder.rebind(merges[i].result, results[i].cell());
    }
    noteRegion("a condition");
    return {};
}

namespace {

/// What a loop's body may change and read, by name.
struct Uses {
    std::set<std::string_view> assigned;
    std::set<std::string_view> appended;
    std::set<std::string_view> read;
};

void collectTarget(const Tree& tree, ExprId id, Uses& uses)
{
    const Expr& e = tree[id];
    if (e.kind == ExprKind::Name)
        uses.assigned.insert(e.text);
    if (e.kind == ExprKind::Tuple || e.kind == ExprKind::List || e.kind == ExprKind::Star)
        for (const ExprId item : tree.items(e))
            collectTarget(tree, item, uses);
}

void collectReads(const Tree& tree, ExprId id, Uses& uses)
{
    if (!id.isValid())
        return;
    const Expr& e = tree[id];
    if (e.kind == ExprKind::Name)
        uses.read.insert(e.text);
    const auto items = tree.items(e);
    if (e.kind == ExprKind::Call && items.size() > 1 && tree[items[0]].kind == ExprKind::Attribute && tree[items[1]].kind == ExprKind::Name) {
        const std::string_view callee = tree[items[0]].text;
        if (callee == "append" || callee == "extend" || callee == "insert" || callee == "_set_item")
            uses.appended.insert(tree[items[1]].text);
    }
    for (const ExprId item : items)
        collectReads(tree, item, uses);
}

void collect(const Tree& tree, std::span<const StmtId> body, Uses& uses)
{
    for (const StmtId id : body) {
        const Stmt& s = tree[id];
        const bool assigns = s.kind == StmtKind::Assign || s.kind == StmtKind::Annotated || s.kind == StmtKind::Augmented || s.kind == StmtKind::For;
        if (assigns)
            collectTarget(tree, s.a, uses);
        if (!assigns || s.kind == StmtKind::Augmented)
            collectReads(tree, s.a, uses);
        collectReads(tree, s.b, uses);
        collect(tree, tree.statements(s.body), uses);
        collect(tree, tree.statements(s.orElse), uses);
    }
}

} // namespace

Result<void> Evaluator::unknownLoop(const Stmt& s)
{
    Uses uses;
    collect(tree(), tree().statements(s.body), uses);
    if (s.kind == StmtKind::For)
        collectTarget(tree(), s.a, uses);
    collectReads(tree(), s.kind == StmtKind::For ? s.b : s.a, uses);
    uses.assigned.insert(uses.appended.begin(), uses.appended.end());
    Locals& locals = m_frames.back().locals;
    std::vector<ValueId> inputs;
    const auto read = [&](const Value& value, auto&& self) -> void {
        if (value.is(Kind::Tensor) || (!value.isKnown() && value.sharedCell()))
            inputs.push_back(m_builder.use(value.sharedCell()));
        else if (value.isSequence() && value.isKnown())
            for (const Value& item : value.items())
                self(item, self);
        else if (value.is(Kind::Dict) && value.isKnown())
            for (const auto& [key, item] : value.dictData().entries)
                self(item, self);
    };
    for (const std::string_view local : uses.read)
        if (const auto found = locals.find(local); found != locals.end())
            read(found->second, read);
    std::ranges::sort(inputs);
    inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
    m_frames.back().offset = s.offset;
    std::vector<std::string_view> results;
    for (const std::string_view local : uses.assigned) {
        const auto found = locals.find(local);
        if (found != locals.end() && found->second.isNumber())
            found->second = Value::unknown(found->second.kind());
        else if (found != locals.end())
            results.push_back(local);
        else
            locals.insert_or_assign(local, Value::unknown());
    }
    BPU_TRY(tensors, emit("prim.Loop", "prim.Loop", std::move(inputs), {}, std::max<size_t>(results.size(), 1)));
    for (size_t i = 0; i < results.size(); ++i) {
        Value& local = m_frames.back().locals[results[i]];
        local = local.is(Kind::Tensor) ? tensors[i] : Value::unknown(local.is(Kind::List) ? Kind::List : Kind::Unknown, tensors[i].sharedCell());
    }
    noteRegion("a loop");
    return {};
}

} // namespace bpu::importer::torchscript

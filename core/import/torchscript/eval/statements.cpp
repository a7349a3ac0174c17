// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/evaluator.h"

#include "core/import/torchscript/eval/host.h"

#include <fmt/format.h>

namespace bpu::importer::torchscript {

Result<Evaluator::Flow> Evaluator::block(std::span<const StmtId> statements)
{
    const Level level(m_depth);
    BPU_CHECK(checkDepth());
    for (const StmtId id : statements) {
        BPU_TRY(flow, statement(tree()[id]));
        if (flow != Flow::Next)
            return flow;
    }
    return Flow::Next;
}

Result<Evaluator::Flow> Evaluator::statement(const Stmt& s)
{
    BPU_CHECK(spend(1));
    Frame& frame = m_frames.back();
    frame.offset = s.offset;
    frame.line = s.line;
    switch (s.kind) {
    case StmtKind::Assign:
    case StmtKind::Annotated:
        if (s.b.isValid()) {
            BPU_TRY(value, evaluate(s.b));
            BPU_CHECK(assign(s.a, std::move(value)));
        }
        return Flow::Next;
    case StmtKind::Augmented: BPU_CHECK(augmented(s)); return Flow::Next;
    case StmtKind::Expr: return expressionStatement(s);
    case StmtKind::Return: return returnStatement(s);
    case StmtKind::Break: return Flow::Break;
    case StmtKind::Continue: return Flow::Continue;
    case StmtKind::Raise: m_raised = "an exception"; return Flow::Raise;
    case StmtKind::Assert: {
        BPU_TRY(condition, evaluate(s.a));
        const std::optional<bool> holds = truth(condition);
        m_raised = "an assertion fails";
        return holds.value_or(true) ? Flow::Next : Flow::Raise;
    }
    case StmtKind::If: return ifElse(s);
    case StmtKind::While: return whileLoop(s);
    case StmtKind::For: return forLoop(s);
    case StmtKind::With: {
        BPU_TRY(context, evaluate(s.a));
        if (s.b.isValid())
            BPU_CHECK(assign(s.b, std::move(context)));
        return block(tree().statements(s.body));
    }
    case StmtKind::Import:
    case StmtKind::Class:
    case StmtKind::Def:
    case StmtKind::Pass:
    case StmtKind::Delete: break;
    }
    return Flow::Next;
}

/// ops.prim.RaiseException is a call, but it ends the evaluation.
Result<Evaluator::Flow> Evaluator::expressionStatement(const Stmt& s)
{
    const Expr& e = tree()[s.a];
    if (e.kind == ExprKind::Call && dottedName(tree().item(e, 0)) == "ops.prim.RaiseException") {
        BPU_TRY(given, arguments(e));
        const bool hasText = !given.positional.empty() && given.positional[0].is(Kind::String) && given.positional[0].isKnown();
        m_raised = hasText && !given.positional[0].text().empty() ? given.positional[0].text() : "an exception";
        return Flow::Raise;
    }
    BPU_CHECK(evaluate(s.a));
    return Flow::Next;
}

Result<Evaluator::Flow> Evaluator::returnStatement(const Stmt& s)
{
    Value result = Value::none();
    if (s.a.isValid()) {
        BPU_TRY(value, evaluate(s.a));
        result = std::move(value);
    }
    m_frames.back().result = std::move(result);
    return Flow::Return;
}

Result<Evaluator::Flow> Evaluator::forLoop(const Stmt& s)
{
    BPU_TRY(iterable, evaluate(s.b));
    BPU_TRY(items, iterate(iterable));
    if (!items) {
        BPU_CHECK(unknownLoop(s));
        return Flow::Next;
    }
    for (const Value& item : *items) {
        BPU_CHECK(assign(s.a, item));
        BPU_TRY(flow, block(tree().statements(s.body)));
        if (flow == Flow::Break)
            break;
        if (flow == Flow::Return || flow == Flow::Raise)
            return flow;
    }
    return Flow::Next;
}

Result<Evaluator::Flow> Evaluator::whileLoop(const Stmt& s)
{
    while (true) {
        BPU_CHECK(spend(1));
        BPU_TRY(condition, evaluate(s.a));
        const std::optional<bool> goesOn = truth(condition);
        if (!goesOn) {
            BPU_CHECK(unknownLoop(s));
            return Flow::Next;
        }
        if (!*goesOn)
            return Flow::Next;
        BPU_TRY(flow, block(tree().statements(s.body)));
        if (flow == Flow::Break)
            return Flow::Next;
        if (flow == Flow::Return || flow == Flow::Raise)
            return flow;
    }
}

/// Tensors change in place, everything else gets a new value.
Result<void> Evaluator::augmented(const Stmt& s)
{
    BPU_TRY(target, evaluate(s.a));
    BPU_TRY(operand, evaluate(s.b));
    const bool isTensor = target.is(Kind::Tensor);
    BPU_TRY(value, callOperator(std::string(operatorName(s.op)) + (isTensor ? "_" : ""), {{target, operand}, {}}));
    return assign(s.a, std::move(value));
}

Result<void> Evaluator::assign(ExprId target, Value value)
{
    const Expr& e = tree()[target];
    switch (e.kind) {
    case ExprKind::Name: m_frames.back().locals.insert_or_assign(e.text, std::move(value)); return {};
    case ExprKind::Tuple:
    case ExprKind::List: return unpack(tree().items(e), value);
    case ExprKind::Attribute: {
        BPU_TRY(object, evaluate(tree().item(e, 0)));
        if (!object.is(Kind::Object))
            return error(fmt::format("the attribute '{}' of {} cannot be set", e.text, torchscript::name(object.kind())));
        m_builder.setAttribute(object.sharedObject(), std::string(e.text), std::move(value));
        return {};
    }
    case ExprKind::Subscript: {
        if (e.items.count != 2)
            return error("an assignment to several indices at once is not read");
        BPU_TRY(object, evaluate(tree().item(e, 0)));
        BPU_TRY(index, evaluate(tree().item(e, 1)));
        BPU_CHECK(callOperator("_set_item", {{object, index, std::move(value)}, {}}));
        return {};
    }
    default: return error("nothing can be assigned to this expression");
    }
}

Result<void> Evaluator::unpack(std::span<const ExprId> targets, const Value& value)
{
    BPU_TRY(items, iterate(value));
    size_t star = targets.size();
    for (size_t i = 0; i < targets.size(); ++i)
        if (tree()[targets[i]].kind == ExprKind::Star)
            star = i;
    const bool hasStar = star < targets.size();
    if (!items) {
        for (const ExprId target : targets)
            BPU_CHECK(assign(hasStar && tree()[target].kind == ExprKind::Star ? tree().item(tree()[target], 0) : target,
                             Value::unknown(Kind::Unknown, value.is(Kind::Tensor) || !value.isKnown() ? value.sharedCell() : nullptr)));
        return {};
    }
    if (hasStar ? items->size() + 1 < targets.size() : items->size() != targets.size())
        return error(fmt::format("{} values are assigned to {} names", items->size(), targets.size()));
    const size_t rest = items->size() + 1 - targets.size();
    size_t next = 0;
    for (size_t i = 0; i < targets.size(); ++i) {
        if (i != star) {
            BPU_CHECK(assign(targets[i], (*items)[next++]));
            continue;
        }
        const auto first = items->begin() + static_cast<std::ptrdiff_t>(next);
        BPU_CHECK(assign(tree().item(tree()[targets[i]], 0), Value::list({first, first + static_cast<std::ptrdiff_t>(rest)})));
        next += rest;
    }
    return {};
}

} // namespace bpu::importer::torchscript

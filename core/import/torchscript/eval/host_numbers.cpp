// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Arithmetic of Python numbers, and of the numbers that traced code keeps in tensors.
#include "core/import/torchscript/eval/host.h"

#include <cmath>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

using Answer = Result<std::optional<Value>>;

std::optional<Value> some(Value value)
{
    return std::optional<Value>(std::move(value));
}

enum class Action : uint8_t { Add, Sub, RSub, Mul, Div, FloorDiv, TruncDiv, Remainder, Pow, Eq, Ne, Lt, Le, Gt, Ge, And, Or, Xor, Max, Min };

int64_t floorDiv(int64_t a, int64_t b)
{
    return a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
}

/// Nothing when it does not fit into 64 bits.
std::optional<Value> integers(Action action, int64_t a, int64_t b)
{
    int64_t r = 0;
    bool overflows = false;
    switch (action) {
    case Action::Add: overflows = __builtin_add_overflow(a, b, &r); break;
    case Action::Sub: overflows = __builtin_sub_overflow(a, b, &r); break;
    case Action::RSub: overflows = __builtin_sub_overflow(b, a, &r); break;
    case Action::Mul: overflows = __builtin_mul_overflow(a, b, &r); break;
    case Action::Div: return some(Value::of(static_cast<double>(a) / static_cast<double>(b)));
    case Action::FloorDiv: overflows = b == -1; r = overflows ? 0 : floorDiv(a, b); break;
    case Action::TruncDiv: overflows = b == -1; r = overflows ? 0 : a / b; break;
    case Action::Remainder: r = b == -1 ? 0 : a - floorDiv(a, b) * b; break;
    case Action::Pow: {
        const double power = std::pow(static_cast<double>(a), static_cast<double>(b));
        if (b < 0)
            return some(Value::of(power));
        overflows = !(std::abs(power) < 9e15);
        r = overflows ? 0 : static_cast<int64_t>(power);
        break;
    }
    case Action::And: r = a & b; break;
    case Action::Or: r = a | b; break;
    case Action::Xor: r = a ^ b; break;
    case Action::Max: r = std::max(a, b); break;
    case Action::Min: r = std::min(a, b); break;
    case Action::Eq: return some(Value::of(a == b));
    case Action::Ne: return some(Value::of(a != b));
    case Action::Lt: return some(Value::of(a < b));
    case Action::Le: return some(Value::of(a <= b));
    case Action::Gt: return some(Value::of(a > b));
    case Action::Ge: return some(Value::of(a >= b));
    }
    return some(overflows ? Value::unknown(Kind::Int) : Value::of(r));
}

Value floats(Action action, double a, double b)
{
    switch (action) {
    case Action::Add: return Value::of(a + b);
    case Action::Sub: return Value::of(a - b);
    case Action::RSub: return Value::of(b - a);
    case Action::Mul: return Value::of(a * b);
    case Action::Div: return Value::of(a / b);
    case Action::FloorDiv: return Value::of(std::floor(a / b));
    case Action::TruncDiv: return Value::of(std::trunc(a / b));
    case Action::Remainder: return Value::of(a - std::floor(a / b) * b);
    case Action::Pow: return Value::of(std::pow(a, b));
    case Action::Max: return Value::of(std::max(a, b));
    case Action::Min: return Value::of(std::min(a, b));
    case Action::Eq: return Value::of(a == b);
    case Action::Ne: return Value::of(a != b);
    case Action::Lt: return Value::of(a < b);
    case Action::Le: return Value::of(a <= b);
    case Action::Gt: return Value::of(a > b);
    case Action::Ge: return Value::of(a >= b);
    default: return Value::unknown(Kind::Float);
    }
}

bool isComparison(Action action)
{
    return action >= Action::Eq && action <= Action::Ge;
}

/// Texts and lists: joined, repeated, compared.
Answer containers(Evaluator& evaluator, Action action, const Value& a, const Value& b)
{
    if (action == Action::Eq || action == Action::Ne) {
        BPU_TRY(same, equal(evaluator, a, b));
        return some(same ? Value::of(*same == (action == Action::Eq)) : Value::unknown(Kind::Bool));
    }
    if (action == Action::Add && a.is(Kind::String) && b.is(Kind::String))
        return some(a.isKnown() && b.isKnown() && a.text().size() + b.text().size() < 100'000 ? Value::text(a.text() + b.text()) : Value::unknown(Kind::String));
    if (action == Action::Add && a.isSequence() && b.kind() == a.kind()) {
        if (!a.isKnown() || !b.isKnown())
            return some(Value::unknown(a.kind()));
        BPU_CHECK(evaluator.spend(a.items().size() + b.items().size()));
        std::vector<Value> items = a.items();
        items.insert(items.end(), b.items().begin(), b.items().end());
        return some(Value::list(std::move(items), a.kind()));
    }
    if (action == Action::Mul && a.isSequence() && b.is(Kind::Int)) {
        if (!a.isKnown() || !b.isKnown())
            return some(Value::unknown(a.kind()));
        std::vector<Value> items;
        for (int64_t i = 0; i < b.integer(); ++i) {
            BPU_CHECK(evaluator.spend(a.items().size() + 1));
            items.insert(items.end(), a.items().begin(), a.items().end());
        }
        return some(Value::list(std::move(items), a.kind()));
    }
    return std::optional<Value>();
}

/// What a division comes to: with a rounding mode, and before version 4 of the file format, when tensors of two
/// integers gave an integer. Sizes are such tensors in a trace.
Action divisionOf(const Evaluator& evaluator, const Arguments& given, bool isTensorOfIntegers)
{
    constexpr int kTrueDivision = 4;
    for (const auto& [name, value] : given.named)
        if (name == "rounding_mode" && value.is(Kind::String) && value.isKnown())
            return value.text() == "floor" ? Action::FloorDiv : Action::TruncDiv;
    return isTensorOfIntegers && evaluator.version() < kTrueDivision ? Action::TruncDiv : Action::Div;
}

bool isTensorOperand(const Value& value)
{
    return value.is(Kind::Tensor) || value.is(Kind::Unknown);
}

template <Action A>
Answer number(Evaluator& evaluator, const Arguments& given)
{
    if (given.positional.size() < 2)
        return std::optional<Value>();
    const Value a = scalarOf(given.positional[0]);
    const Value b = scalarOf(given.positional[1]);
    if (!a.isNumber() || !b.isNumber()) {
        if (isTensorOperand(a) || isTensorOperand(b))
            return std::optional<Value>();
        return containers(evaluator, A, a, b);
    }
    const bool isBoxed = a.isBoxed() || b.isBoxed();
    const bool hasFloat = a.is(Kind::Float) || b.is(Kind::Float);
    const Action action = A == Action::Div ? divisionOf(evaluator, given, isBoxed && !hasFloat) : A;
    if (!a.isKnown() || !b.isKnown())
        return some(Value::unknown(isComparison(A) ? Kind::Bool : hasFloat || action == Action::Div ? Kind::Float : Kind::Int).boxed(isBoxed));
    constexpr bool kDivides = A == Action::Div || A == Action::FloorDiv || A == Action::Remainder;
    if (kDivides && b.number() == 0)
        return evaluator.error("torchscript.raises", "a division by zero");
    if (hasFloat)
        return some(floats(action, a.number(), b.number()).boxed(isBoxed));
    std::optional<Value> result = integers(action, a.integer(), b.integer());
    if constexpr (A == Action::And || A == Action::Or || A == Action::Xor) {
        if (a.is(Kind::Bool) && b.is(Kind::Bool))
            result = Value::of(result->flag());
    }
    return some(result->boxed(isBoxed && !isComparison(A)));
}

/// One number in, one out; `exact` for integers.
template <double (*F)(double), bool GivesInteger>
Answer function(Evaluator&, const Arguments& given)
{
    const Value value = given.positional.size() == 1 ? scalarOf(given.positional[0]) : Value();
    if (!value.isNumber())
        return std::optional<Value>();
    if (!value.isKnown())
        return some(Value::unknown(GivesInteger ? Kind::Int : Kind::Float).boxed(value.isBoxed()));
    const double result = F(value.number());
    if (GivesInteger && std::abs(result) < 9e18)
        return some((value.isBoxed() && value.is(Kind::Float) ? Value::of(result) : Value::of(static_cast<int64_t>(result))).boxed(value.isBoxed()));
    return some(Value::of(result).boxed(value.isBoxed()));
}

double floorOf(double x) { return std::floor(x); }
double ceilOf(double x) { return std::ceil(x); }
double roundOf(double x) { return std::nearbyint(x); }
double sqrtOf(double x) { return std::sqrt(x); }
double logOf(double x) { return std::log(x); }
double expOf(double x) { return std::exp(x); }

template <bool Negates>
Answer sign(Evaluator&, const Arguments& given)
{
    const Value value = given.positional.size() == 1 ? scalarOf(given.positional[0]) : Value();
    if (!value.isNumber())
        return std::optional<Value>();
    if (!value.isKnown())
        return some(value);
    if (value.is(Kind::Float))
        return some(Value::of(Negates ? -value.number() : std::abs(value.number())).boxed(value.isBoxed()));
    const std::optional<Value> result = integers(Action::Sub, 0, value.integer());
    return some((!Negates && value.integer() >= 0 ? Value::of(value.integer()) : *result).boxed(value.isBoxed()));
}

Answer negation(Evaluator&, const Arguments& given)
{
    if (given.positional.size() != 1 || given.positional[0].is(Kind::Tensor))
        return std::optional<Value>();
    const std::optional<bool> holds = truth(given.positional[0]);
    return some(holds ? Value::of(!*holds) : Value::unknown(Kind::Bool));
}

/// Length of range(start, stop, step).
Answer rangeLength(Evaluator& evaluator, const Arguments& given)
{
    const Value bounds = Value::list(given.positional);
    const auto n = bounds.toInts();
    if (!n || n->size() != 3)
        return some(Value::unknown(Kind::Int));
    if ((*n)[2] == 0)
        return evaluator.error("torchscript.raises", "a range with step 0");
    const double count = std::ceil((static_cast<double>((*n)[1]) - static_cast<double>((*n)[0])) / static_cast<double>((*n)[2]));
    return some(Value::of(static_cast<int64_t>(std::min(std::max(count, 0.0), 9e15))));
}

Answer deriveIndex(Evaluator&, const Arguments& given)
{
    const auto n = Value::list(given.positional).toInts();
    if (!n || n->size() != 3)
        return some(Value::unknown(Kind::Int));
    const std::optional<Value> offset = integers(Action::Mul, (*n)[0], (*n)[2]);
    return offset->isKnown() ? integers(Action::Add, (*n)[1], offset->integer()) : offset;
}

/// A size becomes a tensor in traced code; it stays a number here.
Answer box(Evaluator&, const Arguments& given)
{
    if (given.positional.size() != 1 || !given.positional[0].isNumber())
        return std::optional<Value>();
    return some(given.positional[0].boxed());
}

template <Action A>
Answer extremum(Evaluator& evaluator, const Arguments& given)
{
    if (given.positional.size() == 1 && given.positional[0].isSequence() && given.positional[0].isKnown()) {
        std::optional<Value> best;
        for (const Value& item : given.positional[0].items()) {
            if (!best) {
                best = item;
                continue;
            }
            BPU_TRY(next, number<A>(evaluator, {{*best, item}, {}}));
            best = std::move(next);
        }
        return best;
    }
    return number<A>(evaluator, given);
}

} // namespace

std::span<const HostEntry> hostNumbers()
{
    static constexpr HostEntry kEntries[] = {
        {"add", number<Action::Add>}, {"add_", number<Action::Add>}, {"sub", number<Action::Sub>}, {"rsub", number<Action::RSub>}, {"mul", number<Action::Mul>},
        {"div", number<Action::Div>}, {"floordiv", number<Action::FloorDiv>}, {"floor_divide", number<Action::FloorDiv>},
        {"remainder", number<Action::Remainder>}, {"mod", number<Action::Remainder>}, {"pow", number<Action::Pow>}, {"eq", number<Action::Eq>},
        {"ne", number<Action::Ne>}, {"lt", number<Action::Lt>}, {"le", number<Action::Le>}, {"gt", number<Action::Gt>}, {"ge", number<Action::Ge>},
        {"__and__", number<Action::And>}, {"__or__", number<Action::Or>}, {"__xor__", number<Action::Xor>}, {"prim.max", extremum<Action::Max>},
        {"prim.min", extremum<Action::Min>}, {"builtin.max", extremum<Action::Max>}, {"builtin.min", extremum<Action::Min>},
        {"floor", function<floorOf, true>}, {"ceil", function<ceilOf, true>}, {"round", function<roundOf, true>}, {"sqrt", function<sqrtOf, false>},
        {"log", function<logOf, false>}, {"exp", function<expOf, false>}, {"neg", sign<true>}, {"abs", sign<false>}, {"prim.abs", sign<false>},
        {"builtin.abs", sign<false>}, {"__not__", negation}, {"__range_length", rangeLength}, {"__derive_index", deriveIndex}, {"prim.NumToTensor", box},
    };
    return kEntries;
}

} // namespace bpu::importer::torchscript

// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the code computes without the network: numbers, texts, lists, and questions about the shapes of tensors.
#pragma once

#include "core/import/torchscript/eval/evaluator.h"

#include <optional>
#include <string_view>

namespace bpu::importer::torchscript {

/// Python's bool(); nothing when it depends on data.
std::optional<bool> truth(const Value& value);
/// Python's == of numbers, texts and containers; nothing when it depends on data.
Result<std::optional<bool>> equal(Evaluator& evaluator, const Value& a, const Value& b);
/// As str() writes it, for messages.
std::string toText(const Value& value, int depth = 0);
/// "add" for Op::Add, as the operators of torch are called.
std::string_view operatorName(Op op);
/// A constant of one element as a number, boxed; else the value itself.
Value scalarOf(const Value& value);

/// Nothing when the operands are not its own, but a tensor operator's.
using HostFunction = Result<std::optional<Value>> (*)(Evaluator&, const Arguments&);
/// Null when there is none; `name` is "add", "prim.dtype".
HostFunction findHostFunction(std::string_view name);

// The families, each a sorted list of its names.
struct HostEntry {
    std::string_view name;
    HostFunction function;
};
std::span<const HostEntry> hostNumbers();
std::span<const HostEntry> hostContainers();
std::span<const HostEntry> hostChanges();
std::span<const HostEntry> hostIteration();
std::span<const HostEntry> hostTexts();
std::span<const HostEntry> hostQueries();
std::span<const HostEntry> hostPacking();

} // namespace bpu::importer::torchscript

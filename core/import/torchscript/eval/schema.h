// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A signature as PyTorch writes it, "Tensor input, int[] stride=1, *, float? eps=None", and the arguments of a call
// put into its order.
#pragma once

#include "core/import/torchscript/eval/evaluator.h"

#include <optional>
#include <string_view>
#include <vector>

namespace bpu::importer::torchscript {

struct Slot {
    enum class Type : uint8_t { Any, Tensor, Int, Float, Bool, Text, Number };

    std::string_view name;
    Type type = Type::Any;
    bool isList = false;
    bool isOptional = false;
    bool isKeyword = false; ///< behind "*": given by its name only
    std::optional<Value> fallback;
};

class Schema {
public:
    /// `signature` must outlive it. Asserts on a signature that is none: they are ours.
    explicit Schema(std::string_view signature);

    const std::vector<Slot>& slots() const { return m_slots; }
    /// The arguments in order; nothing when they do not fit (another overload is meant).
    std::optional<std::vector<Value>> bind(const Arguments& arguments) const;

private:
    std::vector<Slot> m_slots;
};

} // namespace bpu::importer::torchscript
